"""Rows of creation: an operand without dimensions gives dtype and device."""

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
for _name, _reference in (("hann_window", np.hanning), ("hamming_window", np.hamming), ("blackman_window", np.blackman),
                          ("bartlett_window", np.bartlett), ("kaiser_window", lambda n: np.kaiser(n, 12.0))):  # fmt: skip
    make(_name, lambda m, n=_name, **o: getattr(m, n)(8, **o), lambda f=_reference: f(9)[:8], FLOATS)
    make(
        f"{_name} not periodic", lambda m, n=_name, **o: getattr(m, n)(7, False, **o), lambda f=_reference: f(7), FLOATS
    )
    make(f"{_name} of one", lambda m, n=_name, **o: getattr(m, n)(1, **o), lambda: np.ones(1), FLOATS)
    make(f"{_name} of none", lambda m, n=_name, **o: getattr(m, n)(0, **o), lambda: np.ones(0), FLOATS)
make("scalar_tensor", lambda m, **o: m.scalar_tensor(1, **o), lambda: 1)
make("as_tensor", lambda m, **o: m.as_tensor([[1, 0], [1, 1]], **o), lambda: [[1, 0], [1, 1]])
make("tensor", lambda m, **o: m.tensor([[1, 0], [1, 1]], **o), lambda: [[1, 0], [1, 1]])
make(
    "randperm sorted",
    lambda m, dtype, device: (m.randperm(9, device=device) >= 0).to(dtype),
    lambda: np.ones(9),
    ("int64",),
)
for _name, _reference in (("zeros_like", np.zeros_like), ("ones_like", np.ones_like)):
    row(_name, lambda m, x, n=_name: getattr(m, n)(x), _reference, CASES, ALL, differentiable=False)
row("full_like", lambda m, x: m.full_like(x, 1), np.ones_like, CASES, ALL, differentiable=False)
row("empty_like", lambda m, x: m.empty_like(x) * 0 == 0, lambda x: x * 0 == 0, CASES, ("int64",), result="bool",
    differentiable=False)  # fmt: skip
row("empty", lambda m, x: m.empty(2, 3, dtype=x.dtype, device=x.device) * 0, lambda x: np.zeros((2, 3)), LIKE, ("int64",),
    differentiable=False)  # fmt: skip
row("detach", lambda m, x: x.detach() * 2, lambda x: x * 2, CASES, NUMBERS, differentiable=False)
row(
    "requires_grad_",
    lambda m, x: x.detach().requires_grad_(False) * 2,
    lambda x: x * 2,
    CASES,
    NUMBERS,
    differentiable=False,
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
make("logspace", lambda m, **o: m.logspace(-1, 2, 7, base=2.0, **o), lambda: np.logspace(-1, 2, 7, base=2.0), FLOATS)
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
