"""Training steps over fixed shards of a batch, whose weights have the same bits for any number of processes."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.nn.parallel import DistributedDataParallel
from mocrograd.nn.parallel.shards import Shards
from mocrograd.train import batches, faults, ranks
from mocrograd.train.base import TrainerBase
from mocrograd.train.measuring import Measuring
from mocrograd.utils.data import DistributedSampler


class Sharding:
    """The shards of this process in a training.

    Args:
        trainer: The trainer, with its model and processes.
        count: Into how many shards all processes together cut a batch.

    Raises:
        ValueError: The trainer has a step of its own, the model is wrapped with other shards, or they cannot be dealt
            out evenly.
    """

    def __init__(self, trainer: TrainerBase, count: int) -> None:
        if trainer.step is not None:
            raise ValueError("deterministic_shards: a `step` of your own calls DistributedDataParallel.shards itself")
        model, among = trainer.model, trainer.ranks
        self.module, self.group, self.shards = model, None, Shards(count, 0, 1)
        if isinstance(model, DistributedDataParallel):
            self.module = model.module
            if model._shards is None or model._shards.count != count:
                raise ValueError(f"expected a DistributedDataParallel that has deterministic_shards={count} too")
        if among is not None:
            self.group, self.shards = among.parallel.process_group, among.parallel._shards

    @staticmethod
    def check(loader: Any) -> None:
        """Check that a loader gives the same batches in all processes.

        Raises:
            ValueError: It gives each its part.
        """
        if isinstance(getattr(loader, "sampler", None), DistributedSampler):
            raise ValueError("deterministic_shards cuts whole batches, and a DistributedSampler gives parts of them")

    def train(self, steps: Any, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Train on a batch: `Steps.train`, a shard at a time.

        Args:
            steps: The functions of the trainer.
            trainer: The trainer.
            batch: The whole batch.
            index: Its number in the epoch.

        Raises:
            NotFiniteError: A loss is not finite, and the trainer is to raise then.
            ValueError: The batch has fewer samples than there are shards.
        """
        first, last = steps.group(trainer, index)
        if index == first:
            steps.spoiled = False
            for optimizer in trainer.optimizers:
                optimizer.zero_grad()
        measured = Measuring(trainer.metrics)
        wrong, total, seen = False, 0.0, 0
        count = batches.samples(batch)
        for low, high in self.shards.ranges(self.module, self.group, count):
            part = ranks.cut(batch, low, high, count)
            inputs, named, target = batches.parts(part)
            loss, output = steps.backward(inputs, named, target, 1 / (last - first))
            value = loss.item()
            if not math.isfinite(value):
                wrong = True
                parts = inputs, named, target
                steps.report(trainer, index, f"loss is {value}", lambda parts=parts: steps.plain_forward(*parts))
            measured.add(high - low, {"loss": value})
            measured.measure(high - low, output, target)
            total, seen = total + (high - low) * value, seen + high - low
        skipped = trainer.on_nan == "skip" and self._must_skip(steps, trainer, index, wrong)
        steps.spoiled = skipped or (steps.spoiled and index > first)
        trainer.latest = {"loss": total / seen}
        if not skipped:
            trainer.measuring.merge(measured.state_dict())
        trainer.between_steps = index + 1 == last
        if trainer.between_steps and not steps.spoiled:
            steps.step(trainer)

    @staticmethod
    def _must_skip(steps: Any, trainer: TrainerBase, index: int, wrong: bool) -> bool:
        """Return whether some process has a loss, or all have a gradient, that is not finite."""
        name = None if wrong else faults.bad_gradient(trainer.model)
        if name is not None:
            steps.report(trainer, index, f"the gradient of {name} is not finite", None)
        wrong = wrong or name is not None
        return wrong if trainer.ranks is None else bool(trainer.ranks.any(wrong))
