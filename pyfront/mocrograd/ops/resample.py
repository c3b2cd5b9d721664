"""Images of other sizes: interpolation, and padding with copied pixels."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import call
from mocrograd.layout import Shape
from mocrograd.ops._bytes import resize_bytes
from mocrograd.ops._convolve import three
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._smooth import smooth_resize
from mocrograd.ops.cast import in_format_of, to_dtype
from mocrograd.ops.pool import adaptive_avg_pool
from mocrograd.tensor import Tensor, fresh
from mocrograd.types import Ints

__all__: list[str] = []

_KINDS = {"nearest": 0, "nearest-exact": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 3}
_FRAMES = {"reflect": 4, "replicate": 5, "circular": 6}
_NODES = (
    "UpsampleNearest", "UpsampleNearestExact", ("UpsampleLinear", "UpsampleBilinear", "UpsampleTrilinear"),
    "UpsampleBicubic", "ReflectionPad", "ReplicationPad", "CircularPad",
)  # fmt: skip
"""What the nodes of the kinds are called."""
_RANKS = {"linear": 3, "bilinear": 4, "trilinear": 5, "bicubic": 4}


class Mapping(NamedTuple):
    """How an image is mapped to one of another size.

    Attributes:
        image: The sizes of the image.
        result: The sizes of the result.
        kind: A number of `_KINDS` or `_FRAMES`.
        align: Whether the middles of the corner pixels lie on each other.
        scales: Per dimension what a pixel of the result spans, or the pixels before.
    """

    image: Shape
    result: Shape
    kind: int
    align: bool
    scales: tuple[float, ...]


def _run(direction: str, out: Tensor, x: Tensor, m: Mapping) -> Tensor:
    if out._size:
        planes = math.prod(x._shape[: -len(m.image)])
        call(
            x.device.table[f"resample.{direction}.{x.dtype.name}"], 8 * (out._size + x._size), out.address, x.address,
            planes, three(m.image), three(m.result), m.kind, int(m.align),
            *[0.0] * (3 - len(m.scales)), *m.scales, x.device.context,
        )  # fmt: skip
    return out


def _like(x: Tensor, m: Mapping, sizes: Shape) -> Tensor:
    shape = (*x._shape[: -len(m.image)], *sizes)
    return fresh(shape, math.prod(shape), x.dtype, x.device)


class Resample(Function):
    """y = weighted sums of pixels."""

    mapping: Mapping

    @staticmethod
    def forward(ctx: Any, x: Tensor, mapping: Mapping) -> Tensor:
        """Compute the weighted sums."""
        ctx.mapping = mapping
        return _run("forward", _like(x, mapping, mapping.result), x, mapping)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Distribute the gradients over the pixels."""
        return Spread.run(grad.contiguous(), ctx.mapping), None

    def _kind(self) -> str:
        ndim = len(self.mapping.image)
        name = _NODES[self.mapping.kind]
        return f"{name if isinstance(name, str) else name[ndim - 1]}{ndim}D"


class Spread(Function):
    """The transpose of Resample, for its gradient."""

    mapping: Mapping

    @staticmethod
    def forward(ctx: Any, x: Tensor, mapping: Mapping) -> Tensor:
        """Distribute elements over the pixels."""
        ctx.mapping = mapping
        return _run("backward", _like(x, mapping, mapping.image), x, mapping)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Compute the weighted sums of the gradient."""
        return Resample.run(grad.contiguous(), ctx.mapping), None


def frame(input: Tensor, sizes: Shape, mode: str) -> Tensor:
    """Return padded images; `pad` has checked the sizes.

    Args:
        input: (..., images) of floats; one to three dimensions are framed.
        sizes: Pixels before and behind, the last dimension's first; negative ones cut off.
        mode: "reflect", "replicate" or "circular".
    """
    ndim = len(sizes) // 2
    image = input._shape[-ndim:]
    before, behind = sizes[::2][::-1], sizes[1::2][::-1]
    result = tuple([n + b + e for n, b, e in zip(image, before, behind)])
    scales = tuple([float(b) for b in before])
    out: Tensor = Resample.run(input.contiguous(), Mapping(image, result, _FRAMES[mode], False, scales))
    return out if mode == "circular" else in_format_of(out, input)


def _sizes(image: Shape, size: Any, scale_factor: Any) -> tuple[Shape, tuple[float, ...] | None]:
    """Return the sizes of an interpolation's result, and the factors if there are any."""
    ndim = len(image)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = scale_factor if size is None else size
    values = tuple(given) if isinstance(given, (tuple, list)) else (given,) * ndim
    if len(values) != ndim:
        raise ValueError(
            f"Input and {'scale_factor' if size is None else 'output'} must have the same number of spatial "
            f"dimensions, but got input with spatial dimensions of {list(image)} and {given}"
        )
    if size is None:
        factors = tuple([float(v) for v in values])
        return tuple([int(n * f) for n, f in zip(image, factors)]), factors
    if any(isinstance(v, bool) or not hasattr(v, "__index__") for v in values):
        raise TypeError(f"expected size to be one of int or Tuple[int], but got {size!r}")
    return tuple([int(v) for v in values]), None


@lru_cache(maxsize=4096, typed=True)
def _chosen(
    image: Shape, size: Any, scale_factor: Any, mode: str, align_corners: bool | None, recompute: Any, antialias: bool
) -> tuple[Shape, tuple[float, ...] | None]:
    """Return what `_sizes` does, for options that go with the mode."""
    if mode in ("nearest", "nearest-exact", "area") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    ndim = len(image)
    result, factors = _sizes(image, size, scale_factor)
    if recompute and factors is None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if antialias and (mode not in ("bilinear", "bicubic") or ndim != 2):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        )
    rank = _RANKS.get(mode, ndim + 2)
    if ndim not in (1, 2, 3) or (mode not in _KINDS and mode != "area") or rank != ndim + 2:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported for the modes: nearest | nearest-exact | linear "
            f"(3D) | bilinear (4D) | bicubic (4D) | trilinear (5D) | area (got {ndim + 2}D for {mode})"
        )
    return result, factors


@lru_cache(maxsize=4096)
def _mapping(
    image: Shape, result: Shape, factors: tuple[float, ...] | None, mode: str, align_corners: bool, recompute: bool
) -> Mapping:
    """Return the mapping of an interpolation.

    Raises:
        RuntimeError: A size is 0.
    """
    if min(*image, *result) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input (sizes {list(image)}) and output (sizes "
            f"{list(result)})"
        )
    if align_corners:
        scales = [(n - 1) / (m - 1) if m > 1 else 0.0 for n, m in zip(image, result)]
    elif factors is None or recompute:
        scales = [n / m for n, m in zip(image, result)]
    else:
        scales = [1 / f for f in factors]
        if mode == "nearest":  # torch repeats pixels where sides stay or double, whatever the factor
            scales = [n / m if m in (n, 2 * n) else s for n, m, s in zip(image, result, scales)]
    return Mapping(image, result, _KINDS[mode], align_corners, tuple(scales))


def _of_bytes(input: Tensor, mapping: Mapping, mode: str, antialias: bool) -> Tensor:
    """Return images of bytes of another size.

    Raises:
        NotImplementedError: There is no such way for bytes.
    """
    if mode in ("nearest", "nearest-exact"):
        nearest: Tensor = Resample.run(to_dtype(input.contiguous(), dtypes.float32), mapping)
        return to_dtype(nearest, dtypes.uint8)
    if mode not in ("bilinear", "bicubic"):
        raise NotImplementedError(f'"interpolate" of mode {mode} not implemented for uint8')
    return resize_bytes(input, mapping.result, mode, mapping.align, mapping.scales, antialias)


@computed_wide
def interpolate(
    input: Tensor, size: Ints | None = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Return images of another size.

    Args:
        input: (batch, channels, sizes), of one to three sizes.
        size: The sizes of the result.
        scale_factor: What the sizes are multiplied with instead.
        mode: "nearest", "nearest-exact", "linear" (of one size), "bilinear" and "bicubic" (two), "trilinear" (three),
            "area".
        align_corners: Whether the middles of the corner pixels lie on each other, in the modes that are not nearest.
        recompute_scale_factor: Whether the factors are those of the rounded sizes.
        antialias: Whether several pixels become one, where the result is smaller, for "bilinear" and "bicubic".

    Raises:
        ValueError: Not one of `size` and `scale_factor` is given, or an option does not go with the mode.
        NotImplementedError: The mode does not go with the number of dimensions.
        RuntimeError: A size, or the number of channels, is 0.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(4.0).reshape(1, 1, 2, 2)
        >>> mg.nn.functional.interpolate(x, size=(3, 3), mode="bilinear", align_corners=True)[0, 0]
        tensor([[0.0000, 0.5000, 1.0000],
                [1.0000, 1.5000, 2.0000],
                [2.0000, 2.5000, 3.0000]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"interpolate(): argument 'input' must be Tensor, not {type(input).__name__}")
    plain = type(size) in (int, type(None)) and type(scale_factor) in (int, float, type(None)) and type(mode) is str
    choose = _chosen if plain else _chosen.__wrapped__
    image = input._shape[2:]
    result, factors = choose(image, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    if mode == "area":
        return adaptive_avg_pool(len(image), input, result)
    if not input.dtype.is_floating_point and input.dtype is not dtypes.uint8:
        raise NotImplementedError(f'"interpolate" not implemented for {input.dtype.name}')
    mapping = _mapping(image, result, factors, mode, bool(align_corners), bool(recompute_scale_factor))
    if not input._shape[1]:
        raise RuntimeError(
            f"interpolate: Non-empty channels expected, but got a tensor with sizes {list(input._shape)}"
        )
    if input.dtype is dtypes.uint8:
        return in_format_of(_of_bytes(input, mapping, mode, antialias), input)
    if antialias:
        return in_format_of(smooth_resize(input, result, mode, mapping.scales), input)
    out: Tensor = Resample.run(input.contiguous(), mapping)
    return in_format_of(out, input)
