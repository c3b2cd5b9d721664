"""The data sets that a visitor chooses from, ready to learn: moons, circles, digits, or a table of theirs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd import datasets
from mocrograd.ops import from_numpy
from mocrograd.playground.settings import DATA, choice, text
from mocrograd.tensor import Tensor
from mocrograd.train.server import Refused

MOST_TEXT = 1 << 20
"""The most characters of a table."""
_MOST_ROWS, _MOST_COLUMNS, _MOST_CLASSES, _LEAST_ROWS = 10_000, 64, 20, 10
_TEST_SIZE = 0.2


@dataclass
class Data:
    """Samples of classes.

    Attributes:
        name: What the set is called.
        train: Features, (N, F), and classes, (N), to train with.
        validation: Others to measure with.
        classes: The names of the classes.
    """

    name: str
    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    classes: list[str]

    @property
    def features(self) -> int:
        """How many numbers a sample has."""
        return self.train[0].shape[1]


def choose(request: dict[str, Any]) -> Data:
    """Make the data set that a request names.

    Raises:
        Refused: There is none of this name, or the table is not one.
    """
    name = choice(request, "data", "the data", DATA)
    if name == "digits":
        return _split(name, *datasets.load_digits(), [str(digit) for digit in range(10)])
    if name == "csv":
        return table(text(request, "csv", "the CSV file"))
    make = datasets.make_moons if name == "moons" else datasets.make_circles
    return _split(name, *make(400, noise=0.12), ["first", "second"])


def table(content: str) -> Data:
    """Read the text of a CSV file: names of columns, then rows of numbers that end with their class.

    Features are shifted and scaled to mean 0 and standard deviation 1 on the rows to train with.

    Raises:
        Refused: It is no such table, too small or too large.
    """
    content = content.removeprefix("\ufeff")
    if not content.strip():
        raise Refused("the CSV file is empty")
    if len(content) > MOST_TEXT:
        raise Refused(f"the CSV file has {len(content):,} characters, more than {MOST_TEXT:,}")
    header = [name.strip() for name in content.lstrip("\r\n").splitlines()[0].split(",")]
    if len(header) < 2:
        raise Refused("the CSV file has one column: it needs features, and the class in the last column")
    if len(header) > _MOST_COLUMNS:
        raise Refused(f"the CSV file has {len(header):,} columns, more than {_MOST_COLUMNS}")
    if all(_is_number(name) for name in header):
        raise Refused("the first line of the CSV file must name the columns, but it has numbers")
    try:
        found = datasets.from_csv(io.StringIO(content, newline=""), target=_last(content))
    except (ValueError, KeyError) as fault:
        raise Refused(str(fault.args[0]).replace("the table", "the CSV file")) from fault
    features, target = found.tensors
    labels, classes = _classes(target, found.classes, str(found.target))
    if len(labels) > _MOST_ROWS:
        raise Refused(f"the CSV file has {len(labels):,} rows, more than {_MOST_ROWS:,}")
    if len(labels) < _LEAST_ROWS:
        raise Refused(f"the CSV file has {len(labels)} rows; at least {_LEAST_ROWS} are needed")
    data = _split("CSV file", features, labels, classes)
    mean, deviation = data.train[0].mean(0), data.train[0].std(0, correction=0)
    deviation[~(deviation > 0)] = 1
    for part in (data.train, data.validation):
        part[0].sub_(mean).div_(deviation)
        if not bool(part[0].isfinite().all()):
            raise Refused("the numbers of a column are too large to be scaled")
    return data


def _last(content: str) -> str:
    """Return the name of the last column."""
    import csv

    return next(csv.reader(io.StringIO(content, newline="")), [""])[-1]


def _classes(target: Tensor, names: list[str], column: str) -> tuple[Tensor, list[str]]:
    """Return a target as class indices, and the names of the classes."""
    if target.is_floating_point():
        raise Refused(f"the last column, {column!r}, must have classes: text or whole numbers, not fractions")
    found, indices = np.unique(target.numpy(), return_inverse=True)
    if len(found) < 2:
        raise Refused(f"the last column, {column!r}, has one class alone: there is nothing to tell apart")
    if len(found) > _MOST_CLASSES:
        raise Refused(f"the last column, {column!r}, has {len(found):,} classes, more than {_MOST_CLASSES}")
    return from_numpy(indices.reshape(-1).astype(np.int64)), [names[i] if names else str(i) for i in found.tolist()]


def _split(name: str, x: Tensor, y: Tensor, classes: list[str]) -> Data:
    x_train, x_test, y_train, y_test = datasets.train_test_split(x, y, test_size=_TEST_SIZE, seed=0)
    return Data(name, (x_train, y_train), (x_test, y_test), classes)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
