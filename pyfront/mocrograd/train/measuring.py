"""What an epoch measures: means over the samples, and metrics that accumulate counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocrograd.autograd import no_grad
from mocrograd.ops import cat
from mocrograd.tensor import Tensor
from mocrograd.train.metric import Metric

_PENDING = 64
"""How many batches wait to be counted together, which costs a tenth of counting each."""
_ELEMENTS = 1 << 18
"""The elements of outputs beyond which they no longer wait."""


class Measuring:
    """The measurements of an epoch so far.

    Args:
        metrics: By name: a Metric, or a function of output and target that returns a mean over the batch.
    """

    def __init__(self, metrics: Mapping[str, Any]) -> None:
        self._samples = 0
        self._sums: dict[str, list[float]] = {}
        self._counted = {name: metric.new() for name, metric in metrics.items() if isinstance(metric, Metric)}
        self._functions = {name: metric for name, metric in metrics.items() if name not in self._counted}
        self._order = list(metrics)
        self._losses: list[tuple[int, float]] = []
        self._pending: list[tuple[Tensor, Tensor]] = []
        self._elements = 0
        self._memory: tuple[int, int] | None = None

    def add_loss(self, size: int, value: float) -> None:
        """Add the loss of a batch of so many samples; it is summed up later."""
        self._losses.append((size, value))

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
        if not self._counted:
            return
        if not (isinstance(output, Tensor) and isinstance(target, Tensor)):
            self._update(output, target)
            return
        # A loader that fills the same memory again would change what waits.
        outputs, targets = output.data_ptr(), target.data_ptr()
        last, self._memory = self._memory, (outputs, targets)
        if last is None or outputs == last[0] or targets == last[1]:
            self.flush()
            self._update(output, target)
            return
        self._pending.append((output.detach(), target))
        self._elements += output.numel()
        if len(self._pending) >= _PENDING or self._elements > _ELEMENTS:
            self.flush()

    def add_only(self, size: int, values: Mapping[str, float]) -> None:
        """Add means of a batch whose samples are counted elsewhere."""
        samples = self._samples
        self.add(size, values)
        self._samples = samples

    def _update(self, output: Any, target: Any) -> None:
        for metric in self._counted.values():
            metric.update(output, target)

    def flush(self) -> None:
        """Count what waits, batches of equal sizes together."""
        losses, self._losses = self._losses, []
        if losses:
            total = self._sums.setdefault("loss", [0.0, 0.0])
            for size, value in losses:
                total[0] += size * value
                total[1] += size
                self._samples += size
        pending, self._pending, self._elements = self._pending, [], 0
        while pending:
            kind = _kind(pending[0])
            number = next((i for i, pair in enumerate(pending) if _kind(pair) != kind), len(pending))
            outputs, targets = zip(*pending[:number])
            self._update(_joined(outputs), _joined(targets))
            del pending[:number]

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


def _kind(pair: tuple[Tensor, Tensor]) -> Any:
    return tuple(pair[0].shape[1:]), tuple(pair[1].shape[1:]), pair[0].ndim, pair[1].ndim, len(pair[0]) == len(pair[1])


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    with no_grad():
        return tensors[0] if len(tensors) == 1 else cat(list(tensors), 0)
