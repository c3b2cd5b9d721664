"""Reading and writing by index: integers, slices, None and Ellipsis make views; tensors and masks gather."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import shows
from mocrograd.backend import asked_by, asker, call, part_of
from mocrograd.layout import Shape, broadcast_shapes, normalize_dim
from mocrograd.ops._arguments import takes_out
from mocrograd.ops._brackets import index_of_item, items_of, position_of, range_of
from mocrograd.ops._inplace import Copy, check_graph, check_writable, copy_to_write, fill_part, mutate, same_view
from mocrograd.ops._memory import fill
from mocrograd.ops._nonzero import indices_of, positions_of, truth_of
from mocrograd.ops._outputs import deliver_in_place, in_place_of
from mocrograd.ops._parts import pairs
from mocrograd.ops._regions import Region, Slice, sliceable
from mocrograd.ops._replacing import as_strided_scatter, diagonal_scatter, select_scatter, slice_scatter
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.compare import masked_fill_, where
from mocrograd.ops.creation import tensor
from mocrograd.ops.scan import cumsum
from mocrograd.ops.views import expand
from mocrograd.tensor import Tensor, fresh, method
from mocrograd.types import Index, Operand

__all__ = [
    "argwhere",
    "as_strided_scatter",
    "diagonal_scatter",
    "index_put",
    "index_put_",
    "index_select",
    "masked_scatter",
    "masked_select",
    "nonzero",
    "put",
    "select_scatter",
    "slice_scatter",
]


class IndexSelect(Function):
    """Elements of x along dimensions `first` to `first + count`, taken as one, that an index names.

    A negative entry counts from the end where `wraps` is 1, and is out of range where it is 0.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, first: int, count: int, shape: Shape, wraps: int) -> Tensor:
        """Gather: `x` is contiguous, and the result has `shape` in place of those dimensions."""
        own, n = x._shape[first : first + count], index._size
        outer, size, inner = _around(x._shape, first, count)
        whole = (*x._shape[:first], *shape, *x._shape[first + count :])
        out = fresh(whole, outer * n * inner, x.dtype, x.device)
        if n:
            check_not_empty(size, index)
        if out._size:
            kernel = x.device.table[f"index_select.forward.{x.dtype.name}"]
            words = (out.address, x.address, index.address, outer, n, inner, size, _wraps(wraps, x, "index"))
            run_indexed(kernel, out._size, words, x.device, size, index, -size * wraps)
        ctx.save_for_backward(index)
        ctx.kept = first, count, shape, own
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Add up the gradients of each element."""
        (index,) = ctx.saved_tensors
        first, _, shape, own = ctx.kept
        return IndexAdd.run(grad.contiguous(), index, first, len(shape), own), None, None, None, None, None


class IndexAdd(Function):
    """Zeros to which the elements of x are added at an index: the transpose of IndexSelect."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, first: int, count: int, shape: Shape) -> Tensor:
        """Scatter, adding up in the order of the index."""
        before, after = x._shape[:first], x._shape[first + count :]
        whole = (*before, *shape, *after)
        out = fresh(whole, math.prod(whole), x.dtype, x.device)
        if x._size:
            _sum_rows(out, x, index, first, len(shape))
        else:
            fill(out, 0)
        ctx.save_for_backward(index)
        ctx.kept = first, len(shape), x._shape[first : first + count]
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gather the gradient."""
        (index,) = ctx.saved_tensors
        return IndexSelect.run(grad.contiguous(), index, *ctx.kept, 1), None, None, None, None


class PutRows(Function):
    """A target whose elements are replaced by values, or added to, at an index, in place.

    The later of two equal indices wins. A negative entry counts from the end where `wraps` is 1, and is out of range
    where it is 0.
    """

    @staticmethod
    def forward(
        ctx: Any, old: Tensor, values: Tensor, target: Tensor, index: Tensor, first: int, count: int, add: bool,
        wraps: int,
    ) -> Tensor:  # fmt: skip
        """Scatter: `values` is contiguous and of the target's dtype; old values are the target's before."""
        dense = target.contiguous()
        _put_rows("index_add" if add else "index_copy", dense, values, index, first, count, wraps)
        if dense is not target:
            Copy.forward(ctx, target, dense, target)
        ctx.save_for_backward(index)
        rows = len(values._shape) - len(target._shape) + count
        ctx.kept = (first, count, values._shape[first : first + rows]), add
        return target

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """New values get the gradient of what they wrote, old ones the rest; a sum passes it to both."""
        (index,) = ctx.saved_tensors
        wants_old, wants_values = ctx.wanted[:2]
        dense = grad.contiguous()
        where, add = ctx.kept
        first, count, shape = where
        if 0 in (*shape, *dense._shape[:first], *dense._shape[first + count :]):  # the index was not looked at
            nothing = zeros_of(dense, index, *where) if wants_values else None
            return grad if wants_old else None, nothing, None, None, None, None, None, None
        values = IndexSelect.run(dense, index, *where, 1) if wants_values else None
        old = grad if wants_old else None
        if wants_old and not add:
            old = _with_values(dense, zeros_of(dense, index, *where), index, first, count)
        return old, values, None, None, None, None, None, None

    def _kind(self) -> str:
        return "IndexAdd" if self.kept[1] else "IndexCopy"


def zeros_of(x: Tensor, index: Tensor, first: int, count: int, shape: Shape) -> Tensor:
    """Return zeros of the shape that an index selects."""
    whole = (*x._shape[:first], *shape, *x._shape[first + count :])
    out = fresh(whole, math.prod(whole), x.dtype, x.device)
    fill(out, 0)
    return out


def _with_values(x: Tensor, values: Tensor, index: Tensor, first: int, count: int) -> Tensor:
    """Return a copy of x with values written at an index."""
    if mode.vmap is not None and (copy := mode.vmap.copy(x.detach(), (values, index))) is not None:
        return PutRows.run(x, values, copy, index, first, count, False, 1)
    target = fresh(x._shape, x._size, x.dtype, x.device)
    Copy.forward(_Ignored(), target, x.detach(), target)
    return PutRows.run(x, values, target, index, first, count, False, 1)


class _Ignored:
    """Stands in for a node where a forward is run by itself."""


@lru_cache(maxsize=8192)
def _around(shape: Shape, first: int, count: int) -> tuple[int, int, int]:
    """Return the elements before dimensions `first` to `first + count`, of them, and behind them."""
    return math.prod(shape[:first]), math.prod(shape[first : first + count]), math.prod(shape[first + count :])


def _wraps(wraps: int, x: Tensor, in_brackets: str) -> int:
    """Return the word `wraps`, for a GPU with the number of the operation that bad entries are told of."""
    return wraps | asker(x.device, in_brackets if wraps else "") << 1


def _put_rows(name: str, target: Tensor, values: Tensor, index: Tensor, first: int, count: int, wraps: int) -> None:
    """Run a kernel that writes contiguous values to a contiguous target, of one dtype."""
    outer, size, inner = _around(target._shape, first, count)
    if not values._size:
        return
    check_not_empty(size, index)
    if target.dtype.is_complex and name == "index_add":  # both parts
        target, values = pairs(target), pairs(values)
        outer, size, inner = _around(target._shape, first, count)
    kernel = target.device.table[f"{name}.forward.{target.dtype.name}"]
    own = _wraps(wraps, target, "index_put")
    words: tuple[int, ...] = (target.address, values.address, index.address, outer, index._size, inner, size, own)
    words = (*words, 1) if name == "index_copy" else words
    run_indexed(kernel, values._size, words, target.device, size, index, -size * wraps)


def _sum_rows(target: Tensor, values: Tensor, index: Tensor, first: int, count: int) -> None:
    """Write the sums of contiguous values by index to a contiguous target, of one dtype."""
    if target.dtype.is_complex:  # both parts
        target, values = pairs(target), pairs(values)
    outer, size, inner = _around(target._shape, first, count)
    n = index._size
    check_not_empty(size, index)
    listed = inner > 1 and n <= 2 * size < 2**31 and not target.device.handle
    lists = fresh((size + n,), size + n, dtypes.int32, target.device) if listed else None
    kernel = target.device.table[f"index_sum.forward.{target.dtype.name}"]
    room = 0 if lists is None else lists.address
    wraps = _wraps(1, target, "")
    words = (target.address, values.address, index.address, outer, n, inner, size, wraps, room)
    run_indexed(kernel, values._size, words, target.device, size, index)


def check_not_empty(size: int, index: Tensor) -> None:
    """Raise IndexError for an index into a dimension that has no elements."""
    if size == 0:
        raise IndexError(f"index is out of bounds for dimension with size 0, got {index._size} indices")


def run_indexed(
    kernel: int, work: int, words: Shape, device: Any, size: int, index: Tensor, low: int | None = None
) -> None:
    """Call a kernel that follows an index, whose entries it checks; one on a GPU raises where the GPU is waited for.

    Args:
        kernel: The kernel.
        work: About how many operations it is.
        words: Its words.
        device: Where it runs.
        size: The entries are less than this.
        index: The index.
        low: The least entry; by default -size.

    Raises:
        IndexError: An entry is out of range.
    """
    least = -size if low is None else low
    if device.handle:  # where there is no element, no thread would look at the index
        check_not_empty(size, index)
    try:
        call(kernel, work, words, device.context)
    except IndexError:
        bad_index = next(i for i in index.reshape(-1).tolist() if not least <= i < size)
        raise IndexError(f"index {bad_index} is out of bounds for dimension with size {size}") from None


def index_of(name: str, input: Tensor, index: Tensor) -> Tensor:
    """Return a contiguous index of int64 with at most one dimension.

    Raises:
        IndexError: It has more dimensions.
        RuntimeError: It is of another dtype than int64 and int32, or on another device.
    """
    if index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index, got {index.dtype}")
    if len(index._shape) > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, got shape {list(index._shape)}")
    on_one_device(name, input, index)
    return to_dtype(index, dtypes.int64).contiguous()


@method
@takes_out()
@shows("IndexSelect")
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of a dimension that an index names.

    Args:
        input: A tensor.
        dim: The dimension.
        index: One dimension of int64 or int32.

    Raises:
        IndexError: An index is out of range, or the index has more than one dimension.
        RuntimeError: The index is of another dtype.

    Example:
        >>> import mocrograd as mg
        >>> mg.index_select(mg.arange(6).reshape(3, 2), 0, mg.tensor([2, 0]))
        tensor([[4, 5],
                [0, 1]])
    """
    index = index_of("index_select", input, index)
    dim = normalize_dim(dim, len(input._shape))
    if not input._size and index._size:  # nothing will be read, so the index would not be looked at
        size = input._shape[dim]
        bad = [i for i in index.tolist() if not 0 <= i < size]
        if bad:
            raise IndexError(f"index_select(): index {bad[0]} is out of bounds for dimension with size {size}")
    if not input._shape:
        return IndexSelect.run(input.reshape(1), index, 0, 1, (index._size,), 0).reshape(())
    return IndexSelect.run(input.contiguous(), index, dim, 1, (index._size,), 0)


# ------------------------------------------------------------------------------------- square brackets


def parse(x: Tensor, index: Index) -> tuple[Region, list[tuple[int, Any]]]:
    """Split an index into the part it views and the (dimension of that view, tensor) pairs that gather from it.

    Raises:
        IndexError: There are too many indices, one is out of range, or one is of another type.
    """
    if type(index) is int and x._shape and -x._shape[0] <= index < x._shape[0]:  # the most common one
        offset = index % x._shape[0] * x._strides[0] if x._size else 0
        return (x._shape[1:], x._strides[1:], offset), []
    items = [index_of_item(i) for i in items_of(index)]
    used = sum(
        len(i._shape) if isinstance(i, Tensor) and i.dtype is dtypes.bool_ else 0 if i is None or i is Ellipsis else 1
        for i in items
    )
    ndim = len(x._shape)
    if used > ndim:
        for i in items:
            if isinstance(i, slice):
                range_of(i, 1)
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    dots = [position for position, i in enumerate(items) if i is Ellipsis]
    if len(dots) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    fill_in = [slice(None)] * (ndim - used)
    items = [*items[: dots[0]], *fill_in, *items[dots[0] + 1 :]] if dots else items + fill_in
    shape: list[int] = []
    strides: list[int] = []
    gathers: list[tuple[int, Any]] = []
    offset = d = 0
    for i in items:
        alone = isinstance(i, Tensor) and i.dtype is dtypes.bool_ and not i._shape  # a mask over a dimension of size 1
        if i is None or alone:
            gathers += _as_integers(i.reshape(1), (1,), d, len(shape)) if alone else []
            shape.append(1)
            strides.append(0)
            continue
        if isinstance(i, Tensor) and (i._shape or i.dtype is dtypes.bool_ or _batched(i)):
            span = len(i._shape) if i.dtype is dtypes.bool_ else 1
            gathers += _as_integers(i, x._shape[d : d + span], d, len(shape))
            shape += x._shape[d : d + span]
            strides += x._strides[d : d + span]
            d += span
            continue
        size, stride = x._shape[d], x._strides[d]
        if isinstance(i, slice):
            start, length, step = range_of(i, size)
            offset += start * stride
            shape.append(length)
            strides.append(stride * step)
        else:
            offset += position_of(i, size, d) * stride
        d += 1
    return (tuple(shape), tuple(strides), offset if math.prod(shape) else 0), gathers


def _batched(i: Tensor) -> bool:
    """Return whether `func.vmap` maps over an index, which then is another number for each sample."""
    return mode.vmap is not None and mode.vmap.is_batched(i)


def _as_integers(i: Tensor, sizes: Shape, d: int, position: int) -> list[tuple[int, Any]]:
    if i.dtype is dtypes.bool_:
        if i._shape != sizes:
            raise IndexError(
                f"The shape of the mask {list(i._shape)} at index {d} does not match the shape of the indexed "
                f"tensor {list(sizes)}"
            )
        return [(position + k, indices) for k, indices in enumerate(indices_of(i).unbind(1))]
    if i.dtype is not dtypes.int64:
        raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, got {i.dtype}")
    return [(position, i)]


def _one_index(x: Tensor, gathers: list[tuple[int, Any]]) -> tuple[Tensor, int, Tensor, Shape]:
    """Return x with the gathered dimensions next to each other, the first of them, one flat index, and its shape.

    Dimensions that are apart are moved to the front, as NumPy does.
    """
    dims = [d for d, _ in gathers]
    indices = [i if i.device is x.device else i.to(device=x.device) for _, i in gathers]
    if len(gathers) == 1:
        return x, dims[0], indices[0].contiguous(), indices[0]._shape
    try:
        shape = broadcast_shapes(*[i._shape for i in indices])
    except RuntimeError:
        shapes = ", ".join([str(list(i._shape)) for i in indices])
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    first = dims[0]
    if dims != list(range(first, first + len(dims))):
        x = x.permute(*dims, *[d for d in range(len(x._shape)) if d not in dims])
        first = 0
    return x, first, _flat_index(shape, x._shape[first : first + len(indices)], *indices), shape


def _flat_index(shape: Shape, sizes: Shape, *indices: Tensor) -> Tensor:
    """Return indices of dimensions that broadcast to a shape as one of the dimensions taken as one."""
    if mode.vmap is not None:
        found: Tensor | None = mode.vmap.run("flat_index", _flat_index, (shape, sizes, *indices))
        if found is not None:
            return found
    if len(indices) == 1 and indices[0]._shape == shape:
        return indices[0].contiguous()
    device = indices[0].device
    flat = fresh(shape, math.prod(shape), dtypes.int64, device)
    fill(flat, 0)
    for size, i in zip(sizes, indices):
        if flat._size:
            whole = i if i._dense and i._shape == shape else i.expand(shape).contiguous()
            words = (flat.address, whole.address, flat._size, size)
            run_indexed(device.table["flat_index.forward.int64"], flat._size, words, device, size, whole)
    return flat


_PART = Slice, slice, ...
"""What the direct call needs: the node, the type of slices and the ellipsis."""


@method
def __getitem__(input: Tensor, index: Index) -> Tensor:
    """Return what an index names: a view for integers, slices, None and Ellipsis, a copy for tensors and lists."""
    view: Tensor | None = part_of(_PART, input, index)
    if view is not None:
        return view
    input = sliceable(input)
    if isinstance(index, Tensor) and _is_plain(input, index, dtypes.int64):
        return IndexSelect.run(input.contiguous(), index.contiguous(), 0, 1, index._shape, 1)
    if isinstance(index, Tensor) and _is_mask(input, index):
        where = positions_of(index)
        return IndexSelect.run(input.contiguous(), where, 0, len(index._shape), where._shape, 1)
    if type(index) is tuple and _are_plain(input, index):
        flat = _flat_index(index[0]._shape, input._shape[: len(index)], *index)
        return IndexSelect.run(input.contiguous(), flat, 0, len(index), flat._shape, 1)
    region, gathers = parse(input, index)
    if not gathers:
        return Slice.run(input, region)
    part, first, flat, shape = _one_index(_viewed(input, region), gathers)
    return IndexSelect.run(part.contiguous(), flat, first, len(gathers), shape, 1)


def _is_plain(input: Tensor, index: Tensor, dtype: Any) -> bool:
    """Return whether an index is a tensor with dimensions and of a dtype, with nothing else to mind."""
    alone = mode.vmap is None and not index._sparse and input.device is index.device
    return alone and index.dtype is dtype and bool(index._shape) and bool(input._shape)


def _are_plain(input: Tensor, indices: tuple[Any, ...]) -> bool:
    """Return whether indices are tensors of one shape, for the first dimensions, with nothing else to mind."""
    if not 0 < len(indices) <= len(input._shape):
        return False
    shape = indices[0]._shape if isinstance(indices[0], Tensor) else None
    return all(isinstance(i, Tensor) and i._shape == shape and _is_plain(input, i, dtypes.int64) for i in indices)


def _is_mask(input: Tensor, index: Tensor) -> bool:
    """Return whether an index is one mask of the leading dimensions, whose elements one flat index names."""
    return _is_plain(input, index, dtypes.bool_) and index._shape == input._shape[: len(index._shape)]


def _viewed(input: Tensor, region: Region) -> Tensor:
    """Return a part of a tensor, the tensor itself where it is all of it."""
    return input if region == (input._shape, input._strides, 0) else Slice.run(input, region)


@method
def __setitem__(input: Tensor, index: Index, value: Operand) -> None:
    """Replace what an index names by a number or by a tensor that broadcasts."""
    if fill_part(_PART, input, index, value):
        return
    check_graph("__setitem__", input)  # what is written may lie apart where the tensor is expanded
    indices = index if type(index) is tuple else (index,)
    if isinstance(value, Tensor) and _are_plain(input, indices):
        shape = indices[0]._shape
        flat = _flat_index(shape, input._shape[: len(indices)], *indices)
        write("__setitem__", input, value, flat, 0, len(indices), shape)
        return
    if not isinstance(value, Tensor):
        checked = type(value) is complex or (type(value) is float and input.dtype.kind == 1)
        value = dtypes.number(value, input.dtype) if checked else value
        value = tensor(value, dtype=input.dtype, device=input.device)
    if index is False:
        return
    items = (None,) if index is True else tuple([index_of_item(i) for i in items_of(index)])
    tensors = [i for i in items if isinstance(i, Tensor) and (i._shape or i.dtype is dtypes.bool_)]
    mask = tensors[0] if len(tensors) == 1 and tensors[0]._shape and tensors[0].dtype is dtypes.bool_ else None
    whole = mask is not None and len(items) == 1 and mask._shape == input._shape[: len(mask._shape)]
    if whole and mask is not None and value._shape in ((), (1,)):  # no need to count
        wide = mask.reshape(*mask._shape, *[1] * (len(input._shape) - len(mask._shape)))
        masked_fill_(input, wide.to(device=input.device), value.reshape(()).to(device=input.device))
        return
    if mask is not None and value._size == 1:
        value = to_dtype(value, input.dtype)  # as where a mask is filled
    region, gathers = parse(input, items)
    part = _viewed(input, region)
    if not gathers:
        if (
            mode.vmap is None
            and value._base is part._base
            and same_view(value, part)
            and value.requires_grad == part.requires_grad
        ):
            return  # x[i] += 1: the part has been changed already
        lead = 0  # dimensions of size 1 in front do not count
        while len(value._shape) - lead > len(part._shape) and value._shape[lead] == 1:
            lead += 1
        part.copy_(value.reshape(value._shape[lead:]) if lead else value)
        return
    rows, first, flat, shape = _one_index(part, gathers)
    write("__setitem__", rows, value, flat, first, len(gathers), shape)


def write(
    name: str, rows: Tensor, value: Tensor, index: Tensor, first: int, count: int, shape: Shape, add: bool = False
) -> None:
    """Write values, which broadcast, at an index, in place and recorded.

    Args:
        name: The operation, for messages.
        rows: A tensor or a view.
        value: What is written.
        index: A flat index of dimensions `first` to `first + count`.
        first: The first of them.
        count: How many they are.
        shape: The index's own shape.
        add: Whether values are added.
    """
    target = (*rows._shape[:first], *shape, *rows._shape[first + count :])
    if value.dtype is not rows.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{rows.dtype.name} for the destination and {value.dtype.name} for the source."
        )
    if index._size:
        check_not_empty(_around(rows._shape, first, count)[1], index)
    values = value if value.device is rows.device else value.to(device=rows.device)
    while len(values._shape) > len(target) and values._shape[0] == 1:
        values = values.reshape(values._shape[1:])
    try:
        values = values.contiguous() if values._shape == target else values.expand(target).contiguous()
    except RuntimeError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value._shape)} cannot be broadcast to indexing result of "
            f"shape {list(target)}"
        ) from None
    mutate(name, rows, PutRows, (values,), (index, first, count, add, 1))


# ------------------------------------------------------------------------------- writing by index


def _same_dtype(name: str, input: Tensor, source: Any) -> None:
    if not isinstance(source, Tensor):
        raise TypeError(f"{name}(): expected a Tensor of values, got {type(source).__name__}")
    if source.dtype is not input.dtype:
        raise RuntimeError(
            f"{name}(): expected self and source to have the same dtype, but got {input.dtype.name} and "
            f"{source.dtype.name}"
        )


@method
def index_put_(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Replace the elements at a tuple of index tensors by values that broadcast, and return the tensor itself.

    Args:
        input: The tensor to change.
        indices: A tensor for each of the first dimensions; they broadcast.
        values: What is written, of the tensor's dtype.
        accumulate: Whether values are added, those of equal indices all of them.

    Raises:
        IndexError: An index is out of range, or there are too many.
        RuntimeError: The dtypes differ, the values do not broadcast, or there is no index.
    """
    if not isinstance(indices, (tuple, list)) or not all(isinstance(i, Tensor) for i in indices):
        raise TypeError(f"index_put_(): argument 'indices' must be tuple of Tensors, not {type(indices).__name__}")
    _same_dtype("index_put_", input, values)
    check_writable("index_put_", input)
    if not indices:
        raise RuntimeError("index_put_(): expected at least one index tensor, got none")
    if accumulate and input.dtype.kind == 0:
        wide = index_put_(to_dtype(input, dtypes.int64), indices, to_dtype(values, dtypes.int64), True)
        return deliver_in_place("index_put_", input, to_dtype(wide, input.dtype))
    if _are_plain(input, tuple(indices)):
        flat = _flat_index(indices[0]._shape, input._shape[: len(indices)], *indices)
        write("index_put_", input, values, flat, 0, len(indices), flat._shape, accumulate)
        return input
    # in brackets a number without dimensions would be an integer; one element is enough to be an index here
    several = [i if i._shape or i.dtype is dtypes.bool_ else i.reshape(1) for i in indices]
    region, gathers = parse(input, tuple(several))
    rows, first, flat, shape = _one_index(_viewed(input, region), gathers)
    write("index_put_", rows, values, flat, first, len(gathers), shape, accumulate)
    return input


@method
@shows("IndexPut")
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy in which elements at a tuple of index tensors are replaced, or added to; see `index_put_`.

    Example:
        >>> import mocrograd as mg
        >>> indices = mg.tensor([0, 2, 2])
        >>> mg.index_put(mg.zeros(3), (indices,), mg.ones(3), accumulate=True)
        tensor([1., 0., 2.])
    """
    return index_put_(copy_to_write(input, values, *indices), indices, values, accumulate)


@method
@shows("MaskedScatter")
@asked_by("masked_scatter")
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Return a copy whose elements where a mask holds are those of a source, in order; mask and input broadcast.

    Raises:
        RuntimeError: The mask is not of dtype bool, the dtypes differ, or the source has too few elements.

    Example:
        >>> import mocrograd as mg
        >>> mask = mg.tensor([True, False, True])
        >>> mg.masked_scatter(mg.zeros(3), mask, mg.tensor([1.0, 2.0, 3.0]))
        tensor([1., 0., 2.])
    """
    _same_dtype("masked_scatter", input, source)
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool_:
        kind = mask.dtype.name if isinstance(mask, Tensor) else type(mask).__name__
        raise RuntimeError(f"masked_scatter: only BoolTensor is supported for mask, got {kind}")
    shape = broadcast_shapes(input._shape, mask._shape)
    picks = mask.expand(shape)
    size = math.prod(shape)
    if not size:
        return where(picks, source.reshape(-1)[:0].reshape(shape), input)
    which = (cumsum(picks.reshape(-1), 0) - 1).clamp(min=0)  # of the source's elements
    values = source.reshape(-1)
    if not values._size:
        values = values.new_zeros(1) if not bool(mask.any()) else values
    try:
        taken = values.gather(0, which)
    except RuntimeError:
        raise RuntimeError(
            f"masked_scatter: expected as many elements in source as the mask selects, got {source._size} < "
            f"{int(which[-1].item()) + 1}"
        ) from None
    return where(picks, taken.reshape(shape), input)


masked_scatter_ = in_place_of(masked_scatter)


@method
@shows("Put")
@asked_by("put")
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Return a copy in which elements of the flattened tensor are replaced, or added to, at an index.

    Args:
        input: A tensor.
        index: Places, of int64.
        source: As many values, of the tensor's dtype.
        accumulate: Whether values are added.

    Raises:
        RuntimeError: The dtypes differ.
        IndexError: An index is out of range, or the numbers of elements differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.put(mg.zeros(2, 2), mg.tensor([0, 3]), mg.tensor([1.0, 2.0]))
        tensor([[1., 0.],
                [0., 2.]])
    """
    _same_dtype("put", input, source)
    if not isinstance(index, Tensor) or index.dtype is not dtypes.int64:
        kind = getattr(index, "dtype", type(index).__name__)
        raise RuntimeError(f"put(): Expected a long tensor for index, but got {kind}")
    if index._size != source._size:
        raise IndexError(
            f"put(): Expected source and index to have the same number of elements, but got {source._size} and "
            f"{index._size}"
        )
    flat = copy_to_write(input, index, source).reshape(-1)
    flat = index_put_(flat, (index.reshape(-1),), source.reshape(-1), accumulate)
    return flat.reshape(input._shape)


put_ = in_place_of(put)


# ------------------------------------------------------------------------------------------ masks


@method
@takes_out()
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return where the elements are that are not zero, in the order of memory.

    Args:
        input: A tensor.
        as_tuple: Whether to return a tuple of one index tensor per dimension, with which the tensor can be indexed.

    Returns:
        (count, dimensions), int64, or the tuple.

    Example:
        >>> import mocrograd as mg
        >>> mg.nonzero(mg.tensor([0, 1, 2]))
        tensor([[1],
                [2]])
    """
    mask = truth_of(input)
    if not as_tuple:
        return indices_of(mask)
    return indices_of(mask if mask._shape else mask.reshape(1)).unbind(1)


@method
def argwhere(input: Tensor) -> Tensor:
    """Return where the elements are that are not zero, (count, dimensions), int64; see `nonzero`.

    Example:
        >>> import mocrograd as mg
        >>> mg.argwhere(mg.tensor([[0, 3], [4, 0]]))
        tensor([[0, 1],
                [1, 0]])
    """
    return nonzero(input)


@method
@takes_out()
@shows("MaskedSelect")
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the elements where the mask holds, in one dimension; the two broadcast.

    Args:
        input: A tensor.
        mask: A bool tensor.

    Raises:
        RuntimeError: The mask is not of dtype bool, or the shapes do not broadcast.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([3.0, 1.0, 2.0])
        >>> mg.masked_select(x, x > 1.5)
        tensor([3., 2.])
    """
    if mask.dtype is not dtypes.bool_:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype.name}")
    if input._shape != mask._shape:
        shape = broadcast_shapes(input._shape, mask._shape)
        input, mask = expand(input, shape), expand(mask, shape)
    return __getitem__(input, mask)
