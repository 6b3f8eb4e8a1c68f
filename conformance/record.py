#!/usr/bin/env python3
"""Records the conformance cases from real CPythons, or checks that what is recorded still holds.

    record.py [CASE...]                   record into cases/
    record.py --out DIR [CASE...]         record into a copy
    record.py --check [CASE...]           record again, compare byte for byte, change nothing
    record.py --check --out DIR           the same, and keep what was recorded
    record.py --check --receiver 3.14     the same with another CPython as the receiver

Needs Python 3.11 or newer and no packages. README.md tells how the CPythons are found.
"""
import argparse
import os
import shutil
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recorder import pythons, run
from recorder.case import CaseError, load_all

CASES = Path(__file__).parent / "cases"
RECEIVER = "3.13"
MADE = ("frames", "expected", "expected.stdout", "expected.stderr", "expected.refused", "recorded.toml")


class Skip(Exception):
    """Why a case can't be run on this machine."""


def clear(folder):
    for name in MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()


def recorded_files(folder):
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name.startswith(("frames/", "expected")):
            found[name] = path.read_bytes()
    return found


def make_frames(case, found):
    sent = {}
    for client in case.clients:
        if client not in found:
            raise Skip(f"no CPython {client}")
        sent |= run.frames(case, found[client])
    return sent


def record(case, found, receiver, out):
    """Records one case below `out`; the second run proves that the first is no accident."""
    files = run.expected(case, make_frames(case, found), receiver)
    again = run.expected(case, make_frames(case, found), receiver)
    if files != again:
        names = sorted(name for name in files | again if files.get(name) != again.get(name))
        raise run.RunError(f"two runs differ in {', '.join(names)}")
    folder = write(case, files, out)
    text = f'receiver = "{receiver.version}"\n\n[clients]\n'
    text += "".join(f'"{name}" = "{found[name].version}"\n' for name in case.clients)
    if case.packages:
        versions = run.packages(case, receiver)[1]
        text += "\n[packages]\n"
        text += "".join(f'{name} = "{version}"\n' for name, version in versions.items())
    (folder / "recorded.toml").write_text(text)
    return []


def write(case, files, out):
    """The case below `out`, with these files."""
    folder = out / case.name
    folder.mkdir(parents=True, exist_ok=True)
    if folder != case.folder:
        for name in ("case.toml", case.configuration):
            shutil.copyfile(case.folder / name, folder / name)
    clear(folder)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def check(case, found, receiver, strict, out):
    """Compares one case with what the CPythons of this machine make now, and keeps that below `out`, if given.

    Gives why frames were taken as they are recorded.
    """
    meta = tomllib.loads((case.folder / "recorded.toml").read_text())
    old = recorded_files(case.folder)
    sent, missing = {}, []
    for client in case.clients:
        kept = {name[7:]: data for name, data in old.items() if name.endswith(f"-{client}.bin")}
        if client not in found:
            missing.append(f"no CPython {client}")
        elif found[client].version != meta["clients"][client]:
            missing.append(f"recorded by CPython {meta['clients'][client]}")
        else:
            kept = run.frames(case, found[client])
        sent |= kept
    if strict and not meta["receiver"].startswith(receiver.minor + "."):
        raise Skip(f"the receiver was CPython {meta['receiver']}, here is {receiver.version}")
    if case.packages and meta["packages"] != (here := run.packages(case, receiver)[1]):
        raise Skip(f"recorded with {meta['packages']}, here are {here}")
    new = run.expected(case, sent, receiver)
    if out:
        shutil.copyfile(case.folder / "recorded.toml", write(case, new, out) / "recorded.toml")
    if new != old:
        names = sorted(name for name in new | old if new.get(name) != old.get(name))
        raise run.RunError(f"differs in {', '.join(names)}")
    return missing


def one(case, found, options):
    """Records or checks one case; gives what is to be told of frames that were not made anew."""
    wanted = case.receiver or options.receiver or RECEIVER
    receiver = found.get(wanted)
    if receiver is None:
        raise Skip(f"no CPython {wanted} to receive")
    if not options.check:
        return record(case, found, receiver, options.out or CASES)
    strict = case.receiver is not None or options.receiver is None
    return check(case, found, receiver, strict, options.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--check", action="store_true", help="compare, and change nothing")
    parser.add_argument("--out", type=Path, help="record below this folder")
    parser.add_argument("--receiver", help="minor version of the receiver, for cases that name none")
    options = parser.parse_args()
    found = pythons.find()
    print("CPythons:", ", ".join(python.version for python in found.values()) or "none")
    passed, failed, skipped = 0, 0, []
    # the work is done by the interpreters that each case starts
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        running = [(case, threads.submit(one, case, found, options)) for case in load_all(CASES, options.cases)]
        for case, done in running:
            try:
                skipped += [f"{case.name}: frames taken as recorded: {reason}" for reason in done.result()]
                passed += 1
            except (Skip, run.NoPackages, run.NoThreads) as reason:
                skipped.append(f"{case.name}: {reason}")
            except (run.RunError, OSError) as error:
                failed += 1
                print(f"FAILED {case.name}: {error}")
    for line in skipped:
        print(f"skipped {line}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CaseError as error:
        sys.exit(f"record.py: {error}")
