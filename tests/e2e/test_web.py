"""What is shown of a server: metrics as Prometheus reads them, the API as it is described, watchers at speed."""
import json
import re
import socket
import threading
import urllib.request

import yaml
from harness import REPO, ini, record, wait_until
from openapi_spec_validator import validate
from prometheus_client import parser as prometheus
from prometheus_client.openmetrics import parser as openmetrics

WEB = ("--web", "127.0.0.1:0")


def page(one):
    """The address of the server's page."""
    return re.search(r"seen at (http://\S+)/", one.stderr)[1]


def get(one, path, **headers):
    request = urllib.request.Request(page(one) + path, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def send(one, *frames):
    with socket.create_connection(("127.0.0.1", one.port)) as connection:
        connection.sendall(b"".join(frames))


def test_prometheus_reads_the_metrics(server):
    one = server(ini(handler="handlers.RotatingFileHandler", args="('app.log', 'a', 100, 3)"), arguments=WEB)
    send(one, *(record(f"{number:040}", level=40) for number in range(10)), b"\0\0\0\1x")
    wait_until(lambda: 'reason="not-a-pickle"} 1' in get(one, "/metrics"), "the drop", server=one)
    classic = get(one, "/metrics")
    families = {family.name: family for family in prometheus.text_string_to_metric_families(classic)}
    strict = get(one, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert {family.name for family in openmetrics.text_string_to_metric_families(strict)} == families.keys()

    def value(family, **labels):
        samples = [sample for sample in families[family].samples if labels.items() <= sample.labels.items()]
        assert len(samples) == 1, samples
        return samples[0].value

    assert value("logyard_records", level="error") == 10
    assert value("logyard_receiver_records", receiver=f"127.0.0.1:{one.port}") == 10
    assert value("logyard_handler_records", handler="file") == 10
    assert value("logyard_handler_bytes", handler="file") == 410
    # two lines go into 100 bytes
    assert value("logyard_rollovers", handler="file") == 4
    assert value("logyard_drops", reason="not-a-pickle") == 1
    # the dashboard and the rules ask for nothing else
    names = {sample.name for family in families.values() for sample in family.samples}
    journal = {"logyard_journal_bytes", "logyard_journal_cursor_lag_records"}
    used = (REPO / "packaging/grafana/logyard.json").read_text()
    json.loads(used)
    rules = (REPO / "packaging/prometheus/alerts.yml").read_text()
    assert yaml.safe_load(rules)["groups"][0]["rules"]
    for text in (used, rules):
        asked = set(re.findall(r"\blogyard_\w+", text))
        sometimes = {name for name in asked if name == "logyard_complaints_total"}
        assert asked - journal - sometimes <= names, asked - names


def test_the_api_is_what_its_description_says(server):
    one = server(ini(), arguments=(*WEB, "--journal", "journal"))
    described = yaml.safe_load(get(one, "/api/v1/openapi.yaml"))
    validate(described)
    send(one, record("hello", user_id=42, level=30))
    wait_until(lambda: "hello" in (one.folder / "app.log").read_text(), "the line", server=one)
    for path, item in described["paths"].items():
        query = {"live": "?follow=false&history=10", "written": "?number=1"}.get(path.rsplit("/", 1)[-1], "")
        answer = get(one, path + query)
        assert answer, path
        if path.endswith(("live", "search")):
            known = described["components"]["schemas"]["Record"]["properties"].keys()
            found = [json.loads(line) for line in answer.splitlines()]
            entry = next(said for said in found if "number" in said)
            assert entry.keys() <= known and entry["extra"] == {"user_id": 42}
            # each parameter is known to the server
            for parameter in item["get"]["parameters"]:
                if parameter["in"] == "query":
                    value = {"format": "ndjson", "field": "user_id=42", "follow": "false"}.get(parameter["name"], "1")
                    asked = f"{path}?follow=false&{parameter['name']}={value}"
                    assert get(one, asked) is not None


def test_ten_watchers_and_two_hundred_thousand_records(server):
    """Each watcher sees or is told of every record, in order; the file has them all."""
    one = server(ini(), arguments=WEB)
    count = 200_000
    seen, threads = [], []
    base = page(one)
    begun = threading.Barrier(11)

    def watch(number):
        sum_of = {"seen": 0, "skipped": 0, "last": 0}
        seen.append(sum_of)
        with urllib.request.urlopen(f"{base}/api/v1/live", timeout=60) as stream:
            stream.readline()
            begun.wait()
            while sum_of["seen"] + sum_of["skipped"] < count:
                said = json.loads(stream.readline())
                if "number" in said:
                    assert said["number"] > sum_of["last"]
                    sum_of["last"] = said["number"]
                    sum_of["seen"] += 1
                else:
                    sum_of["skipped"] += said.get("skipped", 0)

    for number in range(10):
        threads.append(threading.Thread(target=watch, args=(number,), daemon=True))
        threads[-1].start()
    begun.wait(60)
    batch = b"".join(record(f"{number:05}") for number in range(2000))
    for _ in range(count // 2000):
        send(one, batch)
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), seen
    assert all(one["seen"] + one["skipped"] == count and one["seen"] > 0 for one in seen), seen
    wait_until(lambda: (one.folder / "app.log").read_text().count("\n") == count, "all lines", server=one)
    assert one.stop(60) == 0
