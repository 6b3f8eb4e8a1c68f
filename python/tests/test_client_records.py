"""What becomes of a record on its way: the same bytes as a FileHandler in the process, whatever is in it."""
import collections
import datetime
import decimal
import enum
import io
import logging
import pathlib
import pickle
import sys
import threading
import types
import unittest
import uuid

import logyard.record
from client_server import Case
from logyard.describe import Settler

FORMAT = "%(levelname)s %(name)s %(lineno)d %(funcName)s %(process)d %(threadName)s %(message)s"


class Shout:
    def __str__(self):
        return "Shout!"

    def __repr__(self):
        return "Shout(...)"


class Color(enum.IntEnum):
    RED = 1


class Broken:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Reduces:
    """Its pickle would call something."""

    def __reduce__(self):
        raise RuntimeError("never")


class HttpRequest:
    """As Django's: its user is lazy."""

    def __init__(self):
        self.method, self.path = "GET", "/cart"
        self.META = {"HTTP_X_REQUEST_ID": "r-1"}
        self.user = types.SimpleNamespace(get_username=lambda: "alice")
        self.body = io.BytesIO()

    __module__ = "django.http.request"


MESSAGES = [
    ("plain", ()), ("%s and %d", ("a", 3)), ("%5.2f|%-5s|%r", (3.14159, "ab", "it's")), ("100 %", ()),
    ("%(a)s %(b)03d", ({"a": "x", "b": 7},)), ("%s %s %s", (None, True, 10**30)), ("%x %o %e %g", (255, 8, 1e10, 1e-7)),
    ("%s", (Shout(),)), ("%r %d", (Shout(), 3)), ("%s %d %r", (Color.RED, Color.RED, Color.RED)),
    ("%s", ([1, "two", {"three": 3}],)), ("%s", ({"a": [1]},)),
    ("%s %s", (datetime.date(2024, 2, 29), uuid.UUID(int=5))),
    ("%s", (decimal.Decimal("1.50"),)), ("%s", (b"bytes",)), ("%s", (pathlib.PurePosixPath("/a/b"),)),
    (Shout(), ()), ({"event": "login", "user": 7}, ()), ({"event": Shout()}, ()), (ValueError("told"), ()),
    (["a", 1], ()), (17, ()), (None, ()), ("%s", ("ünïcode \U0001f600",)), ("multi\nline %s", ("x\ny",)),
    ("%s", ("x" * 5000,)), ("y" * 5000, ()), ("%c", (65,)), ("%s %%", ("p",)), ("%*d", (5, 3)),
]


class SameBytes(Case):
    def compare(self, log, format=FORMAT):
        self.serve_again(format=format)
        handler = self.handler()
        stream = io.StringIO()
        local = logging.StreamHandler(stream)
        local.setFormatter(logging.Formatter(format))
        # either may come first: neither changes what the other gets
        for order in ([handler, local], [local, handler]):
            logger = logging.Logger("same", 1)
            for one in order:
                logger.addHandler(one)
            log(logger)
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.read_file(), stream.getvalue())
        return stream.getvalue()

    def test_messages(self):
        def log(logger):
            for message, args in MESSAGES:
                logger.info(message, *args)

        self.compare(log)

    def test_tracebacks(self):
        def log(logger):
            try:
                try:
                    {}["key"]
                except KeyError as error:
                    raise ValueError("outer\nlines") from error
            except ValueError:
                logger.exception("failed: %s", Shout())
                logger.error("with stack", stack_info=True)
                logger.warning("given", exc_info=sys.exc_info())
            logger.info("none", exc_info=True)
            logger.error("never raised", exc_info=OSError(2, "No such file"))

        text = self.compare(log)
        self.assertIn("The above exception was the direct cause", text)

    def test_values_that_change_later(self):
        handler = self.handler()
        stream = io.StringIO()
        local = logging.StreamHandler(stream)
        logger = logging.Logger("same", 1)
        logger.addHandler(local)
        logger.addHandler(handler)
        state = {"count": 0}
        names = []
        for number in range(200):
            state["count"] = number
            names.append(number)
            logger.info("%s %s", state, names[-3:])
            logger.info({"state": state})
        names.clear()
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.read_file(), stream.getvalue())

    def test_a_handler_that_changes_the_record(self):
        class Paint(logging.Handler):
            def emit(self, record):
                record.levelname = "\x1b[31m" + record.levelname
                record.msg, record.args = "painted", None

        handler = self.handler()
        logger = logging.Logger("same", 1)
        logger.addHandler(handler)
        logger.addHandler(Paint())
        for number in range(100):
            logger.info("number %d", number)
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), [f"number {number}" for number in range(100)])

    def test_extras(self):
        extra = {"text": "t", "number": 3, "shout": Shout(), "moment": datetime.datetime(2024, 2, 29, 1, 2, 3),
                 "parts": [1, {"two": 2}], "nothing": None, "color": Color.RED, "kind": Shout}
        names = " ".join(f"%({name})s" for name in extra)
        self.compare(lambda logger: logger.info("hello", extra=extra), names + " %(message)s")

    def test_msg_and_args_stay_what_they_are(self):
        self.compare(lambda logger: logger.info("%s is %d", "a", 3), "%(msg)s %(args)s")

    def test_filters_of_the_handler(self):
        handler = self.handler()
        handler.addFilter(lambda record: record.getMessage() != "not this")
        logger = self.logger(handler)
        logger.info("not this")
        logger.info("this")
        handler.flush(60)
        self.assertEqual(self.server.lines(), ["this"])

    def test_json(self):
        config = """{"version": 1, "root": {"handlers": ["file"]},
            "formatters": {"json": {"class": "pythonjsonlogger.json.JsonFormatter", "format": "%(message)s"}},
            "handlers": {"file": {"class": "logging.FileHandler", "filename": "app.log", "formatter": "json"}}}"""
        self.serve_again(config=config, name="logging.json")
        handler = self.handler()
        logger = self.logger(handler)
        logger.info("%s", Shout(), extra={"lock": Shout()})
        logger.info({"event": "login", "user": 7})
        logger.info({"event": Shout()})
        self.assertTrue(handler.flush(60))
        lines = self.server.lines()
        # as python-json-logger 4.2.0 writes them
        self.assertEqual([line.replace(', "taskName": null', "") for line in lines], [
            '{"message": "Shout!", "lock": "Shout!"}', '{"message": "", "event": "login", "user": 7}',
            '{"message": "", "event": "Shout!"}'])

    def test_uvicorns_access_log(self):
        config = """{"version": 1, "loggers": {"uvicorn.access": {"handlers": ["file"]}},
            "formatters": {"access": {"()": "uvicorn.logging.AccessFormatter", "use_colors": false,
                           "fmt": "%(client_addr)s|%(request_line)s|%(status_code)s"}},
            "handlers": {"file": {"class": "logging.FileHandler", "filename": "app.log", "formatter": "access"}}}"""
        self.serve_again(config=config, name="logging.json")
        handler = self.handler()
        logger = self.logger(handler, "uvicorn.access")
        logger.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5000", "GET", "/a b", "1.1", 404)
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), ["127.0.0.1:5000|GET /a b HTTP/1.1|404 Not Found"])

    def test_nothing_in_extra_can_break_it(self):
        loop = []
        loop.append(loop)
        deep = []
        for _ in range(5000):
            deep = [deep]
        handler = self.handler()
        logger = self.logger(handler)
        values = {
            "lock": threading.Lock(), "file": io.BytesIO(), "function": lambda: 0, "generator": (x for x in ()),
            "broken": Broken(), "reduces": Reduces(), "loop": loop, "deep": deep, "module": sys, "nan": float("nan"),
            "request": HttpRequest(), "surrogate": "\udcff", "keys": {(1, Shout()): 2, Shout(): 3}, "huge": 10**5000,
            "many": list(range(50000)), "set": {1, Shout()}, "counter": collections.Counter("aab"),
            "default": collections.defaultdict(lambda: 3, a=1), "thread": threading.current_thread(),
            "named": collections.namedtuple("N", "a")(1), "class": Broken, "error": ValueError(Shout()),
        }
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            for name, value in values.items():
                logger.info(name, extra={"value": value})
                logger.info("%s with args", name, extra={"value": {"in": [value]}})
            said = sys.stderr.getvalue()
        finally:
            sys.stderr = stderr
        self.assertEqual(said, "")
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), [line for name in values for line in (name, name + " with args")])

    def test_args_that_do_not_fit_the_message(self):
        """As `logging` has it: told on stderr, nothing raised, nothing written."""
        handler = self.handler()
        logger = self.logger(handler)
        stderr, sys.stderr = sys.stderr, io.StringIO()
        try:
            logger.info("%d", Shout())
            logger.info("%s", Broken())
            said = sys.stderr.getvalue()
        finally:
            sys.stderr = stderr
        self.assertEqual(said.count("--- Logging error ---"), 2)
        logger.info("next")
        self.assertTrue(handler.flush(60))
        self.assertEqual(self.server.lines(), ["next"])


def sent(log):
    """The fields, and what goes beside them, of one record."""
    records = []
    logger = logging.Logger("sent", 1)
    handler = logging.Handler()
    handler.emit = records.append
    logger.addHandler(handler)
    log(logger)
    read = pickle.loads(logyard.record.settle(records[0], None))
    return read if isinstance(read, tuple) else (read, {})


class Structure(unittest.TestCase):
    def test_objects_among_the_args(self):
        fields, beside = sent(lambda logger: logger.info("%s %d", Shout(), 3))
        self.assertEqual((fields["msg"], fields["args"]), ("%s %d", ("Shout!", 3)))
        self.assertEqual(beside, {"message": "Shout! 3", "described": {"args": __name__ + ".Shout"}})

    def test_exceptions(self):
        def log(logger):
            try:
                raise decimal.InvalidOperation("no")
            except decimal.InvalidOperation:
                logger.exception("failed")

        fields, beside = sent(log)
        self.assertIsNone(fields["exc_info"])
        self.assertTrue(fields["exc_text"].startswith("Traceback"))
        exception = beside["exception"]
        self.assertEqual((exception["type"], exception["message"]), ("decimal.InvalidOperation", "no"))
        self.assertEqual([(file, function) for file, _, function in exception["frames"]], [(__file__, "log")])

    def test_requests(self):
        fields, beside = sent(lambda logger: logger.error("Internal Server Error", extra={"request": HttpRequest()}))
        self.assertEqual(fields["request"], {"method": "GET", "path": "/cart", "user": "alice", "id": "r-1"})
        self.assertEqual(beside["described"], {"request": "django.http.request.HttpRequest"})

    def test_a_lazy_user_is_not_asked_for(self):
        class Lazy:
            def __init__(self):
                self.__dict__["_wrapped"] = object()

            def __getattr__(self, name):
                raise AssertionError("this queries the database")

        request = HttpRequest()
        request.user = Lazy()
        fields, _ = sent(lambda logger: logger.error("", extra={"request": request}))
        self.assertIsNone(fields["request"]["user"])

    def test_long_texts_are_cut(self):
        class Long:
            def __str__(self):
                return "x" * 100000

        fields, _ = sent(lambda logger: logger.info("", extra={"long": Long()}))
        self.assertEqual(fields["long"], "x" * 8192 + "… (100000 characters)")

    def test_data_is_not_copied(self):
        value = {"a": [1, (2, {3})], "b": datetime.date(2024, 1, 1)}
        self.assertIs(Settler().value(value), value)


if __name__ == "__main__":
    unittest.main()
