"""Metrics of classes: accuracy, precision, recall, F1, the confusion matrix, and the area under the ROC curve."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.backend import count_right
from mocrograd.tensor import Tensor
from mocrograd.train.metric import Metric


def _check_labels(metric: Metric, target: np.ndarray, classes: int) -> None:
    if target.dtype.kind not in "iub" and not np.array_equal(target, np.floor(target)):
        raise ValueError(f"{type(metric).__name__}: expected whole numbers as labels, got {target.dtype}")
    if target.size and not 0 <= int(target.min()) <= int(target.max()) < classes:
        wrong = target.min() if target.min() < 0 else target.max()
        raise ValueError(f"{type(metric).__name__}: label {int(wrong)} is out of range for {classes} classes")


def _scores(metric: Metric, output: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, (N, C), and labels, (N), of outputs whose classes are along the second axis."""
    if output.ndim != target.ndim + 1 or output.shape[:1] + output.shape[2:] != target.shape:
        raise metric.fail("output (N, C, ...) and target (N, ...)", output, target)
    _check_labels(metric, target, output.shape[1])
    rows = output if output.ndim == 2 else np.moveaxis(output, 1, -1).reshape(-1, output.shape[1])
    return rows, target.reshape(-1).astype(np.int64, copy=False)


class _Predicted(Metric):
    """What metrics of predicted labels have in common.

    Args:
        threshold: The score above which a sample is in class 1, where an output has one score for each target.
    """

    def __init__(self, threshold: float = 0.0) -> None:
        self.threshold = threshold
        super().__init__()

    def labels(self, output: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Return predicted labels, true labels and the number of classes."""
        if output.shape == target.shape or (output.ndim == target.ndim + 1 and output.shape[1] == 1):
            _check_labels(self, target, 2)
            if output.size != target.size:
                raise self.fail("as many scores as targets", output, target)
            return (output > self.threshold).reshape(-1).astype(np.int64), target.reshape(-1).astype(np.int64), 2
        rows, true = _scores(self, output, target)
        return rows.argmax(-1), true, rows.shape[1]


class Accuracy(_Predicted):
    """The share of samples whose predicted class is the target.

    Outputs are (N, C, ...), with the scores of the classes along the second axis, targets (N, ...); or both (N, ...),
    with one score for each target.

    Args:
        threshold: The score above which a sample is in class 1, where there is one score for each target.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.Accuracy()
        >>> metric.update(mg.tensor([[0.1, 0.9], [0.8, 0.2]]), mg.tensor([1, 1]))
        >>> metric.compute()
        0.5
    """

    counted = ("right", "total")

    def reset(self) -> None:
        """Forget all samples."""
        self.right = self.total = 0

    def update(self, output: Tensor, target: Tensor) -> None:
        """Add the samples of a batch; see `Metric.update`."""
        right = count_right(output, target) if type(self).count is Accuracy.count else None
        if right is None:
            super().update(output, target)
        else:
            self.right += right
            self.total += target._size

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        predicted, true, _ = self.labels(output, target)
        self.right += int(np.count_nonzero(predicted == true))
        self.total += true.size

    def compute(self) -> float:
        """Return the share; nan of no samples."""
        return self.right / self.total if self.total else float("nan")


class TopK(Metric):
    """The share of samples whose target is among the k classes with the greatest scores.

    Args:
        k: How many classes.

    Raises:
        ValueError: k is below 1.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.TopK(k=2)
        >>> metric.update(mg.tensor([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]), mg.tensor([1, 2]))
        >>> metric.compute()
        0.5
    """

    counted = ("right", "total")

    def __init__(self, k: int = 5) -> None:
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        self.k = k
        super().__init__()

    def reset(self) -> None:
        """Forget all samples."""
        self.right = self.total = 0

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        rows, true = _scores(self, output, target)
        if self.k > rows.shape[1]:
            raise ValueError(f"TopK: k={self.k} is more than the {rows.shape[1]} classes")
        own = np.take_along_axis(rows, true[:, None], 1)
        # Of equal scores the first classes count, as argmax has it.
        before = (rows > own) | ((rows == own) & (np.arange(rows.shape[1]) < true[:, None]))
        self.right += int((before.sum(1) < self.k).sum())
        self.total += true.size

    def compute(self) -> float:
        """Return the share; nan of no samples."""
        return self.right / self.total if self.total else float("nan")


class ConfusionMatrix(_Predicted):
    """How many samples of each class were predicted as each class: rows are targets, columns predictions.

    It is no number, so it is not in the history: `trainer.results` has the last one.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.ConfusionMatrix()
        >>> metric.update(mg.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]), mg.tensor([0, 1, 1]))
        >>> metric.compute()
        array([[1, 0],
               [1, 1]])
    """

    counted = ("matrix",)

    def reset(self) -> None:
        """Forget all samples."""
        self.matrix = np.zeros((0, 0), np.int64)

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        predicted, true, classes = self.labels(output, target)
        if self.matrix.size == 0:
            self.matrix = np.zeros((classes, classes), np.int64)
        if len(self.matrix) != classes:
            raise ValueError(f"{type(self).__name__}: expected {len(self.matrix)} classes as before, got {classes}")
        self.matrix = self.matrix + np.bincount(classes * true + predicted, minlength=classes**2).reshape(
            classes, classes
        )

    def compute(self) -> Any:
        """Return the matrix, (C, C), int64."""
        return self.matrix


class _OfClasses(ConfusionMatrix):
    """A ratio of counts for each class.

    Args:
        average: "macro", the mean over the classes that occur; "micro", of all counts; or "binary", of class 1.
        threshold: The score above which a sample is in class 1, where there is one score for each target.

    Raises:
        ValueError: The average is unknown.
    """

    def __init__(self, average: str = "macro", threshold: float = 0.0) -> None:
        if average not in ("macro", "micro", "binary"):
            raise ValueError(f"average must be 'macro', 'micro' or 'binary', got {average!r}")
        self.average = average
        super().__init__(threshold)

    def ratio(self, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
        """Return numerator and denominator, stacked."""
        raise NotImplementedError(f"{type(self).__name__} has no ratio")

    def compute(self) -> float:
        """Return the ratio; a class without a denominator counts as 0; nan of no samples."""
        if not self.matrix.sum():
            return float("nan")
        counts = np.stack([self.matrix.diagonal(), self.matrix.sum(0), self.matrix.sum(1)])
        if self.average == "binary":
            if len(self.matrix) != 2:
                raise ValueError(f"{type(self).__name__}: average='binary' expected 2 classes, got {len(self.matrix)}")
            counts = counts[:, 1:]
        elif self.average == "micro":
            counts = counts.sum(1, keepdims=True)
        else:
            counts = counts[:, counts[1] + counts[2] > 0]
        above, below = self.ratio(*counts)
        return float(np.divide(above, below, out=np.zeros(len(above)), where=below > 0).mean())


class Precision(_OfClasses):
    """The share of the samples predicted as a class that are in it.

    Args:
        average: "macro", the mean over the classes that occur; "micro", of all counts; or "binary", of class 1.
        threshold: The score above which a sample is in class 1, where there is one score for each target.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.Precision()
        >>> metric.update(mg.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]), mg.tensor([0, 1, 1]))
        >>> metric.compute()
        0.75
    """

    def ratio(self, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
        """Return hits and predictions."""
        return np.stack([hits, predicted])


class Recall(_OfClasses):
    """The share of the samples of a class that are predicted as it.

    Args:
        average: "macro", the mean over the classes that occur; "micro", of all counts; or "binary", of class 1.
        threshold: The score above which a sample is in class 1, where there is one score for each target.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.Recall()
        >>> metric.update(mg.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]), mg.tensor([0, 1, 1]))
        >>> metric.compute()
        0.75
    """

    def ratio(self, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
        """Return hits and samples."""
        return np.stack([hits, true])


class F1(_OfClasses):
    """The harmonic mean of precision and recall.

    Args:
        average: "macro", the mean over the classes that occur; "micro", of all counts; or "binary", of class 1.
        threshold: The score above which a sample is in class 1, where there is one score for each target.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.F1()
        >>> metric.update(mg.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0]]), mg.tensor([0, 1, 1]))
        >>> metric.compute()
        0.6666666666666666
    """

    def ratio(self, hits: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
        """Return twice the hits, and predictions and samples together."""
        return np.stack([2 * hits, predicted + true])


class AUROC(Metric):
    """The area under the curve of true against false positives; of several classes the mean of one against the rest.

    It keeps all scores of an epoch. Outputs are (N, C), or have one score for each target.

    Example:
        >>> import mocrograd as mg
        >>> metric = mg.train.AUROC()
        >>> metric.update(mg.tensor([-1.0, 0.5, 2.0]), mg.tensor([0, 1, 1]))
        >>> metric.compute()
        1.0
    """

    counted = ("scores", "targets")

    def reset(self) -> None:
        """Forget all samples."""
        self.scores: list[np.ndarray] = []
        self.targets: list[np.ndarray] = []

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples."""
        if output.size == target.size:
            _check_labels(self, target, 2)
            rows, true = output.reshape(-1, 1), target.reshape(-1).astype(np.int64)
        else:
            rows, true = _scores(self, output, target)
            rows = rows[:, 1:] - rows[:, :1] if rows.shape[1] == 2 else rows
        self.scores.append(rows.copy())
        self.targets.append(true.copy())

    def compute(self) -> float:
        """Return the mean area over the classes that have samples inside and outside; nan where none has."""
        if not self.scores:
            return float("nan")
        scores, true = np.concatenate(self.scores), np.concatenate(self.targets)
        single = scores.shape[1] == 1
        areas = [_area(scores[:, c], true == (1 if single else c)) for c in range(scores.shape[1])]
        known = [area for area in areas if area is not None]
        return sum(known) / len(known) if known else float("nan")


def _area(scores: np.ndarray, positive: np.ndarray) -> float | None:
    """Return the probability that a positive sample has the greater score, from mean ranks; None without both kinds."""
    inside = int(positive.sum())
    outside = positive.size - inside
    if not inside or not outside:
        return None
    _, index, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[index]
    return float((ranks[positive].sum() - inside * (inside + 1) / 2) / (inside * outside))
