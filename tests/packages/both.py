"""Runs a program written for torch twice, over mocrograd and over torch, and compares what it found.

A program stands in `programs/`, imports torch and other people's packages, and calls `report(**figures)` of
`programs/same.py` at its end. Over mocrograd it runs in the environment `.venv-packages`, which `scripts/run packages`
makes and which holds no torch; over torch in the environment of the tests, which sees the packages there behind its own,
and torchvision, for which mocrograd stands itself, in the folder `reference` of that environment.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"
ENVIRONMENT = ROOT / ".venv-packages"
REFERENCE = ENVIRONMENT / "reference"
RESULTS = ROOT / "results" / "packages"


def way(over: str) -> tuple[list[str], dict[str, str]]:
    """Returns the command that runs a program over "mocrograd" or "torch", and the environment that it needs."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    if over == "mocrograd":
        command = [str(ENVIRONMENT / "bin" / "python"), "-W", "error::UserWarning:mocrograd", "-m", "mocrograd", "run"]
        environment["PYTHONPATH"] = str(ROOT / "pyfront")
    else:
        command = [sys.executable, str(PROGRAMS.parent / "over_torch.py")]
        paths = next(ENVIRONMENT.glob("lib/python3*/site-packages")), REFERENCE
        environment["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    environment.pop("VIRTUAL_ENV", None)
    return command, environment


def run(program: str, *arguments: str, over: str, timeout: float = 600) -> dict[str, Any]:
    """Runs a program over "mocrograd" or "torch" and returns what it reported."""
    command, environment = way(over)
    done = subprocess.run(
        [*command, str(PROGRAMS / program), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{program} over {over} failed:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["warnings"] = sorted(set(re.findall(r"^\S+:\d+: (\w*Warning: .*)$", done.stderr, re.MULTILINE)))
    return found


def needs(*packages: str) -> None:
    """Skips the test where torch or the whole environment is missing, and fails where a package is missing in it."""
    pytest.importorskip("torch")
    if not ENVIRONMENT.exists():
        pytest.skip(f"there is no {ENVIRONMENT.name}; scripts/run packages makes it")
    for package in packages:
        places = REFERENCE if package == "torchvision" else next(ENVIRONMENT.glob("lib/python3*/site-packages"))
        assert (places / package).exists(), f"{package} is not installed"


def compare(program: str, *arguments: str, tolerance: float = 1e-4, timeout: float = 600) -> dict[str, Any]:
    """Runs a program over both; each figure must be equal, or close within `tolerance` where it is of floats.

    What mocrograd warns of torch must warn of too.
    Keeps both reports in `results/packages`, where `scripts/other_packages.py` finds them, and returns mocrograd's.
    """
    ours, theirs = (run(program, *arguments, over=over, timeout=timeout) for over in ("mocrograd", "torch"))
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = "-".join([Path(program).stem, *arguments])
    (RESULTS / f"{name}.json").write_text(json.dumps({"mocrograd": ours, "torch": theirs}, indent=1))
    assert set(ours["warnings"]) <= set(theirs["warnings"])
    assert ours["figures"].keys() == theirs["figures"].keys()
    for what, expected in theirs["figures"].items():
        got = ours["figures"][what]
        if isinstance(expected, float) or (isinstance(expected, list) and any(isinstance(x, float) for x in expected)):
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance, err_msg=what)
        else:
            assert got == expected, what
    return ours
