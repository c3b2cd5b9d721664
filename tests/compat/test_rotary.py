"""A language model with complex numbers inside learns over the library as it does over torch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "rotary_program.py"


def printed(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_model_that_turns_by_complex_numbers_learns_as_over_torch():
    pytest.importorskip("torch", reason="torch is not installed")
    ours, theirs = printed("-m", "mocrograd", "run", str(PROGRAM)), printed(str(PROGRAM))
    assert ours["dtype"] == theirs["dtype"] == "torch.complex64"
    assert ours["shape"] == theirs["shape"]
    assert ours["losses"] == pytest.approx(theirs["losses"], rel=1e-3)
    assert ours["losses"][-1] < 0.5 * ours["losses"][0]
