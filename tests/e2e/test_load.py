"""Many processes, one file: every line once, whole, in order."""
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from harness import in_order, ini, record, rolled, wait_until

CLIENT = Path(__file__).with_name("client.py")
LINE = r"worker=(?P<worker>\d+) number=(?P<number>\d+) x{40}"


def test_eight_processes_rotating_file(server):
    config = ini(handler="handlers.RotatingFileHandler", args="('app.log', 'a', 200000, 400)")
    one = server(config)
    workers = [subprocess.Popen([sys.executable, CLIENT, str(one.port), str(i), "20000"],
                                stderr=subprocess.PIPE) for i in range(8)]
    for worker in workers:
        _, said = worker.communicate(timeout=240)
        assert (worker.returncode, said) == (0, b"")
    assert one.stop(60) == 0
    lines, paths = rolled(one.folder, "app.log", by_number=True)
    assert len(in_order(lines, LINE, 160_000)) == 8
    sizes = [path.stat().st_size for path in paths]
    assert len(sizes) > 40 and max(sizes) < 200_000
    assert min(sizes[:-1]) > 200_000 - 100, "rolled before the size was reached"
    assert one.dead_letters() == []


def test_ten_thousand_idle_connections(server):
    wanted = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + 500:
        pytest.skip(f"RLIMIT_NOFILE is {hard}, this test needs {wanted + 500}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 500), hard))
    idle = []
    try:
        one = server(ini())
        for _ in range(wanted):
            idle.append(socket.create_connection(("127.0.0.1", one.port), 30))
        frames = [record(f"line {i}") for i in range(20_000)]
        one.send(*frames)
        assert one.wait_lines(20_000) == [f"line {i}" for i in range(20_000)]
        for number, client in enumerate(idle[::1000]):
            client.sendall(record(f"woken {number}"))
        woken = one.wait_lines(20_010)[20_000:]
        assert sorted(woken) == [f"woken {i}" for i in range(10)]
        assert one.peak_memory() < 200 << 20
        assert one.stop() == 0
    finally:
        for client in idle:
            client.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_frames_split_at_every_byte(server):
    one = server(ini())
    stream = record("first") + record("second é") + record("third")
    for cut in range(1, len(stream)):
        with one.connect() as client:
            client.sendall(stream[:cut])
            client.sendall(stream[cut:])
    count = 3 * (len(stream) - 1)
    lines = one.wait_lines(count)
    assert sorted(lines) == sorted(["first", "second é", "third"] * (len(stream) - 1))
    with one.connect() as client:
        for byte in stream:
            client.sendall(bytes([byte]))
            # the next byte goes when the server has taken this one
            wait_until(lambda: unread(client) == 0, "the byte to be taken", server=one)
    assert one.wait_lines(count + 3)[count:] == ["first", "second é", "third"]


def unread(client):
    """Bytes sent that the other side's kernel has not acknowledged (SIOCOUTQ)."""
    import array
    import fcntl

    size = array.array("i", [0])
    fcntl.ioctl(client.fileno(), 0x5411, size)
    return size[0]


def test_unix_socket(server, folder):
    path = folder / "log.sock"
    one = server(ini(), listen=("127.0.0.1:0", f"unix://{path}"))
    assert any(str(path) in address for address in one.addresses())
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(record("by unix") + record("again"))
    assert one.wait_lines(2) == ["by unix", "again"]
    one.send(record("by tcp"))
    assert one.wait_lines(3)[2] == "by tcp"
    assert one.stop() == 0
    assert not path.exists(), "the socket file stays behind"
