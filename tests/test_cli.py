"""The mocrograd command."""

import subprocess
import sys

import mocrograd as mg
import pytest
from mocrograd.cli import main


def run(capsys, *arguments):
    try:
        status = main(list(arguments))
    except SystemExit as leaving:
        status = leaving.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_train_digits(capsys):
    status, out, err = run(capsys, "train", "digits", "--epochs", "2", "--batch-size", "64", "--seed", "1")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("epoch 1/2  loss ")
    assert lines[-1].startswith("normal: validation accuracy ")
    assert "2 epochs in" in lines[-1]


def test_train_digits_reaches_its_accuracy(capsys):
    status, out, _ = run(capsys, "train", "digits", "--quiet")
    assert status == 0
    assert float(out.split("validation accuracy ")[1].split(" %")[0]) >= 95


def test_train_moons_reaches_its_accuracy(capsys):
    status, out, _ = run(capsys, "train", "moons", "--quiet")
    assert status == 0
    assert float(out.split("validation accuracy ")[1].split(" %")[0]) >= 97


@pytest.mark.parametrize("kernels", ["original", "fixed:3", "dynamic"])
def test_implementation_is_chosen(capsys, kernels):
    status, out, _ = run(capsys, "train", "digits", "--epochs", "1", "--quiet", "--kernels", kernels)
    assert status == 0
    assert len(out.splitlines()) == 1


def test_info(capsys):
    status, out, _ = run(capsys, "info")
    assert status == 0
    for word in ("mocrograd", "python", "numpy", "kernels", "processor", "vectors of", "threads", "devices"):
        assert word in out
    assert "bfloat16     products " in out
    assert len(out.splitlines()) < 20
    extensions = mg.backend.build_info()
    assert sum(int(line.split()[1]) for line in out.splitlines() if line.startswith("built")) == len(extensions)
    _, out, _ = run(capsys, "info", "--verbose")
    assert all(f"built        {name}:" in out for name in extensions)


def test_extensions_that_were_built_otherwise_are_named(capsys, monkeypatch):
    builds = mg.backend.build_info()
    builds["core"] = {**builds["core"], "cpu": "x86_64 another"}
    monkeypatch.setattr(mg.backend, "build_info", lambda: builds)
    _, out, _ = run(capsys, "info")
    assert "built        1 extensions (core): " in out
    assert "x86_64 another" in out


def test_the_command_by_way_of_the_module():
    done = subprocess.run([sys.executable, "-m", "mocrograd", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"mocrograd {mg.__version__}\n"


def test_bench(capsys, monkeypatch):
    monkeypatch.setattr("mocrograd.train.benchmark.SHARES", {"normal": 1})
    status, out, _ = run(capsys, "bench", "1", "40")
    assert status == 0
    assert len(out.splitlines()) == 6 + 1 + 7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "COMMAND"),
        (["dance"], "'dance'"),
        (["train", "cats"], "expected digits, moons, mnist, fashion, cifar10, a .csv file or a .py file, got 'cats'"),
        (["train", "mnist", "--data", "none"], "Dataset not found"),
        (["train", "none.csv"], "there is no file none.csv"),
        (["train", "none.py"], "there is no file none.py"),
        (["train", "digits", "--network", "huge"], "'huge'"),
        (["train", "digits", "--epochs", "0"], "at least 1, got '0'"),
        (["train", "digits", "--epochs", "many"], "got 'many'"),
        (["train", "digits", "--batch-size", "-3"], "got '-3'"),
        (["train", "digits", "--lr", "-1"], "Invalid learning rate: -1.0"),
        (["train", "digits", "--momentum", "-1"], "Invalid momentum value"),
        (["train", "digits", "--kernels", "quick"], "quick"),
        (["train", "digits", "--kernels", "fixed:0"], "positive number, got 0"),
        (["train", "digits", "--kernels", "fixed:two"], "positive integer, got 'two'"),
        (["bench", "0"], "at least 1, got '0'"),
        (["bench", "1", "5000"], "samples must be from 1 to 1797, got 5000"),
    ],
)
def test_errors_are_one_line(capsys, arguments, words):
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert len(err.splitlines()) == 1
    assert "error:" in err
    assert words in err


def test_ctrl_c_leaves_what_was_reached(capsys, monkeypatch):
    def interrupt(callback, epoch, measured):
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("mocrograd.train.callbacks.TextProgress.on_epoch_end", interrupt)
    status, out, _ = run(capsys, "train", "digits", "--epochs", "50")
    assert status == 130
    assert "2 epochs in" in out
    assert "(interrupted)" in out
