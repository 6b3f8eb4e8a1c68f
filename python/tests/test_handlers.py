"""logyard.handlers in one process: the same names and bytes as the handlers of this CPython."""

import datetime
import gzip
import logging
import logging.handlers
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from logyard import handlers  # noqa: E402


def record(message):
    return logging.LogRecord("shop", logging.INFO, "shop.py", 1, message, (), None)


def tree(folder):
    """Names and contents, without the file that is logyard's own."""
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if not name.endswith(".rollover"):
            found[name] = gzip.decompress(data) if name.endswith(".gz") else data
    return found


def gzip_rotator(source, dest):
    with open(source, "rb") as plain, gzip.open(dest, "wb") as packed:
        packed.write(plain.read())
    os.remove(source)


class SameAsCPython(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folders = [os.path.join(temporary.name, name) for name in ("cpython", "logyard")]
        for folder in self.folders:
            os.mkdir(folder)

    def both(self, name, script, *args, **kwargs):
        """Runs a script with the handler of this name from CPython and from logyard, and compares."""
        errors = kwargs.pop("errors", None)
        if errors and sys.version_info >= (3, 9):
            kwargs["errors"] = errors
        for folder, module in zip(self.folders, (logging.handlers, handlers)):
            make = getattr(module, name)
            script(lambda: make(os.path.join(folder, "app.log"), *args, **kwargs), folder)
        cpython, logyard = map(tree, self.folders)
        self.assertEqual(logyard, cpython)
        return cpython

    def test_size(self):
        def script(make, folder):
            for life in range(3):
                handler = make()
                for number in range(40):
                    handler.handle(record("%d line %d %s" % (life, number, "\u00e4" * (number * 7 % 31))))
                handler.close()

        for size, count in ((0, 3), (1, 2), (60, 0), (60, 1), (100, 3), (250, 20), (100000, 3)):
            with self.subTest(maxBytes=size, backupCount=count):
                self.both("RotatingFileHandler", script, maxBytes=size, backupCount=count, encoding="utf-8")

    def test_encodings_and_errors(self):
        def script(make, folder):
            handler = make()
            for number in range(30):
                handler.handle(record("\u00e4\u20ac %d" % number))
            handler.close()
            handler = make()
            handler.handle(record("again"))
            handler.close()

        for encoding in ("utf-8", "utf-16", "utf-8-sig", "utf-16-le", "utf-32", "latin-1"):
            with self.subTest(encoding=encoding), mock.patch.object(logging, "raiseExceptions", False):
                options = {"maxBytes": 80, "backupCount": 50, "encoding": encoding}
                self.both("RotatingFileHandler", script, **options)
                self.both("RotatingFileHandler", script, errors="backslashreplace", **options)

    def test_modes_and_delay(self):
        def script(make, folder):
            for _ in range(2):
                handler = make()
                self.assertEqual(os.path.exists(os.path.join(folder, "app.log")), not handler.delay)
                handler.handle(record("one"))
                handler.doRollover()
                handler.handle(record("two"))
                handler.close()
                os.remove(os.path.join(folder, "app.log"))

        for mode in ("a", "w"):
            for delay in (False, True):
                with self.subTest(mode=mode, delay=delay):
                    self.both("RotatingFileHandler", script, mode=mode, backupCount=3, delay=delay)

    def test_mode_w_empties_the_file(self):
        def script(make, folder):
            for word in ("one", "two"):
                handler = make()
                handler.handle(record(word))
                handler.close()

        files = self.both("RotatingFileHandler", script, mode="w")
        self.assertEqual(files["app.log"], b"two\n")

    def test_terminator_namer_and_rotator(self):
        def script(make, folder):
            handler = make()
            handler.terminator = "\r\n--\n"
            handler.namer = lambda name: name + ".gz"
            handler.rotator = gzip_rotator
            for number in range(40):
                handler.handle(record("line %d" % number))
            handler.close()

        files = self.both("RotatingFileHandler", script, maxBytes=70, backupCount=4)
        self.assertIn("app.log.4.gz", files)

    def test_what_is_no_file_is_written_and_never_rolled(self):
        read, write = os.pipe()
        handler = handlers.RotatingFileHandler("/dev/fd/%d" % write, maxBytes=5, backupCount=3)
        for _ in range(3):
            handler.handle(record("line"))
        handler.close()
        os.close(write)
        with open(read) as pipe:
            self.assertEqual(pipe.read(), "line\n" * 3)

    def timed(self, start, steps, **kwargs):
        """Runs with a clock that takes these steps (seconds); between the third and fourth, a restart."""

        def script(make, folder):
            path = os.path.join(folder, "app.log")
            with mock.patch("time.time") as clock:
                clock.return_value = start
                open(path, "w").close()
                os.utime(path, (start, start))
                handler = make()
                for number, step in enumerate(steps):
                    if number == 3:
                        handler.close()
                        os.utime(path, (clock.return_value, clock.return_value))
                        handler = make()
                    clock.return_value += step
                    handler.handle(record("%d" % number))
                    handler.handle(record("%d again" % number))
                handler.close()

        with self.subTest(steps=steps, **kwargs):
            files = self.both("TimedRotatingFileHandler", script, **kwargs)
            for folder in self.folders:
                for name in os.listdir(folder):
                    os.remove(os.path.join(folder, name))
            return files

    def test_times(self):
        start = datetime.datetime(2024, 3, 29, 22, 17, 5).timestamp() + 0.25
        for when in ("S", "m", "H", "D", "midnight") + tuple("W%d" % day for day in range(7)):
            unit = {"S": 1, "M": 60, "H": 3600}.get(when.upper(), 86400)
            for interval in (1, 2):
                for utc in (False, True):
                    steps = [0, unit * 1.5, unit, unit * 0.4, unit * 3, unit * 7, unit, unit * 2, unit * 9]
                    options = {"when": when, "interval": interval, "utc": utc}
                    self.timed(start, steps, backupCount=0, **options)
                    files = self.timed(start, steps, backupCount=2, **options)
                    self.assertLessEqual(len(files), 3)
        self.timed(start, [3600 * 5] * 20, when="midnight", atTime=datetime.time(13, 30), backupCount=9)

    def test_a_time_whose_file_is_there(self):
        # newer CPythons do not roll over then, older ones overwrite it
        def script(make, folder):
            path = os.path.join(folder, "app.log")
            with mock.patch("time.time") as clock:
                clock.return_value = 86400.0
                for name in ("app.log", "app.log.1970-01-01", "app.log.1970-01-02"):
                    with open(os.path.join(folder, name), "w") as file:
                        file.write("there\n")
                os.utime(path, (86400, 86400))
                handler = make()
                for _ in range(5):
                    clock.return_value += 86400 / 2
                    handler.handle(record("line"))
                handler.close()

        self.both("TimedRotatingFileHandler", script, when="midnight", utc=True)


class BetterThanCPython(unittest.TestCase):
    """Where CPython's handlers lose records without need."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.path = os.path.join(self.folder, "app.log")

    def handler(self, **kwargs):
        handler = handlers.RotatingFileHandler(self.path, **kwargs)
        self.addCleanup(handler.close)
        return handler

    def lines(self, name="app.log"):
        return tree(self.folder)[name].decode().splitlines()

    def test_a_rollover_that_fails_costs_no_record(self):
        handler = self.handler(maxBytes=30, backupCount=2)
        told = []
        handler.handleError = lambda record: told.append(sys.exc_info()[1])
        handler.rotator = lambda source, dest: os.rename(source, "/nowhere/" + dest)
        for number in range(6):
            handler.handle(record("line number %d" % number))
        self.assertEqual(self.lines(), ["line number %d" % number for number in range(6)])
        self.assertIsInstance(told[0], OSError)
        handler.rotator = None
        handler.handle(record("works again"))
        self.assertEqual(self.lines(), ["works again"])
        self.assertEqual(len(self.lines("app.log.1")), 6)

    def test_a_file_that_was_moved_or_removed_is_opened_anew(self):
        handler = self.handler()
        for second, change in ((1, None), (2, lambda: os.rename(self.path, self.path + ".old")),
                               (3, lambda: os.remove(self.path)),
                               (4, lambda: os.remove(handler._rollover.path))):
            if change:
                change()
            line = record("in second %d" % second)
            line.created = second
            handler.handle(line)
        self.assertEqual(self.lines("app.log.old"), ["in second 1"])
        self.assertEqual(self.lines(), ["in second 3", "in second 4"])

    def test_mode_w_is_the_first_ones(self):
        first = self.handler(mode="w")
        first.handle(record("one"))
        second = self.handler(mode="w")
        second.handle(record("two"))
        first.close()
        first.handle(record("after the end"))
        self.assertEqual(self.lines(), ["one", "two", "after the end"])

    def test_a_rotator_may_log(self):
        handler = self.handler(maxBytes=25, backupCount=2)

        def rotator(source, dest):
            os.rename(source, dest)
            handler.handle(record("rolled"))

        handler.rotator = rotator
        for number in range(3):
            handler.handle(record("line number %d" % number))
        self.assertEqual(self.lines(), ["line number 2", "rolled"])
        self.assertEqual(self.lines("app.log.1"), ["line number 1", "rolled"])

    def late(self, rollovers):
        """A line whose process is stopped right before the write; another process rolls over meanwhile."""
        late, other = (self.handler(maxBytes=1000, backupCount=2) for _ in range(2))
        late.handle(record("before"))
        write = late._write

        def slow(data):
            late._write = write
            for _ in range(rollovers):
                other.doRollover()
                other.handle(record("after"))
            write(data)

        late._write = slow
        late.handle(record("late"))
        late.handle(record("later"))

    def test_a_line_behind_a_rollover_is_in_the_rolled_file(self):
        self.late(1)
        self.assertEqual(self.lines("app.log.1"), ["before", "late"])
        self.assertEqual(self.lines(), ["after", "later"])

    def test_a_line_for_a_file_that_is_gone_is_written_again(self):
        self.late(3)
        self.assertEqual(self.lines(), ["after", "late", "later"])

    def test_all_agree_on_the_time(self):
        with mock.patch("time.time") as clock:
            made = []
            for moment in (1000, 1040):
                clock.return_value = moment
                open(self.path, "a").close()
                os.utime(self.path, (moment, moment))
                made.append(handlers.TimedRotatingFileHandler(self.path, "M", utc=True))
                self.addCleanup(made[-1].close)
            for moment in (1050, 1061, 1110, 1122):
                clock.return_value = moment
                for number, handler in enumerate(made):
                    handler.handle(record("%d at %d" % (number, moment)))
        names = ["app.log", "app.log.1970-01-01_00-16", "app.log.1970-01-01_00-17"]
        self.assertEqual(sorted(tree(self.folder)), names)
        self.assertEqual(self.lines(names[1]), ["0 at 1050", "1 at 1050"])
        self.assertEqual(self.lines(names[2]), ["0 at 1061", "1 at 1061", "0 at 1110", "1 at 1110"])
        self.assertEqual(self.lines(), ["0 at 1122", "1 at 1122"])


if __name__ == "__main__":
    unittest.main()
