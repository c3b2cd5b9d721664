"""`DistributedDataParallel`: copies of a model in several processes, whose gradients are averaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from mocrograd import distributed as dist
from mocrograd import ops
from mocrograd.autograd.modes import mode
from mocrograd.backend import recording
from mocrograd.nn.module import Module
from mocrograd.nn.parallel import agreement, buckets
from mocrograd.nn.parallel.shards import Shards
from mocrograd.tensor import Tensor

__all__ = [
    "DistributedDataParallel",
]

_FIRST_MB = 1.0
_groups: list[Any] = [None]


class DistributedDataParallel(Module):
    """Train copies of a module, one in each process: each computes on its batch, and all get the mean of the gradients.

    Parameters and buffers are first those of rank 0. Gradients are gathered in buckets; each is summed over the
    processes as soon as it is complete, while backward goes on. Without a group of several processes the module is
    simply called. The state has the prefix "module.", as in torch.

    In a compiled function use `no_sync`, and call `exchange_gradients` between it and the step of the optimizer.

    Args:
        module: A module with a parameter that requires a gradient.
        device_ids: At most one device.
        output_device: Accepted.
        dim: Accepted.
        broadcast_buffers: Whether buffers are those of rank 0 again before each forward.
        init_sync: Whether models are compared, and parameters and buffers copied from rank 0.
        process_group: The processes; all by default.
        bucket_cap_mb: The size of a bucket in MiB, 25 by default.
        find_unused_parameters: Whether parameters may have no gradient in some processes; each exchange then has one
            more message.
        check_reduction: Accepted.
        gradient_as_bucket_view: Accepted: gradients are always views.
        static_graph: As `find_unused_parameters`.
        deterministic_shards: Into how many shards `shards` cuts a batch: weights then have the same bits for any
            number of processes that divides it.
        options: Further ones of torch, which are accepted.

    Raises:
        RuntimeError: No parameter requires a gradient, or models differ between processes.
        ValueError: There is more than one device, or shards cannot be dealt out evenly.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.parallel.DistributedDataParallel(mg.nn.Linear(2, 1))
        >>> model(mg.ones(3, 2)).sum().backward()
        >>> model.module.weight.grad
        tensor([[3., 3.]])
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0,
        broadcast_buffers: bool = True, init_sync: bool = True, process_group: Any = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False, check_reduction: bool = False,
        gradient_as_bucket_view: bool = False, static_graph: bool = False, *, deterministic_shards: int | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self._named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        if not self._named:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        if device_ids is not None and len(device_ids) > 1:
            raise ValueError(f"device_ids can only be None or contain a single element, got {list(device_ids)}")
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers, find_unused_parameters
        self.static_graph, self.gradient_as_bucket_view = static_graph, gradient_as_bucket_view
        self.require_backward_grad_sync = True
        group = dist.group.WORLD if process_group is None else process_group
        self.ranks = 1 if group is None else group.size()
        # Compiled functions watch what they can reach, which must not be MPI.
        self._group = len(_groups)
        _groups.append(group)
        cap = 25.0 if bucket_cap_mb is None else bucket_cap_mb
        self._buckets = buckets.cut(self._named, min(_FIRST_MB, cap), cap)
        self._params: set[Tensor] = {p for _, p in self._named}
        self._pass: Any = None
        self._compared = False
        self._joined: Any = None
        own = 0 if group is None else group.rank()
        self._shards = None if deterministic_shards is None else Shards(deterministic_shards, own, self.ranks)
        if self.ranks > 1 and init_sync:
            agreement.compare_models(self.process_group, module)
            agreement.copy_from(self.process_group, [*module.parameters(), *module.buffers()])

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the processes."""
        return self.__dict__ | {"_group": 0, "ranks": 1, "_pass": None}

    @property
    def process_group(self) -> Any:
        """The processes; None in a world of one."""
        return _groups[self._group]

    def forward(self, *args: Any, **options: Any) -> Any:
        exchanges = self.ranks > 1 and self.require_backward_grad_sync and self._shards is None
        if not exchanges or not self.training:
            return self.module(*args, **options)
        recording.cannot_replay("DistributedDataParallel exchanges gradients (see no_sync and exchange_gradients)")
        source = 0 if self._joined is None else self._joined.begin()
        if not self._compared and self._joined is None:
            self._compare_batches(args, options)
        self._copy_buffers(source)
        out = self.module(*args, **options)
        return self._watched(out) if mode.grad else out

    def _compare_batches(self, args: Any, options: Any) -> None:
        tensors = [(f"argument {i}", a) for i, a in enumerate(args)] + list(options.items())
        described = [(name, agreement.describe(t, True)) for name, t in tensors if isinstance(t, Tensor)]
        agreement.compare(self.process_group, "batches", described)
        self._compared = True

    def _copy_buffers(self, source: int) -> None:
        if self.broadcast_buffers:
            agreement.copy_from(self.process_group, list(self.module.buffers()), source)

    def _watched(self, out: Any) -> Any:
        """Return the outputs behind a node that tells when their backward begins."""
        if isinstance(out, Tensor):
            return buckets.Arrival.apply(self._begin, out)[0] if out.requires_grad else out
        if isinstance(out, dict):
            kept: Any = out.copy()
            kept.update({key: self._watched(value) for key, value in out.items()})
            return kept
        if isinstance(out, (list, tuple)):
            parts = [self._watched(value) for value in out]
            return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)
        return out

    def _begin(self, engine: Any, node: Any) -> list[buckets.Moment]:
        """Return the moments when backward has computed all of a bucket, so that its exchange begins."""
        if self._pass is engine or not engine.accumulates:
            return []
        self._pass = engine
        started = 0

        def ready(count: int) -> None:
            nonlocal started
            for bucket in self._buckets[started:count]:
                for p in bucket.params:
                    engine.settle(p)
                bucket.start(self.process_group)
            started = max(started, count)

        def end() -> None:
            ready(len(self._buckets))
            self._pass = None
            self._finish()

        engine.ending.append(end)
        if engine.create or engine.accepted is not None:
            return []
        last = buckets.last_nodes(engine, node, self._params)
        earliest, moments = node.number, []
        for count, bucket in enumerate(self._buckets, 1):
            if any(p not in last for p in bucket.params):  # whether it gets a gradient is known at the end
                break
            earliest = min(earliest, *[last[p] for p in bucket.params])
            moments.append(buckets.Moment(earliest - 1, partial(ready, count)))
        return moments

    def _finish(self) -> None:
        """Wait for the buckets, and give the parameters the means.

        Raises:
            RuntimeError: A parameter has no gradient, and `find_unused_parameters` is not set.
        """
        used = self._used()
        count = self.ranks if self._joined is None else self._joined.divisor
        for bucket in self._buckets:
            bucket.finish(count, used.__contains__)

    def _used(self, zeros: bool = False) -> set[Tensor]:
        """Return the parameters for which some process has a gradient."""
        missing = [name for name, p in self._named if p.grad is None]
        if not (self.find_unused_parameters or self.static_graph):
            if missing and not zeros:
                raise RuntimeError(
                    f"on rank {self.process_group.ranks[self.process_group.rank()]} backward gave no gradient to "
                    f"{', '.join(missing)}; if that is meant, pass find_unused_parameters=True to "
                    "DistributedDataParallel"
                )
            return self._params
        flags = ops.tensor([int(p.grad is not None and not zeros) for _, p in self._named])
        dist.all_reduce(flags, dist.ReduceOp.MAX, self.process_group)
        return {p for (_, p), flag in zip(self._named, flags.tolist()) if flag}

    def exchange_gradients(self) -> None:
        """Average the gradients that are there over the processes, for steps without exchange such as compiled ones."""
        if self.ranks > 1:
            for bucket in self._buckets:
                bucket.start(self.process_group)
            self._finish()

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Add up gradients inside a `with` without the other processes; the next backward outside averages the sums."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def shards(self, *batch: Tensor) -> Iterator[Any]:
        """Cut the batch of all processes into `deterministic_shards` parts, and give those of this process.

        For each of them call the model and backward of the mean loss; after the last one the parameters have the
        gradient of the whole batch, with the same bits for any number of processes.

        Args:
            batch: Tensors, the same in all processes; they are cut along the first dimension.

        Yields:
            The parts of a shard, a tuple of them where there are several tensors.

        Raises:
            RuntimeError: The model was made without `deterministic_shards`.
        """
        if self._shards is None:
            raise RuntimeError("shards: make the DistributedDataParallel with deterministic_shards=S")
        return self._shards.run(self.module, self.process_group, batch)

    def join(
        self, divide_by_initial_world_size: bool = True, enable: bool = True, throw_on_early_termination: bool = False
    ) -> Any:
        """Let processes have different numbers of batches inside a `with`: those that are done follow the others.

        Args:
            divide_by_initial_world_size: Whether sums are divided by the number of all processes, not by that of those
                which still have batches.
            enable: Whether to do so.
            throw_on_early_termination: Whether all raise when the first one is done.
        """
        from mocrograd.nn.parallel.uneven import Join

        return Join(self, divide_by_initial_world_size, enable and self.ranks > 1, throw_on_early_termination)

    def register_comm_hook(self, state: object, hook: Any) -> None:
        """Do nothing in a group of one.

        Raises:
            NotImplementedError: There are several processes: gradients are always averaged.
        """
        if self.ranks > 1:
            raise NotImplementedError("DistributedDataParallel.register_comm_hook: gradients are always averaged")
