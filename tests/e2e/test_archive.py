"""Rolled files that are compressed, and what of them is kept: under load, over stops and a kill."""
import gzip
import os
import re
import shutil
import subprocess
import threading

import pytest
from harness import ini, record, wait_until

EACH, WORKERS = 4000, 4
LINE = "worker-%d %06d " + "x" * 60


def extras(**settings):
    return "[logyard:file]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())


def sized(max_bytes, backups, **settings):
    args = f"('app.log', 'a', {max_bytes}, {backups})"
    return ini(handler="handlers.RotatingFileHandler", args=args) + extras(**settings)


def number(path):
    return int(path.name.split(".")[2])


def backups(folder):
    """All backups, the oldest first. One that a kill left in both forms is the same in both."""
    found = {}
    for path in sorted(folder.glob("app.log.*"), reverse=True):
        found[number(path)] = path  # the plain one comes last
    return [found[n] for n in sorted(found, reverse=True)]


def unpack(path):
    """As zcat and zstdcat do."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8")
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout.decode()
    return path.read_text("utf-8")


def all_lines(folder):
    live = folder / "app.log"  # missing between a rollover and the next line
    return "".join(map(unpack, [*backups(folder), *([live] if live.exists() else [])])).splitlines()


def send_all(running, first, last):
    """Each worker has a connection of its own."""
    def work(worker):
        running.send(*(record(LINE % (worker, n)) for n in range(first, last)))

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def complete(lines, count):
    last = {}
    for line in lines:
        worker, n = re.fullmatch(r"worker-(\d) (\d{6}) x{60}", line).groups()
        assert int(n) == last.get(worker, -1) + 1, line
        last[worker] = int(n)
    assert set(last.values()) == {count - 1} and len(last) == WORKERS


def written(folder, lines):
    """Waits until that many lines are there and all backups are compressed."""
    def done():
        try:
            return (all(path.suffix in (".gz", ".zst") for path in backups(folder))
                    and len(all_lines(folder)) == lines)
        except (FileNotFoundError, EOFError):
            return False  # a rollover came between

    return done


@pytest.mark.parametrize("how", ["gz", "zst"])
def test_no_line_is_lost_over_restarts(server, tmp_path, how):
    if how == "zst" and not shutil.which("zstd"):
        pytest.skip("no program zstd to read the files with")
    folder = tmp_path / "server"
    config = sized(20_000, 10_000, compress=how, mode="0640", fsync="interval")
    running = server(config)
    send_all(running, 0, EACH)
    # stopped while the worker still compresses: no file is left in two forms
    assert running.stop() == 0, running.stderr
    assert len(backups(folder)) == len(list(folder.glob("app.log.*")))
    assert not (folder / ".app.log.logyard-tmp").exists()
    complete(all_lines(folder), EACH)
    running = server(config)
    wait_until(written(folder, WORKERS * EACH), "the rest compressed", server=running)
    send_all(running, EACH, 2 * EACH)
    wait_until(lambda: len(backups(folder)) > 1.5 * WORKERS * EACH * 76 / 20_000, "rollovers", server=running)
    running.process.kill()
    running.process.wait()
    # what a kill in the middle of a compression leaves
    (folder / ".app.log.logyard-tmp").write_bytes(b"\x1f\x8b half")
    survived = len(all_lines(folder))
    running = server(config)
    wait_until(written(folder, survived), "all compressed after the kill", server=running)
    assert not (folder / ".app.log.logyard-tmp").exists()
    modes = {oct(path.stat().st_mode & 0o7777) for path in folder.glob("app.log*")}
    assert modes == {"0o640"}
    assert len(backups(folder)) == len(list(folder.glob("app.log.*")))
    assert running.stop() == 0
    assert "compress-failed" not in running.stderr and "upkeep-failed" not in running.stderr


def test_size_and_count_bound_what_is_kept(server, tmp_path):
    folder = tmp_path / "server"
    config = sized(10_000, 50, compress="gz", max_total_size="40K", max_age="1d")
    running = server(config)
    old = folder / "app.log.49"
    old.write_text("from long ago\n")
    os.utime(old, (1_600_000_000, 1_600_000_000))
    send_all(running, 0, EACH)
    assert running.stop() == 0
    running = server(config)  # which sees to what the stop left

    def settled():
        try:
            sizes = sum(path.stat().st_size for path in folder.glob("app.log*"))
            ends = [line for line in all_lines(folder) if line.split()[1] == f"{EACH - 1:06d}"]
        except (FileNotFoundError, EOFError):
            return False  # a rollover came between
        return ends and sizes <= 40 << 10 and all(path.suffix == ".gz" for path in backups(folder))

    wait_until(settled, "at most 40 KiB", server=running)
    kept = all_lines(folder)
    assert "from long ago" not in kept
    # what is left of each worker is its end, without a hole
    for worker in range(WORKERS):
        numbers = [int(line.split()[1]) for line in kept if line.startswith(f"worker-{worker} ")]
        assert numbers == list(range(numbers[0], EACH)) if numbers else True
    assert running.stop() == 0


def test_programs_read_what_is_compressed(server, tmp_path):
    running = server(sized(1000, 5, compress="gz"))
    running.send(*(record(f"line {n}") for n in range(500)))
    packed = tmp_path / "server" / "app.log.1.gz"
    wait_until(lambda: all(path.suffix == ".gz" for path in backups(tmp_path / "server")) and packed.exists(),
               "compressed files", server=running)
    assert running.stop() == 0
    if not shutil.which("zcat"):
        pytest.skip("no zcat")
    out = subprocess.run(["zcat", packed], check=True, capture_output=True, text=True).stdout
    assert out == unpack(packed) and out.startswith("line ")
