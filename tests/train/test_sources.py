"""What the command trains with: published sets, tables and programs."""

import mocrograd as mg
import numpy as np
import pytest
from datasets.written import idx, write_cifar, write_mnist
from mocrograd.cli import main
from mocrograd.datasets import load_digits
from mocrograd.train.sources import find_source


def run(capsys, *arguments):
    status = main(["train", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def accuracy_in(out):
    return float(out.split("validation accuracy ")[1].split(" %")[0])


def digits_as_mnist(root):
    """Write the digits that come with the package as MNIST has them: 28 x 28 bytes."""
    x, y = load_digits()
    images = np.pad(
        (x.numpy().reshape(-1, 8, 8) * 255).astype(np.uint8).repeat(3, 1).repeat(3, 2), ((0, 0), (2, 2), (2, 2))
    )
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    order = np.random.default_rng(0).permutation(len(images))
    for part, rows in (("train", order[:1500]), ("t10k", order[1500:])):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(idx(images[rows]))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(idx(y.numpy()[rows].astype(np.uint8)))


def test_a_network_of_convolutions_learns_mnist(capsys, tmp_path):
    digits_as_mnist(tmp_path)
    status, out, err = run(capsys, "mnist", "--data", str(tmp_path), "--quiet", "--lr", "0.03", "--epochs", "8")
    assert (status, err) == (0, "")
    assert out.startswith("mnist: validation accuracy ")
    assert "8 epochs in" in out
    assert accuracy_in(out) > 97


@pytest.mark.parametrize("name", ["fashion", "cifar10"])
def test_other_published_sets(capsys, tmp_path, name):
    write_cifar(tmp_path) if name == "cifar10" else write_mnist(tmp_path, "FashionMNIST")
    status, out, _ = run(capsys, name, "--data", str(tmp_path), "--quiet", "--epochs", "1")
    assert status == 0
    assert out.startswith(f"{name}: validation accuracy ")


def table(tmp_path, target):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 2)) * [1, 1000]
    lines = [f"{a},{b},{target(a, b)}" for a, b in rows.tolist()]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(["a,b,kind", *lines]) + "\n")
    return str(path)


@pytest.mark.parametrize("kind", [lambda a, b: "yes" if a > b / 1000 else "no", lambda a, b: int(a > b / 1000)])
def test_a_table_of_classes(capsys, tmp_path, kind):
    status, out, _ = run(capsys, table(tmp_path, kind), "--quiet", "--epochs", "30")
    assert status == 0
    assert out.startswith("points: validation accuracy ")
    assert accuracy_in(out) > 90


def test_a_table_of_numbers(capsys, tmp_path):
    path = table(tmp_path, lambda a, b: a + b / 500)
    status, out, _ = run(capsys, path, "--quiet", "--epochs", "30", "--target", "kind")
    assert status == 0
    assert out.startswith("points: validation loss ")
    assert float(out.split("validation loss ")[1].split(",")[0]) < 0.2
    status, _, err = run(capsys, path, "--target", "color")
    assert (status, "has no column 'color', but a, b, kind" in err) == (2, True)
    (tmp_path / "points.csv").write_text("a,b\n1,x\nsix,y\n")
    status, _, err = run(capsys, path)
    assert (status, "row 3, column 'a': expected a finite number, got 'six'" in err) == (2, True)


def test_a_column_that_never_changes_is_no_division_by_zero(capsys, tmp_path):
    path = tmp_path / "flat.csv"
    path.write_text("a,b,kind\n" + "".join(f"7,{n},{'yes' if n % 2 else 'no'}\n" for n in range(20)))
    status, out, _ = run(capsys, str(path), "--quiet", "--epochs", "1")
    assert status == 0
    assert "nan" not in out


PROGRAM = """
import mocrograd as mg
from mocrograd.utils.data import TensorDataset
model = mg.nn.Linear(64, 10)
"""


def test_a_program(capsys, tmp_path):
    path = tmp_path / "net.py"
    path.write_text(PROGRAM)
    status, out, _ = run(capsys, str(path), "--quiet")
    assert (status, out.startswith("net: validation accuracy "), "10 epochs in" in out) == (0, True, True)
    assert accuracy_in(out) > 85
    path.write_text(
        PROGRAM + "train = validation = TensorDataset(mg.ones(6, 64), mg.ones(6, 10))\nloss = mg.nn.MSELoss()\n"
    )
    status, out, _ = run(capsys, str(path), "--quiet", "--epochs", "1")
    assert (status, out.startswith("net: validation loss ")) == (0, True)
    for text, words in (
        ("", "expected it to define model, a Module, got nothing"),
        ("model = 3", "expected it to define model, a Module, got int"),
        (PROGRAM + "train = []", "defines train, but no validation"),
    ):
        path.write_text(text)
        status, _, err = run(capsys, str(path))
        assert status == 2
        assert words in err


def test_the_seed_chooses_the_weights_and_rows():
    first, same, other = (find_source("digits", seed=seed) for seed in (1, 1, 2))
    assert first.model[0].weight.equal(same.model[0].weight)
    assert first.train.tensors[0].equal(same.train.tensors[0])
    assert not first.train.tensors[0].equal(other.train.tensors[0])
    assert mg.get_rng_state().tolist()[1] == 2
