"""Rows of changes of shape in place, and of what is filled or read by position."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.table import NUMBERS, moves, row

row("sum_to_size", lambda m, x: x.sum_to_size(3, 1), lambda x: x.reshape(-1, *x.shape[-2:]).sum(0).sum(-1, keepdims=True),
    ((3, 5), (2, 3, 4)), NUMBERS, terms=lambda s: 8)  # fmt: skip
row("sum_to_size of itself", lambda m, x: x.sum_to_size(x.shape), lambda x: x, ((3, 5), ()), NUMBERS)
row("narrow_copy", lambda m, x: x.narrow_copy(0, 1, 2), lambda x: x[1:3], ((3, 5), (3,)), NUMBERS, differentiable=False)


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
moves("adjoint", lambda m, x: m.adjoint(x), [(2, 3, 4)], lambda x: np.swapaxes(x, -1, -2))


def quietly(call: Any) -> Any:
    """Torch warns of transposing what has no dimensions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


row("mH", lambda m, x: x.mH * 2, lambda x: np.swapaxes(x, -1, -2) * 2, ((3, 5), (2, 3, 4)))
row("H", lambda m, x: quietly(lambda: x.H) * 2, lambda x: x.T * 2, ((3, 5), ()))
row("apply_", lambda m, x: x.detach().cpu().clone().apply_(lambda v: v + 1).to(x.device), lambda x: x + 1, ((3, 5), ()),
    ("float64", "int64"), differentiable=False)  # fmt: skip
