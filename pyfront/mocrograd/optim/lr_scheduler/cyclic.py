"""Schedules along cosines and triangles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mocrograd.optim.lr_scheduler.base import (
    LRScheduler,
    Rates,
    check_optimizer,
    load_functions,
    one_per_group,
    saved_functions,
    set_option,
)
from mocrograd.optim.optimizer import Optimizer


def _bow(share: float) -> float:
    """Return 1 at 0 and 0 at 1, along half a cosine."""
    return (1 + math.cos(math.pi * share)) / 2


class CosineAnnealingLR(LRScheduler):
    """Moves the rates along a cosine between the initial ones and the lowest.

    Args:
        optimizer: Its groups' rates are set.
        T_max: Epochs of half a wave.
        eta_min: The lowest rate.
        last_epoch: The epoch that was done last; -1 starts.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.8536, 0.5, 0.1464, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """Return the rates of the epoch, from those that are set: other schedules may have changed them."""
        rates = self._current()
        epoch, period, lowest = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return rates
        if self._step_count == 1 and epoch > 0:
            return self._closed()
        if (epoch - 1 - period) % (2 * period) == 0:  # from the lowest point upwards: there is nothing to scale
            return [rate + (base - lowest) * (1 - _bow(1 / period)) for rate, base in zip(rates, self.base_lrs)]
        change = _bow(epoch / period) / _bow((epoch - 1) / period)
        return [change * (rate - lowest) + lowest for rate in rates]

    def _closed(self) -> Rates:
        share = _bow(self.last_epoch / self.T_max)
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Moves the rates down a cosine, and begins anew each time the lowest are reached.

    Args:
        optimizer: Its groups' rates are set.
        T_0: Epochs of the first descent.
        T_mult: How many times longer each descent is than the one before.
        eta_min: The lowest rate.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: `T_0` or `T_mult` is no positive integer, or `eta_min` no number.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min = T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        """Return the rates of the epoch."""
        self._current()
        share = _bow(self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go to the next epoch, or to a given one, which may have a fraction.

        Args:
            epoch: The epoch to go to.

        Raises:
            ValueError: The epoch is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            done = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**done - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**done
        self.last_epoch = math.floor(epoch)
        self._set(self._computed())


class _WithMomentum(LRScheduler):
    """A schedule that moves the momentum, or the first beta, against the rates."""

    cycle_momentum: bool
    use_beta1: bool

    def _begin_momenta(self, base: Any, largest: Any, last_epoch: int) -> tuple[Rates, Rates]:
        """Note the bounds in the groups, and set the first momenta."""
        optimizer = self.optimizer
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in optimizer.defaults
        bases = one_per_group("base_momentum", optimizer, base)
        most = one_per_group("max_momentum", optimizer, largest)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, bases, most):
                self._set_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return bases, most

    def _set_momentum(self, group: dict[str, Any], momentum: float) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_WithMomentum):
    """Moves the rates up and down between two bounds. Smith 2015.

    Args:
        optimizer: Its groups' rates are set.
        base_lr: The lower bound, one or one per group.
        max_lr: The upper bound, one or one per group.
        step_size_up: Epochs of the way up.
        step_size_down: Epochs of the way down; by default as many.
        mode: "triangular", "triangular2" (each cycle half as high) or "exp_range" (gamma^epoch as high).
        gamma: The base of "exp_range".
        scale_fn: A height of one's own, from 0 to 1, instead of `mode`.
        scale_mode: Whether `scale_fn` takes the number of the "cycle" or of "iterations".
        cycle_momentum: Whether the momentum moves against the rates.
        base_momentum: The lower bound of the momentum.
        max_momentum: The upper bound.
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: The mode is unknown, bounds are not one per group, or the optimizer has no momentum to move.
        TypeError: `optimizer` is no optimizer.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.1, max_lr=0.5, step_size_up=2)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.1, 0.3, 0.5, 0.3, 0.1]
    """

    _not_saved = ("optimizer", "_scale_fn_custom")

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        bases = one_per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, bases):
                set_option(group, "lr", rate)
        self.max_lrs = one_per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode, self.gamma = mode, gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momenta(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = bases

    def scale_fn(self, x: float) -> float:
        """Return the height of a cycle: of the one numbered x from 1 on, or at the iteration x."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return float(0.5 ** (x - 1) if self.mode == "triangular2" else self.gamma**x)

    def get_lr(self) -> Rates:
        """Return the rates of the epoch, and set its momenta."""
        self._current()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
                self._set_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs)]

    def state_dict(self) -> dict[str, Any]:
        """Return everything but the optimizer; of a scale function only the attributes of a callable object."""
        custom = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": custom and saved_functions([custom])[0]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
        load_functions([self._scale_fn_custom], [state_dict["_scale_fn_custom"]])


class OneCycleLR(_WithMomentum):
    """Moves the rates up to a maximum once, then down to far below where they began. Smith and Topin 2017.

    Args:
        optimizer: Its groups' rates are set.
        max_lr: The maximum, one or one per group.
        total_steps: The number of steps.
        epochs: The number of epochs, where `total_steps` is not given.
        steps_per_epoch: The number of steps of each.
        pct_start: The share of steps on the way up.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: Whether the momentum moves against the rates.
        base_momentum: The lower bound of the momentum.
        max_momentum: The upper bound.
        div_factor: The maximum divided by the first rate.
        final_div_factor: The first rate divided by the last.
        three_phase: Whether to come back to the first rate, as steeply, before the last descent.
        last_epoch: The step that was done last; -1 starts.

    Raises:
        ValueError: An option is out of range, or the optimizer has no momentum to move; or there are more steps.
        TypeError: `optimizer` is no optimizer.

    Example:
        >>> import mocrograd as mg
        >>> optimizer = mg.optim.SGD([mg.nn.Parameter(mg.ones(1))], lr=1.0)
        >>> scheduler = mg.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=5)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(round(optimizer.param_groups[0]["lr"], 4))
        ...     optimizer.step()
        ...     scheduler.step()
        >>> rates
        [0.04, 0.9505, 0.6113, 0.1883, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        counts = (
            {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
            if total_steps is None
            else {"total_steps": total_steps}
        )
        for name, count in counts.items():
            if not isinstance(count, int) or count <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {count}")
        self.total_steps = math.prod(counts.values())  # type: ignore[arg-type]
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, one_per_group("max_lr", optimizer, max_lr)):
                group["initial_lr"], group["max_lr"] = rate / div_factor, rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._begin_momenta(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, share: float) -> float:
        """Return a value on the way from one to another."""
        if self._anneal_func_type == "cos":
            return end + (start - end) * _bow(share)
        return (end - start) * share + start

    def get_lr(self) -> Rates:
        """Return the rates of the step, and set its momenta."""
        self._current()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"Tried to step {step} times. The specified number of total steps is {self.total_steps}")
        start = 0.0
        for phase in self._schedule_phases:
            if step <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        share = (step - start) / (phase["end_step"] - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], share))
            if self.cycle_momentum:
                momenta = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(*momenta, share))
        return rates


def _phases(steps: int, pct_start: float, three: bool) -> list[dict[str, Any]]:
    """Return the phases of a cycle: where each ends, and between which options of a group it moves."""
    names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
    rows: list[tuple[Any, ...]] = [
        (float(pct_start * steps) - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")
    ]
    if three:
        rows.append((float(2 * pct_start * steps) - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
        rows.append((steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"))
    else:
        rows.append((steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"))
    return [dict(zip(names, row)) for row in rows]
