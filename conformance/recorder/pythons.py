"""Finds the CPythons of this machine, by version."""
import glob
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROBE = ("import sys, platform; "
         "print(platform.python_implementation() + ' %d.%d.%d' % sys.version_info[:3])")
MINORS = ["2.7"] + [f"3.{minor}" for minor in range(6, 16)]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Python:
    """One interpreter: the command that runs a script, and its full version."""

    command: tuple
    version: str

    @property
    def minor(self):
        return self.version.rpartition(".")[0]


def probe(path):
    """The Python at `path`, or None when it isn't a CPython that starts."""
    try:
        out = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    name, _, version = out.stdout.strip().partition(" ")
    return Python((path,), version) if out.returncode == 0 and name == "CPython" else None


def pyodide():
    """CPython 3.14 from npm's pyodide under node: the folder is named by LOGYARD_PYODIDE."""
    folder = os.environ.get("LOGYARD_PYODIDE")
    node = shutil.which("node")
    if not folder or not node or not Path(folder, "pyodide.mjs").exists():
        return None
    command = (node, "--no-warnings", str(HERE / "pyodide.mjs"), folder)
    script = Path(HERE, "version.py")
    try:
        out = subprocess.run([*command, script], capture_output=True, text=True, timeout=120,
                             stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return None
    return Python(command, out.stdout.strip()) if out.returncode == 0 else None


def find():
    """All CPythons, by minor version; the first found of a version is taken."""
    named = [path for path in os.environ.get("LOGYARD_PYTHONS", "").split(":") if path]
    on_path = [path for path in map(shutil.which, (f"python{minor}" for minor in MINORS)) if path]
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")  # pyenv's own default
    pyenv = glob.glob(os.path.join(root, "versions", "*", "bin", "python"))
    found = {}
    for path in named + on_path + sorted(pyenv):
        python = probe(path)
        if python:
            found.setdefault(python.minor, python)
    wasm = pyodide()
    if wasm:
        found.setdefault(wasm.minor, wasm)
    return found
