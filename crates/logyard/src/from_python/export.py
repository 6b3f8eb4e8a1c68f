"""Prints a logging configuration that lives in Python code as JSON: python -c SCRIPT module:name

Runs on the user's Python, 3.8 or newer. Exit code 0: the dict as JSON is on stdout, and behind a form feed
the lines of [map] for classes that only set attributes; 3: what is wrong is there, one problem a line.
What the user's code prints goes to stderr.
"""
import collections.abc
import datetime
import enum
import importlib
import io
import json
import logging
import os
import queue
import sys
import time
import traceback
import types

MAX_DEPTH = 60  # logyard reads documents that are nested up to 64 deep
NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
STREAMS = ("stdout", "stderr", "__stdout__", "__stderr__")
QUEUES = (queue.Queue, queue.LifoQueue, queue.PriorityQueue)


class Problem(Exception):
    pass


def find(target):
    """`module:name.name`: attributes, or keys where there are dicts; what can be called is called."""
    module, _, names = target.partition(":")
    try:
        found = importlib.import_module(module)
    except BaseException as error:
        tell(error)
        raise Problem("can't import %s: %s" % (module, shown(error)))
    for name in names.split("."):
        if isinstance(found, collections.abc.Mapping) and name in found:
            found = found[name]
            continue
        try:
            found = getattr(found, name)
        except Exception as error:
            raise Problem("%s: %s" % (target, shown(error)))
    if callable(found) and not isinstance(found, collections.abc.Mapping):
        try:
            found = found()
        except BaseException as error:
            tell(error)
            raise Problem("calling %s: %s" % (target, shown(error)))
    if not isinstance(found, collections.abc.Mapping):
        raise Problem("%s is %s, not a dict" % (target, a_type(found)))
    return found


def tell(error):
    """The traceback, without what is this script's and importlib's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename != "<string>" and "importlib" not in frame.filename]
    if frames:
        sys.stderr.write("Traceback (most recent call last):\n")
        sys.stderr.write("".join(traceback.format_list(frames)))


def shown(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


class Export:
    """Turns values into what JSON can hold; collects what it can't."""

    def __init__(self):
        self.problems = []

    def value(self, value, path, key=None):
        """`path` is where the value stands; `key` is its key in the dict around it."""
        try:
            return self.convert(value, path, key)
        except Exception as error:  # of a lazy value, or of a class of the user's
            return self.problem(path, shown(error))

    def convert(self, value, path, key):
        if len(path) > MAX_DEPTH:
            return self.problem(path[:3], "nested more than %d deep, or within itself" % MAX_DEPTH)
        if isinstance(value, enum.Enum) and isinstance(value, (str, int)):
            value = value.value
        if value is None or type(value) in (bool, int, float, str):
            return value
        if is_lazy(value) or isinstance(value, str):
            return str(value)
        if isinstance(value, (int, float)):
            return (int if isinstance(value, int) else float)(value)
        if isinstance(value, collections.abc.Mapping):
            return self.dict(value, path)
        if isinstance(value, (collections.abc.Set, collections.abc.ValuesView)) or is_list(value):
            return self.list(value, path)
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        if isinstance(value, datetime.time):
            parts = {name: getattr(value, name) for name in ("hour", "minute", "second", "microsecond")}
            return {"()": "datetime.time", **parts}
        for name in STREAMS:
            if value is getattr(sys, name, None):
                return "ext://sys." + name
        if isinstance(value, NAMED):
            return self.name(value, path, key)
        if type(value) in QUEUES:
            return {"()": "queue." + type(value).__name__, "maxsize": value.maxsize}
        if isinstance(value, io.IOBase):
            return self.problem(path, "an open file: name it in a FileHandler")
        return self.problem(path, "%s can't be written as JSON" % a_type(value))

    def dict(self, value, path):
        made = {}
        for key, item in value.items():
            if isinstance(key, enum.Enum):
                key = key.value
            if not isinstance(key, str):
                self.problem(path, "the key %r is %s, not a str" % (key, a_type(key)))
                continue
            key = str(key)
            made[key] = self.value(item, path + ["." + key], key)
        return made

    def list(self, value, path):
        items = list(value)
        if isinstance(value, collections.abc.Set) and not isinstance(value, collections.abc.KeysView):
            try:
                items.sort()
            except TypeError:
                items.sort(key=repr)
        return [self.value(item, path + ["[%d]" % index]) for index, item in enumerate(items)]

    def name(self, value, path, key):
        """A class or function by the name that imports it; `()` and `class` need no ext://."""
        module, qualname = getattr(value, "__module__", None), value.__qualname__
        if "<lambda>" in qualname:
            return self.problem(path, "a lambda can't be imported: make it a function of a module")
        found = sys.modules.get(module)
        for part in qualname.split("."):
            found = getattr(found, part, None)
        if found != value or module == "__main__":
            what = "%s of %s can't be imported by this name" % (qualname, module)
            return self.problem(path, what + ": move it to the top of its module")
        return ("" if key in ("()", "class") else "ext://") + module + "." + qualname

    def problem(self, path, what):
        where = "".join(path).lstrip(".")
        self.problems.append("%s: %s" % (where, what) if where else what)


def is_list(value):
    return isinstance(value, (list, tuple, collections.deque))


def is_lazy(value):
    """Django's lazy texts, such as gettext_lazy and reverse_lazy."""
    functional = sys.modules.get("django.utils.functional")
    return functional is not None and isinstance(value, functional.Promise)


def a_type(value):
    name = type(value).__name__
    return ("an " if name[0] in "aeiouAEIOU" else "a ") + name


def mappings(config):
    """The lines of logyard.toml's [map] for formatter and handler classes that add nothing but attributes
    to another package's class, as far as the server can set them."""
    lines = {}
    for section, base, attributes in (("formatters", logging.Formatter, FORMATTER_ATTRIBUTES),
                                      ("handlers", logging.Handler, {})):
        for entry in (config.get(section) or {}).values():
            name = entry.get("()") or entry.get("class") if isinstance(entry, dict) else None
            if isinstance(name, str):
                line = mapping(name[len("ext://"):] if name.startswith("ext://") else name, base, attributes)
                if line:
                    lines[name] = line
    return lines.values()


def shown_converter(value):
    return {time.gmtime: '"time.gmtime"', time.localtime: '"time.localtime"'}.get(value)


def shown_text(value):
    return json.dumps(value or "") if value is None or isinstance(value, str) else None


FORMATTER_ATTRIBUTES = {"default_time_format": shown_text, "default_msec_format": shown_text,
                        "converter": shown_converter}


def mapping(name, base, attributes):
    module, _, names = name.rpartition(".")
    found = getattr(sys.modules.get(module), names, None)
    if not (isinstance(found, type) and issubclass(found, base)):
        return None
    package, parts = module.partition(".")[0], {}
    for cls in found.__mro__:
        if cls.__module__.partition(".")[0] != package:
            break
        for key, value in vars(cls).items():
            if key.startswith("__") and (not callable(value) or key.startswith("__annotate")):
                continue
            value = value.__func__ if isinstance(value, staticmethod) else value
            text = attributes[key](value) if key in attributes else None
            if text is None:
                return None  # it has code, or what the server can't set
            parts.setdefault(key, text)
    if package == "logging" or cls in (base, object) and base is logging.Handler:
        return None
    kind = "formatter" if base is logging.Formatter else "handler"
    parts = {kind: '"%s.%s"' % (cls.__module__, cls.__qualname__), **parts}
    return "%s = { %s }" % (json.dumps(name), ", ".join("%s = %s" % item for item in parts.items()))


def one_line(text):
    return "".join(char if " " <= char <= "~" else ascii(char)[1:-1] for char in text)


def main():
    # what is printed from now on, by C code and by child processes as well, goes to stderr
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if not {"", os.getcwd()} & set(sys.path):
        sys.path.insert(0, "")  # PYTHONSAFEPATH took it away
    try:
        export = Export()
        made = export.value(find(sys.argv[1]), [])
        problems = export.problems
        lines = [] if problems else mappings(made)
    except Problem as problem:
        problems = [str(problem)]
    sys.stdout.flush()
    sys.stderr.flush()
    if problems:
        out.write("".join(one_line(problem) + "\n" for problem in problems))
    else:
        json.dump(made, out, indent=2)
        out.write("\n\f" + "".join(line + "\n" for line in lines))
    out.close()
    os._exit(3 if problems else 0)  # threads that the import started don't keep this from ending


main()
