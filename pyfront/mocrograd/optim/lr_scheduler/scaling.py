"""Schedules that multiply every group's rate by the same factor, so that several of them can be chained."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

from mocrograd.optim.lr_scheduler.base import (
    Factor,
    LRScheduler,
    Rates,
    load_functions,
    one_per_group,
    saved_functions,
)
from mocrograd.optim.optimizer import Optimizer


class _OfFunctions(LRScheduler):
    """A schedule of functions of the epoch, one per group."""

    _not_saved = ("optimizer", "lr_lambdas")

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        many = isinstance(lr_lambda, (list, tuple))
        if many and len(lr_lambda) != len(optimizer.param_groups):  # type: ignore[arg-type]
            raise ValueError(f"Expected {len(optimizer.param_groups)} lr_lambdas, but got {len(lr_lambda)}")  # type: ignore[arg-type]
        self.lr_lambdas: list[Any] = one_per_group("lr_lambda", optimizer, lr_lambda)
        self._check()
        super().__init__(optimizer, last_epoch)

    def _check(self) -> None:
        """Check the functions."""

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer; of the functions only the attributes of callable objects."""
        return {**super().state_dict(), "lr_lambdas": saved_functions(self.lr_lambdas)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "lr_lambdas"})
        load_functions(self.lr_lambdas, state_dict["lr_lambdas"])


class LambdaLR(_OfFunctions):
    """Sets each rate to the initial one times a function of the epoch.

    Args:
        optimizer: Its groups' rates are set.
        lr_lambda: Epoch to factor; one function, or one per group.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: There is not one function per group.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.3333, 0.25]
    """

    def get_lr(self) -> Rates:
        """Return the rates of the epoch."""
        self._current()
        return [base * f(self.last_epoch) for f, base in zip(self.lr_lambdas, self.base_lrs)]


class MultiplicativeLR(_OfFunctions):
    """Multiplies each rate by a function of the epoch.

    Args:
        optimizer: Its groups' rates are set.
        lr_lambda: Epoch to factor; one function, or one per group.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: There is not one function per group.
        TypeError: A function cannot be called.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.9)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.9, 0.81, 0.729]
    """

    def _check(self) -> None:
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")

    def get_lr(self) -> Rates:
        """Return the rates of the epoch."""
        rates = self._current()
        if self._is_initial:
            return rates
        return [rate * f(self.last_epoch) for f, rate in zip(self.lr_lambdas, rates)]


class _Scaling(LRScheduler):
    """A schedule by one factor from epoch to epoch."""

    def _change(self) -> float:
        """Return the rate of this epoch divided by that of the one before."""
        raise NotImplementedError

    def _share(self) -> float:
        """Return the rate of this epoch divided by the initial one."""
        raise NotImplementedError

    def get_lr(self) -> Rates:
        """Return the rates of the epoch."""
        rates = self._current()
        change = self._change()
        return rates if change == 1.0 else [rate * change for rate in rates]

    def _closed(self) -> Rates:
        share = self._share()
        return [base * share for base in self.base_lrs]


class StepLR(_Scaling):
    """Multiplies the rates by gamma every `step_size` epochs.

    Args:
        optimizer: Its groups' rates are set.
        step_size: Epochs between two changes.
        gamma: The factor.
        last_epoch: The epoch that was done last; -1 starts.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 1.0, 0.1, 0.1, 0.01]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        return 1.0 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma

    def _share(self) -> float:
        return float(self.gamma ** (self.last_epoch // self.step_size))


class MultiStepLR(_Scaling):
    """Multiplies the rates by gamma at each of some epochs.

    Args:
        optimizer: Its groups' rates are set.
        milestones: The epochs.
        gamma: The factor.
        last_epoch: The epoch that was done last; -1 starts.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.1)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.1, 0.1, 0.01, 0.01]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        return float(self.gamma ** self.milestones[self.last_epoch])

    def _share(self) -> float:
        return float(self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch))


class ConstantLR(_Scaling):
    """Multiplies the rates by a factor for some epochs.

    Args:
        optimizer: Its groups' rates are set.
        factor: From 0 to 1.
        total_iters: The epoch at which the rates are whole again.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: The factor is not in [0, 1].

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        if self.last_epoch == 0:
            return self.factor
        return 1.0 / self.factor if self.last_epoch == self.total_iters else 1.0

    def _share(self) -> float:
        return 1.0 if self.last_epoch >= self.total_iters else self.factor


class LinearLR(_Scaling):
    """Moves the factor of the rates along a line.

    Args:
        optimizer: Its groups' rates are set.
        start_factor: The first factor, above 0, at most 1.
        end_factor: The last one, from 0 to 1.
        total_iters: The epoch of the last factor.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: A factor is out of range.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        if self.last_epoch == 0:
            return self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return 1.0
        slope = self.end_factor - self.start_factor
        return 1.0 + slope / (self.total_iters * self.start_factor + (self.last_epoch - 1) * slope)

    def _share(self) -> float:
        slope = self.end_factor - self.start_factor
        return self.start_factor + slope * min(self.total_iters, self.last_epoch) / self.total_iters


class ExponentialLR(_Scaling):
    """Multiplies the rates by gamma every epoch.

    Args:
        optimizer: Its groups' rates are set.
        gamma: The factor.
        last_epoch: The epoch that was done last; -1 starts.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        return 1.0 if self._is_initial else self.gamma

    def _share(self) -> float:
        return float(self.gamma**self.last_epoch)


class PolynomialLR(_Scaling):
    """Lets the rates fall to zero as (1 - epoch / total_iters)^power.

    Args:
        optimizer: Its groups' rates are set.
        total_iters: The epoch at which they are zero.
        power: The power.
        last_epoch: The epoch that was done last; -1 starts.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.75, 0.5, 0.25, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _change(self) -> float:
        if self._is_initial or self.last_epoch > self.total_iters:
            return 1.0
        left, before = 1 - self.last_epoch / self.total_iters, 1 - (self.last_epoch - 1) / self.total_iters
        return float((left / before) ** self.power)

    def _share(self) -> float:
        return float((1 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power)
