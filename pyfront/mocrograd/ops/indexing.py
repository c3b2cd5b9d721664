"""Reading and writing by index: integers, slices, None and Ellipsis make views, tensors and masks gather."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import call
from mocrograd.layout import Shape, broadcast_shapes, normalize_dim
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.creation import from_numpy, tensor
from mocrograd.ops.inplace import Copy, check_writable, fill, mutate
from mocrograd.ops.reduce import sum_to
from mocrograd.tensor import Tensor, fresh, method, view_of

Region = tuple[Shape, Shape, int]  # shape, strides and offset of a part of a tensor's memory


class Slice(Function):
    """A part of x as a view."""

    region: Region
    shape: Shape

    @staticmethod
    def forward(ctx: Any, x: Tensor, region: Region, relative: Any) -> Tensor:
        """Look at it."""
        ctx.shape, ctx.relative = x._shape, relative
        shape, strides, offset = region
        return view_of(x, shape, strides, offset, math.prod(shape))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Put the gradient into zeros."""
        return Unslice.run(grad, ctx.shape, ctx.relative), None, None


class Unslice(Function):
    """Zeros with x at a part that an index names: the inverse of Slice."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Shape, index: Any) -> Tensor:
        """Fill it in."""
        ctx.index = index
        out = fresh(shape, math.prod(shape), x.dtype, x.device)
        fill(out, 0)
        part = out[index]
        if x._size:
            Copy.forward(ctx, part, x, part)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Take the part out of the gradient."""
        return grad[ctx.index], None, None


class Assign(Function):
    """x with a part replaced by values, in place."""

    @staticmethod
    def forward(ctx: Any, old: Tensor, values: Tensor, target: Tensor, index: Any) -> Tensor:
        """Write the part."""
        ctx.index, ctx.shape = index, values._shape
        part = target.detach()[index]
        Copy.forward(ctx, part, values, part)
        ctx.shape = values._shape
        return target

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """The old values keep the gradient outside the part, the new ones receive the rest."""
        wants_old, wants_values = ctx.needs_input_grad[:2]
        part = grad[ctx.index]
        outside = grad - Unslice.run(part, grad._shape, ctx.index) if wants_old else None
        return outside, sum_to(part, ctx.shape) if wants_values else None, None, None


class IndexSelect(Function):
    """y[o, i] = x[o, index[i]] along the middle one of three dimensions."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor) -> Tensor:
        """Gather."""
        outer, size, inner = x._shape
        n = index._size
        out = fresh((outer, n, inner), outer * n * inner, x.dtype, x.device)
        if n:
            _check_not_empty(size, index)
            device = x.device
            kernel = device.table[f"index_select.forward.{x.dtype.name}"]
            words = (out.address, x.address, index.address, outer, n, inner, size)
            _run_indexed(kernel, out._size, words, device, size, index)
        ctx.save_for_backward(index)
        ctx.size = size
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Add the gradients of each element up."""
        (index,) = ctx.saved_tensors
        return IndexAdd.run(grad.contiguous(), index, ctx.size), None


class IndexAdd(Function):
    """y[o, index[i]] += x[o, i], from zeros: the inverse of IndexSelect."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, size: int) -> Tensor:
        """Scatter, adding up in the order of the index."""
        outer, n, inner = x._shape
        out = fresh((outer, size, inner), outer * size * inner, x.dtype, x.device)
        fill(out, 0)
        if x._size:
            device = x.device
            kernel = device.table[f"index_add.forward.{x.dtype.name}"]
            words = (out.address, x.address, index.address, outer, n, inner, size)
            _run_indexed(kernel, x._size, words, device, size, index)
        ctx.save_for_backward(index)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Gather."""
        (index,) = ctx.saved_tensors
        return IndexSelect.run(grad.contiguous(), index), None, None


class IndexCopy(Function):
    """x[o, index[i]] = values[o, i], in place; the later of two equal indices wins."""

    @staticmethod
    def forward(ctx: Any, old: Tensor, values: Tensor, target: Tensor, index: Tensor) -> Tensor:
        """Scatter."""
        outer, size, inner = target._shape
        n = index._size
        if n:
            _check_not_empty(size, index)
            device = target.device
            kernel = device.table[f"index_copy.forward.{target.dtype.name}"]
            words = (target.address, values.address, index.address, outer, n, inner, size, 1)
            _run_indexed(kernel, values._size, words, device, size, index)
        return target


def _check_not_empty(size: int, index: Tensor) -> None:
    if size == 0:
        raise IndexError(f"index is out of bounds for dimension with size 0, got {index._size} indices")


def _run_indexed(kernel: int, work: int, words: Shape, device: Any, size: int, index: Tensor) -> None:
    if device.handle:  # a GPU kernel cannot report a bad index
        host = index.to("cpu").numpy()
        bad = host[(host < -size) | (host >= size)]
        if bad.size:
            raise IndexError(f"index {bad[0]} is out of bounds for dimension with size {size}")
    try:
        call(kernel, work, words, device.context)
    except IndexError:
        bad_index = next(i for i in index.tolist() if not -size <= i < size)
        raise IndexError(f"index {bad_index} is out of bounds for dimension with size {size}") from None


@method
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of a dimension that an index names.

    Args:
        input: A tensor.
        dim: The dimension.
        index: One dimension of int64 or int32.

    Raises:
        IndexError: An index is out of range, or the index has more than one dimension.
        RuntimeError: The index is of another dtype.
    """
    if not isinstance(index, Tensor) or index.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError(
            f"index_select(): Expected dtype int32 or int64 for index, got {getattr(index, 'dtype', type(index))}"
        )
    index = to_dtype(index, dtypes.int64)
    if len(index._shape) > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, got {len(index._shape)} dimensions")
    dim = normalize_dim(dim, len(input._shape))
    return _gather(input.reshape(1) if not input._shape else input, dim, 1, index.reshape(-1), (index._size,))


def _gather(x: Tensor, dim: int, count: int, index: Tensor, shape: Shape) -> Tensor:
    """Gather along `count` dimensions from `dim` on, taken as one; they are replaced by `shape`."""
    index, x = on_one_device("index", index, x)
    before, after = x._shape[:dim], x._shape[dim + count :]
    three = x.contiguous().reshape(math.prod(before), math.prod(x._shape[dim : dim + count]), math.prod(after))
    return IndexSelect.run(three, index.contiguous()).reshape(*before, *shape, *after)


# ------------------------------------------------------------------------------------- square brackets


def parse(x: Tensor, index: Any) -> tuple[Region, list[tuple[int, Any]]]:
    """Split an index into the part it views and the (dimension of that view, tensor) pairs that gather from it.

    Raises:
        IndexError: There are too many indices, one is out of range, or one is of another type.
    """
    items = [_index_of(i) for i in (index if isinstance(index, tuple) else (index,))]
    used = sum(
        len(i._shape) if isinstance(i, Tensor) and i.dtype is dtypes.bool_ else 0 if i is None or i is Ellipsis else 1
        for i in items
    )
    ndim = len(x._shape)
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    dots = [place for place, i in enumerate(items) if i is Ellipsis]
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
        if isinstance(i, Tensor) and (i._shape or i.dtype is dtypes.bool_):
            span = len(i._shape) if i.dtype is dtypes.bool_ else 1
            gathers += _as_integers(i, x._shape[d : d + span], d, len(shape))
            shape += x._shape[d : d + span]
            strides += x._strides[d : d + span]
            d += span
            continue
        size, stride = x._shape[d], x._strides[d]
        if isinstance(i, slice):
            start, length, step = _slice(i, size)
            offset += start * stride
            shape.append(length)
            strides.append(stride * step)
        else:
            offset += _integer(i, size, d) * stride
        d += 1
    return (tuple(shape), tuple(strides), offset if math.prod(shape) else 0), gathers


def _index_of(i: Any) -> Any:
    """Return what stands for one index: sequences become tensors, those of int32 int64, those of uint8 masks."""
    if isinstance(i, (list, np.ndarray, range)):
        i = tensor(i)
    if not isinstance(i, Tensor) or i.dtype.kind != 1:
        return i
    return to_dtype(i, dtypes.bool_ if i.dtype is dtypes.uint8 else dtypes.int64)


def _slice(i: slice, size: int) -> tuple[int, int, int]:
    try:
        start, stop, step = i.indices(size)
    except TypeError:
        raise TypeError(f"slice indices must be integers or None, got {i}") from None
    except ValueError:
        raise ValueError("slice step must be positive") from None
    if step < 0:
        raise ValueError("step must be greater than zero")
    return start, len(range(start, stop, step)), step


def _integer(i: Any, size: int, d: int) -> int:
    if isinstance(i, bool) or not hasattr(i, "__index__"):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices "
            f"(got {type(i).__name__})"
        )
    value: int = i.__index__()
    if not -size <= value < size:
        raise IndexError(f"index {value} is out of bounds for dimension {d} with size {size}")
    return value % size


def _as_integers(i: Tensor, sizes: Shape, d: int, place: int) -> list[tuple[int, Any]]:
    if i.dtype is dtypes.bool_:
        if i._shape != sizes:
            raise IndexError(
                f"The shape of the mask {list(i._shape)} at index {d} does not match the shape of the indexed "
                f"tensor {list(sizes)}"
            )
        found = np.nonzero(i.to("cpu").numpy())
        return [(place + k, from_numpy(indices)) for k, indices in enumerate(found)]
    if i.dtype is not dtypes.int64:
        raise IndexError(f"tensors used as indices must be long or bool tensors, got {i.dtype}")
    return [(place, i)]


def _one_index(x: Tensor, gathers: list[tuple[int, Any]]) -> tuple[Tensor, int, Tensor, Shape, bool]:
    """Return x with the gathered dimensions side by side, the first of them, one flat index, and its shape.

    The last result tells whether the dimensions were moved to the front, as NumPy does when they are apart.
    """
    dims = [d for d, _ in gathers]
    shape = broadcast_shapes(*[i._shape for _, i in gathers])
    apart = dims != list(range(dims[0], dims[0] + len(dims)))
    if apart:
        x = x.permute(*dims, *[d for d in range(len(x._shape)) if d not in dims])
    first = 0 if apart else dims[0]
    if len(gathers) == 1:
        return x, first, gathers[0][1].reshape(-1).to(device=x.device), shape, apart
    flat: Any = None
    for size, (_, i) in zip(x._shape[first:], gathers):
        host = i.to("cpu").numpy()
        bad = host[(host < -size) | (host >= size)]
        if bad.size:
            raise IndexError(f"index {bad[0]} is out of bounds for dimension with size {size}")
        positive = np.where(host < 0, host + size, host)
        flat = positive if flat is None else flat * size + positive
    index = tensor(np.ascontiguousarray(np.broadcast_to(flat, shape)).reshape(-1), dtype=dtypes.int64)
    return x, first, index.to(device=x.device), shape, apart


@method
def __getitem__(input: Tensor, index: Any) -> Tensor:
    """Return what an index names: a view for integers, slices, None and Ellipsis, a copy for tensors and lists."""
    region, gathers = parse(input, index)
    whole = region == (input._shape, input._strides, 0)
    part = input if whole and gathers else Slice.run(input, region, _only_views(index, gathers))
    if not gathers:
        return part
    part, first, flat, shape, _ = _one_index(part, gathers)
    return _gather(part, first, len(gathers), flat, shape)


def _only_views(index: Any, gathers: list[tuple[int, Any]]) -> Any:
    """Return the index with its tensors replaced by full slices."""
    if not gathers:
        return index
    items: list[Any] = []
    for i in index if isinstance(index, tuple) else (index,):
        i = _index_of(i)
        if isinstance(i, Tensor) and (i._shape or i.dtype is dtypes.bool_):
            items += [slice(None)] * (len(i._shape) if i.dtype is dtypes.bool_ else 1) or [None]
        else:
            items.append(i)
    return tuple(items)


@method
def __setitem__(input: Tensor, index: Any, value: Any) -> None:
    """Replace what an index names by a number or by a tensor that broadcasts."""
    check_writable("__setitem__", input)
    region, gathers = parse(input, index)
    if not isinstance(value, Tensor):
        value = tensor(value, dtype=input.dtype, device=input.device)
    elif value._shared_stamp() is input._shared_stamp():  # may overlap with what is written
        value = value.clone()
    if not gathers:
        mutate("__setitem__", input, Assign, lambda old: (old, value, input, index))
        return
    if input.requires_grad or value.requires_grad:
        raise NotImplementedError("__setitem__ with index tensors inside a recorded graph is not implemented")
    part = view_of(input, *region, math.prod(region[0]))
    rows, first, flat, shape, _ = _one_index(part, gathers)
    target = (*rows._shape[:first], *shape, *rows._shape[first + len(gathers) :])
    values = to_dtype(value, input.dtype).to(device=input.device).expand(target).contiguous()
    dense = rows.contiguous()
    three = dense.reshape(
        math.prod(rows._shape[:first]), math.prod(rows._shape[first : first + len(gathers)]), -1
    ) if dense._size else dense.reshape(0, 1, 1)  # fmt: skip
    if dense._size:
        input._changed()
        IndexCopy.run(None, values, three, flat.contiguous())
        if dense.address != rows.address:
            rows.copy_(dense)
