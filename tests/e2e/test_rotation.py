"""Rotation by logrotate's configuration: in the server, by `rotate --daemon`, and by the real logrotate."""
import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from harness import PATIENCE, free_port, in_order, ini, record, wait_until

LINE = r"worker=(?P<worker>\d+) number=(?P<number>\d+) x*"
ISSUE = "daily\nrotate 30\nmissingok\nnocompress\ncopytruncate\nnotifempty\ndateext\ndateyesterday"


@pytest.fixture
def clock():
    """The environment of a process whose clock starts at some time and goes on from there."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("faketime is not installed")
    return lambda start: {"LD_PRELOAD": str(found[0]), "FAKETIME": f"@{start}", "NO_FAKE_STAT": "1",
                          "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


class Senders:
    """Connections that send numbered records without a pause to speak of, until `stop`."""

    def __init__(self, server, count=4):
        self.stopping = False
        self.sent = [0] * count
        self.threads = [threading.Thread(target=self.send, args=(server, worker)) for worker in range(count)]
        for thread in self.threads:
            thread.start()

    def send(self, server, worker):
        with server.connect() as connection:
            number = 0
            while not self.stopping:
                frames = []
                for number in range(number + 1, number + 51):
                    frames.append(record(f"worker={worker} number={number} " + "x" * (number % 97)))
                connection.sendall(b"".join(frames))
                self.sent[worker] = number
                # some 40,000 records/s in all: what is compressed meanwhile, at a low priority, has to keep up
                time.sleep(0.005)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(PATIENCE)
        return sum(self.sent)


def contents(path):
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def highest(folder):
    """The highest number of a rotated file; `app.log.tmp` is one on its way (renamecopy)."""
    return max((int(number) for path in folder.glob("app.log.*")
                if (number := path.name.split(".")[2]).isdigit()), default=0)


def kept(folder, name="app.log"):
    """The lines of all files, the oldest first; each file has whole lines only."""
    def age(path):
        number = re.search(r"\.log\.(\d+)", path.name)
        return (-int(number[1]) if number else 0, path.name == name, path.name)

    paths = sorted((path for path in Path(folder).glob(name + "*")), key=age)
    lines = []
    for path in paths:
        text = contents(path).decode()
        assert not text or text.endswith("\n"), f"{path} ends within a line"
        lines += text.splitlines()
    return lines, [path.name for path in paths]


def conf(folder, directives, files="app.log"):
    path = Path(folder, "rotate.conf")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{folder}/{files} {{\n{directives}\n}}\n")
    path.chmod(0o644)
    return path


def rotating(server, folder, directives, handler="FileHandler", args=None, **options):
    place = folder / "server"
    path = conf(place, directives)
    return server(ini("app.log", handler, args), arguments=["--rotate", str(path)], **options)


def test_the_configuration_of_the_issue_at_midnight(server, folder, clock):
    one = rotating(server, folder, ISSUE, env=clock("2026-11-22 23:59:56"))
    senders = Senders(one)
    rotated = one.folder / "app.log-20261122"
    wait_until(rotated.exists, "the rotation at midnight", server=one)
    time.sleep(0.3)
    total = senders.stop()
    assert one.stop() == 0
    lines, names = kept(one.folder)
    assert names == ["app.log-20261122", "app.log"]
    assert rotated.stat().st_size > 0 and (one.folder / "app.log").stat().st_size > 0
    in_order(lines, LINE, total)
    assert one.dead_letters() == []


@pytest.mark.parametrize("directives", ["copytruncate", "create 0640", "nocreate", "renamecopy", "compress",
                                        "compress\ndelaycompress", "copytruncate\ncompress\nolddir /dev/shm/{name}",
                                        "sharedscripts\npostrotate\nmd5sum $1.1 >> sums\nendscript"])
def test_many_rotations_under_load(server, folder, directives, request):
    old = Path("/dev/shm", f"logyard-{folder.name}")
    if "olddir" in directives:
        if not Path("/dev/shm").is_dir():
            pytest.skip("there is no /dev/shm: no second file system")
        old.mkdir()
        request.addfinalizer(lambda: [*(path.unlink() for path in old.glob("*")), old.rmdir()])
    directives = directives.replace("{name}", old.name)
    one = rotating(server, folder, f"size 1\nrotate 1000\nifempty\n{directives}")
    senders = Senders(one)
    place = old if "olddir" in directives else one.folder
    for _ in range(40):
        before = highest(place)
        one.signal(signal.SIGHUP)  # a run at once
        # the one before may still be compressed, at the lowest priority of a busy machine
        wait_until(lambda: highest(place) > before, "a rotation", timeout=4 * PATIENCE, server=one)
    total = senders.stop()
    assert one.stop() == 0
    if place == old:
        shutil.move(one.folder / "app.log", old / "app.log")
    lines, names = kept(place)
    assert len(names) >= 40
    in_order(lines, LINE, total)
    assert one.dead_letters() == []


LOGROTATE = shutil.which("logrotate", path="/usr/sbin:/usr/bin")


def by_others(program, one, directives, rotations=12):
    """Another program rotates the server's file, again and again, while records come in. Gives how many came."""
    path = conf(one.folder, f"rotate 1000\n{directives}")
    senders = Senders(one)
    for number in range(1, rotations + 1):
        done = subprocess.run([*program, "-f", "-s", one.folder / "rotate.state", path], capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        wait_until(lambda: highest(one.folder) >= number, "the rotation", server=one)
        if "copy" in directives:  # then something is there the next time, and more than a block of it
            wait_until(lambda: len(one.text()) > 20_000, "lines in the new file", server=one)
        else:
            wait_until(one.text, "lines in the new file", server=one)
    total = senders.stop()
    assert one.stop() == 0
    assert one.dead_letters() == []
    return total


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize("directives", ["create 0640", "nocreate", "create\ncompress\ndelaycompress"])
def test_logrotate_and_a_signal(server, directives):
    one = server(ini("app.log"))
    total = by_others([LOGROTATE], one, f"{directives}\npostrotate\nkill -USR1 {one.process.pid}\nendscript")
    lines, names = kept(one.folder)
    assert len(names) == 13
    in_order(lines, LINE, total)


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
@pytest.mark.parametrize("directives", ["create", "nocreate", "create\ncompress\ndelaycompress"])
def test_logrotate_and_no_signal(server, directives):
    """WatchedFileHandler sees by device and inode that its file was moved."""
    one = server(ini("app.log", "handlers.WatchedFileHandler"))
    total = by_others([LOGROTATE], one, directives)
    lines, names = kept(one.folder)
    # the handler may make the file between logrotate's renaming and its creating: logrotate puts that one aside
    backups = [name for name in names if name.endswith(".backup")]
    assert len(names) - len(backups) == 13
    if backups:
        assert len(lines) == len(set(lines)) == total
    else:
        in_order(lines, LINE, total)


def joined(folder):
    """The lines of all files as one text: a cut may be inside a line."""
    paths = sorted(Path(folder).glob("app.log*"), key=lambda path: -int(path.suffix[1:]) if path.suffix[1:].isdigit() else 1)
    return b"".join(path.read_bytes() for path in paths).decode().splitlines()


def test_copytruncate_by_another_logyard(server, binary):
    """Also where the filesystem can't remove the beginning of a file: `--strict` leaves the file alone then."""
    one = server(ini("app.log"))
    probe = conf(one.folder, "rotate 1000\ncopytruncate")
    one.send(*[record("x" * 99) for _ in range(400)])
    one.wait_lines(400)
    strict = [binary, "rotate", "--strict"]
    if subprocess.run([*strict, "-f", "-s", one.folder / "probe", probe], timeout=PATIENCE).returncode != 0:
        pytest.skip("the filesystem of temporary files can't remove the beginning of a file")
    for path in one.folder.glob("app.log.*"):
        path.unlink()
    total = by_others(strict, one, "copytruncate")
    # of the probe's lines the last may be there, the first of these in part
    in_order([line for line in joined(one.folder) if line.strip("x")], LINE, total)


@pytest.mark.skipif(LOGROTATE is None, reason="logrotate is not installed")
def test_copytruncate_by_logrotate(server):
    """What comes between its copy and its truncation is lost, by its manual. All else is there, once, in order, and
    there is no hole."""
    one = server(ini("app.log"))
    rotations = 12
    total = by_others([LOGROTATE], one, "copytruncate", rotations)
    found = {}
    broken = 0
    for line in joined(one.folder):
        match = re.fullmatch(LINE, line)
        if match:
            found.setdefault(match["worker"], []).append(int(match["number"]))
        else:
            broken += 1  # the beginning was truncated, or the end
    assert broken <= 2 * rotations
    gaps = 0
    for numbers in found.values():
        assert numbers == sorted(set(numbers))
        gaps += sum(after != before + 1 for before, after in zip(numbers, numbers[1:]))
    assert gaps <= rotations * len(found)
    assert b"\0" not in b"".join(path.read_bytes() for path in one.folder.glob("app.log*"))
    lost = total - sum(map(len, found.values()))
    print(f"logrotate's copytruncate lost {lost} of {total} lines in {rotations} rotations")


def test_missed_times_are_made_up_at_the_start(server, folder, clock):
    """The machine was off over midnight; then nothing is due until the next."""
    listen = f"127.0.0.1:{free_port()}"  # the state is kept by address
    for start, files in [("2026-11-20 10:00:00", ["app.log"]),
                         ("2026-11-22 09:00:00", ["app.log-20261121", "app.log"]),
                         ("2026-11-22 15:00:00", ["app.log-20261121", "app.log"])]:
        one = rotating(server, folder, ISSUE, env=clock(start), listen=(listen,))
        state = one.state / f"127.0.0.1-{one.port}" / "rotate.status"
        wait_until(state.exists, "the first look at the file", server=one)
        wait_until(lambda: len(list(one.folder.glob("app.log*"))) == len(files), "rotation", server=one)
        one.send(record(start))
        one.wait_lines(2 if start.endswith("15:00:00") else 1)
        assert one.stop() == 0
    assert (one.folder / "app.log-20261121").read_text() == "2026-11-20 10:00:00\n"
    assert one.text() == "2026-11-22 09:00:00\n2026-11-22 15:00:00\n"


def test_a_broken_configuration_is_told_once_and_can_be_mended(server, folder):
    one = rotating(server, folder, "size 1\nrotate many")
    said = lambda: one.stderr.count("rotation count 'many'")
    wait_until(said, "the complaint", server=one)
    one.signal(signal.SIGHUP)
    one.send(record("one"))
    one.wait_lines(1)
    conf(one.folder, "size 1\nrotate 3")
    one.signal(signal.SIGHUP)
    wait_until(lambda: one.text("app.log.1") == "one\n", "the rotation", server=one)
    assert said() == 1
    assert one.stop() == 0


def test_a_configuration_that_is_missing_at_the_start(binary, folder):
    (folder / "logging.ini").write_text(ini())
    done = subprocess.run([binary, "serve", "logging.ini", "--rotate", "gone.conf"], cwd=folder,
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "gone.conf" in done.stderr, done.stderr


def test_a_file_that_its_handler_rolls_over_too(server, folder):
    one = rotating(server, folder, "size 1\nrotate 3", handler="handlers.TimedRotatingFileHandler",
                   args="('app.log', 'midnight')")
    wait_until(lambda: "app.log is rotated twice, by handler `file`" in one.stderr, "the warning", server=one)
    one.signal(signal.SIGHUP)
    one.stop()
    assert one.stderr.count("rotated twice") == 1


def test_other_files_and_scripts(server, folder):
    """A file that the server does not write, and a script whose output must not get among the records."""
    place = folder / "server"
    place.mkdir()
    (place / "other.log").write_text("theirs\n")
    path = conf(place, "size 1\nrotate 3\ncopytruncate\nnotifempty\npostrotate\necho rotated $1\nendscript",
                files="*.log")
    one = server(ini("stdout", "StreamHandler", "(sys.stdout,)"), arguments=["--rotate", str(path)])
    wait_until(lambda: one.text("other.log.1") == "theirs\n", "the rotation", server=one)
    wait_until(lambda: f"rotated {place}/other.log" in one.stderr, "the script", server=one)
    assert one.text("other.log") == ""
    assert one.stop() == 0
    assert one.stdout == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_su_is_for_the_rotation_alone(server, folder):
    """The rotation works as nobody; meanwhile the server opens a file as root."""
    place = folder / "server"
    logs = place / "logs"
    logs.mkdir(parents=True)
    for parent in [place, *place.parents]:
        if parent == Path(tempfile.gettempdir()):
            break
        parent.chmod(0o755)
    os.chown(logs, 65534, 65534)
    (logs / "other.log").write_text("theirs\n")
    os.chown(logs / "other.log", 65534, 65534)
    slow = folder / "slow"
    slow.write_text("#!/bin/sh\nsleep 1; cat\n")
    slow.chmod(0o755)
    path = conf(place, f"su nobody nogroup\nsize 1\nrotate 3\ncreate\nnotifempty\ncompress\ncompresscmd {slow}\n"
                       "compressoptions -1\ncompressext .z", files="logs/*.log")
    one = server(ini("late.log", "FileHandler", "('late.log', 'a', None, True)"), arguments=["--rotate", str(path)])
    wait_until(lambda: list(logs.glob("other.log.1*")), "the rotation", server=one)
    one.send(record("one"))
    one.wait_lines(1, "late.log")
    assert (one.folder / "late.log").stat().st_uid == 0
    wait_until(lambda: (logs / "other.log.1.z").exists() and not (logs / "other.log.1").exists(), "the end", server=one)
    assert (logs / "other.log.1.z").read_text() == "theirs\n"
    assert {file.stat().st_uid for file in logs.iterdir()} == {65534}
    assert one.stop() == 0


class Daemon:
    """`logyard rotate --daemon`, and what it says."""

    def __init__(self, binary, folder, path, env=None):
        self.process = subprocess.Popen([binary, "rotate", "--daemon", "-s", str(folder / "state"), str(path)],
                                        cwd=folder, env=os.environ | {"TZ": "UTC"} | (env or {}),
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


def test_the_daemon_at_midnight(binary, folder, clock):
    path = conf(folder, "daily\nrotate 3\ncreate\ndateext")
    (folder / "app.log").write_text("one\n")
    with Daemon(binary, folder, path, clock("2026-11-22 23:59:57")) as daemon:
        wait_until((folder / "state").exists, "the first look")
        wait_until((folder / "app.log-20261123").exists, "the rotation at midnight")
        conf(folder, "rotate many")
        daemon.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        daemon.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        code, said = daemon.stop()
    assert (folder / "app.log-20261123").read_text() == "one\n" and (folder / "app.log").read_text() == ""
    assert code == 0
    assert said.count("'many'") == 1 and "'many'" in said, said


def test_the_daemon_ends_after_the_log_in_hand(binary, folder):
    path = conf(folder, "size 1\nrotate 3\ncreate\npostrotate\nsleep 1\necho done >> $1.ran\nendscript", "*.log")
    for name in ["a.log", "b.log"]:
        (folder / name).write_text("one\n")
    with Daemon(binary, folder, path) as daemon:
        wait_until((folder / "a.log.1").exists, "the first rotation")
        code, said = daemon.stop()
    assert (code, said) == (0, "")
    assert (folder / "a.log.ran").exists() and not (folder / "b.log.1").exists()
    done = subprocess.run([binary, "rotate", "-s", "state", str(path)], cwd=folder, timeout=PATIENCE)
    assert done.returncode == 0 and (folder / "b.log.1").exists()
