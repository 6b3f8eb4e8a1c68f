"""Makes the frames of one case. Runs in the client's CPython, 2.7 to the newest.

A real logger tree with a real SocketHandler does the work: only its `send` is replaced, and what can
differ between two runs is pinned (clock, process id, thread id). The job is JSON: `start`, `protocol`,
`steps` of `index`, `at`, `log`. The answer is JSON: the frames of each step, in base64.
"""
import base64
import json
import os
import struct
import sys
import time

FILENAME = "/srv/app/service.py"
PROCESS = 4242
THREAD = 140735268359296

clock = [0.0]
time.time = lambda: clock[0]
if hasattr(time, "time_ns"):
    time.time_ns = lambda: int(round(clock[0] * 1000000)) * 1000
os.getpid = lambda: PROCESS

import logging  # noqa: E402 (after the clock)
import logging.handlers  # noqa: E402
import pickle  # noqa: E402

python_pickle = getattr(logging.handlers, "pickle", pickle)
frames = []


class Protocol(object):
    """Stands in for the pickle module in logging.handlers: the stock handler asks for protocol 1."""

    def __init__(self, number):
        self.number = number

    def dumps(self, value, _stock=1):
        return python_pickle.dumps(value, self.number)


class Recorder(logging.handlers.SocketHandler):
    """The stock handler with a list for a socket; an error ends the recording."""

    def emit(self, record):
        record.thread = THREAD
        if getattr(record, "stack_info", None):
            record.stack_info = pinned(record.stack_info)
        frames.append(self.makePickle(record))

    def createSocket(self):
        pass


def pinned(stack):
    """A stack without this file's own frames, whose paths differ from one checkout to the next."""
    head, frames = stack.split("\n  File ", 1)
    own = [one for one in frames.split("\n  File ") if one.startswith('"%s"' % FILENAME)]
    return "\n  File ".join([head] + own)


def send_bytes(payload):
    """Sends any bytes as one frame."""
    frames.append(struct.pack(">L", len(payload)) + payload)


def send(value):
    """Sends any value as a record, pickled with the case's protocol."""
    send_bytes(logging.handlers.pickle.dumps(value))


def tick(seconds):
    """Moves the client's clock on."""
    clock[0] += seconds


def main(job):
    clock[0] = job["start"]
    is_ns = isinstance(logging._startTime, int) and sys.version_info >= (3, 13)
    logging._startTime = time.time_ns() if is_ns else job["start"]
    logging.handlers.pickle = Protocol(job["protocol"])
    handler = Recorder("127.0.0.1", 9)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(1)
    names = {"__name__": "service", "logging": logging, "log": logging.getLogger, "tick": tick,
             "send": send, "send_bytes": send_bytes, "handler": handler}
    answer = {}
    for step in job["steps"]:
        clock[0] = step["at"]
        del frames[:]
        exec(compile(step["log"], FILENAME, "exec"), names)
        answer[str(step["index"])] = base64.b64encode(b"".join(frames)).decode("ascii")
    return json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "frames": answer})


if __name__ == "__main__":
    print(main(json.load(sys.stdin)))
