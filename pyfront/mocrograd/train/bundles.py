"""Bundles: several batches of a compiled training that are one recorded call, where nothing looks in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from mocrograd import backend, compiler, ops
from mocrograd.backend import copy_host
from mocrograd.compiler import Compiled, Plan
from mocrograd.tensor import Tensor
from mocrograd.train.hooks import Hooks
from mocrograd.train.progress import Progress
from mocrograd.train.saving import ModelCheckpoint
from mocrograd.utils.data import DataLoader

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase

MOST = 8
"""The batches of a bundle."""
_MOST_WORK = 1 << 24
"""The work of a batch, in units of about a nanosecond or less, above which a call for each batch does not matter; an
interruption and a line of progress wait for the whole bundle."""
_MOST_BYTES = 1 << 22
"""The most memory that is copied before each bundle."""
_MOST_FAILURES = 2
"""How many recordings may fail before no further one is tried."""

_PAIR = {tuple}, {list}, {tuple, list}


class _Memory:
    """A copy of what a bundle changes: memory from before, and positions in streams of random numbers.

    Args:
        plans: What the bundle does, as one plan or as the plans of a batch's parts.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        spans = dict(span for plan in plans for span in plan.changed)
        self.nbytes = sum(spans.values())
        self._storage, start = backend.allocate_host(self.nbytes)
        self._spans = []
        for address, nbytes in spans.items():
            self._spans.append((start, address, nbytes))
            start += nbytes
        self._streams = [(stream, 0) for stream in set().union(*[plan.streams for plan in plans])]

    def save(self) -> None:
        """Copy everything."""
        for copy, address, nbytes in self._spans:
            copy_host(copy, address, nbytes)
        if self._streams:
            self._streams = [(stream, stream.taken) for stream, _ in self._streams]

    def restore(self) -> None:
        """Put back what was copied."""
        for copy, address, nbytes in self._spans:
            copy_host(address, copy, nbytes)
        for stream, taken in self._streams:
            stream.taken = taken


class Bundles:
    """Trains on several batches in one call, with what training on each alone gives, to the bit.

    Before each bundle the memory that it changes is copied. Where a loss is not finite, or anything is raised, the copy
    is put back, and the batches are trained on one by one, which raises or warns in its place.

    Args:
        parts: The compiled functions that train on a batch alone; a bundle is recorded where their plans fit, so
            that nothing that they depend on changes from batch to batch.
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts: Sequence[Compiled] = parts
        backward, update = [part.function for part in parts]

        def losses(*tensors: Tensor) -> list[Tensor]:
            made = []
            for inputs, target in zip(tensors[::2], tensors[1::2]):
                loss, _ = backward(inputs, target)
                update()
                made.append(loss.detach().reshape(()))
            return [ops.stack(made)]

        def losses_and_outputs(*tensors: Tensor) -> list[Tensor]:
            made, outputs = [], []
            for inputs, target in zip(tensors[::2], tensors[1::2]):
                loss, output = backward(inputs, target)
                update()
                made.append(loss.detach().reshape(()))
                outputs.append(output.detach())
            if not all(output._dense for output in outputs):
                raise ValueError("metrics count such outputs batch by batch")
            return [ops.stack(made), ops.cat(outputs), ops.cat(tensors[1::2])]

        self._functions = compiler.compile(losses), compiler.compile(losses_and_outputs)
        self._memories: dict[Plan, _Memory] = {}
        self._failures = 0
        self._rests = self._ends = False

    def train(self, trainer: TrainerBase, iterator: Iterator[Any], alone: Callable[[list[Any]], bool]) -> bool:
        """Train on the batches of an epoch.

        Args:
            trainer: The trainer.
            iterator: The batches.
            alone: Trains on some batches one by one, and returns whether the epoch goes on.

        Returns:
            Whether the epoch was finished, and not stopped in its middle.
        """
        self._rests = False
        ending = trainer.hooks.caller("on_train_batch_end")
        while batches := list(islice(iterator, MOST)):
            if not self._train(trainer, batches):
                if not alone(batches):
                    return False
                continue
            if ending is not None:
                ending(trainer, batches[-1], trainer.batch - 1)
            if trainer.should_stop and trainer.batch != trainer.batches:
                return False
        return True

    def _train(self, trainer: TrainerBase, batches: list[Any]) -> bool:
        """Train on batches in one call; return False, with everything as it was, where they need calls of their own."""
        if self._rests or self._ends or trainer.should_stop or len(batches) != MOST:
            return False
        if {*map(type, batches)} not in _PAIR or not trainer.measuring.has_room(MOST):
            return False
        tensors = tuple(chain.from_iterable(batches))
        if len(tensors) != 2 * MOST or {*map(type, tensors)} != {Tensor} or {*map(len, batches)} != {2}:
            return False
        measuring = trainer.measuring
        function = self._functions[measuring.counts]
        recorded = function.find(tensors)
        if recorded is not None and recorded.plan is not None:
            memory = self._memories.get(recorded.plan) or self._memory_of(recorded.plan)
        else:
            found = self._memory_to_record(trainer, tensors)
            if found is None:
                return False
            memory = found
        size = tensors[1]._shape[0]
        memory.save()
        try:
            if recorded is not None:
                losses, *rest = function.replay(recorded, tensors)
            else:
                self._failures += 1
                recorded = function.record_now(tensors)
                if recorded is None:
                    return False
                self._failures -= recorded.plan is not None
                losses, *rest = recorded.result
            values: list[float] = losses.tolist()
            fits = math.isfinite(sum(values))
            if fits and rest and not measuring.measure_together(size, *rest):
                fits, self._ends = False, True
        except Exception:  # which training on the batches one by one raises at its place
            fits = False
        except BaseException:
            memory.restore()
            raise
        if not fits:
            memory.restore()
            self._rests = True
            return False
        measuring.losses += [(size, value) for value in values]
        trainer.latest = {"loss": values[-1]}
        trainer.steps += MOST
        trainer.batch += MOST
        return True

    def _memory_of(self, plan: Plan) -> _Memory:
        memory = self._memories[plan] = _Memory([plan])
        return memory

    def _memory_to_record(self, trainer: TrainerBase, tensors: Sequence[Tensor]) -> _Memory | None:
        """Return what a bundle would change, None where none shall be recorded."""
        backward, update = self._parts
        found = backward.find(tuple(tensors[:2])), update.find(())  # they fit: nothing has changed since they ran
        plans = [recorded.plan for recorded in found if recorded is not None and recorded.plan is not None]
        whole = self._functions[trainer.measuring.counts]
        if len(plans) < len(found) or self._failures >= _MOST_FAILURES or len(whole.plans) >= compiler.MOST_PLANS:
            return None
        layouts = [(t._shape, t._strides, t.dtype, t.device, t.requires_grad) for t in tensors]
        if layouts != layouts[:2] * MOST or not tensors[1]._shape or plans[0].changed_arguments:
            return None
        if sum(plan.work for plan in plans) > _MOST_WORK or tensors[0].device is not backend.cpu:
            return None
        memory = _Memory(plans)
        return memory if memory.nbytes <= _MOST_BYTES else None


def may_bundle(trainer: TrainerBase) -> bool:
    """Return whether nothing looks at a trainer between batches: no hook, loader, scheduler, average, or metric."""
    hooks = trainer.hooks
    return (
        displays_alone(hooks) is not None
        and not hooks.methods("on_train_batch_start")
        and _gives_at_once(trainer.train_loader)
        and trainer.average is None
        and all(schedule.interval == "epoch" for schedule in trainer.schedules)
        and all(type(optimizer).__module__.partition(".")[0] == "mocrograd" for optimizer in trainer.optimizers)
        and trainer.measuring.may_wait
    )


def displays_alone(hooks: Hooks) -> list[Progress] | None:
    """Return the displays of progress, which need not be told of each batch; None where others must be told."""
    displays = []
    for callback, method in hooks.methods("on_train_batch_end"):
        function = getattr(method, "__func__", None)
        if isinstance(callback, Progress) and function is Progress.on_train_batch_end:
            displays.append(callback)
            continue
        writes = not isinstance(callback, ModelCheckpoint) or callback.every_batches is not None
        if writes or function is not ModelCheckpoint.on_train_batch_end:
            return None
    return displays


def _gives_at_once(loader: Any) -> bool:
    """Return whether batches may be taken from a loader before those before them were trained on.

    Code of a user's between them could fill their memory again, or draw from the stream that dropout draws from.
    """
    return type(loader) in (list, tuple) or (type(loader) is DataLoader and loader.only_gathers)
