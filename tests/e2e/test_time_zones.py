"""The same times in the files as the services wrote themselves: docs/time-zones.md."""
import os
import subprocess
import sys

import pytest
from harness import ini, wait_until

pytest.importorskip("django", reason="needs Django, which sets TZ for its process")

FORMAT = "%(asctime)s %(created)d %(message)s"

# a process of a Django service: TIME_ZONE of the settings becomes the process's TZ
SERVICE = '''
import logging, logging.handlers, os, sys, time
port, zone, local, filtered = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "filter"


class Zone(logging.Filter):
    def filter(self, record):
        record.logyard_tz = os.environ["TZ"]
        return True


import django
django.setup()
assert os.environ["TZ"] == zone
socket = logging.handlers.SocketHandler("127.0.0.1", port)
if filtered:
    socket.addFilter(Zone())
file = logging.FileHandler(local)
file.setFormatter(logging.Formatter("''' + FORMAT + '''"))
log = logging.getLogger("shop")
log.setLevel(logging.INFO)
log.addHandler(file)
log.addHandler(socket)
for created in (1711846800.25, 1711846799.5, 1700000000.0):
    record = log.makeRecord("shop", logging.INFO, "shop.py", 1, "at %s", (created,), None)
    record.created, record.msecs = created, created % 1 * 1000
    log.handle(record)
socket.close()
'''


def service(running, zone, local, how):
    # settings.configure() would not set TZ, a module of settings does
    local.with_suffix(".d").mkdir()
    local.with_suffix(".d").joinpath("shop_settings.py").write_text(f"TIME_ZONE = {zone!r}\n")
    subprocess.run([sys.executable, "-c", SERVICE, str(running.port), zone, str(local), how],
                   check=True, timeout=60, cwd=local.with_suffix(".d"),
                   env=os.environ | {"TZ": "Asia/Tokyo", "DJANGO_SETTINGS_MODULE": "shop_settings"})


@pytest.mark.parametrize("how", ["server", "handler", "filter"])
def test_django_files_are_the_same(server, tmp_path, how):
    zone, local = "America/New_York", tmp_path / "local.log"
    more = f"[logyard:file]\ntz = {zone}\n" if how == "handler" else ""
    arguments = ("--tz", zone) if how == "server" else ()
    running = server(ini(fmt=FORMAT) + more, arguments=arguments)
    service(running, zone, local, how)
    running.wait_lines(3)
    assert running.text() == local.read_text()
    assert running.stop() == 0 and "bad-zone" not in running.stderr


def test_without_any_of_them_they_differ(server, tmp_path):
    running = server(ini(fmt=FORMAT))
    service(running, "America/New_York", tmp_path / "local.log", "plain")
    running.wait_lines(3)
    assert running.text() != (tmp_path / "local.log").read_text()


def test_services_of_several_zones_share_a_server(server, tmp_path):
    running = server(ini(fmt=FORMAT))
    wanted = ""
    for zone in ("Europe/Berlin", "Asia/Kolkata", "UTC"):
        local = tmp_path / zone.replace("/", "-")
        service(running, zone, local, "filter")
        wanted += local.read_text()
        wait_until(lambda: running.text().count("\n") == wanted.count("\n"), "the lines", server=running)
    assert running.text() == wanted


def test_the_handlers_own_zone_wins(server, tmp_path):
    running = server(ini(fmt=FORMAT) + "[logyard:file]\ntz = Asia/Kolkata\n", arguments=("--tz", "UTC"))
    service(running, "America/New_York", tmp_path / "local.log", "filter")
    assert running.wait_lines(3)[2].startswith("2023-11-15 03:43:20,000 ")


def test_a_zone_that_is_none_is_told_of(server, tmp_path):
    from harness import record
    running = server(ini(fmt="%(asctime)s %(message)s"))
    running.send(*(record(f"m{n}", logyard_tz=zone) for n, zone in
                   enumerate(["No/Such", 5, "x" * 10_000, None, "../../etc/passwd"] + [f"Z/{n}" for n in range(500)])))
    lines = running.wait_lines(505)
    assert all(line.startswith("2023-11-14 22:13:20,250 ") for line in lines)
    assert running.stop() == 0
    assert "bad-zone" in running.stderr and running.stderr.count("\n") < 30 and not running.dead_letters()
