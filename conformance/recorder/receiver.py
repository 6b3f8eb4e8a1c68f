"""Runs one life of a case's receiver, from fileConfig or dictConfig to logging.shutdown, in a real CPython.

The cookbook's semantics: `getLogger(record.name).handle(makeLogRecord(pickle.loads(frame)))`. The
working folder is the case's. The clock is the step's: time.time and time.time_ns are replaced before
logging is imported, and a file that changed gets the step's clock for its mtime, before anybody looks
(os.stat is wrapped) and after each step. The job is JSON in the file named by the first argument; the
answer (how many records were dropped, and why) goes to the file named by the second.
"""
import base64
import json
import os
import pickle
import struct
import sys
import time

clock = [0.0]
real_stat = os.stat


def now_ns():
    return int(round(clock[0] * 1000000)) * 1000


class Times:
    """The mtimes of all files below the working folder, as the faked clock would have made them."""

    def __init__(self):
        self.known = {}

    def files(self):
        folders = ["."]
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry.path, os.lstat(entry.path)

    def learn(self):
        """Takes the times that are there as right."""
        self.known = {(s.st_dev, s.st_ino): s.st_mtime_ns for _, s in self.files()}

    def sweep(self):
        """Gives each file that changed since the last sweep the time of the faked clock."""
        for path, stat in self.files():
            key = (stat.st_dev, stat.st_ino)
            if self.known.get(key) != stat.st_mtime_ns:
                os.utime(path, ns=(now_ns(), now_ns()))
                self.known[key] = os.lstat(path).st_mtime_ns


def frames(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack(">L", data[at:at + 4])
        yield data[at + 4:at + 4 + length]
        at += 4 + length


def happen(step, times):
    """What happens to the files behind the receiver's back."""
    for path in step.get("mkdir", []):
        os.makedirs(path, exist_ok=True)
    for path in step.get("remove", []):
        os.remove(path)
    for old, new in step.get("rename", []):
        os.rename(old, new)
    for path, text in step.get("write", {}).items():
        with open(path, "wb") as file:
            file.write(text.encode("utf-8"))
    times.sweep()
    for path, seconds in step.get("mtime", {}).items():
        os.utime(path, ns=(int(seconds) * 10**9,) * 2)
    times.learn()


def configure(config, job):
    """fileConfig, or dictConfig with the file's dict; a YAML file was read by the recorder."""
    name = job["configuration"]
    if job["debug"] is not None:
        from django.conf import settings
        settings.configure(DEBUG=job["debug"])
    if name.endswith(".ini"):
        # before 3.10 the locale's encoding, which is UTF-8 here, was the only one
        encoding = {"encoding": "utf-8"} if sys.version_info >= (3, 10) else {}
        config.fileConfig(name, defaults=job["defaults"], **encoding)
        return
    loaded = job["dict"]
    if name.endswith(".json"):
        with open(name, encoding="utf-8") as file:
            loaded = json.load(file)
    elif name.endswith(".toml"):
        import tomllib
        with open(name, "rb") as file:
            loaded = tomllib.load(file)
    config.dictConfig(loaded)
    import logging
    for handler in list(logging._handlers.values()):
        if getattr(handler, "listener", None):
            handler.listener.start()
            started.append(handler)


def drain():
    """Waits until the queues are empty: what was sent in a step is written in that step."""
    for handler in started:
        handler.listener.stop()
        handler.listener.start()


started = []


def main(job):
    times = Times()
    times.learn()
    clock[0] = job["steps"][0]["at"]
    time.time = lambda: clock[0]
    time.time_ns = now_ns

    import datetime
    import logging
    import logging.config
    import logging.handlers

    # args are evaluated in the namespace of logging, which has no datetime: atTime needs an
    # application that puts it there, and so does this one
    logging.datetime = datetime

    def stat(*args, **kwargs):
        times.sweep()
        return real_stat(*args, **kwargs)

    os.stat = stat
    dropped = []

    def handle_error(self, record):
        error = sys.exc_info()[1]
        dropped.append("%s: %s" % (type(error).__name__, error))

    logging.Handler.handleError = handle_error
    running = False
    for step in job["steps"]:
        clock[0] = step["at"]
        happen(step, times)
        if not running and ("frames" in step or step.get("restart")):
            try:
                configure(logging.config, job)
            except Exception as error:
                return answered([], refused(error))
            running = True
        for frame in frames(base64.b64decode(step.get("frames", ""))):
            try:
                record = logging.makeLogRecord(pickle.loads(frame))
                logging.getLogger(record.name).handle(record)
            except Exception as error:  # not a record: the cookbook's connection would end here
                dropped.append("%s: %s" % (type(error).__name__, error))
        drain()
        times.sweep()
    for handler in started:
        handler.listener.stop()
    logging.shutdown()
    times.sweep()
    return answered(dropped, None)


def answered(dropped, refused):
    return {"version": "%d.%d.%d" % sys.version_info[:3], "dropped": dropped, "refused": refused}


def refused(error):
    """What the user would see: dictConfig's own words, and those of the error that it came of."""
    cause = error.__cause__
    said = "%s: %s" % (type(error).__name__, error)
    return said if cause is None else "%s (%s: %s)" % (said, type(cause).__name__, cause)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as job_file:
        answer = main(json.load(job_file))
    with open(sys.argv[2], "w", encoding="utf-8") as answer_file:
        json.dump(answer, answer_file)
