"""What all schedules share: epochs, the learning rates of the groups, saving and loading."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd.optim.optimizer import Optimizer
from mocrograd.tensor import Tensor

Rates = list[Any]
Factor = Callable[[int], float]


def set_option(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option of a group; a tensor is filled, because others may hold it."""
    if isinstance(group[name], Tensor):
        group[name].fill_(float(value))
    else:
        group[name] = value


def options_of(optimizer: Optimizer, name: str) -> Rates:
    """Return an option of every group; of a tensor a copy."""
    values = [group[name] for group in optimizer.param_groups]
    return [value.clone() if isinstance(value, Tensor) else value for value in values]


def one_per_group(name: str, optimizer: Optimizer, value: Any) -> Rates:
    """Return a value for every group: a list as it is, anything else once per group.

    Raises:
        ValueError: A list has not one value per group.
    """
    if not isinstance(value, (list, tuple)):
        return [value] * len(optimizer.param_groups)
    if len(value) != len(optimizer.param_groups):
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {len(optimizer.param_groups)}."
        )
    return list(value)


def check_optimizer(optimizer: Any) -> None:
    """Raise TypeError unless the argument is an optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


class LRScheduler:
    """Base class of schedules: override `get_lr`.

    Args:
        optimizer: Its groups' rates are set.
        last_epoch: The epoch that was done last; -1 starts, and notes the rates as "initial_lr".

    Raises:
        TypeError: `optimizer` is no optimizer.
        KeyError: `last_epoch` is not -1 and a group has no "initial_lr".

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)
        >>> isinstance(scheduler, mg.optim.lr_scheduler.LRScheduler)
        True
        >>> scheduler.get_last_lr()
        [1.0]
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _not_saved: tuple[str, ...] = ("optimizer",)
    _last_lr: Rates
    optimizer: Optimizer
    last_epoch: int

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        """Take the groups' rates as those to start from, and set the first ones."""
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                rate = group["lr"]
                group.setdefault("initial_lr", rate.clone() if isinstance(rate, Tensor) else rate)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{number}] when resuming scheduler with "
                    "last_epoch >= 0"
                )
        self.base_lrs = options_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        if "_scheduled" not in vars(optimizer):  # steps before the first schedule do not count as taken under it
            optimizer._scheduled = True  # type: ignore[attr-defined]
            optimizer._opt_called = False
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_last_lr(self) -> Rates:
        """Return the rates that were set last, one per group."""
        return self._last_lr

    def get_lr(self) -> Rates:
        """Return the rates of the epoch `last_epoch`; `step` calls it.

        Raises:
            NotImplementedError: The subclass has none.
        """
        raise NotImplementedError(f"{type(self).__name__} has no get_lr")

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch and set its rates.

        Args:
            epoch: The epoch to go to; passing one is deprecated.
        """
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order, "
                "or the first value of the schedule is skipped.",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(
                "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. "
                "Please use `scheduler.step()`.",
                UserWarning,
                stacklevel=2,
            )
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Go to the next epoch, or to a given one, and set its rates."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self._set(self._closed() if epoch is not None else self._computed())

    def _computed(self) -> Rates:
        """Return `get_lr()`, called from a step."""
        self._get_lr_called_within_step = True
        try:
            return self.get_lr()
        finally:
            self._get_lr_called_within_step = False

    def _closed(self) -> Rates:
        """Return the rates of `last_epoch` from the initial ones, where there is a formula."""
        return self._computed()

    def _set(self, rates: Rates) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_option(group, "lr", rate)
        self._last_lr = options_of(self.optimizer, "lr")

    def _current(self) -> Rates:
        """Return the groups' rates, and warn a user who calls `get_lr`."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )
        return options_of(self.optimizer, "lr")

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer."""
        return {name: value for name, value in vars(self).items() if name not in self._not_saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        vars(self).update(state_dict)


def saved_functions(functions: Sequence[Any]) -> list[dict[str, Any] | None]:
    """Return the attributes of callable objects; None for functions, which cannot be saved."""
    return [None if isinstance(f, types.FunctionType) else dict(vars(f)) for f in functions]


def load_functions(functions: Sequence[Any], saved: Sequence[dict[str, Any] | None]) -> None:
    """Give callable objects the attributes that were saved."""
    for function, attributes in zip(functions, saved):
        if attributes is not None:
            vars(function).update(attributes)
