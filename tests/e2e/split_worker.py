"""Loads a logging configuration and logs the same records in every run: split_worker.py CONFIG DEFINES.

Runs alone with a whole configuration, or with the workers' half beside a server. Two lines at the start
make what differs between processes the same.
"""
import ast
import itertools
import json
import logging
import logging.config
import logging.handlers
import os
import sys
import time
import types

LEVELS = (5, 10, 20, 25, 30, 40, 50)
clock = itertools.count()


def make(*args, **kwargs):
    """A record of a process and a time that are the same in each run."""
    record = logging.LogRecord(*args, **kwargs)
    moment = 1700000000 + next(clock)
    record.created, record.msecs, record.relativeCreated = moment + 0.25, 250.0, float(moment % 1000)
    record.process, record.thread, record.processName = 77, 2**40, "MainProcess"
    return record


class Adding(logging.Filter):
    """Code of the service's own: adds to a record, drops none."""

    def filter(self, record):
        record.request_id = f"id-{record.levelno}"
        return True


class Dropping(logging.Filter):
    """Code of the service's own: drops some records."""

    def filter(self, record):
        return "odd" not in record.getMessage()


class Utc(logging.Formatter):
    """A formatter of the service's own that only sets attributes."""

    converter = time.gmtime
    default_msec_format = "%s.%03d"


class Daily(logging.handlers.TimedRotatingFileHandler):
    """A handler of the service's own."""

    def __init__(self, filename, app):
        super().__init__(filename, when="midnight")
        self.app = app


def configure(path, defines):
    module = sys.modules["service"] = types.ModuleType("service")
    for cls in (Adding, Dropping, Utc, Daily):
        setattr(module, cls.__name__, cls)
    suffix = path.rpartition(".")[2]
    if suffix == "json":
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    elif suffix == "yaml":
        import yaml
        with open(path, encoding="utf-8") as file:
            config = yaml.safe_load(file)
    elif suffix == "toml":
        import tomllib
        with open(path, "rb") as file:
            config = tomllib.load(file)
    elif suffix == "py":
        names = {}
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), names)
        config = names["LOGGING"]
    else:
        here = {"here": os.path.dirname(os.path.abspath(path)), "__file__": os.path.abspath(path)}
        return logging.config.fileConfig(path, defaults={**here, **defines}, encoding="utf-8")
    logging.config.dictConfig(config)


def main():
    path, defines, names = sys.argv[1], ast.literal_eval(sys.argv[2]), ast.literal_eval(sys.argv[3])
    logging.setLogRecordFactory(make)
    configure(path, defines)
    queues = [handler for ref in logging._handlerList if (handler := ref()) and getattr(handler, "listener", None)]
    for queue in queues:
        queue.listener.start()
    for name in names:
        logger = logging.getLogger(name)
        for level in LEVELS:
            logger.log(level, "at %d by %s, %s", level, name, "odd" if level % 20 else "even")
        try:
            {}["missing"]
        except KeyError:
            logger.exception("what went wrong: %s", ["a", 1])
    for queue in queues:
        queue.listener.stop()


main()
