"""Rows of making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import ALL, ARITHMETIC, FLOATS, NUMBERS, Shape, row

LIKE = ((),)
CASES: tuple[Shape, ...] = ((3, 5), (7,), (), (0, 2))


def make(name: str, call: Any, reference: Any, dtypes: tuple[str, ...] = ALL, **options: Any) -> None:
    """Add a row of a function that takes dtype and device."""
    row(name, lambda m, x: call(m, dtype=x.dtype, device=x.device).clone(), lambda x: np.asarray(reference()).astype(x.dtype), LIKE,
        dtypes, differentiable=False, **options)  # fmt: skip


make("zeros", lambda m, **o: m.zeros(3, 4, **o), lambda: np.zeros((3, 4)))
make("zeros of nothing", lambda m, **o: m.zeros((0, 2), **o), lambda: np.zeros((0, 2)))
make("ones", lambda m, **o: m.ones((2, 3), **o), lambda: np.ones((2, 3)))
make("full", lambda m, **o: m.full((2, 3), 1, **o), lambda: np.full((2, 3), 1))
make("eye", lambda m, **o: m.eye(4, **o), lambda: np.eye(4))
make("arange", lambda m, **o: m.arange(7, **o), lambda: np.arange(7), ARITHMETIC)
make("arange step", lambda m, **o: m.arange(9, 1, -3, **o), lambda: np.arange(9, 1, -3), ARITHMETIC)
make("linspace", lambda m, **o: m.linspace(-1, 2, 7, **o), lambda: np.linspace(-1, 2, 7), FLOATS)
make("scalar_tensor", lambda m, **o: m.scalar_tensor(1, **o), lambda: 1)
make("as_tensor", lambda m, **o: m.as_tensor([[1, 0], [1, 1]], **o), lambda: [[1, 0], [1, 1]])
make("tensor", lambda m, **o: m.tensor([[1, 0], [1, 1]], **o), lambda: [[1, 0], [1, 1]])
for _name, _reference in (("zeros_like", np.zeros_like), ("ones_like", np.ones_like)):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _reference, CASES, ALL, differentiable=False)
row("full_like", lambda m, x: m.full_like(x, 1), np.ones_like, CASES, ALL, differentiable=False)
row("empty_like", lambda m, x: m.empty_like(x) * 0 == 0, lambda x: x * 0 == 0, CASES, ("int64",), result="bool",
    differentiable=False)  # fmt: skip
row("empty", lambda m, x: m.empty(2, 3, dtype=x.dtype, device=x.device) * 0, lambda x: np.zeros((2, 3)), LIKE, ("int64",),
    differentiable=False)  # fmt: skip
row(
    "requires_grad_",
    lambda m, x: x.detach().requires_grad_(False) * 2,
    lambda x: x * 2,
    CASES,
    NUMBERS,
    differentiable=False,
)
make("logspace", lambda m, **o: m.logspace(-1, 2, 7, base=2.0, **o), lambda: np.logspace(-1, 2, 7, base=2.0), FLOATS)
row("fill", lambda m, x: m.fill(x, 2), lambda x: np.full_like(x, 2), ((3, 4), (), (0,)), FLOATS)
