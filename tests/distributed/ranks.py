"""Runs programs in several processes, by the launcher, with an end for those that hang."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "pyfront"


def launch(*arguments, ranks=2, timeout=200, options=(), program=True, **variables):
    """Run a program of `programs/` by the launcher; its status, and what it printed."""
    name = str(HERE / "programs" / arguments[0]) if program else arguments[0]
    call = [sys.executable, "-m", "mocrograd", "launch", "-n", str(ranks), "--timeout", str(timeout), *options]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE), str(HERE.parent)]), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [*call, name, *map(str, arguments[1:])], capture_output=True, text=True, timeout=timeout + 20,
        env=env | variables, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def well(*arguments, **options):
    """Run a program that must end well, and return what it printed."""
    status, output = launch(*arguments, **options)
    assert status == 0, output
    return output
