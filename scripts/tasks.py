"""Runs a task of pixi.toml in .venv, which it completes first where it is new: the second half of scripts/run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
COMPLETE = VENV / "complete"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]


def main(argv: list[str]) -> int:
    """Runs the task that `argv` names with the arguments that follow it; returns its exit status."""
    tasks = read_toml("pixi.toml")["tasks"]
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: scripts/run TASK [ARGUMENTS...]\n\n" + listing(tasks))
        return 0 if argv else 2
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    os.environ["VIRTUAL_ENV"] = str(VENV)
    name, *arguments = argv
    known = name in tasks
    if not known and shutil.which(name) is None:
        print(f"scripts/run: no task or command is called {name!r}\n\n{listing(tasks)}", file=sys.stderr)
        return 2
    complete_environment(read_toml("pyproject.toml"))
    if not known:
        install_package()
        replace_process(argv)
    *before, last = in_order(name, tasks)
    for dependency in before:
        status = subprocess.call(command(tasks[dependency], []), cwd=ROOT)
        if status:
            return status
        if dependency == "build":
            install_package()
    return replace_process(command(tasks[last], arguments))


def read_toml(name: str) -> dict[str, Any]:
    """Reads a TOML file of the repository's root."""
    with open(ROOT / name, "rb") as file:
        return tomllib.load(file)


def listing(tasks: dict[str, Any]) -> str:
    """Lists the tasks, one line each."""
    width = max(map(len, tasks))
    return "\n".join(f"  {name:{width}}  {task['description']}" for name, task in tasks.items())


def in_order(name: str, tasks: dict[str, Any]) -> list[str]:
    """Lists a task and what it depends on, each once, dependencies first."""
    order: list[str] = []

    def visit(task: str) -> None:
        if task not in order:
            for dependency in tasks[task].get("depends-on", []):
                visit(dependency)
            order.append(task)

    visit(name)
    return order


def command(task: dict[str, Any], arguments: list[str]) -> list[str]:
    """Returns a task's command for a shell, the arguments added at its end."""
    return ["sh", "-c", f'{task["cmd"]} "$@"', "sh", *arguments]


def replace_process(words: list[str]) -> NoReturn:
    """Becomes the command, so that signals such as Ctrl-C reach it and nothing else."""
    os.chdir(ROOT)
    os.execvp(words[0], words)


def complete_environment(project: dict[str, Any]) -> None:
    """Installs what the project names into .venv, unless exactly that is there already."""
    extras = project["project"]["optional-dependencies"].values()
    needs = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    needs = sorted({*needs, *(need for extra in extras for need in extra)})
    # The environment also holds the package's entry points and its place.
    key = json.dumps([needs, project["project"], sys.version, str(ROOT)], indent=1)
    if COMPLETE.exists():
        if COMPLETE.read_text(encoding="utf-8") == key:
            return
        print("scripts/run: the requirements changed, so .venv is made anew", file=sys.stderr)
        COMPLETE.unlink()
        replace_process(["scripts/run", *sys.argv[1:]])
    print("scripts/run: installing the compiler and the tools into .venv, about a minute", file=sys.stderr)
    if subprocess.call([*PIP, *needs], cwd=ROOT):
        fail("pip could not install the requirements; its message is above. The next call starts over")
    COMPLETE.write_text(key, encoding="utf-8")


def install_package() -> None:
    """Makes `import mocrograd` and the `mocrograd` command work in .venv, from the sources in place."""
    if not list(VENV.glob("lib/python3*/site-packages/mocrograd-*.dist-info")) and subprocess.call(
        [*PIP, "--no-build-isolation", "--no-deps", "--editable", "."], cwd=ROOT
    ):
        fail("pip could not install mocrograd itself; its message is above")


def fail(message: str) -> NoReturn:
    """Ends the program with a message."""
    sys.exit(f"scripts/run: {message}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
