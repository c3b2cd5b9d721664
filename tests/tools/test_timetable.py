"""The timetable: what it forecasts, what it prints, and that pytest's own closing line stays the last."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import timetable
from toolchain import ROOT

CONFTEST = """
import pathlib, timetable
timetable.KEPT = timetable.GIVEN = pathlib.Path(__file__).with_name("kept") / "times.json"
timetable.WORTH_TELLING = -1
pytest_plugins = ["timetable"]
"""
FILES = {
    "conftest.py": CONFTEST,
    "kept/times.json": '{"test_slow.py": [2, 21.0], "test_gone.py": [1, 9.0]}',
    "test_slow.py": "import time, pytest\n@pytest.mark.parametrize('n', range(4))\ndef test_nap(n):\n    time.sleep(0.1)\n",
    "test_quick.py": "def test_one():\n    pass\n",
}


def test_a_forecast_takes_the_mean_of_the_file_and_else_of_all():
    known = {"a.py": (4, 2.0), "b.py": (1, 8.0)}
    assert timetable.forecast(["a.py::x", "a.py::y[1::2]", "b.py::z"], known) == 0.5 + 0.5 + 8
    assert timetable.forecast(["new.py::x"], known) == 2.0
    assert timetable.forecast(["new.py::x"], {}) == 0.0


def test_a_table_names_folders_then_files_by_their_share():
    lines = timetable.table({"tests/a/x.py": (3, 1.0), "tests/a/y.py": (1, 2.0), "tests/z.py": (5, 5.0)})
    assert [line.split()[0] for line in lines] == [
        *("all", "tests", "tests/a"),
        *("tests/z.py", "tests/a/y.py", "tests/a/x.py"),
    ]
    assert lines[2].split() == ["tests/a", "4", "tests", "3.0", "s", "38", "%"]


@pytest.mark.parametrize(("workers", "expected"), [("0", "52 s"), ("2", "26 s")])
def test_a_run_tells_and_keeps_its_times(tmp_path, workers, expected):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT / 'scripts'}", "PYTEST_ADDOPTS": ""}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", "--rootdir", ".", "."]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"5 tests, about {expected}\n" in done.stdout
    *_, last = done.stdout.strip().splitlines()
    assert re.search(r"5 passed.* in [\d.]+s", last)
    (line,) = re.findall(r"test_slow\.py +4 tests +([\d.]+) s", done.stdout)
    assert 0.4 <= float(line) < 30
    kept = timetable.read(tmp_path / "kept" / "times.json")
    assert kept["test_gone.py"] == (1, 9.0)
    assert kept["test_slow.py"][0] == 4
    assert kept["test_quick.py"][0] == 1
