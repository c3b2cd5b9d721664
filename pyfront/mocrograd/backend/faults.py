"""Bad values that kernels met. Those of a GPU are raised where it is waited for, since kernels cannot raise there.

mojo_kernels/runtime/gpu_faults.mojo is where kernels report them.
"""

from __future__ import annotations

import functools
import struct
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from mocrograd.backend.extensions import WORDS, core

__all__ = ["asked_by", "asker", "raise_fault", "said_of_values"]

_F = TypeVar("_F", bound=Callable[..., Any])

_CALLED = {
    "flat_index": "index", "index_sum": "index_select (gradient)", "scatter_sum": "gather (gradient)",
    "scatter_set": "scatter", "scatter_mul": "scatter_reduce", "scatter_max": "scatter_reduce",
    "scatter_min": "scatter_reduce",
}  # fmt: skip
"""What kernels do whose names say it of none of the functions."""

_OUT_OF_RANGE = "a value lies outside of the range that the operation takes"
"""What is said of VALUE_OUT_OF_RANGE (mojo_kernels/python/call.mojo)."""

_DIVIDE = ("remainder", "fmod", "div_floor", "div_trunc")
"""The kernels whose bad value is 0, by which an integer would be divided."""

_ASKERS = (
    "index", "index_fill", "index_put", "index_reduce", "put", "take", "scatter", "scatter_reduce", "take_along_dim",
    "masked_scatter", "embedding", "embedding_bag", "multi_margin_loss", "multilabel_margin_loss", "max_unpool1d",
    "max_unpool2d", "max_unpool3d",
)  # fmt: skip
"""Operations that have others' kernels follow their indices; each has the number of its place, from 1 on."""

_WORDS = {
    "cross_entropy": "Target {value} is out of bounds.",
    "nll_loss": "Target {value} is out of bounds.",
    "masked_scatter": "expected as many elements in source as the mask selects, got {bound} < {next} or more",
    **dict.fromkeys(("embedding", "embedding_bag"), "index out of range in self: expected 0 to {most}, got {value}"),
    **dict.fromkeys(
        ("multi_margin_loss", "multilabel_margin_loss"),
        "target is out of range: expected classes below {bound}, got {value}",
    ),
    **dict.fromkeys(_ASKERS[-3:], "found an invalid max index: expected 0 to {most}, got {value}"),
}
"""What is said of an index by operations that say something of their own."""

_RUNTIME_ERRORS = (
    "gather", "gather (gradient)", "take_along_dim", "scatter", "scatter_add", "scatter_reduce", "masked_scatter",
    "embedding_bag", "multi_margin_loss", "multilabel_margin_loss", "max_unpool1d", "max_unpool2d", "max_unpool3d",
)  # fmt: skip
"""Operations that raise RuntimeError for an index out of range, as torch's do, not IndexError."""


class _Asked(threading.local):
    """Which operation asks for kernels, 0 for none."""

    number = 0


_asked = _Asked()


def asked_by(name: str) -> Callable[[_F], _F]:
    """Tell bad values that a function's kernels meet in the name of an operation; a decorator, the outermost counts.

    Args:
        name: The operation, one of those that have numbers.
    """
    number = _ASKERS.index(name) + 1

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            if _asked.number:
                return function(*args, **options)
            _asked.number = number
            try:
                return function(*args, **options)
            finally:
                _asked.number = 0

        return call  # type: ignore[return-value]

    return decorate


def asker(device: Any, own: str = "") -> int:
    """Return the number of the operation that asks for a kernel on a GPU; 0 on the CPU, where kernels can raise.

    Args:
        device: Where the kernel runs.
        own: The operation where no other one asks; "" where the kernel's name says it.
    """
    return (_asked.number or (_ASKERS.index(own) + 1 if own else 0)) if device.handle else 0


def said_of_values(error: RuntimeError, wrong: Exception) -> Exception:
    """Return an operation's own error where a kernel on the CPU refused a value, and any other error as it is.

    Args:
        error: What the call of the kernel raised.
        wrong: What the operation says of such values.
    """
    return wrong if str(error) == _OUT_OF_RANGE else error


def _number(name: str) -> int:
    """Return the number that an operation goes by on the device: FNV-1a of its kernel's name."""
    found = 2166136261
    for byte in name.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


def raise_fault(number: int, handle: int, device: object) -> None:
    """Raise the error of a bad value that a GPU met, which the GPU forgets.

    Args:
        number: The kernel, and in the upper half who asked for it.
        handle: The GPU's address.
        device: The GPU, for the message.

    Raises:
        IndexError: It was an index or a class.
        RuntimeError: It was an index of those operations for which torch raises it, a probability, a parameter of a
            distribution, or an integer to divide by.
        ValueError: It was a variance.
    """
    value, bound = core.take_fault(handle)
    name = next((name for name in WORDS if _number(name) == number & 0xFFFFFFFF), "a kernel")
    op = name.partition(".")[0]
    op = _ASKERS[(number >> 32) - 1] if number >> 32 else _CALLED.get(op, op)
    when = f"(met by {device}, found when it was waited for)"
    if op == "binary_cross_entropy":
        raise RuntimeError(f"{op}: all elements of input should be between 0 and 1, got {_real(value)} {when}")
    if op == "random":
        kind = name.split(".")[1]
        raise RuntimeError(f"{kind}: {_real(value)} is no parameter of the distribution {when}")
    if op == "variance":
        raise ValueError(f"{op}: var has negative entry/entries: expected 0 or more, got {_real(value)} {when}")
    if op in _DIVIDE:
        raise RuntimeError(f"ZeroDivisionError: {op}: an integer would be divided by 0 {when}")
    wrong = RuntimeError if op in _RUNTIME_ERRORS else IndexError
    if op == "embedding_bag" and name.startswith("index_sum") and value >= bound:
        wrong = IndexError  # where rows are scaled down first
    words = _WORDS.get(op, "index {value} is out of bounds for dimension with size {bound}")
    words = words.format(value=value, next=value + 1, bound=bound, most=bound - 1)
    raise wrong(f"{op}: {words} {when}")


def _real(value: int) -> float:
    number: float = struct.unpack("d", struct.pack("q", value))[0]
    return number
