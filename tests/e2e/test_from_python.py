"""`logyard check --from-python`: configurations that live in code, as real programs have them."""
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from harness import record

sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))
from recorder import pythons  # noqa: E402

OLD = [found.command[0] for minor, found in pythons.find().items() if minor in ("3.8", "3.10")]


@pytest.fixture
def check(binary, folder):
    def run(target, *arguments, python=sys.executable, code=0, env=None, **modules):
        for name, text in modules.items():
            folder.joinpath(*name.split("__")).with_suffix(".py").write_text(textwrap.dedent(text))
        done = subprocess.run([binary, "check", "--from-python", target, "--python", python, *arguments],
                              cwd=folder, env={**os.environ, **(env or {})}, capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == code, done.stderr
        return done

    return run


def exported(check, folder, target, **options):
    """The dict that `--write` writes."""
    check(target, "--write", "out.json", **options)
    return json.loads((folder / "out.json").read_text())


DJANGO = """
    from pathlib import Path
    from django.utils.log import DEFAULT_LOGGING
    from django.utils.functional import lazystr
    print("settings are read")
    BASE_DIR = Path(__file__).resolve().parent
    SECRET_KEY = "for this test only"
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": lazystr("%(levelname)s %(message)s")}},
        "filters": {"app": {"name": "shop"}},
        "handlers": {
            "file": {"class": "logging.FileHandler", "filename": BASE_DIR / "shop.log",
                     "filters": ("app",), "formatter": "line"},
        },
        "loggers": {"django": DEFAULT_LOGGING["loggers"]["django"] | {"handlers": ["file"]}},
        "root": {"handlers": ["file"]},
    }
"""


def test_django_settings(check, folder, server):
    (folder / "shop").mkdir()
    (folder / "shop/__init__.py").write_text("")
    done = check("shop.settings:LOGGING", "--write", "logging.json", shop__settings=DJANGO,
                 env={"DJANGO_SETTINGS_MODULE": "shop.settings"})
    assert "settings are read" in done.stderr and "settings are read" not in done.stdout
    assert f"{folder}/shop/shop.log" in done.stdout
    assert not list(folder.rglob("__pycache__")), "a check leaves nothing behind"
    # and what was written is what a server runs
    one = server((folder / "logging.json").read_text(), config_name="logging.json")
    one.send(record("sold", name="shop.orders"), record("other", name="other"))
    one.wait_lines(1, folder / "shop/shop.log")
    assert one.stop() == 0
    assert (folder / "shop/shop.log").read_text() == "INFO sold\n"


def test_the_settings_object_of_django_itself(check, folder):
    (folder / "shop").mkdir()
    (folder / "shop/__init__.py").write_text("")
    done = check("django.conf:settings.LOGGING", shop__settings=DJANGO,
                 env={"DJANGO_SETTINGS_MODULE": "shop.settings"})
    assert "shop.log" in done.stdout


VALUES = """
    import datetime, enum, logging, logging.handlers, os, pathlib, queue, sys
    print("printed by the import"); sys.stderr.write("and this\\n")
    class Level(str, enum.Enum):
        LOUD = "ERROR"
    class Number(enum.IntEnum):
        TEN = 10
    class Text(str):
        def __repr__(self): return "?"
    class Formatter(logging.Formatter):
        class Inner(logging.Filter):
            @classmethod
            def make(cls): return cls()
    class Lazy(os.PathLike):
        def __fspath__(self): raise LookupError("not yet")
    def only(record): return True
    class Config:
        logging = {"nested": {"version": 1}}
    LOGGING = {
        "version": 1, "none": None, "flags": [True, 1, 1.5],
        "tuple": (1, (2,)), "set": {"b", "a", "c"}, "frozen": frozenset([3, 1]), "keys": {"x": 1}.keys(),
        "path": pathlib.PurePosixPath("/var") / "log", "time": datetime.time(4, 30, 1, 5),
        "levels": [Level.LOUD, Number.TEN, logging.INFO], "text": Text("é\\n"),
        "streams": [sys.stdout, sys.stderr, sys.__stderr__],
        "made": {"()": Formatter, "class": logging.handlers.WatchedFileHandler, "stream": sys.stdout,
                 "callback": only, "inner": Formatter.Inner.make, "queue": queue.Queue(9)},
    }
    def make(): return LOGGING
    BAD = {"a": {"b": [1, object()], 3: 1}, "l": lambda r: 1, "o": sys.stdin, "s": {object}, "raw": b"x",
           "lazy": Lazy()}
    RING = {}
    RING["ring"] = RING
"""


@pytest.mark.parametrize("python", [sys.executable, *OLD])
def test_values_that_json_does_not_have(check, folder, python):
    time = {"()": "datetime.time", "hour": 4, "minute": 30, "second": 1, "microsecond": 5}
    expected = {
        "version": 1, "none": None, "flags": [True, 1, 1.5], "tuple": [1, [2]], "set": ["a", "b", "c"],
        "frozen": [1, 3], "keys": ["x"], "path": "/var/log", "time": time, "levels": ["ERROR", 10, 20],
        "text": "é\n", "streams": ["ext://sys.stdout", "ext://sys.stderr", "ext://sys.stderr"],
        "made": {"()": "conf.Formatter", "class": "logging.handlers.WatchedFileHandler",
                 "stream": "ext://sys.stdout", "callback": "ext://conf.only",
                 "inner": "ext://conf.Formatter.Inner.make", "queue": {"()": "queue.Queue", "maxsize": 9}},
    }
    assert exported(check, folder, "conf:LOGGING", python=python, conf=VALUES) == expected
    assert exported(check, folder, "conf:make", python=python) == expected
    assert exported(check, folder, "conf:Config.logging.nested", python=python) == {"version": 1}


@pytest.mark.parametrize("python", [sys.executable, *OLD])
def test_what_can_not_be_written_is_told_with_its_place(check, folder, python):
    done = check("conf:BAD", python=python, conf=VALUES, code=2)
    told = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert told == [
        "error: a.b[1]: an object can't be written as JSON",
        "error: a: the key 3 is an int, not a str",
        "error: l: a lambda can't be imported: make it a function of a module",
        "error: o: an open file: name it in a FileHandler",
        "error: raw: a bytes can't be written as JSON",
        "error: lazy: LookupError: not yet",
    ]
    assert "within itself" in check("conf:RING", python=python, code=2).stderr


def test_problems_are_shown_in_the_text_that_the_dict_became(check):
    done = check("conf:LOGGING", conf="LOGGING = {'version': 1, 'root': {'level': 'INFOO'}}", code=2)
    assert "--> conf:LOGGING:4:14" in done.stderr and "there is no level `INFOO`" in done.stderr


def test_a_module_that_can_not_be_imported(check):
    done = check("conf:LOGGING", conf="import os\nLOGGING = os.environ['NO_SUCH_VARIABLE']\n", code=2)
    assert "error: can't import conf: KeyError: 'NO_SUCH_VARIABLE'" in done.stderr
    assert 'conf.py", line 2' in done.stderr
    assert "No module named 'nowhere'" in check("nowhere:LOGGING", code=2).stderr
    assert "has no attribute 'NO'" in check("conf:NO", conf="", code=2).stderr
    assert "is a list, not a dict" in check("conf:L", conf="L = []", code=2).stderr


def test_an_at_time(check):
    done = check("conf:LOGGING", conf="""
        import datetime
        LOGGING = {"version": 1, "handlers": {"daily": {
            "class": "logging.handlers.TimedRotatingFileHandler", "filename": "daily.log",
            "when": "midnight", "atTime": datetime.time(4, 30)}}, "root": {"handlers": ["daily"]}}
        """)
    assert "04:30" in done.stdout


CLASSES = """
    import logging, logging.handlers, time
    class Utc(logging.Formatter):
        "Times of Greenwich."
        converter = time.gmtime
        default_msec_format: str = "%s.%03d"
    class Short(Utc):
        default_msec_format = None
        default_time_format = "%H:%M"
    class Static(logging.Formatter):
        converter = staticmethod(time.localtime)
    class Coded(Utc):
        def format(self, record): return "x"
    class Below(Coded):
        default_msec_format = None
    class Converting(logging.Formatter):
        converter = lambda self, seconds: time.gmtime(seconds)
    class Daily(logging.handlers.TimedRotatingFileHandler):
        "Ours."
    class Own(logging.Handler):
        pass
    GOOD = {
        "version": 1,
        "formatters": {"utc": {"()": Utc}, "short": {"()": "conf.Short", "fmt": "%(message)s"},
                       "static": {"class": "conf.Static"}, "plain": {"()": logging.Formatter}},
        "handlers": {"daily": {"class": Daily, "filename": "x.log", "formatter": "utc"},
                     "out": {"class": "logging.StreamHandler", "formatter": "static"},
                     "err": {"class": "logging.StreamHandler", "formatter": "short"}},
        "root": {"handlers": ["daily", "out", "err"]},
    }
    BAD = {
        "version": 1,
        "formatters": {"coded": {"()": Coded}, "below": {"()": Below}, "converting": {"()": Converting}},
        "handlers": {"own": {"class": Own}}, "root": {"handlers": ["own"]},
    }
"""


@pytest.mark.parametrize("python", [sys.executable, *OLD])
def test_classes_that_only_set_attributes(check, folder, python):
    done = check("conf:GOOD", python=python, code=2, conf=CLASSES)
    _, _, lines = done.stderr.partition("with this in logyard.toml they run:\n\n")
    assert lines == (
        '[map]\n'
        '"conf.Utc" = { formatter = "logging.Formatter", converter = "time.gmtime", default_msec_format = "%s.%03d" }\n'
        '"conf.Short" = { formatter = "logging.Formatter", default_msec_format = "", default_time_format = "%H:%M", '
        'converter = "time.gmtime" }\n'
        '"conf.Static" = { formatter = "logging.Formatter", converter = "time.localtime" }\n'
        '"conf.Daily" = { handler = "logging.handlers.TimedRotatingFileHandler" }\n')
    (folder / "logyard.toml").write_text(lines)
    done = check("conf:GOOD", python=python)
    assert "they run" not in done.stderr


def test_classes_with_code_are_not_taken_for_others(check):
    assert "they run" not in check("conf:BAD", code=2, conf=CLASSES).stderr
