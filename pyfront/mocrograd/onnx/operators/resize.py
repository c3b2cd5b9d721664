"""Resampling: one axis at a time, by indices or by a matrix of weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd import ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor

_COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
    "tf_half_pixel_for_nn",
)  # fmt: skip
_TORCH = {"linear": {1: "linear", 2: "bilinear", 3: "trilinear"}, "cubic": {2: "bicubic"}}


@dataclass
class _Rules:
    """The attributes of a resize, by ONNX's names."""

    mode: str = "nearest"
    coordinates: str = "asymmetric"
    nearest: str = "floor"
    cubic: float = -0.75
    exclude_outside: bool = False
    extrapolation: float = 0.0
    antialias: bool = False

    def source(self, size: int, new: int, scale: float, roi: tuple[float, float]) -> np.ndarray[Any, Any]:
        """Return the coordinate in the input of each element of the output along an axis."""
        x, length = np.arange(new, dtype=np.float64), scale * size
        if self.coordinates == "asymmetric":
            return x / scale
        if self.coordinates == "align_corners":
            return x * 0 if length == 1 else x * (size - 1) / (length - 1)
        if self.coordinates == "tf_half_pixel_for_nn":
            return (x + 0.5) / scale
        if self.coordinates == "tf_crop_and_resize":
            start, span = roi[0] * (size - 1), (roi[1] - roi[0]) * (size - 1)
            return start + (x * 0 + span / 2 if length == 1 else x * span / (length - 1))
        if self.coordinates == "pytorch_half_pixel" and length == 1:
            return x * 0 - 0.5
        shift = size / 2 * (1 - new / length) if self.coordinates == "half_pixel_symmetric" else 0.0
        return shift + (x + 0.5) / scale - 0.5

    def indices(self, x: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
        """Return the nearest element of each coordinate."""
        found = {
            "floor": np.floor(x),
            "ceil": np.ceil(x),
            "round_prefer_floor": np.ceil(x - 0.5),
            "round_prefer_ceil": np.floor(x + 0.5),
        }[self.nearest]
        return found.astype(np.int64).clip(0, size - 1)

    def matrix(self, x: np.ndarray[Any, Any], size: int, scale: float) -> np.ndarray[Any, Any]:
        """Return what each coordinate takes of each element, (coordinates, size)."""
        shrink = min(scale, 1.0) if self.antialias else 1.0
        reach = math.ceil((1 if self.mode == "linear" else 2) / shrink)
        near = np.floor(x)[:, None] + np.arange(-reach, reach + 1)
        t = np.abs(near - x[:, None]) * shrink
        if self.mode == "linear":
            weights = np.maximum(1 - t, 0)
        else:
            a = self.cubic
            inner, outer = ((a + 2) * t - (a + 3)) * t * t + 1, ((t - 5) * t + 8) * a * t - 4 * a
            weights = np.where(t <= 1, inner, np.where(t < 2, outer, 0.0))
        if self.exclude_outside:
            weights = weights * ((near >= 0) & (near < size))
        if self.exclude_outside or self.antialias:
            weights = weights / weights.sum(1, keepdims=True)
        made = np.zeros((len(x), size))
        np.add.at(made, (np.arange(len(x))[:, None], near.astype(np.int64).clip(0, size - 1)), weights)
        return made

    def along(self, x: Tensor, axis: int, new: int, scale: float, roi: tuple[float, float]) -> tuple[Tensor, Any]:
        """Return a tensor of another size along an axis, and which elements are inside of the input."""
        size = x.shape[axis]
        if not size or not new:
            raise ValueError(f"cannot resize an axis from {size} to {new} elements")
        source = self.source(size, new, scale, roi)
        inside = (source >= 0) & (source <= size - 1) if self.coordinates == "tf_crop_and_resize" else None
        if self.mode == "nearest":
            return ops.index_select(x, axis, ops.tensor(self.indices(source, size), device=x.device)), inside
        matrix = self.matrix(source, size, scale).astype(x.dtype.numpy)
        made = ops.matmul(ops.transpose(x, axis, -1), ops.t(ops.tensor(matrix, device=x.device)))
        return ops.transpose(made, axis, -1), inside

    def torch_mode(self, rank: int) -> dict[str, Any] | None:
        """Return the options of `interpolate` that compute the same, if there are some."""
        if self.antialias or self.exclude_outside:
            return None
        if self.mode == "nearest":
            return {"mode": "nearest"} if self.coordinates == "asymmetric" and self.nearest == "floor" else None
        name = _TORCH[self.mode].get(rank)
        corners = {"align_corners": True, "half_pixel": False}.get(self.coordinates)
        if name is None or corners is None or (self.mode == "cubic" and self.cubic != -0.75):
            return None
        return {"mode": name, "align_corners": corners}

    def resized(self, x: Tensor, sizes: list[int], scales: list[float], rois: list[tuple[float, float]]) -> Tensor:
        """Return a tensor of other sizes; all lists have an entry for each dimension."""
        exact = all(abs(new - n * s) < 1e-4 for n, new, s in zip(x.shape, sizes, scales))
        options = self.torch_mode(x.ndim - 2) if exact and 3 <= x.ndim <= 5 and list(x.shape[:2]) == sizes[:2] else None
        if options is not None and x.dtype.is_floating_point:
            return functional.interpolate(x, sizes[2:], **options)
        outside = []
        for axis, (new, scale, roi) in enumerate(zip(sizes, scales, rois)):
            if new == x.shape[axis] and scale == 1 and roi == (0.0, 1.0):
                continue
            x, inside = self.along(x, axis, new, scale, roi)
            if inside is not None and not inside.all():
                outside.append((axis, inside))
        for axis, inside in outside:
            mask = ops.tensor(inside.reshape([-1 if d == axis else 1 for d in range(x.ndim)]), device=x.device)
            x = ops.where(mask, x, ops.full_like(x, self.extrapolation))
        return x


@operator("Upsample", numbers=(1,))
def _upsample(node: Any) -> Form:
    fixed: Any = node.attribute("scales") if node.opset < 9 else None
    rules = _Rules(node.choice("mode", "nearest", "nearest", "linear"))
    return lambda x, scales=None: _scaled(rules, x, fixed if scales is None else scales.tolist())


def _times(size: int, scale: float) -> int:
    """Return a size times a scale, rounded down; in float32, so that 10 * 0.7 is 7 as the exporter meant."""
    return math.floor(np.float32(size) * np.float32(scale))


def _scaled(rules: _Rules, x: Tensor, scales: list[float]) -> Tensor:
    if len(scales) != x.ndim or any(s <= 0 for s in scales):
        raise ValueError(f"expected {x.ndim} scales above 0, got {scales}")
    sizes = [_times(n, s) for n, s in zip(x.shape, scales)]
    return rules.resized(x, sizes, scales, [(0.0, 1.0)] * x.ndim)


def _rules(node: Any) -> _Rules:
    rules = _Rules(node.choice("mode", "nearest", "nearest", "linear", "cubic"))
    rules.coordinates = node.choice("coordinate_transformation_mode", "half_pixel", *_COORDINATES)
    nearest = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    rules.nearest = node.choice("nearest_mode", "round_prefer_floor", *nearest)
    rules.cubic = node.attribute("cubic_coeff_a", -0.75)
    rules.exclude_outside = bool(node.attribute("exclude_outside", 0))
    rules.extrapolation = node.attribute("extrapolation_value", 0.0)
    if node.opset >= 18:
        rules.antialias = bool(node.attribute("antialias", 0))
    return rules


@operator("Resize", numbers=(1, 2, 3))
def _resize(node: Any) -> Form:
    if node.opset == 10:
        old = _Rules(node.choice("mode", "nearest", "nearest", "linear"))
        return lambda x, scales: _scaled(old, x, scales.tolist())
    rules, fixed = _rules(node), node.attribute("axes", None)
    policy = node.choice("keep_aspect_ratio_policy", "stretch", "stretch", "not_larger", "not_smaller")

    def resize(x: Tensor, roi: Any = None, scales: Any = None, sizes: Any = None) -> Tensor:
        axes = list(range(x.ndim)) if fixed is None else [a % x.ndim for a in fixed]
        given = scales if scales is not None and len(scales) else sizes
        if given is None or len(given) != len(axes):
            raise ValueError(f"expected scales or sizes of the axes {axes}")
        new, factors, rois = list(x.shape), [1.0] * x.ndim, [(0.0, 1.0)] * x.ndim
        for axis, number in zip(axes, given.tolist()):
            if number <= 0 or not x.shape[axis]:
                raise ValueError(f"cannot resize an axis of {x.shape[axis]} elements by {number}")
            factors[axis] = number if given is scales else number / x.shape[axis]
            new[axis] = _times(x.shape[axis], number) if given is scales else number
        if given is sizes and policy != "stretch":
            factor = (min if policy == "not_larger" else max)(factors[a] for a in axes)
            for axis in axes:
                factors[axis], new[axis] = factor, math.floor(x.shape[axis] * factor + 0.5)
        if roi is not None and len(roi) and rules.coordinates == "tf_crop_and_resize":
            for i, axis in enumerate(axes):
                rois[axis] = (float(roi[i]), float(roi[i + len(axes)]))
        return rules.resized(x, new, factors, rois)

    return resize


@operator("GridSample")
def _grid_sample(node: Any) -> Form:
    modes = {
        "bilinear": "bilinear",
        "linear": "bilinear",
        "nearest": "nearest",
        "bicubic": "bicubic",
        "cubic": "bicubic",
    }
    mode = modes[node.choice("mode", "bilinear" if node.opset < 20 else "linear", *modes)]
    padding = node.choice("padding_mode", "zeros", "zeros", "border", "reflection")
    corners = bool(node.attribute("align_corners", 0))
    return lambda x, grid: functional.grid_sample(x, grid, mode, padding, corners)


@operator("AffineGrid", numbers=(1,))
def _affine_grid(node: Any) -> Form:
    corners = bool(node.attribute("align_corners", 0))
    return lambda theta, size: functional.affine_grid(theta, size.tolist(), corners)
