"""Runs programs in several processes, by the launcher, with an end for those that hang."""

import os
import subprocess
import sys
import time
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


def processes(name):
    """The processes whose command line names a program."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/cmdline", encoding="utf-8") as file:
                line = file.read()
        except OSError:
            continue
        if name in line and "\0launch\0" not in line:
            found.append(line)
    return found


def interrupted(number, options=(), variables=()):
    """Send a signal to the launcher of a program that waits: all processes end."""
    mark = f"waiting-{os.getpid()}-{number}"
    call = [sys.executable, "-m", "mocrograd", "launch", "-n", "2", *options, HERE / "programs" / "waiting.py", mark]
    env = os.environ | {"PYTHONPATH": str(PACKAGE)} | dict(variables)
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    try:
        assert any("waits" in line for line in process.stdout)
        process.send_signal(number)
        assert f"ended by {number.name}" in process.communicate(timeout=60)[0]
        assert process.returncode == 128 + number
        end = time.monotonic() + 20
        while processes(mark) and time.monotonic() < end:
            time.sleep(0.1)
        assert not processes(mark)
    finally:
        if process.poll() is None:
            process.terminate()
