"""Bad values that kernels on a GPU met: raised where the GPU is waited for, since kernels cannot raise.

mojo_kernels/runtime/gpu_faults.mojo is where kernels report them.
"""

from __future__ import annotations

import struct

from mocrograd.backend.extensions import WORDS, core

__all__ = ["raise_fault"]

_CALLED = {"flat_index": "index", "index_sum": "index_select (gradient)", "scatter_sum": "gather (gradient)"}
"""What kernels do whose names say it of none of the functions."""

_DIVIDE = ("remainder", "fmod", "div_floor", "div_trunc")
"""The kernels whose bad value is 0, by which an integer would be divided."""


def _number(name: str) -> int:
    """Return the number that an operation goes by on the device: FNV-1a of its kernel's name."""
    found = 2166136261
    for byte in name.encode():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return found


def raise_fault(number: int, handle: int, device: object) -> None:
    """Raise the error of a bad value that a GPU met, which the GPU forgets.

    Args:
        number: The operation.
        handle: The GPU's address.
        device: The GPU, for the message.

    Raises:
        IndexError: It was an index or a class.
        RuntimeError: It was a probability, a parameter of a distribution, or an integer to divide by.
        ValueError: It was a variance.
    """
    value, bound = core.take_fault(handle)
    name = next((name for name in WORDS if _number(name) == number), "a kernel")
    op = name.partition(".")[0]
    op = _CALLED.get(op, op)
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
    if op in ("cross_entropy", "nll_loss"):
        raise IndexError(f"{op}: Target {value} is out of bounds. {when}")
    if op == "embedding":
        raise IndexError(f"{op}: index out of range in self: expected 0 to {bound - 1}, got {value} {when}")
    raise IndexError(f"{op}: index {value} is out of bounds for dimension with size {bound} {when}")


def _real(value: int) -> float:
    number: float = struct.unpack("d", struct.pack("q", value))[0]
    return number
