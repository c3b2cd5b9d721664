"""What a model gets wrong: its confusion matrix and its worst examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.ops import softmax
from mocrograd.tensor import Tensor
from mocrograd.train.modes import evaluating

_MOST_CLASSES = 100


@dataclass
class Examined:
    """What a classifier made of samples.

    Attributes:
        counts: How many samples of each class (rows) it took for each class (columns).
        samples: Inputs of the worst mistakes, the worst first.
        captions: What each of them is, and what the model took it for, how surely.
    """

    counts: np.ndarray
    samples: list[np.ndarray]
    captions: list[str]

    @property
    def right(self) -> int:
        """How many samples it took for what they are."""
        return int(self.counts.trace())

    @property
    def total(self) -> int:
        """How many samples there were."""
        return int(self.counts.sum())


def examine(
    model: Module, batches: Iterable[Any], most: int = 24, names: Sequence[str] | None = None
) -> Examined | None:
    """Return what a classifier makes of samples; None where outputs and targets are not those of classes.

    Args:
        model: Maps inputs to scores, (N, C).
        batches: Pairs of one tensor of inputs and class indices, (N).
        most: How many mistakes are kept.
        names: The classes' names; numbers where they are missing.
    """
    counts: np.ndarray | None = None
    worst: list[tuple[float, np.ndarray, str]] = []
    with evaluating(model):
        for batch in batches:
            if not _is_pair(batch):
                return None
            inputs, targets = batch
            scores = model(inputs)
            if not _is_classes(scores, targets):
                return None
            shares, true = softmax(scores, -1).cpu().numpy(), targets.cpu().numpy()
            if counts is None:
                counts = np.zeros((shares.shape[1], shares.shape[1]), np.int64)
            named = class_names(len(counts), names)
            taken = shares.argmax(1)
            np.add.at(counts, (true, taken), 1)
            surprise = shares[np.arange(len(true)), taken] - shares[np.arange(len(true)), true]
            wrong = [i for i in np.argsort(-surprise).tolist() if taken[i] != true[i]][:most]
            for i in wrong:
                caption = f"{named[true[i]]}, taken for {named[taken[i]]} ({shares[i, taken[i]]:.0%})"
                worst.append((float(surprise[i]), inputs[i].cpu().numpy(), caption))
            worst = sorted(worst, key=lambda entry: -entry[0])[:most]
    if counts is None:
        return None
    return Examined(counts, [sample for _, sample, _ in worst], [caption for *_, caption in worst])


def class_names(count: int, names: Sequence[str] | None) -> list[str]:
    """Return names for classes: those that are given, and numbers for the others."""
    given = list(names or [])[:count]
    return given + [str(i) for i in range(len(given), count)]


def _is_pair(batch: Any) -> bool:
    return isinstance(batch, tuple | list) and len(batch) == 2 and all(isinstance(part, Tensor) for part in batch)


def _is_classes(scores: Any, targets: Tensor) -> bool:
    return (
        isinstance(scores, Tensor)
        and scores.ndim == 2
        and 2 <= scores.shape[1] <= _MOST_CLASSES
        and scores.is_floating_point()
        and tuple(targets.shape) == (len(scores),)
        and not targets.is_floating_point()
    )
