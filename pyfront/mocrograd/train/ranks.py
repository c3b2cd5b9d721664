"""What a trainer does in each of several processes: its part of every batch, mean gradients, sums of measurements."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mocrograd import distributed as dist
from mocrograd.distributed import mpi
from mocrograd.nn import Module
from mocrograd.nn.parallel import DistributedDataParallel
from mocrograd.nn.parallel.agreement import copy_from
from mocrograd.ops import get_rng_state, set_rng_state, tensor
from mocrograd.tensor import Tensor
from mocrograd.train import batches
from mocrograd.utils.data import DistributedSampler

if TYPE_CHECKING:
    from mocrograd.train.measuring import Measuring


def find(model: Module, distributed: str, shards: int | None = None) -> Ranks | None:
    """Return what a trainer needs among several processes; None in one.

    Args:
        model: The model of the trainer.
        distributed: "auto" or "none".
        shards: Into how many shards batches are cut, where weights must have the same bits for any number of processes.

    Raises:
        ValueError: It is something else, or shards cannot be dealt out evenly.
    """
    if distributed not in ("auto", "none"):
        raise ValueError(f"distributed must be 'auto' or 'none', got {distributed!r}")
    if distributed == "none" or not (dist.is_initialized() or mpi.launched_size() > 1):
        return None
    if not dist.is_initialized():
        dist.init_process_group("mpi")
    return Ranks(model, shards) if dist.get_world_size() > 1 else None


class Ranks:
    """The processes of a training.

    Args:
        model: The model, which may be a DistributedDataParallel already.
        shards: Into how many shards batches are cut.

    Attributes:
        rank, size: The number of this process, and how many there are.
        share: What the loss of this process's part counts, so that the mean over processes is that over samples.
    """

    def __init__(self, model: Module, shards: int | None = None) -> None:
        if not isinstance(model, DistributedDataParallel):
            model = DistributedDataParallel(model, deterministic_shards=shards)
        self.parallel = model
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.share = 1.0

    @property
    def is_first(self) -> bool:
        """Whether this process prints and saves."""
        return self.rank == 0

    def silent(self, callbacks: list[Any]) -> list[Any]:
        """Return the callbacks that neither print nor save, for the processes behind the first."""
        return [callback for callback in callbacks if not callback.first_rank_only]

    def begin(self) -> None:
        """Give all processes the random numbers of the first, so that their loaders have one order."""
        held: list[Any] = [get_rng_state().tolist(), random.getstate(), np.random.get_state()]
        dist.broadcast_object_list(held)
        if not self.is_first:
            set_rng_state(tensor(held[0], dtype=get_rng_state().dtype))
            random.setstate(held[1])
            np.random.set_state(held[2])

    def parts(self, loader: Iterable[Any], source: Any, train: bool = False) -> Iterator[Any]:
        """Yield this process's part of each batch, and set `share`.

        Args:
            loader: The batches, the same in all processes.
            source: What they come from: with a DistributedSampler they are parts already.
            train: Whether batches without a part for this process must give one all the same.
        """
        whole = not isinstance(getattr(source, "sampler", None), DistributedSampler)
        for batch in loader:
            if not whole:
                yield batch
                continue
            count = batches.samples(batch)
            low, high = self.rank * count // self.size, (self.rank + 1) * count // self.size
            if low == high and not train:
                continue
            self.share = (high - low) * self.size / count
            yield cut(batch, low, max(high, low + 1), count)  # where there are too few, a sample that counts nothing
        self.share = 1.0

    def exchange(self) -> None:
        """Average the gradients."""
        self.parallel.exchange_gradients()

    def copy_buffers(self) -> None:
        """Give all processes the buffers of the first."""
        copy_from(self.parallel.process_group, list(self.parallel.module.buffers()))

    def any(self, flag: bool) -> bool:
        """Return whether some process says yes."""
        held = tensor(int(flag))
        dist.all_reduce(held, dist.ReduceOp.MAX)
        return bool(held.item())

    def merge(self, measuring: Measuring) -> None:
        """Add up what all processes have measured."""
        every: list[Any] = [None] * self.size
        dist.all_gather_object(every, measuring.state_dict())
        measuring.load_state_dict(every[0])
        for other in every[1:]:
            measuring.merge(other)


def cut(value: Any, low: int, high: int, count: int) -> Any:
    """Return some samples of a batch: a part of each tensor in it that is as long as the batch."""
    if isinstance(value, Tensor):
        return value[low:high] if value.ndim and value._shape[0] == count else value
    if isinstance(value, dict):
        return {key: cut(item, low, high, count) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [cut(item, low, high, count) for item in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value
