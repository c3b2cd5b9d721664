"""Integrals and derivatives of samples, and powers of samples as matrices."""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes
from mocrograd.layout import normalize_dim
from mocrograd.ops._arguments import integer
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import ones
from mocrograd.ops.joining import cat
from mocrograd.ops.rearrange import flip
from mocrograd.ops.reduce import sum
from mocrograd.ops.scan import cumprod, cumsum
from mocrograd.tensor import Tensor

__all__ = ["cumulative_trapezoid", "gradient", "trapezoid", "trapz", "vander"]


def _samples(name: str, y: Tensor, x: Any, dx: Any, dim: int) -> int:
    """Return the dimension along which samples follow each other; raise where they are no numbers."""
    if not isinstance(y, Tensor):
        raise TypeError(f"{name}(): argument 'y' must be Tensor, not {type(y).__name__}")
    if x is not None and (not isinstance(x, Tensor) or dx is not None):
        raise TypeError(f"{name}(): x must be Tensor, and excludes dx; got x of {type(x).__name__} and dx={dx!r}")
    for what, samples in (("y", y), ("x", x)):
        if samples is not None and samples.dtype.kind == 0:
            raise RuntimeError(f"{name}: received a bool input for `{what}`, but bool is not supported")
    if not y._shape:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions")
    return normalize_dim(dim, len(y._shape))


def _step(name: str, dx: Any) -> Any:
    """Return the distance between neighbours.

    Raises:
        TypeError: It is a tensor of several.
    """
    step = 1 if dx is None else dx
    if isinstance(step, Tensor) and step._shape:
        raise TypeError(f"{name}(): argument 'dx' must be Number, not Tensor of shape {list(step._shape)}")
    return step


def _spaced(name: str, y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Tensor, Any]:
    """Return the sums of neighbours, and half the distances between them."""
    n = y._shape[dim]
    pairs = y.narrow(dim, 1, max(n - 1, 0)) + y.narrow(dim, 0, max(n - 1, 0)) if n else y
    if x is None:
        return pairs, _step(name, dx) * 0.5
    if len(x._shape) < 2:
        if x._size != n or not x._shape:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point, got {list(x._shape)} for {n}"
            )
        x = x.reshape(n, *(1,) * (len(y._shape) - dim - 1))
    x = x.reshape((1,) * (len(y._shape) - len(x._shape)) + x._shape)
    steps = max(x._shape[dim] - 1, 0)
    return pairs, (x.narrow(dim, x._shape[dim] - steps, steps) - x.narrow(dim, 0, steps)) * 0.5


@computed_wide
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """Return the integral of samples along a dimension, by the trapezoidal rule.

    Args:
        y: The samples.
        x: Where they are: one number per sample, or a tensor that broadcasts to the samples.
        dx: The distance between samples, 1 by default, where there is no `x`.
        dim: The dimension along which samples follow each other.

    Returns:
        The shape of y without the dimension.

    Raises:
        RuntimeError: The samples are bools, or do not fit `x`.

    Example:
        >>> import mocrograd as mg
        >>> mg.trapezoid(mg.tensor([1.0, 2.0, 3.0]))
        tensor(4.)
    """
    dim = _samples("trapezoid", y, x, dx, dim)
    if not y._shape[dim]:
        return sum(y.detach(), dim, dtype=y.dtype)
    if x is None:
        step = _step("trapezoid", dx)
        return (sum(y, dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * step
    pairs, half = _spaced("trapezoid", y, x, dx, dim)
    return sum(pairs * half, dim)


@computed_wide
def trapz(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """Do as `trapezoid`.

    Example:
        >>> import mocrograd as mg
        >>> mg.trapz(mg.tensor([0.0, 1.0, 4.0]), dx=0.5)
        tensor(1.5000)
    """
    return trapezoid(y, x, dx=dx, dim=dim)


@computed_wide
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """Return the integrals of samples up to each but the first, by the trapezoidal rule.

    Args:
        y: The samples.
        x: Where they are: one number per sample, or a tensor that broadcasts to the samples.
        dx: The distance between samples, 1 by default, where there is no `x`.
        dim: The dimension along which samples follow each other.

    Returns:
        The shape of y with one element less in the dimension.

    Raises:
        RuntimeError: The samples are bools, or do not fit `x`.

    Example:
        >>> import mocrograd as mg
        >>> mg.cumulative_trapezoid(mg.tensor([0.0, 1.0, 2.0]))
        tensor([0.5000, 2.0000])
    """
    dim = _samples("cumulative_trapezoid", y, x, dx, dim)
    pairs, half = _spaced("cumulative_trapezoid", y, x, dx, dim)
    result: Tensor = cumsum(pairs * half, dim)
    return result


def _slope(x: Tensor, dim: int, spacing: Any, edge_order: int) -> Tensor:
    """Return the derivative along a dimension: by neighbours on both sides, at the ends by two or three samples."""
    n = x._shape[dim]

    def at(start: int, length: int) -> Tensor:
        return x.narrow(dim, start, length)

    if not isinstance(spacing, Tensor):
        middle = (at(2, n - 2) - at(0, n - 2)) / (2 * spacing)
        if edge_order == 1:
            first, last = (at(1, 1) - at(0, 1)) / spacing, (at(n - 1, 1) - at(n - 2, 1)) / spacing
        else:
            first = (at(1, 1) * 4 - at(0, 1) * 3 - at(2, 1)) / (2 * spacing)
            last = (at(n - 1, 1) * 3 + at(n - 3, 1) - at(n - 2, 1) * 4) / (2 * spacing)
        return cat([first, middle, last], dim)
    steps = (spacing.narrow(0, 1, n - 1) - spacing.narrow(0, 0, n - 1)).reshape(-1, *(1,) * (len(x._shape) - dim - 1))
    slopes = (at(1, n - 1) - at(0, n - 1)) / steps
    before, behind = steps.narrow(0, 0, n - 2), steps.narrow(0, 1, n - 2)  # of each sample within
    left, right = slopes.narrow(dim, 0, n - 2), slopes.narrow(dim, 1, n - 2)
    both = before + behind
    middle = (left * behind + right * before) / both
    first, last = slopes.narrow(dim, 0, 1), slopes.narrow(dim, n - 2, 1)
    if edge_order == 2:  # the slope of a parabola through three samples
        bend = (right - left) / both
        first = first - bend.narrow(dim, 0, 1) * steps.narrow(0, 0, 1)
        last = last + bend.narrow(dim, n - 3, 1) * steps.narrow(0, n - 2, 1)
    return cat([first, middle, last], dim)


@computed_wide
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Return the derivatives of samples along dimensions.

    Args:
        input: The samples.
        spacing: The distance between samples, None for 1, or one per dimension, or a tensor per dimension that says
            where they are.
        dim: A dimension or several, all by default.
        edge_order: 1 or 2: how exact the ends are.

    Returns:
        A tensor of the input's shape per dimension.

    Raises:
        RuntimeError: The options do not fit, or there are too few samples.

    Example:
        >>> import mocrograd as mg
        >>> times = mg.tensor([0.0, 1.0, 3.0])
        >>> mg.gradient(times**2, spacing=(times,))
        (tensor([1., 2., 4.]),)
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"gradient(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input.dtype is dtypes.uint8 or input.dtype.kind == 0:
        raise RuntimeError(f"gradient does not support {input.dtype.name} input")
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient only supports edge_order=1 and edge_order=2, got {edge_order}")
    ndim = len(input._shape)
    given = range(ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    dims = [normalize_dim(integer("gradient", "dim", d), ndim) for d in given]
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"gradient: dim {list(given)} names a dimension twice")
    spacing = 1 if spacing is None else spacing
    spacings = list(spacing) if isinstance(spacing, (tuple, list)) else [spacing] * len(dims)
    if len(spacings) != len(dims):
        raise RuntimeError(
            f"gradient expected spacing to be unspecified, a scalar, or a list of length {len(dims)}, one per "
            f"dimension, but got a list of length {len(spacings)}"
        )
    for d, step in zip(dims, spacings):
        if not ndim or input._shape[d] < edge_order + 1:
            raise RuntimeError(
                f"gradient expected each dimension size to be at least edge_order+1, got {list(input._shape)}"
            )
        if isinstance(step, Tensor):
            if step._shape != (input._shape[d],):
                raise RuntimeError(
                    f"gradient expected one coordinate for each of {input._shape[d]} samples, got {list(step._shape)}"
                )
        elif dtypes.scalar_kind(step) < 0:
            raise TypeError(f"gradient(): argument 'spacing' must be Number or Tensor, not {type(step).__name__}")
    return tuple([_slope(input, d, step, edge_order) for d, step in zip(dims, spacings)])


def _powers(x: Tensor, count: int) -> Tensor:
    """Return the powers 0 to count - 1 as a last dimension."""
    first = ones(*x._shape, min(count, 1), dtype=x.dtype, device=x.device)
    if count < 2:
        return first
    rest = x.unsqueeze(-1).expand(*x._shape, count - 1)
    return cat([first, cumprod(rest, -1)], -1)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Return the matrix whose rows are the powers of elements.

    Args:
        x: A tensor of one dimension.
        N: The number of columns, by default that of elements.
        increasing: Whether the powers rise from the left to the right.

    Returns:
        (elements, N); int64 for integers and bools.

    Raises:
        RuntimeError: There is another number of dimensions, or N is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.vander(mg.tensor([1.0, 2.0, 3.0]), N=3)
        tensor([[1., 1., 1.],
                [1., 2., 4.],
                [1., 3., 9.]])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"vander(): argument 'x' must be Tensor, not {type(x).__name__}")
    if len(x._shape) != 1:
        raise RuntimeError(f"vander: x must be a one-dimensional tensor, got {len(x._shape)} dimensions")
    count = x._size if N is None else integer("vander", "N", N)
    if count < 0:
        raise RuntimeError(f"vander: N must be non-negative, got {count}")
    powers = _powers(x if x.dtype.kind >= 2 else to_dtype(x, dtypes.int64), count)
    return powers if increasing else flip(powers, (1,))


def linalg_vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Return the matrices whose rows are the powers 0, 1, ... of elements.

    Args:
        x: (..., elements).
        N: The number of columns, by default that of elements.

    Returns:
        (..., elements, N).

    Raises:
        RuntimeError: The elements are bools, or N is below 2.

    Example:
        >>> import mocrograd as mg
        >>> mg.linalg.vander(mg.tensor([2.0, 3.0]), N=3)
        tensor([[1., 2., 4.],
                [1., 3., 9.]])
    """
    if x.dtype.kind == 0:
        raise RuntimeError("linalg.vander supports floating point and integer tensors, but got bool")
    x = x if x._shape else x.unsqueeze(-1)
    count = x._shape[-1] if N is None else integer("linalg.vander", "N", N)
    if count <= 1:
        raise RuntimeError(f"linalg.vander: N must be greater than 1, got {count}")
    return _powers(x if x.dtype.kind >= 2 else to_dtype(x, dtypes.int64), count)
