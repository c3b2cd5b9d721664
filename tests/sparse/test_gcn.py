"""A program that trains a graph convolutional network, under torch and under `mocrograd run`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the reference for the program")
PROGRAM = Path(__file__).parent / "programs" / "gcn.py"


def output(*command):
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_graph_convolutional_network_trains():
    ours, theirs = output("-m", "mocrograd", "run", str(PROGRAM)), output(str(PROGRAM))
    numbers = [[float(n) for n in re.findall(r"\d+\.\d+", text)] for text in (ours, theirs)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.011)
    assert re.sub(r"\d+\.\d+", "", ours) == re.sub(r"\d+\.\d+", "", theirs)
    assert numbers[0][-1] > 0.8
