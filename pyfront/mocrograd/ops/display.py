"""How tensors are printed: torch's form."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.tensor import Tensor


def format_tensor(x: Tensor) -> str:
    """Return `tensor([...], dtype=..., device=..., requires_grad=...)`, with only what differs from the default."""
    values = x.detach().to("cpu").numpy()
    suffix = []
    if values.size == 0 and values.ndim != 1:
        suffix.append(f"size={x._shape}")
    usual = (dtypes.float32, dtypes.int64, dtypes.bool_)
    if x.dtype not in usual or (values.size == 0 and x.dtype is not dtypes.float32):
        suffix.append(f"dtype={x.dtype}")
    if x.device is not backend.cpu:
        suffix.append(f"device='{x.device}'")
    if x.grad_fn is not None:
        suffix.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        suffix.append("requires_grad=True")
    body = np.array2string(
        values, separator=", ", prefix="tensor(", threshold=1000, edgeitems=3, max_line_width=80,
        formatter={"float_kind": _float_format(values), "bool": str} if values.size else None,
    )  # fmt: skip
    return f"tensor({', '.join([body if values.size else '[]', *suffix])})"


def _float_format(values: np.ndarray[Any, Any]) -> Any:
    """Return how all floats of an array are written: as integers, with four decimals, or with exponents."""
    flat = values.reshape(-1)
    finite = np.abs(flat[np.isfinite(flat)]) if values.dtype.kind == "f" else flat[:0]
    nonzero = finite[finite > 0]
    whole = bool((finite == np.floor(finite)).all())
    wide = nonzero.size and (
        nonzero.max() >= 1e8
        or (not whole and (nonzero.max() / nonzero.min() > 1e3 or nonzero.min() < 1e-4 or nonzero.max() > 1e5))
    )
    spec = ".4e" if wide else ".0f" if whole else ".4f"
    texts = [format(v, spec) + "." * (spec == ".0f") for v in finite.flat] if finite.size <= 1000 else []
    negative = bool((values < 0).any())
    width = max((len(t) for t in texts), default=0) + negative

    def write(value: float) -> str:
        if not np.isfinite(value):
            return str(value).rjust(width)
        return (format(value, spec) + "." * (spec == ".0f")).rjust(width)

    return write
