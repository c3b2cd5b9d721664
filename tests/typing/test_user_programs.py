"""What type checkers see of the package: `mypy --strict` on programs of users, and every public name."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import mocrograd as mg
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RIGHT, WRONG = HERE / "user_program.py", HERE / "wrong_program.py"
MODULES = [
    "accelerator",
    "amp",
    "autograd",
    "autograd.functional",
    "backends",
    "cuda",
    "distributions",
    "func",
    "linalg",
    "nn",
    "nn.functional",
    "nn.init",
    "nn.parallel",
    "nn.utils",
    "nn.utils.parametrize",
    "nn.utils.rnn",
    "optim",
    "optim.lr_scheduler",
    "optim.swa_utils",
    "random",
    "special",
    "testing",
    "utils",
    "utils.checkpoint",
    "utils.data",
]


def public_names(path: str) -> list[str]:
    """Return the names that a module gives to users, without those that it only imports."""
    module = importlib.import_module(".".join(filter(None, ["mocrograd", path])))
    own = [n for n, v in vars(module).items() if (getattr(v, "__module__", "") or "").startswith(module.__name__)]
    names = getattr(module, "__all__", [n for n in own if not n.startswith("_")])
    return [".".join(filter(None, ["mg", path, name])) for name in names]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return mypy's lines about each program, from one run over all: most of its time is its start."""
    every = tmp_path_factory.mktemp("typing") / "every_name.py"
    names = [name for path in ("", *MODULES) for name in public_names(path)]
    members = [f"mg.zeros(1).{name}" for name in dir(mg.Tensor) if not name.startswith("_")]
    imports = [f"import mocrograd.{path}" for path in MODULES]
    every.write_text("\n".join(["import mocrograd as mg", *imports, *names, *members]))
    command = ["--strict", "--follow-imports=silent", "--no-error-summary", "--hide-error-context", "--config-file="]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *command, "--cache-dir", ROOT / ".mypy_cache/users", RIGHT, WRONG, every],
        env=os.environ | {"MYPYPATH": str(Path(mg.__file__).parent.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode < 2, done.stdout + done.stderr
    lines = {path.name: [] for path in (RIGHT, WRONG, every)}
    for line in done.stdout.splitlines():
        path, number, text = re.fullmatch(r"(.+?):(\d+): (.*)", line).groups()
        lines[Path(path).name].append((int(number), text))
    assert len(names) > 900, "public names were not found"
    return lines


def comments(path: Path, word: str) -> list[tuple[int, str]]:
    """Return the lines that have a comment with a word, and what it tells."""
    lines = enumerate(path.read_text().splitlines(), 1)
    return [(number, line.split(f"  # {word}: ")[1]) for number, line in lines if f"  # {word}: " in line]


def short(kind: str) -> str:
    """Return a type as mypy reveals it without the modules of its names."""
    kind = re.fullmatch('note: Revealed type is "(.*)"', kind)[1]
    kind = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", kind)
    return re.sub(r"tuple\[[^\]]*, fallback=(\w+)\]", r"\1", kind)  # a named tuple


def test_mypy_finds_nothing_wrong_with_a_users_program(found):
    assert [line for line in found[RIGHT.name] if line[1].startswith("error")] == []


def test_mypy_knows_the_types_of_results(found):
    revealed = [(number, short(text)) for number, text in found[RIGHT.name] if "Revealed" in text]
    wanted = comments(RIGHT, "type")
    assert len(wanted) > 40
    assert revealed == wanted


def test_mypy_finds_each_mistake(found):
    errors = [(number, text) for number, text in found[WRONG.name] if text.startswith("error")]
    codes = [(number, re.search(r"\[([\w-]+)\]$", text)[1]) for number, text in errors]
    assert codes == comments(WRONG, "error")


def test_mypy_sees_every_public_name(found):
    assert found["every_name.py"] == []


def test_the_program_runs():
    done = subprocess.run(
        [sys.executable, "-W", "error", RIGHT], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(mg.__file__).parent.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
