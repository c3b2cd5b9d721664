"""Checkpoints that all processes write at once, each its share, and that any number of processes read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mocrograd import distributed as dist
from mocrograd import serialization
from mocrograd.tensor import Tensor

_INDEX = ".metadata"


class CheckpointException(RuntimeError):
    """A checkpoint is not whole, or of something else."""


class Part(NamedTuple):
    """A process's part of a vector.

    Attributes:
        tensor: Its elements.
        start: The position of the first one in the vector.
        length: The length of the vector.
    """

    tensor: Tensor
    start: int
    length: int


def save(state_dict: Mapping[str, Any], *, checkpoint_id: str | os.PathLike[str], process_group: Any = None) -> None:
    """Write a checkpoint into a folder; all processes call it, and each writes about as much.

    A file is replaced when the new one is whole; the index, which rank 0 writes last, names the files of this save.

    Args:
        state_dict: By name: a tensor or another object, the same in all processes; a `Part`; or a dict of them.
        checkpoint_id: The folder.
        process_group: The processes; all by default.
    """
    folder = Path(checkpoint_id)
    folder.mkdir(parents=True, exist_ok=True)
    flat = _flat(state_dict)
    rank, size = _rank_and_size(process_group)
    bytes_of = [0] * size
    own: dict[str, Any] = {}
    for name, value in flat.items():  # every tensor goes to who has the least so far
        if isinstance(value, Part):
            own[name] = value.tensor.contiguous()
            continue
        writer = bytes_of.index(min(bytes_of))
        bytes_of[writer] += value.nbytes if isinstance(value, Tensor) else 1
        if writer == rank:
            own[name] = value
    step = _next(folder) if rank == 0 else 0
    step = _from_first(step, process_group)
    file = f"{step:06}-{rank:05}.pt"
    serialization.save(own, folder / file)
    mine = {name: _told(flat[name]) for name in own}
    every: list[Any] = [None] * size
    if size > 1:
        dist.all_gather_object(every, mine, process_group)
    else:
        every = [mine]
    if rank == 0:
        files = [f"{step:06}-{r:05}.pt" for r in range(size)]
        serialization.save({"files": files, "held": every}, folder / _INDEX)
        for old in folder.glob("*-*.pt"):
            if old.name not in files:
                old.unlink(missing_ok=True)
    if size > 1:
        dist.barrier(process_group)


def load(state_dict: dict[str, Any], *, checkpoint_id: str | os.PathLike[str], process_group: Any = None) -> None:
    """Read a checkpoint, with any number of processes, into the tensors of a state; other objects are replaced.

    Args:
        state_dict: What is wanted, of the form that was saved; parts may be cut at other positions.
        checkpoint_id: The folder.
        process_group: Accepted: each process reads what it wants.

    Raises:
        CheckpointException: There is none, a file of a rank is missing or damaged, or a name or shape is not there.
    """
    folder = Path(checkpoint_id)
    if not (folder / _INDEX).exists():
        raise CheckpointException(f"{folder} has no checkpoint: {_INDEX} is missing")
    index = serialization.load(folder / _INDEX)
    missing = [rank for rank, file in enumerate(index["files"]) if not (folder / file).exists()]
    if missing:
        raise CheckpointException(f"{folder}: the files of the ranks {missing} of {len(index['files'])} are missing")
    opened: dict[int, Any] = {}

    def read(rank: int, name: str) -> Any:
        if rank not in opened:
            try:
                opened[rank] = serialization.load(folder / index["files"][rank])
            except (RuntimeError, OSError, EOFError) as fault:
                raise CheckpointException(f"{folder}: the file of rank {rank} is damaged: {fault}") from fault
        return opened[rank][name]

    for name, value in _flat(state_dict).items():
        holders = [(rank, held[name]) for rank, held in enumerate(index["held"]) if name in held]
        if not holders:
            raise CheckpointException(f"{folder} has nothing called {name}")
        if isinstance(value, Part):
            _fill_part(folder, name, value, holders, read)
        elif isinstance(value, Tensor):
            found = read(holders[0][0], name)
            if not isinstance(found, Tensor) or found.shape != value.shape:
                raise CheckpointException(
                    f"{folder}: {name} is {holders[0][1]}, expected the shape {list(value.shape)}"
                )
            value.detach().copy_(found)
        else:
            _set(state_dict, name, read(holders[0][0], name))


def _fill_part(folder: Path, name: str, part: Part, holders: list[Any], read: Any) -> None:
    """Fill a part of a vector from those that overlap with it."""
    filled = 0
    for rank, (start, count, length) in holders:
        if length != part.length:
            raise CheckpointException(f"{folder}: {name} has {length} elements, expected {part.length}")
        low, high = max(start, part.start), min(start + count, part.start + part.tensor.numel())
        if low < high:
            part.tensor[low - part.start : high - part.start].copy_(read(rank, name)[low - start : high - start])
            filled += high - low
    if filled != part.tensor.numel():
        raise CheckpointException(
            f"{folder}: {name} has {filled} of {part.tensor.numel()} elements from {part.start} on"
        )


def _flat(state: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in state.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _set(state: dict[str, Any], name: str, value: Any) -> None:
    """Set a value in nested dicts, whose keys may contain dots themselves."""
    for key in state:
        if str(key) == name:
            state[key] = value
            return
        if isinstance(state[key], dict) and name.startswith(f"{key}."):
            _set(state[key], name[len(str(key)) + 1 :], value)


def _told(value: Any) -> Any:
    if isinstance(value, Part):
        return value.start, value.tensor.numel(), value.length
    return list(value.shape) if isinstance(value, Tensor) else type(value).__name__


def _rank_and_size(group: Any) -> tuple[int, int]:
    return (dist.get_rank(group), dist.get_world_size(group)) if dist.is_initialized() else (0, 1)


def _next(folder: Path) -> int:
    numbers = [int(f.name.split("-")[0]) for f in folder.glob("*-*.pt") if f.name.split("-")[0].isdecimal()]
    return max(numbers, default=-1) + 1


def _from_first(value: int, group: Any) -> int:
    if not dist.is_initialized():
        return value
    held = [value]
    dist.broadcast_object_list(held, group=group, group_src=0)
    return held[0]
