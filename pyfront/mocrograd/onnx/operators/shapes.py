"""Operators that make tensors of sizes, or give tensors other shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, host, operator, plain
from mocrograd.tensor import Tensor

MOST_ON_HOST = 4096
"""Numbers of a list that host memory keeps; longer lists, and what has more dimensions, become a tensor."""


def _is_list(shape: Sequence[int]) -> bool:
    """Return whether host memory keeps numbers of a shape."""
    return len(shape) <= 1 and math.prod(shape) <= MOST_ON_HOST


@operator("Constant")
def _constant(node: Any) -> Form:
    value = node.constant()
    return lambda: value


@host("Constant")
def _constant_host(node: Any) -> Form:
    value = node.constant()
    return lambda: value


@operator("Shape")
def _shape(node: Any) -> Form:
    start, end = node.attribute("start", 0), node.attribute("end", None)
    return lambda x: np.array(x.shape[start:end], dtype=np.int64)


@host("Shape")
def _shape_host(node: Any) -> Form:
    return _shape(node)


@operator("Size")
def _size(node: Any) -> Form:
    return lambda x: np.array(math.prod(x.shape), dtype=np.int64)


def _new_shape(old: tuple[int, ...], wanted: Any, allow_zero: int) -> list[int]:
    wanted = [int(n) for n in np.reshape(wanted, -1)]
    if not allow_zero and any(n == 0 and i >= len(old) for i, n in enumerate(wanted)):
        raise ValueError(f"the shape {wanted} keeps dimensions that an input of shape {tuple(old)} lacks")
    if allow_zero:
        return wanted
    kept = {i for i, n in enumerate(wanted) if n == 0}
    if 0 in old and -1 in wanted:
        # What is kept tells nothing of the size that is inferred, even if it is empty.
        rest = math.prod(n for i, n in enumerate(old) if i not in kept)
        others = math.prod(n for n in wanted if n > 0)
        wanted[wanted.index(-1)] = rest // others
    return [old[i] if i in kept else n for i, n in enumerate(wanted)]


@operator("Reshape", numbers=(1,))
def _reshape(node: Any) -> Form:
    allow_zero = node.attribute("allowzero", 0)
    return lambda x, shape: ops.reshape(x, _new_shape(x.shape, shape, allow_zero))


@host("Reshape")
def _reshape_host(node: Any) -> Form:
    allow_zero = node.attribute("allowzero", 0)
    return lambda x, shape: np.reshape(x, _new_shape(x.shape, shape, allow_zero))


@operator("Flatten")
def _flatten(node: Any) -> Form:
    axis = node.attribute("axis", 1)

    def flatten(x: Tensor) -> Tensor:
        split = axis + x.ndim if axis < 0 else axis
        rows = math.prod(x.shape[:split])
        return ops.reshape(x, [rows, math.prod(x.shape[split:])])

    return flatten


@operator("Transpose")
def _transpose(node: Any) -> Form:
    order = node.attribute("perm", None)
    return lambda x: ops.permute(x, list(range(x.ndim))[::-1] if order is None else order)


def _squeezed(shape: tuple[int, ...], axes: Any) -> tuple[int, ...]:
    rank = len(shape)
    if axes is None:
        return tuple([d for d, n in enumerate(shape) if n == 1])
    for axis in axes:
        if not -rank <= axis < rank or shape[axis] != 1:
            raise ValueError(f"cannot squeeze the axis {axis} of a shape {tuple(shape)}")
    return tuple([int(a) for a in axes])


def _axes(node: Any) -> Any:
    return node.attribute("axes", None) if node.opset < 13 else None


@operator("Squeeze", numbers=(1,))
def _squeeze(node: Any) -> Form:
    fixed = _axes(node)
    return lambda x, axes=None: ops.squeeze(x, _squeezed(x.shape, fixed if axes is None else axes))


@host("Squeeze")
def _squeeze_host(node: Any) -> Form:
    fixed = _axes(node)
    return lambda x, axes=None: np.squeeze(x, _squeezed(x.shape, fixed if axes is None else axes))


@operator("Unsqueeze", numbers=(1,))
def _unsqueeze(node: Any) -> Form:
    fixed = _axes(node)

    def unsqueeze(x: Tensor, axes: Any = None) -> Tensor:
        chosen = [int(a) for a in (fixed if axes is None else np.reshape(axes, -1))]
        rank = x.ndim + len(chosen)
        dims = {a % rank for a in chosen if -rank <= a < rank}
        if len(dims) < len(chosen):
            raise ValueError(f"expected axes that differ, in [{-rank}, {rank}), got {chosen}")
        for dim in sorted(dims):
            x = ops.unsqueeze(x, dim)
        return x

    return unsqueeze


@host("Unsqueeze")
def _unsqueeze_host(node: Any) -> Form:
    fixed = _axes(node)
    return lambda x, axes=None: np.expand_dims(x, tuple(fixed if axes is None else np.reshape(axes, -1).tolist()))


@operator("Concat")
def _concat(node: Any) -> Form:
    axis = node.attribute("axis")
    return lambda *parts: ops.cat(parts, axis)


@host("Concat")
def _concat_host(node: Any) -> Form:
    axis = node.attribute("axis")
    return lambda *parts: np.concatenate(parts, axis)


@operator("Split", numbers=(1,))
def _split(node: Any) -> Form:
    axis = node.attribute("axis", 0)
    fixed = node.attribute("split", None) if node.opset < 13 else None
    count = node.attribute("num_outputs", len(node.outputs)) if node.opset >= 18 else len(node.outputs)

    def split(x: Tensor, sizes: Any = None) -> tuple[Tensor, ...]:
        parts = fixed if sizes is None else [int(n) for n in sizes]
        if parts is None:
            size = x.shape[axis]
            step = -(-size // count)
            parts = [max(min(step, size - i * step), 0) for i in range(count)]
        if len(parts) != len(node.outputs):
            raise ValueError(f"expected sizes of {len(node.outputs)} parts, got {parts}")
        return tuple(ops.split(x, parts, axis))

    return split


def _ranges(shape: tuple[int, ...], starts: Any, ends: Any, axes: Any, steps: Any) -> list[tuple[int, int, int, int]]:
    """Return axis, start, end and step of each slice, within the sizes."""
    rank, found = len(shape), []
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise ValueError("expected as many starts as ends, axes and steps")
    for start, end, axis, step in zip(starts, ends, axes, steps):
        axis, step = int(axis), int(step)
        if not -rank <= axis < rank:
            raise IndexError(f"expected an axis in [{-rank}, {rank}), got {axis}")
        found.append((axis % rank, *slice(int(start), int(end), step).indices(shape[axis])))
    return found


def _slice_attributes(node: Any) -> tuple[Any, Any, Any]:
    if node.opset >= 10:
        return None, None, None
    return node.attribute("starts"), node.attribute("ends"), node.attribute("axes", None)


@operator("Slice", numbers=(1, 2, 3, 4))
def _slice(node: Any) -> Form:
    starts_, ends_, axes_ = _slice_attributes(node)

    def cut(x: Tensor, starts: Any = starts_, ends: Any = ends_, axes: Any = axes_, steps: Any = None) -> Tensor:
        for axis, start, end, step in _ranges(x.shape, starts, ends, axes, steps):
            if step > 0:
                index = (slice(None),) * axis + (slice(start, max(start, end), step),)
                x = x[index]
            else:
                chosen = ops.arange(start, min(start, end), step, dtype=dtypes.int64, device=x.device)
                x = ops.index_select(x, axis, chosen)
        return x

    return cut


@host("Slice")
def _slice_host(node: Any) -> Form:
    starts_, ends_, axes_ = _slice_attributes(node)

    def cut(x: Any, starts: Any = starts_, ends: Any = ends_, axes: Any = axes_, steps: Any = None) -> Any:
        for axis, start, end, step in _ranges(x.shape, starts, ends, axes, steps):
            x = np.take(x, range(start, end, step), axis)
        return x

    return cut


@operator("Expand", numbers=(1,))
def _expand(node: Any) -> Form:
    return lambda x, shape: ops.broadcast_to(x, np.broadcast_shapes(tuple(x.shape), tuple(shape.tolist())))


@host("Expand")
def _expand_host(node: Any) -> Form:
    def expand(x: Any, shape: Any) -> Any:
        wanted = np.broadcast_shapes(x.shape, tuple(shape.tolist()))
        return np.array(np.broadcast_to(x, wanted)) if _is_list(wanted) else NotImplemented

    return expand


@operator("Tile", numbers=(1,))
def _tile(node: Any) -> Form:
    return lambda x, repeats: ops.tile(x, tuple(repeats.tolist()))


@operator("ConstantOfShape", numbers=(0,))
def _constant_of_shape(node: Any) -> Form:
    value = node.tensor_attribute("value", np.zeros(1, np.float32))
    dtype = dtypes.from_numpy(value.dtype)
    return lambda shape: ops.full(tuple(shape.tolist()), value.item(), dtype=dtype, device=node.mode.device)


@host("ConstantOfShape")
def _constant_of_shape_host(node: Any) -> Form:
    value = node.tensor_attribute("value", np.zeros(1, np.float32))
    return lambda shape: np.full(shape, value.item(), value.dtype) if _is_list(shape.tolist()) else NotImplemented


@operator("Range", numbers=(0, 1, 2))
def _range(node: Any) -> Form:
    def made(start: Any, limit: Any, delta: Any) -> Any:
        dtype = dtypes.from_numpy(start.dtype)
        numbers = start.item(), limit.item(), delta.item()
        if numbers[2] == 0:
            raise ValueError("expected a delta other than 0")
        count = max(0, math.ceil((numbers[1] - numbers[0]) / numbers[2]))
        if not count:
            return np.zeros(0, start.dtype)
        return ops.arange(0, count, dtype=dtype, device=node.mode.device) * numbers[2] + numbers[0]

    return made


@operator("EyeLike")
def _eye_like(node: Any) -> Form:
    dtype, k = node.dtype("dtype", None), node.attribute("k", 0)

    def eye(x: Tensor) -> Tensor:
        ones = ops.ones(*x.shape, dtype=dtype or x.dtype, device=x.device)
        return ops.tril(ops.triu(ones, k), k)

    return eye


@operator("Trilu", numbers=(1,))
def _trilu(node: Any) -> Form:
    function = ops.triu if node.attribute("upper", 1) else ops.tril
    return lambda x, k=None: function(x, 0 if k is None else int(k.item()))


@operator("Pad", numbers=(1, 2, 3))
def _pad(node: Any) -> Form:
    mode = node.choice("mode", "constant", "constant", "reflect", "edge", "wrap")
    fixed = node.attribute("pads" if node.opset >= 2 else "paddings") if node.opset < 11 else None
    number = node.attribute("value", 0.0) if node.opset < 11 else 0

    def pad(x: Tensor, pads: Any = fixed, value: Any = None, axes: Any = None) -> Tensor:
        amounts = [int(n) for n in pads]
        axes = list(range(x.ndim)) if axes is None else [int(a) % x.ndim for a in axes]
        if len(amounts) != 2 * len(axes):
            raise ValueError(f"expected {2 * len(axes)} pads, got {len(amounts)}")
        before, after = amounts[: len(axes)], amounts[len(axes) :]
        for axis, low, high in zip(axes, before, after):
            cut_low, cut_high = max(-low, 0), max(-high, 0)
            if cut_low or cut_high:
                x = ops.narrow(x, axis, cut_low, x.shape[axis] - cut_low - cut_high)
            low, high = max(low, 0), max(high, 0)
            if low or high:
                x = _padded(x, axis, low, high, mode, number if value is None else value.item())
        return x

    return pad


def _padded(x: Tensor, axis: int, low: int, high: int, mode: str, value: Any) -> Tensor:
    size = x.shape[axis]
    if mode == "constant":
        amounts = [0, 0] * (x.ndim - 1 - axis) + [low, high]
        return functional.pad(x, amounts, value=value)
    if not size:
        raise ValueError(f"cannot pad an empty axis in mode {mode!r}")
    wanted = np.arange(-low, size + high)
    if mode == "wrap":
        index = wanted % size
    elif mode == "edge":
        index = wanted.clip(0, size - 1)
    else:
        period = max(2 * size - 2, 1)
        index = size - 1 - np.abs(size - 1 - wanted % period)
    return ops.index_select(x, axis, ops.tensor(index, device=x.device))


@operator("DepthToSpace")
def _depth_to_space(node: Any) -> Form:
    b, by_depth = node.attribute("blocksize"), node.choice("mode", "DCR", "DCR", "CRD") == "DCR"

    def run(x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        shape = [n, b, b, c // (b * b), h, w] if by_depth else [n, c // (b * b), b, b, h, w]
        order = [0, 3, 4, 1, 5, 2] if by_depth else [0, 1, 4, 2, 5, 3]
        return ops.reshape(ops.permute(ops.reshape(x, shape), order), [n, c // (b * b), h * b, w * b])

    return run


@operator("SpaceToDepth")
def _space_to_depth(node: Any) -> Form:
    b, by_depth = node.attribute("blocksize"), node.choice("mode", "DCR", "DCR", "CRD") == "DCR"

    def run(x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        parts = ops.reshape(x, [n, c, h // b, b, w // b, b])
        order = [0, 3, 5, 1, 2, 4] if by_depth else [0, 1, 3, 5, 2, 4]
        return ops.reshape(ops.permute(parts, order), [n, c * b * b, h // b, w // b])

    return run


@operator("CenterCropPad", numbers=(1,))
def _center_crop_pad(node: Any) -> Form:
    fixed = node.attribute("axes", None)

    def run(x: Tensor, shape: Any) -> Tensor:
        for axis, size in zip(range(x.ndim) if fixed is None else fixed, shape.tolist()):
            axis %= x.ndim
            more = size - x.shape[axis]
            if more > 0:
                x = _padded(x, axis, more // 2, more - more // 2, "constant", 0)
            elif more < 0:
                x = ops.narrow(x, axis, -more // 2, size)
        return x

    return run


@operator("OneHot", numbers=(1,))
def _one_hot(node: Any) -> Form:
    axis = node.attribute("axis", -1)

    def run(indices: Tensor, depth: Any, values: Tensor) -> Tensor:
        count = int(depth.item())
        indices = indices.to(dtypes.int64)
        dim = axis if axis >= 0 else axis + indices.ndim + 1
        inside = (indices >= -count) & (indices < count)
        wrapped = ops.unsqueeze(ops.remainder(indices, count), dim)
        numbers = ops.arange(0, count, device=indices.device)
        numbers = ops.reshape(numbers, [-1 if d == dim else 1 for d in range(indices.ndim + 1)])
        return ops.where((wrapped == numbers) & ops.unsqueeze(inside, dim), values[1], values[0])

    return run


plain("NonZero", lambda x: ops.t(ops.nonzero(x)))
