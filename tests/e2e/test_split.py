"""`logyard split`: the two halves together write what the one configuration did."""
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness import REPO, free_port

WORKER = Path(__file__).with_name("split_worker.py")
CORPUS = REPO / "crates/logyard-config/tests"
CASES = sorted([*CORPUS.glob("data/good-*.ini"), *CORPUS.glob("dicts/good-*"),
                *Path(__file__).parent.glob("split/*.*")])
ENV = {"HOME": "/home/u", "APP": "shop", "TZ": "Europe/Berlin", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}

# What is not compared, and why.
NOT_RUN = {
    "good-incremental.yaml": "has no handlers",
    "good-empty-root.yaml": "has no handlers",
    "good-nulls.json": "writes nothing",
    "good-no-target.yaml": "writes nothing",
    "good-null.ini": "writes nothing",
    "good-tabs.yaml": "writes nothing",
    "good-null-level.ini": "writes nothing",
    "good-doubtful-fields.yaml": "its formats fail",
    "good-root-again.ini": "the one handler that writes is on no logger",
}


def split(binary, config, out, *arguments):
    return subprocess.run([binary, "split", str(config), "--out", str(out), *arguments], env=ENV,
                          capture_output=True, text=True, timeout=60)


def defines(text):
    return dict(line[len("# define: "):].split("=", 1) for line in text.splitlines()
                if line.startswith("# define: "))


def logger_names(text):
    """The dotted names that the file has, and some others."""
    found = set(re.findall(r"qualname *[=:] *([\w.]+)", text))
    found |= set(re.findall(r"""^ *\[?(?:loggers\.)?["']?([a-z_]\w*(?:\.[\w.]+)?)["']?\]?:? *(?:[&{]|$)""", text, re.M))
    found |= set(re.findall(r'"([a-z_][\w.]*)": *\{', text))
    names = {name for found_name in found for name in (found_name, found_name + ".child")}
    return ["root", "other", *sorted(names | {"other.child.of", "foo", "app"})]


def tree(folder):
    files = (path for path in Path(folder).rglob("*") if path.is_file() and "state" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run_worker(folder, config, text):
    (folder / "logs").mkdir(exist_ok=True)
    return subprocess.run([sys.executable, "-W", "ignore", str(WORKER), str(config), repr(defines(text)),
                           repr(logger_names(text))], cwd=folder, env=ENV, capture_output=True, timeout=60)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_halves_write_what_the_whole_did(binary, server, folder, case):
    if NOT_RUN.get(case.name):
        pytest.skip(NOT_RUN[case.name])
    text = case.read_text("utf-8")
    if "QueueHandler" in text and sys.version_info < (3, 12):
        pytest.skip("dictConfig's QueueHandler needs Python 3.12")
    if re.search(r"^ *(\[logyard|logyard:|\"logyard\":)", text, re.M):
        pytest.skip("CPython knows no extras, which change what the server writes")
    wishes = [line[len("# wish: "):].split() for line in text.splitlines() if line.startswith("# wish: ")]
    given = [word for name, value in defines(text).items() for word in ("--define", f"{name}={value}")]
    # the same folder for all, so that %(here)s is one name
    whole = folder / f"whole/{case.name}"
    whole.parent.mkdir()
    whole.write_bytes(case.read_bytes())
    mapped = [line[len("# map: "):] for line in text.splitlines() if line.startswith("# map: ")]
    if mapped:
        settings = folder / "logyard.toml"
        settings.write_text("[map]\n" + "\n".join(mapped) + "\n")
        given += ["--settings", str(settings)]
    port = free_port()
    arguments = [*given, *[word for wish in wishes for word in wish], "--connect", f"127.0.0.1:{port}"]
    done = split(binary, whole, folder / "halves", *arguments)
    moved = []
    if "nothing-to-move" in done.stderr:
        moved = re.findall(r"help: (\S+) stays: it writes to the process", done.stderr)
        assert moved, done.stderr
        move = [word for name in moved for word in ("--move", name)]
        done = split(binary, whole, folder / "halves", *arguments, *move)
    assert done.returncode == 0, done.stderr
    workers, served = sorted((folder / "halves").iterdir(), key=lambda path: ".server" in path.name)

    # relative names and %(here)s: all three run where their configuration is
    alone = run_worker(folder / "alone", place(whole, folder / "alone"), text)
    if alone.returncode and case.is_relative_to(CORPUS):
        pytest.skip(f"CPython can't run it here: {alone.stderr.decode().splitlines()[-1]}")
    assert alone.returncode == 0, alone.stderr.decode()
    (folder / "server/logs").mkdir(parents=True)
    one = server(served.read_text("utf-8"), config_name=served.name, listen=(f"127.0.0.1:{port}",),
                 env=ENV, folder=folder / "server", arguments=given)
    worker = run_worker(folder / "worker", place(workers, folder / "worker"), text)
    assert worker.returncode == 0, worker.stderr.decode()
    assert one.stop() == 0, one.stderr
    assert one.dead_letters() == []

    def written(name):
        return {path: data for path, data in tree(folder / name).items() if not path.startswith("good-")
                and path not in (whole.name, workers.name, served.name)}

    by_server, by_worker, by_whole = written("server"), written("worker"), written("alone")
    assert not by_server.keys() & by_worker.keys()
    assert sorted(by_server | by_worker) == sorted(by_whole)
    assert by_server | by_worker == by_whole
    # what each of them is there for
    for line in text.splitlines():
        if line.startswith("# server:"):
            assert sorted(by_server) == sorted(line[len("# server:"):].split())
        if line.startswith("# worker:"):
            assert sorted(by_worker) == sorted(line[len("# worker:"):].split())
    if moved:
        assert one.stdout.encode() == alone.stdout
    else:
        assert worker.stdout == alone.stdout and worker.stderr == alone.stderr
        assert one.stdout == "" and by_server


SETTINGS = """
import datetime, pathlib, sys
BASE = pathlib.Path("logs")
LOGGING = {
    "version": 1,
    "filters": {"request": {"()": "service.Adding"}},
    "formatters": {"line": {"format": "%(request_id)s \\u00e9 %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "stream": sys.stdout, "level": "ERROR"},
        "daily": {"class": "logging.handlers.TimedRotatingFileHandler", "filename": BASE / "daily.log",
                  "when": "midnight", "atTime": datetime.time(4, 30), "formatter": "line",
                  "filters": ("request",)},
    },
    "root": {"handlers": ["console", "daily"], "level": "DEBUG"},
}
"""


def test_settings_in_python(binary, server, folder):
    for name in ("alone", "worker", "server/logs"):
        (folder / name).mkdir(parents=True)
    (folder / "alone/conf.py").write_text(SETTINGS)
    port = free_port()
    done = subprocess.run([binary, "split", "--from-python", "conf:LOGGING", "--python", sys.executable, "--out",
                           "../halves", "--connect", f"127.0.0.1:{port}"], cwd=folder / "alone", env=ENV,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (folder / "halves").iterdir()} == {"logging.workers.py", "logging.server.json"}
    alone = run_worker(folder / "alone", folder / "alone/conf.py", SETTINGS)
    assert alone.returncode == 0, alone.stderr.decode()
    one = server((folder / "halves/logging.server.json").read_text("utf-8"), config_name="logging.json",
                 listen=(f"127.0.0.1:{port}",), env=ENV, folder=folder / "server")
    worker = run_worker(folder / "worker", folder / "halves/logging.workers.py", SETTINGS)
    assert (worker.returncode, worker.stdout, worker.stderr) == (0, alone.stdout, b"")
    assert one.stop() == 0 and one.dead_letters() == []
    expected = (folder / "alone/logs/daily.log").read_bytes()
    assert expected and (folder / "server/logs/daily.log").read_bytes() == expected


def test_nothing_is_overwritten_unasked(binary, folder):
    config = folder / "logging.yaml"
    config.write_text("version: 1\nhandlers: {a: {class: logging.FileHandler, filename: a.log}}\nroot: {handlers: [a]}\n")
    assert split(binary, config, folder).returncode == 0
    half = folder / "logging.server.yaml"
    half.write_text("mine")
    done = split(binary, config, folder)
    assert done.returncode == 1 and "--force" in done.stderr and half.read_text() == "mine"
    assert split(binary, config, folder, "--force").returncode == 0 and "version: 1" in half.read_text()


def test_exit_codes(binary, folder):
    bad, private = folder / "bad.yaml", folder / "private.yaml"
    bad.write_text("version: 1\nroot: {level: INFOO}\n")
    private.write_text("version: 1\nformatters: {f: {(): myapp.Formatter}}\nhandlers: {a: {class: logging.FileHandler, "
                       "filename: a.log, formatter: f}}\nroot: {handlers: [a]}\n")
    done = split(binary, bad, folder / "out")
    assert done.returncode == 2 and "INFOO" in done.stderr and not (folder / "out").exists()
    # the halves are there, and what the server still needs is told with its place in its half
    done = split(binary, private, folder / "out")
    assert done.returncode == 2 and "private.server.yaml:7:" in done.stderr
    assert (folder / "out/private.workers.yaml").exists()
    for arguments in (["--connect", "http://x"], ["--from-python", "a:b"], ["--python", "x"]):
        assert split(binary, bad, folder / "out", *arguments).returncode == 64
    assert subprocess.run([binary, "split"], capture_output=True, timeout=60).returncode == 64


def place(config, folder):
    folder.mkdir()
    copy = folder / config.name
    copy.write_bytes(config.read_bytes())
    return copy
