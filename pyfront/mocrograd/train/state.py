"""The state of a trainer: what a checkpoint holds, and how an epoch goes on in its middle."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocrograd.train import checkpoints
from mocrograd.train.hooks import Callback

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase


@dataclass
class Position:
    """A position within an epoch.

    Attributes:
        start: The generators before the first batch was asked for; None for a list of batches, which draws nothing.
        now: The generators behind the last batch; None in an epoch that runs.
        measuring: The sums of the epoch so far, those of the first process; None in an epoch that runs.
        ranks: How many processes took part in the epoch so far.
    """

    start: dict[str, Any] | None
    now: dict[str, Any] | None = None
    measuring: dict[str, Any] | None = None
    ranks: int = 1


def begin(trainer: TrainerBase) -> Iterator[Any]:
    """Return the batches of an epoch from a trainer's position on.

    The order of the samples and the seeds of workers follow from the generators at the start of the epoch, so these are
    restored first. The batches before the position are fetched and dropped.

    Raises:
        CheckpointError: The loader gives fewer batches than the checkpoint has seen.
    """
    position = trainer.position
    if position is None or position.now is None:
        draws = type(trainer.train_loader) not in (list, tuple)  # a class of a user's may shuffle
        trainer.position = Position(checkpoints.random_state(_generators(trainer)) if draws else None)
        return iter(trainer.train_loader)
    generators = _generators(trainer)
    if position.start is not None:
        checkpoints.set_random_state(position.start, generators)
    iterator = iter(trainer.train_loader)
    for index in range(trainer.batch):
        try:
            next(iterator)
        except StopIteration:
            raise checkpoints.CheckpointError(
                f"the checkpoint has seen {trainer.batch} batches of the epoch, the loader gives {index}"
            ) from None
    checkpoints.set_random_state(position.now, generators)
    if position.measuring is not None and (trainer.ranks is None or trainer.ranks.is_first):
        trainer.measuring.load_state_dict(position.measuring)
        if position.ranks > 1:
            warnings.warn(
                f"epoch {trainer.epoch} goes on from batch {trainer.batch}: of the batches before, its measurements "
                f"count the part of one of {position.ranks} processes alone, which is what the checkpoint holds",
                stacklevel=2,
            )
    trainer.position = Position(position.start)
    return iterator


def of(trainer: TrainerBase) -> dict[str, Any]:
    """Return the state of a trainer.

    Raises:
        RuntimeError: Gradients of several batches are being gathered.
    """
    if not trainer.between_steps:
        raise RuntimeError("a checkpoint between the batches of one step would lose their gradients")
    position = trainer.position
    within = None
    if position is not None and trainer.batch:
        start = position.start and checkpoints.plain(position.start)
        ranks = 1 if trainer.ranks is None else trainer.ranks.size
        within = {"start": start, "measuring": trainer.measuring.state_dict(), "ranks": ranks}
    state = {
        "format": checkpoints.FORMAT,
        "version": checkpoints.VERSION,
        "model": trainer.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
        "schedulers": [schedule.scheduler.state_dict() for schedule in trainer.schedules],
        "scaler": None if trainer.scaler is None else trainer.scaler.state_dict(),
        "average": None if trainer.average is None else trainer.average.state_dict(),
        "generators": checkpoints.plain(checkpoints.random_state(_generators(trainer))),
        "epoch": len(trainer.history),
        "batch": trainer.batch if within else 0,
        "within": within,
        "steps": trainer.steps,
        "callbacks": {name: callback.state_dict() for name, callback in _named(trainer)},
        "history": [dict(measured) for measured in trainer.history.epochs],
    }
    trainer.hooks.call("on_save_checkpoint", trainer, state)
    return state


def load(trainer: TrainerBase, state: dict[str, Any], where: str) -> None:
    """Take over the state of a trainer.

    Raises:
        CheckpointError: It is one of another model, or of other optimizers or schedulers.
    """
    checkpoints.check_model(trainer.model, state["model"], where)
    trainer.hooks.call("on_load_checkpoint", trainer, state)
    for name, own in (("optimizers", trainer.optimizers), ("schedulers", trainer.schedules)):
        if len(state[name]) != len(own):
            raise checkpoints.CheckpointError(f"checkpoint {where}: has {len(state[name])} {name}, not {len(own)}")
    trainer.model.load_state_dict(state["model"])
    for optimizer, saved in zip(trainer.optimizers, state["optimizers"]):
        try:
            optimizer.load_state_dict(saved)
        except (ValueError, KeyError) as fault:
            raise checkpoints.CheckpointError(f"checkpoint {where}: of another optimizer: {fault}") from fault
    for schedule, saved in zip(trainer.schedules, state["schedulers"]):
        schedule.scheduler.load_state_dict(saved)
    if trainer.scaler is not None and state["scaler"] is not None:
        trainer.scaler.load_state_dict(state["scaler"])
    if trainer.average is not None and state["average"] is not None:
        trainer.average.load_state_dict(state["average"])
    for name, callback in _named(trainer):
        if name in state["callbacks"]:
            callback.load_state_dict(state["callbacks"][name])
    trainer.history.epochs[:] = [dict(measured) for measured in state["history"]]
    trainer.steps, trainer.batch = state["steps"], state["batch"]
    within = state["within"]
    trainer.position = within and Position(
        within["start"], state["generators"], within["measuring"], within.get("ranks", 1)
    )
    checkpoints.set_random_state(state["generators"], _generators(trainer))


def _generators(trainer: TrainerBase) -> list[Any]:
    return checkpoints.generators_of((trainer.train_loader, trainer.validation_loader))


def _named(trainer: TrainerBase) -> list[tuple[str, Callback]]:
    """Return the callbacks with names: their types, numbered where there are several of one."""
    seen: dict[str, int] = {}
    named = []
    for callback in trainer.callbacks:
        kind = type(callback).__name__
        seen[kind] = seen.get(kind, 0) + 1
        named.append((kind if seen[kind] == 1 else f"{kind}_{seen[kind]}", callback))
    return named
