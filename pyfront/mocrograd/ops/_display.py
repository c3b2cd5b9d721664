"""How tensors are printed: torch's form, with four decimals and at most 80 columns unless it is set otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.ops._arguments import integer, number
from mocrograd.tensor import Tensor, method


@dataclass
class _Options:
    precision: int = 4
    threshold: float = 1000  # elements beyond which only the first and last of each dimension are shown
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None  # None: where the numbers are far apart


_options = _Options()
_PROFILES = {"default": _Options(), "short": _Options(2, 1000, 2), "full": _Options(threshold=math.inf)}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is None stays as it is.

    Args:
        precision: Digits behind the point.
        threshold: How many elements are shown before only the first and last of each dimension are.
        edgeitems: How many those are.
        linewidth: Columns of a line.
        profile: "default", "short" or "full", for all of the above.
        sci_mode: Whether to write exponents; where the numbers are far apart by default, and again with each call.

    Raises:
        KeyError: There is no such profile.
        TypeError: Something is no number, or `sci_mode` no bool.
        ValueError: A number is negative, nan or, as a width or a precision, out of reason.

    Example:
        >>> import mocrograd as mg
        >>> mg.set_printoptions(precision=2)
        >>> mg.tensor([3.14159])
        tensor([3.14])
        >>> mg.set_printoptions(profile="default")
    """
    given = {
        "precision": _count("precision", precision, 1 << 10),
        "threshold": _threshold("threshold", threshold),
        "edgeitems": _count("edgeitems", edgeitems, 1 << 40),
        "linewidth": _count("linewidth", linewidth, 1 << 40),
    }
    if sci_mode is not None and not isinstance(sci_mode, bool):
        raise TypeError(f"set_printoptions(): argument 'sci_mode' must be bool, not {type(sci_mode).__name__}")
    if profile is not None:
        chosen = _PROFILES[profile]
        for name in ("precision", "threshold", "edgeitems", "linewidth"):
            setattr(_options, name, getattr(chosen, name))
    for name, value in given.items():
        if value is not None:
            setattr(_options, name, value)
    _options.sci_mode = sci_mode


def _count(name: str, value: Any, most: int) -> int | None:
    """Return an option that is an integer from 0 to `most`, or None."""
    if value is None:
        return None
    count = integer("set_printoptions", name, value)
    if not 0 <= count <= most:
        raise ValueError(f"set_printoptions(): expected {name} from 0 to {most}, got {count}")
    return count


def _threshold(name: str, value: Any) -> float | None:
    """Return an option that is a number of at least 0, or None."""
    if value is None:
        return None
    threshold = number("set_printoptions", name, value)
    if not threshold >= 0:
        raise ValueError(f"set_printoptions(): expected a {name} of at least 0, got {threshold}")
    return threshold


Array = np.ndarray[Any, Any]
PREFIX = "tensor("


def _without_values(x: Tensor) -> str:
    """Return what is known of a tensor without memory."""
    parts = ["...", "device='meta'", f"size={x._shape}"]
    if x.dtype is not dtypes.get_default_dtype():
        parts.append(f"dtype={x.dtype}")
    if x.grad_fn is not None:
        parts.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        parts.append("requires_grad=True")
    return f"{PREFIX}{', '.join(parts)})"


def format_tensor(x: Tensor) -> str:
    """Return `tensor([...], dtype=..., device=..., requires_grad=...)`, with only what differs from the default."""
    if x.device is backend.meta:
        return _without_values(x)
    values = x.to("cpu", x.dtype.wide or x.dtype).numpy(force=True)
    suffixes = []
    if values.size == 0 and values.ndim != 1:
        suffixes.append(f"size={x._shape}")
    default = dtypes.get_default_dtype()
    usual = (default, dtypes.default_of(3), dtypes.int64, dtypes.bool_) if values.size else (default,)
    if x.dtype not in usual:
        suffixes.append(f"dtype={x.dtype}")
    if x.device is not backend.cpu:
        suffixes.append(f"device='{x.device}'")
    if x.grad_fn is not None:
        suffixes.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        suffixes.append("requires_grad=True")
    text = PREFIX + _body(values, len(PREFIX))
    length = len(text) - text.rfind("\n") - 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * len(PREFIX) + suffix
            length = len(PREFIX) + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


def _body(values: Array, indent: int) -> str:
    """Return the numbers of an array in brackets, which begin at a column."""
    if not values.size:
        return "[]"
    summarize = values.size > _options.threshold
    shown = _edges(values) if summarize else values
    return _nested(values, indent, summarize, *_number_format(shown.reshape(-1)))


def shown_body(x: Tensor, indent: int) -> str:
    """Return the numbers of a tensor in brackets, which begin at a column."""
    return _body(x.to("cpu", x.dtype.wide or x.dtype).numpy(force=True), indent)


def line_width() -> int:
    """Return the columns of a line."""
    return _options.linewidth


def _edges(values: Array) -> Array:
    """Return the part of an array that is shown, if not all of it is."""
    for axis, size in enumerate(values.shape):
        if size > 2 * _options.edgeitems:
            values = values[(slice(None),) * axis + (_edge_indices(size),)]  # take() would copy all of a strided array
    return values


def _edge_indices(size: int) -> list[int]:
    """Return the indices that are shown along a dimension that is too long."""
    return [*range(_options.edgeitems), *range(size - _options.edgeitems, size)]


def shown_numbers(values: Array) -> tuple[Array, list[list[int]], Callable[[Any], str]]:
    """Return the part of an array that is shown, the indices of it along each dimension, and what writes a number."""
    if values.size <= _options.threshold:
        return values, [list(range(size)) for size in values.shape], _number_format(values.reshape(-1))[0]
    shown = _edges(values)
    sizes = zip(values.shape, shown.shape)
    indices = [list(range(size)) if kept == size else _edge_indices(size) for size, kept in sizes]
    return shown, indices, _number_format(shown.reshape(-1))[0]


def _number_format(shown: Array) -> tuple[Callable[[Any], str], int]:
    """Return how each element is written, as an integer, with decimals or with an exponent, and the width."""
    if shown.dtype.kind == "c":
        return _complex_format(shown)
    if shown.dtype.kind != "f":
        return str, max((len(str(v)) for v in shown.tolist()), default=1)
    numbers = shown[np.isfinite(shown) & (shown != 0)].astype(np.float64)
    whole = bool((numbers == np.ceil(numbers)).all())
    spec = ".0f" if whole else f".{_options.precision}f"
    if numbers.size:
        sizes = np.abs(numbers)
        least, most = float(sizes.min()), float(sizes.max())
        apart = most / least > 1000.0 or most > 1.0e8 or least < 1.0e-4
        if apart if _options.sci_mode is None else _options.sci_mode:
            spec = f".{_options.precision}e"

    def write(value: float) -> str:
        return format(value, spec) + "." * (spec == ".0f" and math.isfinite(value))

    return write, max((len(write(v)) for v in numbers.tolist()), default=1)


def _complex_format(shown: Array) -> tuple[Callable[[Any], str], int]:
    """Return how a complex number is written: each part by the numbers of its kind."""
    real, real_width = _number_format(shown.real)
    imaginary, imaginary_width = _number_format(shown.imag)

    def write(value: complex) -> str:
        return f"{real(value.real).rjust(real_width)}{_with_sign(imaginary(value.imag))}j"

    return write, real_width + imaginary_width + 1


def _padded(values: Array, text: str, width: int) -> str:
    """Return a number of the width of its kind; the real part of a complex one has its own already."""
    return text if values.dtype.kind == "c" else text.rjust(width)


def _with_sign(text: str) -> str:
    return text if text[0] in "-+" else f"+{text}"


def _nested(values: Array, indent: int, summarize: bool, write: Callable[[Any], str], width: int) -> str:
    """Return an array in brackets, rows below each other."""
    if values.ndim == 0:
        return _padded(values, write(values.item()), width)
    cut = summarize and len(values) > 2 * _options.edgeitems
    first, last = (
        (values[: _options.edgeitems], values[len(values) - _options.edgeitems :]) if cut else (values, values[:0])
    )
    if values.ndim == 1:
        texts = [_padded(values, write(v), width) for v in first.tolist()]
        texts += [" ..."] * cut + [_padded(values, write(v), width) for v in last.tolist()]
        per_line = max(1, (_options.linewidth - indent) // (width + 2))
        lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    parts = [_nested(part, indent + 1, summarize, write, width) for part in first]
    parts += ["..."] * cut + [_nested(part, indent + 1, summarize, write, width) for part in last]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


@method
def __repr__(self: Tensor) -> str:
    """Show the values as torch does."""
    return format_tensor(self)
