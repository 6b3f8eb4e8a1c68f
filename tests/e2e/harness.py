"""A logyard in a temporary folder, and what the tests ask of it. All waits are bounded polls."""
import base64
import json
import os
import pickle
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PATIENCE = 30.0  # seconds until a wait gives up


def wait_until(condition, what, timeout=PATIENCE, server=None):
    """Polls until `condition()` is true and gives its value back; fails with `what` after `timeout`."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if server is not None and server.process.poll() is not None:
            raise AssertionError(f"the server ended, waiting for: {what}\n{server.stderr}")
        if time.monotonic() > end:
            said = f"\n{server.stderr}" if server is not None else ""
            raise AssertionError(f"waited {timeout} s for: {what}{said}")
        time.sleep(0.005)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def frame(payload):
    return struct.pack(">L", len(payload)) + payload


def record(message, name="load", level=20, protocol=1, **more):
    """The frame of a record as a SocketHandler makes it."""
    names = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
    data = {"name": name, "msg": message, "args": None, "levelname": names.get(level, "Level"),
            "levelno": level, "pathname": "/srv/app.py", "filename": "app.py", "module": "app",
            "exc_info": None, "exc_text": None, "stack_info": None, "lineno": 1, "funcName": "f",
            "created": 1700000000.25, "msecs": 250.0, "relativeCreated": 1.0, "thread": 2**40,
            "threadName": "MainThread", "processName": "MainProcess", "process": 7, "taskName": None}
    return frame(pickle.dumps(data | more, protocol))


def ini(path="app.log", handler="FileHandler", args=None, fmt="%(message)s", more=""):
    """A configuration with one handler on the root logger."""
    args = args if args is not None else f"({str(path)!r},)"
    return (f"[loggers]\nkeys = root\n[handlers]\nkeys = file\n[formatters]\nkeys = line\n"
            f"[logger_root]\nhandlers = file\n[handler_file]\nclass = {handler}\nformatter = line\n"
            f"args = {args}\n{more}[formatter_line]\nformat = {fmt}\n")


class Server:
    """One running `logyard serve`; its folder is `folder`, its state `folder/state`."""

    def __init__(self, binary, folder, config, listen=("127.0.0.1:0",), env=None, command=None,
                 ready=True, pass_fds=(), config_name="logging.ini",
                 arguments=()):
        self.folder, self.state = Path(folder), Path(folder, "state")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / config_name
        self.config.write_text(config, encoding="utf-8")
        listening = [word for address in listen for word in ("--listen", address)]
        self.command = [binary, "serve", str(self.config), *listening, "--state", str(self.state),
                        *arguments]
        self.lines = []
        self.process = subprocess.Popen([*(command or []), *self.command], cwd=self.folder,
                                        env=os.environ | {"TZ": "UTC"} | (env or {}),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, pass_fds=pass_fds)
        self.output = []
        self.threads = [threading.Thread(target=self.gather, args=args, daemon=True) for args in
                        ((self.process.stderr, self.lines), (self.process.stdout, self.output))]
        for thread in self.threads:
            thread.start()
        if ready:
            wait_until(lambda: len(self.addresses()) >= max(1, len(listen)), "listening on", server=self)

    @staticmethod
    def gather(stream, lines):
        for line in stream:
            lines.append(line.decode("utf-8", "replace"))

    @property
    def stderr(self):
        return "".join(self.lines)

    @property
    def stdout(self):
        return "".join(self.output)

    def addresses(self):
        plain = re.sub("\x1b\\[[0-9;]*m", "", self.stderr)
        return [one for line in re.findall(r"listening on (.+)", plain) for one in line.split(", ")]

    @property
    def port(self):
        return next(int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", " ".join(self.addresses())))

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def send(self, *frames):
        """One connection: all the frames, then its end."""
        with self.connect() as client:
            client.sendall(b"".join(frames))

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=PATIENCE):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        for thread in self.threads:
            thread.join(timeout)
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()

    def text(self, name="app.log"):
        path = self.folder / name
        return path.read_text("utf-8") if path.exists() else ""

    def wait_lines(self, count, name="app.log", timeout=PATIENCE):
        """Waits for `count` lines in a file and gives all of them."""
        wait_until(lambda: self.text(name).count("\n") >= count, f"{count} lines in {name}",
                   timeout, self)
        return self.text(name).splitlines()

    def dead_letters(self):
        found = []
        for path in sorted(self.state.glob("*/dead-letters.jsonl")):
            text = path.read_text("utf-8")
            found += [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return found

    def peak_memory(self):
        """The most resident memory the process ever had, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def letter_payload(letter):
    """The bytes a dead letter keeps of a frame, without the length before them."""
    return base64.b64decode(letter["frame"])


def rolled(folder, name, by_number=False):
    """All lines of a file and its rolled ones, the oldest first."""
    older = [path for path in Path(folder).glob(name + ".*")]
    older.sort(key=(lambda path: -int(path.suffix[1:])) if by_number else (lambda path: path.name))
    lines, paths = [], [*older, Path(folder, name)]
    for path in paths:
        text = path.read_text("utf-8") if path.exists() else ""
        assert not text or text.endswith("\n"), f"{path} ends within a line"
        lines += text.splitlines()
    return lines, [path for path in paths if path.exists()]


def in_order(lines, pattern, expected):
    """Each line matches; each worker's numbers are 1, 2, 3 … in order; `expected` lines in all."""
    last = {}
    for line in lines:
        match = re.fullmatch(pattern, line)
        assert match, f"not a whole line: {line!r}"
        worker, number = match["worker"], int(match["number"])
        assert number == last.get(worker, 0) + 1, f"{worker}: {number} after {last.get(worker, 0)}"
        last[worker] = number
    assert sum(last.values()) == len(lines) == expected
    return last
