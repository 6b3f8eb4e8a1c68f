"""Answers what CPython's logging makes of a record: one request a line, one answer a line.

A request is the fields `zone fmt datefmt validate record`, all but `validate` as `=` and hexadecimal;
`fmt` and `datefmt` may be `-` for None, and `fmt` may be `message`, which asks for getMessage(). `record`
is a Python expression of the record's dict. An answer is `pickle outcome text`: the dict's pickle,
`ok` or the exception's class, and the text or the exception's message.
"""
import collections
import datetime
import decimal
import fractions
import http
import logging
import os
import pickle
import sys
import time
import uuid

NAMES = {
    "OrderedDict": collections.OrderedDict,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "HTTPStatus": http.HTTPStatus,
    "UUID": uuid.UUID,
    "datetime": datetime.datetime,
    "inf": float("inf"),
    "nan": float("nan"),
}


def text(field):
    return None if field == "-" else bytes.fromhex(field[1:]).decode("utf-8", "surrogatepass")


def encode(answer):
    return answer.encode("utf-8", "surrogatepass").hex()


def answer(zone, fmt, datefmt, validate, record):
    if os.environ.get("TZ") != text(zone):
        os.environ["TZ"] = text(zone)
        time.tzset()
    attributes = eval(text(record), dict(NAMES))
    wire = pickle.dumps(attributes, 2).hex()  # 1 can't send integers of 4,301 digits
    try:
        record = logging.makeLogRecord(attributes)
        if fmt == "message":
            return wire, "ok", encode(record.getMessage())
        formatter = logging.Formatter(text(fmt), text(datefmt), validate=validate == "1")
        return wire, "ok", encode(formatter.format(record))
    except Exception as error:
        return wire, type(error).__name__, encode(str(error))


print(sys.version_info[0] * 100 + sys.version_info[1], flush=True)
for line in sys.stdin:
    print(*answer(*line.split()), flush=True)
