"""Files that can't be opened or written: told, tried again, and no concern of other handlers."""
import os
import shutil
import subprocess

import pytest
from harness import PATIENCE, in_order, record, wait_until

LINE = r"worker=(?P<worker>\d+) number=(?P<number>\d+) x*"


def two_handlers(first):
    """Everything goes to `first` and to good.log."""
    return ("[loggers]\nkeys = root\n[handlers]\nkeys = first, good\n[formatters]\nkeys = line\n"
            "[logger_root]\nhandlers = first, good\n"
            f"[handler_first]\nclass = FileHandler\nformatter = line\nargs = ({str(first)!r},)\n"
            "[handler_good]\nclass = FileHandler\nformatter = line\nargs = ('good.log',)\n"
            "[formatter_line]\nformat = %(message)s\n")


def lines(begin, end, length=0):
    return [record(f"worker=1 number={i} " + "x" * length) for i in range(begin, end)]


@pytest.fixture
def small_disk(folder):
    """A file system of 256 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a tmpfs")
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no tmpfs to be had: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_missing_directory_is_told_by_check(binary, folder):
    (folder / "logging.ini").write_text(two_handlers("gone/first.log"))
    done = subprocess.run([binary, "check", "logging.ini"], cwd=folder, capture_output=True, text=True,
                          timeout=PATIENCE)
    said = done.stdout + done.stderr
    assert "gone" in said and "logging.ini:12" in said, said


def test_directory_in_the_way_at_run_time(server, folder):
    """The directory is gone, and a file in its place keeps the server from making it again."""
    place = folder / "logs"
    place.mkdir()
    config = two_handlers(place / "first.log").replace("class = FileHandler",
                                                       "class = handlers.WatchedFileHandler", 1)
    one = server(config)
    one.send(*lines(1, 11))
    wait_until(lambda: (place / "first.log").read_text().count("\n") == 10, "ten lines", server=one)
    shutil.rmtree(place)
    place.write_text("in the way")
    one.send(*lines(11, 21))
    assert len(one.wait_lines(20, "good.log")) == 20
    wait_until(lambda: "first" in one.stderr, "the report of the handler", server=one)
    place.unlink()
    place.mkdir()
    wait_until(lambda: (place / "first.log").exists(), "the file again", server=one)
    one.send(*lines(21, 31))
    assert one.stop() == 0
    kept = (place / "first.log").read_text().splitlines()
    assert [int(line.split("number=")[1]) for line in kept] == list(range(11, 31))
    in_order(one.text("good.log").splitlines(), LINE, 30)


def test_full_disk_waits_and_goes_on(server, small_disk):
    one = server(two_handlers(small_disk / "first.log"))
    one.send(*lines(1, 11))
    wait_until(lambda: (small_disk / "first.log").read_text().count("\n") == 10, "ten lines",
               server=one)
    fill(small_disk / "ballast")
    one.send(*lines(11, 511, length=100))
    assert len(one.wait_lines(510, "good.log")) == 510, "the other handler goes on"
    wait_until(lambda: "first" in one.stderr, "the report of the handler", server=one)
    (small_disk / "ballast").unlink()
    wait_until(lambda: (small_disk / "first.log").read_text().count("\n") >= 510,
               "what waited to be written", server=one)
    one.send(*lines(511, 521))
    assert one.stop() == 0
    in_order((small_disk / "first.log").read_text().splitlines(), LINE, 520)
    in_order(one.text("good.log").splitlines(), LINE, 520)
    assert one.dead_letters() == []


def fill(path):
    """Fills the file system to its last byte."""
    size = 65536
    with open(path, "wb", buffering=0) as file:
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2


def test_stop_with_a_full_disk_sets_the_records_aside(server, small_disk):
    one = server(two_handlers(small_disk / "first.log"))
    fill(small_disk / "ballast")
    one.send(*lines(1, 101, length=100))
    assert len(one.wait_lines(100, "good.log")) == 100
    one.stop(60)
    kept = (small_disk / "first.log").read_text()
    letters = one.dead_letters()
    assert letters and {letter["handler"] for letter in letters} == {"first"}
    aside = "".join(letter.get("text", "") for letter in letters)
    in_order((kept + aside).splitlines(), LINE, 100)


def test_dev_full(server):
    one = server(two_handlers("/dev/full"))
    one.send(*lines(1, 101))
    assert len(one.wait_lines(100, "good.log")) == 100
    wait_until(lambda: "/dev/full" in one.stderr or "first" in one.stderr, "the report", server=one)
    one.send(*lines(101, 201))
    assert len(one.wait_lines(200, "good.log")) == 200
    one.stop(60)
    aside = "".join(letter.get("text", "") for letter in one.dead_letters())
    in_order(aside.splitlines(), LINE, 200)
