"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd.onnx.graph import Dim, Graph, Value
from mocrograd.onnx.operations.shapes import sliced, transposed
from mocrograd.onnx.writer import Arguments, Decline, form


def several(n: Any, ndim: int) -> list[int]:
    """Return a number for each dimension."""
    numbers = [n] * ndim if isinstance(n, int) else list(n)
    return numbers * ndim if len(numbers) == 1 else numbers


def with_batch(g: Graph, x: Value, ndim: int) -> str:
    """Return images with a batch, which may be missing."""
    return x.name if x.ndim == ndim + 2 else g.reshape(x, [1, *x.shape])


def as_given(g: Graph, out: str, a: Arguments, x: Value, ndim: int, number: int = 0) -> str:
    """Return a result without a batch where the images had none."""
    return out if x.ndim == ndim + 2 else g.reshape(out, a.shape(number))


def _windows(a: Arguments, ndim: int) -> tuple[list[int], list[int], list[int]]:
    """Return kernel, strides and padding."""
    kernel = several(a["kernel_size"], ndim)
    strides = several(kernel if a["stride"] is None else a["stride"], ndim)
    return kernel, strides, several(a.get("padding", 0), ndim)


def _cut(g: Graph, out: str, a: Arguments, windows: tuple[list[int], list[int], list[int]]) -> str:
    """Return what is pooled without a last window that begins behind the images, which torch leaves out."""
    ndim = len(windows[0])
    for at, (kernel, stride, pad) in enumerate(zip(*windows)):
        if a["ceil_mode"] and pad + stride > kernel:
            out = sliced(g, out, at + 2, 0, a.shape()[at - ndim])
    return out


@form("F.max_pool1d", "F.max_pool2d", "F.max_pool3d")
def _max_pool(g: Graph, a: Arguments) -> Any:
    ndim, x = int(a.name[-2]), a["input"]
    if x.dtype.kind != 2:
        raise Decline
    windows = kernel, strides, pads = _windows(a, ndim)
    outputs = [g.name("MaxPool") for _ in range(2 if a["return_indices"] else 1)]
    g.add(
        "MaxPool", with_batch(g, x, ndim), outputs=outputs, kernel_shape=kernel, strides=strides, pads=pads * 2,
        dilations=several(a["dilation"], ndim), ceil_mode=int(a["ceil_mode"]),
    )  # fmt: skip
    values = as_given(g, _cut(g, outputs[0], a, windows), a, x, ndim)
    if not a["return_indices"]:
        return values
    indices = _of_plane(g, _cut(g, outputs[1], a, windows), x, ndim)
    return values, as_given(g, indices, a, x, ndim, 1)


def _of_plane(g: Graph, indices: str, x: Value, ndim: int) -> str:
    """Return indices that count within an image, where ONNX counts on from image to image."""
    plane = math.prod(g.fixed(n, "the size of an image") for n in x.shape[-ndim:])
    out: str = g.add("Mod", indices, g.constant(plane, np.int64))
    return out


@form("F.avg_pool1d", "F.avg_pool2d", "F.avg_pool3d")
def _avg_pool(g: Graph, a: Arguments) -> str:
    ndim, x = int(a.name[-2]), a["input"]
    windows = kernel, strides, pads = _windows(a, ndim)
    scale = 1.0
    if a.get("divisor_override") is not None:
        scale = math.prod(kernel) / a["divisor_override"]
        if (not a["count_include_pad"] and any(pads)) or a["ceil_mode"]:
            raise Decline
    out: str = g.add(
        "AveragePool", with_batch(g, x, ndim), kernel_shape=kernel, strides=strides, pads=pads * 2,
        ceil_mode=int(a["ceil_mode"]), count_include_pad=int(a["count_include_pad"]),
    )  # fmt: skip
    out = _cut(g, out, a, windows)
    if scale != 1:
        out = g.add("Mul", out, g.constant(scale, a.dtype()))
    return as_given(g, out, a, x, ndim)


@form("F.lp_pool1d", "F.lp_pool2d", "F.lp_pool3d")
def _lp_pool(g: Graph, a: Arguments) -> str:
    """Return (sum of x^p)^(1/p); ONNX's LpPool adds up powers of magnitudes."""
    ndim, x, dtype = int(a.name[-2]), a["input"], a.dtype()
    windows = kernel, strides, _ = _windows(a, ndim)
    p = float(a["norm_type"])
    powers = g.add("Pow", with_batch(g, x, ndim), g.constant(p, dtype))
    means = g.add("AveragePool", powers, kernel_shape=kernel, strides=strides, ceil_mode=int(a["ceil_mode"]))
    sums = g.add("Mul", _cut(g, means, a, windows), g.constant(math.prod(kernel), dtype))
    return as_given(g, g.add("Pow", sums, g.constant(1 / p, dtype)), a, x, ndim)


# --------------------------------------------------------------------------------------- adaptive


@form(*(f"F.adaptive_{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)))
def _adaptive_pool(g: Graph, a: Arguments) -> Any:
    ndim, x, average = int(a.name[-2]), a["input"], "avg" in a.name
    indices = bool(a.get("return_indices"))
    wanted = several(a["output_size"], ndim)
    if all(n == 1 for n in wanted) and not indices:
        out = g.add("GlobalAveragePool" if average else "GlobalMaxPool", with_batch(g, x, ndim))
        return as_given(g, out, a, x, ndim)
    sizes = [g.fixed(n, "the size of an image") for n in x.shape[-ndim:]]
    wanted = [size if n is None else n for n, size in zip(wanted, sizes)]
    if any(size % n for n, size in zip(wanted, sizes)):
        if indices:
            raise Decline
        return adaptive_average(g, a, x, wanted) if average else _adaptive_max(g, x, wanted)
    steps = [size // n for n, size in zip(wanted, sizes)]
    outputs = [g.name("Pool") for _ in range(2 if indices else 1)]
    operator = "AveragePool" if average else "MaxPool"
    g.add(operator, with_batch(g, x, ndim), outputs=outputs, kernel_shape=steps, strides=steps)
    if not indices:
        return as_given(g, outputs[0], a, x, ndim)
    return as_given(g, outputs[0], a, x, ndim), as_given(g, _of_plane(g, outputs[1], x, ndim), a, x, ndim, 1)


def _bounds(size: int, count: int) -> list[tuple[int, int]]:
    """Return where windows of unequal sizes begin and end."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def adaptive_average(g: Graph, a: Arguments, x: Value, wanted: Sequence[Dim]) -> str:
    """Return means over windows of unequal sizes: a matrix product for each dimension."""
    out = x.name
    for at, count in enumerate(wanted, x.ndim - len(wanted)):
        size, windows = g.fixed(x.shape[at], "the size of an image"), g.fixed(count, "the size of an image")
        weights = np.zeros((size, windows))
        for i, (low, high) in enumerate(_bounds(size, windows)):
            weights[low:high, i] = 1 / (high - low)
        order = list(range(x.ndim))
        order[at], order[-1] = order[-1], order[at]
        product = g.add("MatMul", transposed(g, out, order), g.constant(weights, a.dtype()))
        out = transposed(g, product, order)
    return out


def _adaptive_max(g: Graph, x: Value, wanted: list[int]) -> str:
    """Return maxima over windows of unequal sizes, one dimension after the other."""
    out = x.name
    for at, count in enumerate(wanted, x.ndim - len(wanted)):
        dim, parts = g.constant([at], np.int64), []
        for low, high in _bounds(g.fixed(x.shape[at], "the size of an image"), count):
            parts.append(g.add("ReduceMax", sliced(g, out, at, low, high), dim, keepdims=1))
        out = g.add("Concat", *parts, axis=at)
    return out
