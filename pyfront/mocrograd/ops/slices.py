"""Writing slices of a dimension where an index says, and taking elements by their place."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.layout import normalize_dim
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.compare import where
from mocrograd.ops.creation import tensor, zeros
from mocrograd.ops.gathering import copy_of, gather, scatter_reduce
from mocrograd.ops.indexing import PutRows, index_of
from mocrograd.ops.inplace import before, check_writable, mutate
from mocrograd.ops.outputs import deliver
from mocrograd.ops.pointwise import deliver_in_place, in_place_of
from mocrograd.tensor import Tensor, method

__all__ = ["index_add", "index_copy", "index_fill", "index_reduce", "take", "take_along_dim"]


def _rows(name: str, input: Tensor, dim: int, index: Tensor, values: Tensor, add: bool, inplace: bool) -> Tensor:
    """Write slices of a dimension."""
    x = input if input._shape else input.reshape(1)
    index = index_of(name, input, index).reshape(-1)
    dim = normalize_dim(dim, len(x._shape))
    if inplace:
        check_writable(name, input)
        if input._shape:
            mutate(name, input, PutRows, (values,), (index, dim, 1, add))
        else:
            input.copy_(_rows(name, input.clone(), dim, index, values, add, False))
        return input
    result = PutRows.run(x, values, copy_of(x), index, dim, 1, add)
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

    def apply(input: Tensor, dim: int, index: Tensor, source: Tensor, alpha: Any, inplace: bool) -> Tensor:
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
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1, out: Tensor | None = None
) -> Tensor:
    """Return a copy to which slices of a dimension are added where an index says, times `alpha`."""
    result: Tensor = _add(input, dim, index, source, alpha, False)
    return result if out is None else deliver("index_add", out, result)


@method
def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Add slices of a dimension where an index says, times `alpha`, and return the tensor itself."""
    result: Tensor = _add(input, dim, index, source, alpha, True)
    return result


@method
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return a copy in which slices of a dimension are replaced where an index says."""
    result: Tensor = _replace(input, dim, index, source, 1, False)
    return result if out is None else deliver("index_copy", out, result)


@method
def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Replace slices of a dimension where an index says, and return the tensor itself."""
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
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return a copy in which the slices of a dimension that an index names are set to a value."""
    if isinstance(value, Tensor) and value.requires_grad:
        return _filled("index_fill", input, dim, index, value)
    return _rows("index_fill", input, dim, index, _fill_value(input, dim, index, value), False, False)


@method
def index_fill_(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Set the slices of a dimension that an index names to a value, and return the tensor itself."""
    if isinstance(value, Tensor) and value.requires_grad:
        old, value = before(input, value)
        return deliver_in_place("index_fill_", input, _filled("index_fill_", old, dim, index, value))
    return _rows("index_fill_", input, dim, index, _fill_value(input, dim, index, value), False, True)


@method
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Return a copy in which slices of a dimension are reduced with those of `source` where an index says.

    Args:
        input: A tensor.
        dim: The dimension.
        index: int64 or int32, one place per slice of `source`.
        source: A tensor of the input's dtype, of its shape but in the dimension.
        reduce: "prod", "mean", "amax" or "amin".
        include_self: Whether the input's own slices take part.

    Raises:
        RuntimeError: Shapes or dtypes do not fit, or the reduction is unknown.
        IndexError: An index is out of range.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    given = _source("index_reduce", input, dim, index, source)
    if len(index._shape) > 1:
        raise IndexError(f"index_reduce(): Index is supposed to be a vector, but got shape {list(index._shape)}")
    x = input if input._shape else input.unsqueeze(0)
    dim = normalize_dim(dim, len(x._shape))
    places = index.reshape(-1, *(1,) * (len(x._shape) - dim - 1)).expand(given._shape)
    try:
        result: Tensor = scatter_reduce(x, dim, places, given, reduce, include_self=include_self)
    except RuntimeError as error:
        if isinstance(error.__context__, IndexError):  # torch's type for an index per slice
            raise IndexError(f"index_reduce(): {error}") from None
        raise
    return result.reshape(input._shape)


in_place_of(index_reduce)


@method
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Return the elements at places of the flattened tensor; the result has the index's shape."""
    if not isinstance(index, Tensor) or index.dtype is not dtypes.int64:
        kind = getattr(index, "dtype", type(index).__name__)
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {kind}")
    result = input.reshape(-1)[index]
    return result if out is None else deliver("take", out, result)


@method
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Return elements along a dimension that an index names; index and input broadcast elsewhere.

    Args:
        input: A tensor.
        indices: int64, of as many dimensions; they count on behind the last element, and back before the first.
        dim: The dimension; by default the flattened tensor is looked at, and indices are from 0 on, int64 or int32.
        out: Where the result is written.

    Raises:
        RuntimeError: Dtypes or dimensions do not fit, or there is no element.
    """
    if dim is None:
        result = gather(input.reshape(-1), 0, indices.reshape(-1))
        return result if out is None else deliver("take_along_dim", out, result)
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
    return result if out is None else deliver("take_along_dim", out, result)
