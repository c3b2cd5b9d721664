"""Views: shape, order of dimensions, another dtype of the same memory. The gradient of a view is the inverse view."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, enable_grad, mode
from mocrograd.backend import recorded_view
from mocrograd.layout import Shape, contiguous_format, contiguous_strides, expand_strides, normalize_dim, view_strides
from mocrograd.ops._inplace import check_view
from mocrograd.ops._marked import CONJUGATED
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.cast import Rearranged
from mocrograd.ops.creation import shape_of
from mocrograd.tensor import Tensor, attribute, method, view_of
from mocrograd.types import Ints

__all__ = [
    "broadcast_to",
    "expand",
    "flatten",
    "permute",
    "reshape",
    "squeeze",
    "t",
    "transpose",
    "unsqueeze",
    "view",
]


class View(Function):
    """The same elements in another shape; it keeps the input's."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Shape, strides: Shape) -> Tensor:
        """Return a view with other strides."""
        ctx.kept = x._shape
        return view_of(x, shape, strides, 0, x._size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Give the gradient the input's shape."""
        if grad._dense and not mode.grad:
            return view_of(grad, ctx.kept, contiguous_strides(ctx.kept), 0, grad._size), None, None
        return reshape(grad, ctx.kept), None, None


class Permute(Function):
    """Dimensions in another order; it keeps the order."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape) -> Tensor:
        """Permute sizes and strides."""
        ctx.kept = dims
        shape, strides = x._shape, x._strides
        return view_of(x, tuple([shape[d] for d in dims]), tuple([strides[d] for d in dims]), 0, x._size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Permute them back."""
        inverse = [0] * len(ctx.kept)
        for position, d in enumerate(ctx.kept):
            inverse[d] = position
        return _permuted(grad, tuple(inverse)), None


class UnsafeView(View):
    """The elements of a copy in another shape."""


class Squeeze(View):
    """All dimensions of size 1 dropped."""


class SqueezeDim(View):
    """A dimension of size 1 dropped."""

    torch_name, torch_number = "Squeeze", 1


class SqueezeDims(View):
    """Dimensions of size 1 dropped."""

    torch_name, torch_number = "Squeeze", 2


class Unsqueeze(View):
    """A dimension of size 1 inserted."""


class Transpose(Permute):
    """Two dimensions exchanged."""


class TransposeMatrix(Permute):
    """The dimensions of a matrix exchanged."""

    torch_name = "T"


class Expand(Function):
    """Dimensions repeated without a copy, by strides of 0; it keeps the input's shape."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Shape) -> Tensor:
        """Return a view with strides of 0."""
        ctx.kept = x._shape
        return view_of(x, shape, expand_strides(x._shape, x._strides, shape), 0, math.prod(shape))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Add up the repetitions."""
        return sum_to(grad, ctx.kept), None


_VIEW, _PERMUTE, _EXPAND = (View, 3, 7), (Permute, 2, 0), (Expand, 2, 0)
"""What the direct call needs: the node, how many arguments it has, and its rule (direct/record.mojo)."""
_UNSAFE_VIEW, _SQUEEZE, _SQUEEZE_DIM, _SQUEEZE_DIMS, _UNSQUEEZE = (
    (node, *_VIEW[1:]) for node in (UnsafeView, Squeeze, SqueezeDim, SqueezeDims, Unsqueeze)
)
_TRANSPOSE, _T = ((node, *_PERMUTE[1:]) for node in (Transpose, TransposeMatrix))


def _shaped(x: Tensor, shape: Shape, strides: Any, spec: Any = _VIEW) -> Tensor:
    """Return a view of all elements in another shape."""
    out: Tensor | None = recorded_view(spec, x, shape, strides, x._shape, x._size)
    return spec[0].run(x, shape, strides) if out is None else out


@lru_cache(maxsize=8192)
def _in_order(shape: Shape, strides: Shape, dims: Shape) -> tuple[Shape, Shape]:
    return tuple([shape[d] for d in dims]), tuple([strides[d] for d in dims])


def _permuted(x: Tensor, dims: Shape, spec: Any = _PERMUTE) -> Tensor:
    """Return a view with the dimensions in another order."""
    shape, strides = _in_order(x._shape, x._strides, dims)
    out: Tensor | None = recorded_view(spec, x, shape, strides, dims, x._size)
    return spec[0].run(x, dims) if out is None else out


def _target_shape(name: str, input: Tensor, sizes: tuple[Any, ...]) -> Shape:
    """Return a shape in which one size may be -1.

    Raises:
        RuntimeError: It does not hold the tensor's elements.
    """
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    known = 1
    for n in sizes:
        if type(n) is not int or n < 0:
            break
        known *= n
    else:  # the most common ones
        if known == input._size:
            return sizes
    if sizes.count(-1) > 1:
        raise RuntimeError(f"{name}: only one dimension can be inferred, got {list(sizes)}")
    rest = shape_of(name, tuple([n for n in sizes if n != -1]))
    count = math.prod(rest)
    if len(rest) < len(sizes):
        if count == 0 or input._size % count:
            raise RuntimeError(
                f"{name}: shape '{list(sizes)}' is invalid for input of size {input._size} (shape {list(input._shape)})"
            )
        return tuple([n if n != -1 else input._size // count for n in sizes])
    if count != input._size:
        raise RuntimeError(
            f"{name}: shape '{list(sizes)}' is invalid for input of size {input._size} (shape {list(input._shape)})"
        )
    return rest


@method
def reshape(input: Tensor, *shape: Ints) -> Tensor:
    """Return the elements in another shape: a view where strides allow it, a copy otherwise.

    Args:
        input: A tensor.
        *shape: Integers or one sequence; one of them may be -1.

    Example:
        >>> import mocrograd as mg
        >>> mg.reshape(mg.arange(6), (2, 3))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    target = _target_shape("reshape", input, shape)
    if target == input._shape:
        return input
    return _reshaped(input, target)


def _reshaped(input: Tensor, target: Shape) -> Tensor:
    """Return the elements in another shape, which has as many."""
    strides = view_strides(input._shape, input._strides, target)
    if strides is None:
        input = Rearranged.run(input, contiguous_format)
        strides = view_strides(input._shape, input._strides, target)
        return _shaped(input, target, strides, _UNSAFE_VIEW)
    return _shaped(input, target, strides)


@method
def view(input: Tensor, *size: Ints) -> Tensor:
    """Return the elements in another shape, sharing memory; or, given a dtype, the bytes as its elements.

    Raises:
        RuntimeError: Strides do not allow it, or the sizes do not fit.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6)
        >>> x.view(2, -1)
        tensor([[0, 1, 2],
                [3, 4, 5]])
        >>> mg.tensor([1.0]).view(mg.int32)
        tensor([1065353216], dtype=mocrograd.int32)
    """
    if len(size) == 1 and isinstance(size[0], dtypes.dtype):
        return reinterpreted(input, size[0])
    target = _target_shape("view", input, size)
    strides = view_strides(input._shape, input._strides, target)
    if strides is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across two contiguous subspaces). Use .reshape(...) instead."
        )
    return _shaped(input, target, strides)


@lru_cache(maxsize=4096)
def _flattened(shape: Shape, start_dim: int, end_dim: int) -> Shape:
    """Return a shape with dimensions joined into one."""
    start, end = normalize_dim(start_dim, len(shape)), normalize_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]) if shape else (1,)


@method
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Return the tensor with dimensions `start_dim` to `end_dim` joined into one.

    Example:
        >>> import mocrograd as mg
        >>> mg.flatten(mg.ones(2, 3)).shape
        mocrograd.Size([6])
    """
    plain = type(start_dim) is type(end_dim) is int
    target = (_flattened if plain else _flattened.__wrapped__)(input._shape, start_dim, end_dim)
    return input if target == input._shape else _reshaped(input, target)


@method
def permute(input: Tensor, *dims: Ints) -> Tensor:
    """Return a view with the dimensions in another order.

    Raises:
        RuntimeError: The dimensions are not each named once.

    Example:
        >>> import mocrograd as mg
        >>> mg.permute(mg.ones(2, 3, 4), (2, 0, 1)).shape
        mocrograd.Size([4, 2, 3])
    """
    order: Any = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    ndim = len(input._shape)
    if len(order) != ndim:
        raise RuntimeError(
            f"permute: number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple([d if type(d) is int and 0 <= d < ndim else normalize_dim(d, ndim) for d in order])
    if len(set(order)) != ndim:
        raise RuntimeError(f"permute(): duplicate dims are not allowed, got {list(order)}")
    return _permuted(input, order)


@attribute
def T(input: Tensor) -> Tensor:
    """The tensor with its dimensions reversed."""
    return permute(input, tuple(range(len(input._shape) - 1, -1, -1)))


@method
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two dimensions exchanged.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.transpose(x, 0, 1).shape
        mocrograd.Size([3, 2])
    """
    return _exchanged(input, dim0, dim1, _TRANSPOSE)


def _exchanged(input: Tensor, dim0: int, dim1: int, spec: Any) -> Tensor:
    """Return a view with two dimensions exchanged."""
    ndim = len(input._shape)
    a, b = normalize_dim(dim0, ndim), normalize_dim(dim1, ndim)
    if not mode.grad and mode.vmap is None:
        shape, strides = list(input._shape), list(input._strides)
        if shape:
            shape[a], shape[b] = shape[b], shape[a]
            strides[a], strides[b] = strides[b], strides[a]
        return view_of(input, tuple(shape), tuple(strides), 0, input._size)
    order = list(range(ndim))
    if order:
        order[a], order[b] = b, a
    return _permuted(input, tuple(order), spec)


@method
def t(input: Tensor) -> Tensor:
    """Return the transposed matrix.

    Raises:
        RuntimeError: There are more than two dimensions.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6.0).reshape(2, 3)
        >>> mg.t(x).shape
        mocrograd.Size([3, 2])
    """
    if len(input._shape) > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {len(input._shape)}D")
    return _exchanged(input, 0, 1, _T) if len(input._shape) == 2 else input


@lru_cache(maxsize=4096)
def _expanded(own_shape: Shape, own_strides: Shape, sizes: tuple[Any, ...]) -> tuple[Shape, Shape, int]:
    """Return the shape, the strides and the number of elements that `expand` gives a tensor.

    Raises:
        RuntimeError: A size does not fit.
    """
    lead = len(sizes) - len(own_shape)
    if lead < 0:
        raise RuntimeError(
            f"expand({list(own_shape)}, size={list(sizes)}): the number of sizes provided ({len(sizes)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(own_shape)})"
        )
    target = []
    for position, n in enumerate(sizes):
        own = own_shape[position - lead] if position >= lead else 1
        if n == -1 and position < lead:
            raise RuntimeError(
                f"expand: the expanded size of the tensor (-1) isn't allowed in a leading dimension {position}"
            )
        n = own if n == -1 else n
        if own not in (1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at non-singleton "
                f"dimension {position}. Target sizes: {list(sizes)}. Tensor sizes: {list(own_shape)}"
            )
        target.append(n)
    shape = shape_of("expand", tuple(target))
    return shape, expand_strides(own_shape, own_strides, shape), math.prod(shape)


@method
def expand(input: Tensor, *size: Ints) -> Tensor:
    """Return a view in which dimensions of size 1 are repeated; -1 keeps a size.

    Raises:
        RuntimeError: Another size differs, or there are fewer sizes than dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([[1], [2]]).expand(2, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    sizes = tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    plain = all(type(n) is int for n in sizes)
    find = _expanded if plain else _expanded.__wrapped__
    shape, strides, count = find(input._shape, input._strides, sizes)
    if shape == input._shape:
        return input
    out: Tensor | None = recorded_view(_EXPAND, input, shape, strides, input._shape, count)
    return Expand.run(input, shape) if out is None else out


@method
def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Return the tensor expanded to the shape of another one.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([[1], [2]]).expand_as(mg.zeros(2, 3))
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return expand(input, other._shape)


@method
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """Return the tensor expanded to a shape.

    Example:
        >>> import mocrograd as mg
        >>> mg.broadcast_to(mg.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return expand(input, tuple(size))


@lru_cache(maxsize=4096)
def _squeezed(shape: Shape, strides: Shape, dim: int) -> tuple[Shape, Shape] | None:
    """Return a layout without a dimension of size 1; None where the dimension has another size."""
    d = normalize_dim(dim, len(shape))
    if not shape or shape[d] != 1:
        return None
    return shape[:d] + shape[d + 1 :], strides[:d] + strides[d + 1 :]


@lru_cache(maxsize=4096)
def _unsqueezed(shape: Shape, strides: Shape, dim: int) -> tuple[Shape, Shape]:
    """Return a layout with a dimension of size 1 before another one."""
    axis = normalize_dim(dim, len(shape) + 1)
    stride = shape[axis] * strides[axis] if axis < len(shape) else 1
    return (*shape[:axis], 1, *shape[axis:]), (*strides[:axis], stride, *strides[axis:])


@method
def squeeze(input: Tensor, dim: Ints | None = None) -> Tensor:
    """Return a view without dimensions of size 1: all of them, or those named.

    Example:
        >>> import mocrograd as mg
        >>> mg.squeeze(mg.ones(1, 3, 1)).shape
        mocrograd.Size([3])
    """
    shape = input._shape
    if type(dim) is int:
        found = _squeezed(shape, input._strides, dim)
        return input if found is None else _shaped(input, *found, _SQUEEZE_DIM)
    if dim is None:
        drop, spec = [d for d, n in enumerate(shape) if n == 1], _SQUEEZE
    else:
        spec = _SQUEEZE_DIMS if isinstance(dim, (tuple, list)) else _SQUEEZE_DIM
        dims = dim if isinstance(dim, (tuple, list)) else (dim,)
        named = [normalize_dim(d, len(shape)) for d in dims]
        if len(set(named)) != len(named):
            raise RuntimeError(f"squeeze: a dim appears multiple times in the list of dims {list(dims)}")
        drop = [d for d in named if shape and shape[d] == 1]
    if not drop:
        return input
    keep = [d for d in range(len(shape)) if d not in drop]
    return _shaped(input, tuple([shape[d] for d in keep]), tuple([input._strides[d] for d in keep]), spec)


@method
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return a view with a dimension of size 1 inserted at `dim`.

    Example:
        >>> import mocrograd as mg
        >>> mg.unsqueeze(mg.ones(3), 0).shape
        mocrograd.Size([1, 3])
    """
    find = _unsqueezed if type(dim) is int else _unsqueezed.__wrapped__
    return _shaped(input, *find(input._shape, input._strides, dim), _UNSQUEEZE)


# --------------------------------------------------------------------------------------- in place


def relabel(name: str, input: Tensor, view: Callable[[Tensor], Tensor]) -> Tensor:
    """Give a tensor the shape and the history of a view of it."""
    if mode.vmap is not None and mode.vmap.relabel(input, view):
        return input
    recorded = mode.grad and input.requires_grad
    if recorded and input.grad_fn is None:
        raise RuntimeError(f"{name}: a leaf Variable that requires grad is being used in an in-place operation.")
    if recorded:
        check_view(name, input)
    input._shared_stamp()
    old: Tensor = backend.new_alias(input)
    old.requires_grad, old.grad_fn, old._edge = input.requires_grad, input.grad_fn, input._edge
    with enable_grad() if old.grad_fn is not None else nullcontext():  # what has a history keeps it
        new = view(old)
    input._changed()
    if new is not old:
        backend.set_memory(
            input,
            new.storage,
            new._shape,
            new._strides,
            new.dtype,
            new.device,
            new._marked_address or new.address,
            new._size,
            new._dense,
        )
        input.grad_fn, input._edge = new.grad_fn, new._edge
    return input


@method
def squeeze_(input: Tensor, dim: Ints | None = None) -> Tensor:
    """Drop dimensions of size 1, all of them or those named, and return the tensor itself."""
    return relabel("squeeze_", input, lambda x: squeeze(x, dim))


@method
def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1 at `dim`, and return the tensor itself."""
    return relabel("unsqueeze_", input, lambda x: unsqueeze(x, dim))


@method
def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return relabel("transpose_", input, lambda x: transpose(x, dim0, dim1))


@method
def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return transpose_(input, axis0, axis1)


@method
def swapdims_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions, and return the tensor itself."""
    return transpose_(input, dim0, dim1)


@method
def t_(input: Tensor) -> Tensor:
    """Transpose the matrix, and return the tensor itself."""
    return relabel("t_", input, t)


# ---------------------------------------------------------------------------------- another dtype


def reinterpreted(input: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Return a tensor that shares memory and reads its bytes as elements of another dtype; it has no gradient.

    Where elements become larger or smaller, the last dimension becomes shorter or longer.

    Raises:
        RuntimeError: Elements of the last dimension do not lie side by side, or do not make up whole new ones.
        NotImplementedError: Bytes are to be bools, which must be 0 or 1.
    """
    if mode.vmap is not None:
        found: Tensor | None = mode.vmap.run("reinterpreted", reinterpreted, (input, dtype))
        if found is not None:
            return found
    if dtype is dtypes.bool_ and input.dtype is not dtypes.bool_:
        raise NotImplementedError(
            f"view: expected a dtype whose elements may be any bytes, got bool for {input.dtype.name}; compare with 0"
        )
    if input._marks:
        kind = "conjugate view tensors" if input._marks & CONJUGATED else "tensors with negative bit set"
        raise RuntimeError(f"torch.Tensor.view is not supported for {kind} when converting to a different dtype.")
    old, new = input.dtype.itemsize, dtype.width
    shape, strides = input._shape, input._strides
    if old != new:
        shape, strides = _resized(input, dtype)
    input._shared_stamp()
    out: Tensor = backend.new_alias(input)
    size = input._size * old // new
    backend.set_memory(
        out, input.storage, shape, strides, dtype, input.device, input.address, size, input.is_contiguous()
    )
    return out


def _resized(input: Tensor, dtype: dtypes.dtype) -> tuple[Shape, Shape]:
    """Return shape and strides in elements of another size."""
    old, new = input.dtype.itemsize, dtype.itemsize
    names = f"to view {input.dtype.name} as {dtype.name} (different element sizes)"
    if not input._shape:
        raise RuntimeError(f"self.dim() cannot be 0 {names}")
    if input._strides[-1] != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {names}, but got {input._strides[-1]}")
    *leading, last = input._shape
    *steps, _ = input._strides
    if new < old:
        return (*leading, last * old // new), (*[step * old // new for step in steps], 1)
    times = new // old
    if last % times:
        raise RuntimeError(f"self.size(-1) must be divisible by {times} {names}, but got {last}")
    if input.address % new and input._size:
        raise RuntimeError(f"self.storage_offset() must be divisible by {times} {names}")
    for d, step in enumerate(steps):
        if step % times:
            raise RuntimeError(f"self.stride({d}) must be divisible by {times} {names}, but got {step}")
    return (*leading, last // times), (*[step // times for step in steps], 1)
