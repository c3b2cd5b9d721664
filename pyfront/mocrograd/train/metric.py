"""Metric, the base class of measures that accumulate counts over batches."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor


class Metric:
    """Base class of metrics, which accumulate counts, so that batches of any sizes give what all samples at once give.

    A subclass overrides `reset`, which sets the counts, `count`, which adds those of some samples, and `compute`.
    Counts are NumPy arrays, numbers or lists of arrays, in attributes that `counted` names.

    Example:
        >>> import mocrograd as mg
        >>> class Largest(mg.train.Metric):
        ...     def reset(self):
        ...         self.largest = float("-inf")
        ...     def update(self, output, target):
        ...         self.largest = max(self.largest, output.max().item())
        ...     def compute(self):
        ...         return self.largest
        >>> largest = Largest()
        >>> largest.reset()
        >>> for batch in (mg.tensor([1.0, 5.0]), mg.tensor([2.0])):
        ...     largest.update(batch, None)
        >>> largest.compute()
        5.0
    """

    counted: tuple[str, ...] = ()
    """The names of the attributes that `reset` makes, which a checkpoint keeps."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all samples.

        Raises:
            NotImplementedError: The subclass has no `reset`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no reset")

    def count(self, output: np.ndarray, target: np.ndarray) -> None:
        """Add some samples.

        Raises:
            NotImplementedError: The subclass has no `count`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no count")

    def compute(self) -> Any:
        """Return the measure of all samples so far; nan where there are none.

        Raises:
            NotImplementedError: The subclass has no `compute`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no compute")

    def update(self, output: Tensor, target: Tensor) -> None:
        """Add the samples of a batch.

        Args:
            output: What the model returned.
            target: What it should have returned.

        Raises:
            ValueError: The shapes do not fit, or a label is out of range.
            TypeError: One of them is no tensor.
        """
        for name, value in (("output", output), ("target", target)):
            if not isinstance(value, Tensor):
                raise TypeError(f"{type(self).__name__}: expected a tensor as {name}, got {type(value).__name__}")
        self.count(output.detach().cpu().numpy(), target.detach().cpu().numpy())

    def new(self) -> Metric:
        """Return one with the same options and no samples."""
        kind = type(self)
        if kind.__basicsize__ == Metric.__basicsize__ and not hasattr(kind, "__copy__"):  # no slots: all is in its dict
            other = object.__new__(kind)
            other.__dict__.update(self.__dict__)
        else:
            other = copy.copy(self)
        other.reset()
        return other

    def state_dict(self) -> dict[str, Any]:
        """Return the counts, arrays as tensors."""
        return {name: _saved(getattr(self, name)) for name in self.counted}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        for name in self.counted:
            setattr(self, name, _loaded(state_dict[name]))

    def merge(self, other: Metric) -> None:
        """Add the samples that another one has counted; counts that do not simply add up override it."""
        for name in self.counted:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def fail(self, expected: str, output: np.ndarray, target: np.ndarray) -> ValueError:
        """Return the error of shapes that do not fit."""
        return ValueError(
            f"{type(self).__name__}: expected {expected}, got output {output.shape} and target {target.shape}"
        )


def _saved(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return from_numpy(value.copy())
    return [_saved(item) for item in value] if isinstance(value, list) else value


def _loaded(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.numpy().copy()
    return [_loaded(item) for item in value] if isinstance(value, list) else value
