"""Hostile senders cost their own connection at the most; a good client beside them loses nothing."""
import threading

import attacks
import pytest
from harness import PATIENCE, in_order, ini, record

ATTACKS = ["calls", "bombs", "nests", "announcements", "memo_keys", "stacks", "truncations", "damage",
           "not_pickles"]
LINE = r"good worker=(?P<worker>\d+) number=(?P<number>\d+)"
CONFIG = ini(args="('app.log', 'a', 'utf-8', False, 'backslashreplace')")


def send_all(server, streams):
    for stream in streams:
        try:
            with server.connect() as client:
                client.settimeout(PATIENCE)
                client.sendall(stream)
        except (ConnectionError, BrokenPipeError):
            pass  # the server has had enough of this one: its right


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_beside_a_good_client(server, folder, name):
    marker = folder / "m"
    one = server(CONFIG)
    make = getattr(attacks, name)
    streams = make(marker) if name == "calls" else make()
    attacker = threading.Thread(target=send_all, args=(one, streams))
    attacker.start()
    with one.connect() as client:
        for number in range(1, 3001):
            client.sendall(record(f"good worker=1 number={number}"))
        attacker.join(120)
        assert not attacker.is_alive(), "the attacker is stuck: the server takes its bytes too slowly"
        for number in range(3001, 4001):
            client.sendall(record(f"good worker=1 number={number}"))
    memory = one.peak_memory()
    assert one.stop(60) == 0
    good = [line for line in one.text().splitlines() if line.startswith("good")]
    in_order(good, LINE, 4000)
    assert memory < 200 << 20, f"{memory >> 20} MiB of memory at the peak"
    assert not marker.exists(), "a pickle was executed"


def test_all_attacks_at_once(server, folder):
    one = server(CONFIG)
    streams = [attacks.calls(folder / "m")] + [getattr(attacks, name)() for name in ATTACKS[1:]]
    threads = [threading.Thread(target=send_all, args=(one, some)) for some in streams]
    for thread in threads:
        thread.start()
    one.send(*(record(f"good worker=1 number={number}") for number in range(1, 5001)))
    for thread in threads:
        thread.join(180)
        assert not thread.is_alive()
    one.send(*(record(f"good worker=2 number={number}") for number in range(1, 1001)))
    memory = one.peak_memory()
    assert one.stop(60) == 0
    good = [line for line in one.text().splitlines() if line.startswith("good")]
    in_order(good, LINE, 6000)
    assert memory < 200 << 20, f"{memory >> 20} MiB of memory at the peak"
    assert not (folder / "m").exists(), "a pickle was executed"
