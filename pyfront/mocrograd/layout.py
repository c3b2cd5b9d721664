"""Shapes and strides: sizes, broadcasting, and the words that tell kernels the layout of strided operands.

A layout is a shape and strides in elements. All functions are pure and cached, because a training step asks for the
same few layouts again and again; a look-up takes a tenth of the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import index as as_index

from mocrograd.shown import shown

Shape = tuple[int, ...]
MAX_RANK = 16
"""The most dimensions that a kernel takes, after merging (MAX_RANK in mojo_kernels/runtime/types.mojo)."""


class Size(tuple[int, ...]):
    """A tensor's shape: a tuple of sizes.

    Example:
        >>> import mocrograd as mg
        >>> shape = mg.ones(2, 3).shape
        >>> shape, shape.numel(), shape == (2, 3)
        (mocrograd.Size([2, 3]), 6, True)
    """

    __slots__ = ()

    def numel(self) -> int:
        """Return the number of elements."""
        return math.prod(self)

    def __repr__(self) -> str:
        """Return "mocrograd.Size([2, 3])"."""
        return shown(f"Size({list(self)})")


class _Named:
    """An object that stands for a name of torch; there is one for each."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        """Return "mocrograd.strided"."""
        return shown(self.name)

    def __reduce__(self) -> str:
        """Pickle by name, so that each stays one object."""
        return self.name


class layout(_Named):
    """How a tensor's elements lie in memory: strided, or as those of a sparse tensor; the others are names."""


strided, jagged, sparse_coo = layout("strided"), layout("jagged"), layout("sparse_coo")
sparse_csr, sparse_csc = layout("sparse_csr"), layout("sparse_csc")
sparse_bsr, sparse_bsc = layout("sparse_bsr"), layout("sparse_bsc")


class memory_format(_Named):
    """An order of dimensions in memory; new tensors are row-major where none is given."""


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")
_RANKS = {channels_last: 4, channels_last_3d: 5}


def format_order(wanted: object, rank: int) -> tuple[Shape, Shape] | None:
    """Return the dimensions from the outermost to the innermost, and the inverse; None where a format is row-major.

    Raises:
        RuntimeError: The format is one for another number of dimensions.
    """
    needs = _RANKS.get(wanted)  # type: ignore[call-overload]
    if needs is None:
        return None
    if rank != needs:
        raise RuntimeError(f"required rank {needs} tensor to use {wanted.name} format")  # type: ignore[attr-defined]
    return (0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))


def is_in_format(shape: Shape, strides: Shape, wanted: object) -> bool:
    """Return whether a layout has no gaps in the order of a format."""
    if len(shape) != _RANKS.get(wanted, len(shape)):  # type: ignore[call-overload]
        return False
    order = format_order(wanted, len(shape))
    if order is None:
        return is_contiguous(shape, strides)
    return is_contiguous(tuple([shape[d] for d in order[0]]), tuple([strides[d] for d in order[0]]))


def check_format(name: str, wanted: object) -> None:
    """Raise unless a memory format is none, or one of those that there are.

    Raises:
        TypeError: It is something else.
    """
    if wanted is not None and not isinstance(wanted, memory_format):
        raise TypeError(
            f"{name}(): argument 'memory_format' must be mocrograd.memory_format, not {type(wanted).__name__}"
        )


@lru_cache(maxsize=8192)
def contiguous_strides(shape: Shape) -> Shape:
    """Return the strides of a row-major layout.

    Raises:
        RuntimeError: One does not fit into 64 bits.
    """
    strides = []
    step = 1
    for size in reversed(shape):
        if step >= 1 << 63:
            raise RuntimeError(f"Stride calculation overflowed: a tensor of shape {list(shape)}")
        strides.append(step)
        step *= max(as_index(size), 1)  # a float that equals an integer would stay in the caches under its name
    return tuple(reversed(strides))


@lru_cache(maxsize=8192)
def is_contiguous(shape: Shape, strides: Shape) -> bool:
    """Return whether elements lie row-major without gaps; strides of dimensions of size 1 do not matter."""
    if 0 in shape:
        return True
    step = 1
    for size, stride in zip(reversed(shape), reversed(strides)):
        if size != 1:
            if stride != step:
                return False
            step *= size
    return True


def broadcast_shapes(*shapes: Sequence[int]) -> Shape:
    """Return the shape that shapes broadcast to, by NumPy's rules.

    Raises:
        RuntimeError: They do not broadcast; the message holds both shapes.
    """
    out: list[int] = []
    for shape in shapes:
        out = [1] * (len(shape) - len(out)) + out
        offset = len(out) - len(shape)
        for i, size in enumerate(shape):
            if size == out[offset + i] or size == 1:
                continue
            if out[offset + i] != 1:
                raise RuntimeError(
                    f"The size of tensor a ({out[offset + i]}) must match the size of tensor b ({size}) at "
                    f"non-singleton dimension {offset + i}: shapes "
                    f"{' and '.join(str(list(s)) for s in shapes)} do not broadcast"
                )
            out[offset + i] = size
    return tuple(out)


def expand_strides(shape: Shape, strides: Shape, target: Shape) -> Shape:
    """Return the strides with which a layout fills a broadcast shape: 0 along repeated dimensions."""
    offset = len(target) - len(shape)
    return (0,) * offset + tuple(
        [0 if size == 1 and target[offset + i] != 1 else stride for i, (size, stride) in enumerate(zip(shape, strides))]
    )


@lru_cache(maxsize=8192)
def layout_words(shape: Shape, *strides: Shape) -> Shape:
    """Return the words of a layout: ndim, dims, then the strides of each operand; mergeable dimensions are merged.

    Raises:
        RuntimeError: More than `MAX_RANK` dimensions remain.
    """
    dims: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for d, size in enumerate(shape):
        if size == 1:
            continue
        here = [s[d] for s in strides]
        if dims and all(step[-1] == stride * size for step, stride in zip(steps, here)):
            dims[-1] *= size
            for step, stride in zip(steps, here):
                step[-1] = stride
        else:
            dims.append(size)
            for step, stride in zip(steps, here):
                step.append(stride)
    if not dims:
        return (1, 1, *[0] * len(strides))
    if len(dims) > MAX_RANK:
        raise RuntimeError(f"kernels take at most {MAX_RANK} dimensions, got shape {list(shape)}")
    return (len(dims), *dims, *[stride for step in steps for stride in step])


Zipped = tuple[Shape, Shape, int, Shape]


@lru_cache(maxsize=8192)
def zip_layouts(*layouts: Shape) -> Zipped:
    """Broadcast layouts against each other: (shape, strides, size, words) of a fresh result and its operands.

    Args:
        layouts: Shape and strides of each operand, one after the other.

    Raises:
        RuntimeError: The shapes do not broadcast.
    """
    shapes, strides = layouts[0::2], layouts[1::2]
    shape = broadcast_shapes(*shapes)
    own = contiguous_strides(shape)
    words = layout_words(shape, own, *[expand_strides(s, t, shape) for s, t in zip(shapes, strides)])
    return shape, own, math.prod(shape), words


@lru_cache(maxsize=8192)
def view_strides(shape: Shape, strides: Shape, target: Shape) -> Shape | None:
    """Return the strides that show a layout in another shape without a copy, or None where there are none."""
    if is_contiguous(shape, strides):
        return contiguous_strides(target)
    chunks: list[list[int]] = []  # runs of dimensions that can be taken as one: [size, innermost stride]
    for size, stride in zip(shape, strides):
        if size == 1:
            continue
        if chunks and chunks[-1][1] == stride * size:
            chunks[-1] = [chunks[-1][0] * size, stride]
        else:
            chunks.append([size, stride])
    out: list[int] = []
    for size in reversed(target):
        while chunks and chunks[-1][0] == 1:
            chunks.pop()
        if size == 1:
            out.append(out[-1] if out else 1)
            continue
        if not chunks or chunks[-1][0] % size:
            return None
        out.append(chunks[-1][1])
        chunks[-1] = [chunks[-1][0] // size, chunks[-1][1] * size]
    return tuple(reversed(out))


def normalize_dim(dim: int, ndim: int, what: str = "Dimension") -> int:
    """Return a dimension counted from the front.

    Raises:
        IndexError: It is out of range.
        TypeError: It is not an integer.
    """
    if type(dim) is not int:
        if not hasattr(dim, "__index__") or isinstance(dim, bool):
            raise TypeError(f"{what} must be an int, got {type(dim).__name__}")
        dim = dim.__index__()
    if 0 <= dim < ndim:
        return dim
    span = max(ndim, 1)
    if not -span <= dim < span:
        raise IndexError(f"{what} out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim % span
