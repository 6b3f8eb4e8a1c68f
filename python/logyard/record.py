"""A record as it goes to the server: the pickle of its `__dict__`, and beside it what its objects would have told.

What can change, or can't be sent, is settled while the caller waits: the text of objects among the `args`, a
traceback's text, a copy of mutable values. All else can wait for the sender's thread.
"""
from __future__ import annotations

import logging
import pickle
from typing import Any

from .describe import Settler

# the pickle protocol that the server reads fastest
PROTOCOL = 3

# characters of a text, or bytes of a pickle, from which a record counts by its size
LARGE = 1024

# frames and characters of an exception that are told beside its text
MOST_FRAMES = 50
MOST_MESSAGE = 4096

# what nobody can change
PLAIN = frozenset((str, int, float, bool, type(None)))

# all attributes that every record has
USUAL = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"taskName"}
COUNT = len(logging.LogRecord("", 0, "", 0, "", (), None).__dict__)

_plain_formatter = logging.Formatter()


def may_wait(fields: dict[str, Any]) -> bool:
    """Whether a copy of these fields is all that has to be made of the record now."""
    msg = fields["msg"]
    if len(fields) != COUNT or type(msg) is not str or fields["exc_info"] or len(msg) > LARGE:
        return False
    args = fields["args"]
    if args:
        if type(args) is not tuple:
            return False
        for value in args:
            kind = type(value)
            if kind is str:
                if len(value) > LARGE:
                    return False
            elif kind not in PLAIN:
                return False
    return fields["exc_text"] is None and fields["stack_info"] is None


def encode(fields: dict[str, Any]) -> bytes:
    """The pickle of fields that are plain; of others that turn out not to be, with their text."""
    try:
        return pickle.dumps(fields, PROTOCOL)
    except Exception:
        return _settled(fields, {})


def settle(record: logging.LogRecord, formatter: logging.Formatter | None) -> bytes:
    """The pickle of any record. What `msg % args` raises is raised."""
    fields = record.__dict__.copy()
    beside: dict[str, Any] = {}
    exc_info = fields.get("exc_info")
    if exc_info:
        # as `Formatter.format` does, which leaves the text for the other handlers
        if not record.exc_text:
            record.exc_text = (formatter or _plain_formatter).formatException(exc_info)
        fields["exc_text"] = record.exc_text
        exception = _exception(exc_info)
        if exception is not None:
            beside["exception"] = exception
    fields["exc_info"] = None
    msg, args = fields.get("msg"), fields.get("args")
    if args and not _are_plain(args):
        beside["message"] = record.getMessage()
    elif type(msg) is not str and type(msg) is not dict:
        fields["msg"] = str(msg)
    elif type(msg) is dict and not args:
        text = str(msg)
        kept = Settler().value(msg)
        if kept is not msg or not _is_simple(kept):
            beside["message"] = text
    return _settled(fields, beside)


def own_record(level: int, message: str, **extra: Any) -> dict[str, Any]:
    """A record of the client itself, on the logger `logyard`."""
    made = logging.LogRecord("logyard", level, __file__, 0, message, (), None, "logyard")
    fields = made.__dict__
    fields.update(extra)
    return fields


def _settled(fields: dict[str, Any], beside: dict[str, Any]) -> bytes:
    settler = Settler()
    for key, value in fields.items():
        kind = type(value)
        if kind not in PLAIN or kind is int:
            settler.key = key
            fields[key] = settler.value(value)
    if settler.described:
        beside["described"] = settler.described
    whole: Any = (fields, beside) if beside else fields
    try:
        return pickle.dumps(whole, PROTOCOL)
    except Exception:
        # a known class with something in it that is not known: the texts of all
        for key, value in fields.items():
            if type(value) not in PLAIN:
                settler.key = key
                fields[key] = settler.text(value)
        beside["described"] = settler.described
        return pickle.dumps((fields, beside), PROTOCOL)


def _are_plain(args: Any) -> bool:
    values = args.values() if type(args) is dict else args
    if type(args) not in (tuple, dict):
        return False
    return all(type(value) in PLAIN for value in values)


def _is_simple(value: Any) -> bool:
    """Whether the text of a dict is sure to be made of it in the same way by the server."""
    todo = [value]
    while todo:
        one = todo.pop()
        kind = type(one)
        if kind is dict:
            todo.extend(one.keys())
            todo.extend(one.values())
        elif kind in (list, tuple):
            todo.extend(one)
        elif kind not in PLAIN:
            return False
    return True


def _exception(exc_info: Any) -> dict[str, Any] | None:
    """The class, the text and the frames of an exception: the innermost frames if there are many."""
    try:
        cls, value, traceback = exc_info
        if cls is None:
            return None
        module = cls.__module__
        name = cls.__qualname__ if module == "builtins" else f"{module}.{cls.__qualname__}"
        frames: list[tuple[str, int, str]] = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            frames.append((code.co_filename, traceback.tb_lineno, code.co_name))
            if len(frames) > 2 * MOST_FRAMES:
                del frames[:MOST_FRAMES]
            traceback = traceback.tb_next
        return {"type": name, "message": _text(value), "frames": frames[-MOST_FRAMES:]}
    except Exception:
        return None  # no exception as `sys.exc_info()` gives one; its text tells what it is


def _text(value: Any) -> str:
    try:
        return str(value)[:MOST_MESSAGE]
    except Exception as error:
        return f"<its text can't be had: {type(error).__name__}>"
