"""Views, joining, splitting, repeating and casting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.onnx.graph import Dim, Graph, Value
from mocrograd.onnx.sizes import Size
from mocrograd.onnx.writer import Arguments, Decline, form

_END = np.iinfo(np.int64).max


@form(
    "reshape", "view", "flatten", "unflatten", "squeeze", "unsqueeze", "reshape_as", "view_as", "ravel", "atleast_1d",
    "atleast_2d", "squeeze_", "unsqueeze_",
)  # fmt: skip
def _reshape(g: Graph, a: Arguments) -> str:
    x = a.first
    if not isinstance(x, Value) or x.dtype is not a.dtype():
        raise Decline
    return g.reshape(x, a.shape())


def transposed(g: Graph, x: Value | str, order: Sequence[int]) -> str:
    """Return a value with its dimensions in another order."""
    out: str = g.add("Transpose", x, perm=list(order))
    return out


@form("permute")
def _permute(g: Graph, a: Arguments) -> str:
    x = a.first
    dims = a.get("dims") or a["*dims"]
    dims = dims[0] if dims and isinstance(dims[0], list) else dims
    return transposed(g, x, [d % x.ndim for d in dims])


@form("transpose", "swapaxes", "swapdims", "t", "T", "mT", "adjoint", "transpose_")
def _transpose(g: Graph, a: Arguments) -> str:
    x = a.first
    arguments = list(a.steps[0].arguments)
    order = list(range(x.ndim))
    if x.ndim == 0 or (x.ndim == 1 and len(arguments) == 1):
        raise Decline
    if a.name == "T":
        order.reverse()
    else:
        first, second = (a[n] for n in arguments[1:3]) if len(arguments) >= 3 else (-2, -1)
        order[first], order[second] = order[second], order[first]
    return transposed(g, x, order)


@form("movedim", "moveaxis")
def _movedim(g: Graph, a: Arguments) -> str:
    x = a.first
    source, target = ([d] if isinstance(d, int) else d for d in (a["source"], a["destination"]))
    order: list[int | None] = [None] * x.ndim
    for s, t in zip(source, target):
        order[t] = s % x.ndim
    rest = iter(d for d in range(x.ndim) if d not in order)
    return transposed(g, x, [next(rest) if d is None else d for d in order])


@form("expand", "expand_as", "broadcast_to")
def _expand(g: Graph, a: Arguments) -> str:
    out: str = g.add("Expand", a.first, g.integers(a.shape()))
    return out


@form(
    "contiguous",
    "clone",
    "detach",
    "to",
    "type_as",
    "float",
    "double",
    "long",
    "int",
    "bool",
    "type",
    "byte",
    "cpu",
    "half",
    "data",
)
def _cast(g: Graph, a: Arguments) -> str:
    x = a.first
    return g.cast(x, a.dtype()) if x.dtype is not a.dtype() else g.add("Identity", x)


@form("cat", "concat", "concatenate")
def _cat(g: Graph, a: Arguments) -> str:
    tensors = [t for t in a["tensors"] if t.shape != (0,)]
    out: str = g.add("Concat", *(g.operand(t, a.dtype()) for t in tensors), axis=a["dim"])
    return out


@form("stack")
def _stack(g: Graph, a: Arguments) -> str:
    dim = g.constant([a["dim"]], np.int64)
    parts = [g.add("Unsqueeze", g.operand(t, a.dtype()), dim) for t in a["tensors"]]
    out: str = g.add("Concat", *parts, axis=a["dim"])
    return out


def sliced(g: Graph, x: Value | str, dim: int, start: Dim, stop: Dim, step: int = 1) -> str:
    """Return the elements of one dimension from `start` to `stop`."""
    ends = [g.integers([n]) for n in (start, stop)]
    out: str = g.add("Slice", x, *ends, g.constant([dim], np.int64), g.constant([step], np.int64))
    return out


@form("chunk", "split", "split_with_sizes", "tensor_split")
def _split(g: Graph, a: Arguments) -> Any:
    x, dim = a.first, a["dim"]
    sizes = [a.shape(i)[dim] for i in range(len(a.result))]
    if len(sizes) == 1:
        return (g.add("Identity", x),)
    outputs = [g.name("Split") for _ in sizes]
    g.add("Split", x, g.integers(sizes), axis=dim, outputs=outputs)
    return tuple(outputs)


@form("unbind")
def _unbind(g: Graph, a: Arguments) -> Any:
    return tuple(g.add("Gather", a.first, g.constant(i, np.int64), axis=a["dim"]) for i in range(len(a.result)))


@form("narrow")
def _narrow(g: Graph, a: Arguments) -> str:
    start, length = a["start"], a["length"]
    if isinstance(start, (Size, Value)) or isinstance(length, Size):
        if start != 0:
            raise Decline
        return sliced(g, a.first, a["dim"], 0, length)
    return sliced(g, a.first, a["dim"], start, _END if start < 0 and start + length == 0 else start + length)


@form("select")
def _select(g: Graph, a: Arguments) -> str:
    index = a["index"]
    where = (
        g.constant(index, np.int64)
        if isinstance(index, int)
        else g.add("Squeeze", g.integers([index]), g.constant([0], np.int64))
    )
    out: str = g.add("Gather", a.first, where, axis=a["dim"])
    return out


@form("repeat", "tile")
def _repeat(g: Graph, a: Arguments) -> str:
    arguments = a.steps[0].arguments
    name = next(n for n in ("*sizes", "*repeats", "sizes", "repeats", "dims", "*dims") if n in arguments)
    counts = a[name]
    counts = counts[0] if counts and isinstance(counts[0], list) else counts
    x = a.first
    counts = [*[1] * (x.ndim - len(counts)), *counts]
    value = g.reshape(x, [*[1] * (len(counts) - x.ndim), *x.shape]) if len(counts) > x.ndim else x
    out: str = g.add("Tile", value, g.integers(counts))
    return out


@form("flip")
def _flip(g: Graph, a: Arguments) -> str:
    out = a.first.name
    dims = a.get("dims") or a["*dims"]
    for dim in dims[0] if isinstance(dims[0], list) else dims:
        out = sliced(g, out, dim, -1, -_END, -1)
    return out


@form("roll")
def _roll(g: Graph, a: Arguments) -> str:
    shifts, dims = a["shifts"], a["dims"]
    if dims is None:
        raise Decline
    out = a.first.name
    for shift, dim in zip(*([v] if isinstance(v, int) else v for v in (shifts, dims))):
        size = a.first.shape[dim]
        if isinstance(size, Size):
            raise Decline
        shift = shift % size if size else 0
        if shift:
            out = g.add("Concat", sliced(g, out, dim, -shift, _END), sliced(g, out, dim, 0, -shift), axis=dim)
    return out if out != a.first.name else g.add("Identity", out)


@form("repeat_interleave")
def _repeat_interleave(g: Graph, a: Arguments) -> str:
    x, count, dim = a.first, a["repeats"], a["dim"]
    if not isinstance(count, int) or dim is None:
        raise Decline
    dim %= x.ndim
    spread = g.add("Unsqueeze", x, g.constant([dim + 1], np.int64))
    wide = g.add("Expand", spread, g.integers([*x.shape[: dim + 1], count, *x.shape[dim + 1 :]]))
    return g.reshape(wide, a.shape())


@form("pad", "F.pad")
def _pad(g: Graph, a: Arguments) -> str:
    x, mode, pads = a.first, a["mode"], a["pad"]
    count = len(pads) // 2
    before, behind = [0] * x.ndim, [0] * x.ndim
    for i in range(count):
        before[-1 - i], behind[-1 - i] = pads[2 * i], pads[2 * i + 1]
    out: str
    if mode == "circular":
        out = x.name
        for i in range(count):
            dim = x.ndim - 1 - i
            parts = [sliced(g, out, dim, -before[dim], _END)] if before[dim] else []
            parts.append(out)
            parts += [sliced(g, out, dim, 0, behind[dim])] if behind[dim] else []
            if min(before[dim], behind[dim]) < 0:
                raise Decline
            out = g.add("Concat", *parts, axis=dim) if len(parts) > 1 else out
        return out
    kinds = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}
    out = g.add("Pad", x, g.integers(before + behind), g.constant(a["value"] or 0, a.dtype()), mode=kinds[mode])
    return out


@form("tril", "triu")
def _triangle(g: Graph, a: Arguments) -> str:
    out: str = g.add("Trilu", a.first, g.operand(a["diagonal"], dtypes.int64), upper=int(a.name == "triu"))
    return out


@form("F.pixel_shuffle", "F.pixel_unshuffle")
def _pixel_shuffle(g: Graph, a: Arguments) -> str:
    x = a.first
    out: str
    if a.name == "F.pixel_shuffle" and x.ndim == 4:
        out = g.add("DepthToSpace", x, blocksize=a["upscale_factor"], mode="CRD")
        return out
    if a.name == "F.pixel_unshuffle" and x.ndim == 4 and not any(isinstance(n, Size) for n in x.shape[2:]):
        r, (n, c, h, w) = a["downscale_factor"], x.shape
        split = g.reshape(x, [n, c, h // r, r, w // r, r])
        return g.reshape(transposed(g, split, [0, 1, 3, 5, 2, 4]), a.shape())
    raise Decline


@form("F.channel_shuffle")
def _channel_shuffle(g: Graph, a: Arguments) -> str:
    x, groups = a.first, a["groups"]
    channels = g.fixed(x.shape[1], "the number of channels")
    split = g.reshape(x, [x.shape[0], groups, channels // groups, *x.shape[2:]])
    return g.reshape(transposed(g, split, [0, 2, 1, *range(3, x.ndim + 1)]), a.shape())
