"""Answers what python-json-logger makes of a record: one request a line, one answer a line.

A request is the fields `zone class arguments record`, all as `=` and hexadecimal. `class` is a dotted name,
`arguments` a Python expression of the keyword arguments, `record` one of the record's dict. An answer is
`pickle outcome text`, as child.py's. The class `2` is JsonFormatter of python-json-logger 2, which is in the
folder LOGYARD_OLD_PACKAGES.
"""
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import http
import importlib
import ipaddress
import logging
import os
import pathlib
import pickle
import sys
import time
import types
import uuid
import warnings
import zoneinfo

warnings.simplefilter("ignore")
OLD = None
if "LOGYARD_OLD_PACKAGES" in os.environ:
    sys.path.insert(0, os.environ["LOGYARD_OLD_PACKAGES"])
    OLD = importlib.import_module("pythonjsonlogger.jsonlogger").JsonFormatter
    del sys.path[0]
    for module in [module for module in sys.modules if module.startswith("pythonjsonlogger")]:
        del sys.modules[module]

Color = enum.Enum("Color", {"RED": 1, "GREEN": "g", "BLUE": 1.5, "BLACK": (0, "x"), "NONE": None})
Number = enum.IntEnum("Number", {"ONE": 1, "FAR": 2**70})
Word = enum.Enum("Word", {"YES": "yes"}, type=str)
Access = enum.IntFlag("Access", ["READ", "WRITE"])


class MyInt(int):
    pass


class MyFloat(float):
    pass


class MyStr(str):
    pass


class MyList(list):
    pass


class MyDict(dict):
    pass


class AppError(Exception):
    pass


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Item:
    name: str
    _hidden: object = None


def loop(value):
    value.append(value)
    return value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


NAMES = {
    **{name: value for name, value in globals().items() if not name.startswith("_")},
    "Counter": collections.Counter,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "UserDict": collections.UserDict,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "HTTPStatus": http.HTTPStatus,
    "UUID": uuid.UUID,
    "datetime": datetime.datetime,
    "date": datetime.date,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "timezone": datetime.timezone,
    "ZoneInfo": zoneinfo.ZoneInfo,
    "SimpleNamespace": types.SimpleNamespace,
    "PurePosixPath": pathlib.PurePosixPath,
    "ip_address": ipaddress.ip_address,
    "inf": float("inf"),
    "nan": float("nan"),
}


def text(field):
    return bytes.fromhex(field[1:]).decode("utf-8", "surrogatepass")


def encode(answer):
    return answer.encode("utf-8", "surrogatepass").hex()


def dumps(attributes):
    try:
        return pickle.dumps(attributes, 1)
    except ValueError:
        return pickle.dumps(attributes, 2)  # integers of 4,301 digits


def formatter_class(name):
    module, _, name = name.rpartition(".")
    return getattr(importlib.import_module(module), name) if module else OLD


def answer(zone, name, arguments, record):
    if os.environ.get("TZ") != text(zone):
        os.environ["TZ"] = text(zone)
        time.tzset()
    attributes = eval(text(record), dict(NAMES))
    wire = dumps(attributes).hex()
    try:
        formatter = formatter_class(text(name))(**eval(text(arguments)))
        return wire, "ok", encode(formatter.format(logging.makeLogRecord(attributes)))
    except Exception as error:
        return wire, type(error).__name__, encode(str(error))


for line in sys.stdin:
    print(*answer(*line.split()), flush=True)
