"""Convolutions, pooling, and images of other sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.operations.shapes import transposed
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.writer import Arguments, Decline, form


def _several(n: Any, ndim: int) -> list[int]:
    numbers = [n] * ndim if isinstance(n, int) else list(n)
    return numbers * ndim if len(numbers) == 1 else numbers


def _with_batch(g: Graph, x: Value, ndim: int) -> str:
    """Return images with a batch, which may be missing."""
    return x.name if x.ndim == ndim + 2 else g.reshape(x, [1, *x.shape])


def _as_given(g: Graph, out: str, a: Arguments, x: Value, ndim: int, number: int = 0) -> str:
    return out if x.ndim == ndim + 2 else g.reshape(out, a.shape(number))


@form("conv1d", "conv2d", "conv3d")
def _conv(g: Graph, a: Arguments) -> str:
    ndim, x, weight, bias = int(a.name[4]), a["input"], a["weight"], a["bias"]
    padding, dilation = a["padding"], _several(a["dilation"], ndim)
    kernel = [g.fixed(n, "the size of a filter") for n in weight.shape[2:]]
    if isinstance(padding, str):
        total = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, kernel)]
        pads = [*(t // 2 for t in total), *(t - t // 2 for t in total)]
    else:
        pads = _several(padding, ndim) * 2
    out = g.add(
        "Conv", _with_batch(g, x, ndim), weight, *([bias] if bias is not None else []), kernel_shape=kernel,
        strides=_several(a["stride"], ndim), pads=pads, dilations=dilation, group=a["groups"],
    )  # fmt: skip
    return _as_given(g, out, a, x, ndim)


@form("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(g: Graph, a: Arguments) -> str:
    ndim, x, weight, bias = int(a.name[14]), a["input"], a["weight"], a["bias"]
    out = g.add(
        "ConvTranspose", _with_batch(g, x, ndim), weight, *([bias] if bias is not None else []),
        kernel_shape=[g.fixed(n, "the size of a filter") for n in weight.shape[2:]],
        strides=_several(a["stride"], ndim), pads=_several(a["padding"], ndim) * 2,
        output_padding=_several(a["output_padding"], ndim), dilations=_several(a["dilation"], ndim), group=a["groups"],
    )  # fmt: skip
    return _as_given(g, out, a, x, ndim)


# ---------------------------------------------------------------------------------------- pooling


@form("F.max_pool1d", "F.max_pool2d", "F.max_pool3d")
def _max_pool(g: Graph, a: Arguments) -> Any:
    ndim, x = int(a.name[-2]), a["input"]
    if x.dtype.kind != 2:
        raise Decline
    kernel = _several(a["kernel_size"], ndim)
    outputs = [g.name("MaxPool") for _ in range(2 if a["return_indices"] else 1)]
    g.add(
        "MaxPool", _with_batch(g, x, ndim), outputs=outputs, kernel_shape=kernel,
        strides=_several(kernel if a["stride"] is None else a["stride"], ndim), pads=_several(a["padding"], ndim) * 2,
        dilations=_several(a["dilation"], ndim), ceil_mode=int(a["ceil_mode"]),
    )  # fmt: skip
    values = _as_given(g, outputs[0], a, x, ndim)
    if not a["return_indices"]:
        return values
    plane = 1
    for n in x.shape[-ndim:]:
        plane *= g.fixed(n, "the size of an image")
    indices = g.add("Mod", outputs[1], g.constant(plane, np.int64))  # ONNX counts on from image to image
    return values, _as_given(g, indices, a, x, ndim, 1)


@form("F.avg_pool1d", "F.avg_pool2d", "F.avg_pool3d")
def _avg_pool(g: Graph, a: Arguments) -> str:
    ndim, x = int(a.name[-2]), a["input"]
    kernel = _several(a["kernel_size"], ndim)
    strides = _several(kernel if a["stride"] is None else a["stride"], ndim)
    pads = _several(a["padding"], ndim)
    scale = 1.0
    if a.get("divisor_override") is not None:
        scale = float(np.prod(kernel)) / a["divisor_override"]
        if (not a["count_include_pad"] and any(pads)) or a["ceil_mode"]:
            raise Decline
    out: str = g.add(
        "AveragePool", _with_batch(g, x, ndim), kernel_shape=kernel, strides=strides, pads=pads * 2,
        ceil_mode=int(a["ceil_mode"]), count_include_pad=int(a["count_include_pad"]),
    )  # fmt: skip
    if scale != 1:
        out = g.add("Mul", out, g.constant(scale, a.dtype()))
    return _as_given(g, out, a, x, ndim)


@form(*(f"F.adaptive_{kind}_pool{n}d" for kind in ("avg", "max") for n in (1, 2, 3)))
def _adaptive_pool(g: Graph, a: Arguments) -> Any:
    ndim, x, operator = int(a.name[-2]), a["input"], "AveragePool" if "avg" in a.name else "MaxPool"
    if a.get("return_indices"):
        raise Decline
    wanted = _several(a["output_size"], ndim)
    out: str
    if all(n == 1 for n in wanted):
        out = g.add(f"Global{operator}", _with_batch(g, x, ndim))
        return _as_given(g, out, a, x, ndim)
    sizes = [g.fixed(n, "the size of an image") for n in x.shape[-ndim:]]
    wanted = [size if n is None else n for n, size in zip(wanted, sizes)]
    if any(size % n for n, size in zip(wanted, sizes)):
        return _adaptive_average(g, a, x, sizes, wanted)
    steps = [size // n for n, size in zip(wanted, sizes)]
    out = g.add(operator, _with_batch(g, x, ndim), kernel_shape=steps, strides=steps)
    return _as_given(g, out, a, x, ndim)


def _adaptive_average(g: Graph, a: Arguments, x: Value, sizes: list[int], wanted: list[int]) -> str:
    """Return means over windows of unequal sizes: a matrix product for each dimension."""
    if "max" in a.name:
        raise Decline
    out = x.name
    for dim, (size, count) in enumerate(zip(sizes, wanted)):
        weights = np.zeros((size, count))
        for i in range(count):
            low, high = i * size // count, -(-(i + 1) * size // count)
            weights[low:high, i] = 1 / (high - low)
        order = list(range(x.ndim))
        at = x.ndim - len(sizes) + dim
        order[at], order[-1] = order[-1], order[at]
        product = g.add("MatMul", transposed(g, out, order), g.constant(weights, a.dtype()))
        out = transposed(g, product, order)
    return out


@form("F.lp_pool1d", "F.lp_pool2d", "F.lp_pool3d")
def _lp_pool(g: Graph, a: Arguments) -> str:
    ndim, x, p = int(a.name[-2]), a["input"], a["norm_type"]
    if p != int(p) or a["ceil_mode"] or int(p) % 2:
        raise Decline  # torch adds up powers of the elements, ONNX of their magnitudes
    kernel = _several(a["kernel_size"], ndim)
    stride = _several(kernel if a["stride"] is None else a["stride"], ndim)
    out = g.add("LpPool", _with_batch(g, x, ndim), kernel_shape=kernel, strides=stride, p=int(p))
    return _as_given(g, out, a, x, ndim)


# ------------------------------------------------------------------------------------------ sizes


@form("interpolate", "F.interpolate")
def _interpolate(g: Graph, a: Arguments) -> str:
    x, mode = a["input"], a["mode"]
    kinds = {"nearest": "nearest", "nearest-exact": "nearest", "linear": "linear", "bilinear": "linear",
             "trilinear": "linear", "bicubic": "cubic"}  # fmt: skip
    if mode not in kinds or a["antialias"]:
        raise Decline
    corner = "align_corners" if a["align_corners"] else "half_pixel" if mode == "nearest-exact" else (
        "asymmetric" if mode == "nearest" else "pytorch_half_pixel" if mode != "bicubic" else "half_pixel"
    )  # fmt: skip
    nearest = {"nearest": "floor", "nearest-exact": "round_prefer_ceil"}.get(mode)
    options: dict[str, Any] = {
        "mode": kinds[mode], "coordinate_transformation_mode": corner, "nearest_mode": nearest,
        "cubic_coeff_a": -0.75 if mode == "bicubic" else None,
    }  # fmt: skip
    count, factor = x.ndim - 2, a["scale_factor"]
    out: str
    if factor is not None and not a["recompute_scale_factor"]:
        factors = [float(factor)] * count if isinstance(factor, (int, float)) else [float(f) for f in factor]
        out = g.add("Resize", x, "", g.constant([1.0, 1.0, *factors], np.float32), **options)
    else:
        out = g.add("Resize", x, "", "", g.integers(a.shape()), **options)
    return out


@form("F.grid_sample")
def _grid_sample(g: Graph, a: Arguments) -> str:
    modes = {"bilinear": "linear", "nearest": "nearest", "bicubic": "cubic"} if g.opset >= 20 else {
        "bilinear": "bilinear", "nearest": "nearest", "bicubic": "bicubic"
    }  # fmt: skip
    if g.opset < 20 and a["input"].ndim != 4:
        raise Decline
    out: str = g.add(
        "GridSample", a["input"], a["grid"], mode=modes[a["mode"]], padding_mode=a["padding_mode"],
        align_corners=int(bool(a["align_corners"])),
    )  # fmt: skip
    return out


@form("fold")
def _fold(g: Graph, a: Arguments) -> str:
    x = a["input"]
    size, kernel = (_several(a[n], 2) for n in ("output_size", "kernel_size"))
    batched = x.name if x.ndim == 3 else g.reshape(x, [1, *x.shape])
    out = g.add(
        "Col2Im", batched, g.constant(size, np.int64), g.constant(kernel, np.int64),
        dilations=_several(a["dilation"], 2), pads=_several(a["padding"], 2) * 2, strides=_several(a["stride"], 2),
    )  # fmt: skip
    return out if x.ndim == 3 else g.reshape(out, a.shape())


@form("F.unfold")
def _unfold(g: Graph, a: Arguments) -> str:
    x = a["input"]
    kernel, dilation, padding, stride = (_several(a[n], 2) for n in ("kernel_size", "dilation", "padding", "stride"))
    if x.ndim != 4 or any(isinstance(n, Size) for n in x.shape[1:]) or x.dtype not in (dtypes.float32, dtypes.float64):
        raise Decline
    channels = x.shape[1]
    # A convolution with filters that each pick one element of a window.
    count = int(np.prod(kernel))
    filters = np.tile(np.eye(count).reshape(count, 1, *kernel), (channels, 1, 1, 1))
    out = g.add(
        "Conv", x, g.constant(filters, a.dtype()), strides=stride, pads=padding * 2, dilations=dilation, group=channels
    )
    return g.reshape(out, a.shape())
