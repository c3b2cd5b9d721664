"""The class of sparse tensors, and what refuses the operations that it has no form for.

A sparse tensor has indices and values, which are ordinary tensors, and no memory of its own. So its field for the
device is empty, which makes direct calls leave it to the general code, and its address raises `SparseOperand` there.
Whoever called the operation (`Function.run`, or the check of arguments) then asks for its form for sparse tensors
(forms.py).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from mocrograd import autograd, backend, layout
from mocrograd.autograd import clock
from mocrograd.backend import recording
from mocrograd.errors import SparseOperand
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor, blank

_F = TypeVar("_F", bound=Callable[..., Any])
_PUBLIC = ("mocrograd.ops", "mocrograd.nn.functional", "mocrograd.linalg", "mocrograd.special", "mocrograd.fft",
           "mocrograd.compat", "mocrograd.tensor")  # fmt: skip
_NO_ADDRESS = 1  # no kernel takes it
_MOST = 1 << 62
_NAMES = {
    layout.sparse_coo: "Sparse", layout.sparse_csr: "SparseCsr", layout.sparse_csc: "SparseCsc",
    layout.sparse_bsr: "SparseBsr", layout.sparse_bsc: "SparseBsc", layout.strided: "Strided",
}  # fmt: skip
"""What torch calls layouts in messages."""
ROWS, COLUMNS = (layout.sparse_csr, layout.sparse_bsr), (layout.sparse_csc, layout.sparse_bsc)
"""The layouts with compressed rows, and those with compressed columns."""
BLOCKED = (layout.sparse_bsr, layout.sparse_bsc)
"""Those whose entries are blocks of a matrix."""
_answer: list[Callable[..., Any]] = []
"""What `SparseOperand` carries (forms.py)."""


def _of_values(name: str) -> Any:
    """Make a property that is the values'."""
    return property(lambda self: getattr(self._elements, name), doc=f"The values' `{name}`.")


def _refuse(self: SparseTensor) -> Any:
    """Raise for whoever looks at memory.

    Raises:
        SparseOperand: Always; it is a NotImplementedError.
    """
    raise SparseOperand(refusal(caller(), self), _answer[0])


def refusal(name: str, x: SparseTensor | None) -> str:
    """Return why an operation does not take a sparse tensor."""
    kind = "sparse" if x is None else x.layout
    return f"{name}: expected dense tensors, got one of layout {kind}: use to_dense(), or values() for its elements"


def caller() -> str:
    """Return the name of the public operation that is running, of the outermost one."""
    frame, name = sys._getframe(2), "this operation"
    while frame is not None and frame.f_globals.get("__name__", "").startswith("mocrograd"):
        own = frame.f_code.co_name
        if frame.f_globals["__name__"].startswith(_PUBLIC) and own[0] != "<":
            made = frame.f_locals.get("node") if own in ("function", "in_place") else None
            given = frame.f_locals.get("function") if own == "call" else None
            name = str(getattr(made, "op", None) or getattr(given, "__name__", name if own == "call" else own))
        frame = frame.f_back  # type: ignore[assignment]
    return name


class SparseTensor(Tensor):
    """A tensor of which only some elements are kept: a list of coordinates (COO), or compressed rows or columns.

    Compressed ones are matrices, whose entries are numbers or blocks (BSR, BSC), or batches of matrices with as many
    entries each.

    Make one with `sparse_coo_tensor`, `sparse_csr_tensor` or `Tensor.to_sparse`. Operations that have no form for
    sparse tensors raise NotImplementedError. Inside `compile`, a function that uses one runs eagerly.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[0.0, 5.0], [0.0, 0.0]]).to_sparse()
        >>> type(x).__name__, x.shape, x.values()
        ('SparseTensor', mocrograd.Size([2, 2]), tensor([5.]))
        >>> x @ mg.ones(2, 1)
        tensor([[5.],
                [0.]])
    """

    __torch_function__ = staticmethod(disabled_torch_function)
    _sparse = True

    # COO: (sparse dimensions, entries); else the bounds of rows (batch..., rows + 1) and the columns
    # (batch..., entries), or vice versa
    _index: tuple[Tensor, ...]
    _elements: Tensor  # (batch..., entries, block..., dense dimensions...) in the order of entries, outside of graphs
    _merged: bool  # whether no position is given twice, and entries are in the order of positions
    _time: int  # the clock at the last change in place
    _cache: dict[str, Any]  # what has been computed from indices and values, with their versions
    _layout: Any

    device = _of_values("device")
    address = property(_refuse, doc="Raises: there is no memory.")
    storage = property(_refuse, doc="Raises: there is no memory.")
    _strides = property(_refuse, doc="Raises: there are none.")
    _stamp = property(_refuse, doc="Raises: there is no memory.")

    __hash__ = object.__hash__

    @property
    def _version(self) -> int:
        return self._time

    def _changed(self) -> None:
        clock[0] += 1
        self._time = clock[0]

    @property
    def layout(self) -> Any:
        """`sparse_coo`, `sparse_csr`, `sparse_csc`, `sparse_bsr` or `sparse_bsc`."""
        return self._layout

    @property
    def kind(self) -> str:
        """The layout as torch's messages call it."""
        return kind_name(self.layout)

    @property
    def is_sparse(self) -> bool:  # type: ignore[override]
        """Whether it is a list of coordinates."""
        return self.layout is layout.sparse_coo

    @property
    def is_sparse_csr(self) -> bool:  # type: ignore[override]
        """Whether its rows are compressed."""
        return self.layout is layout.sparse_csr

    def sparse_dim(self) -> int:
        """Return the number of dimensions that indices run over, 2 of compressed tensors; dense ones follow."""
        return self._index[0]._shape[0] if self._layout is layout.sparse_coo else 2

    def dense_dim(self) -> int:
        """Return the number of dimensions of one element."""
        return len(self._shape) - len(self._batch) - self.sparse_dim()

    @property
    def _batch(self) -> tuple[int, ...]:
        """The sizes of the dimensions in front of compressed matrices."""
        return () if self._layout is layout.sparse_coo else self._index[1]._shape[:-1]

    @property
    def _block(self) -> tuple[int, ...]:
        """The rows and columns of a block; empty where entries are no blocks."""
        return block_of(self._layout, self._elements._shape, self._index)

    def _nnz(self) -> int:
        return self._index[-1]._shape[-1]

    def is_coalesced(self) -> bool:
        """Return whether no position is given twice, and entries are in order.

        Raises:
            RuntimeError: It is no list of coordinates.
        """
        return expect(self, "is_coalesced")._merged

    def _indices(self) -> Tensor:
        return expect(self, "_indices", NotImplementedError)._index[0]

    def _values(self) -> Tensor:
        return expect(self, "_values", NotImplementedError)._elements

    def indices(self) -> Tensor:
        """Return the coordinates of the entries, (dimensions, entries).

        Raises:
            RuntimeError: It is no list of coordinates, or not coalesced.
        """
        return _merged(expect(self, "indices"), "indices")._index[0]

    def crow_indices(self) -> Tensor:
        """Return where each row begins among the entries.

        Raises:
            RuntimeError: Its rows are not compressed.
        """
        return _compressed(self, "crow_indices", ROWS, "row")._index[0]

    def col_indices(self) -> Tensor:
        """Return the column of each entry; the errors are those of `crow_indices`."""
        return _compressed(self, "col_indices", ROWS, "row")._index[1]

    def ccol_indices(self) -> Tensor:
        """Return where each column begins among the entries.

        Raises:
            RuntimeError: Its columns are not compressed.
        """
        return _compressed(self, "ccol_indices", COLUMNS, "column")._index[0]

    def row_indices(self) -> Tensor:
        """Return the row of each entry; the errors are those of `ccol_indices`."""
        return _compressed(self, "row_indices", COLUMNS, "column")._index[1]

    # --------------------------------------------------------------------- what tensors of memory have

    def stride(self, dim: int | None = None) -> Any:
        """Refuse: there is no memory in which elements could be apart.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(f"{self.kind} tensors do not have strides")

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Return False: there is no memory."""
        return False

    def data_ptr(self) -> int:
        """Refuse: there is no memory.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: NumPy has no sparse arrays.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"can't convert {self.kind} layout tensor to numpy. Use Tensor.to_dense() first.")

    def tolist(self) -> Any:
        """Refuse: use `to_dense().tolist()`.

        Raises:
            RuntimeError: Always.
        """
        self.data_ptr()

    def item(self) -> Any:
        """Return the one element.

        Raises:
            RuntimeError: There is not exactly one.
        """
        if self._size != 1:
            return super().item()
        return self.to_dense().item()

    def __setitem__(self, index: Any, value: Any) -> None:
        """Refuse: entries have no fixed places.

        Raises:
            TypeError: Always.
        """
        raise TypeError("Cannot assign to a sparse tensor")

    def detach(self) -> SparseTensor:
        """Return a tensor that shares indices and values and takes no part in the graph."""
        new = made(self._elements, self.layout, self._index, self._shape, self._merged)
        new._cache = self._cache
        return new

    @property
    def data(self) -> Any:
        """The indices and values without the graph; assigning replaces them."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, SparseTensor):
            raise TypeError(f"Variable data has to be a sparse tensor, but got {type(value).__name__}")
        become(self, value.detach())


def kind_name(kind: Any) -> str:
    """Return what torch's messages call a layout."""
    return _NAMES.get(kind, str(kind))


def expect(x: SparseTensor, name: str, error: type[Exception] = RuntimeError) -> SparseTensor:
    """Return a list of coordinates.

    Raises:
        RuntimeError: It is of another layout; or another error.
    """
    if x.layout is not layout.sparse_coo:
        raise error(f"{name} expected sparse coordinate tensor layout but got {x.kind}")
    return x


def _merged(x: SparseTensor, name: str) -> SparseTensor:
    if not x._merged:
        raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")
    return x


def values_of(x: SparseTensor) -> SparseTensor:
    """Return a tensor whose entries a user may ask for.

    Raises:
        RuntimeError: It is not coalesced.
    """
    return _merged(x, "values")


def _compressed(x: SparseTensor, name: str, wanted: Any, what: str) -> SparseTensor:
    if x.layout not in wanted:
        raise RuntimeError(f"{name} expected sparse {what} compressed tensor layout but got {x.kind}")
    return x


def block_of(kind: Any, size: tuple[int, ...], index: tuple[Tensor, ...]) -> tuple[int, ...]:
    """Return the rows and columns of a block for values of a size; empty where entries are no blocks."""
    batch = len(index[-1]._shape) - 1
    return size[batch + 1 : batch + 3] if kind in BLOCKED else ()


def made(values: Tensor, kind: Any, index: tuple[Tensor, ...], shape: tuple[int, ...], merged: bool) -> SparseTensor:
    """Return a sparse tensor of parts that fit, which takes no part in a graph.

    Raises:
        RuntimeError: It would have too many elements, or a `vmap` is running.
    """
    if math.prod(shape) >= _MOST:
        raise RuntimeError(f"numel: integer multiplication overflow: a tensor of shape {list(shape)} is too large")
    if autograd.mode.vmap is not None:
        raise RuntimeError("vmap: sparse tensors are not supported inside of the function that vmap maps")
    recording.cannot_replay("it uses a sparse tensor, of which nothing is recorded")
    new: SparseTensor = blank(SparseTensor)
    show(new, values.detach(), kind, index, shape, merged)
    new._time, new._cache = 0, {}
    return new


def show(
    x: SparseTensor, values: Tensor, kind: Any, index: tuple[Tensor, ...], shape: tuple[int, ...], merged: bool
) -> None:
    """Give a sparse tensor its parts."""
    nowhere: Any = None
    strides = (0,) * len(shape)
    backend.set_memory(x, None, shape, strides, values.dtype, nowhere, _NO_ADDRESS, math.prod(shape), False)
    x._elements, x._layout, x._index, x._merged = values, kind, index, merged


def become(x: SparseTensor, other: SparseTensor) -> SparseTensor:
    """Make a tensor what another one is, in place; it takes that one's place in the graph.

    Raises:
        RuntimeError: A leaf that requires a gradient would be changed, or another dtype or shape result.
    """
    if x._shape != other._shape or x.dtype is not other.dtype:
        raise RuntimeError(
            f"a result of shape {list(other._shape)} and dtype {other.dtype.name} can't be stored in a sparse tensor "
            f"of shape {list(x._shape)} and dtype {x.dtype.name}"
        )
    if x.requires_grad and autograd.mode.grad and x.grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    show(x, other._elements, other.layout, other._index, other._shape, other._merged)
    x._cache = {}
    x._changed()
    if other.requires_grad:
        x.requires_grad, x.grad_fn, x._edge = True, other.grad_fn, other._edge
    elif autograd.mode.grad and x.grad_fn is not None:
        x.requires_grad, x.grad_fn, x._edge = False, None, None
    return x


def remembered(x: SparseTensor, name: str, make: Callable[[], Any], with_values: bool) -> Any:
    """Return what is computed from a tensor's indices, and values, once as long as these are not changed."""
    parts = (*x._index, x._elements) if with_values else x._index
    versions = tuple([part._version for part in parts])
    found = x._cache.get(name)
    if found is None or found[0] != versions:
        found = x._cache[name] = versions, make()
    return found[1]


def way(function: _F) -> _F:
    """Make a function the form of the method of its name for sparse tensors; a decorator."""
    setattr(SparseTensor, function.__name__, function)
    return function
