"""Rows of integrals and derivatives of samples."""

from __future__ import annotations

import numpy as np

from opcases.table import FLOATS, NUMBERS, row

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
