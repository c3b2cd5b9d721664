"""Checks of parameters and values, which a compiled function repeats at each run."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any

from mocrograd import backend
from mocrograd.backend import recording
from mocrograd.tensor import Tensor

_PLAIN = (bool, int, float, str, tuple, type(None))


def require(inside: Any, distribution: Any, value: Any, text: Callable[[Any, Any], str]) -> None:
    """Raise ValueError unless all of a tensor is true, in a compiled function also at each later run, behind it.

    Args:
        inside: A tensor of bool.
        distribution: What is checked, or whose value is.
        value: The value, or None.
        text: Returns the message for both of them; it keeps no tensor itself.

    Raises:
        ValueError: An element is false.
    """
    flag = inside.all()
    active = recording.active
    parts = None
    if active is not None and active.thread == get_ident() and flag.device is backend.cpu:
        parts = _packed(distribution)
    if active is None or parts is None:
        right = bool(flag)
    else:
        active.requires(flag, (parts, _shown(value)), lambda held: ValueError(text(_unpacked(held[0]), held[1])))
        right = bool(backend.read_scalar(flag.address, flag.dtype.name))
    if not right:
        with recording.unheard():
            raise ValueError(text(distribution, value))


def _shown(value: Any) -> Any:
    """Return a tensor without its graph, which ends with the recorded run; anything else as it is."""
    return value.detach() if isinstance(value, Tensor) and value.grad_fn is not None else value


def _packed(distribution: Any) -> Any:
    """Return what a distribution holds, as tuples and dicts; None where that is more than tensors and plain values."""
    held = {}
    for name, value in vars(distribution).items():
        parts = _packed(value) if hasattr(value, "_batch_shape") else _shown(value)
        if (parts is None and value is not None) or not isinstance(parts, (Tensor, *_PLAIN)):
            return None
        held[name] = parts
    return type(distribution), held


def _unpacked(parts: Any) -> Any:
    """Return the distribution that was packed."""
    kind, held = parts
    new = object.__new__(kind)
    for name, value in held.items():
        part = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], type)
        vars(new)[name] = _unpacked(value) if part else value
    return new
