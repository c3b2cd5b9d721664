"""Tables: rows of numbers with a target, from CSV files and pandas."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from mocrograd.ops import from_numpy, tensor
from mocrograd.tensor import Tensor
from mocrograd.utils.data import TensorDataset

_LARGEST = float(np.finfo(np.float32).max)


class TableDataset(TensorDataset):
    """Rows of a table: features, float32, and a target where there is one.

    Args:
        tensors: The features, (N, F), and the target, (N).
        columns: The names of the features.
        target: The name of the target; None where there is none.
        classes: The names of the classes where the target is one of them, otherwise empty.

    Example:
        >>> import mocrograd as mg
        >>> table = mg.datasets.TableDataset(mg.ones(3, 2), mg.tensor([0, 1, 0]), columns=["a", "b"], target="kind")
        >>> len(table), table.columns
        (3, ['a', 'b'])
    """

    def __init__(
        self, *tensors: Tensor, columns: Sequence[str], target: str | None = None, classes: Sequence[str] = ()
    ) -> None:
        super().__init__(*tensors)
        self.gathers = True
        self.columns = list(columns)
        self.target = target
        self.classes = list(classes)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class by its name."""
        return {name: number for number, name in enumerate(self.classes)}


def from_csv(
    path: str | Path | TextIO,
    target: str | None = None,
    columns: Sequence[str] | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
) -> TableDataset:
    r"""Read a CSV file whose first line names the columns.

    A target of text becomes classes, numbered in the order of their names; one of whole numbers is int64, another
    float32.

    Args:
        path: The file, or text that is open for reading.
        target: The column to predict; None where there is none.
        columns: The columns of the features; all others by default.
        delimiter: What stands between two values.
        encoding: How the text of a file is written.

    Returns:
        The rows, as a TensorDataset of the features, (N, F), and the target, (N).

    Raises:
        FileNotFoundError: There is no such file.
        KeyError: There is no such column.
        ValueError: The file is no such table: the row and the column are named.

    Example:
        >>> import io
        >>> import mocrograd as mg
        >>> table = mg.datasets.from_csv(io.StringIO("height,width,kind\n1,2,cat\n3,4,dog\n"), target="kind")
        >>> table[1]
        (tensor([3., 4.]), tensor(1))
        >>> table.classes
        ['cat', 'dog']
    """
    if not isinstance(path, (str, os.PathLike)):
        return _read("the table", path, target, columns, delimiter)
    try:
        with Path(path).open(newline="", encoding=encoding) as file:
            return _read(str(path), file, target, columns, delimiter)
    except UnicodeDecodeError as fault:
        raise ValueError(f"{path} is no text in {encoding}: {fault}") from fault


def _read(where: str, file: TextIO, target: str | None, columns: Sequence[str] | None, delimiter: str) -> TableDataset:
    """Read the text of a table."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        header = next(reader, [])
        _check_header(where, header)
        for row in reader:
            if row:  # an empty line ends many files
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as fault:
        raise ValueError(f"{where} is no CSV file: line {reader.line_num}: {fault}") from fault
    for line, row in zip(lines, rows):
        if len(row) != len(header):
            raise ValueError(f"{where}: row {line} has {len(row)} values, but there are {len(header)} columns")
    values = {name: [row[position] for row in rows] for position, name in enumerate(header)}
    return _table(where, values, lines, target, columns)


def from_dataframe(frame: Any, target: str | None = None, columns: Sequence[str] | None = None) -> TableDataset:
    """Take a frame of pandas.

    Args:
        frame: A DataFrame. Its features are numbers or bools.
        target: The column to predict; None where there is none. Text and categories become classes.
        columns: The columns of the features; all others by default.

    Returns:
        The rows, as a TensorDataset of the features, (N, F), and the target, (N).

    Raises:
        TypeError: It is no frame.
        KeyError: There is no such column.
        ValueError: A value is missing or no number: the row and the column are named.

    Example:
        >>> import mocrograd as mg
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"age": [20.0, 30.0], "tall": [True, False], "kind": ["cat", "dog"]})
        >>> data = mg.datasets.from_dataframe(frame, target="kind")
        >>> data[0], data[1]
        ((tensor([20.,  1.]), tensor(0)), (tensor([30.,  0.]), tensor(1)))
    """
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        raise TypeError(f"expected a DataFrame, got {type(frame).__name__}")
    header = [str(name) for name in frame.columns]
    _check_header("the frame", header)
    values = {name: frame.iloc[:, position].tolist() for position, name in enumerate(header)}
    return _table("the frame", values, frame.index.tolist(), target, columns)


def _check_header(where: str, header: Sequence[str]) -> None:
    if not header:
        raise ValueError(f"{where} names no columns")
    twice = [name for position, name in enumerate(header) if name in header[:position]]
    if twice:
        raise ValueError(f"{where} has two columns {twice[0]!r}")


def _table(
    where: str,
    values: dict[str, list[Any]],
    rows: Sequence[Any],
    target: str | None,
    columns: Sequence[str] | None,
) -> TableDataset:
    """Make the tensors of columns; rows are how messages name them."""
    chosen = [name for name in values if name != target] if columns is None else list(columns)
    for name in [*chosen, *([] if target is None else [target])]:
        if name not in values:
            raise KeyError(f"{where} has no column {name!r}, but {', '.join(values)}")
    if not rows or not chosen:
        raise ValueError(f"{where} has {len(rows)} rows and {len(chosen)} columns of features")
    features = np.empty((len(rows), len(chosen)), np.float32)
    for position, name in enumerate(chosen):
        features[:, position] = [_number(where, row, name, value) for row, value in zip(rows, values[name])]
    if target is None:
        return TableDataset(from_numpy(features), columns=chosen)
    labels, classes = _labels(where, rows, target, values[target])
    return TableDataset(from_numpy(features), labels, columns=chosen, target=target, classes=classes)


def _number(where: str, row: Any, column: str, value: Any) -> float:
    """Return a value as a number that is finite in float32."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not abs(number) <= _LARGEST:
        what = "a missing value" if value is None or value == "" else repr(value)
        raise ValueError(f"{where}: row {row}, column {column!r}: expected a finite number, got {what}")
    return number


def _labels(where: str, rows: Sequence[Any], column: str, values: Sequence[Any]) -> tuple[Tensor, list[str]]:
    """Return a target and the names of its classes."""
    for row, value in zip(rows, values):
        if value is None or value == "" or value != value:
            raise ValueError(f"{where}: row {row}, column {column!r}: expected a target, got a missing value")
    if any(not _is_number(value) for value in values):
        names = [str(value) for value in values]
        classes = sorted(set(names))
        numbers = {name: number for number, name in enumerate(classes)}
        return tensor([numbers[name] for name in names]), classes
    found = np.array([_number(where, row, column, value) for row, value in zip(rows, values)])
    whole = bool((found == np.floor(found)).all()) and not any("." in str(value) for value in values)
    return from_numpy(found.astype(np.int64 if whole else np.float32)), []


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
