"""How sparse tensors are printed: as torch prints them."""

from __future__ import annotations

from typing import Any

from mocrograd import backend, dtypes, layout
from mocrograd.ops._display import PREFIX, line_width, shown_body
from mocrograd.sparse.tensor import SparseTensor, way
from mocrograd.tensor import Tensor

_PARTS = {
    layout.sparse_coo: ("indices",), layout.sparse_csr: ("crow_indices", "col_indices"),
    layout.sparse_csc: ("ccol_indices", "row_indices"), layout.sparse_bsr: ("crow_indices", "col_indices"),
    layout.sparse_bsc: ("ccol_indices", "row_indices"),
}  # fmt: skip


def _part(name: str, x: Tensor) -> str:
    start = f"{name}={PREFIX}"
    text = start + shown_body(x, len(PREFIX) + len(start))
    return text + f", size={tuple(x._shape)})" if x._size == 0 else text + ")"


@way
def __repr__(self: SparseTensor, **options: Any) -> str:
    """Show indices and values as torch does."""
    parts = [_part(name, x) for name, x in zip(_PARTS[self.layout], self._index)]
    between = ",\n" + " " * len(PREFIX)
    text = PREFIX + between.join([*parts, _part("values", self._elements)])
    suffixes = [f"size={tuple(self._shape)}", f"nnz={self._nnz()}"]
    if self.device is not backend.cpu:
        suffixes.append(f"device='{self.device}'")
    default = dtypes.get_default_dtype()
    if self.dtype not in (default, dtypes.default_of(3), dtypes.int64, dtypes.bool_):
        suffixes.append(f"dtype={self.dtype}")
    suffixes.append(f"layout={self.layout}")
    if self.grad_fn is not None:
        suffixes.append(f"grad_fn={self.grad_fn!r}")
    elif self.requires_grad:
        suffixes.append("requires_grad=True")
    length, new_line = len(text) - text.rfind("\n") + 1, self.is_sparse
    for suffix in suffixes:
        if new_line or length + len(suffix) + 2 > line_width():
            text += between + suffix
            length, new_line = len(PREFIX) + len(suffix), False
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"
