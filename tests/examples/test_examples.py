"""The examples run, and learn, in a short form."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name):
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_xor_learns():
    _, losses = example("xor").train(steps=300)
    assert losses[-1] < 0.01 < losses[0]


def test_moons_separates():
    losses, accuracies = example("moons").train(steps=100)
    assert losses[-1] < 0.2 * losses[0]
    assert accuracies[-1] > 0.95


def test_digits_learns():
    history = example("train_digits").train("normal", epochs=15, lr=0.05, samples=500, progress=False)
    assert history["loss"][-1] < 0.6 * history["loss"][0]
    assert history["validation_accuracy"][-1] > 0.5


def test_longer_digits_learns():
    history = example("train_digits").train("longer", epochs=2, samples=200, progress=False)
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("xor", ["--steps", "5"], "1 xor 1 ="),
        ("moons", ["--steps", "5"], "accuracy"),
        ("train_digits", ["--epochs", "1", "--samples", "100"], "validation accuracy"),
    ],
)
def test_examples_run_as_programs(name, options, words):
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
