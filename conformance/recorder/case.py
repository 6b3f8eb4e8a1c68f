"""Reads a case: case.toml, as README.md describes it."""
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

KEYS = {"about", "receiver", "packages", "debug", "tz", "clients", "define", "env", "folders", "protocol",
        "dropped", "refused", "step"}
STEP_KEYS = {"at", "log", "restart", "mkdir", "remove", "rename", "write", "mtime",
             "run"}
CONFIGURATIONS = ("logging.ini", "logging.json", "logging.yaml", "logging.toml")
SCRIPTS = Path(__file__).parent.parent / "scripts"
CLOCK = 1700000000.0  # 2023-11-14 22:13:20 UTC: the clock until a step says otherwise


class CaseError(Exception):
    """A case.toml that can't be run."""


@dataclass
class Case:
    name: str
    folder: Path
    about: str
    receiver: str = None  # the recorder's default
    packages: list = field(default_factory=list)
    debug: bool = False
    tz: str = "UTC"
    clients: list = field(default_factory=lambda: ["3.13"])
    define: dict = field(default_factory=dict)
    env: dict = field(default_factory=dict)
    folders: list = field(default_factory=list)
    protocol: int = 1
    dropped: int = 0
    refused: bool = False
    step: list = field(default_factory=list)

    @property
    def configuration(self):
        """The name of the receiver's configuration file."""
        found = [name for name in CONFIGURATIONS if (self.folder / name).exists()]
        if len(found) != 1:
            raise CaseError(f"{self.name}: wants one of {', '.join(CONFIGURATIONS)}")
        return found[0]

    def lives(self):
        """The steps of each life of the receiver: a step with `restart` begins a new one."""
        lives, running = [[]], False
        for step in self.step:
            if step.get("restart") and running:
                lives.append([])
            running = running or "log" in step or step.get("restart", False)
            lives[-1].append(step)
        return lives


def load(folder):
    try:
        data = tomllib.loads((folder / "case.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CaseError(f"{folder.name}: {error}") from error
    unknown = set(data) - KEYS
    for step in data.get("step", []):
        unknown |= set(step) - STEP_KEYS
    if unknown or "about" not in data or bool(data.get("step")) == data.get("refused", False):
        raise CaseError(f"{folder.name}: wants about and step or refused; unknown: {sorted(unknown)}")
    if data.get("refused"):
        data |= {"clients": [], "step": [{"restart": True}]}
    case = Case(folder.name, folder, **data)
    at = CLOCK
    for index, step in enumerate(case.step):
        at = float(step.get("at", at))
        step["at"], step["index"] = at, index
        if "run" in step:
            try:
                script = (SCRIPTS / step["run"]).read_text("utf-8")
            except OSError as error:
                raise CaseError(f"{folder.name}: {error}") from error
            step["log"] = step.get("log", "") + "\n" + script
    return case


def load_all(folder, names):
    """The cases named, or all of them in the order of their names."""
    found = sorted(path.parent for path in folder.glob("*/case.toml"))
    missing = set(names) - {path.name for path in found}
    if missing:
        raise CaseError(f"no such case: {', '.join(sorted(missing))}")
    return [load(path) for path in found if not names or path.name in names]
