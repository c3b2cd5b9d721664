"""Rows of integrals and derivatives of samples, membership, and shapes."""

from __future__ import annotations

import warnings

import numpy as np

from opcases.table import FLOATS, INTEGERS, NUMBERS, row

SHAPES = ((7,), (3, 5), (2, 3, 4))
X = (0.0, 1.0, 1.5, 3.0, 7.0)

row(
    "trapezoid",
    lambda m, y: m.trapezoid(y),
    lambda y: np.trapezoid(y),
    (*SHAPES, (3, 1)),
    NUMBERS,
    result="float",
)
row(
    "trapezoid of nothing",
    lambda m, y: m.trapezoid(y),
    lambda y: np.zeros(2, y.dtype),
    ((2, 0),),
    NUMBERS,
    differentiable=False,
)
row("trapezoid dx", lambda m, y: m.trapezoid(y, dx=0.5, dim=0), lambda y: np.trapezoid(y, dx=0.5, axis=0), SHAPES)
row("trapezoid x", lambda m, y: m.trapezoid(y, m.tensor(X, dtype=y.dtype, device=y.device), dim=-1), lambda y: np.trapezoid(y, X),
    ((5,), (3, 5)))  # fmt: skip
row(
    "trapezoid x of all",
    lambda m, y, x: m.trapezoid(y, x, dim=1),
    lambda y, x: np.trapezoid(y, x, axis=1),
    (((3, 5), (3, 5)), ((2, 3, 4), (2, 3, 4))),
)
row("trapezoid x of fewer dimensions", lambda m, y, x: m.trapezoid(y, x, dim=1), lambda y, x: np.trapezoid(y, x[None], axis=1),
    (((2, 3, 4), (3, 4)),))  # fmt: skip
row("trapz", lambda m, y: m.trapz(y), lambda y: np.trapezoid(y), SHAPES)


def cumulative(y):
    return np.cumsum((y[..., 1:] + y[..., :-1]) / 2, -1)


row(
    "cumulative_trapezoid",
    lambda m, y: m.cumulative_trapezoid(y),
    cumulative,
    (*SHAPES, (3, 1), (2, 0)),
    NUMBERS,
    result="float",
)
row("cumulative_trapezoid x", lambda m, y, x: m.cumulative_trapezoid(y, x, dim=0),
    lambda y, x: np.cumsum((y[1:] + y[:-1]) * np.diff(x).reshape(-1, *(1,) * (y.ndim - 1)) / 2, 0),
    (((7,), (7,)), ((3, 5), (3,))))  # fmt: skip
for _order in (1, 2):
    row(f"gradient edge_order={_order}", lambda m, x, e=_order: m.gradient(x, edge_order=e),
        lambda x, e=_order: np.gradient(x, edge_order=e) if x.ndim > 1 else (np.gradient(x, edge_order=e),), ((7,), (3, 5), (4, 3, 3)),
        FLOATS)  # fmt: skip
    row(f"gradient at places edge_order={_order}", lambda m, x, e=_order: m.gradient(
            x, spacing=(m.tensor(X, dtype=x.dtype, device=x.device), m.tensor(X, dtype=x.dtype, device=x.device)), edge_order=e),
        lambda x, e=_order: np.gradient(x, X, X, edge_order=e), ((5, 5),))  # fmt: skip
row("gradient spacing", lambda m, x: m.gradient(x, spacing=[2.0, 0.5], dim=(1, 0)),
    lambda x: (np.gradient(x, 2.0, axis=1), np.gradient(x, 0.5, axis=0)), ((3, 5), (2, 2)))  # fmt: skip
row("vander", lambda m, x: m.vander(x), lambda x: np.vander(x), ((5,), (1,), (0,)), NUMBERS, differentiable=False)
row(
    "vander N increasing",
    lambda m, x: m.vander(x, 3, True),
    lambda x: np.vander(x, 3, True),
    ((5,), (2,)),
    NUMBERS,
    differentiable=False,
)
row("vander of nothing", lambda m, x: m.vander(x, 0), lambda x: np.vander(x, 0), ((5,),), NUMBERS, differentiable=False)
row(
    "linalg.vander",
    lambda m, x: m.linalg.vander(x, N=4),
    lambda x: x[..., None] ** np.arange(4),
    ((5,), (2, 3)),
    NUMBERS,
)

for _count in (3, 20):
    row(f"isin {_count}", lambda m, x, y, n=_count: m.isin(x, y[:n]), lambda x, y, n=_count: np.isin(x, y[:n]),
        (((7,), (40,)), ((3, 5), (40,)), ((), (40,)), ((0,), (40,))), (*FLOATS, *INTEGERS), ranges=((-9, 9),), result="bool",
        differentiable=False)  # fmt: skip
row("isin of rounded ones", lambda m, x, y: m.isin(x.round(), y.round()), lambda x, y: np.isin(np.round(x), np.round(y)),
    (((7,), (40,)), ((33,), (5, 5))), FLOATS, ranges=((-9, 9),), result="bool", differentiable=False)  # fmt: skip
row(
    "isin invert", lambda m, x: m.isin(x, 2, invert=True), lambda x: x != 2, ((7,), (3, 5), ()), INTEGERS, result="bool"
)
row("unravel_index", lambda m, x: m.unravel_index(x, (4, 3, 5)), lambda x: np.unravel_index(x, (4, 3, 5)), ((7,), (), (2, 3), (0,)),
    ("int64", "int32"), ranges=((0, 59),), result="int64 int64 int64")  # fmt: skip
row("sum_to_size", lambda m, x: x.sum_to_size(3, 1), lambda x: x.reshape(-1, *x.shape[-2:]).sum(0).sum(-1, keepdims=True),
    ((3, 5), (2, 3, 4)), NUMBERS, terms=lambda s: 8)  # fmt: skip
row("sum_to_size of itself", lambda m, x: x.sum_to_size(x.shape), lambda x: x, ((3, 5), ()), NUMBERS)
row("narrow_copy", lambda m, x: x.narrow_copy(0, 1, 2), lambda x: x[1:3], ((3, 5), (3,)), NUMBERS, differentiable=False)


def shrunk(norms):
    return np.where(norms > 1.5, 1.5 / (norms + 1e-7), 1)


def quietly(call):
    """Torch warns that index_reduce is new."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


for _p in (1, 2, 3.5, float("inf")):
    row(f"renorm {_p}", lambda m, x, p=_p: m.renorm(x, p, 1, 1.5),
        lambda x, p=_p: x * shrunk(np.linalg.norm(np.moveaxis(x, 1, 0).reshape(x.shape[1], -1), p, axis=1)).reshape(
            -1, *(1,) * (x.ndim - 2)), ((3, 5), (2, 3, 4)), terms=lambda s: 8)  # fmt: skip


def reduced(x, source, how):
    out = x.copy()
    function = {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum, "mean": np.add}[how]
    function.at(out, [0, 2, 0], source)
    return out / np.array([3, 1, 2]).reshape(-1, *(1,) * (x.ndim - 1)) if how == "mean" else out


for _how in ("prod", "mean", "amax", "amin"):
    row(f"index_reduce {_how}", lambda m, x, s, h=_how: quietly(lambda: x.index_reduce(0, m.tensor([0, 2, 0], device=x.device), s, h)),
        lambda x, s, h=_how: reduced(x, s, h), (((3, 5), (3, 5)), ((3,), (3,)), ((3, 2, 2), (3, 2, 2))))  # fmt: skip


def diagonal(x, wrap):
    out = x.copy()
    if x.ndim == 2:
        np.fill_diagonal(out, 3, wrap=wrap)
    else:
        np.fill_diagonal(out, 3)
    return out


for _wrap in (False, True):
    row(f"fill_diagonal_ wrap={_wrap}", lambda m, x, w=_wrap: x.clone().fill_diagonal_(3, w), lambda x, w=_wrap: diagonal(x, w),
        ((3, 5), (9, 2), (4, 4), (3, 3, 3), (5, 1)), NUMBERS)  # fmt: skip
row("as_strided_", lambda m, x: x.clone().as_strided_((2, 2), (1, 2)), lambda x: x.reshape(-1)[[0, 2, 1, 3]].reshape(2, 2),
    ((3, 5), (4,)), NUMBERS)  # fmt: skip
row("resize_", lambda m, x: x.detach().clone().resize_(2, 3), lambda x: x.reshape(-1)[:6].reshape(2, 3), ((3, 5), (6,)), NUMBERS,
    differentiable=False)  # fmt: skip
row("resize_as_", lambda m, x: x.detach().clone().resize_as_(m.ones(2, 3)), lambda x: x.reshape(-1)[:6].reshape(2, 3), ((3, 5), (6,)), NUMBERS,
    differentiable=False)  # fmt: skip
