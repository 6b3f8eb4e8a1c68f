"""Lines of JSON: logyard's own, and those of the real python-json-logger."""
import json
import logging

import pytest
from harness import ini, record

EXTRA = {"user": "ada", "ids": [1, (2, None)], "odd": {3: float("nan")}, "timestamp": "mine"}


def test_json_of_a_handler(server):
    one = server(ini(more="[logyard:file]\njson = true\ntz = Asia/Kolkata\n"))
    one.send(record("café", **EXTRA), record("bad", level=40, exc_text="Traceback:\n  x", stack_info="Stack"))
    first, second = map(json.loads, one.wait_lines(2))
    assert list(first)[:4] == ["timestamp", "levelname", "name", "message"]
    assert first["timestamp"] == "2023-11-15T03:43:20.250+05:30"
    assert (first["levelname"], first["name"], first["message"]) == ("INFO", "load", "café")
    assert (first["lineno"], first["process"], first["thread"]) == (1, 7, 2**40)
    assert (first["user"], first["ids"], first["odd"]) == ("ada", [1, [2, None]], {"3": None})
    assert first["timestamp_"] == "mine" and "exc_info" not in first and "taskName" not in first
    assert (second["exc_info"], second["stack_info"]) == ("Traceback:\n  x", "Stack")


def test_the_same_as_python_json_logger(server):
    package = pytest.importorskip("pythonjsonlogger.json")
    fmt = "%(asctime)s %(levelname)s %(message)s"
    more = "class = pythonjsonlogger.json.JsonFormatter\n"
    one = server(ini(fmt=f"{fmt}\n{more}"))
    one.send(record("café", **EXTRA))
    (line,) = one.wait_lines(1)
    made = logging.makeLogRecord(
        {"name": "load", "msg": "café", "levelname": "INFO", "levelno": 20, "created": 1700000000.25, "msecs": 250.0, **EXTRA})
    formatter = package.JsonFormatter(fmt)
    formatter.converter = __import__("time").gmtime
    assert line == formatter.format(made)
