"""Transforms of single elements and of vectors."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.distributions import constraints
from mocrograd.distributions.base_transform import Transform
from mocrograd.distributions.utils import clamp_probs, is_number, sum_rightmost
from mocrograd.layout import broadcast_shapes
from mocrograd.nn import functional as F
from mocrograd.ops.creation import full_like
from mocrograd.ops.properties import finfo

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "ExpTransform",
    "PowerTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StickBreakingTransform",
    "TanhTransform",
]


class _Elementwise(Transform):
    """A map of each element that has no parameters: two of them are equal if their types are."""

    domain: Any = constraints.real
    bijective = True
    sign = 1

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class ExpTransform(_Elementwise):
    """The map y = exp(x).

    Example:
        >>> import mocrograd as mg
        >>> exp = mg.distributions.ExpTransform()
        >>> exp(mg.tensor(0.0)), exp.inv(mg.tensor(1.0))
        (tensor(1.), tensor(0.))
    """

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        return x


class SigmoidTransform(_Elementwise):
    """The map y = 1 / (1 + exp(-x)), kept off 0 and 1.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.SigmoidTransform()(mg.tensor([0.0, 100.0]))
        tensor([0.5000, 1.0000])
    """

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        bounds = finfo(x.dtype)
        return x.sigmoid().clamp(min=bounds.tiny, max=1 - bounds.eps)

    def _inverse(self, y: Any) -> Any:
        bounds = finfo(y.dtype)
        inside = y.clamp(min=bounds.tiny, max=1 - bounds.eps)
        return inside.log() - (-inside).log1p()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        return -F.softplus(-x) - F.softplus(x)


class SoftplusTransform(_Elementwise):
    """The map y = log(1 + exp(x)).

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.SoftplusTransform()(mg.tensor([0.0, 50.0]))
        tensor([ 0.6931, 50.0000])
    """

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        return -F.softplus(-x)


class TanhTransform(_Elementwise):
    """The map y = tanh(x); with `cache_size=1` its inverse is exact where y is near 1 too.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.TanhTransform()(mg.tensor([0.0, 50.0]))
        tensor([0., 1.])
    """

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        return 2 * (math.log(2) - x - F.softplus(-2 * x))  # log(1 - tanh(x)^2) without cancellation


class AbsTransform(_Elementwise):
    """The map y = |x|, which has two x for each y; the inverse gives the positive one.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.AbsTransform()(mg.tensor([-1.0, 2.0]))
        tensor([1., 2.])
    """

    codomain = constraints.positive
    bijective = False

    @property
    def sign(self) -> Any:  # type: ignore[override]
        """Raise, as the map is not monotone."""
        return Transform.sign.fget(self)  # type: ignore[attr-defined]

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class PowerTransform(Transform):
    """The map y = x^exponent of positive numbers.

    Args:
        exponent: A number or a tensor.
        cache_size: The size of the cache.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.PowerTransform(2.0)(mg.tensor([1.0, 3.0]))
        tensor([1., 9.])
    """

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        return _sign(self.exponent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and _same(self.exponent, other.exponent)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        return _broadcast(shape, self.exponent)

    inverse_shape = forward_shape

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        return (self.exponent * y / x).abs().log()


class AffineTransform(Transform):
    """The map y = loc + scale * x.

    Args:
        loc: A number or a tensor.
        scale: A number or a tensor.
        event_dim: How many dimensions one value has.
        cache_size: The size of the cache.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.AffineTransform(1.0, 2.0)(mg.tensor([0.0, 1.0]))
        tensor([1., 3.])
    """

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        """How many dimensions one value has."""
        return self._event_dim

    @property
    def domain(self) -> Any:
        """The real numbers, with the dimensions of a value."""
        return constraints.independent(constraints.real, self._event_dim) if self._event_dim else constraints.real

    codomain = domain

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        return _sign(self.scale)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AffineTransform) and _same(self.loc, other.loc) and _same(self.scale, other.scale)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        return _broadcast(shape, self.loc, self.scale)

    inverse_shape = forward_shape

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches."""
        if is_number(self.scale):
            factor: Any = full_like(x, math.log(abs(self.scale)))
        else:
            factor = self.scale.abs().log().expand(x.shape)
        return sum_rightmost(factor, self._event_dim)


class SoftmaxTransform(Transform):
    """The map of vectors to probabilities, which does not depend on a constant added to all elements.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.SoftmaxTransform()(mg.zeros(4))
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SoftmaxTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x.softmax(-1)

    def _inverse(self, y: Any) -> Any:
        return y.log()


class StickBreakingTransform(Transform):
    """The map of vectors to one more probabilities: each element gives the fraction of the rest that is taken.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.StickBreakingTransform()(mg.zeros(3))
        tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StickBreakingTransform)

    __hash__ = object.__hash__

    @staticmethod
    def _offset(length: int, like: Any) -> Any:
        """Return the logarithms of how many pieces are left after each, so that 0 gives equal pieces."""
        return like.new_tensor([math.log(length - i) for i in range(length)])

    def _call(self, x: Any) -> Any:
        share = clamp_probs((x - self._offset(x.shape[-1], x)).sigmoid())
        left = (1 - share).cumprod(-1)
        return F.pad(share, (0, 1), value=1.0) * F.pad(left, (1, 0), value=1.0)

    def _inverse(self, y: Any) -> Any:
        pieces = y[..., :-1]
        left = (1 - pieces.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return pieces.log() - left.log() + self._offset(pieces.shape[-1], y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        moved = x - self._offset(x.shape[-1], x)
        return (-moved + F.logsigmoid(moved) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x.

        Raises:
            ValueError: x has no dimension.
        """
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input: expected at least 1, got 0")
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y.

        Raises:
            ValueError: y has no dimension.
        """
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input: expected at least 1, got 0")
        return (*shape[:-1], shape[-1] - 1)


def _sign(value: Any) -> Any:
    return ((value > 0) - (value < 0)) if is_number(value) else value.sign()


def _broadcast(shape: Any, *parameters: Any) -> Any:
    return broadcast_shapes(tuple(shape), *[tuple(x.shape) for x in parameters if not is_number(x)])


def _same(a: Any, b: Any) -> bool:
    if is_number(a) and is_number(b):
        return bool(a == b)
    return a is b or bool((a == b).all())
