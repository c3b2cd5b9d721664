"""The table of operations. A row drives all generic checks of an op, on each implementation, dtype and device.

A row's `call(m, *tensors)` runs with mocrograd as `m`, and with torch, because the names are the same; its `reference`
runs on NumPy arrays, floats as float64. Add an op: add a row.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
FLOATS = ("float32", "float64")
NUMBERS = (*FLOATS, "int64")
INTEGER = "int64"
INTEGERS = (INTEGER, "int32", "uint8")
ARITHMETIC = (*FLOATS, *INTEGERS)
ALL = (*ARITHMETIC, "bool")
LARGE = 3 * 16384 + 5
"""Elements beyond which reductions work in several blocks."""


@dataclass(frozen=True)
class Row:
    """An operation and how to check it.

    Attributes:
        name: The test's id, unique.
        call: (module, *tensors) -> a tensor or a tuple of them.
        reference: (*arrays) -> an array or a tuple of them.
        cases: Tuples of shapes, one shape per input.
        dtypes: The dtypes of those inputs that have none of their own.
        ranges: (low, high) or (low, high, dtype) per input; the last one holds for the inputs that follow.
        away: The least magnitude of a value: keeps a distance from a kink at 0.
        result: The result's dtype: "same" as the inputs, "float" (float32 for integers), or a name.
        differentiable: Whether gradients are checked.
        smooth: Whether finite differences tell the gradient, which they do not through a narrower dtype.
        terms: How many numbers one result adds up, for a case; 1 for pointwise ops.
    """

    name: str
    call: Callable[..., Any]
    reference: Callable[..., Any]
    cases: tuple[tuple[Shape, ...], ...]
    dtypes: tuple[str, ...] = FLOATS
    ranges: tuple[tuple[Any, ...], ...] = ((-2.0, 2.0),)
    away: float = 0.0
    result: str = "same"
    differentiable: bool = True
    smooth: bool = True
    terms: Callable[..., int] = lambda *shapes: 1

    def arrays(self, case: tuple[Shape, ...], dtype: str) -> list[np.ndarray]:
        """Return the inputs of a case: always the same for the same row, case and dtype."""
        random = np.random.default_rng(zlib.crc32(f"{self.name} {case}".encode()))
        inputs = []
        for place, shape in enumerate(case):
            low, high, *own = self.ranges[min(place, len(self.ranges) - 1)]
            kind = own[0] if own else dtype
            if kind == "bool":
                values = random.integers(0, 2, shape) == 1
            elif kind in INTEGERS:  # negative ones wrap around in uint8
                values = random.integers(math.ceil(low), math.floor(high) + 1, shape)
            else:
                values = random.uniform(low, high, shape)
                values = np.where(np.abs(values) < self.away, np.copysign(self.away, values), values)
            inputs.append(np.array(values, dtype=kind))
        return inputs

    def expected(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Return what the reference makes of inputs, in float64 where they are floats."""
        wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in inputs]
        return [np.asarray(a) for a in outputs(self.reference(*wide))]

    def result_dtypes(self, dtype: str, count: int) -> list[str]:
        """Return the dtypes of `count` results for inputs of a dtype."""
        if self.result == "same":
            return [dtype] * count
        if self.result == "float":
            return [dtype if dtype in FLOATS else "float32"] * count
        return (self.result.replace("same", dtype).split() * count)[:count]


def outputs(result: Any) -> list[Any]:
    """Return the results of a call as a list."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def size(case: tuple[Shape, ...]) -> int:
    """Return how many elements the inputs of a case have together."""
    return sum(math.prod(shape) for shape in case)


ROWS: list[Row] = []


def row(name: str, call: Callable[..., Any], reference: Callable[..., Any], cases: Any, **options: Any) -> None:
    """Add a row; a case of one input may be given as its shape."""
    full = tuple(case if case and isinstance(case[0], tuple) else (case,) for case in cases)
    ROWS.append(Row(name, call, reference, full, **options))


def dims_size(dim: Any) -> Callable[[Shape], int]:
    """Return how many elements are reduced into one, for a shape."""
    dims = dim if isinstance(dim, tuple) else (dim,)
    return lambda shape: math.prod(shape if dim is None or not shape else [shape[d] for d in dims])


# ------------------------------------------------------------------------------------- pointwise, one operand

POINTWISE = ((), (1,), (7,), (31,), (33,), (127,), (129,), (1000,), (4097,), (3, 5), (2, 3, 4), (0,), (2, 0, 3))


def unary(name: str, reference: Callable[..., Any], low: float, high: float, **options: Any) -> None:
    row(
        name, lambda m, x: getattr(m, name)(x), reference, POINTWISE,
        **{"ranges": ((low, high),), "dtypes": NUMBERS, **options},
    )  # fmt: skip


unary("neg", np.negative, -5, 5, dtypes=ARITHMETIC)
unary("abs", np.abs, -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("sign", np.sign, -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("relu", lambda x: np.maximum(x, 0), -5, 5, away=0.01, dtypes=ARITHMETIC)
unary("square", np.square, -5, 5, dtypes=ARITHMETIC)
unary("exp", np.exp, -10, 10, result="float")
unary("log", np.log, 0.01, 100, result="float")
unary("sqrt", np.sqrt, 0.01, 100, result="float")
unary("sigmoid", lambda x: 1 / (1 + np.exp(-x)), -10, 10, result="float")
unary("tanh", np.tanh, -10, 10, result="float")
unary("isnan", np.isnan, -5, 5, result="bool", differentiable=False)
unary("logical_not", np.logical_not, -2, 2, dtypes=ALL, result="bool", differentiable=False)
unary("bitwise_not", np.logical_not, 0, 1, dtypes=("bool",), result="bool", differentiable=False)
row("clone", lambda m, x: x.clone(), np.copy, POINTWISE, dtypes=ALL)
row("masked_fill", lambda m, x, c: x.masked_fill(c, 3), lambda x, c: np.where(c, x.dtype.type(3), x),
    [((7,), (7,)), ((3, 4), (4,)), ((1000,), (1000,)), ((0,), (0,))],
    dtypes=ARITHMETIC, ranges=((-5, 5), (0, 1, "bool")))  # fmt: skip

# ---------------------------------------------------------------------- pointwise, two operands that broadcast

PAIRS = (
    ((), ()), ((1,), (1,)), ((7,), (7,)), ((33,), (33,)), ((129,), (1,)), ((4097,), (4097,)), ((1000,), ()),
    ((), (31,)), ((3, 1), (1, 4)), ((3, 4), (4,)), ((4,), (3, 4)), ((3, 4), (3, 1)), ((2, 1, 5), (3, 1)),
    ((33, 65), (65,)), ((33, 65), (33, 1)), ((0,), (1,)), ((0, 3), (3,)), ((5, 0), (1, 1)),
)  # fmt: skip


def binary(name: str, call: Callable[..., Any], reference: Callable[..., Any], **options: Any) -> None:
    row(name, call, reference, PAIRS, **options)


_WIDE = ((-5, 5),)
binary("add", lambda m, a, b: m.add(a, b), np.add, dtypes=ALL, ranges=_WIDE)
binary("add alpha", lambda m, a, b: m.add(a, b, alpha=3), lambda a, b: a + 3 * b, dtypes=ARITHMETIC, ranges=_WIDE)
binary("sub", lambda m, a, b: m.sub(a, b), np.subtract, dtypes=ARITHMETIC, ranges=_WIDE)
binary("sub alpha", lambda m, a, b: m.sub(a, b, alpha=2), lambda a, b: a - 2 * b, dtypes=NUMBERS, ranges=_WIDE)
binary("mul", lambda m, a, b: m.mul(a, b), np.multiply, dtypes=ALL, ranges=_WIDE)
binary("div", lambda m, a, b: m.div(a, b), np.divide, dtypes=ARITHMETIC, ranges=((-5, 5), (0.5, 4)), result="float")
binary("div by negative", lambda m, a, b: a / b, np.divide, ranges=((-5, 5), (-4, -0.5)))
binary("pow", lambda m, a, b: m.pow(a, b), np.power, ranges=((0.3, 3), (-2, 3)))
binary("maximum", lambda m, a, b: m.maximum(a, b), np.maximum, dtypes=ARITHMETIC, ranges=_WIDE)
binary("minimum", lambda m, a, b: m.minimum(a, b), np.minimum, dtypes=ARITHMETIC, ranges=_WIDE)
for _name, _reference in (
    ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("le", np.less_equal), ("gt", np.greater),
    ("ge", np.greater_equal), ("logical_and", np.logical_and), ("logical_or", np.logical_or),
    ("logical_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=ALL, ranges=((-2, 2),), result="bool", differentiable=False)  # fmt: skip
for _name, _reference in (
    ("bitwise_and", np.logical_and), ("bitwise_or", np.logical_or), ("bitwise_xor", np.logical_xor),
):  # fmt: skip
    binary(_name, lambda m, a, b, _name=_name: getattr(m, _name)(a, b), _reference,
           dtypes=("bool",), result="bool", differentiable=False)  # fmt: skip
row("where", lambda m, c, a, b: m.where(c, a, b), np.where,
    [((7,), (7,), (7,)), ((3, 4), (4,), (3, 1)), ((4,), (3, 1), ()), ((1,), (1000,), (1000,)), ((0,), (1,), (0,)),
     ((), (), ()), ((4097,), (4097,), (4097,))],
    dtypes=ALL, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number", lambda m, c, a: m.where(c, a, -1.5), lambda c, a: np.where(c, a, -1.5),
    [((7,), (7,)), ((3, 1), (4,))], ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip
row("where number first", lambda m, c, a: m.where(c, 2, a), lambda c, a: np.where(c, 2, a),
    [((7,), (7,)), ((3, 1), (4,))], dtypes=ARITHMETIC, ranges=((0, 1, "bool"), (-5, 5)))  # fmt: skip

# -------------------------------------------------------------------------------- pointwise with a number

SOME = ((), (1,), (7,), (129,), (3, 5), (0,))


def scalar(name: str, call: Callable[..., Any], reference: Callable[..., Any], low: float, high: float,
           dtypes: tuple[str, ...] = NUMBERS, **options: Any) -> None:  # fmt: skip
    row(name, lambda m, x: call(x), reference, SOME, dtypes=dtypes, ranges=((low, high),), **options)


for _name, _both in (
    ("tensor + number", lambda x: x + 3), ("number + tensor", lambda x: 3 + x), ("tensor - number", lambda x: x - 3),
    ("number - tensor", lambda x: 3 - x), ("tensor * number", lambda x: x * 3), ("number * tensor", lambda x: 3 * x),
    ("minus tensor", lambda x: -x), ("tensor ** 2", lambda x: x**2), ("tensor ** 3", lambda x: x**3),
    ("tensor ** 0", lambda x: x**0), ("tensor ** 1", lambda x: x**1),
):  # fmt: skip
    scalar(_name, _both, _both, -5, 5, ARITHMETIC)
for _name, _both, _low, _high in (
    ("tensor / number", lambda x: x / 4, -5, 5), ("number / tensor", lambda x: 4 / x, 0.5, 5),
    ("tensor + 2.5", lambda x: x + 2.5, -5, 5), ("tensor * 0.1", lambda x: x * 0.1, -5, 5),
    ("tensor ** 0.5", lambda x: x**0.5, 0.1, 5), ("tensor ** 2.5", lambda x: x**2.5, 0.1, 5),
    ("2.5 ** tensor", lambda x: 2.5**x, -3, 3),
):  # fmt: skip
    scalar(_name, _both, _both, _low, _high, result="float")
scalar("tensor ** -1", lambda x: x**-1, lambda x: x**-1.0, 0.3, 5, FLOATS)
scalar("2 ** tensor", lambda x: 2**x, lambda x: 2.0**x, -3, 3, FLOATS)
scalar("negative ** 3.0", lambda x: x**3.0, lambda x: x**3.0, -3, -0.5, FLOATS)
for _name, _both in (
    ("tensor < number", lambda x: x < 1), ("number < tensor", lambda x: x > 1), ("tensor >= number", lambda x: x >= 1),
    ("tensor == number", lambda x: x == 1), ("tensor != number", lambda x: x != 1),
):  # fmt: skip
    scalar(_name, _both, _both, -2, 2, ALL, result="bool", differentiable=False)

# ------------------------------------------------------------------------------------------- reductions

BLOCKS = ((1,), (7,), (31,), (33,), (129,), (4097,), (LARGE,))
MATRICES = ((1, 1), (3, 5), (31, 33), (129, 127), (5, LARGE // 3), (LARGE // 3, 5))
CUBES = ((2, 3, 4), (1, 5, 1), (7, 9, 11), (3, 1, 129))
_sum_like: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("sum", np.sum, {"dtypes": NUMBERS}),
    ("mean", np.mean, {}),
    ("amax", np.max, {"dtypes": NUMBERS}),
    ("amin", np.min, {"dtypes": NUMBERS}),
    ("all", np.all, {"dtypes": (*NUMBERS, "bool"), "result": "bool", "differentiable": False}),
    ("any", np.any, {"dtypes": (*NUMBERS, "bool"), "result": "bool", "differentiable": False}),
)
for _name, _numpy, _options in _sum_like:
    for _dim, _keepdim, _cases in (
        (None, False, (*BLOCKS, *MATRICES[:4], *CUBES[:2])), (0, False, (*BLOCKS[:4], *MATRICES, *CUBES)),
        (-1, True, (*MATRICES, *CUBES)), ((0, 2), False, CUBES), ((-1, 0), True, CUBES), (1, False, CUBES),
    ):  # fmt: skip
        _empty = () if _name in ("amax", "amin", "mean") else ((0,),) if _dim is None else ()
        row(
            f"{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n=_name, d=_dim, k=_keepdim: getattr(m, n)(x) if d is None else getattr(m, n)(x, d, keepdim=k),
            lambda x, f=_numpy, d=_dim, k=_keepdim: f(x, axis=d, keepdims=k),
            (*_cases, *_empty),
            **{"ranges": ((-9, 9),), "terms": dims_size(_dim), "result": "same", **_options},
        )
row("sum of narrow numbers", lambda m, x: x.sum(), np.sum, [(7,), (129,), (3, 5), (0,), ()],
    dtypes=("int32", "uint8", "bool"), ranges=((-9, 9),), result=INTEGER)  # fmt: skip
row("sum dim of narrow numbers", lambda m, x: x.sum(1), lambda x: np.sum(x, 1), MATRICES[:4],
    dtypes=("int32", "uint8", "bool"), ranges=((-9, 9),), result=INTEGER)  # fmt: skip
row("sum of nothing", lambda m, x: x.sum(1), lambda x: x.sum(1), [(3, 0), (0, 3), (0, 0)], dtypes=NUMBERS)
row("sum dtype", lambda m, x: x.sum(0, dtype=m.float64), lambda x: x.sum(0), [(7,), (33, 5)],
    dtypes=NUMBERS, result="float64", terms=dims_size(0))  # fmt: skip
row("sum of a scalar", lambda m, x: x.sum(0), lambda x: x, [()], dtypes=NUMBERS)
for _name, _numpy, _arg in (("max", np.max, np.argmax), ("min", np.min, np.argmin)):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _numpy, (*BLOCKS, *MATRICES[:3], ()), dtypes=ARITHMETIC,
        ranges=((-99, 99),))  # fmt: skip
    for _dim, _keepdim in ((0, False), (1, True), (-1, False)):
        row(
            f"{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n=_name, d=_dim, k=_keepdim: getattr(m, n)(x, d, keepdim=k),
            lambda x, f=_numpy, a=_arg, d=_dim, k=_keepdim: (f(x, axis=d, keepdims=k), a(x, axis=d, keepdims=k)),
            (*MATRICES, *CUBES), dtypes=ARITHMETIC, ranges=((-99, 99),), result="same int64",
        )  # fmt: skip
    row(f"arg{_name}", lambda m, x, n=_name: getattr(m, "arg" + n)(x), _arg, (*BLOCKS, *MATRICES, *CUBES, ()),
        dtypes=ARITHMETIC, ranges=((-9, 9),), result=INTEGER, differentiable=False)  # fmt: skip
    for _dim, _keepdim in ((0, False), (-1, True)):
        row(
            f"arg{_name} {_dim}{' keepdim' if _keepdim else ''}",
            lambda m, x, n="arg" + _name, d=_dim, k=_keepdim: getattr(m, n)(x, d, keepdim=k),
            lambda x, a=_arg, d=_dim, k=_keepdim: a(x, axis=d, keepdims=k),
            (*MATRICES, *CUBES), dtypes=NUMBERS, ranges=((-9, 9),), result=INTEGER, differentiable=False,
        )  # fmt: skip
row("var", lambda m, x: m.var(x), lambda x: np.var(x, ddof=1), [(7,), (3, 5), (129,), (LARGE,)], terms=math.prod)
row("var 0", lambda m, x: m.var(x, 0, correction=0), lambda x: np.var(x, 0), MATRICES, terms=dims_size(0))
row("var -1 keepdim", lambda m, x: m.var(x, -1, keepdim=True), lambda x: np.var(x, -1, ddof=1, keepdims=True),
    MATRICES[1:], terms=dims_size(-1))  # fmt: skip

# --------------------------------------------------------------------------------------------- products

PRODUCTS = (
    ((3, 4), (4, 5)), ((1, 1), (1, 1)), ((1, 7), (7, 1)), ((7, 1), (1, 7)), ((5, 33), (33, 9)), ((33, 31), (31, 7)),
    ((127, 129), (129, 33)), ((65, 257), (257, 63)), ((4, 1000), (1000, 3)), ((3, 0), (0, 4)), ((0, 3), (3, 2)),
    ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((5, 1, 3, 4), (2, 4, 6)), ((0, 3, 4), (4, 5)),
    ((7, 17, 33), (7, 33, 19)),
)  # fmt: skip


def _turn(shape: Shape) -> Shape:
    return (*shape[:-2], shape[-1], shape[-2])


def _inner(a: Shape, b: Shape) -> int:
    return a[-1]


def _swap(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


row("matmul", lambda m, a, b: m.matmul(a, b), np.matmul, PRODUCTS, terms=_inner)
row("matmul of integers", lambda m, a, b: a @ b, np.matmul, PRODUCTS[:7], dtypes=INTEGERS, ranges=((-9, 9),))
row("matmul a.T", lambda m, a, b: a.mT @ b, lambda a, b: _swap(a) @ b,
    [(_turn(a), b) for a, b in PRODUCTS], terms=lambda a, b: b[-2])  # fmt: skip
row("matmul b.T", lambda m, a, b: a @ b.mT, lambda a, b: a @ _swap(b),
    [(a, _turn(b)) for a, b in PRODUCTS], terms=_inner)  # fmt: skip
row("matmul a.T b.T", lambda m, a, b: a.mT @ b.mT, lambda a, b: _swap(a) @ _swap(b),
    [(_turn(a), _turn(b)) for a, b in PRODUCTS], terms=lambda a, b: b[-1])  # fmt: skip
row("matmul vectors", lambda m, a, b: a @ b, np.matmul,
    [((4,), (4,)), ((1000,), (1000,)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (4,)), ((4,), (2, 4, 5)),
     ((127,), (127, 33)), ((65, 129), (129,))], terms=_inner)  # fmt: skip
row("mm", lambda m, a, b: m.mm(a, b), np.matmul, PRODUCTS[:2], terms=_inner)
row("bmm", lambda m, a, b: m.bmm(a, b), np.matmul, [((2, 3, 4), (2, 4, 5))], terms=_inner)
row("linear", lambda m, x, w, b: m.nn.functional.linear(x, w, b), lambda x, w, b: x @ w.T + b,
    [((3, 4), (5, 4), (5,)), ((32, 64), (10, 64), (10,)), ((129, 33), (127, 33), (127,)), ((2, 3, 4), (5, 4), (5,)),
     ((4,), (5, 4), (5,)), ((1, 1), (1, 1), (1,)), ((0, 4), (5, 4), (5,))], terms=lambda x, w, b: w[1] + x[0])  # fmt: skip
row("linear without bias", lambda m, x, w: m.nn.functional.linear(x, w), lambda x, w: x @ w.T,
    [((3, 4), (5, 4)), ((33, 65), (129, 65))], terms=_inner)  # fmt: skip

# -------------------------------------------------------------------------------------- softmax and losses


def _log_softmax(x: Any, axis: int = -1) -> Any:
    x = x - x.max(axis=axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


ROWS_OF = ((1, 1), (1, 7), (3, 5), (31, 33), (5, 127), (3, 1000), (2, 4097), (2, 3, 4), (0, 5))
for _name, _reference in (("softmax", lambda x, d: np.exp(_log_softmax(x, d))), ("log_softmax", _log_softmax)):
    for _dim, _cases in ((-1, (*ROWS_OF, (7,))), (0, (*ROWS_OF[:5], (5, 0))), (1, ROWS_OF[:8])):
        row(
            f"{_name} {_dim}",
            lambda m, x, n=_name, d=_dim: getattr(m, n)(x, d),
            lambda x, f=_reference, d=_dim: f(x, d) if x.size else x,
            _cases, ranges=((-9, 9),), terms=dims_size(_dim),
        )  # fmt: skip
row("softmax dtype", lambda m, x: m.softmax(x, 1, dtype=m.float64), lambda x: np.exp(_log_softmax(x, 1)),
    [(3, 5)], result="float64")  # fmt: skip


def _reduce(losses: Any, weights: Any, reduction: str) -> Any:
    return losses if reduction == "none" else losses.sum() / (weights.sum() if reduction == "mean" else 1)


def _nll(x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100) -> Any:
    weights = (y != ignore_index) * 1.0
    safe = np.where(y == ignore_index, 0, y)
    return _reduce(-np.take_along_axis(x, safe[:, None], 1)[:, 0] * weights, weights, reduction)


def _cross_entropy(
    x: Any, y: Any, reduction: str = "mean", ignore_index: int = -100, label_smoothing: float = 0.0
) -> Any:
    logs, weights = _log_softmax(x, 1), (y != ignore_index) * 1.0
    losses = _nll(logs, y, "none", ignore_index) * (1 - label_smoothing)
    return _reduce(losses - label_smoothing * logs.mean(1) * weights, weights, reduction)


SCORES = (((3, 5), (3,)), ((2, 7), (2,)), ((32, 10), (32,)), ((7, 129), (7,)), ((5, 1000), (5,)))
CLASSES = ((-9, 9), (0, 4, INTEGER))
for _name, _reference in (("nll_loss", _nll), ("cross_entropy", _cross_entropy)):
    for _options in (
        {}, {"reduction": "sum"}, {"reduction": "none"}, {"ignore_index": 2}, {"ignore_index": 2, "reduction": "none"},
        {"label_smoothing": 0.1}, {"label_smoothing": 0.3, "reduction": "none", "ignore_index": 2},
    ):  # fmt: skip
        if _name == "cross_entropy" or "label_smoothing" not in _options:
            row(
                " ".join([_name, *(f"{k}={v}" for k, v in _options.items())]),
                lambda m, x, y, n=_name, o=_options: getattr(m.nn.functional, n)(x, y, **o),
                lambda x, y, f=_reference, o=_options: f(x, y, **o),
                SCORES, ranges=CLASSES, terms=lambda x, y: x[0] + x[1],
            )  # fmt: skip
row("cross_entropy one class", lambda m, x, y: m.nn.functional.cross_entropy(x, y), _cross_entropy,
    [((1, 1), (1,)), ((3, 1), (3,))], ranges=((-9, 9), (0, 0, INTEGER)))  # fmt: skip
row("cross_entropy images", lambda m, x, y: m.nn.functional.cross_entropy(x, y),
    lambda x, y: _cross_entropy(np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]), y.reshape(-1)),
    [((2, 5, 3, 4), (2, 3, 4))], ranges=CLASSES)  # fmt: skip
row("cross_entropy of one", lambda m, x, y: m.nn.functional.cross_entropy(x, y),
    lambda x, y: _cross_entropy(x[None], y[None]), [((5,), ())], ranges=CLASSES)  # fmt: skip
row("mse_loss", lambda m, a, b: m.nn.functional.mse_loss(a, b), lambda a, b: ((a - b) ** 2).mean(),
    [((7,), (7,)), ((3, 5), (3, 5)), ((LARGE,), (LARGE,))], terms=lambda a, b: math.prod(a), ranges=_WIDE)  # fmt: skip

# ------------------------------------------------------------------------------- views, joins and indexing


def moves(name: str, call: Callable[..., Any], cases: Any, reference: Callable[..., Any] | None = None,
          **options: Any) -> None:  # fmt: skip
    """Add a row of an op that only moves elements; without a reference NumPy's method of the same name is it."""
    row(name, lambda m, *x: call(m, *x), reference or (lambda *x: call(np, *x)), cases,
        **{"dtypes": ALL, "ranges": ((-9, 9),), **options})  # fmt: skip


moves("reshape", lambda m, x: x.reshape(4, 6), [(2, 3, 4), (24,), (6, 4)])
moves("reshape -1", lambda m, x: x.reshape((2, -1)), [(2, 3, 4), (24,), (0, 2)])
moves("reshape to scalar", lambda m, x: x.reshape(()), [(1,), (1, 1), ()])
moves("view", lambda m, x: x.view(3, 8), [(2, 3, 4), (24,)], lambda x: x.reshape(3, 8))
moves("reshape of transposed", lambda m, x: m.transpose(x, 0, 1).reshape(-1), [(3, 5), (2, 3, 4), (33, 65)],
      lambda x: np.swapaxes(x, 0, 1).reshape(-1))  # fmt: skip
moves("flatten", lambda m, x: m.flatten(x), [(2, 3, 4), (5,), (), (0, 3)], np.ravel)
moves("flatten 1", lambda m, x: m.flatten(x, 1), [(2, 3, 4), (5, 1)], lambda x: x.reshape(x.shape[0], -1))
moves("flatten 0 1", lambda m, x: x.flatten(0, 1), [(2, 3, 4)], lambda x: x.reshape(6, 4))
moves("transpose", lambda m, x: m.transpose(x, 0, 1), [(3, 5), (2, 3, 4), (33, 65), (0, 3)],
      lambda x: np.swapaxes(x, 0, 1))  # fmt: skip
moves("transpose negative", lambda m, x: x.transpose(-1, 0), [(3, 5), (2, 3, 4)], lambda x: np.swapaxes(x, -1, 0))
moves("t", lambda m, x: m.t(x), [(3, 5), (4,), ()], np.transpose)
moves("T", lambda m, x: x.T, [(3, 5)])
moves("mT", lambda m, x: x.mT, [(2, 3, 5)], _swap)
moves("permute", lambda m, x: m.permute(x, (2, 0, 1)), [(2, 3, 4), (5, 1, 7), (0, 2, 3)],
      lambda x: np.transpose(x, (2, 0, 1)))  # fmt: skip
moves("contiguous of permuted", lambda m, x: x.permute(2, -2, 0).contiguous(), [(2, 3, 4), (17, 9, 33)],
      lambda x: np.transpose(x, (2, 1, 0)))  # fmt: skip
moves("expand", lambda m, x: x.expand(4, 3, 5), [(3, 5), (3, 1), (1, 1), (1, 3, 5), (5,), ()],
      lambda x: np.broadcast_to(x, (4, 3, 5)))  # fmt: skip
moves("expand -1", lambda m, x: x.expand(4, -1), [(1, 3), (3,)], lambda x: np.broadcast_to(x, (4, 3)))
moves("broadcast_to", lambda m, x: m.broadcast_to(x, (2, 3)), [(3,), (2, 1), ()])
moves("squeeze", lambda m, x: m.squeeze(x), [(1, 3, 1), (3,), (1,), ()])
moves("squeeze 1", lambda m, x: m.squeeze(x, 1), [(2, 1, 3), (2, 3)], lambda x: x.reshape(x.shape[0], -1)
      if x.ndim == 3 else x)  # fmt: skip
moves("unsqueeze 0", lambda m, x: m.unsqueeze(x, 0), [(3,), (2, 3), ()], lambda x: x[None])
moves("unsqueeze -1", lambda m, x: m.unsqueeze(x, -1), [(3,), (2, 3), ()], lambda x: x[..., None])
moves("cat", lambda m, *x: m.cat(x), [((2,), (3,)), ((2, 3), (1, 3), (4, 3)), ((2, 3), (0, 3)), ((5,),)],
      lambda *x: np.concatenate(x))  # fmt: skip
moves("cat 1", lambda m, *x: m.cat(list(x), dim=-1), [((2, 3), (2, 1)), ((33, 31), (33, 2), (33, 65))],
      lambda *x: np.concatenate(x, -1))  # fmt: skip
moves("stack", lambda m, *x: m.stack(x), [((2, 3), (2, 3)), ((), (), ()), ((0,), (0,))])
moves("stack -1", lambda m, *x: m.stack(x, -1), [((2, 3), (2, 3)), ((5,), (5,))])
moves("split", lambda m, x: m.split(x, 3), [(7,), (6, 2), (2,)], lambda x: tuple(np.split(x, range(3, len(x), 3))))
moves("split sections", lambda m, x: m.split(x, [1, 4], dim=1), [(2, 5)], lambda x: (x[:, :1], x[:, 1:]))
moves("chunk", lambda m, x: m.chunk(x, 3), [(7,), (6, 2)], lambda x: tuple(np.split(x, range(-(-len(x) // 3), len(x),
      -(-len(x) // 3)))))  # fmt: skip
moves("unbind", lambda m, x: m.unbind(x, 1), [(2, 3)], lambda x: tuple(x.T))
moves("narrow", lambda m, x: m.narrow(x, 1, 1, 2), [(2, 4), (3, 3)], lambda x: x[:, 1:3])

_I = ((-9, 9), (-3, 2, INTEGER))
for _name, _index in {
    "[1]": 1, "[-1]": -1, "[1, 2]": (1, 2), "[1:]": slice(1, None), "[-2:]": slice(-2, None),
    "[:, ::2]": (slice(None), slice(None, None, 2)), "[::3, 1:4:2]": (slice(None, None, 3), slice(1, 4, 2)),
    "[5:2]": slice(5, 2), "[:100]": slice(100), "[None]": None, "[:, None]": (slice(None), None), "[...]": ...,
    "[..., 0]": (..., 0), "[1, ..., 2]": (1, ..., 2), "[..., None, 1:]": (..., None, slice(1, None)), "[()]": (),
}.items():  # fmt: skip
    moves(_name, lambda m, *x, i=_index: x[0][i], [(4, 5), (3, 4, 5)])
moves("[int tensor]", lambda m, x, i: x[i], [((3,), (7,)), ((5, 4), (3,)), ((3, 2, 4), (2, 5)), ((3,), ()), ((3, 2), (0,))],
      ranges=_I)  # fmt: skip
moves("[:, int tensor]", lambda m, x, i: x[:, i], [((2, 3), (7,)), ((4, 5, 3), (2, 2))], ranges=_I)
moves("[int tensor, int tensor]", lambda m, x, i, j: x[i, j],
      [((3, 4), (7,), (7,)), ((5, 3), (2, 1), (3,)), ((3, 4, 2), (5,), (5,))], ranges=_I)  # fmt: skip
moves("[int tensor, :, int tensor]", lambda m, x, i, j: x[i, :, j], [((3, 4, 5), (6,), (6,))], ranges=_I)
moves("[1:, int tensor]", lambda m, x, i: x[1:, i], [((4, 3), (5,))], ranges=_I)
moves("[list]", lambda m, x: x[[2, 0, -1, 2]], [(3,), (4, 5)])
moves("[mask]", lambda m, x, c: x[c], [((7,), (7,)), ((3, 4), (3, 4)), ((3, 4), (3,)), ((2, 3, 4), (2, 3)), ((0,), (0,))],
      ranges=((-9, 9), (0, 1, "bool")))  # fmt: skip
moves("index_select", lambda m, x, i: m.index_select(x, 1, i), [((2, 3), (5,)), ((4, 3, 2), (1,))],
      lambda x, i: np.take(x, i, 1), ranges=((-9, 9), (0, 2, INTEGER)))  # fmt: skip

# ------------------------------------------------------------------------------------------------ dtypes

for _name, _dtype in (
    ("float", "float32"), ("double", "float64"), ("long", "int64"), ("int", "int32"), ("byte", "uint8"), ("bool", "bool"),
):  # fmt: skip
    row(_name, lambda m, x, n=_name: getattr(x, n)(),
        lambda x, d=_dtype: (x.astype(np.int64) if d in INTEGERS else x).astype(d), POINTWISE, dtypes=ALL,
        ranges=((-5, 5),), result=_dtype, differentiable=_dtype.startswith("float"),
        smooth=_dtype == "float64")  # fmt: skip
row("to dtype", lambda m, x: x.to(m.float64), lambda x: x.astype(np.float64), SOME, dtypes=ALL, result="float64")
row("float32 + float64", lambda m, x: x.float() + x.double(),
    lambda x: x.astype(np.float32) + x, SOME, result="float64", smooth=False)  # fmt: skip
