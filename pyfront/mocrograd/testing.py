"""`assert_close`: whether two results are close enough, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor

_TOLERANCES = {dtypes.float32: (1.3e-6, 1e-5), dtypes.float64: (1e-7, 1e-7)}
"""Relative and absolute tolerances, as torch has them; exact for other dtypes."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Any = None,
) -> None:
    """Check that |actual - expected| <= atol + rtol |expected| for all elements.

    Args:
        actual: A tensor, a number, an array, or a sequence or mapping of such.
        expected: What it should be, of the same structure.
        allow_subclasses: Whether tensors may be of different classes.
        rtol: Relative tolerance: 1.3e-6 for float32, 1e-7 for float64, 0 for others by default.
        atol: Absolute tolerance: 1e-5, 1e-7, 0. Give both or none.
        equal_nan: Whether nan is close to nan.
        check_device: Whether devices must be the same.
        check_dtype: Whether dtypes must be the same.
        check_layout: Accepted.
        check_stride: Whether strides must be the same.
        msg: The message of the error instead of the one that tells the differences; or a function from that one.

    Raises:
        AssertionError: They differ; the message tells where and by how much.
        ValueError: One of `rtol` and `atol` is given without the other.
        TypeError: The structures differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.testing.assert_close(mg.tensor([1.0, 1e-7]), mg.tensor([1.0, 0.0]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(f"rtol and atol must both be specified or both be unspecified, but got {rtol=} and {atol=}")
    options = {"check_device": check_device, "check_dtype": check_dtype, "check_stride": check_stride}
    found = _difference(actual, expected, "", rtol, atol, equal_nan, allow_subclasses, options)
    if found is not None:
        raise AssertionError(found if msg is None else msg(found) if callable(msg) else msg)


def _difference(
    actual: Any, expected: Any, item: str, rtol: Any, atol: Any, equal_nan: bool, subclasses: bool, options: Any
) -> str | None:
    """Return a sentence about the first difference, or None."""
    rest = (rtol, atol, equal_nan, subclasses, options)
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            return f"The keys of the mappings do not match: {sorted(actual)} and {sorted(expected)}{_at(item)}"
        pairs = [(actual[key], expected[key], f"{item}[{key!r}]") for key in expected]
    elif _several(actual) and _several(expected):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}{_at(item)}"
        pairs = [(a, e, f"{item}[{i}]") for i, (a, e) in enumerate(zip(actual, expected, strict=True))]
    else:
        return _of_tensors(actual, expected, item, *rest)
    return next((found for pair in pairs if (found := _difference(*pair, *rest)) is not None), None)


def _several(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _at(item: str) -> str:
    return f" (at item {item})" if item else ""


def _of_tensors(
    actual: Any, expected: Any, item: str, rtol: Any, atol: Any, equal_nan: bool, subclasses: bool, options: Any
) -> str | None:
    if actual is None or expected is None:
        return None if actual is expected else f"None mismatch: {actual} is not {expected}{_at(item)}"
    if not subclasses and type(actual) is not type(expected):
        raise TypeError(f"Expected one type{_at(item)}, but got {type(actual).__name__} and {type(expected).__name__}")
    pair = [_as_tensor(x, item) for x in (actual, expected)]
    numbers = not isinstance(actual, Tensor) and not isinstance(expected, Tensor)
    for what, a, e in (
        ("shape", list(pair[0].shape), list(pair[1].shape)),
        ("device", pair[0].device, pair[1].device) if options["check_device"] else ("device", None, None),
        ("dtype", pair[0].dtype, pair[1].dtype) if options["check_dtype"] and not numbers else ("dtype", None, None),
        ("stride", pair[0].stride(), pair[1].stride()) if options["check_stride"] else ("stride", None, None),
    ):
        if a != e:
            return f"The values for attribute '{what}' do not match: {a} != {e}{_at(item)}"
    if rtol is None:
        limits = [_TOLERANCES.get(t.dtype, (0.0, 0.0)) for t in pair]
        rtol, atol = max(limits)[0], max(limits)[1]
    actual, expected = (t.detach().cpu().numpy() for t in pair)
    return _of_values(actual, expected, item, rtol, atol, equal_nan)


def _as_tensor(x: Any, item: str) -> Tensor:
    if isinstance(x, Tensor):
        return x
    try:
        return tensor(x, dtype=dtypes.float64) if isinstance(x, float) else tensor(x)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"No comparison pair was able to handle input of type {type(x)}{_at(item)}") from error


def _of_values(a: Any, e: Any, item: str, rtol: float, atol: float, equal_nan: bool) -> str | None:
    close = np.isclose(a, e, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if close.all():
        return None
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        wide = np.complex128 if "c" in (a.dtype.kind, e.dtype.kind) else np.float64
        distance = np.abs(a.astype(wide) - e.astype(wide))
        share = distance / np.abs(e.astype(wide))
    worst, worst_share = (np.unravel_index(np.argmax(np.where(close, -1, d)), d.shape) for d in (distance, share))
    bad = int(close.size - close.sum())
    lines = [f"Tensor-likes are not close!{_at(item)}", ""]
    lines.append(f"Mismatched elements: {bad} / {close.size} ({100 * bad / close.size:.1f}%)")
    for what, differences, at, limit in (("absolute", distance, worst, atol), ("relative", share, worst_share, rtol)):
        index = tuple(map(int, at))
        lines.append(f"Greatest {what} difference: {differences[at]} at index {index} (up to {limit} allowed)")
    return "\n".join(lines)
