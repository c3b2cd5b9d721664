"""What `mocrograd train` learns from: the data, the network and the loss that a name or a file stands for."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mocrograd import datasets, nn
from mocrograd.dtypes import float32, int64
from mocrograd.ops import manual_seed
from mocrograd.tensor import Tensor
from mocrograd.train.metrics import accuracy
from mocrograd.train.networks import L2, build_network
from mocrograd.transforms import ToTensor
from mocrograd.utils.data import Dataset, TensorDataset

PUBLISHED: dict[str, type[datasets.MNIST] | type[datasets.CIFAR10]] = {
    "mnist": datasets.MNIST,
    "fashion": datasets.FashionMNIST,
    "cifar10": datasets.CIFAR10,
}
EXAMPLES = ("digits", "moons", *PUBLISHED)
EPOCHS = {"mnist": 5, "fashion": 5, "cifar10": 20}
VALIDATION_BATCH = 512
"""Samples in a batch of validation."""
TEST_SIZE = 0.2
"""The share of rows to validate with, where a source has no such part."""


@dataclass
class Source:
    """What to train with.

    Args:
        name: What results are called.
        train: Samples to train with.
        validation: Samples to validate with.
        model: The network.
        loss: Maps outputs and targets to a number.
        epochs: How many epochs, unless the user says another number.
        metrics: What else is measured.
        l2: Factor of the sum of all squared parameters.
    """

    name: str
    train: Dataset[Any]
    validation: Dataset[Any]
    model: nn.Module
    loss: Callable[..., Tensor]
    epochs: int
    metrics: dict[str, Callable[[Tensor, Tensor], Any]]
    l2: float = 0.0


def find_source(
    name: str,
    *,
    network: str = "normal",
    root: str | Path = "data",
    download: bool = False,
    target: str | None = None,
    seed: int = 0,
) -> Source:
    """Make what to train with.

    Args:
        name: digits, moons, mnist, fashion or cifar10; a CSV file; or a Python file that defines `model`. Such a file
            may define `train`, `validation` and `loss` as well; without `train` its model learns the digits.
        network: The network for the digits.
        root: The folder of published sets.
        download: Whether to download published sets.
        target: The column of the CSV file to predict; the last one by default.
        seed: Where the choice of rows to validate with comes from.

    Returns:
        The data, the network and the loss.

    Raises:
        ValueError: The name stands for nothing, or the file lacks something.
        FileNotFoundError: There is no such file.
        RuntimeError: A published set is not there.
    """
    manual_seed(seed)
    if name == "digits":
        source = _classes(network, *_digits(seed), build_network(network), 100)
        source.l2 = L2
        return source
    if name == "moons":
        points, classes = datasets.make_moons(500, seed=seed)
        model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))
        return _classes(name, *_split(points, classes, seed), model, 200)
    if name in PUBLISHED:
        kind = PUBLISHED[name]
        train, validation = (kind(root, part, ToTensor(), download=download) for part in (True, False))
        channels, size = train[0][0].shape[0], train[0][0].shape[-1]
        return _classes(name, train, validation, convolutions(channels, size, len(train.classes)), EPOCHS[name])
    suffix = Path(name).suffix
    if suffix == ".csv":
        return _table(Path(name), target, seed)
    if suffix == ".py":
        return _program(Path(name), seed)
    raise ValueError(f"expected {', '.join(EXAMPLES)}, a .csv file or a .py file, got {name!r}")


def convolutions(channels: int, size: int, classes: int) -> nn.Sequential:
    """Make a small network of convolutions for images.

    Args:
        channels: The channels of an image.
        size: Its height and width.
        classes: How many classes there are.

    Returns:
        A network that maps (N, channels, size, size) to logits, (N, classes).
    """
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * (size // 4) ** 2, 64), nn.ReLU(), nn.Linear(64, classes),
    )  # fmt: skip


def _classes(name: str, train: Any, validation: Any, model: nn.Module, epochs: int) -> Source:
    return Source(name, train, validation, model, nn.CrossEntropyLoss(), epochs, {"accuracy": accuracy})


def _digits(seed: int) -> tuple[TensorDataset, TensorDataset]:
    return _split(*datasets.load_digits(), seed=seed)


def _split(x: Tensor, y: Tensor, seed: int) -> tuple[TensorDataset, TensorDataset]:
    x_train, x_test, y_train, y_test = datasets.train_test_split(x, y, test_size=TEST_SIZE, seed=seed)
    return TensorDataset(x_train, y_train), TensorDataset(x_test, y_test)


def _table(path: Path, target: str | None, seed: int) -> Source:
    """Take a table: features are normalized, and a network of two hidden layers learns classes or numbers."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        table = datasets.from_csv(path, _last_column(path) if target is None else target)
    except KeyError as fault:
        raise ValueError(fault.args[0]) from fault
    x, y = table.tensors
    train, validation = _split(x, y, seed)
    mean, deviation = train.tensors[0].mean(0), train.tensors[0].std(0, correction=0)
    deviation[deviation == 0] = 1
    for part in (train, validation):
        part.tensors = ((part.tensors[0] - mean) / deviation, part.tensors[1])
    outputs = len(table.classes) or _class_count(y)
    hidden = [nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()]
    if outputs:
        return _classes(path.stem, train, validation, nn.Sequential(*hidden, nn.Linear(64, outputs)), 100)
    for part in (train, validation):
        part.tensors = (part.tensors[0], part.tensors[1].to(float32))
    model = nn.Sequential(*hidden, nn.Linear(64, 1), nn.Flatten(0))
    return Source(path.stem, train, validation, model, nn.MSELoss(), 100, {})


def _last_column(path: Path) -> str | None:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        names = next(csv.reader(file), [])
    return names[-1] if names else None


def _class_count(y: Tensor) -> int:
    """Count the classes that whole numbers stand for; 0 where they are no classes: not 0, 1, 2 and so on."""
    found = y.unique().tolist() if y.dtype is int64 else []
    return len(found) if found == list(range(len(found))) else 0


def _program(path: Path, seed: int) -> Source:
    """Run a Python file and take what it defines."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    names = runpy.run_path(str(path))
    model = names.get("model")
    if not isinstance(model, nn.Module):
        found = "nothing" if model is None else type(model).__name__
        raise ValueError(f"{path}: expected it to define model, a Module, got {found}")
    if "train" not in names:
        train, validation = _digits(seed)
        return _classes(path.stem, train, validation, model, 10)
    train = names["train"]
    if "validation" not in names:
        raise ValueError(f"{path} defines train, but no validation")
    source = _classes(path.stem, train, names["validation"], model, 10)
    if "loss" in names:
        source.loss, source.metrics = names["loss"], {}
    return source
