"""What a record costs the program that logs it, by several handlers: a table in Markdown.

    python bench/client.py --out docs/benchmarks/issue-5-client.md

The Python that runs it has the packages of tests/packages.txt (`cargo xtask test` makes an environment with them in
target/packages-venv). The server is target/release/logyard, or --server. Handlers whose package is missing are named
as skipped. bench/README.md tells what is measured.
"""
import argparse
import json
import logging
import logging.handlers
import os
import platform
import queue
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(REPO, "python"))
PATIENCE = 120

CONFIG = """{"version": 1, "root": {"handlers": ["file"]},
 "formatters": {"line": {"format": "%(asctime)s-%(levelname)s: %(message)s"}},
 "handlers": {"file": {"class": "logging.FileHandler", "filename": "app.log", "formatter": "line"}}}"""


def stock(address, folder):
    handler = logging.handlers.SocketHandler(*address)
    return handler, handler.close


def queued(address, folder):
    target = logging.handlers.SocketHandler(*address)
    handler = logging.handlers.QueueHandler(queue.Queue(-1))
    listener = logging.handlers.QueueListener(handler.queue, target)
    listener.start()

    def close():
        listener.stop()
        target.close()

    return handler, close


def concurrent(address, folder):
    from concurrent_log_handler import ConcurrentRotatingFileHandler

    return formatted(ConcurrentRotatingFileHandler(os.path.join(folder, "app.log"), "a", 1 << 30, 3))


def logstash(address, folder):
    from logstash_async.handler import AsynchronousLogstashHandler

    handler = AsynchronousLogstashHandler(*address, database_path=None)
    return handler, handler.close


def logyard_handler(address, folder):
    import logyard

    handler = logyard.Handler(address, os.path.join(folder, "spool"), close_timeout=60)
    return handler, handler.close


def logyard_file(address, folder):
    import logyard.handlers

    return formatted(logyard.handlers.RotatingFileHandler(os.path.join(folder, "app.log"), "a", 1 << 30, 3))


def formatted(handler):
    handler.setFormatter(logging.Formatter("%(asctime)s-%(levelname)s: %(message)s"))
    return handler, handler.close


# the name in the table, how it is made, and what stands behind it
KINDS = {
    "stock": ("SocketHandler", stock, "server"),
    "queue": ("QueueHandler, QueueListener, SocketHandler", queued, "server"),
    "clh": ("concurrent-log-handler", concurrent, "file"),
    "logstash": ("python-logstash-async", logstash, "sink"),
    "logyard": ("logyard.Handler", logyard_handler, "server"),
    "file": ("logyard.handlers.RotatingFileHandler", logyard_file, "file"),
}


class Place:
    """A server, or a sink for what speaks another protocol, in an empty folder."""

    def __init__(self, kind, program):
        self.folder = tempfile.mkdtemp(prefix="logyard-bench-")
        self.behind = KINDS[kind][2]
        self.program = program
        self.process = None
        self.port = 0
        self.lines = 0
        if self.behind == "server":
            self.start()
        elif self.behind == "sink":
            self.listen()

    def start(self):
        with open(os.path.join(self.folder, "logging.json"), "w") as file:
            file.write(CONFIG)
        self.process = subprocess.Popen(
            [self.program, "serve", "logging.json", "--listen", f"127.0.0.1:{self.port}", "--state", "state"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for line in self.process.stderr:
            found = re.search(rb"listening on .*?127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def listen(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]

        def drain(connection):
            while True:
                data = connection.recv(1 << 20)
                if not data:
                    return
                self.lines += data.count(b"\n")

        def accept():
            while True:
                threading.Thread(target=drain, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def count(self):
        if self.behind == "sink":
            return self.lines
        try:
            with open(os.path.join(self.folder, "app.log"), "rb") as file:
                return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
        except FileNotFoundError:
            return 0

    def close(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def child(kind, port, folder, count, mode):
    """What a process does: logs `count` records and tells what that took."""
    handler, close = KINDS[kind][1](("127.0.0.1", port), folder)
    log = logging.getLogger("bench.client")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(handler)
    for number in range(100):
        log.info("warm up %s %d", "a", number)
    # the others start now, too
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    if mode == "rate":
        for number in range(count):
            log.info("request %s took %d ms", "/item", number)
        close()
        return
    took = []
    clock = time.perf_counter_ns
    cpu = time.thread_time_ns()
    for number in range(count):
        start = clock()
        log.info("request %s took %d ms", "/item", number)
        took.append(clock() - start)
        if mode == "paced" and number % 10 == 9:
            time.sleep(0.001)
    cpu = time.thread_time_ns() - cpu
    took.sort()
    print(json.dumps({"median": statistics.median(took) / 1e3, "p99": took[len(took) * 99 // 100] / 1e3,
                      "worst": took[-1] / 1e3, "cpu": cpu / count / 1e3}))
    sys.stdout.flush()
    os._exit(0)  # what is not sent yet does not matter here


def spawn(kind, place, count, mode):
    command = [sys.executable, os.path.abspath(__file__), "--child", kind, str(place.port), place.folder, str(count), mode]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready(process):
    line = process.stdout.readline()
    if line != "ready\n":
        raise RuntimeError(process.stderr.read().strip().splitlines()[-1:])


def caller(kind, program, count, mode, state):
    """The times of one process's calls; with the server frozen or ended if `state` says so."""
    place = Place(kind, program)
    try:
        process = spawn(kind, place, count, mode)
        ready(process)
        if state == "frozen":
            place.process.send_signal(signal.SIGSTOP)
        elif state == "absent":
            place.process.kill()
            place.process.wait()
        out, error = process.communicate("go\n", timeout=PATIENCE * 5)
        return json.loads(out.splitlines()[-1])
    finally:
        place.close()


def rate(kind, program, processes, count):
    """Records a second until the last is in its file, and how many are missing."""
    place = Place(kind, program)
    try:
        running = [spawn(kind, place, count, "rate") for _ in range(processes)]
        for process in running:
            ready(process)
        total = processes * (count + 100)
        start = time.perf_counter()
        for process in running:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in running:
            process.communicate(timeout=PATIENCE * 5)
        ended = time.perf_counter()
        seen, end = -1, ended
        while True:  # what the kernel still holds is given time for as long as there comes more
            found = place.count()
            if found != seen:
                seen, end = found, time.perf_counter()
            if found >= total or time.perf_counter() - end > 3:
                break
            time.sleep(0.01)
        return processes * count / (max(ended, end) - start), total - seen
    finally:
        place.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", default=os.path.join(REPO, "target", "release", "logyard"))
    parser.add_argument("--count", type=int, default=20000, help="records of each process")
    parser.add_argument("--rounds", type=int, default=3, help="how often each handler has its turn")
    parser.add_argument("--out", help="a file for the tables")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, port, folder, count, mode = options.child
        return child(kind, int(port), folder, int(count), mode)
    options.server = os.path.abspath(options.server)
    lines = report(options)
    print("\n".join(lines))
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


def report(options):
    kinds, skipped = [], []
    for kind in KINDS:
        try:
            caller(kind, options.server, 10, "tight", "")
            kinds.append(kind)
        except (RuntimeError, IndexError, ValueError) as error:
            skipped.append(f"- skipped: {KINDS[kind][0]}: {error}")
    load = os.getloadavg()[0]
    lines = ["# What a record costs the program that logs it", "",
             "Written by `bench/client.py`; bench/README.md tells what is measured, and how.", "",
             f"- {os.cpu_count()} cores; CPython {platform.python_version()}; load average at the start: {load:.2f}",
             f"- {options.count} records of each process, {options.rounds} rounds; the median of the rounds, and the "
             "worst of them for the worst call", *skipped, ""]

    def several(measure):
        # each has its turn in each round
        found = {kind: [] for kind in kinds}
        for _ in range(options.rounds):
            for kind in kinds:
                found[kind].append(measure(kind))
        return found

    for mode, title in [("paced", "ten calls, then a pause of 1 ms"), ("tight", "one call after the other")]:
        found = several(lambda kind, mode=mode: caller(kind, options.server, options.count, mode, ""))
        base = middle(found["stock"], "median")
        lines += [f"Time in the caller of `logger.info` with two arguments, µs: {title}", "",
                  "| | median | of SocketHandler's | p99 | worst | CPU of the caller's thread |",
                  "| --- | ---: | ---: | ---: | ---: | ---: |"]
        for kind in kinds:
            one = found[kind]
            lines.append(f"| {KINDS[kind][0]} | {middle(one, 'median'):.1f} | {middle(one, 'median') / base:.2f} | "
                         f"{middle(one, 'p99'):.0f} | {max(each['worst'] for each in one):.0f} | "
                         f"{middle(one, 'cpu'):.1f} |")
        lines.append("")
    lines += ["The same, ten calls and a pause, while the server is frozen (SIGSTOP) or absent", "",
              "| | frozen: median | p99 | worst | absent: median | p99 | worst |",
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for kind in [kind for kind in kinds if KINDS[kind][2] == "server"]:
        cells = []
        for state in ("frozen", "absent"):
            # a stock handler is blocked for a second at a time
            count = options.count if kind != "stock" or state == "absent" else min(options.count, 12000)
            one = [caller(kind, options.server, count, "paced", state) for _ in range(options.rounds)]
            cells += [f"{middle(one, 'median'):.1f}", f"{middle(one, 'p99'):.0f}", f"{max(e['worst'] for e in one):.0f}"]
        lines.append(f"| {KINDS[kind][0]} | {' | '.join(cells)} |")
    lines += ["", "Records a second, from the first call until the last record is in its file (`-N`: N are missing)", "",
              "| | 1 process | 4 processes | 8 processes |", "| --- | ---: | ---: | ---: |"]
    rates = {number: several(lambda kind, number=number: rate(kind, options.server, number, options.count))
             for number in (1, 4, 8)}
    for kind in kinds:
        cells = []
        for number in (1, 4, 8):
            missing = max(lost for _, lost in rates[number][kind])
            cells.append(f"{statistics.median(one for one, _ in rates[number][kind]):.0f}"
                         + (f" (-{missing})" if missing else ""))
        lines.append(f"| {KINDS[kind][0]} | {' | '.join(cells)} |")
    return lines


def middle(found, name):
    return statistics.median(one[name] for one in found)


if __name__ == "__main__":
    main()
