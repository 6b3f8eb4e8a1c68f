"""The reference: runs what it is asked through a real CPython. Reads JSON on stdin, writes JSON.

{"ini": [text...], "expr": [text...], "conf": [{"text": ..., "defines": {...}}...],
 "json": [text...], "yaml": [text...], "toml": [text...], "dict": [{"text": ..., "suffix": "json"}...], "env": {...}}
"""
import codecs
import configparser
import datetime
import io
import json
import logging
import logging.config
import logging.handlers
import os
import struct
import sys
import tempfile
import warnings


def ini(text):
    parser = configparser.ConfigParser({"defined": "from outside"})
    try:
        with io.TextIOWrapper(io.BytesIO(text.encode("utf-8")), encoding="utf-8") as file:
            parser.read_file(file)
    except Exception as error:
        return {"error": type(error).__name__}
    sections = {}
    for name in parser.sections():
        values = {}
        for key in parser.options(name):
            try:
                value = {"value": parser.get(name, key)}
            except Exception as error:
                value = {"error": type(error).__name__}
            value["raw"] = parser.get(name, key, raw=True)
            values[key] = value
        sections[name] = values
    return {"names": parser.sections(), "sections": sections}


def encode(value):
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        return ["surrogates"]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float) and value != value:
        return ["float", "nan"]
    if isinstance(value, float):
        return ["float", struct.pack(">d", value).hex()]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, [encode(item) for item in value]]
    if isinstance(value, dict):
        return ["dict", [[encode(k), encode(v)] for k, v in value.items()]]
    if value is sys.stdout:
        return ["object", "stdout"]
    if value is sys.stderr:
        return ["object", "stderr"]
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset()
        minutes = None if offset is None else int(offset.total_seconds() // 60)
        moment = [value.hour, value.minute, value.second, value.microsecond, minutes]
        return ["datetime", value.year, value.month, value.day, *moment]
    if isinstance(value, datetime.date):
        return ["date", value.year, value.month, value.day]
    if isinstance(value, datetime.time):
        return ["time", value.hour, value.minute, value.second, value.microsecond]
    return ["other", type(value).__name__]


def expr(text):
    try:
        return {"value": encode(eval(text, vars(logging)))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def document(read, text):
    try:
        return {"value": encode(read(text))}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def codec(name):
    return None if name in (None, "locale") else codecs.lookup(name).name


def names(filterer):
    return [each.name for each in filterer.filters]


def handler(made, here):
    out = {"class": type(made).__name__, "level": made.level, "filters": names(made)}
    formatter = made.formatter
    out["formatter"] = formatter and [
        formatter._fmt,
        # what is false is as good as nothing
        formatter.datefmt or None,
        formatter.default_time_format,
        formatter.default_msec_format or None,
    ]
    if isinstance(made, logging.FileHandler):
        out["path"] = os.path.relpath(made.baseFilename, here)
        # a+ and at are the same as a for a file that is only written
        out["mode"] = made.mode.replace("+", "").replace("t", "")
        out["encoding"] = codec(made.encoding)
        out["errors"] = made.errors
        out["delay"] = bool(made.delay)
    elif isinstance(made, logging.StreamHandler):
        out["stream"] = "stdout" if made.stream is sys.stdout else "stderr"
    if isinstance(made, logging.StreamHandler):
        out["terminator"] = made.terminator
    if isinstance(made, logging.handlers.RotatingFileHandler):
        out["maxBytes"] = int(-(-made.maxBytes // 1))
        out["backupCount"] = made.backupCount
    if isinstance(made, logging.handlers.TimedRotatingFileHandler):
        unit = {"S": 1, "M": 60, "H": 3600}.get(made.when, 604800 if made.when[0] == "W" else 86400)
        out["when"] = made.when
        out["interval"] = made.interval // unit
        out["backupCount"] = made.backupCount
        out["utc"] = bool(made.utc)
        out["atTime"] = encode(made.atTime)
    if isinstance(made, logging.handlers.MemoryHandler):
        out["capacity"] = made.capacity
        out["flushLevel"] = made.flushLevel
        out["target"] = made.target and made.target.name
        out["flushOnClose"] = bool(made.flushOnClose)
    if getattr(made, "listener", None):
        out["handlers"] = [str(each.name) for each in made.listener.handlers]
        out["respect_handler_level"] = bool(made.listener.respect_handler_level)
    return out


def dump(here, but=()):
    def logger(one):
        return {
            "level": one.level,
            "propagate": bool(one.propagate),
            "handlers": [str(each.name) for each in one.handlers],
            "filters": names(one),
        }

    loggers = [
        name for name, one in logging.root.manager.loggerDict.items()
        if isinstance(one, logging.Logger) and name not in but
    ]
    return {
        "handlers": {name: handler(one, here) for name, one in logging._handlers.items() if name},
        "root": logger(logging.root),
        "loggers": {name: logger(logging.getLogger(name)) for name in loggers},
    }


def file_config(case, here):
    path = os.path.join(here, "logging.ini")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(case["text"])
    defaults = {"here": here, "__file__": path, **case["defines"]}
    logging.config.fileConfig(path, defaults=defaults, encoding="utf-8")
    return dump(here)


def dict_config(case, here):
    config = READERS[case["suffix"]](case["text"])
    # queue's check imports modules that have loggers
    import concurrent.futures
    import multiprocessing.queues
    before = list(logging.root.manager.loggerDict)
    logging.config.dictConfig(config)
    return dump(here, before)


def alone(load, case):
    """In a process of its own: logging's state is global, and a bad file leaves half of it."""
    here = tempfile.mkdtemp()
    os.mkdir(os.path.join(here, "logs"))
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.chdir(here)
        # the weak references would lose handlers that no logger names
        logging._handlers = {}
        try:
            answer = {"plan": load(case, here)}
        except BaseException as error:
            cause = "" if error.__cause__ is None else " <- %s" % error.__cause__
            answer = {"error": type(error).__name__, "message": str(error) + cause}
        with os.fdopen(write, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer)


READERS = {"json": json.loads}
try:
    import tomllib
    READERS["toml"] = tomllib.loads
except ImportError:
    pass  # older than 3.11: the tests ask for a newer one
try:
    import yaml
    READERS["yaml"] = yaml.safe_load
except ImportError:
    pass
# what else happens to be installed must not change a verdict
sys.path[:] = [path for path in sys.path if "site-packages" not in path]


def main():
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    for name in list(os.environ):
        if name in ("NOPE", "APP"):
            del os.environ[name]
    os.environ.update(asked.get("env", {}))
    os.chdir(asked.get("cwd", "/"))
    answer = {}
    answer["ini"] = [ini(text) for text in asked.get("ini", [])]
    answer["expr"] = [expr(text) for text in asked.get("expr", [])]
    answer["conf"] = [alone(file_config, case) for case in asked.get("conf", [])]
    answer["json"] = [document(json.loads, text) for text in asked.get("json", [])]
    if "toml" in READERS:
        answer["toml"] = [document(READERS["toml"], text) for text in asked.get("toml", [])]
    if "yaml" in READERS:
        answer["yaml"] = [document(yaml.safe_load, text) for text in asked.get("yaml", [])]
    answer["dict"] = [
        alone(dict_config, case) for case in asked.get("dict", []) if case["suffix"] in READERS
    ]
    json.dump(answer, sys.stdout)


main()
