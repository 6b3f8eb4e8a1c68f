"""Rotating file handlers in many processes: CPython's, concurrent-log-handler's and logyard's.

    python bench/handlers.py                  # with a Python that has concurrent-log-handler

prints a table for docs/benchmarks/issue-5.md. In each round every handler has its turn with 1, 4 and 8
processes, on files of its own of 500 kB; what is told is the median over the rounds. After each turn all files are
read: each line has to be whole and there once.
"""

import argparse
import collections
import importlib.metadata
import logging
import logging.handlers
import multiprocessing
import os
import platform
import re
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import concurrent_log_handler
import logyard.handlers

SIZE = {"maxBytes": 500_000, "backupCount": 400}
NIGHT = {"when": "midnight", "backupCount": 30}
HANDLERS = {
    "CPython's, by size": (logging.handlers.RotatingFileHandler, SIZE),
    "concurrent-log-handler, by size": (concurrent_log_handler.ConcurrentRotatingFileHandler, SIZE),
    "logyard, by size": (logyard.handlers.RotatingFileHandler, SIZE),
    "CPython's, at midnight": (logging.handlers.TimedRotatingFileHandler, NIGHT),
    "concurrent-log-handler, at midnight": (concurrent_log_handler.ConcurrentTimedRotatingFileHandler, NIGHT),
    "logyard, at midnight": (logyard.handlers.TimedRotatingFileHandler, NIGHT),
}
PROCESSES = (1, 4, 8)
LINE = re.compile(r"\S+ \S+ INFO bench\.(\d+) request (\d+) took 12.5 ms and was answered with 200, as it had to be\n")


def write(name, path, process, count, go, times):
    logging.raiseExceptions = False  # CPython's handler fails often, and tells each time
    make, options = HANDLERS[name]
    handler = make(path, **options)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.Logger("bench.%d" % process)
    logger.addHandler(handler)
    go.wait()
    took = []
    cpu = time.process_time()
    for number in range(count):
        start = time.perf_counter()
        logger.info("request %d took %.1f ms and was answered with 200, as it had to be", number, 12.5)
        took.append(time.perf_counter() - start)
    cpu = time.process_time() - cpu
    handler.close()
    times.put((took, cpu))


def turn(name, processes, count):
    """records/s, records that are not in the files whole and once, times in the caller, CPU for a record."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "app.log")
        go, times = multiprocessing.Event(), multiprocessing.Queue()
        each = count // processes
        workers = [
            multiprocessing.Process(target=write, args=(name, path, number, each, go, times))
            for number in range(processes)
        ]
        for worker in workers:
            worker.start()
        time.sleep(0.3)
        start = time.perf_counter()
        go.set()
        told = [times.get() for _ in workers]
        took = sorted(time for some, _ in told for time in some)
        rate = each * processes / (time.perf_counter() - start)
        for worker in workers:
            worker.join()
        seen = collections.Counter()
        for file in os.listdir(folder):
            if file.startswith("app.log"):
                with open(os.path.join(folder, file)) as lines:
                    seen.update(found.groups() for found in map(LINE.fullmatch, lines) if found)
        good = sum(times == 1 for times in seen.values())
        return rate, each * processes - good, took, sum(cpu for _, cpu in told) / (each * processes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=24_000, help="records in a turn")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    multiprocessing.set_start_method("fork")
    load = os.getloadavg()[0]
    turns = collections.defaultdict(list)
    for number in range(arguments.rounds):
        for name in HANDLERS:
            for processes in PROCESSES:
                turns[name, processes].append(turn(name, processes, arguments.count))
        print("round %d of %d" % (number + 1, arguments.rounds), file=sys.stderr)
    version = importlib.metadata.version("concurrent-log-handler")
    print("- %d cores; %s" % (os.cpu_count(), platform.platform()))
    print("- load average at the start: %.2f" % load)
    print("- CPython %s; concurrent-log-handler %s" % (platform.python_version(), version))
    told = "- %d records a turn; medians over %d rounds, lost or doubled: of all rounds\n"
    print(told % (arguments.count, arguments.rounds))
    head = ["records/s, %d" % n for n in PROCESSES] + ["lost or doubled, %d" % n for n in PROCESSES]
    head += ["CPU for a record with 8, us", "call with 8: p50, us", "p99", "p100"]
    print("| handler | " + " | ".join(head) + " |\n| --- |" + " ---: |" * len(head))
    for name in HANDLERS:
        rates = ["%.0f" % statistics.median(turn[0] for turn in turns[name, n]) for n in PROCESSES]
        lost = ["%d" % sum(turn[1] for turn in turns[name, n]) for n in PROCESSES]
        many = [turn[2] for turn in turns[name, PROCESSES[-1]]]
        calls = [statistics.median(took[int((len(took) - 1) * part)] for took in many) * 1e6 for part in (0.5, 0.99, 1)]
        cpu = "%.1f" % (statistics.median(turn[3] for turn in turns[name, PROCESSES[-1]]) * 1e6)
        print("| %s | " % name + " | ".join(rates + lost + [cpu] + ["%.0f" % call for call in calls]) + " |")
    for kind in ("by size", "at midnight"):
        median = {
            who: statistics.median(turn[0] for turn in turns["%s, %s" % (who, kind), 8])
            for who in ("logyard", "concurrent-log-handler")
        }
        ratio = median["logyard"] / median["concurrent-log-handler"]
        print("\nWith 8 processes, %s: %.1f times concurrent-log-handler." % (kind, ratio))


if __name__ == "__main__":
    main()
