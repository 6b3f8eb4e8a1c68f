"""The main job: real services with the stock client, several processes, several rollovers."""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from harness import REPO, free_port, in_order, rolled, wait_until

EXAMPLES = REPO / "examples"
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+0000"
SECONDS = 4.5  # of traffic, so that when='S' rolls several times


def config(example, folder):
    """The example's own configuration, rolled each second instead of at midnight, all files kept."""
    (folder / "logs").mkdir(parents=True)
    text = (EXAMPLES / example / "logging.ini").read_text()
    assert text.count("'midnight', 1, 30") == 3
    return text.replace("'midnight', 1, 30", "'S', 1, 0")


def get(url, data=None):
    try:
        with urllib.request.urlopen(url, data=data, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@contextmanager
def service(module, arguments, example, port, **env):
    """A service that answers at `port`; it is stopped in order, and its exit code must be 0."""
    environment = os.environ | {"LOGYARD_PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"} | env
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment,
                               cwd=EXAMPLES / example, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = []
    reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
    reader.start()
    try:
        yield lambda: b"".join(said).decode("utf-8", "replace")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
        reader.join(30)
        process.stderr.close()


def answers(url, said):
    def up():
        try:
            return get(url) in (404, 200)
        except OSError:
            return False

    try:
        wait_until(up, f"an answer from {url}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{said()}") from None


def traffic(url, threads=8):
    """Requests from several threads for some seconds; the number of those that succeeded."""
    counts, end = [0] * threads, time.monotonic() + SECONDS

    def run(index):
        while time.monotonic() < end:
            assert get(f"{url}/{counts[index]}") == 200
            counts[index] += 1

    workers = [threading.Thread(target=run, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS + 60)
    assert min(counts) > 0
    return sum(counts)


def check_lines(server, name, message, expected, workers=2):
    lines, paths = rolled(server.folder / "logs", name)
    pattern = rf"{STAMP}-INFO: pid=(?P<worker>\d+) seq=(?P<number>\d+) request=\d+ {message}"
    found = in_order(lines, pattern, expected)
    assert len(found) >= workers, f"only {len(found)} processes had requests"
    assert len(paths) >= 4, f"only {len(paths)} files: not several rollovers"
    assert server.dead_letters() == []


@pytest.mark.parametrize("preload", ["0", "1"])
def test_gunicorn_flask(server, folder, preload):
    one = server(config("gunicorn", folder / "server"))
    bind = f"127.0.0.1:{free_port()}"
    with service("gunicorn", ["--no-control-socket"] if has_control_socket() else [], "gunicorn",
                 one.port, BIND=bind, PRELOAD=preload) as said:
        answers(f"http://{bind}/none", said)
        count = traffic(f"http://{bind}/predict")
        for number in range(20):
            assert get(f"http://{bind}/hook", data=b"event %d" % number) == 204
        assert get(f"http://{bind}/fail") == 500
        assert "Logging error" not in said()
    assert one.stop() == 0
    check_lines(one, "serving.log", "predict", count)
    hooks, _ = rolled(one.folder / "logs", "webhook.log")
    texts = [re.fullmatch(STAMP + r"-INFO: hook from 127\.0\.0\.1: (.*)", line)[1] for line in hooks]
    assert sorted(texts) == sorted(f"event {number}" for number in range(20))
    failure = "\n".join(rolled(one.folder / "logs", "root.log")[0])
    assert re.search(STAMP + r"-ERROR: could not divide\nTraceback \(most recent", failure)
    assert failure.count("ZeroDivisionError: division by zero") == 1


def has_control_socket():
    """Newer gunicorns open a control socket in the home folder unless told not to."""
    out = subprocess.run([sys.executable, "-m", "gunicorn", "--help"], capture_output=True, text=True)
    return "--no-control-socket" in out.stdout


def test_uvicorn(server, folder):
    one = server(config("uvicorn", folder / "server"))
    settings = json.loads((EXAMPLES / "uvicorn" / "log_config.json").read_text())
    settings["handlers"]["logyard"]["port"] = one.port
    log_config = folder / "log_config.json"
    log_config.write_text(json.dumps(settings))
    port = free_port()
    arguments = ["service:app", "--workers", "4", "--port", str(port), "--log-config", str(log_config)]
    with service("uvicorn", arguments, "uvicorn", one.port) as said:
        answers(f"http://127.0.0.1:{port}/none", said)
        count = traffic(f"http://127.0.0.1:{port}/predict")
    assert one.stop() == 0
    check_lines(one, "serving.log", "predict", count, workers=1)
    access, _ = rolled(one.folder / "logs", "uvicorn.log")
    served = [line for line in access if re.search(r'"GET /predict/\d+ HTTP/1.1" 200$', line)]
    assert len(served) == count


def test_django_logging(server, folder):
    one = server(config("django", folder / "server"))
    bind = f"127.0.0.1:{free_port()}"
    arguments = ["-w", "4", "-b", bind, "service:application"]
    arguments += ["--no-control-socket"] if has_control_socket() else []
    with service("gunicorn", arguments, "django", one.port,
                 DJANGO_TIME_ZONE="America/New_York") as said:
        answers(f"http://{bind}/none", said)
        count = traffic(f"http://{bind}/order")
        assert get(f"http://{bind}/fail") == 500
    assert one.stop() == 0
    lines, paths = rolled(one.folder / "logs", "shop.log")
    start = next(i for i, line in enumerate(lines) if line.endswith("-ERROR: no order"))
    # records of other workers, on other connections, may have been read later than this one
    end = next((i for i in range(start + 1, len(lines)) if re.match(STAMP, lines[i])), len(lines))
    assert lines[start + 1].startswith("Traceback") and "ZeroDivisionError" in lines[end - 1]
    pattern = rf"{STAMP}-INFO: pid=(?P<worker>\d+) seq=(?P<number>\d+) request=\d+ order"
    assert len(in_order(lines[:start] + lines[end:], pattern, count)) >= 2
    assert len(paths) >= 4 and one.dead_letters() == []
