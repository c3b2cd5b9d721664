"""When the schedulers of a trainer step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mocrograd.optim.lr_scheduler import ReduceLROnPlateau
from mocrograd.train.callbacks import monitored


@dataclass
class Schedule:
    """A scheduler and when it steps.

    Attributes:
        scheduler: One of `optim.lr_scheduler`.
        interval: "epoch" or "batch", which is after each step of the optimizers.
        monitor: The measurement that ReduceLROnPlateau reads; the validation's loss, or the loss, by default.
    """

    scheduler: Any
    interval: str = "epoch"
    monitor: str | None = None

    def __post_init__(self) -> None:
        """Check the interval."""
        if self.interval not in ("epoch", "batch"):
            raise ValueError(f"the interval of a scheduler must be 'epoch' or 'batch', got {self.interval!r}")

    def after_epoch(self, measured: Mapping[str, float]) -> None:
        """Step where an epoch is the interval."""
        if self.interval != "epoch":
            return
        if isinstance(self.scheduler, ReduceLROnPlateau):
            default = "validation_loss" if "validation_loss" in measured else "loss"
            self.scheduler.step(monitored(measured, self.monitor or default))
        else:
            self.scheduler.step()

    def after_step(self) -> None:
        """Step where a batch is the interval."""
        if self.interval == "batch":
            self.scheduler.step()


def schedules(given: Any) -> list[Schedule]:
    """Return what a trainer was given as schedules: None, a scheduler, a dict of `Schedule`'s names, or several."""
    if given is None:
        return []
    if isinstance(given, Schedule):
        return [given]
    if isinstance(given, Mapping):
        return [Schedule(**given)]
    if isinstance(given, Sequence):
        return [schedule for item in given for schedule in schedules(item)]
    return [Schedule(given)]
