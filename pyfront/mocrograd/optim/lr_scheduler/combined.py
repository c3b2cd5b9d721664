"""Schedules made of schedules: one after the other, or all together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from mocrograd.optim.lr_scheduler.base import LRScheduler, options_of, set_option
from mocrograd.optim.lr_scheduler.plateau import ReduceLROnPlateau
from mocrograd.optim.optimizer import Optimizer


class _OfSchedules(LRScheduler):
    """A schedule that keeps others."""

    _not_saved = ("optimizer", "_schedulers")
    _schedulers: Sequence[LRScheduler]

    def _check(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        for position, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {position} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau`, whose step takes a measurement, but got one at "
                    f"index {position} in the given schedulers sequence."
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {position} with another one."
                )

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer, the states of the schedules included."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"]):
            scheduler.load_state_dict(state)


class SequentialLR(_OfSchedules):
    """Follows one schedule after the other; each begins at its first epoch when its turn comes.

    Args:
        optimizer: Its groups' rates are set.
        schedulers: The schedules, of this optimizer.
        milestones: The epochs at which the second, third, ... begin.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: There are no schedules, or not one more than milestones, or one is of another optimizer or waits
            for measurements.
        TypeError: One is no schedule.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> warm = mg.optim.lr_scheduler.LinearLR(optimizer, 0.5, total_iters=2)
        >>> then = mg.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        >>> scheduler = mg.optim.lr_scheduler.SequentialLR(optimizer, [warm, then], milestones=[2])
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        """Undo the first steps of all schedules, and take that of the first one."""
        if len(schedulers) < 1:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler, but got no scheduler.")
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._schedulers, self._milestones = schedulers, milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            set_option(group, "lr", group["initial_lr"])
        _undo(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Go to the next epoch, of the schedule whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo(scheduler: Any) -> None:
    """Take back the epoch that schedules counted when they were made, those inside of others included."""
    if isinstance(scheduler, _OfSchedules):
        for inner in scheduler._schedulers:
            _undo(inner)
    else:
        scheduler.last_epoch -= 1


class ChainedScheduler(_OfSchedules):
    """Takes a step of several schedules at once, each from the rates that the one before has set.

    Args:
        schedulers: The schedules, of one optimizer.
        optimizer: Their optimizer; by default that of the first.

    Raises:
        ValueError: There are no schedules, or one is of another optimizer or waits for measurements.
        TypeError: One is no schedule.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> low = mg.optim.lr_scheduler.ConstantLR(optimizer, 0.1, total_iters=2)
        >>> falling = mg.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        >>> scheduler = mg.optim.lr_scheduler.ChainedScheduler([low, falling])
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.1, 0.05, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                f"{type(self).__name__} expects at least one scheduler to be chained, but got no scheduler."
            )
        optimizer = optimizer or schedulers[0].optimizer
        self._check(optimizer, schedulers)
        self._schedulers, self.optimizer = schedulers, optimizer
        self._last_lr = options_of(optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Take a step of every schedule."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = options_of(self.optimizer, "lr")
