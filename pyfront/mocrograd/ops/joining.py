"""Joining tensors: along a dimension they have, or a new one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode
from mocrograd.autograd.function import shows
from mocrograd.backend import JOIN_MANY, call
from mocrograd.layout import Shape, broadcast_shapes, memory_format, normalize_dim
from mocrograd.ops._memory import move
from mocrograd.ops._outputs import deliver
from mocrograd.ops._regions import Slice, sliceable
from mocrograd.ops.cast import lying, on_one_device, to_dtype
from mocrograd.ops.creation import arange, zeros
from mocrograd.ops.views import reshape, transpose, unsqueeze
from mocrograd.strides import format_strides, suggested_format
from mocrograd.tensor import Tensor, fresh, view_of
from mocrograd.types import Several

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block_diag",
    "broadcast_tensors",
    "cartesian_prod",
    "cat",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "meshgrid",
    "row_stack",
    "stack",
    "vstack",
]


class Cat(Function):
    """Tensors concatenated along a dimension, each taken as rows from `dim` on.

    It keeps the dimension, whether the tensors lack it, and their sizes along it.
    """

    @staticmethod
    def forward(ctx: Any, dim: int, shape: Shape, new: bool, *tensors: Tensor) -> Tensor:
        """Copy eight at a time, or one by one what is not contiguous; `new`: the tensors do not have the dimension."""
        sizes = tuple([1 if new else t._shape[dim] for t in tensors])
        ctx.kept = dim, new, sizes
        first = tensors[0]
        out = fresh(shape, math.prod(shape), first.dtype, first.device)
        if out._size and not all(t._dense or t.is_contiguous() for t in tensors):
            start, step = 0, out._strides[dim]
            steps = out._strides[:dim] + out._strides[dim + new :]
            for t, n in zip(tensors, sizes):
                if t._size:
                    move(view_of(out, t._shape, steps, start * step, t._size), t)
                start += n
        elif out._size:
            outer, inner = math.prod(shape[:dim]), math.prod(shape[dim + 1 :])
            kernel, context = first.device.table[f"join.forward.{first.dtype.name}"], first.device.context
            stride, at = shape[dim] * inner, out.address
            for k in range(0, len(tensors), JOIN_MANY):
                part = tensors[k : k + JOIN_MANY]
                lengths = [n * inner for n in sizes[k : k + JOIN_MANY]]
                none = (0,) * (JOIN_MANY - len(part))
                row = sum(lengths)
                if row:
                    addresses = [t.address if n else 0 for t, n in zip(part, lengths)]
                    words = (at, *addresses, *none, *lengths, *none, outer, stride)
                    call(kernel, outer * row, words, context)
                    at += row * first.dtype.itemsize
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Split the gradient into the parts."""
        grads: list[Tensor | None] = [None, None, None]
        dim, new, sizes = ctx.kept
        grad, start = sliceable(grad), 0
        shape, strides = grad._shape, grad._strides
        for size, wanted in zip(sizes, ctx.wanted[3:]):
            part = None
            if wanted:
                lead = () if new else (size,)
                own = (*shape[:dim], *lead, *shape[dim + 1 :])
                steps = strides if not new else (*strides[:dim], *strides[dim + 1 :])
                part = Slice.run(grad, (own, steps, start * strides[dim] if math.prod(own) else 0))
            grads.append(part)
            start += size
        return tuple(grads)


class Stack(Cat):
    """Tensors concatenated along a dimension that they lack."""


_CAT = Cat, dtypes.KernelNames("join.forward.{}")
_STACK = Stack, _CAT[1]
"""What the direct call needs: the node, and the names of the kernels."""


def _sequence(name: str, tensors: Any) -> list[Tensor]:
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    for position, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"expected Tensor as element {position} in argument 0, but got {type(t).__name__}")
    return list(tensors)


def _alike(name: str, tensors: list[Tensor]) -> list[Tensor]:
    """Return tensors in the dtype that they promote to.

    Raises:
        RuntimeError: They are on several devices.
    """
    first = tensors[0]
    dtype = first.dtype
    for t in tensors:
        if t.device is not first.device:
            on_one_device(name, first, t)
        if t.dtype is not dtype:
            dtype = dtypes.promote(dtype, t.dtype)
    return [t if t.dtype is dtype else to_dtype(t, dtype) for t in tensors]


def cat(tensors: Several, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return tensors joined along a dimension.

    Args:
        tensors: A sequence of tensors of one shape but for `dim`.
        dim: The dimension.
        out: Where the result is written.

    Raises:
        ValueError: There is no tensor.
        RuntimeError: The shapes do not fit; the message names both.

    Example:
        >>> import mocrograd as mg
        >>> mg.cat([mg.zeros(1), mg.ones(2)])
        tensor([0., 1., 1.])
    """
    joined: Tensor | None = backend.join(_CAT, tensors, dim, False) if out is None else None
    if joined is not None:
        return joined
    given = _sequence("cat", tensors)
    parts = [t for t in given if t._shape != (0,)] or given
    if not parts:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    shape = parts[0]._shape
    for position, t in enumerate(given):
        if not t._shape:
            raise RuntimeError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    dim = normalize_dim(dim, len(shape)) if shape != (0,) else 0
    total = 0
    for position, t in enumerate(parts):
        own = t._shape
        if len(own) != len(shape) or own[:dim] != shape[:dim] or own[dim + 1 :] != shape[dim + 1 :]:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected {list(shape)} but got {list(own)} "
                f"for tensor number {position} in the list."
            )
        total += own[dim]
    if len(parts) != len(given):  # an empty tensor of one dimension fits everything; its dtype and its gradient count
        nothing = (*shape[:dim], 0, *shape[dim + 1 :])
        parts = [reshape(t, nothing) if t._shape == (0,) else t for t in given]
    result = Cat.run(dim, (*shape[:dim], total, *shape[dim + 1 :]), False, *_alike("cat", parts))
    wanted = _format_of(parts)
    result = result if wanted is None else lying(result, format_strides(result._shape, wanted))
    return result if out is None else deliver("cat", out, result)


def _format_of(tensors: list[Tensor]) -> memory_format | None:
    """Return the format that all of some images show, None where they show none or several."""
    if tensors[0]._dense or mode.vmap is not None:
        return None
    shown = {suggested_format(t._shape, t._strides) for t in tensors}
    return shown.pop() if len(shown) == 1 else None


concat = concatenate = cat


def stack(tensors: Several, dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Return tensors of one shape joined along a new dimension.

    Raises:
        RuntimeError: There is no tensor, or the shapes differ; the message names both.

    Example:
        >>> import mocrograd as mg
        >>> mg.stack([mg.zeros(2), mg.ones(2)])
        tensor([[0., 0.],
                [1., 1.]])
    """
    joined: Tensor | None = backend.join(_STACK, tensors, dim, True) if out is None else None
    if joined is not None:
        return joined
    given = _sequence("stack", tensors)
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = given[0]._shape
    for position, t in enumerate(given):
        if t._shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and {list(t._shape)} at "
                f"entry {position}"
            )
    dim = normalize_dim(dim, len(shape) + 1)
    result = Stack.run(dim, (*shape[:dim], len(given), *shape[dim:]), True, *_alike("stack", given))
    wanted = _format_of(given) if dim < len(shape) else None
    if wanted is not None:  # as if joined along the dimension, which is then taken apart
        strides = format_strides((*shape[:dim], len(given) * shape[dim], *shape[dim + 1 :]), wanted)
        result = lying(result, (*strides[:dim], strides[dim] * shape[dim], *strides[dim:]))
    return result if out is None else deliver("stack", out, result)


def _each(function: Any, tensors: tuple[Any, ...]) -> Any:
    if len(tensors) == 1:
        one = tensors[0]
        if not isinstance(one, (list, tuple)):
            return function(_sequence("atleast", tensors)[0])
        tensors = tuple(one)
    return tuple([function(t) for t in _sequence("atleast", tensors)])


def atleast_1d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Return tensors with a dimension at least.

    Example:
        >>> import mocrograd as mg
        >>> mg.atleast_1d(mg.tensor(3.0)).shape
        mocrograd.Size([1])
    """
    return _each(lambda t: t if t._shape else reshape(t, 1), tensors)


def atleast_2d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Return tensors with two dimensions at least, new ones in front.

    Example:
        >>> import mocrograd as mg
        >>> mg.atleast_2d(mg.tensor([1, 2])).shape
        mocrograd.Size([1, 2])
    """
    return _each(lambda t: t if len(t._shape) > 1 else reshape(t, 1, -1 if t._size else 0), tensors)


def _three(t: Tensor) -> Tensor:
    ndim = len(t._shape)
    return t if ndim > 2 else unsqueeze(t, -1) if ndim == 2 else reshape(t, 1, -1 if t._size else 0, 1)


def atleast_3d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Return tensors with three dimensions at least, the last of a matrix new.

    Example:
        >>> import mocrograd as mg
        >>> mg.atleast_3d(mg.ones(2, 3)).shape
        mocrograd.Size([2, 3, 1])
    """
    return _each(_three, tensors)


def _some(name: str, tensors: Any) -> list[Tensor]:
    given = _sequence(name, tensors)
    if not given:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return given


def hstack(tensors: Several, *, out: Tensor | None = None) -> Tensor:
    """Return tensors side by side: joined along the second dimension, vectors along their only one.

    Example:
        >>> import mocrograd as mg
        >>> mg.hstack([mg.zeros(1), mg.ones(2)])
        tensor([0., 1., 1.])
    """
    given = [atleast_1d(t) for t in _some("hstack", tensors)]
    return cat(given, 0 if len(given[0]._shape) == 1 else 1, out=out)


def vstack(tensors: Several, *, out: Tensor | None = None) -> Tensor:
    """Return tensors one below the other: joined along the first dimension, vectors as rows.

    Example:
        >>> import mocrograd as mg
        >>> mg.vstack([mg.zeros(2), mg.ones(2)])
        tensor([[0., 0.],
                [1., 1.]])
    """
    return cat([atleast_2d(t) for t in _some("vstack", tensors)], 0, out=out)


row_stack = vstack


def dstack(tensors: Several, *, out: Tensor | None = None) -> Tensor:
    """Return tensors joined along the third dimension.

    Example:
        >>> import mocrograd as mg
        >>> mg.dstack([mg.tensor([1, 2]), mg.tensor([3, 4])]).shape
        mocrograd.Size([1, 2, 2])
    """
    return cat([_three(t) for t in _some("dstack", tensors)], 2, out=out)


def column_stack(tensors: Several, *, out: Tensor | None = None) -> Tensor:
    """Return tensors side by side, vectors as columns.

    Example:
        >>> import mocrograd as mg
        >>> mg.column_stack([mg.tensor([1, 2]), mg.tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    given = _some("column_stack", tensors)
    return hstack([t if len(t._shape) > 1 else reshape(t, t._size, 1) for t in given], out=out)


def broadcast_tensors(*tensors: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return tensors expanded to the shape they broadcast to.

    Example:
        >>> import mocrograd as mg
        >>> a, b = mg.broadcast_tensors(mg.ones(2, 1), mg.ones(3))
        >>> a.shape, b.shape
        (mocrograd.Size([2, 3]), mocrograd.Size([2, 3]))
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    given = _sequence("broadcast_tensors", given)
    shape = broadcast_shapes(*[t._shape for t in given])
    return tuple([t.expand(shape) for t in given])


def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str = "ij") -> tuple[Tensor, ...]:
    """Return the coordinates of a grid: each vector along a dimension of its own.

    Args:
        *tensors: Vectors or scalars, or one sequence of them.
        indexing: "ij", or "xy", which exchanges the first two dimensions.

    Raises:
        RuntimeError: A tensor has more dimensions, dtypes differ, or the indexing is unknown.

    Example:
        >>> import mocrograd as mg
        >>> rows, columns = mg.meshgrid(mg.arange(2), mg.arange(3), indexing="ij")
        >>> rows
        tensor([[0, 0, 0],
                [1, 1, 1]])
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    given = _sequence("meshgrid", given)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for t in given:
        if len(t._shape) > 1:
            raise RuntimeError(f"meshgrid: Expected 0D or 1D tensor in the tensor list but got shape {list(t._shape)}")
        if t.dtype is not given[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    swap = indexing == "xy" and len(given) > 1
    order = [given[1], given[0], *given[2:]] if swap else given
    shape = tuple([t._size for t in order])
    n = len(order)
    grids = [t.reshape([-1 if d == k else 1 for d in range(n)]).expand(shape) for k, t in enumerate(order)]
    if swap:
        grids = [transpose(g, 0, 1).transpose(0, 1) for g in grids]
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors: Tensor | Sequence[Tensor]) -> Tensor:
    """Return all combinations of an element of each vector, as rows.

    Example:
        >>> import mocrograd as mg
        >>> mg.cartesian_prod(mg.arange(2), mg.arange(2))
        tensor([[0, 0],
                [0, 1],
                [1, 0],
                [1, 1]])
    """
    given: Any = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    for t in _sequence("cartesian_prod", given):
        if len(t._shape) != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t._shape)}")
    if len(given) == 1:
        first: Tensor = given[0]
        return first
    return stack([g.reshape(-1) for g in meshgrid(*given)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Return all combinations of `r` elements of a vector, as rows in the order of their indices.

    Raises:
        RuntimeError: The tensor is no vector, or r is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.combinations(mg.arange(3))
        tensor([[0, 1],
                [0, 2],
                [1, 2]])
    """
    if len(input._shape) != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input._shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return zeros(0, dtype=input.dtype, device=input.device)
    grids = meshgrid(*[arange(input._size, device=input.device)] * r)
    rows = stack([g.reshape(-1) for g in grids], 1)
    keep = None
    for a in range(r - 1):
        ordered = rows[:, a] <= rows[:, a + 1] if with_replacement else rows[:, a] < rows[:, a + 1]
        keep = ordered if keep is None else keep & ordered
    rows = rows if keep is None else rows[keep]
    return input[rows.reshape(-1)].reshape(rows._shape)


@shows("BlockDiag")
def block_diag(*tensors: Tensor | Sequence[Tensor]) -> Tensor:
    """Return a matrix with matrices along its diagonal; vectors are rows, scalars 1 x 1.

    Example:
        >>> import mocrograd as mg
        >>> mg.block_diag(mg.ones(1, 1), mg.ones(1, 2))
        tensor([[1., 0., 0.],
                [0., 1., 1.]])
    """
    given = _sequence("block_diag", tensors)
    if not given:
        return zeros(1, 0)
    for position, t in enumerate(given):
        if len(t._shape) > 2:
            raise RuntimeError(
                f"block_diag: Input tensors must have 2 or fewer dimensions. Input {position} has "
                f"{len(t._shape)} dimensions"
            )
    blocks = [t if len(t._shape) == 2 else reshape(t, 1, t._size) for t in given]
    blocks = _alike("block_diag", blocks)
    width, first = sum(b._shape[1] for b in blocks), blocks[0]
    rows, start = [], 0
    for b in blocks:
        height, own = b._shape
        left = zeros(height, start, dtype=first.dtype, device=first.device)
        right = zeros(height, width - start - own, dtype=first.dtype, device=first.device)
        rows.append(cat([left, b, right], 1))
        start += own
    return cat(rows, 0)
