"""Gradients in buckets: averaged over processes while backward goes on, each bucket as soon as all of it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mocrograd import autograd, dtypes, ops
from mocrograd import distributed as dist
from mocrograd.autograd.function import LEAF, Function
from mocrograd.distributed import shared
from mocrograd.tensor import Tensor

_SUMMED = (dtypes.float32, dtypes.float64)


class Bucket:
    """Parameters whose gradients travel together, as one array.

    Args:
        params: The parameters, of one dtype and device.
        names: Their names.

    Attributes:
        last: Whether it is the last one: backward is at its end when it is complete, so it is summed at once, without
            the way through the thread.
        expected: How many bytes all buckets have together.
    """

    def __init__(self, params: Sequence[Tensor], names: Sequence[str]) -> None:
        self.params, self.names = list(params), list(names)
        self.dtype = params[0].dtype if params[0].dtype in _SUMMED else dtypes.float32
        self.last = False
        self.expected = 0
        self.sum: Any = None
        self.work: Any = None
        self.flat: Any = None

    def start(self, group: Any, zeros: bool = False) -> None:
        """Begin to sum the gradients of all processes; one that is missing counts as zeros.

        Args:
            group: The processes.
            zeros: Whether this process adds nothing.
        """
        grads = [None if zeros else p.grad for p in self.params]
        parts = [
            ops.zeros(p.numel(), dtype=self.dtype, device=p.device)
            if g is None
            else g.detach().reshape(-1).to(self.dtype)
            for p, g in zip(self.params, grads)
        ]
        with self._named():
            self.sum = shared.begin(group, parts, self.expected, "gradients", self.names[0], self.dtype.name)
            if self.sum is None:
                self.flat = ops.cat(parts)
                self.work = dist.all_reduce(self.flat, group=group, async_op=not self.last)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Have errors name the parameters."""
        try:
            yield
        except RuntimeError as fault:
            raise RuntimeError(f"the gradients of {', '.join(self.names)}: {fault}") from fault

    def finish(self, count: int, used: Callable[[Tensor], bool]) -> None:
        """Wait, and give each parameter the mean.

        Args:
            count: How many processes the sum is divided by.
            used: Whether some process had a gradient for a parameter; the others keep theirs, which is None.
        """
        with self._named():
            if self.sum is not None:
                self.flat = ops.cat(self.sum.finish(count))
            else:
                if self.work is not None:
                    self.work.wait()
                self.flat.div_(count)
        position = 0
        for p in self.params:
            part = self.flat[position : position + p.numel()].view(p.shape)
            position += p.numel()
            if used(p):
                p.grad = part if part.dtype is p.dtype else part.to(p.dtype)
        self.sum = self.work = self.flat = None


def cut(named: Sequence[tuple[str, Tensor]], first: float, others: float) -> list[Bucket]:
    """Distribute parameters over buckets, the last ones first: their gradients come first.

    Args:
        named: Names and parameters.
        first: The size of the first bucket in MiB, which is small so that the exchange begins soon.
        others: That of the others.
    """
    buckets: list[Bucket] = []
    waiting: list[tuple[str, Tensor]] = []
    size = 0

    def close() -> None:
        nonlocal size
        if waiting:
            buckets.append(Bucket([p for _, p in waiting], [name for name, _ in waiting]))
            waiting.clear()
            size = 0

    for name, p in reversed(named):
        if waiting and (waiting[-1][1].dtype is not p.dtype or waiting[-1][1].device is not p.device):
            close()
        waiting.append((name, p))
        size += p.nbytes
        if size >= (others if buckets else first) * 2**20:
            close()
    close()
    buckets[-1].last = True
    for bucket in buckets:
        bucket.expected = sum(p.numel() * one.dtype.itemsize for one in buckets for p in one.params)
    return buckets


class Moment(Function):
    """A node that only tells when all nodes with greater numbers have run."""

    def __init__(self, number: int, call: Callable[[], None]) -> None:
        super().__init__()
        self.number, self.edges, self._call, self._hooks = number, (), call, []

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[()]:
        """Tell it."""
        ctx._call()
        return ()


class Arrival(Function):
    """Stands before the outputs of a model: its backward is the beginning of the model's."""

    @staticmethod
    def forward(ctx: Any, begin: Callable[..., list[Moment]], *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return the tensors."""
        ctx.begin = begin
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """Call what must know of the beginning, with the pass and this node; what it returns is waited for."""
        count = 1 + len(grads)
        ctx.edges = ctx.edges[:count]  # a pass before may have added some
        moments = ctx.begin(autograd.engine.under_way[0], ctx)
        ctx.edges = [*ctx.edges, *[(moment, 0) for moment in moments]]
        ctx.takes = [*ctx.takes[:count], *[None] * len(moments)]
        token = next(grad for grad in grads if grad is not None)
        return (None, *grads, *[token] * len(moments))


def last_nodes(engine: Any, node: Function, wanted: set[Tensor]) -> dict[Tensor, int]:
    """Return for each leaf the number of the last node that sends it something, of those that are still to run.

    Args:
        engine: The pass.
        node: The node that runs now.
        wanted: The leaves.
    """
    found: dict[Tensor, int] = {}
    seen: set[Any] = set()
    waiting = [node, *engine.pending]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        number = one.number
        for edge in one.edges:
            if edge is None:
                continue
            target, output = edge
            if output != LEAF:
                waiting.append(target)
            elif target in wanted and number < found.get(target, number + 1):
                found[target] = number
    return found
