"""What systemd does with a service of Type=notify, with a watchdog and a socket of its own."""
import os
import signal
import socket
import sys
import time

import pytest
from harness import PATIENCE, ini, record, wait_until

# systemd hands over descriptors from 3 on, and LISTEN_PID must be the server's own
ACTIVATE = ("import os, sys; fd = int(sys.argv[1]); os.dup2(fd, 3, inheritable=True); "
            "os.environ |= {'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())}; "
            "os.execv(sys.argv[2], sys.argv[2:])")


class Manager:
    """The notify socket of a service manager."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE)
        self.seen = []

    def wait(self, word):
        """Waits for a message with this assignment; gives the whole message."""
        while True:
            message = self.socket.recv(4096).decode()
            self.seen.append(message)
            if word in message.splitlines():
                return message


@pytest.fixture
def manager(folder):
    made = Manager(folder)
    yield made
    made.socket.close()


def test_notify_ready_reloading_stopping(server, manager):
    one = server(ini(), env={"NOTIFY_SOCKET": manager.path})
    manager.wait("READY=1")
    one.send(record("x"))
    one.wait_lines(1)
    one.signal(signal.SIGHUP)
    message = manager.wait("RELOADING=1")
    stamps = [line for line in message.splitlines() if line.startswith("MONOTONIC_USEC=")]
    assert stamps, f"systemd wants the time with it: {message!r}"
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert abs(now - int(stamps[0].partition("=")[2])) < PATIENCE * 10**6
    manager.wait("READY=1")
    one.signal(signal.SIGTERM)
    manager.wait("STOPPING=1")
    assert one.process.wait(PATIENCE) == 0


def test_watchdog(server, manager):
    server(ini(), env={"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "400000"})
    manager.wait("READY=1")
    stamps = []
    for _ in range(5):
        manager.wait("WATCHDOG=1")
        stamps.append(time.monotonic())
    gaps = [later - earlier for earlier, later in zip(stamps, stamps[1:])]
    assert max(gaps) < 0.4, f"systemd would have killed it: {gaps}"


def test_socket_activation_refuses_no_connection(server, manager, folder):
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]

        def start():
            command = [sys.executable, "-c", ACTIVATE, str(listener.fileno())]
            one = server(ini(), listen=(), env={"NOTIFY_SOCKET": manager.path}, command=command,
                         ready=False, pass_fds=(listener.fileno(),))
            manager.wait("READY=1")
            return one

        def send(text):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
                client.sendall(record(text))

        one = start()
        send("first")
        one.wait_lines(1)
        assert one.stop() == 0
        send("while nobody is there")
        two = start()
        send("second")
        assert sorted(two.wait_lines(3)) == ["first", "second", "while nobody is there"]
        assert two.stop() == 0


def test_no_leftover_variables_bind_the_default_port(server, manager):
    """LISTEN_PID of another process: the descriptors are not meant for this one."""
    one = server(ini(), env={"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
    one.send(record("x"))
    assert one.wait_lines(1) == ["x"]
    wait_until(lambda: one.process.poll() is None, "a running server")
