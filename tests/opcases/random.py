"""Rows of random numbers: what holds for any of them."""

from __future__ import annotations

import numpy as np

from opcases.creation import make
from opcases.table import ARITHMETIC, FLOATS, Shape, row

CASES: tuple[Shape, ...] = ((3, 5), (7,), (), (0, 2))
make(
    "randperm sorted",
    lambda m, dtype, device: (m.randperm(9, device=device) >= 0).to(dtype),
    lambda: np.ones(9),
    ("int64",),
)
# random numbers: what must hold of all of them
for _name in ("rand", "randn"):
    make(
        _name,
        lambda m, n=_name, **o: getattr(m, n)(3, 5, **o).isfinite(),
        lambda: np.ones((3, 5), bool),
        FLOATS,
        result="bool",
    )
make("randint", lambda m, **o: m.randint(2, 5, (40,), **o).clamp(2, 4) * 0, lambda: np.zeros(40), ARITHMETIC)
make("normal", lambda m, dtype, device: m.normal(0.0, 1.0, (9,), device=device, dtype=dtype).isfinite(),
     lambda: np.ones(9, bool), FLOATS, result="bool")  # fmt: skip
for _name in ("rand_like", "randn_like"):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x).isfinite(), np.isfinite, CASES, FLOATS, result="bool",
        differentiable=False)  # fmt: skip
row(
    "bernoulli of probabilities",
    lambda m, x: m.bernoulli(x.round()),
    np.round,
    CASES,
    FLOATS,
    ranges=((0, 1),),
    differentiable=False,
)
row("bernoulli p", lambda m, x: m.bernoulli(x, 1.0), np.ones_like, CASES, ("float32", "int64"), differentiable=False)
row(
    "randint_like",
    lambda m, x: m.randint_like(x, 3, 4),
    lambda x: np.full_like(x, 3),
    CASES,
    ARITHMETIC,
    differentiable=False,
)
make("normal of tensors",
     lambda m, dtype, device: m.normal(m.full((3, 1), 2.0, dtype=dtype, device=device), m.zeros(4, dtype=dtype, device=device)),
     lambda: np.full((3, 4), 2.0), FLOATS)  # fmt: skip
row("multinomial", lambda m, x: m.multinomial(m.full_like(x, 2), 1, replacement=True), lambda x: np.zeros((*x.shape[:-1], 1)),
    [(1,), (3, 1)], FLOATS, result="int64", differentiable=False)  # fmt: skip
row("binomial", lambda m, x: m.binomial(x * 0 + 3, x * 0 + 1), lambda x: 0 * x + 3, CASES, FLOATS, differentiable=False)
row("poisson", lambda m, x: m.poisson(x * 0), np.zeros_like, CASES, FLOATS, differentiable=False)
