"""torch's `_foreach_` functions, which optimizers and averages of other packages call: an operation of many tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import linalg
from mocrograd.tensor import Tensor

PREFIX = "_foreach_"


def function(name: str) -> Callable[..., Any] | None:
    """Return the function of a name that begins with `PREFIX`; None where tensors have no such method."""
    method = name.removeprefix(PREFIX)
    if method == "norm":
        return _norm
    if not hasattr(Tensor, method):
        return None

    def each(self: Sequence[Tensor], *args: Any, **options: Any) -> list[Tensor]:
        lengths = {len(a) for a in (self, *args) if isinstance(a, (list, tuple))}
        if len(lengths) != 1:
            raise RuntimeError(f"{name}: Tensor lists must have the same number of tensors, got {sorted(lengths)}")
        results = []
        for i, t in enumerate(self):
            row = [a[i] if isinstance(a, (list, tuple)) else a for a in args]
            factor = {"value": row.pop()} if len(row) == 3 else {}  # of addcmul and addcdiv, which have it by name
            results.append(getattr(t, method)(*row, **options, **factor))
        return results

    each.__name__ = name
    each.__doc__ = f"Call `{method}` of each tensor of a list, with a value for all or a list of them."
    return each


def _norm(self: Sequence[Tensor], ord: float = 2, dtype: Any = None) -> list[Tensor]:
    """Return the norm of each tensor."""
    return [linalg.vector_norm(t, ord, dtype=dtype) for t in self]
