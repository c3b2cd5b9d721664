"""What layers of torch use themselves, and programs import from there: numbers as tuples, prefixes of state dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any


def _ntuple(n: int) -> Callable[[Any], tuple[Any, ...]]:
    """Return a function that repeats a number `n` times, and makes a tuple of what has several."""

    def several(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    return several


_single, _pair, _triple, _quadruple = map(_ntuple, range(1, 5))


def _reverse_repeat_tuple(t: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    """Return the elements from the last to the first, each `n` times."""
    return tuple(x for x in reversed(t) for _ in range(n))


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Take a prefix away from the names of a state dict that have it, such as the "module." of a wrapped model.

    Args:
        state_dict: The dict, which is changed.
        prefix: The prefix.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.nn.utils import consume_prefix_in_state_dict_if_present
        >>> state = {"module.weight": mg.ones(1), "bias": mg.zeros(1)}
        >>> consume_prefix_in_state_dict_if_present(state, "module.")
        >>> sorted(state)
        ['bias', 'weight']
    """
    for name in [name for name in state_dict if name.startswith(prefix)]:
        state_dict[name.removeprefix(prefix)] = state_dict.pop(name)
    metadata = getattr(state_dict, "_metadata", None)
    for name in list(metadata or ()):
        if name and metadata is not None and (name == prefix.replace(".", "") or name.startswith(prefix)):
            metadata[name[len(prefix) :]] = metadata.pop(name)
