"""Rows of integers and bools over all of their range: sums and products wrap around, and no result is cast."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import INTEGERS, LARGE, row

SIGNED = ("int64", "int32")
TRUTHS = (*INTEGERS, "bool")
EVERY = ((-(2**31), 2**31 - 1),)
SHAPES = ((), (7,), (63,), (65,), (130,), (4097,), (3, 5), (0,))
PAIRS = (((7,), (7,)), ((65,), ()), ((), (130,)), ((4097,), (4097,)), ((3, 1), (1, 4)), ((33, 65), (65,)), ((0,), (1,)))
REDUCED = ((1,), (63,), (65,), (130,), (LARGE,), (33, 65), (5, 257))
ALONG = ((1, 1), (5, 257), (65, 33), (3, LARGE // 3))


def _pair(
    name: str, call: Any, reference: Any, dtypes: tuple[str, ...] = INTEGERS, second: Any = None, **options: Any
) -> None:
    row(f"{name} of all integers", call, reference, PAIRS, dtypes, ranges=(*EVERY, second) if second else EVERY,
        differentiable=False, **options)  # fmt: skip


def _single(
    name: str, call: Any, reference: Any, dtypes: tuple[str, ...] = INTEGERS, cases: Any = SHAPES, **options: Any
) -> None:
    row(f"{name} of all integers", call, reference, cases, dtypes, ranges=EVERY, differentiable=False, **options)


for _name, _reference in (
    ("add", np.add), ("mul", np.multiply), ("maximum", np.maximum), ("minimum", np.minimum), ("fmax", np.fmax), ("fmin", np.fmin),
    ("bitwise_and", np.bitwise_and), ("bitwise_or", np.bitwise_or), ("bitwise_xor", np.bitwise_xor),
):  # fmt: skip
    _pair(_name, lambda m, a, b, n=_name: getattr(m, n)(a, b), _reference, TRUTHS)
for _name, _reference in (
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater), ("ge", np.greater_equal),
):  # fmt: skip
    _pair(_name, lambda m, a, b, n=_name: getattr(m, n)(a, b), _reference, TRUTHS, result="bool")
_pair("sub", lambda m, a, b: a - b, np.subtract)
_pair("where", lambda m, a, b: m.where(a < b, a, b), lambda a, b: np.where(a < b, a, b), TRUTHS)
_pair("lcm", lambda m, a, b: m.lcm(a, b), lambda a, b: np.abs(a // np.maximum(np.gcd(a, b), 1) * b), second=(-3, 3))
_pair("gcd", lambda m, a, b: m.gcd(a, b), np.gcd, second=(-9, 9))
for _sign, _low, _high, _dtypes in (("", 1, 9, INTEGERS), (" by negative", -9, -2, SIGNED)):
    _pair(f"remainder{_sign}", lambda m, a, b: a % b, np.remainder, _dtypes, (_low, _high))
    _pair(f"fmod{_sign}", lambda m, a, b: m.fmod(a, b), np.fmod, _dtypes, (_low, _high))
    _pair(f"floor_divide{_sign}", lambda m, a, b: a // b, np.floor_divide, _dtypes, (_low, _high))
    _pair(f"div trunc{_sign}", lambda m, a, b: m.div(a, b, rounding_mode="trunc"),
          lambda a, b: ((a.astype(np.int64) - np.fmod(a.astype(np.int64), b)) // b).astype(a.dtype), _dtypes, (_low, _high))  # fmt: skip
_pair("pow", lambda m, a, b: m.pow(a, b), np.power, second=(0, 9))
_pair("left shift", lambda m, a, b: a << b, np.left_shift, second=(0, 7))
_pair("right shift", lambda m, a, b: a >> b, np.right_shift, second=(0, 7))
_pair("in place", lambda m, a, b: (a + b).add_(b).mul_(3).sub_(b).bitwise_xor_(5).clamp_(3, 99),
      lambda a, b: np.clip(((a + b + b) * np.array(3, a.dtype) - b) ^ np.array(5, a.dtype), 3, 99))  # fmt: skip
_pair("index_add", lambda m, a, b: (a + b).reshape(-1).index_add_(0, m.zeros_like((a + b).reshape(-1), dtype=m.int64)[:2],
                                                                 (a + b).reshape(-1)[:2]),
      lambda a, b: _added((a + b).reshape(-1)))  # fmt: skip


def _added(x: Any) -> Any:
    x = x.copy()
    x[:1] += x[:2].sum(dtype=x.dtype)
    return x


for _name, _reference in (
    ("neg", np.negative), ("abs", np.abs), ("sign", np.sign), ("bitwise_not", np.invert),
    ("relu", lambda x: np.maximum(x, np.array(0, x.dtype))),
):  # fmt: skip
    _single(_name, lambda m, x, n=_name: getattr(m, n)(x), _reference)
_single("clamp", lambda m, x: x.clamp(3, 99), lambda x: np.clip(x, 3, 99))
_single("addcmul", lambda m, x: m.addcmul(x, x, x, value=3), lambda x: x + np.array(3, x.dtype) * x * x)
_single(
    "numbers",
    lambda m, x: (7 - x) * 5 + 100,
    lambda x: (np.array(7, x.dtype) - x) * np.array(5, x.dtype) + np.array(100, x.dtype),
)
_single("comparison with a number", lambda m, x: (x < 77) ^ (x == 0), lambda x: (x < 77) ^ (x == 0), result="bool")

for _dim in (None, 0, -1):
    _along: dict[str, Any] = {} if _dim is None else {"dim": _dim}
    _cases = REDUCED if _dim is None else ALONG
    for _name, _reference in (("sum", np.sum), ("prod", np.prod)):
        _single(f"{_name} {_dim}", lambda m, x, n=_name, k=_along: getattr(m, n)(x, **k),
                lambda x, f=_reference, d=_dim: f(x, axis=d, dtype=np.int64), TRUTHS, _cases, result="int64")  # fmt: skip
    for _name, _reference in (("amax", np.max), ("amin", np.min)):
        _single(f"{_name} {_dim}", lambda m, x, n=_name, k=_along: getattr(m, n)(x, **k),
                lambda x, f=_reference, d=_dim: f(x, axis=d), TRUTHS, _cases)  # fmt: skip
    for _name, _reference in (("argmax", np.argmax), ("argmin", np.argmin)):
        _single(f"{_name} {_dim}", lambda m, x, n=_name, k=_along: getattr(m, n)(x, **k),
                lambda x, f=_reference, d=_dim: f(x, axis=d), INTEGERS, _cases, result="int64")  # fmt: skip
    for _name, _reference in (("any", np.any), ("all", np.all)):
        _single(f"{_name} {_dim}", lambda m, x, n=_name, k=_along: getattr(m, n)(x != 0, **k),
                lambda x, f=_reference, d=_dim: f(x, axis=d), TRUTHS, _cases, result="bool")  # fmt: skip
        _single(f"{_name} {_dim} themselves", lambda m, x, n=_name, k=_along: getattr(m, n)(x & 3, **k),
                lambda x, f=_reference, d=_dim: f(x & 3, axis=d), ("int64", "int32"), _cases, result="bool")  # fmt: skip
    _single(f"count_nonzero {_dim}", lambda m, x, k=_along: m.count_nonzero(x, **k),
            lambda x, d=_dim: np.count_nonzero(x, axis=d), TRUTHS, _cases, result="int64")  # fmt: skip
    _single(f"mean {_dim}", lambda m, x, k=_along: x.mean(dtype=m.float64, **k),
            lambda x, d=_dim: np.mean(x, axis=d, dtype=np.float64), TRUTHS, _cases, result="float64")  # fmt: skip
for _name, _reference in (("cumsum", np.cumsum), ("cumprod", np.cumprod)):
    for _dim in (0, 1):
        _single(f"{_name} {_dim}", lambda m, x, n=_name, d=_dim: getattr(m, n)(x, d),
                lambda x, f=_reference, d=_dim: f(x, axis=d, dtype=np.int64), TRUTHS, ALONG[:3], result="int64")  # fmt: skip
_single("cummax", lambda m, x: m.cummax(x, 1).values, lambda x: np.maximum.accumulate(x, axis=1), TRUTHS, ALONG[:3])
_single("cummin", lambda m, x: m.cummin(x, 0).values, lambda x: np.minimum.accumulate(x, axis=0), TRUTHS, ALONG[:3])
_single("sort", lambda m, x: tuple(m.sort(x, 1)),
        lambda x: (np.sort(x, 1), np.argsort(x, 1, kind="stable")), TRUTHS, ALONG, result="same int64")  # fmt: skip
_single(
    "sort downwards",
    lambda m, x: m.sort(x, 0, descending=True).values,
    lambda x: np.flip(np.sort(x, 0), 0),
    TRUTHS,
    ALONG,
)
_single("topk", lambda m, x: m.topk(x, 1, 1).values, lambda x: x.max(1, keepdims=True), INTEGERS, ALONG)
_single("median", lambda m, x: m.median(x, 1).values, lambda x: np.sort(x, 1)[:, (x.shape[1] - 1) // 2], TRUTHS, ALONG)
_single("searchsorted", lambda m, x: m.searchsorted(m.sort(x, 1).values, x),
        lambda x: (np.sort(x, 1)[:, None] < x[:, :, None]).sum(2), TRUTHS, ALONG[:3], result="int64")  # fmt: skip
