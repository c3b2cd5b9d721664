"""Copies in another order, and composed views: repeating, rolling, flipping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.autograd.function import shows
from mocrograd.backend import call
from mocrograd.layout import Shape, contiguous_format, normalize_dim
from mocrograd.ops._arguments import integer, integers
from mocrograd.ops.cast import Rearranged
from mocrograd.ops.creation import arange, full, shape_of
from mocrograd.ops.indexing import IndexAdd, IndexSelect
from mocrograd.ops.scan import cumsum
from mocrograd.ops.views import expand, permute, reshape, transpose, unsqueeze, view
from mocrograd.strides import format_strides, kept_strides, memory_words, suggested_format
from mocrograd.tensor import Tensor, fresh_with, method
from mocrograd.types import Ints

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "moveaxis",
    "movedim",
    "ravel",
    "repeat_interleave",
    "roll",
    "rot90",
    "swapaxes",
    "swapdims",
    "tile",
    "unflatten",
]


@method
def ravel(input: Tensor) -> Tensor:
    """Return the elements in one dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.ravel(mg.ones(2, 2))
        tensor([1., 1., 1., 1.])
    """
    return reshape(input.contiguous(), -1 if input._size else 0)


@method
def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Return the elements in the shape of another tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(4).reshape_as(mg.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    return reshape(input, other._shape)


@method
def view_as(input: Tensor, other: Tensor) -> Tensor:
    """Return a view in the shape of another tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(4).view_as(mg.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    return view(input, other._shape)


@method
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Return the tensor with a dimension split into several, one of whose sizes may be -1.

    Raises:
        RuntimeError: The sizes do not make up the dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.unflatten(mg.ones(6), 0, (2, 3)).shape
        mocrograd.Size([2, 3])
    """
    dim = normalize_dim(dim, len(input._shape))
    sizes = tuple(sizes)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    own = input._shape[dim]
    rest = math.prod(n for n in sizes if n != -1)
    fits = sizes.count(-1) <= 1 and (own == rest if -1 not in sizes else rest > 0 and own % rest == 0)
    if not fits:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({own}) in the input "
            "tensor"
        )
    sizes = tuple([own // rest if n == -1 else n for n in sizes])
    return view(input, *input._shape[:dim], *sizes, *input._shape[dim + 1 :])


@method
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Return a view with two dimensions exchanged.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.swapaxes(x, 0, 1).shape
        mocrograd.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


@method
def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two dimensions exchanged.

    Example:
        >>> import mocrograd as mg
        >>> mg.swapdims(mg.ones(2, 3, 4), 0, 2).shape
        mocrograd.Size([4, 3, 2])
    """
    return transpose(input, dim0, dim1)


@method
def movedim(input: Tensor, source: Ints, destination: Ints) -> Tensor:
    """Return a view in which dimensions have moved to other positions, the others in their order.

    Raises:
        RuntimeError: A dimension or a position is named twice, or their numbers differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.movedim(mg.ones(2, 3, 4), 0, -1).shape
        mocrograd.Size([3, 4, 2])
    """
    ndim = len(input._shape)
    froms = [normalize_dim(d, ndim) for d in (source if isinstance(source, (tuple, list)) else (source,))]
    tos = [normalize_dim(d, ndim) for d in (destination if isinstance(destination, (tuple, list)) else (destination,))]
    if len(froms) != len(tos):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({froms} dims) should contain the same number of "
            f"dims as destination ({tos} dims)"
        )
    for what, dims in (("source", froms), ("destination", tos)):
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{what}` ({dims})")
    others = iter([d for d in range(ndim) if d not in froms])
    order = dict(zip(tos, froms))
    return permute(input, *[order[d] if d in order else next(others) for d in range(ndim)]) if ndim else input


@method
def moveaxis(input: Tensor, source: Ints, destination: Ints) -> Tensor:
    """Return a view in which dimensions have moved to other positions, the others in their order.

    Example:
        >>> import mocrograd as mg
        >>> mg.moveaxis(mg.zeros(2, 3, 4), 0, -1).shape
        mocrograd.Size([3, 4, 2])
    """
    return movedim(input, source, destination)


@method
@shows("Repeat")
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Return copies side by side: how many along each dimension, new ones in front.

    Raises:
        RuntimeError: There are fewer numbers than dimensions, or one is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    if not repeats:
        raise TypeError("repeat() missing 1 required positional argument: 'repeats'")
    counts = integers("repeat", "repeats", repeats)
    lead = len(counts) - len(input._shape)
    if lead < 0:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: got "
            f"{list(counts)} for shape {list(input._shape)}"
        )
    if any(n < 0 for n in counts):
        raise RuntimeError(f"Trying to create tensor with negative dimension: repeats {list(counts)}")
    shape = (1,) * lead + input._shape
    if all(n == 1 for n in counts):
        return Rearranged.run(reshape(input, shape), contiguous_format)
    inner = [m for n in shape for m in (1, n)]
    wide = [m for count, n in zip(counts, shape) for m in (count, n)]
    spread = expand(reshape(input, inner), wide)
    return reshape(spread.contiguous(), [a * b for a, b in zip(counts, shape)])


@method
def tile(input: Tensor, *dims: Ints) -> Tensor:
    """Return copies side by side; the numbers count from the last dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.tile(mg.tensor([1, 2]), (2,))
        tensor([1, 2, 1, 2])
    """
    counts = integers("tile", "dims", dims)
    return repeat(input, ((1,) * (len(input._shape) - len(counts)) + counts))


@method
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Return the tensor with each slice of a dimension repeated, all as often or each by its own number.

    Args:
        input: A tensor; alone it is the numbers, and the result the indices.
        repeats: An integer, or a tensor of integers.
        dim: The dimension; by default the tensor is flattened.
        output_size: The size of the dimension in the result, as the numbers have it.

    Raises:
        RuntimeError: A number is negative, there is another number of numbers than slices, or `output_size` is wrong.

    Example:
        >>> import mocrograd as mg
        >>> mg.repeat_interleave(mg.tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
    """
    if repeats is None:
        if len(input._shape) != 1:
            raise RuntimeError(f"repeat_interleave only accept 1D vector as repeat, got shape {list(input._shape)}")
        rows = arange(input._size, dtype=input.dtype if input.dtype.kind == 1 else None, device=input.device)
        return repeat_interleave(rows, input, 0, output_size=output_size)
    if dim is None:
        input, dim = reshape(input, input._size), 0
    dim = normalize_dim(dim, len(input._shape))
    if not input._shape:
        input = reshape(input, 1)
    size = input._shape[dim]
    if isinstance(repeats, int):
        if repeats < 0:
            raise RuntimeError(f"Repeats must be non-negative, got {repeats}")
        _check_output_size(output_size, size * repeats)
        shape = input._shape
        wide = expand(unsqueeze(input, dim + 1), *shape[: dim + 1], repeats, *shape[dim + 1 :])
        return reshape(wide.contiguous(), *shape[:dim], size * repeats, *shape[dim + 1 :])
    if not isinstance(repeats, Tensor):
        raise TypeError(f"repeat_interleave(): argument 'repeats' must be Tensor, not {type(repeats).__name__}")
    if repeats.dtype not in (dtypes.int64, dtypes.int32):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if len(repeats._shape) > 1:
        raise RuntimeError(f"repeats must be 0-dim or 1-dim tensor, got shape {list(repeats._shape)}")
    if repeats._size and bool(repeats.min() < 0):
        raise RuntimeError("repeats can not be negative")
    if repeats._size not in (1, size):
        raise RuntimeError(f"repeats must have the same size as input along dim: expected {size}, got {repeats._size}")
    indices = _repeated(repeats.to(input.device).expand(size), size)
    _check_output_size(output_size, indices._size)
    result: Tensor = IndexSelect.run(input.contiguous(), indices, dim, 1, (indices._size,), 0)
    return result


def _repeated(repeats: Tensor, size: int) -> Tensor:
    """Return each of the numbers below `size` as often as told: the running count of the ends of those before."""
    if not size:
        return arange(0, device=repeats.device)
    most: Any = repeats.max().item()
    shape_of("repeat_interleave", (size, most))  # so that the sum is no less than it should be
    ends = cumsum(repeats, 0, dtype=dtypes.int64)
    total: Any = ends[-1].item()
    ones = full((1, size - 1, 1), 1, device=repeats.device)
    starts: Tensor = IndexAdd.run(ones, ends[:-1].contiguous(), 1, 1, (total + 1,)).reshape(total + 1)
    return cumsum(starts, 0)[:total]


def _check_output_size(output_size: int | None, size: int) -> None:
    if output_size is not None and integer("repeat_interleave", "output_size", output_size) != size:
        raise RuntimeError(f"repeat_interleave: Invalid output_size, expected {size} but got {output_size}")


_LONG_ROW = 32
"""Elements of a row from which on a loop over rows is faster than one over tiles."""


@lru_cache(maxsize=4096)
def _flipping(shape: Shape, strides: Shape, dims: Shape) -> tuple[Shape, int, Shape, bool]:
    """Return the strides of a copy with reversed dimensions, the element that comes first, and the layout of both.

    The last of the four tells whether that is of rows, read backwards.
    """
    kept = kept_strides(shape, strides)
    turned = tuple([-s if d in dims else s for d, s in enumerate(strides)])
    last = sum([(shape[d] - 1) * strides[d] for d in dims])
    if 0 in shape:
        return kept, last, (), False
    words = memory_words(shape, kept, turned)
    ndim = words[0]
    return kept, last, words, (words[2 * ndim], words[-1]) == (1, -1) and words[ndim] >= _LONG_ROW


class Flip(Function):
    """Reversed dimensions."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape) -> Tensor:
        """Copy from the last element to the first."""
        ctx.kept = dims
        dtype, device = x.dtype, x.device
        strides, last, words, of_rows = _flipping(x._shape, x._strides, dims)
        out = fresh_with(x._shape, strides, x._size, dtype, device)
        if x._size:
            kernel = f"reverse.forward.{dtype.name}" if of_rows else f"cast.{dtype.name}.{dtype.name}"
            call(device.table[kernel], x._size, out.address, x.address + last * dtype.itemsize, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Reverse the gradient."""
        return Flip.run(grad, ctx.kept), None


@method
def flip(input: Tensor, *dims: Ints) -> Tensor:
    """Return a copy with reversed dimensions.

    Raises:
        RuntimeError: A dimension is named twice.

    Example:
        >>> import mocrograd as mg
        >>> mg.flip(mg.arange(3), (0,))
        tensor([2, 1, 0])
    """
    named: Any = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    order = tuple([normalize_dim(d, len(input._shape)) for d in named])
    if len(set(order)) != len(order):
        raise RuntimeError(f"dim {order} appears multiple times in the list of dims")
    result: Tensor = Flip.run(input, order if input._shape else ())
    return result


@method
def fliplr(input: Tensor) -> Tensor:
    """Return a copy with the second dimension reversed.

    Example:
        >>> import mocrograd as mg
        >>> mg.fliplr(mg.tensor([[1, 2], [3, 4]]))
        tensor([[2, 1],
                [4, 3]])
    """
    if len(input._shape) < 2:
        raise RuntimeError(f"Input must be >= 2-d, got shape {list(input._shape)}.")
    return flip(input, 1)


@method
def flipud(input: Tensor) -> Tensor:
    """Return a copy with the first dimension reversed.

    Example:
        >>> import mocrograd as mg
        >>> mg.flipud(mg.tensor([[1, 2], [3, 4]]))
        tensor([[3, 4],
                [1, 2]])
    """
    if not input._shape:
        raise RuntimeError("Input must be >= 1-d, got a tensor without dimensions.")
    return flip(input, 0)


@method
@shows("Rot90")
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Return a copy turned by k quarters in the plane of two dimensions, from the first towards the second.

    Raises:
        RuntimeError: There are not two different dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.rot90(mg.arange(4).reshape(2, 2))
        tensor([[1, 3],
                [0, 2]])
    """
    ndim = len(input._shape)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    a, b = [normalize_dim(d, ndim, "Rotation dim") for d in dims]
    turns = k % 4
    if turns == 1:
        return transpose(flip(input, b), a, b)
    if turns == 2:
        return flip(input, a, b)
    if turns == 3:
        return transpose(flip(input, a), a, b)
    return input.clone()


@lru_cache(maxsize=4096)
def _rolling(shape: Shape, strides: Shape, firsts: Shape) -> tuple[Shape, tuple[tuple[int, int, int, Shape], ...]]:
    """Return the strides of a rolled copy, and its blocks: size, first element there and here, layout of both."""
    kept = format_strides(shape, suggested_format(shape, strides))
    pieces = [((f, 0, n - f), (0, n - f, f)) if f else ((0, 0, n),) for n, f in zip(shape, firsts)]
    blocks = []
    for block in product(*pieces) if math.prod(shape) else ():
        sizes = tuple([n for _, _, n in block])
        to = sum([at * stride for (_, at, _), stride in zip(block, kept)])
        source = sum([at * stride for (at, _, _), stride in zip(block, strides)])
        blocks.append((math.prod(sizes), to, source, memory_words(sizes, kept, strides)))
    return kept, tuple(blocks)


class Roll(Function):
    """Elements from the first ones wanted to the end of each dimension, and those before behind them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, firsts: Shape) -> Tensor:
        """Copy block by block."""
        ctx.kept = firsts
        dtype, device = x.dtype, x.device
        strides, blocks = _rolling(x._shape, x._strides, firsts)
        out = fresh_with(x._shape, strides, x._size, dtype, device)
        kernel, width = device.table[f"cast.{dtype.name}.{dtype.name}"], dtype.itemsize
        for size, to, source, words in blocks:
            call(kernel, size, out.address + to * width, x.address + source * width, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Roll the gradient back."""
        return Roll.run(grad, tuple([-f % (n or 1) for f, n in zip(ctx.kept, grad._shape)])), None


@method
def roll(input: Tensor, shifts: Ints, dims: Ints | None = None) -> Tensor:
    """Return a copy with elements shifted along dimensions; those shifted out at the end come in at the front.

    Raises:
        RuntimeError: The numbers of shifts and dimensions differ.

    Example:
        >>> import mocrograd as mg
        >>> mg.roll(mg.arange(4), 1)
        tensor([3, 0, 1, 2])
    """
    moves = integers("roll", "shifts", (shifts,))
    named = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not moves:
        raise RuntimeError("`shifts` required")
    if not named and len(moves) == 1:
        return reshape(roll(reshape(input, input._size), moves, 0), input._shape)
    if len(named) != len(moves):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(named)}")
    ndim = len(input._shape)
    first = [0] * ndim
    for shift, d in zip(moves, named):
        if not ndim:
            raise IndexError(f"Dimension specified as {d} but tensor has no dimensions")
        dim = normalize_dim(d, ndim)
        first[dim] = (first[dim] - shift) % (input._shape[dim] or 1)
    result: Tensor = Roll.run(input, tuple(first))
    return result
