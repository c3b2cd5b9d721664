"""Processes with different numbers of batches: those that are done take part in the exchanges of the others."""

from __future__ import annotations

from typing import Any

from mocrograd import distributed as dist
from mocrograd import dtypes, ops
from mocrograd.nn.parallel import agreement


class Join:
    """The `with` of `DistributedDataParallel.join`."""

    def __init__(self, model: Any, by_all: bool, enable: bool, throws: bool) -> None:
        self.model, self.by_all, self.enable, self.throws = model, by_all, enable, throws
        self.divisor = model.ranks
        self.last = [0]  # who had a batch in the last round that somebody had one

    def __enter__(self) -> None:
        if self.enable:
            self.model._joined = self

    def begin(self) -> int:
        """Count who has a batch; return the first of them."""
        return self._active(1)[0]

    def _active(self, own: int) -> list[int]:
        group = self.model.process_group
        flags = ops.zeros(group.size(), dtype=dtypes.int64)
        flags[group.rank()] = own
        dist.all_reduce(flags, dist.ReduceOp.MAX, group)
        active = [i for i, flag in enumerate(flags.tolist()) if flag]
        if self.throws and len(active) < group.size():
            raise RuntimeError("Detected at least one rank that exhausted inputs. Throwing across all ranks.")
        if not self.by_all:
            self.divisor = max(len(active), 1)
        self.last = active or self.last
        return active

    def __exit__(self, kind: Any, *others: Any) -> None:
        if not self.enable:
            return
        model = self.model
        try:
            while kind is None and (active := self._active(0)):
                model._copy_buffers(active[0])
                for bucket in model._buckets:
                    bucket.start(model.process_group, zeros=True)
                model._used(zeros=True)
                for bucket in model._buckets:
                    bucket.finish(self.divisor, lambda p: False)
            if kind is None:  # who was done first has older parameters
                tensors = [*model.module.parameters(), *model.module.buffers()]
                agreement.copy_from(model.process_group, tensors, self.last[0])
        finally:
            model._joined = None
