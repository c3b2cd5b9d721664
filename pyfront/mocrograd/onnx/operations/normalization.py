"""Normalisation and dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.onnx.errors import OnnxExporterError
from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.writer import Arguments, Decline, form


@form("F.dropout", "F.dropout1d", "F.dropout2d", "F.dropout3d", "F.alpha_dropout", "F.feature_alpha_dropout")
def _dropout(g: Graph, a: Arguments) -> str:
    out: str
    if not a["training"] or a["p"] == 0:
        out = g.add("Identity", a["input"])
    elif not g.training:
        raise OnnxExporterError(
            f"{g.step}: dropout in training mode draws numbers: pass training=self.training to it and call "
            "model.eval(), or pass training=TrainingMode.PRESERVE to export"
        )
    elif a.name == "F.dropout":
        out = g.add("Dropout", a["input"], g.constant(a["p"], np.float32), g.constant(True, np.bool_))
    else:
        raise Decline
    return out


@form("batch_norm", "F.batch_norm")
def _batch_norm(g: Graph, a: Arguments) -> str:
    x, training = a["input"], a["training"]
    channels = g.fixed(x.shape[1], "the number of channels")
    mean, variance = a["running_mean"], a["running_var"]
    if training and mean is not None and not g.training:
        raise OnnxExporterError(
            f"{g.step}: batch normalisation in training mode changes its running statistics: call model.eval(), or "
            "pass training=TrainingMode.PRESERVE to export"
        )
    if training or mean is None:
        return _normalized(g, x, [0, *range(2, x.ndim)], a["eps"], _columns(g, a, x.ndim))
    weight, bias = (
        g.constant(np.full(channels, otherwise), a.dtype()) if given is None else given.name
        for given, otherwise in ((a["weight"], 1.0), (a["bias"], 0.0))
    )
    out: str = g.add("BatchNormalization", x, weight, bias, mean, variance, epsilon=float(a["eps"]))
    return out


def _columns(g: Graph, a: Arguments, ndim: int) -> tuple[str | None, str | None]:
    """Return weight and bias in the shape of the channels of an image, None where there is none."""
    given = [a["weight"], a["bias"]]
    weight, bias = (v if v is None else g.reshape(v, [*v.shape, *[1] * (ndim - 2)]) for v in given)
    return weight, bias


def _normalized(
    g: Graph, x: Value | str, axes: list[int], eps: float, affine: tuple[str | None, str | None], dtype: Any = None
) -> str:
    """Return a value with the mean 0 and the variance 1 over some dimensions, times a weight plus a bias."""
    dtype = x.dtype if isinstance(x, Value) else dtype
    dims = g.constant(axes, np.int64)
    centred = g.add("Sub", x, g.add("ReduceMean", x, dims))
    variance = g.add("ReduceMean", g.add("Mul", centred, centred), dims)
    out: str = g.add("Div", centred, g.add("Sqrt", g.add("Add", variance, g.constant(eps, dtype))))
    weight, bias = affine
    out = out if weight is None else g.add("Mul", out, weight)
    return out if bias is None else g.add("Add", out, bias)


@form("F.instance_norm", "instance_norm")
def _instance_norm(g: Graph, a: Arguments) -> str:
    x = a["input"]
    if a["use_input_stats"] is False or x.ndim < 3:
        raise Decline
    return _normalized(g, x, list(range(2, x.ndim)), a["eps"], _columns(g, a, x.ndim))


@form("layer_norm", "F.layer_norm")
def _layer_norm(g: Graph, a: Arguments) -> str:
    x, shape, weight, bias = a["input"], a["normalized_shape"], a["weight"], a["bias"]
    axis = -len(shape) if isinstance(shape, list) else -1
    scale = weight if weight is not None else g.constant(np.ones(shape), a.dtype())
    out: str = g.add(
        "LayerNormalization", x, scale, *([bias] if bias is not None else []), axis=axis, epsilon=float(a["eps"])
    )
    return out


@form("group_norm", "F.group_norm")
def _group_norm(g: Graph, a: Arguments) -> str:
    x, groups = a["input"], a["num_groups"]
    batch, channels, *sizes = x.shape
    split = g.reshape(x, [batch, groups, g.fixed(channels, "the number of channels") // groups, *sizes])
    axes = list(range(2, x.ndim + 1))
    out = g.reshape(_normalized(g, split, axes, a["eps"], (None, None), a.dtype()), x.shape)
    weight, bias = _columns(g, a, x.ndim)
    out = out if weight is None else g.add("Mul", out, weight)
    return out if bias is None else g.add("Add", out, bias)


@form("rms_norm", "F.rms_norm")
def _rms_norm(g: Graph, a: Arguments) -> str:
    x, shape, dtype = a["input"], a["normalized_shape"], a.dtype()
    count = len(shape) if isinstance(shape, list) else 1
    eps = float(np.finfo(dtype.numpy).eps) if a["eps"] is None else a["eps"]
    mean = g.add("ReduceMean", g.add("Mul", x, x), g.constant(list(range(-count, 0)), np.int64))
    out: str = g.add("Div", x, g.add("Sqrt", g.add("Add", mean, g.constant(eps, dtype))))
    return out if a["weight"] is None else g.add("Mul", out, a["weight"])


@form("F.local_response_norm")
def _local_response_norm(g: Graph, a: Arguments) -> str:
    if a["input"].ndim != 4 or a["size"] % 2 == 0:
        raise Decline  # onnxruntime has no others
    out: str = g.add(
        "LRN", a["input"], size=a["size"], alpha=float(a["alpha"]), beta=float(a["beta"]), bias=float(a["k"])
    )
    return out
