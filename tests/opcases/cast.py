"""Rows of conversions between dtypes, and of copies."""

from __future__ import annotations

import numpy as np

from opcases.table import ALL, INTEGERS, NUMBERS, POINTWISE, SOME, Shape, moves, row

CASES: tuple[Shape, ...] = ((3, 5), (7,), (), (0, 2))
row("detach", lambda m, x: x.detach() * 2, lambda x: x * 2, CASES, NUMBERS, differentiable=False)
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
moves("contiguous of permuted", lambda m, x: x.permute(2, -2, 0).contiguous(), [(2, 3, 4), (17, 9, 33)],
      lambda x: np.transpose(x, (2, 1, 0)))  # fmt: skip
row("clone", lambda m, x: x.clone(), np.copy, POINTWISE, dtypes=ALL)
