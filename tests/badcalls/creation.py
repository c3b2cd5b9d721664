"""Bad calls of making tensors."""

from __future__ import annotations

from badcalls.table import bad

bad("logspace steps", lambda m: m.logspace(0, 1, -1), "got -1")
bad("set_default_dtype of integers", lambda m: m.set_default_dtype(m.int64), "int64")
bad("zeros of a negative size", lambda m: m.zeros(2, -1), "negative|-1")
bad("ones of a fraction", lambda m: m.ones(2.5), "float")
bad("full of a negative size", lambda m: m.full((-2,), 1.0), "negative|-2")
bad("full of a list", lambda m: m.full((2,), [1.0]), "list")
bad("zeros of a dtype by name", lambda m: m.zeros(2, dtype="float32"), "dtype")
bad("eye of a negative size", lambda m: m.eye(-1), "negative|-1")
bad("eye of a fraction", lambda m: m.eye(2.5), "float|int")
bad("arange of no step", lambda m: m.arange(0, 3, 0), "nonzero")
bad("arange away from the end", lambda m: m.arange(0, 3, -1), "inconsistent")
bad("linspace of a negative number", lambda m: m.linspace(0, 1, -2), "non-negative")
bad("logspace of a negative number", lambda m: m.logspace(0, 1, -2), "non-negative")
bad("zeros_like of a number", lambda m: m.zeros_like(3), "must be Tensor, not int")
bad("ones_like of a list", lambda m: m.ones_like([1.0]), "must be Tensor, not list")
bad(
    "empty of integers that require a gradient",
    lambda m: m.empty(2, dtype=m.int64, requires_grad=True),
    "floating point",
)
bad("tensor of rows of unequal lengths", lambda m: m.tensor([[1.0], [1.0, 2.0]]), "expected sequence|length")
bad("tensor of a word", lambda m: m.tensor(["a"]), "expected numbers")
bad("from_numpy of a list", lambda m: m.from_numpy([1.0]), "ndarray")
bad("new_zeros of a negative size", lambda m: m.ones(2).new_zeros(-1), "negative|-1")
bad("scalar_tensor of a list", lambda m: m.scalar_tensor([1]), "must be Number, not list")
bad("arange of complex numbers", lambda m: m.arange(3, dtype=m.complex64), "not implemented for complex64")
bad("arange of bools", lambda m: m.arange(2, dtype=m.bool), "not implemented for bool")
bad("arange up to a complex number", lambda m: m.arange(0, 3 + 1j), "value cannot be converted")
