"""Gathering and scattering along a dimension: by an index for each element, or for each slice."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import shows
from mocrograd.backend import asked_by, asker, recording
from mocrograd.layout import Shape, normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._indices import three
from mocrograd.ops._inplace import before, check_writable, mutate
from mocrograd.ops._memory import fill, move
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver, deliver_in_place, in_place_of
from mocrograd.ops._parts import pairs
from mocrograd.ops._pointwise import conjugated
from mocrograd.ops.cast import in_order_like, on_one_device, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import from_host, full, tensor, zeros
from mocrograd.ops.indexing import PutRows, index_of, run_indexed
from mocrograd.tensor import Tensor, fresh, method, view_of
from mocrograd.types import Number, Operand

__all__ = [
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_reduce",
    "scatter",
    "scatter_add",
    "scatter_reduce",
    "take",
    "take_along_dim",
]

_REDUCTIONS = {"sum": "add", "prod": "mul", "mean": "add", "amax": "max", "amin": "min"}


def _crop(x: Tensor, shape: Shape, dim: int) -> Tensor:
    """Return the part of a tensor that an index of a shape reaches, a view outside of the graph."""
    target = (*shape[:dim], x._shape[dim], *shape[dim + 1 :])
    return x if target == x._shape else view_of(x, target, x._strides, 0, math.prod(target))


class Gather(Function):
    """y[..., j, ...] = x[..., index[..., j, ...], ...] along a dimension."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, dim: int) -> Tensor:
        """Gather the elements."""
        part = _crop(x, index._shape, dim)
        if not (part._dense or part.is_contiguous()):
            dense = fresh(part._shape, part._size, x.dtype, x.device)
            move(dense, part)
            part = dense
        out = fresh(index._shape, index._size, x.dtype, x.device)
        if out._size:
            words = (out.address, part.address, index.address, *three(index._shape, dim), x._shape[dim])
            _run(f"gather.forward.{x.dtype.name}", (*words, asker(x.device)), index, dim, x._shape[dim])
        ctx.save_for_backward(index)
        ctx.kept = dim, x._shape
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Add up the gradients of each element."""
        (index,) = ctx.saved_tensors
        dim, shape = ctx.kept
        return AddInto.run(grad.contiguous(), index, dim, shape), None, None


class AddInto(Function):
    """Zeros to which elements are added at an index: the transpose of Gather."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, dim: int, shape: Shape) -> Tensor:
        """Scatter, adding up in the order of the index."""
        out = fresh(shape, math.prod(shape), x.dtype, x.device)
        if index._size and _crop(out, index._shape, dim) is out:
            _scatter("sum", out, x, index, dim)
        else:
            fill(out, 0)
            _scatter("add", out, x, index, dim)
        ctx.save_for_backward(index)
        ctx.kept = dim
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:
        """Gather the gradient."""
        (index,) = ctx.saved_tensors
        return Gather.run(grad, index, ctx.kept), None, None, None


def _run(kernel: str, words: Shape, index: Tensor, dim: int, size: int) -> None:
    device = index.device
    try:
        run_indexed(device.table[kernel], index._size, words, device, size, index, 0)
    except IndexError as error:  # torch's type for an index per element
        raise RuntimeError(str(error).replace("for dimension with", f"for dimension {dim} with")) from None


def _scatter(how: str, target: Tensor, x: Tensor, index: Tensor, dim: int) -> None:
    """Scatter contiguous elements, or a single one, into a target."""
    if not index._size:
        return
    if target.dtype.is_complex and how in ("max", "min"):
        raise NotImplementedError(f'"scatter_reduce" by "{how}" not implemented for {target.dtype.name}')
    if target.dtype.is_complex and how == "mul":
        _multiply(target, x.expand(index._shape), index, dim)
        return
    if target.dtype.is_complex and how != "set":  # both parts
        both = index.unsqueeze(-1).expand(*index._shape, 2).contiguous()
        _scatter(how, pairs(target), pairs(x.expand(index._shape).contiguous()), both, dim)
        return
    part = dense = _crop(target, index._shape, dim)
    if not (part._dense or part.is_contiguous()):
        dense = fresh(part._shape, part._size, part.dtype, part.device)
        move(dense, part)
    step = 1 if x._shape == index._shape else 0
    found, sizes = asker(x.device), three(index._shape, dim)
    words = (dense.address, x.address, index.address, *sizes, target._shape[dim], found, step)
    _run(f"scatter_{how}.forward.{target.dtype.name}", words, index, dim, target._shape[dim])
    if dense is not part:
        move(part, dense)


def _multiply(target: Tensor, x: Tensor, index: Tensor, dim: int) -> None:
    """Multiply complex elements of a target by others at an index, on the host.

    Raises:
        RuntimeError: An index is out of range.
    """
    recording.cannot_replay("a product of complex numbers by index is computed on the host")
    product, factors, where_to = [t.detach().to("cpu").numpy() for t in (target, x, index)]
    size = target._shape[dim]
    wrong = where_to[(where_to < 0) | (where_to >= size)]
    if wrong.size:
        raise RuntimeError(f"index {wrong[0]} is out of bounds for dimension {dim} with size {size}")
    product, indices = product.copy(), list(np.indices(where_to.shape))
    indices[dim] = where_to
    np.multiply.at(product, tuple(indices), factors)
    move(target, from_host(product, target.device, False))


class Scatter(Function):
    """A target whose elements are replaced or added to at an index, in place."""

    @staticmethod
    def forward(ctx: Any, old: Tensor, x: Tensor, target: Tensor, index: Tensor, dim: int, add: bool) -> Tensor:
        """Scatter: x is contiguous, of the index's shape or a single value."""
        _scatter("add" if add else "set", target, x, index, dim)
        ctx.save_for_backward(index)
        ctx.kept = dim, add, x._shape
        return target

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """New elements get the gradient of what they wrote, old ones the rest; a sum passes it to both."""
        (index,) = ctx.saved_tensors
        dim, add, shape = ctx.kept
        wants_old, wants_x = ctx.wanted[:2]
        old = x = None
        if wants_old:
            old = grad if add else scatter(grad, dim, index, 0)
        if wants_x:
            x = Gather.run(grad, index, dim)
            x = x if shape == index._shape else x.sum().reshape(shape)
        return old, x, None, None, None, None

    def _kind(self) -> str:
        return "ScatterAdd" if self.kept[1] else "Scatter"


def _index(name: str, input: Tensor, dim: int, index: Tensor) -> tuple[Tensor, Tensor, int]:
    """Return the input and the index with a dimension at least, and the dimension.

    Raises:
        RuntimeError: The index has another dtype than int64 and int32, or another number of dimensions.
    """
    if not isinstance(index, Tensor):
        raise TypeError(f"{name}(): argument 'index' must be Tensor, not {type(index).__name__}")
    dim = normalize_dim(dim, len(input._shape))
    alike = len(index._shape) == len(input._shape) > 0 and index.device is input.device
    if alike and index._dense and index.dtype is dtypes.int64:
        return input, index, dim  # the most common ones
    if index.dtype not in (dtypes.int64, dtypes.int32) and index._size:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {index.dtype}")
    on_one_device(name, input, index)
    if index._size and max(len(index._shape), 1) != max(len(input._shape), 1):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as input tensor: {name}() got index of shape "
            f"{list(index._shape)} for input of shape {list(input._shape)}"
        )
    index = to_dtype(index, dtypes.int64).contiguous()
    if not index._shape:
        index = index.reshape(1)
    return (input if input._shape else input.reshape(1)), index, dim


@lru_cache(maxsize=8192)
def _exceeds(shape: Shape, other: Shape, but: int) -> bool:
    """Return whether a shape is larger than another one in a dimension other than `but`."""
    return any(n > m for d, (n, m) in enumerate(zip(shape, other)) if d != but)


def _fits(name: str, index: Tensor, other: Tensor, what: str, but: int) -> None:
    """Refuse an index that is larger than a tensor in a dimension other than `but`."""
    shape = other._shape or (1,)
    if index._shape == shape or not index._size:
        return
    if len(shape) != len(index._shape):
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {what} tensor: {name}() got index of shape "
            f"{list(index._shape)} for {what} of shape {list(other._shape)}"
        )
    if _exceeds(index._shape, shape, but):
        raise RuntimeError(
            f"{name}(): Expected index {list(index._shape)} to be no larger than {what} {list(other._shape)}"
            + (f" apart from dimension {but}" if but >= 0 else "")
        )


@method
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """Return elements along a dimension at an index, one for each element of the index.

    Args:
        input: A tensor.
        dim: The dimension.
        index: int64 or int32, of as many dimensions, in none but `dim` larger.
        sparse_grad: Accepted; gradients are dense.
        out: Where the result is written.

    Raises:
        RuntimeError: An index is out of range, or of another shape or dtype.

    Example:
        >>> import mocrograd as mg
        >>> mg.gather(mg.tensor([[1, 2], [3, 4]]), 1, mg.tensor([[1], [0]]))
        tensor([[2],
                [3]])
    """
    x, indices, dim = _index("gather", input, dim, index)
    _fits("gather", indices, x, "input", dim)
    if indices._size == 0:
        indices = indices.reshape(index._shape)
        if len(index._shape) != len(x._shape):
            nothing = x.reshape(-1).narrow(0, 0, 0).reshape(index._shape)
            return nothing if out is None else deliver("gather", out, nothing, exact=True)
    result = Gather.run(x, indices, dim)
    result = result if index._shape else result.reshape(())
    return result if out is None else deliver("gather", out, result, exact=True)


def _values(name: str, input: Tensor, index: Tensor, value: Any, dim: int) -> Tensor:
    """Return what is scattered: contiguous, of the index's shape, or a single element.

    Raises:
        RuntimeError: A source has another dtype, or is smaller than the index.
    """
    if not isinstance(value, Tensor):
        if dtypes.scalar_kind(value) < 0:
            raise TypeError(f"{name}(): argument 'src' must be Tensor or Number, not {type(value).__name__}")
        return full((1,) * len(index._shape), value, dtype=input.dtype, device=input.device)
    if value.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, got {input.dtype.name} and {value.dtype.name}"
        )
    on_one_device(name, input, value)
    _fits(name, index, value, "src", -1)
    value = value if value._shape else value.reshape(1)
    if index._size and value._shape != index._shape:
        value = value[tuple([slice(0, n) for n in index._shape])]
    return value.contiguous()


def _scattered(name: str, input: Tensor, dim: int, index: Tensor, value: Any, add: bool, inplace: bool) -> Tensor:
    x, indices, dim = _index(name, input, dim, index)
    _fits(name, indices, x, "self", dim)
    values = _values(name, x, indices, value, dim)
    if add and input.dtype.kind == 0:
        return _in_computing_dtype(input, lambda wide: _scattered(name, wide, dim, index, to_dtype(value, wide.dtype),
                                                                  True, False), inplace, name)  # fmt: skip
    if inplace:
        check_writable(name, input)
        return mutate(name, input, Scatter, (values,), (indices, dim, add)) if input._shape else (
            deliver_in_place(name, input, _scattered(name, input.clone(), dim, index, value, add, False)))  # fmt: skip
    target = copy_of(x, values, indices)
    result = Scatter.run(x, values, target, indices, dim, add)
    return result if input._shape else result.reshape(())


def _in_computing_dtype(input: Tensor, compute: Any, inplace: bool, name: str) -> Tensor:
    result = to_dtype(compute(to_dtype(input, dtypes.int64)), input.dtype)
    return deliver_in_place(name, input, result) if inplace else result


def copy_of(x: Tensor, *others: Tensor) -> Tensor:
    if mode.vmap is not None and (copy := mode.vmap.copy(x.detach(), others)) is not None:
        return copy
    target = fresh(x._shape, x._size, x.dtype, x.device)
    move(target, x)
    return target


@method
@takes_out()
def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Operand | None = None,
    *,
    value: Operand | None = None,
    reduce: str | None = None,
) -> Tensor:
    """Return a copy in which elements along a dimension are replaced at an index.

    Args:
        input: A tensor.
        dim: The dimension.
        index: int64 or int32, of as many dimensions.
        src: A tensor at least as large as the index, or a number.
        value: The number, under torch's other name.
        reduce: "add" or "multiply" instead of replacing.

    Raises:
        RuntimeError: An index is out of range, or shapes or dtypes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> mg.scatter(mg.zeros(3), 0, mg.tensor([2]), 5.0)
        tensor([0., 0., 5.])
    """
    src = value if src is None else src
    if reduce is None:
        return _scattered("scatter", input, dim, index, src, False, False)
    if reduce not in ("add", "multiply"):
        raise RuntimeError(f"reduce argument must be either add or multiply, got {reduce!r}")
    if not isinstance(src, Tensor):
        src = full(index._shape, src, dtype=input.dtype, device=input.device)  # type: ignore[arg-type]
    return asked_by("scatter")(scatter_reduce)(input, dim, index, src, "sum" if reduce == "add" else "prod")


@method
def scatter_(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Operand | None = None,
    *,
    value: Operand | None = None,
    reduce: str | None = None,
) -> Tensor:
    """Replace elements along a dimension at an index, and return the tensor itself."""
    src = value if src is None else src
    if reduce is None:
        return _scattered("scatter_", input, dim, index, src, False, True)
    old, dim, index, src = before(input, dim, index, src)
    return deliver_in_place("scatter_", input, scatter(old, dim, index, src, reduce=reduce))


@method
@takes_out()
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return a copy to which elements are added along a dimension at an index, in the order of the index.

    Example:
        >>> import mocrograd as mg
        >>> mg.scatter_add(mg.zeros(2), 0, mg.tensor([1, 1]), mg.ones(2))
        tensor([0., 2.])
    """
    if not isinstance(src, Tensor):
        raise TypeError(f"scatter_add(): argument 'src' must be Tensor, not {type(src).__name__}")
    return _scattered("scatter_add", input, dim, index, src, True, False)


@method
def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add elements along a dimension at an index, and return the tensor itself."""
    if not isinstance(src, Tensor):
        raise TypeError(f"scatter_add_(): argument 'src' must be Tensor, not {type(src).__name__}")
    return _scattered("scatter_add_", input, dim, index, src, True, True)


def _products_of_others(x: Tensor, src: Tensor, index: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Return for each factor of `_Reduced` the product of the others, so that its derivative is right at zeros too."""
    zero = src == 0
    factors = src.masked_fill(zero, 1)
    here = scatter_reduce(x.new_ones(x._shape), dim, index, src, "prod")
    there = gather(scatter_reduce(x, dim, index, src, "prod"), dim, index) / factors
    rest = gather(scatter_reduce(x, dim, index, factors, "prod"), dim, index)
    nothing = x.new_zeros(x._shape)
    count = gather(scatter_add(nothing, dim, index, zero.to(x.dtype)), dim, index)
    other = gather(scatter_add(nothing, dim, index, src.masked_fill(~zero, 0)), dim, index) - src
    of_zeros = where(count == 1, rest, where(count == 2, rest * other, 0.0))
    return here, where(zero, of_zeros, there)


class _Reduced(Function):
    """x reduced with elements of src at an index, by product, maximum or minimum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, src: Tensor, index: Tensor, dim: int, how: str) -> Tensor:
        """Reduce, in the order of the index."""
        out = copy_of(x)
        _scatter(how, out, src, index, dim)
        ctx.save_for_backward(x, src, index, out)
        ctx.kept = dim, how
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        """Extremes share the gradient among those that tie; a factor receives the product of the others."""
        x, src, index, out = ctx.saved_tensors
        dim, how = ctx.kept
        if how == "mul" and (mode.grad or grad.dtype.is_complex):
            here, there = [conjugated(others) for others in _products_of_others(x, src, index, dim)]
            return grad * here, gather(grad, dim, index) * there, None, None, None
        if how == "mul":
            bare = x.masked_fill(x == 0, 1)
            factors = src.masked_fill(src == 0, 1)
            none = (x == 0).to(grad.dtype)
            count = none.scatter_add(dim, index, (src == 0).to(grad.dtype))  # zeros per element
            others = scatter_reduce(bare, dim, index, factors, "prod")  # the product without them
            here = others.masked_fill(count - none > 0, 0) / bare
            gathered = gather(others, dim, index)
            zeros_there = gather(count, dim, index) - (src == 0).to(grad.dtype)
            there = gathered.masked_fill(zeros_there > 0, 0) / factors
            return grad * here, gather(grad, dim, index) * there, None, None, None
        mine = (x == out).to(grad.dtype)
        theirs = (src == gather(out, dim, index)).to(grad.dtype)
        share = grad / scatter_add(mine, dim, index, theirs).clamp(min=1)
        return mine * share, theirs * gather(share, dim, index), None, None, None


@method
@takes_out()
@shows("ScatterReduce")
@asked_by("scatter_reduce")
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Return a copy in which elements along a dimension are reduced with those of `src` at an index.

    Args:
        input: A tensor.
        dim: The dimension.
        index: int64 or int32, of as many dimensions.
        src: A tensor at least as large as the index, of the input's dtype.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: Whether the input's own elements take part.

    Raises:
        RuntimeError: An index is out of range, or shapes or dtypes do not fit, or the reduction is unknown.

    Example:
        >>> import mocrograd as mg
        >>> groups = mg.tensor([0, 1, 0])
        >>> mg.scatter_reduce(mg.zeros(2), 0, groups, mg.tensor([1.0, 5.0, 3.0]), "mean", include_self=False)
        tensor([2., 5.])
    """
    if not isinstance(src, Tensor):
        raise TypeError(f"scatter_reduce(): argument 'src' must be Tensor, not {type(src).__name__}")
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}.")
    x, indices, dim = _index("scatter_reduce", input, dim, index)
    _fits("scatter_reduce", indices, x, "self", dim)
    values = _values("scatter_reduce", x, indices, src, dim)
    if input.dtype.computes is not input.dtype:
        wide = to_dtype(input, dtypes.int64)
        whole = scatter_reduce(wide, dim, index, to_dtype(src, dtypes.int64), reduce, include_self=include_self)
        return to_dtype(whole, input.dtype)
    if not include_self:
        x = scatter(x, dim, indices, _neutral(reduce, x.dtype))
    how = _REDUCTIONS[reduce]
    result = scatter_add(x, dim, indices, values) if how == "add" else _Reduced.run(x, values, indices, dim, how)
    if reduce == "mean":
        kind = x.dtype.to_real() if x.dtype.is_complex else x.dtype
        counts = full(x._shape, int(include_self), dtype=kind, device=x.device)
        ones = full(indices._shape, 1, dtype=kind, device=x.device)
        counts = scatter_add(counts, dim, indices, ones).clamp(min=1)
        result = result / counts if x.dtype.kind >= 2 else result // counts
    return result if input._shape else result.reshape(())


def _neutral(reduce: str, dtype: dtypes.dtype) -> float:
    """Return the neutral element of a reduction."""
    if reduce in ("amax", "amin"):
        lowest = -math.inf if dtype.is_floating_point else -(2**63)
        return lowest if reduce == "amax" else math.inf if dtype.is_floating_point else 2**63 - 1
    return 1 if reduce == "prod" else 0


in_place_of(scatter_reduce)


# ----------------------------------------------------------------------------------------- slices


def _rows(name: str, input: Tensor, dim: int, index: Tensor, values: Tensor, add: bool, inplace: bool) -> Tensor:
    """Write slices of a dimension. Only to fill, a negative entry of the index counts from the end."""
    wraps = int(name.startswith("index_fill"))
    x = input if input._shape else input.reshape(1)
    index = index_of(name, input, index).reshape(-1)
    dim = normalize_dim(dim, len(x._shape))
    if inplace:
        check_writable(name, input)
        if input._shape:
            mutate(name, input, PutRows, (values,), (index, dim, 1, add, wraps))
        else:
            input.copy_(_rows(name, input.clone(), dim, index, values, add, False))
        return input
    result = PutRows.run(x, values, copy_of(x, values, index), index, dim, 1, add, wraps)
    return result if input._shape else result.reshape(())


def _source(name: str, input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Return the slices that are written, contiguous.

    Raises:
        RuntimeError: Their dtype differs.
        IndexError: Their shape does not fit.
    """
    for what, value in (("index", index), ("source", source)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}(): argument '{what}' must be Tensor, not {type(value).__name__}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}(): self and source expected to have the same dtype, but got (self) {input.dtype.name} and "
            f"(source) {source.dtype.name}"
        )
    on_one_device(name, input, source)
    shape = input._shape or (1,)
    dim = normalize_dim(dim, len(shape))
    wanted = (*shape[:dim], index._size, *shape[dim + 1 :])
    own = source._shape or (1,)
    if own != wanted:
        copies = name.startswith("index_copy") and len(own) == len(wanted) and own[dim] != wanted[dim]
        wrong = IndexError if copies else RuntimeError
        raise wrong(f"{name}(): expected source of shape {list(wanted)}, got {list(source._shape)}")
    return source.reshape(wanted).contiguous()


def _indexed(name: str, add: bool) -> Any:
    """Make `index_add` or `index_copy` and its form in place."""

    def apply(input: Tensor, dim: int, index: Tensor, source: Tensor, alpha: Number, inplace: bool) -> Tensor:
        values = _source(name, input, dim, index, source)
        values = values * alpha if alpha != 1 else values
        if add and input.dtype.kind == 0:
            wide = apply(to_dtype(input, dtypes.int64), dim, index, to_dtype(values, dtypes.int64), 1, False)
            result = to_dtype(wide, input.dtype)
            return deliver_in_place(name + "_", input, result) if inplace else result
        return _rows(name, input, dim, index, values, add, inplace)

    return apply


_add, _replace = _indexed("index_add", True), _indexed("index_copy", False)


@method
def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """Return a copy to which slices of a dimension are added at an index, times `alpha`.

    Example:
        >>> import mocrograd as mg
        >>> mg.index_add(mg.zeros(2), 0, mg.tensor([1, 1]), mg.ones(2))
        tensor([0., 2.])
    """
    result: Tensor = _add(input, dim, index, source, alpha, False)
    return result if out is None else deliver("index_add", out, result, exact=True)


@method
def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """Add slices of a dimension at an index, times `alpha`, and return the tensor itself."""
    result: Tensor = _add(input, dim, index, source, alpha, True)
    return result


@method
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return a copy in which slices of a dimension are replaced at an index.

    Example:
        >>> import mocrograd as mg
        >>> mg.index_copy(mg.zeros(3), 0, mg.tensor([2, 0]), mg.tensor([5.0, 6.0]))
        tensor([6., 0., 5.])
    """
    result: Tensor = _replace(input, dim, index, source, 1, False)
    return result if out is None else deliver("index_copy", out, result, exact=True)


@method
def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Replace slices of a dimension at an index, and return the tensor itself."""
    result: Tensor = _replace(input, dim, index, source, 1, True)
    return result


def _fill_value(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return the value of each element that is filled.

    Raises:
        IndexError: The index is of another dtype than int64.
        RuntimeError: The value has dimensions.
    """
    if isinstance(index, Tensor) and index.dtype is not dtypes.int64:
        raise IndexError(f"index_fill_(): Expected dtype int64 for index, got {index.dtype}")
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{len(value._shape)} dimension(s)."
            )
        value = to_dtype(value, input.dtype)
    elif dtypes.scalar_kind(value) < 0:
        raise TypeError(f"index_fill(): argument 'value' must be Number, not {type(value).__name__}")
    else:
        value = tensor(dtypes.number(value, input.dtype), dtype=input.dtype, device=input.device)
    shape = input._shape or (1,)
    dim = normalize_dim(dim, len(shape))
    wide: Tensor = value.expand(*shape[:dim], index._size, *shape[dim + 1 :]).contiguous()
    return wide


def _filled(name: str, input: Tensor, dim: int, index: Tensor, value: Tensor) -> Tensor:
    """Fill slices with a value that receives a gradient: once for each slice, however often the index names it."""
    _fill_value(input, dim, index, value)
    shape = input._shape or (1,)
    dim = normalize_dim(dim, len(shape))
    ones = tensor(True, device=input.device).expand(index._size).contiguous()
    named = _rows(name, zeros(shape[dim], dtype=dtypes.bool_, device=input.device), 0, index, ones, False, False)
    mask = named.reshape(-1, *(1,) * (len(shape) - dim - 1)) if input._shape else named.reshape(())
    return where(mask, to_dtype(value, input.dtype), input)


@method
@shows("IndexFill")
@asked_by("index_fill")
def index_fill(input: Tensor, dim: int, index: Tensor, value: Operand) -> Tensor:
    """Return a copy in which the slices of a dimension that an index names are set to a value.

    Example:
        >>> import mocrograd as mg
        >>> mg.index_fill(mg.zeros(3), 0, mg.tensor([1]), 9.0)
        tensor([0., 9., 0.])
    """
    if isinstance(value, Tensor) and value.requires_grad:
        return _filled("index_fill", input, dim, index, value)
    filled = _rows("index_fill", input, dim, index, _fill_value(input, dim, index, value), False, False)
    return in_order_like(filled, input)


@method
@asked_by("index_fill")
def index_fill_(input: Tensor, dim: int, index: Tensor, value: Operand) -> Tensor:
    """Set the slices of a dimension that an index names to a value, and return the tensor itself."""
    if isinstance(value, Tensor) and value.requires_grad:
        old, filler = before(input, value)
        return deliver_in_place("index_fill_", input, _filled("index_fill_", old, dim, index, filler))
    return _rows("index_fill_", input, dim, index, _fill_value(input, dim, index, value), False, True)


@method
@computed_wide
@shows("IndexReduce")
@asked_by("index_reduce")
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Return a copy in which slices of a dimension are reduced with those of `source` at an index.

    Args:
        input: A tensor.
        dim: The dimension.
        index: int64 or int32, one index per slice of `source`.
        source: A tensor of the input's dtype, of its shape but in the dimension.
        reduce: "prod", "mean", "amax" or "amin".
        include_self: Whether the input's own slices take part.

    Raises:
        RuntimeError: Shapes or dtypes do not fit, or the reduction is unknown.
        IndexError: An index is out of range.

    Example:
        >>> import mocrograd as mg
        >>> rows = mg.tensor([0, 0, 2])
        >>> mg.index_reduce(mg.ones(3), 0, rows, mg.tensor([2.0, 3.0, 4.0]), "prod")
        tensor([6., 1., 4.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    given = _source("index_reduce", input, dim, index, source)
    if len(index._shape) > 1:
        raise IndexError(f"index_reduce(): Index is supposed to be a vector, but got shape {list(index._shape)}")
    x = input if input._shape else input.unsqueeze(0)
    dim = normalize_dim(dim, len(x._shape))
    indices = index.reshape(-1, *(1,) * (len(x._shape) - dim - 1)).expand(given._shape)
    try:
        result: Tensor = scatter_reduce(x, dim, indices, given, reduce, include_self=include_self)
    except RuntimeError as error:
        if isinstance(error.__context__, IndexError):  # torch's type for an index per slice
            raise IndexError(f"index_reduce(): {error}") from None
        raise
    return result.reshape(input._shape)


in_place_of(index_reduce)


@method
@shows("Take")
@asked_by("take")
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the elements of the flattened tensor at an index; the result has the shape of the index.

    Example:
        >>> import mocrograd as mg
        >>> mg.take(mg.arange(6).reshape(2, 3), mg.tensor([4]))
        tensor([4])
    """
    if not isinstance(index, Tensor) or index.dtype is not dtypes.int64:
        kind = getattr(index, "dtype", type(index).__name__)
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {kind}")
    result = input.reshape(-1)[index]
    return result if out is None else deliver("take", out, result, exact=True)


@method
@asked_by("take_along_dim")
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return elements along a dimension at an index; index and input broadcast elsewhere.

    Args:
        input: A tensor.
        indices: int64, of as many dimensions; they count on behind the last element, and back before the first.
        dim: The dimension; by default the flattened tensor is looked at, and indices are from 0 on, int64 or int32.
        out: Where the result is written.

    Raises:
        RuntimeError: Dtypes or dimensions do not fit, or there is no element.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.take_along_dim(x, mg.argsort(x), 0)
        tensor([1., 2., 3.])
    """
    if dim is None:
        result = gather(input.reshape(-1), 0, indices.reshape(-1))
        return result if out is None else deliver("take_along_dim", out, result, exact=True)
    if indices.dtype is not dtypes.int64:
        raise RuntimeError(f"take_along_dim(): dtype of indices should be Long but got {indices.dtype.name}")
    if len(input._shape) != len(indices._shape):
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(input._shape)} dimensions for input, and {len(indices._shape)} dimensions for indices"
        )
    dim = normalize_dim(dim, len(input._shape))
    shape = [max(a, b) if a and b else 0 for a, b in zip(input._shape, indices._shape)]
    size = input._shape[dim]
    if indices._size and not size:
        raise RuntimeError(f"take_along_dim(): dimension {dim} of input {list(input._shape)} has no elements to name")
    indices = indices.remainder(max(size, 1))
    wide = input.expand(*shape[:dim], size, *shape[dim + 1 :])
    result = gather(wide, dim, indices.expand(*shape[:dim], indices._shape[dim], *shape[dim + 1 :]))
    return result if out is None else deliver("take_along_dim", out, result, exact=True)
