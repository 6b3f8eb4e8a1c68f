"""A server for the tests of the client: the real one, in a folder of its own. Runs on Python 3.8, without packages."""
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPO, "python"))
BINARY = os.environ.get("LOGYARD_BIN") or os.path.join(REPO, "target", "debug", "logyard")
PATIENCE = float(os.environ.get("LOGYARD_PATIENCE", 60))

INI = """\
[loggers]
keys = root, logyard
[handlers]
keys = file, own
[formatters]
keys = line
[logger_root]
handlers = file
[logger_logyard]
handlers = own
qualname = logyard
propagate = 0
[handler_file]
class = FileHandler
args = ('app.log',)
formatter = line
[handler_own]
class = FileHandler
args = ('own.log',)
formatter = line
[formatter_line]
format = {format}
"""


def wait_until(condition, what, timeout=PATIENCE):
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s for: {what}")
        time.sleep(0.01)


class Server:
    """`logyard serve` on a Unix socket and a TCP port that stay the same when it is started again."""

    def __init__(self, folder, format="%(message)s", config=None, name="logging.ini", more=()):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "w") as file:
            file.write(config or INI.format(format=format))
        self.socket = os.path.join(folder, "s")
        self.command = [BINARY, "serve", name, "--listen", "unix://" + self.socket, "--state", "state", *more]
        self.address = "unix://" + self.socket
        self.process = None
        self.start()

    def start(self):
        self.said = []
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        env=dict(os.environ, TZ="UTC"))
        process, said = self.process, self.said
        reader = threading.Thread(target=self.read, args=(process, said), daemon=True)
        reader.start()
        wait_until(lambda: any(b"listening on" in line for line in list(said)) or process.poll() is not None,
                   "the server listens")
        assert process.poll() is None, b"".join(said).decode()

    @staticmethod
    def read(process, said):
        with process.stderr:
            for line in process.stderr:
                said.append(line)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def read_file(self, name="app.log"):
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def lines(self, name="app.log"):
        return self.read_file(name).splitlines()

    def wait_for(self, count, name="app.log"):
        """The lines, as soon as there are so many."""
        wait_until(lambda: len(self.lines(name)) >= count, f"{count} lines in {name}")
        return self.lines(name)


class Case(unittest.TestCase):
    """A test with a server, a spool's folder, and handlers that are closed at the end."""

    def setUp(self):
        if not os.access(BINARY, os.X_OK):
            self.fail(f"no {BINARY}: build logyard, or name it in LOGYARD_BIN")
        self.folder = tempfile.mkdtemp(prefix="logyard-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.spool = os.path.join(self.folder, "spool")
        # a Unix socket's path is short
        self.server = Server(os.path.join(self.folder, "srv"))
        self.addCleanup(lambda: self.server.stop())
        self.count = 0

    def serve_again(self, **kwargs):
        self.server.stop()
        self.server = Server(self.server.folder, **kwargs)

    def handler(self, **kwargs):
        import logyard

        kwargs.setdefault("spool", self.spool)
        kwargs.setdefault("address", self.server.address)
        made = logyard.Handler(**kwargs)
        self.addCleanup(made.close)
        return made

    def logger(self, handler, name=None):
        self.count += 1
        logger = logging.Logger(name or f"test{self.count}", 1)
        logger.addHandler(handler)
        return logger

    def spools(self):
        try:
            return sorted(name for name in os.listdir(self.spool) if name.endswith(".spool"))
        except FileNotFoundError:
            return []

    def run_program(self, code, *arguments, check=True, env=None, python=sys.executable):
        """Runs a program that has `HANDLER` and `log`."""
        before = textwrap.dedent("""\
            import logging, os, sys, time
            import logyard
            HANDLER = logyard.Handler({!r}, {!r})
            log = logging.getLogger("program")
            log.setLevel(1)
            log.addHandler(HANDLER)
            """).format(self.server.address, self.spool)
        path = os.path.join(self.folder, "program.py")
        with open(path, "w") as file:
            file.write(before + textwrap.dedent(code))
        done = subprocess.run([python, "-W", "ignore::DeprecationWarning", path, *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE * 2,
                              env=dict(os.environ, PYTHONPATH=os.path.join(REPO, "python"), **(env or {})))
        if check:
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
        return done
