"""What an epoch measures: means over the samples, and metrics that accumulate counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mocrograd.autograd import no_grad
from mocrograd.backend import copy_host, count_right, cpu
from mocrograd.tensor import Tensor
from mocrograd.train.classification import Accuracy
from mocrograd.train.metric import Metric

_MOST = 1 << 18
"""Bytes of outputs that wait to be counted together, which costs a tenth of counting each batch."""


class _Waiting:
    """Outputs and targets of batches of one layout, copied one after the other, until they are counted together.

    Copies, because a loader may fill the same memory again.

    Args:
        output: What the model returned for the first of them, contiguous and on the host.
        target: Its target, contiguous and on the host.
    """

    def __init__(self, output: Tensor, target: Tensor) -> None:
        self._output = output._shape, output.dtype, output.nbytes
        self._target = target._shape, target.dtype, target.nbytes
        self._room = max(1, _MOST // max(1, output.nbytes, target.nbytes))
        self._arrays = tuple(
            [np.empty((self._room * t.shape[0], *t.shape[1:]), dtype=t.dtype.numpy) for t in (output, target)]
        )
        self._addresses = self._arrays[0].ctypes.data, self._arrays[1].ctypes.data
        self.count = 0

    def add(self, output: Tensor, target: Tensor) -> bool:
        """Copy a batch; return whether it has the layout of the others, and there is room for it."""
        shape, dtype, nbytes = self._output
        if output._shape != shape or output.dtype is not dtype or not output._dense or self.count == self._room:
            return False
        target_shape, target_dtype, target_bytes = self._target
        if target._shape != target_shape or target.dtype is not target_dtype or not target._dense:
            return False
        outputs, targets = self._addresses
        copy_host(outputs + self.count * nbytes, output.address, nbytes)
        copy_host(targets + self.count * target_bytes, target.address, target_bytes)
        self.count += 1
        return True

    def has_room(self, batches: int) -> bool:
        """Return whether there is room for so many batches more."""
        return self.count + batches <= self._room

    def add_several(self, outputs: Tensor, targets: Tensor, batches: int) -> bool:
        """Copy batches that lie one after the other, for which there is room; return whether their layout fits."""
        for given, (shape, dtype, _) in ((outputs, self._output), (targets, self._target)):
            if given._shape != (batches * shape[0], *shape[1:]) or given.dtype is not dtype or not given._dense:
                return False
        for start, given, (_, _, nbytes) in zip(self._addresses, (outputs, targets), (self._output, self._target)):
            copy_host(start + self.count * nbytes, given.address, batches * nbytes)
        self.count += batches
        return True

    def take(self) -> list[np.ndarray]:
        """Return what waits, as one batch; the next batch takes its memory again."""
        count, self.count = self.count, 0
        return [array[: count * (len(array) // self._room)] for array in self._arrays]


class Measuring:
    """The measurements of an epoch so far.

    Args:
        metrics: By name: a Metric, or a function of output and target that returns a mean over the batch.

    Attributes:
        losses: The samples and the losses of batches, which are summed up later.
        counts: Whether there are metrics.
        accuracy: The metric, where it is the only one and an `Accuracy`.
        may_wait: Whether no metric can tell whether it counts a batch before the next one is trained on.
    """

    def __init__(self, metrics: Mapping[str, Any]) -> None:
        self._samples = 0
        self._sums: dict[str, list[float]] = {}
        self._counted = {name: metric.new() for name, metric in metrics.items() if isinstance(metric, Metric)}
        self._functions = {name: metric for name, metric in metrics.items() if name not in self._counted}
        counted = self._counted.values()
        self._at_once: list[Any] = [metric for metric in counted if type(metric).update is not Metric.update]
        self._together = [metric for metric in counted if type(metric).update is Metric.update]
        self._order = list(metrics)
        self.counts = bool(metrics)
        only = len(self._counted) == 1 == len(metrics) and len(self._at_once) == 1 and _counts_right(self._at_once[0])
        self.accuracy: Accuracy | None = self._at_once[0] if only else None
        self.may_wait = not self._functions and all(_counts_right(metric) for metric in self._at_once)
        self.losses: list[tuple[int, float]] = []
        self._waiting: _Waiting | None = None

    def add(self, size: int, values: Mapping[str, float]) -> None:
        """Add the means of a batch of so many samples."""
        self._samples += size
        for name, value in values.items():
            total = self._sums.setdefault(name, [0.0, 0.0])
            total[0] += size * value
            total[1] += size

    def measure(self, size: int, output: Any, target: Any) -> None:
        """Count what a model returned for a batch."""
        if self._functions:
            with no_grad():
                self.add_only(size, {name: float(of(output, target)) for name, of in self._functions.items()})
        for metric in self._at_once:
            metric.update(output, target)
        if not self._together:
            return
        if not (isinstance(output, Tensor) and isinstance(target, Tensor)):
            self._update(output, target)
            return
        if self._waiting is not None and output.device is cpu is target.device and self._waiting.add(output, target):
            return
        self.flush()
        self._waiting = None
        small = 2 * max(output.nbytes, target.nbytes) <= _MOST
        on_host = output.device is cpu and target.device is cpu
        if on_host and small and output._dense and target._dense and output.ndim and target.ndim:
            self._waiting = _Waiting(output, target)
            self._waiting.add(output, target)
        else:
            self._update(output, target)

    def has_room(self, batches: int) -> bool:
        """Return whether so many batches can wait before any is counted."""
        return self._waiting is None or self._waiting.has_room(batches)

    def measure_together(self, size: int, outputs: Tensor, targets: Tensor) -> bool:
        """Count what a model returned for several batches, in the order and with the sums of `measure`.

        Args:
            size: The samples of each batch.
            outputs: What it returned for all of them, contiguous.
            targets: Their targets, contiguous.

        Returns:
            Whether they were counted; where not, none was.
        """
        batches = len(targets) // size if size else 0
        right = count_right(outputs, targets) if self._at_once else 0
        if right is None or not batches or outputs._shape[:1] != (batches * size,):
            return False
        if self._together:
            if self._waiting is None:
                first = outputs[:size], targets[:size]
                if 2 * max(tensor.nbytes for tensor in first) > _MOST:
                    return False
                self._waiting = _Waiting(*first)
            if not self.has_room(batches) or not self._waiting.add_several(outputs, targets, batches):
                return False
        for metric in self._at_once:
            metric.right += right
            metric.total += targets._size
        return True

    def add_only(self, size: int, values: Mapping[str, float]) -> None:
        """Add means of a batch whose samples are counted elsewhere."""
        samples = self._samples
        self.add(size, values)
        self._samples = samples

    def _update(self, output: Any, target: Any) -> None:
        for metric in self._together:
            metric.update(output, target)

    def flush(self) -> None:
        """Count what waits, batches of equal sizes together."""
        losses = self.losses
        if losses:
            total = self._sums.setdefault("loss", [0.0, 0.0])
            for size, value in losses:
                total[0] += size * value
                total[1] += size
                self._samples += size
            losses.clear()
        if self._waiting is not None and self._waiting.count:
            outputs, targets = self._waiting.take()
            for metric in self._together:
                metric.count(outputs, targets)

    def result(self, prefix: str = "") -> dict[str, Any]:
        """Return the measurements by name.

        Raises:
            ValueError: There was no batch.
        """
        self.flush()
        if self._samples == 0:
            raise ValueError("the loader gave no batch")
        means = {name: total / size for name, (total, size) in self._sums.items() if name not in self._functions}
        for name in self._order:
            if name in self._counted:
                means[name] = self._counted[name].compute()
            else:
                total, size = self._sums[name]
                means[name] = total / size
        return {prefix + name: value for name, value in means.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return sums and counts."""
        self.flush()
        counts = {name: metric.state_dict() for name, metric in self._counted.items()}
        return {"samples": self._samples, "sums": self._sums, "counts": counts}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._samples, self._sums = state_dict["samples"], state_dict["sums"]
        for name, counts in state_dict["counts"].items():
            if name in self._counted:
                self._counted[name].load_state_dict(counts)

    def merge(self, state_dict: dict[str, Any]) -> None:
        """Add the sums and counts that another one's `state_dict` returned."""
        self._samples += state_dict["samples"]
        for name, (total, size) in state_dict["sums"].items():
            known = self._sums.setdefault(name, [0.0, 0.0])
            known[0] += total
            known[1] += size
        for name, counts in state_dict["counts"].items():
            other = self._counted[name].new()
            other.load_state_dict(counts)
            self._counted[name].merge(other)


def _counts_right(metric: Metric) -> bool:
    """Return whether a metric counts as `Accuracy` does."""
    kind = type(metric)
    return isinstance(metric, Accuracy) and kind.update is Accuracy.update and kind.count is Accuracy.count
