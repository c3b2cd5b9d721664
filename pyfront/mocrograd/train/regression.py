"""Metrics of numbers: absolute and squared errors, R2; and perplexity."""

from __future__ import annotations

import math

import numpy as np

from mocrograd.train.metric import Metric


class _Errors(Metric):
    """Differences of outputs and targets of one shape."""

    def difference(self, output: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return output - target in float64."""
        if output.shape != target.shape:
            raise self.fail("the same shape", output, target)
        return output.astype(np.float64) - target


class MAE(_Errors):
    """The mean absolute error.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.MAE()
        >>> metric.update(mg.tensor([1.0, 4.0]), mg.tensor([0.0, 2.0]))
        >>> metric.compute()
        1.5
    """

    counted = ("total", "number")

    def reset(self) -> None:
        """Forget all samples."""
        self.total, self.number = 0.0, 0

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        self.total += float(np.abs(self.difference(output, target)).sum())
        self.number += target.size

    def compute(self) -> float:
        """Return the mean; nan of no samples."""
        return self.total / self.number if self.number else float("nan")


class RMSE(MAE):
    """The root of the mean squared error.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.RMSE()
        >>> metric.update(mg.tensor([3.0, 4.0]), mg.tensor([0.0, 0.0]))
        >>> round(metric.compute(), 4)
        3.5355
    """

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        self.total += float(np.square(self.difference(output, target)).sum())
        self.number += target.size

    def compute(self) -> float:
        """Return the root; nan of no samples."""
        return math.sqrt(self.total / self.number) if self.number else float("nan")


class R2(_Errors):
    """The share of the targets' variance that the outputs explain; of several columns the mean.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.R2()
        >>> metric.update(mg.tensor([1.0, 2.0, 3.0]), mg.tensor([1.0, 2.0, 3.0]))
        >>> metric.compute()
        1.0
    """

    counted = ("errors", "mean", "spread", "number")

    def reset(self) -> None:
        """Forget all samples."""
        self.number = 0
        self.errors = self.mean = self.spread = np.zeros(0)

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples, with means and spreads joined, which loses no digits."""
        difference = self.difference(output, target).reshape(len(target), -1)
        columns = target.astype(np.float64).reshape(len(target), -1)
        if not len(columns):
            return
        mean = columns.mean(0)
        self._join(np.square(difference).sum(0), mean, np.square(columns - mean).sum(0), len(columns))

    def merge(self, other: Metric) -> None:
        """Add the samples that another one has counted."""
        if isinstance(other, R2) and other.number:
            self._join(other.errors, other.mean, other.spread, other.number)

    def _join(self, errors: np.ndarray, mean: np.ndarray, spread: np.ndarray, size: int) -> None:
        if not self.number:
            self.errors = self.mean = self.spread = np.zeros(len(mean))
        apart, total = mean - self.mean, self.number + size
        self.errors = self.errors + errors
        self.spread = self.spread + spread + apart**2 * self.number * size / total
        self.mean = self.mean + apart * size / total
        self.number = total

    def compute(self) -> float:
        """Return the share: 1 is perfect, 0 as good as the mean; nan of fewer than two samples."""
        if self.number < 2:
            return float("nan")
        constant = self.spread == 0
        shares = 1 - self.errors / np.where(constant, 1, self.spread)
        return float(np.where(constant, self.errors == 0, shares).mean())


class Perplexity(Metric):
    """The exponential of the mean cross-entropy of scores, (N, C, ...), and labels, (N, ...).

    Args:
        ignore_index: Labels that do not count.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.Perplexity()
        >>> metric.update(mg.zeros(2, 4), mg.tensor([0, 3]))
        >>> round(metric.compute(), 4)
        4.0
    """

    counted = ("total", "number")

    def __init__(self, ignore_index: int = -100) -> None:
        self.ignore_index = ignore_index
        super().__init__()

    def reset(self) -> None:
        """Forget all samples."""
        self.total, self.number = 0.0, 0

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        if output.ndim != target.ndim + 1 or output.shape[:1] + output.shape[2:] != target.shape:
            raise self.fail("output (N, C, ...) and target (N, ...)", output, target)
        rows = np.moveaxis(output, 1, -1).reshape(-1, output.shape[1]).astype(np.float64)
        labels = target.reshape(-1)
        rows, labels = rows[labels != self.ignore_index], labels[labels != self.ignore_index]
        if not labels.size:
            return
        if not 0 <= labels.min() <= labels.max() < rows.shape[1]:
            wrong = labels.min() if labels.min() < 0 else labels.max()
            raise ValueError(f"Perplexity: label {int(wrong)} is out of range for {rows.shape[1]} classes")
        top = rows.max(1)
        sums = top + np.log(np.exp(rows - top[:, None]).sum(1))
        self.total += float((sums - np.take_along_axis(rows, labels[:, None], 1)[:, 0]).sum())
        self.number += labels.size

    def compute(self) -> float:
        """Return the perplexity; nan of no samples."""
        mean = self.total / self.number if self.number else float("nan")
        return math.inf if mean > 709 else math.exp(mean)
