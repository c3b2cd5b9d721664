"""LearningRateFinder: a search for the learning rate before the training."""

from __future__ import annotations

import copy
import math
from itertools import cycle
from typing import TYPE_CHECKING, Any

from mocrograd.ops.random import default_generator
from mocrograd.train import batches
from mocrograd.train.hooks import Callback

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase

_SMOOTH = 0.9
"""How much of the mean loss stays at a step."""
_FIRST = 10
"""How many of the first losses are not looked at."""
_DIVERGED = 4.0
"""How many times the least loss ends the search."""


class LearningRateFinder(Callback):
    """Trains for some steps with growing rates, goes back, and sets the rate at which the loss fell fastest.

    Args:
        min_lr: The first rate.
        max_lr: The last one.
        num_training_steps: How many steps there are.
        update_attr: Whether the optimizers get the rate found; otherwise it is in `suggestion` alone.

    Attributes:
        rates: The rates that were tried.
        losses: Their losses, smoothed.
        suggestion: The rate found; None where the loss never fell.

    Raises:
        ValueError: The rates are not in order, or there are fewer than 10 steps.
    """

    def __init__(
        self, min_lr: float = 1e-8, max_lr: float = 1.0, num_training_steps: int = 100, update_attr: bool = True
    ) -> None:
        if not 0 < min_lr < max_lr:
            raise ValueError(f"expected 0 < min_lr < max_lr, got {min_lr} and {max_lr}")
        if num_training_steps < 10:
            raise ValueError(f"num_training_steps must be at least 10, got {num_training_steps}")
        self.min_lr, self.max_lr, self.steps = min_lr, max_lr, num_training_steps
        self.update_attr = update_attr
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.suggestion: float | None = None

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Search, unless the training goes on from a checkpoint."""
        if not trainer.is_new:
            return
        model = copy.deepcopy(trainer.model.state_dict())
        states = [copy.deepcopy(optimizer.state_dict()) for optimizer in trainer.optimizers]
        random = default_generator.get_state()
        try:
            self._search(trainer)
        finally:
            trainer.model.load_state_dict(model)
            for optimizer, state in zip(trainer.optimizers, states):
                optimizer.load_state_dict(state)
                optimizer.zero_grad()
            default_generator.set_state(random)
        self.suggestion = self._steepest()
        if self.update_attr and self.suggestion is not None:
            for optimizer in trainer.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = self.suggestion
            for schedule in trainer.schedules:
                if hasattr(schedule.scheduler, "base_lrs"):
                    schedule.scheduler.base_lrs = [self.suggestion] * len(schedule.scheduler.base_lrs)

    def _search(self, trainer: TrainerBase) -> None:
        if trainer.loss is None:
            raise ValueError("LearningRateFinder expected a trainer with a loss, got one with a step of its own")
        trainer.model.train()
        self.rates, self.losses = [], []
        mean, growth = 0.0, (self.max_lr / self.min_lr) ** (1 / (self.steps - 1))
        for i, batch in zip(range(self.steps), cycle(trainer.train_loader)):
            rate = self.min_lr * growth**i
            for optimizer in trainer.optimizers:
                optimizer.zero_grad()
                for group in optimizer.param_groups:
                    group["lr"] = rate
            inputs, named, target = batches.parts(batch)
            loss = trainer.loss(trainer.model(*inputs, **named), target)
            mean = _SMOOTH * mean + (1 - _SMOOTH) * loss.item()
            smooth = mean / (1 - _SMOOTH ** (i + 1))
            if not math.isfinite(smooth) or (i > 10 and smooth > _DIVERGED * min(self.losses)):
                return
            self.rates.append(rate)
            self.losses.append(smooth)
            loss.backward()
            for optimizer in trainer.optimizers:
                optimizer.step()

    def _steepest(self) -> float | None:
        """Return the rate where the loss fell fastest over the logarithm of the rate.

        The first losses are left out, as their average is of few batches and moves with each of them.
        """
        first = max(1, min(_FIRST, len(self.losses) // 3))
        falls = [(self.losses[i + 1] - self.losses[i - 1], i) for i in range(first, len(self.losses) - 1)]
        fall, index = min(falls, default=(0.0, 0))
        return self.rates[index] if fall < 0 else None

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses over the rates with matplotlib.

        Args:
            ax: Where to; new axes by default.

        Returns:
            The axes.

        Raises:
            ImportError: matplotlib is not installed.
        """
        if ax is None:
            try:
                from matplotlib import pyplot
            except ImportError:
                raise ImportError("LearningRateFinder.plot needs matplotlib: pip install matplotlib") from None
            ax = pyplot.figure().add_subplot()
        ax.plot(self.rates, self.losses)
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss")
        if self.suggestion is not None:
            ax.axvline(self.suggestion, linestyle="--")
        return ax
