"""How tensors are printed: torch's form, with four decimals and at most 80 columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.tensor import Tensor

PRECISION = 4
LINE_WIDTH = 80
THRESHOLD = 1000
"""Elements beyond which only the first and last of each dimension are shown."""
EDGE = 3

Array = np.ndarray[Any, Any]
PREFIX = "tensor("


def format_tensor(x: Tensor) -> str:
    """Return `tensor([...], dtype=..., device=..., requires_grad=...)`, with only what differs from the default."""
    values = x.detach().to("cpu").numpy()
    suffixes = []
    if values.size == 0 and values.ndim != 1:
        suffixes.append(f"size={x._shape}")
    usual = (dtypes.float32, dtypes.int64, dtypes.bool_) if values.size else (dtypes.float32,)
    if x.dtype not in usual:
        suffixes.append(f"dtype={x.dtype}")
    if x.device is not backend.cpu:
        suffixes.append(f"device='{x.device}'")
    if x.grad_fn is not None:
        suffixes.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        suffixes.append("requires_grad=True")
    if values.size:
        summarize = values.size > THRESHOLD
        shown = _edges(values) if summarize else values
        text = PREFIX + _nested(values, len(PREFIX), summarize, *_number_format(shown.reshape(-1)))
    else:
        text = PREFIX + "[]"
    length = len(text) - text.rfind("\n") - 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > LINE_WIDTH:
            text += ",\n" + " " * len(PREFIX) + suffix
            length = len(PREFIX) + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


def _edges(values: Array) -> Array:
    """Return the part of an array that is shown, if not all of it is."""
    for axis, size in enumerate(values.shape):
        if size > 2 * EDGE:
            places = [*range(EDGE), *range(size - EDGE, size)]
            values = values.take(places, axis)
    return values


def _number_format(shown: Array) -> tuple[Callable[[Any], str], int]:
    """Return how each element is written, as an integer, with decimals or with an exponent, and the width."""
    if shown.dtype.kind != "f":
        return str, max(len(str(v)) for v in shown.tolist())
    numbers = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
    whole = bool((numbers == np.ceil(numbers)).all())
    spec = ".0f" if whole else f".{PRECISION}f"
    if numbers.size:
        sizes = np.abs(numbers)
        least, most = float(sizes.min()), float(sizes.max())
        if most / least > 1000.0 or most > 1.0e8 or least < 1.0e-4:
            spec = f".{PRECISION}e"

    def write(value: float) -> str:
        return format(value, spec) + "." * (spec == ".0f" and math.isfinite(value))

    return write, max((len(write(v)) for v in numbers.tolist()), default=1)


def _nested(values: Array, indent: int, summarize: bool, write: Callable[[Any], str], width: int) -> str:
    """Return an array in brackets, rows below each other."""
    if values.ndim == 0:
        return write(values.item()).rjust(width)
    cut = summarize and len(values) > 2 * EDGE
    first, last = (values[:EDGE], values[-EDGE:]) if cut else (values, values[:0])
    if values.ndim == 1:
        texts = [write(v).rjust(width) for v in first.tolist()]
        texts += [" ..."] * cut + [write(v).rjust(width) for v in last.tolist()]
        per_line = max(1, (LINE_WIDTH - indent) // (width + 2))
        lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    parts = [_nested(part, indent + 1, summarize, write, width) for part in first]
    parts += ["..."] * cut + [_nested(part, indent + 1, summarize, write, width) for part in last]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
