"""Rows of conversions between dtypes."""

from __future__ import annotations

import numpy as np

from opcases.table import ALL, INTEGERS, POINTWISE, SOME, row

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
