"""scripts/run: which environment it takes, which tasks it runs, what an interrupted installation leaves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tasks
from toolchain import ROOT

PROJECT = {
    "build-system": {"requires": ["builder==1"]},
    "project": {"dependencies": ["numpy"], "optional-dependencies": {"dev": ["tool==2"]}},
}


@pytest.fixture
def folder(tmp_path):
    """A copy of scripts/run, and a PATH that holds only what it needs."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "run", tmp_path / "scripts" / "run")
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def command(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [folder / "scripts" / "run", *arguments],
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_pixi_is_used_where_it_is_installed(folder):
    command(folder, "pixi", 'echo pixi "$@"')
    assert run(folder, "test", "-k", "a b").stdout == "pixi run test -k a b\n"


def test_without_a_fitting_python_it_says_which_are_needed(folder):
    command(folder, "python3", 'if [ "$1" = --version ]; then echo Python 3.9.1; else exit 1; fi')
    done = run(folder, "test")
    assert done.returncode == 1
    assert "needs Python 3.10, 3.11, 3.12, 3.13 or 3.14" in done.stderr
    assert "Python 3.9.1" in done.stderr
    assert not (folder / ".venv").exists()


def test_an_incomplete_environment_is_made_anew(folder):
    made = folder / ".venv" / "bin"
    made.mkdir(parents=True)
    (made / "python").write_text("#!/bin/sh\necho tasks\n")
    (made / "python").chmod(0o755)
    python = folder / "bin" / "python3"
    command(folder, "python3", f'case "$1" in -m) echo "$@" >>{folder}/calls;; *) echo {python};; esac')
    assert run(folder, "info").stdout == "tasks\n"
    assert (folder / "calls").read_text() == "-m venv --clear .venv\n"
    (folder / ".venv" / "complete").touch()
    run(folder, "info")
    assert (folder / "calls").read_text() == "-m venv --clear .venv\n"


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """Takes the place of .venv and records the calls of pip."""
    monkeypatch.setattr(tasks, "COMPLETE", tmp_path / "complete")
    calls = []
    monkeypatch.setattr(tasks.subprocess, "call", lambda words, cwd: calls.append(words) or 0)
    return calls


def test_requirements_are_installed_once(venv):
    tasks.complete_environment(PROJECT)
    tasks.complete_environment(PROJECT)
    (words,) = venv
    assert words[:3] == [sys.executable, "-m", "pip"]
    assert words[-3:] == ["builder==1", "numpy", "tool==2"]


def test_changed_requirements_start_over(venv, monkeypatch):
    tasks.complete_environment(PROJECT)
    monkeypatch.setattr(tasks, "replace_process", lambda words: sys.exit(words[0]))
    with pytest.raises(SystemExit, match="scripts/run"):
        tasks.complete_environment({**PROJECT, "build-system": {"requires": ["builder==2"]}})
    assert not tasks.COMPLETE.exists()


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
def test_an_interrupted_installation_is_not_taken_for_complete(venv, monkeypatch, end):
    def pip(words, cwd):
        if end is KeyboardInterrupt:
            raise KeyboardInterrupt
        return 1

    monkeypatch.setattr(tasks.subprocess, "call", pip)
    with pytest.raises(end):
        tasks.complete_environment(PROJECT)
    assert not tasks.COMPLETE.exists()


def test_dependencies_run_first_and_once():
    known = {"a": {}, "b": {"depends-on": ["a"]}, "c": {"depends-on": ["b", "a"]}}
    assert tasks.in_order("c", known) == ["a", "b", "c"]


def test_arguments_are_added_to_the_last_command():
    words = tasks.command({"cmd": "true && printf '[%s]'"}, ["a b", "$HOME"])
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "[a b][$HOME]"


def test_an_unknown_task_is_answered_with_the_list(capsys, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert tasks.main(["no-such-task"]) == 2
    told = capsys.readouterr().err
    assert "'no-such-task'" in told
    assert "training" in told


def test_each_task_has_a_description_and_known_dependencies():
    known = tasks.read_toml("pixi.toml")["tasks"]
    for name, task in known.items():
        assert task["description"], name
        assert set(task.get("depends-on", [])) <= set(known)
