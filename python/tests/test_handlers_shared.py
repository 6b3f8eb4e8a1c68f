"""logyard.handlers in many processes: nothing lost, nothing twice, whatever is killed."""

import collections
import contextlib
import itertools
import logging
import logging.handlers
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
sys.path.insert(0, HERE)

from logyard import handlers  # noqa: E402
from test_handlers import gzip_rotator, record, tree  # noqa: E402

PATIENCE = 50  # seconds: for machines that do other things
LINE = "%(name)s %(message)s and so on"


def handler(path, **kwargs):
    made = handlers.RotatingFileHandler(path, **kwargs)
    made.setFormatter(logging.Formatter(LINE))
    return made


def write(path, name, count, packed=False, done=None, **kwargs):
    """What the processes below do: `count` numbered lines. `done` gets the number of those that are written."""
    with open(os.devnull) if done is None else open(done, "wb", buffering=0) as file:
        made = handler(path, **kwargs)
        if packed:
            made.namer = lambda name: name + ".gz"
            made.rotator = gzip_rotator
        logger = logging.Logger(name)
        logger.addHandler(made)
        for number in range(count):
            logger.info("line %d", number)
            if done is not None:
                os.pwrite(file.fileno(), b"%d" % (number + 1), 0)
        made.close()


def start(*args, **kwargs):
    code = "import test_handlers_shared as t; t.write(*%r, **%r)" % (args, kwargs)
    env = dict(os.environ, PYTHONPATH=HERE)
    return subprocess.Popen([sys.executable, "-c", code], env=env, stderr=subprocess.PIPE)


class Shared(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.path = os.path.join(self.folder, "app.log")

    def finish(self, *processes):
        for process in processes:
            said = process.communicate(timeout=PATIENCE)[1].decode()
            self.assertEqual((process.returncode, said), (0, ""))

    def files(self):
        """The contents of the files, the oldest first."""
        found = tree(self.folder)
        age = {name: int((re.findall(r"\.(\d+)", name) or ["0"])[0]) for name in found if name.startswith("app.log")}
        return [found[name] for name in sorted(age, key=age.get, reverse=True)]

    def numbers(self, killed=()):
        """The numbers of the lines by writer, in the order of the files; each line has to be whole."""
        numbers = collections.defaultdict(list)
        for text in self.files():
            at = 0
            for line in text.splitlines(True):
                whole = re.fullmatch(rb"(\w+) line (\d+) and so on\n", line)
                if whole is None:
                    whole = self.behind_a_torn_line(line, at, killed)
                numbers[whole[1].decode()].append(int(whole[2]))
                at += len(line)
        return numbers

    def behind_a_torn_line(self, line, at, killed):
        """The kernel ends the write of a killed process at the end of a page, where it may be."""
        cut = 4096 - at % 4096
        torn = re.match(rb"(\w+) ?", line)
        whole = re.fullmatch(rb"(\w+) line (\d+) and so on\n", line[cut:])
        of_a_killed = any(name.startswith(torn[1].decode()) for name in killed) or torn[1].decode() in killed
        self.assertTrue(whole and cut < len(line) and of_a_killed, line)
        return whole

    def test_eight_processes(self):
        count = 1000
        for packed in (False, True):
            with self.subTest(packed=packed):
                kwargs = {"packed": packed, "maxBytes": 4000, "backupCount": 400}
                names = ["%s%d" % ("packed" if packed else "plain", number) for number in range(8)]
                self.finish(*[start(self.path, name, count, **kwargs) for name in names])
                self.assertGreater(len(self.files()), 40)
                if not packed:
                    # each may write one line more than fits, as all look at the size before they write
                    self.assertLessEqual(max(map(len, self.files())), 4000 + 8 * 40)
                self.assertEqual(self.numbers(), {name: list(range(count)) for name in names})
                for name in os.listdir(self.folder):
                    os.remove(os.path.join(self.folder, name))

    def test_killed_processes(self):
        chance = random.Random(5)
        running, done, killed = {}, {}, []
        options = {"maxBytes": 1500, "backupCount": 2000}
        until = time.monotonic() + 5
        for number in itertools.count():
            if time.monotonic() > until:
                break
            while len(running) < 5:
                name = "w%dx%d" % (number, len(done))
                done[name] = os.path.join(self.folder, name)
                running[name] = start(self.path, name, 10**9, done=done[name], **options)
            time.sleep(chance.random() * 0.4)
            name = chance.choice(sorted(running))
            running[name].kill()
            self.addCleanup(running[name].stderr.close)
            running.pop(name).wait()
            killed.append(name)
        for name, process in running.items():
            process.kill()
            self.addCleanup(process.stderr.close)
            process.wait()
            killed.append(name)
        self.finish(start(self.path, "last", 100, **options))
        numbers = self.numbers(killed)
        self.assertEqual(numbers.pop("last"), list(range(100)))
        for name in killed:
            with contextlib.suppress(FileNotFoundError), open(done[name]) as file:
                sure = int(file.read() or 0)
                # the one that was under way may be there or not
                self.assertIn(len(numbers[name]), (sure, sure + 1), name)
                self.assertEqual(numbers[name], list(range(len(numbers[name]))))

    def test_threads_and_forks(self):
        made = handler(self.path, maxBytes=2000, backupCount=300)
        logger = logging.Logger("parent")
        logger.addHandler(made)

        def log(name):
            child = logging.Logger(name)
            child.addHandler(made)
            for number in range(300):
                child.info("line %d", number)

        threads = [threading.Thread(target=log, args=("thread%d" % number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        children = []
        for number in range(6):
            child = os.fork()
            if child == 0:
                log("fork%d" % number)
                os._exit(0)
            children.append(child)
        for thread in threads:
            thread.join()
        for child in children:
            self.assertEqual(os.waitpid(child, 0)[1], 0)
        made.close()
        names = ["thread%d" % number for number in range(3)] + ["fork%d" % number for number in range(6)]
        self.assertEqual(self.numbers(), {name: list(range(300)) for name in names})

    def test_a_fork_in_the_middle_of_a_rollover_keeps_no_lock(self):
        idle, busy = os.pipe()
        parent = os.fork()
        if parent == 0:
            made = handler(self.path, maxBytes=1000, backupCount=2)

            def rotator(source, dest):
                os.rename(source, dest)
                if os.fork() == 0:
                    os.close(busy)
                    os.read(idle, 1)  # as a worker that waits for work
                    os._exit(0)
                os.kill(os.getpid(), signal.SIGKILL)

            made.rotator = rotator
            made.handle(record("one"))
            made.doRollover()
        self.assertEqual(os.waitpid(parent, 0)[1], signal.SIGKILL)
        try:
            self.finish(start(self.path, "other", 50, maxBytes=500, backupCount=20))
            self.assertIn(b"shop one and so on\n", self.files())
        finally:
            os.close(busy)
            os.close(idle)

    def test_a_stopped_process_stops_nobody(self):
        stopped = start(self.path, "stopped", 10**9, maxBytes=1500, backupCount=10)
        try:
            while not os.path.exists(self.path + ".1"):
                time.sleep(0.01)
            for _ in range(5):
                # it may stand in the middle of a rollover: then it has the lock, as it must
                os.kill(stopped.pid, signal.SIGSTOP)
                if free(self.path):
                    self.finish(start(self.path, "other", 100, maxBytes=1500, backupCount=10))
                    return
                os.kill(stopped.pid, signal.SIGCONT)
                time.sleep(0.05)
        finally:
            stopped.kill()
            stopped.communicate()


def free(path):
    import fcntl

    with open(os.path.join(os.path.dirname(path), ".app.log.rollover")) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True




class KilledAtEachStep(unittest.TestCase):
    """A rollover whose process dies at any of its steps ends as if nothing had happened."""

    LINES = 10

    def run_through(self, make, die_at=None):
        """Logs the lines in a folder of its own. The process of the ninth dies at a step; gives the files, or
        none if it has less steps."""
        with tempfile.TemporaryDirectory() as folder, unittest.mock.patch("time.time") as clock:
            path = os.path.join(folder, "app.log")
            clock.return_value = 1000.0

            def fresh():
                # written or made since: in the world's time
                if os.path.exists(path) and os.stat(path).st_mtime > 1e6:
                    os.utime(path, (clock.return_value, clock.return_value))
                return make(path)

            open(path, "w").close()
            made = fresh()
            for number in range(self.LINES):
                if number == 8:
                    made.close()
                    made = fresh()
                    if die_at is not None:
                        made.close()
                        clock.return_value += 25
                        if not self.dies(path, make, self.line(number), die_at):
                            return None
                        made = fresh()
                        if not any(b"line 8" in text for text in tree(folder).values()):
                            made.handle(self.line(number))
                        continue
                clock.return_value += 25
                made.handle(self.line(number))
            made.close()
            return tree(folder)

    def line(self, number):
        return record("line %d of them" % number)

    def dies(self, path, make, line, step):
        """Whether a process dies at this step of its life."""
        child = os.fork()
        if child == 0:
            import builtins
            import fcntl

            left = [step]

            def counted(function):
                def call(*args, **kwargs):
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    left[0] -= 1
                    return function(*args, **kwargs)

                return call

            steps = ((os, "rename remove pwrite write listdir"), (fcntl, "flock"), (builtins, "open"))
            for module, names in steps:
                for name in names.split():
                    setattr(module, name, counted(getattr(module, name)))
            made = make(path)
            made.handle(line)
            os._exit(0)
        return os.waitpid(child, 0)[1] == signal.SIGKILL

    def check(self, module_and_arguments, packed):
        def maker(module):
            def make(path):
                made = module_and_arguments(module, path)
                if packed:
                    made.namer = lambda name: name + ".gz"
                    made.rotator = gzip_rotator
                return made

            return make

        expected = self.run_through(maker(logging.handlers))
        self.assertEqual(self.run_through(maker(handlers)), expected)
        for step in itertools.count():
            with self.subTest(step=step):
                found = self.run_through(maker(handlers), step)
                if found is None:
                    break
                self.assertEqual(found, expected)
        self.assertGreater(step, 10)

    def test_size(self):
        for packed in (False, True):
            self.check(lambda module, path: module.RotatingFileHandler(path, maxBytes=20, backupCount=5), packed)

    def test_time(self):
        for packed in (False, True):
            self.check(
                lambda module, path: module.TimedRotatingFileHandler(path, "S", 20, backupCount=5, utc=True), packed
            )


if __name__ == "__main__":
    unittest.main()
