"""Stopping, reloading, reopening: in order, and without losing a line."""
import re
import signal
import threading
import time

from harness import PATIENCE, in_order, ini, record, wait_until

LINE = r"(?:.*: )?worker=(?P<worker>\d+) number=(?P<number>\d+)"


class Traffic:
    """Clients that send until told to stop, each over one connection; all they sent must arrive."""

    def __init__(self, server, clients=4, pause=0.0005):
        self.counts, self.done = [0] * clients, threading.Event()
        self.server, self.pause = server, pause
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, worker):
        with self.server.connect() as client:
            while not self.done.is_set():
                number = self.counts[worker] + 1
                client.sendall(record(f"worker={worker} number={number}"))
                self.counts[worker] = number
                time.sleep(self.pause)

    def more(self, count=200):
        """Waits until `count` more records are sent."""
        aim = sum(self.counts) + count
        wait_until(lambda: sum(self.counts) >= aim, "more traffic", server=self.server)

    def end(self):
        self.done.set()
        for thread in self.threads:
            thread.join(PATIENCE)
        return sum(self.counts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def hold(server):
    """Stops the server's process, so that what is sent now stays in the kernel."""
    server.signal(signal.SIGSTOP)
    stat = f"/proc/{server.process.pid}/stat"
    wait_until(lambda: open(stat).read().rpartition(")")[2].split()[0] == "T", "a stopped process")


def test_sigterm_writes_what_the_kernel_holds(server):
    one = server(ini())
    clients = [one.connect() for _ in range(8)]
    for number, client in enumerate(clients):
        client.sendall(record(f"worker={number} number=1"))
    one.wait_lines(8)
    hold(one)
    for number, client in enumerate(clients):
        client.sendall(b"".join(record(f"worker={number} number={i}") for i in range(2, 202)))
        client.close()
    one.signal(signal.SIGTERM)
    one.signal(signal.SIGCONT)
    assert one.process.wait(PATIENCE) == 0
    in_order(one.text().splitlines(), LINE, 8 * 201)


def test_sigterm_takes_connections_that_wait_to_be_accepted(server):
    one = server(ini())
    hold(one)
    for number in range(8):
        one.send(*(record(f"worker={number} number={i}") for i in range(1, 101)))
    one.signal(signal.SIGTERM)
    one.signal(signal.SIGCONT)
    assert one.process.wait(PATIENCE) == 0
    in_order(one.text().splitlines(), LINE, 800)


def test_sigterm_ends_while_clients_still_send(server):
    one = server(ini())
    sent = threading.Event()

    def endless():
        try:
            with one.connect() as client:
                for number in range(1, 200_000):
                    client.sendall(record(f"worker=9 number={number}"))
                    sent.set()
        except OSError:
            pass

    thread = threading.Thread(target=endless)
    thread.start()
    assert sent.wait(PATIENCE)
    for number in range(4):
        one.send(*(record(f"worker={number} number={i}") for i in range(1, 1001)))
    assert one.stop(20) == 0
    thread.join(PATIENCE)
    assert not thread.is_alive()
    lines = one.text().splitlines()
    found = in_order(lines, LINE, len(lines))
    assert {worker: found[str(worker)] for worker in range(4)} == dict.fromkeys(range(4), 1000)


def test_sigint_stops_too(server):
    one = server(ini())
    one.send(record("worker=1 number=1"))
    one.wait_lines(1)
    one.signal(signal.SIGINT)
    assert one.process.wait(PATIENCE) == 0


def test_truncated_last_frame_is_told_and_costs_nothing_else(server):
    one = server(ini())
    whole = record("whole")
    one.send(whole, record("cut off")[:-7])
    one.wait_lines(1)
    assert one.stop() == 0
    assert one.text() == "whole\n"


def test_reload_under_traffic_loses_nothing(server):
    plain = ini()
    prefixed = ini(fmt="new: %(message)s")
    one = server(plain)
    with Traffic(one) as traffic:
        for round_number in range(10):
            traffic.more()
            one.config.write_text(prefixed if round_number % 2 == 0 else plain)
            one.signal(signal.SIGHUP)
            want = "new: " if round_number % 2 == 0 else "worker="
            wait_until(lambda: (one.text().splitlines() or [""])[-1].startswith(want),
                       f"the configuration of round {round_number}", server=one)
        count = traffic.end()
    assert one.stop() == 0
    in_order(one.text().splitlines(), LINE, count)
    assert one.dead_letters() == []


def test_reload_adds_a_service(server):
    one = server(ini())
    one.send(record("before", name="shop"))
    one.wait_lines(1)
    text = one.config.read_text()
    text = text.replace("keys = root", "keys = root, shop").replace("keys = file", "keys = file, shop")
    text += ("[logger_shop]\nqualname = shop\npropagate = 0\nhandlers = shop\n"
             "[handler_shop]\nclass = FileHandler\nformatter = line\nargs = ('shop.log',)\n")
    one.config.write_text(text)
    one.signal(signal.SIGHUP)
    wait_until(lambda: (one.folder / "shop.log").exists(), "shop.log", server=one)
    one.send(record("after", name="shop"), record("other", name="unlisted"))
    assert one.wait_lines(1, "shop.log") == ["after"]
    assert one.wait_lines(2) == ["before", "other"]


def test_reload_of_a_broken_configuration_keeps_the_old(server):
    one = server(ini())
    with Traffic(one) as traffic:
        traffic.more()
        broken = ini().replace("class = FileHandler", "class = FileHandlr")
        line = broken.splitlines().index("class = FileHandlr") + 1
        one.config.write_text(broken)
        one.signal(signal.SIGHUP)
        wait_until(lambda: re.search(rf"logging\.ini:{line}\b", one.stderr), f"line {line} named",
                   server=one)
        traffic.more()
        count = traffic.end()
    assert one.stop() == 0
    in_order(one.text().splitlines(), LINE, count)


def test_sigusr1_reopens_after_a_rename(server):
    one = server(ini())
    with Traffic(one) as traffic:
        traffic.more()
        (one.folder / "app.log").rename(one.folder / "app.log.1")
        one.signal(signal.SIGUSR1)
        wait_until(lambda: one.text(), "a new app.log", server=one)
        old = one.text("app.log.1")
        traffic.more()
        assert one.text("app.log.1") == old, "the renamed file still grows"
        count = traffic.end()
    assert one.stop() == 0
    assert one.text()
    in_order((one.text("app.log.1") + one.text()).splitlines(), LINE, count)


def test_check_and_start_of_a_broken_configuration(server, binary, folder):
    import subprocess

    path = folder / "logging.ini"
    path.write_text(ini().replace("FileHandler", "FileHandlr").replace("%(message)s", "no field"))
    for command in (["check", str(path)], ["serve", str(path), "--listen", "127.0.0.1:0"]):
        done = subprocess.run([binary, *command], cwd=folder, capture_output=True, text=True,
                              timeout=PATIENCE)
        said = done.stdout + done.stderr
        assert done.returncode == 2, said
        for wrong in ("class = FileHandlr", "format = no field"):
            line = path.read_text().splitlines().index(wrong) + 1
            assert re.search(rf"logging\.ini:{line}\b", said) and wrong in said, said
    assert not (folder / "app.log").exists()
    path.write_text(ini())
    done = subprocess.run([binary, "check", str(path)], cwd=folder, capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 0 and "app.log" in done.stdout + done.stderr
    assert not (folder / "app.log").exists(), "check opens nothing"
