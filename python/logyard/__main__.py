"""`python -m logyard`: the command that came in the same wheel."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig


def find() -> str:
    """The path of the command: beside this Python, among the user's scripts, or in PATH."""
    name = "logyard" + (sysconfig.get_config_var("EXE") or "")
    schemes = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    user = f"{os.name}_user"
    if user in sysconfig.get_scheme_names():
        schemes.append(sysconfig.get_path("scripts", user))
    for folder in schemes:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    found = shutil.which(name)
    if found is None:
        raise SystemExit("logyard: the command is not installed beside this Python, nor in PATH; "
                         "`pip install logyard` brings it")
    return found


def main() -> None:
    command = [find(), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)
    raise SystemExit(subprocess.call(command))


if __name__ == "__main__":
    main()
