"""Callback, the base class of what runs at the moments of a training, and how the trainer calls callbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase


class Callback:
    """Base class of callbacks: override what is needed, the others do nothing.

    A hook may set `trainer.should_stop = True` or raise StopIteration, which ends the training with its history. What
    else it raises ends the training with a RuntimeError that names the callback; `trainer.history` is kept.

    Example:
        >>> from mocrograd import train
        >>> class Tell(train.Callback):
        ...     def on_epoch_end(self, epoch, measured):
        ...         print(f"epoch {epoch}: loss {measured['loss']}")
        >>> Tell().on_epoch_end(1, {"loss": 0.5})
        epoch 1: loss 0.5
    """

    first_rank_only = False
    """Whether it runs in the first of several processes alone, as what prints and saves does."""

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Act before the first epoch."""

    def on_train_start(self, trainer: TrainerBase) -> None:
        """Act before the first epoch, after a checkpoint was loaded."""

    def on_train_epoch_start(self, trainer: TrainerBase) -> None:
        """Act before the first batch of an epoch."""

    def on_train_batch_start(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Act before a batch, with its number from 0."""

    def on_before_optimizer_step(self, trainer: TrainerBase) -> None:
        """Act before gradients are clipped and the parameters change."""

    def on_train_batch_end(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Act after a batch, with its number from 0."""

    def on_train_epoch_end(self, trainer: TrainerBase) -> None:
        """Act after the last batch of an epoch, before the validation."""

    def on_validation_start(self, trainer: TrainerBase) -> None:
        """Act before a validation."""

    def on_validation_epoch_start(self, trainer: TrainerBase) -> None:
        """Act before the first batch of a validation."""

    def on_validation_batch_start(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Act before a batch of the validation."""

    def on_validation_batch_end(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Act after a batch of the validation."""

    def on_validation_epoch_end(self, trainer: TrainerBase) -> None:
        """Act after the last batch of a validation."""

    def on_validation_end(self, trainer: TrainerBase) -> None:
        """Act after a validation."""

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Act after an epoch and its validation, with its number from 1 and its measurements."""

    def on_train_end(self, trainer: TrainerBase) -> None:
        """Act after the last epoch, unless the training ended by an error."""

    def on_exception(self, trainer: TrainerBase, exception: BaseException) -> None:
        """Act when the training ends by an error or Ctrl-C."""

    def on_fit_end(self, trainer: TrainerBase) -> None:
        """Act after everything else, also after Ctrl-C or an error."""

    def on_save_checkpoint(self, trainer: TrainerBase, checkpoint: dict[str, Any]) -> None:
        """Act before a checkpoint is written, which may be changed."""

    def on_load_checkpoint(self, trainer: TrainerBase, checkpoint: dict[str, Any]) -> None:
        """Act before training goes on from a checkpoint."""

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of the callback."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""


class Hooks:
    """Calls the callbacks that override a hook; costs a look-up where none does.

    Args:
        callbacks: In the order of the calls.
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self.callbacks = callbacks
        self._methods: dict[str, list[tuple[Callback, Callable[..., None]]]] = {}

    def methods(self, name: str) -> list[tuple[Callback, Callable[..., None]]]:
        """Return the callbacks that override a hook, with their methods."""
        found = self._methods.get(name)
        if found is None:
            default = getattr(Callback, name)
            found = [
                (callback, getattr(callback, name))
                for callback in self.callbacks
                if getattr(type(callback), name, default) is not default or name in getattr(callback, "__dict__", ())
            ]
            self._methods[name] = found
        return found

    def caller(self, name: str) -> Callable[..., None] | None:
        """Return a function that calls a hook of all callbacks, None where none overrides it."""
        methods = self.methods(name)

        def call(*arguments: Any) -> None:
            for callback, method in methods:
                try:
                    method(*arguments)
                except StopIteration as stop:
                    raise Stopped from stop
                except Exception as fault:
                    where = f"{type(callback).__name__}.{name}"
                    raise RuntimeError(f"callback {where} raised {type(fault).__name__}: {fault}") from fault

        return call if methods else None

    def call(self, name: str, *arguments: Any) -> None:
        """Call a hook of all callbacks.

        Raises:
            RuntimeError: A callback raised something; it is named.
        """
        call = self.caller(name)
        if call is not None:
            call(*arguments)


class Stopped(Exception):
    """A callback raised StopIteration."""
