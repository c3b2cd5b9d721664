"""Averages of a model's parameters over training: their mean, or an exponential moving average."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.dtypes import int64
from mocrograd.nn.module import Module
from mocrograd.optim.lr_scheduler.base import LRScheduler, Rates, one_per_group
from mocrograd.optim.optimizer import Optimizer
from mocrograd.tensor import Tensor

Average = Callable[[Tensor, Tensor, Any], Tensor]
AverageOfMany = Callable[[list[Tensor], list[Tensor], Any], None]


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """Return a function (average, parameter, count) -> decay average + (1 - decay) parameter.

    Raises:
        ValueError: The decay is not in [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return ema_param * decay + current_param * (1 - decay)

    return ema_update


def get_swa_avg_fn() -> Average:
    """Return a function (average, parameter, count) -> the mean of count + 1 parameters."""

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def _of_many(average: Average) -> AverageOfMany:
    @no_grad()
    def update(averages: list[Tensor], params: list[Tensor], num_averaged: Any) -> None:
        for own, param in zip(averages, params, strict=True):
            own.copy_(average(own, param, num_averaged))

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageOfMany:
    """Return a function that moves a list of averages as `get_ema_avg_fn` moves one."""
    return _of_many(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> AverageOfMany:
    """Return a function that moves a list of averages as `get_swa_avg_fn` moves one."""
    return _of_many(get_swa_avg_fn())


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    Args:
        model: Is copied.
        device: Where the copy is kept.
        avg_fn: (average, parameter, count) -> new average; by default the mean.
        multi_avg_fn: The same for lists, which it changes in place.
        use_buffers: Whether buffers are averaged too; otherwise they are copied.

    Raises:
        AssertionError: Both functions are given.
    """

    n_averaged: Tensor
    module: Module

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: AverageOfMany | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", ops.tensor(0, dtype=int64, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the averaged model returns."""
        return self.module(*args, **kwargs)

    def _tensors(self, model: Module) -> list[Tensor]:
        return [*model.parameters(), *(model.buffers() if self.use_buffers else ())]

    def update_parameters(self, model: Module) -> None:
        """Take the model's parameters into the averages; the first ones are copied.

        Args:
            model: A model like the one that was copied.
        """
        pairs = list(zip(self._tensors(self.module), self._tensors(model)))
        own = [average.detach() for average, _ in pairs]
        others = [param.detach().to(average.device) for average, param in pairs]
        count = int(self.n_averaged.item())
        with no_grad():
            if count == 0:
                for average, param in zip(own, others):
                    average.copy_(param)
            elif self.avg_fn is None:
                (self.multi_avg_fn or get_swa_multi_avg_fn())(own, others, count)
            else:
                for average, param in zip(own, others):
                    average.copy_(self.avg_fn(average, param, count))
            if not self.use_buffers:
                for buffer, other in zip(self.module.buffers(), model.buffers(), strict=True):
                    buffer.detach().copy_(other.detach())
            self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalisations anew, over the batches of a loader.

    Args:
        loader: Batches; of lists and tuples the first item is taken.
        model: Is put in training mode meanwhile.
        device: Where the batches are moved to.
    """
    norms: dict[Any, Any] = {}
    modules: list[Any] = [module for module in model.modules() if hasattr(module, "reset_running_stats")]
    for module in modules:
        module.reset_running_stats()
        norms[module] = module.momentum
    if not norms:
        return
    was_training = model.training
    model.train()
    for norm in norms:
        norm.momentum = None  # a plain mean over all batches
    with no_grad():
        for batch in loader:
            x = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(x if device is None else x.to(device))
    for norm, momentum in norms.items():
        norm.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """Moves the rates to those of averaging, then keeps them.

    Args:
        optimizer: Its groups' rates are set.
        swa_lr: The rate of averaging, one or one per group.
        anneal_epochs: How many epochs the way takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: The epoch that was done last; -1 starts.

    Raises:
        ValueError: The strategy is unknown, or the number of epochs is negative or no integer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        for group, rate in zip(optimizer.param_groups, one_per_group("swa_lr", optimizer, swa_lr)):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """Return how much of the way is done after a number of steps."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def get_lr(self) -> Rates:
        """Return the rates of the epoch."""
        rates = self._current()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        groups = self.optimizer.param_groups
        if before == 1:
            return [group["swa_lr"] for group in groups]
        starts = [(rate - before * group["swa_lr"]) / (1 - before) for group, rate in zip(groups, rates)]
        return [group["swa_lr"] * now + start * (1 - now) for group, start in zip(groups, starts)]
