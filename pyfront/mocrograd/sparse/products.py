"""Products of sparse matrices: with dense ones by the kernels of mojo_kernels/matmul/sparse.mojo, and with each other.

y = S b is `Product`, the gradient of S's values is `Sampled`, that of b a `Product` with the transposed matrix. Each is
the other's gradient, so derivatives of any order use these kernels.
"""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, layout, ops
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.layout import Shape
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.matmul import check_operands
from mocrograd.sparse.graph import added, as_coo, bounds_of, build, coalesced, entries, positions, rows_of
from mocrograd.sparse.layouts import to_layout
from mocrograd.sparse.pointwise import add, mul
from mocrograd.sparse.tensor import BLOCKED, SparseTensor, remembered, way
from mocrograd.tensor import Tensor, fresh

_KERNELS = (dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16)
"""Dtypes that the kernels compute, the last two in float32; others are products of rows, added up by index."""


class Pattern:
    """The positions of a matrix's entries, which ascend by rows.

    Attributes:
        bounds: Where each row begins.
        rows: The row of each entry.
        columns: Its column.
        shape: The sizes of the matrix.
    """

    def __init__(self, bounds: Tensor, rows: Tensor, columns: Tensor, shape: Shape) -> None:
        self.bounds, self.rows, self.columns, self.shape = bounds, rows, columns, shape
        self._turned: tuple[Pattern, Tensor] | None = None

    def turned(self) -> tuple[Pattern, Tensor]:
        """Return the transposed pattern, and which entry of this one each of its entries is."""
        if self._turned is None:
            order = ops.argsort(self.columns, stable=True)
            rows = self.columns.index_select(0, order)
            shape = self.shape[1], self.shape[0]
            pattern = Pattern(bounds_of(rows, shape[0]), rows, self.rows.index_select(0, order), shape)
            self._turned = pattern, order
        return self._turned


def pattern_of(x: SparseTensor) -> Pattern:
    """Return the pattern of a matrix whose entries ascend by rows; it is kept as long as the indices do not change."""
    found: Pattern = remembered(x, "pattern", lambda: _on_device(_pattern(x)), False)
    return found


def _on_device(pattern: Pattern) -> Pattern:
    """Return a pattern, whose indices are checked here where kernels cannot report them: on a GPU.

    Raises:
        IndexError: An index is outside of the matrix.
    """
    if pattern.columns.device.handle and pattern.columns._size:
        for index, size in zip((pattern.rows, pattern.columns), pattern.shape):
            low, high = int(index.min()), int(index.max())
            if low < 0 or high >= size:
                raise IndexError(f"sparse matrix: expected indices from 0 to {size - 1}, got {low} to {high}")
    return pattern


def _pattern(x: SparseTensor) -> Pattern:
    if x.layout is layout.sparse_csr:
        bounds, columns = [part.detach().to(dtypes.int64).clone() for part in x._index]
        return Pattern(bounds, rows_of(bounds, columns._size), columns, x._shape)
    rows, columns = [part.clone() for part in x._index[0].detach()]
    return Pattern(bounds_of(rows, x._shape[0]), rows.contiguous(), columns.contiguous(), x._shape)


class Product(Function):
    """y = S b for the values of S and a dense matrix b."""

    pattern: Pattern

    @staticmethod
    def forward(ctx: Any, values: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(values, b)
        ctx.pattern = pattern
        b, values = b.contiguous(), values.contiguous()
        (rows, inner), columns = pattern.shape, b._shape[1]
        crow, col, device = pattern.bounds, pattern.columns, values.device
        kernel = device.table[f"sparse_product.forward.{values.dtype.name}"]
        y = fresh((rows, columns), rows * columns, values.dtype, device)
        if y._size:
            entries = values._size
            call(
                kernel, entries * columns + y._size, y.address, values.address, crow.address, col.address, b.address,
                rows, columns, inner, entries, device.context,
            )  # fmt: skip
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Sample the product of the gradient and b; multiply the transposed matrix with the gradient."""
        values, b = ctx.saved_tensors
        dvalues = Sampled.run(grad, b, ctx.pattern) if ctx.wanted[0] else None
        return dvalues, _turned(values, grad, ctx.pattern) if ctx.wanted[1] else None, None


def _turned(values: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
    """Return the product of the transposed matrix."""
    turned, order = pattern.turned()
    y: Tensor = Product.run(values.index_select(0, order), b, turned)
    return y


class Sampled(Function):
    """y[k] = the product of rows of a and b, those that an entry names."""

    pattern: Pattern

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, pattern: Pattern) -> Tensor:
        """Run the kernel."""
        ctx.save_for_backward(a, b)
        ctx.pattern = pattern
        a, b = a.contiguous(), b.contiguous()
        (rows, inner), columns = pattern.shape, b._shape[1]
        row, col, device = pattern.rows, pattern.columns, a.device
        entries = row._size
        kernel = device.table[f"sparse_sampled.forward.{a.dtype.name}"]
        y = fresh((entries,), entries, a.dtype, device)
        if entries:
            call(
                kernel, entries * (columns + 1), y.address, a.address, b.address, row.address, col.address, entries,
                columns, rows, inner, device.context,
            )  # fmt: skip
        return y

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Multiply the matrix of the gradients with the other operand."""
        a, b = ctx.saved_tensors
        da = Product.run(grad, b, ctx.pattern) if ctx.wanted[0] else None
        return da, _turned(grad, a, ctx.pattern) if ctx.wanted[1] else None, None


class OfLeaf(Function):
    """y = x b for a sparse leaf x, matrices or batches of them; its gradient is dense, as torch's of `mm` is."""

    @staticmethod
    def forward(ctx: Any, x: SparseTensor, b: Tensor) -> Tensor:
        """Multiply, unrecorded."""
        ctx.save_for_backward(x, b)
        return times_dense(x, b, True)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply the gradient with b, transposed, at all positions, and x, transposed, with the gradient.

        Both are conjugated where they are complex.
        """
        x, b = ctx.saved_tensors
        dx = ops.matmul(grad, conjugated(b).transpose(-1, -2)) if ctx.wanted[0] else None
        adjoint: Any = conjugated(x)
        return dx, times_dense(adjoint, grad, True, True) if ctx.wanted[1] else None


def times_dense(x: SparseTensor, b: Tensor, masked: bool, transposed: bool = False) -> Tensor:
    """Return x b for a dense matrix b, or a batch of such products.

    Args:
        x: A sparse matrix, or a batch of them.
        b: A dense one.
        masked: Whether the gradient of x is sparse where x is a leaf, too.
        transposed: Whether the product is that of the transposed matrix instead.
    """
    if not masked and x.requires_grad and x.grad_fn is None and mode.grad:
        dense: Tensor = OfLeaf.apply(x, b)
        return dense
    if len(x._shape) == 3:
        return _times_batch(x.transpose(1, 2) if transposed else x, b)
    if x.layout in BLOCKED:
        return _times_blocks(x, b, transposed)
    x = coalesced(as_coo(x)) if x.layout is not layout.sparse_csr else x
    values, pattern = entries(x), pattern_of(x)
    if x.dtype in _KERNELS:
        y: Tensor = _turned(values, b, pattern) if transposed else Product.run(values, b, pattern)
        return y
    from_rows, to_rows = (pattern.rows, pattern.columns) if transposed else (pattern.columns, pattern.rows)
    return added(values.unsqueeze(1) * b.index_select(0, from_rows), to_rows, x._shape[1 if transposed else 0])


def _times_blocks(x: SparseTensor, b: Tensor, transposed: bool) -> Tensor:
    """Return the product of a matrix of blocks: those of each block and rows of b, added up by rows of blocks."""
    rows, columns = remembered(x, "blocks", lambda: positions(x.layout, x._index), False)
    (high, wide), values = x._block, entries(x)
    height, width = x._shape
    if transposed:
        rows, columns, high, wide, height, width = columns, rows, wide, high, width, height
        values = values.transpose(1, 2)
    of_b = b.reshape(width // wide, wide, b._shape[1]).index_select(0, columns)
    return added(ops.bmm(values, of_b), rows, height // high).reshape(height, b._shape[1])


def _times_batch(x: Any, b: Tensor) -> Tensor:
    """Return the products of a batch: one with a matrix that has those of the batch along its diagonal."""
    x = coalesced(as_coo(x))
    if x.sparse_dim() != 3:
        raise RuntimeError(f"bmm: expected 3 sparse dimensions, got {x.sparse_dim()}")
    (many, height, width), columns = x._shape, b._shape[2]
    batch, row, column = x._index[0]
    index = ops.stack([batch * height + row, batch * width + column])
    whole = build(entries(x), layout.sparse_coo, (index,), (many * height, many * width), True)
    return times_dense(whole, b.reshape(many * width, columns), True).reshape(many, height, columns)


def times_sparse(a: SparseTensor, b: SparseTensor) -> SparseTensor:
    """Return the product of two sparse matrices: for each entry of a, the entries of a row of b."""
    kind = layout.sparse_coo if a.is_sparse else layout.sparse_csr
    a, b = coalesced(as_coo(a)), coalesced(as_coo(b))
    rows, columns = a._index[0]
    of_b = pattern_of(b)
    counts = (of_b.bounds[1:] - of_b.bounds[:-1]).index_select(0, columns)
    which = ops.repeat_interleave(ops.arange(a._nnz(), device=a.device), counts)
    before = (counts.cumsum(0) - counts).index_select(0, which)
    others = (
        of_b.bounds.index_select(0, columns.index_select(0, which)) + ops.arange(which._size, device=a.device) - before
    )
    values = entries(a).index_select(0, which) * entries(b).index_select(0, others)
    index = ops.stack([rows.index_select(0, which), of_b.columns.index_select(0, others)])
    product = coalesced(build(values, layout.sparse_coo, (index,), (a._shape[0], b._shape[1]), False))
    return to_layout(product, kind)


def product(name: str, a: Any, b: Any, masked: bool = False) -> Any:
    """Return the product of matrices, or of a matrix and a vector, of which at least one is sparse.

    Args:
        name: The operation, for messages.
        a: The first operand.
        b: The second one.
        masked: Whether the gradient of a sparse leaf is sparse.

    Raises:
        RuntimeError: Sizes do not fit, dtypes or devices differ, or an operand has other dimensions.
        NotImplementedError: Entries are no numbers.
    """
    check_operands(name, a, b)
    if not (isinstance(a, SparseTensor) or isinstance(b, SparseTensor)):
        return ops.matmul(a, b)
    for x in (a, b):
        if isinstance(x, SparseTensor) and len(x._shape) - x.dense_dim() not in (2, 3):
            raise RuntimeError(f"{name}: expected a sparse matrix, got shape {list(x._shape)}")
        if isinstance(x, SparseTensor) and x.dense_dim():
            raise NotImplementedError(f"{name}: a sparse matrix of rows is not supported; use to_dense()")
    if len(a._shape) == 3 or len(b._shape) == 3:
        return _batch(name, a, b, masked)
    if not isinstance(a, SparseTensor):
        if len(a._shape) == 1:
            return product(name, b.t(), a, masked)
        return product(name, b.t(), a.t(), masked).t() if len(a._shape) == 2 else _ranks(name, a, b)
    if a._shape[1] != b._shape[0] if b._shape else True:
        raise _unequal(name, a, b)
    if isinstance(b, SparseTensor):
        return times_sparse(a, b)
    if len(b._shape) == 1:
        return times_dense(a, b.unsqueeze(1), masked).squeeze(1)
    return times_dense(a, b, masked) if len(b._shape) == 2 else _ranks(name, a, b)


def _unequal(name: str, a: Tensor, b: Tensor) -> RuntimeError:
    return RuntimeError(
        f"{name}: mat1 and mat2 shapes cannot be multiplied ({'x'.join(map(str, a._shape))} and "
        f"{'x'.join(map(str, b._shape)) or 'scalar'})"
    )


def _batch(name: str, a: Any, b: Any, masked: bool) -> Any:
    """Return the products of a sparse batch of matrices and a dense one.

    Raises:
        RuntimeError: One is no batch of as many matrices, both are sparse, or sizes do not fit.
    """
    if len(a._shape) != len(b._shape) or (a._sparse and b._sparse):
        _ranks(name, a, b)
    if a._shape[0] != b._shape[0] or a._shape[2] != b._shape[1]:
        raise _unequal(name, a, b)
    if a._sparse:
        return times_dense(a, b, masked)
    return times_dense(b.transpose(1, 2), a.transpose(1, 2), masked).transpose(1, 2)


def _ranks(name: str, a: Tensor, b: Tensor) -> Any:
    raise RuntimeError(
        f"{name}: a sparse matrix is multiplied with a matrix or a vector, a sparse batch of them with a dense batch, "
        f"got shapes {list(a._shape)} and {list(b._shape)}"
    )


def added_product(name: str, x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1, masked: bool = False) -> Any:
    """Return beta x + alpha a b."""
    total = product(name, a, b, masked)
    if alpha != 1:
        total = total * alpha
    if beta == 0:
        return total
    scaled = x if beta == 1 else mul(x, beta) if isinstance(x, SparseTensor) else x * beta
    if isinstance(scaled, SparseTensor) or isinstance(total, SparseTensor):
        return add(scaled, total)
    if len(scaled._shape) > len(total._shape) or ops.broadcast_shapes(scaled._shape, total._shape) != total._shape:
        raise RuntimeError(f"{name}: input of shape {list(x._shape)} must be broadcastable to {list(total._shape)}")
    return scaled + total


def _matmul(self: SparseTensor, other: Any) -> Any:
    return product("matmul", self, other)


def _rmatmul(self: SparseTensor, other: Any) -> Any:
    return product("matmul", other, self)


setattr(SparseTensor, "__matmul__", _matmul)  # noqa: B010 - as methods of other signatures
setattr(SparseTensor, "__rmatmul__", _rmatmul)  # noqa: B010


@way
def matmul(self: SparseTensor, other: Tensor) -> Any:
    """Return the product with a matrix or a vector."""
    return product("matmul", self, other)


@way
def mm(self: SparseTensor, mat2: Tensor) -> Any:
    """Return the product with a matrix.

    Raises:
        RuntimeError: The other one is no matrix.
    """
    if isinstance(mat2, Tensor) and len(mat2._shape) != 2:
        raise RuntimeError(f"mm: mat2 must be a matrix, got {len(mat2._shape)} dimensions")
    return product("mm", self, mat2)


@way
def mv(self: SparseTensor, vec: Tensor) -> Any:
    """Return the product with a vector.

    Raises:
        RuntimeError: The other one is no vector.
    """
    if isinstance(vec, Tensor) and len(vec._shape) != 1:
        raise RuntimeError(f"mv: vec must be a vector, got {len(vec._shape)} dimensions")
    return product("mv", self, vec)


@way
def addmm(self: SparseTensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """Return beta self + alpha mat1 mat2, where all are sparse."""
    return added_product("addmm", self, mat1, mat2, beta, alpha)
