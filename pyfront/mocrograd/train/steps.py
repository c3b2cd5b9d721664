"""What a trainer does with one batch: forward, backward and the optimizer's step, eager or compiled."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from mocrograd import compiler
from mocrograd.backend import count_right
from mocrograd.nn import Module
from mocrograd.nn.utils import clip_grad_norm_, clip_grad_value_
from mocrograd.tensor import Tensor
from mocrograd.train import batches, faults
from mocrograd.train.bundles import Bundles, displays_alone
from mocrograd.train.metrics import l2_penalty

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase

Forward = Callable[[tuple[Any, ...], dict[str, Any], Any], tuple[Any, Any]]


def forward_function(model: Module, loss_function: Callable[..., Any] | None, l2: float) -> Forward:
    """Return a function of a batch's parts that returns the loss, None without a loss function, and the output."""

    def forward(inputs: tuple[Any, ...], named: dict[str, Any], target: Any) -> tuple[Any, Any]:
        output = model(*inputs, **named)
        if loss_function is None:
            return None, output
        loss = loss_function(output, target)
        return loss + l2_penalty(model.parameters(), l2) if l2 else loss, output

    return forward


class Steps:
    """The functions of a trainer that run for each batch; they last while its parts are the same."""

    def __init__(self, trainer: TrainerBase) -> None:
        self.parts = parts_of(trainer)
        forward = forward_function(trainer.model, trainer.loss, trainer.l2)
        optimizers, model, scaler = trainer.optimizers, trainer.model, trainer.scaler
        loss_function: Any = trainer.loss
        l2 = trainer.l2
        alone = trainer.accumulate == 1
        clip_norm, clip_value = trainer.clip_norm, trainer.clip_value

        def backward(inputs: tuple[Any, ...], named: dict[str, Any], target: Any, share: float) -> tuple[Any, Any]:
            if alone:
                for optimizer in optimizers:
                    optimizer.zero_grad()
            loss, output = forward(inputs, named, target)
            whole = loss if share == 1.0 else loss * share
            (whole if scaler is None else scaler.scale(whole)).backward()
            return loss, output

        def backward_of_pair(inputs: Tensor, target: Tensor) -> tuple[Any, Any]:
            for optimizer in optimizers:
                optimizer.zero_grad()
            output = model(inputs)
            loss = loss_function(output, target)
            if l2:
                loss = loss + l2_penalty(model.parameters(), l2)
            loss.backward()
            return loss, output

        def update() -> None:
            if scaler is not None:
                for optimizer in optimizers:
                    scaler.unscale_(optimizer)
            if clip_value is not None:
                clip_grad_value_(model.parameters(), clip_value)
            if clip_norm is not None:
                clip_grad_norm_(model.parameters(), clip_norm)
            for optimizer in optimizers:
                if scaler is None:
                    optimizer.step()
                else:
                    scaler.step(optimizer)
            if scaler is not None:
                scaler.update()

        disable = not trainer.compile
        self.forward = compiler.compile(forward, disable=disable)
        self.backward = compiler.compile(backward, disable=disable)
        self.backward_of_pair = compiler.compile(backward_of_pair, disable=disable)
        simple = disable and len(optimizers) == 1 and scaler is None and clip_norm is None and clip_value is None
        self.update: Any = optimizers[0].step if simple else compiler.compile(update, disable=disable)
        whole = trainer.compile and alone and scaler is None
        self.bundles = Bundles((self.backward_of_pair, self.update)) if whole else None
        self.plain_forward = forward
        self.spoiled = False
        self._average: tuple[Any, Forward] = (None, forward)

    def forward_of(self, trainer: TrainerBase, model: Module) -> Forward:
        """Return the function that measures another model than the one that is trained."""
        if self._average[0] is not model:
            forward = forward_function(model, trainer.loss, trainer.l2)
            self._average = model, compiler.compile(forward, disable=not trainer.compile)
        return self._average[1]

    def finish(self, trainer: TrainerBase) -> None:
        """Step with the gradients of a last group that turned out shorter."""
        trainer.between_steps = True
        if not self.spoiled:
            self.step(trainer)

    def step(self, trainer: TrainerBase) -> None:
        """Step with the gradients, averaged over the processes where that is left to do."""
        if trainer.ranks is not None and trainer.sharding is None:
            trainer.ranks.exchange()
        trainer.hooks.call("on_before_optimizer_step", trainer)
        self.update()
        trainer.after_update()

    def train_pairs(self, trainer: TrainerBase, loader: Iterable[Any]) -> bool:
        """Train on the batches of an epoch where each is a step: `train`, without what pairs of tensors do not need.

        Returns:
            Whether the epoch was finished, and not stopped in its middle.

        Raises:
            NotFiniteError: The loss is not finite, and the trainer is to raise then.
        """
        hooks, measuring, accuracy = trainer.hooks, trainer.measuring, trainer.measuring.accuracy
        starting, ending = hooks.caller("on_train_batch_start"), hooks.caller("on_train_batch_end")
        displays = displays_alone(hooks)
        counted = trainer.average is None and not trainer.schedules
        backward, update, append, isfinite = self.backward_of_pair, self.update, measuring.losses.append, math.isfinite
        told = trainer.batch
        for index, batch in enumerate(loader, trainer.batch):
            if starting is not None:
                starting(trainer, batch, index)
            kind = type(batch)
            if (
                (kind is tuple or kind is list)
                and len(batch) == 2
                and type(batch[0]) is Tensor
                and type(target := batch[1]) is Tensor
                and target._shape
            ):
                loss, output = backward(batch[0], target)
                value = loss.item()
                if not isfinite(value):
                    again = partial(self.plain_forward, (batch[0],), {}, target)
                    self.report(trainer, index, f"loss is {value}", again)
                trainer.latest = {"loss": value}
                size = target._shape[0]
                append((size, value))
                if accuracy is not None and (right := count_right(output, target)) is not None:
                    accuracy.right += right
                    accuracy.total += size
                elif measuring.counts:
                    measuring.measure(size, output, target)
                update()
                if counted:
                    trainer.steps += 1
                else:
                    trainer.after_update()
            else:
                self.train(trainer, batch, index)
            trainer.batch = index + 1
            if ending is not None and index >= told:
                ending(trainer, batch, index)
                told = index + (1 if displays is None else min([display.every for display in displays], default=1))
            if trainer.should_stop and trainer.batch != trainer.batches:
                return False
        return True

    def train(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Train on a batch.

        Raises:
            NotFiniteError: The loss is not finite, and the trainer is to raise then.
        """
        inputs, named, target = batches.parts(batch)
        first, last = self.group(trainer, index)
        if trainer.accumulate > 1 and index == first:
            self.spoiled = False
            for optimizer in trainer.optimizers:
                optimizer.zero_grad()
        share = 1 / (last - first)
        if trainer.ranks is not None:
            share *= trainer.ranks.share
        loss, output = self.backward(inputs, named, target, share)
        value = loss.item()
        wrong = not math.isfinite(value)
        if wrong:
            self.report(trainer, index, f"loss is {value}", lambda: self.plain_forward(inputs, named, target))
        elif trainer.on_nan == "skip":
            name = faults.bad_gradient(trainer.model)
            wrong = name is not None
            if wrong:
                self.report(trainer, index, f"the gradient of {name} is not finite", None)
        skipped = wrong and trainer.on_nan == "skip"
        if trainer.ranks is not None and trainer.on_nan == "skip":
            skipped = trainer.ranks.any(skipped)
        self.spoiled = skipped or (self.spoiled and index > first)
        trainer.latest = {"loss": value}
        if not skipped:
            size = batches.samples(batch) if share else 0
            measuring = trainer.measuring
            measuring.add(size, trainer.latest)
            if share:
                measuring.measure(size, output, target)
        trainer.between_steps = index + 1 == last
        if trainer.between_steps and not self.spoiled:
            self.step(trainer)

    @staticmethod
    def group(trainer: TrainerBase, index: int) -> tuple[int, int]:
        """Return where the batches begin and end whose gradients are added up; the last group may be shorter."""
        first = index - index % trainer.accumulate
        last = first + trainer.accumulate
        return first, last if trainer.batches is None else max(index + 1, min(last, trainer.batches))

    @staticmethod
    def report(trainer: TrainerBase, index: int, what: str, forward: Callable[[], Any] | None) -> None:
        """Raise or warn where a loss or a gradient is not finite."""
        why = "" if forward is None else f": {faults.explain(trainer.model, forward)}"
        text = f"{what} at step {trainer.steps} (epoch {trainer.epoch}, batch {index}){why}"
        if trainer.on_nan == "raise":
            raise faults.NotFiniteError(text)
        warnings.warn(text + ("; the batch is skipped" if trainer.on_nan == "skip" else ""), stacklevel=2)


def parts_of(trainer: TrainerBase) -> tuple[Any, ...]:
    """Return what the functions of a trainer are made from."""
    options = (trainer.l2, trainer.compile, trainer.accumulate, trainer.clip_norm, trainer.clip_value)
    return (trainer.model, trainer.loss, trainer.optimizer, trainer.scaler, *options)


def own_step(trainer: TrainerBase, batch: Any, index: int) -> None:
    """Run the step that the trainer was given, and take what it returns as measurements.

    Raises:
        TypeError: It returned neither a number, a tensor of one element, nor a dict of them.
        NotFiniteError: A number is not finite, and the trainer is to raise then.
    """
    result = trainer.step(trainer, batch)  # type: ignore[misc]
    named: Mapping[str, Any] = result if isinstance(result, Mapping) else {"loss": result}
    try:
        trainer.latest = {name: float(v.detach().item() if isinstance(v, Tensor) else v) for name, v in named.items()}
    except (TypeError, ValueError, RuntimeError) as fault:
        expected = "a number, a tensor of one element or a dict of them"
        raise TypeError(f"step: expected {expected}, got {result!r}") from fault
    wrong = [f"{name} is {value}" for name, value in trainer.latest.items() if not math.isfinite(value)]
    if wrong and trainer.on_nan == "raise":
        where = f"step {trainer.steps} (epoch {trainer.epoch}, batch {index})"
        raise faults.NotFiniteError(f"{', '.join(wrong)} at {where}")
    if wrong:
        warnings.warn(f"{', '.join(wrong)} at step {trainer.steps}", stacklevel=2)
    if not wrong or trainer.on_nan == "warn":
        trainer.measuring.add(batches.samples(batch), trainer.latest)
    trainer.between_steps = True
    trainer.after_update()
