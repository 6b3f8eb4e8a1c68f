"""Answers what CPython's logging makes of a record: one request a line, one answer a line.

A request is the fields `zone style fmt datefmt time msecs validate record make stock`, all but `validate`
and `stock` as `=` and hexadecimal; `-` is None. `fmt` may be `message`, which asks for getMessage(). `time`
and `msecs` are the class's default_time_format and default_msec_format. `record` is a Python expression of
the record's dict. `make`, if there is one, is a Python expression of the formatter. With `stock` the pickle
is as a stock SocketHandler sends it: without `args` and `exc_info`, while the formatter has them.
An answer is `pickle outcome text`: the dict's pickle, `ok` or the exception's class, and the text or the
exception's message.
"""
import collections
import datetime
import decimal
import enum
import fractions
import http
import importlib
import ipaddress
import logging
import operator
import os
import pickle
import re
import signal
import ssl
import sys
import time
import types
import uuid
import zoneinfo

Color = enum.IntEnum("Color", {"NONE": 0, "RED": 1, "FAR": 2**70})
Access = enum.IntFlag("Access", ["READ", "WRITE"])
Ratio = enum.Enum("Ratio", {"HALF": 0.5}, type=float)


class MyInt(int):
    pass


class MyFloat(float):
    pass


def with_attribute(value):
    value.unit = "ms"
    return value


def caught(depth, error):
    """The exc_info of an error that was raised some calls down."""
    def down(left):
        if left:
            down(left - 1)
        raise error

    try:
        down(depth)
    except BaseException:
        return sys.exc_info()


def freeze(moment):
    """What takes the time of formatting gets that of the record."""
    package = sys.modules.get("json_log_formatter")
    if package:
        class Datetime(type(datetime.datetime)):
            def __instancecheck__(cls, value):
                return isinstance(value, datetime.datetime)

            def now(cls, zone):
                return datetime.datetime.fromtimestamp(moment, zone)

        package.datetime = Datetime("datetime", (), {})


NAMES = {
    "caught": caught,
    "Color": Color,
    "Access": Access,
    "Ratio": Ratio,
    "MyInt": MyInt,
    "MyFloat": MyFloat,
    "with_attribute": with_attribute,
    "re": re,
    "signal": signal,
    "ssl": ssl,
    "operator": operator,
    "pickle": pickle,
    "ipaddress": ipaddress,
    "Counter": collections.Counter,
    "ChainMap": collections.ChainMap,
    "UserDict": collections.UserDict,
    "OrderedDict": collections.OrderedDict,
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
    "inf": float("inf"),
    "nan": float("nan"),
}


def text(field):
    return None if field == "-" else bytes.fromhex(field[1:]).decode("utf-8", "surrogatepass")


def encode(answer):
    return answer.encode("utf-8", "surrogatepass").hex()


def dumps(attributes, seed):
    protocol = seed % 6
    if protocol < 2:
        try:
            return pickle.dumps(attributes, protocol)
        except ValueError:
            pass  # integers of 4,301 digits
    return pickle.dumps(attributes, max(protocol, 2))


def answer(zone, style, fmt, datefmt, default_time, default_msecs, validate, record, make, stock):
    if os.environ.get("TZ") != text(zone):
        os.environ["TZ"] = text(zone)
        time.tzset()
    attributes = eval(text(record), dict(NAMES))
    sent = attributes
    if stock == "1":
        message = logging.makeLogRecord(attributes).getMessage()
        sent = {**attributes, "msg": message, "args": None}
        if attributes.get("exc_info"):
            sent["exc_text"] = logging.Formatter().formatException(attributes["exc_info"])
            sent["exc_info"] = None
    wire = dumps(sent, len(record)).hex()
    try:
        record = logging.makeLogRecord(attributes)
        if make != "-":
            formatter = eval(text(make), {"module": importlib.import_module})
            freeze(record.created)
            return wire, "ok", encode(formatter.format(record))
        if fmt == "message":
            return wire, "ok", encode(record.getMessage())

        class Formatter(logging.Formatter):
            default_time_format = text(default_time)
            default_msec_format = text(default_msecs)

        formatter = Formatter(text(fmt), text(datefmt), text(style), validate=validate == "1")
        return wire, "ok", encode(formatter.format(record))
    except Exception as error:
        return wire, type(error).__name__, encode(str(error))


for line in sys.stdin:
    print(*answer(*line.split()), flush=True)
