"""Convolutions, and images of other sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Graph
from mocrograd.onnx.operations.pooling import adaptive_average, as_given, several, with_batch
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.writer import Arguments, Decline, form


@form("conv1d", "conv2d", "conv3d")
def _conv(g: Graph, a: Arguments) -> str:
    ndim, x, weight, bias = int(a.name[4]), a["input"], a["weight"], a["bias"]
    padding, dilation = a["padding"], several(a["dilation"], ndim)
    kernel = [g.fixed(n, "the size of a filter") for n in weight.shape[2:]]
    if isinstance(padding, str):
        total = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilation, kernel)]
        pads = [*(t // 2 for t in total), *(t - t // 2 for t in total)]
    else:
        pads = several(padding, ndim) * 2
    out = g.add(
        "Conv", with_batch(g, x, ndim), weight, *([bias] if bias is not None else []), kernel_shape=kernel,
        strides=several(a["stride"], ndim), pads=pads, dilations=dilation, group=a["groups"],
    )  # fmt: skip
    return as_given(g, out, a, x, ndim)


@form("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(g: Graph, a: Arguments) -> str:
    ndim, x, weight, bias = int(a.name[14]), a["input"], a["weight"], a["bias"]
    out = g.add(
        "ConvTranspose", with_batch(g, x, ndim), weight, *([bias] if bias is not None else []),
        kernel_shape=[g.fixed(n, "the size of a filter") for n in weight.shape[2:]],
        strides=several(a["stride"], ndim), pads=several(a["padding"], ndim) * 2,
        output_padding=several(a["output_padding"], ndim), dilations=several(a["dilation"], ndim), group=a["groups"],
    )  # fmt: skip
    return as_given(g, out, a, x, ndim)


# ------------------------------------------------------------------------------------------ sizes


@form("interpolate", "F.interpolate")
def _interpolate(g: Graph, a: Arguments) -> str:
    x, mode = a["input"], a["mode"]
    if mode == "area":
        return adaptive_average(g, a, x, a.shape()[2:])
    kinds = {"nearest": "nearest", "nearest-exact": "nearest", "linear": "linear", "bilinear": "linear",
             "trilinear": "linear", "bicubic": "cubic"}  # fmt: skip
    if mode not in kinds or a["antialias"]:
        raise Decline
    corner = "align_corners" if a["align_corners"] else "asymmetric" if mode == "nearest" else "half_pixel"
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
    size, kernel = (several(a[n], 2) for n in ("output_size", "kernel_size"))
    batched = x.name if x.ndim == 3 else g.reshape(x, [1, *x.shape])
    out = g.add(
        "Col2Im", batched, g.constant(size, np.int64), g.constant(kernel, np.int64),
        dilations=several(a["dilation"], 2), pads=several(a["padding"], 2) * 2, strides=several(a["stride"], 2),
    )  # fmt: skip
    return out if x.ndim == 3 else g.reshape(out, a.shape())


@form("F.unfold")
def _unfold(g: Graph, a: Arguments) -> str:
    x = a["input"]
    kernel, dilation, padding, stride = (several(a[n], 2) for n in ("kernel_size", "dilation", "padding", "stride"))
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
