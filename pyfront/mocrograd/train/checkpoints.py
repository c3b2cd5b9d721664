"""Checkpoints: the state of a training in one file, from which it goes on with the same bits."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd import serialization
from mocrograd.nn import Module
from mocrograd.ops.random import Generator, default_generator

FORMAT = "mocrograd.train"
VERSION = 1


class CheckpointError(RuntimeError):
    """A checkpoint cannot be read, or is one of something else.

    Example:
        >>> import mocrograd as mg
        >>> with open("broken.pt", "wb") as file:
        ...     size = file.write(b"no checkpoint")
        >>> model = mg.nn.Linear(1, 1)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1))
        >>> try:
        ...     trainer.load_checkpoint("broken.pt")
        ... except mg.train.CheckpointError as error:
        ...     print(type(error).__name__)
        CheckpointError
    """


def generators_of(loaders: Iterable[Any]) -> list[Generator]:
    """Return the generators that loaders and their samplers have of their own."""
    found: dict[int, Generator] = {}
    for loader in loaders:
        batch_sampler = getattr(loader, "batch_sampler", None)
        owners = (loader, getattr(loader, "sampler", None), batch_sampler, getattr(batch_sampler, "sampler", None))
        for owner in owners:
            generator = getattr(owner, "generator", None)
            if isinstance(generator, Generator) and generator is not default_generator:
                found[id(generator)] = generator
    return list(found.values())


def random_state(generators: Iterable[Generator]) -> dict[str, Any]:
    """Return the states of the library's generator, Python's, NumPy's and those given."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "mocrograd": default_generator.get_state(),
        "python": random.getstate(),
        "numpy": (kind, keys, position, has_gauss, gauss),
        "loaders": [generator.get_state() for generator in generators],
    }


def set_random_state(state: dict[str, Any], generators: Iterable[Generator]) -> None:
    """Put all generators into states that `random_state` returned."""
    default_generator.set_state(state["mocrograd"])
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, np.asarray(keys, np.uint32), *rest))
    for generator, saved in zip(generators, state["loaders"]):
        generator.set_state(saved)


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state of generators as values that a file may have without running code."""
    kind, keys, position, has_gauss, gauss = state["numpy"]
    numpy_state = (str(kind), [int(key) for key in keys], int(position), int(has_gauss), float(gauss))
    return {**state, "numpy": numpy_state}


def write(state: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the state of a training to a file, which is replaced when the new one is whole and on the disk.

    Args:
        state: What `Trainer.state_dict` returned.
        path: The file.
    """
    serialization.save(state, path)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `write` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        CheckpointError: It is damaged, or no checkpoint of a trainer.
    """
    try:
        state = serialization.load(path)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError) as fault:
        reason = fault if str(fault) else "the file is empty or ends too early"
        raise CheckpointError(f"checkpoint {os.fspath(path)}: damaged or no checkpoint: {reason}") from fault
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"checkpoint {os.fspath(path)}: expected one of Trainer, got other content")
    if state["version"] > VERSION:
        raise CheckpointError(
            f"checkpoint {os.fspath(path)}: has version {state['version']}; this mocrograd reads up to {VERSION}"
        )
    return state


def check_model(model: Module, state: dict[str, Any], where: str) -> None:
    """Compare names and shapes of a model with those of a checkpoint.

    Raises:
        CheckpointError: They differ; it says which.
    """
    own = model.state_dict()
    faults = []
    for title, names in (
        ("the checkpoint lacks", [name for name in own if name not in state]),
        ("the model lacks", [name for name in state if name not in own]),
        (
            "of other shapes are",
            [
                f"{name} (checkpoint {tuple(state[name].shape)}, model {tuple(own[name].shape)})"
                for name in own
                if name in state and hasattr(own[name], "shape") and tuple(own[name].shape) != tuple(state[name].shape)
            ],
        ),
    ):
        if names:
            faults.append(f"{title} {', '.join(names)}")
    if faults:
        raise CheckpointError(f"checkpoint {where}: of another model: {'; '.join(faults)}")


def find(resume: str | os.PathLike[str] | None, folders: Iterable[Path]) -> Path | None:
    """Return the checkpoint to go on from; None where "last" finds none.

    Args:
        resume: "last", a path, or None.
        folders: Of callbacks that write checkpoints.

    Raises:
        ValueError: "last", and nothing writes checkpoints.
        FileNotFoundError: There is no file at the path.
    """
    if resume is None:
        return None
    if resume == "last":
        paths = list(folders)
        if not paths:
            raise ValueError('resume="last" expected a ModelCheckpoint among the callbacks, whose folder is searched')
        found = [path / "last.pt" for path in paths if (path / "last.pt").exists()]
        return max(found, key=lambda path: path.stat().st_mtime_ns) if found else None
    path = Path(resume)
    if not path.exists():
        raise FileNotFoundError(f"resume: there is no checkpoint {path}")
    return path
