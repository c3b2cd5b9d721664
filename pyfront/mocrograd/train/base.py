"""What callbacks and the parts of the loop see of a trainer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mocrograd.nn import Module
from mocrograd.optim import Optimizer
from mocrograd.optim.swa_utils import AveragedModel
from mocrograd.train.history import History
from mocrograd.train.measuring import Measuring


class TrainerBase:
    """The attributes of a trainer; `Trainer` says what they are."""

    model: Module
    loss: Callable[..., Any] | None
    optimizer: Optimizer | Sequence[Optimizer]
    metrics: dict[str, Any]
    l2: float
    callbacks: list[Any]
    accumulate: int
    clip_norm: float | None
    clip_value: float | None
    compile: bool
    on_nan: str
    step: Callable[[Any, Any], Any] | None
    scaler: Any
    schedules: list[Any]
    average: AveragedModel | None
    history: History
    hooks: Any
    epoch: int
    epochs: int
    batch: int
    batches: int | None
    steps: int
    latest: dict[str, float]
    results: dict[str, Any]
    should_stop: bool
    between_steps: bool
    measuring: Measuring
    train_loader: Iterable[Any]
    validation_loader: Iterable[Any] | None
    position: Any
    ranks: Any
    sharding: Any

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers as a list."""
        return list(self.optimizer) if isinstance(self.optimizer, Sequence) else [self.optimizer]

    @property
    def is_new(self) -> bool:
        """Whether the training has neither a finished epoch nor a finished batch, also none from a checkpoint."""
        return not len(self.history) and not self.batch

    def after_update(self) -> None:
        """Count a step, and do what follows each: averages and schedulers."""
        self.steps += 1
        if self.average is not None:
            self.average.update_parameters(self.model)
        for schedule in self.schedules:
            schedule.after_step()
