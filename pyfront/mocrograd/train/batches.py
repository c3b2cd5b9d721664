"""The parts of a batch: what the model reads, what it should return, and how many samples there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocrograd.tensor import Tensor

TARGETS = ("target", "targets", "label", "labels", "y")
"""The names that the target of a dict may have."""

Parts = tuple[tuple[Any, ...], dict[str, Any], Any]


def parts(batch: Any) -> Parts:
    """Take a batch apart.

    Args:
        batch: (inputs, target), where inputs may be a tuple or a dict of several; (input, input, ..., target); or a
            dict of the model's arguments and the target, by one of the names `TARGETS`.

    Returns:
        The model's arguments, its arguments by name, and the target.

    Raises:
        TypeError: It is nothing of that.
    """
    if isinstance(batch, Mapping):
        named = dict(batch)
        found = [name for name in TARGETS if name in named]
        if len(found) != 1:
            raise TypeError(f"a batch that is a dict: expected one of {', '.join(TARGETS)} in it, got {list(named)}")
        target = named.pop(found[0])
        return (), named, target
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
        raise TypeError(f"a batch: expected (inputs, target) or a dict, got {type(batch).__name__}{size}")
    *inputs, target = batch
    first = inputs[0]
    if len(inputs) == 1 and isinstance(first, Mapping):
        return (), dict(first), target
    if len(inputs) == 1 and isinstance(first, (tuple, list)):
        return tuple(first), {}, target
    return tuple(inputs), {}, target


def is_pair(batch: Any) -> bool:
    """Return whether a batch is two tensors, one of inputs and one of a target for each sample."""
    return (
        type(batch) in (tuple, list)
        and len(batch) == 2
        and type(batch[0]) is Tensor
        and type(batch[1]) is Tensor
        and batch[1]._shape != ()
    )


def inputs(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the model's arguments of a batch that may lack a target."""
    if isinstance(batch, Mapping):
        return (), {name: value for name, value in batch.items() if name not in TARGETS}
    if isinstance(batch, (tuple, list)):
        if len(batch) == 1:
            return (batch[0],), {}
        arguments, named, _ = parts(batch)
        return arguments, named
    return (batch,), {}


def samples(batch: Any) -> int:
    """Return how many samples a batch has: the length of its last tensor; 1 where there is none."""
    if isinstance(batch, Tensor):
        return len(batch) if batch.ndim else 1
    items = list(batch.values()) if isinstance(batch, Mapping) else batch if isinstance(batch, (tuple, list)) else ()
    for item in reversed(items):
        if isinstance(item, (Tensor, Mapping, tuple, list)):
            return samples(item)
    return 1
