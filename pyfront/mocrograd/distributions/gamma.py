"""The gamma distribution, and draws of it that have a gradient."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import call
from mocrograd.distributions import constraints
from mocrograd.distributions.exp_family import ExponentialFamily
from mocrograd.distributions.utils import broadcast_all
from mocrograd.ops.compare import where
from mocrograd.ops.creation import tensor
from mocrograd.ops.joining import cat
from mocrograd.ops.properties import finfo
from mocrograd.ops.random import sampled
from mocrograd.strides import zip_kept
from mocrograd.tensor import fresh_with
from mocrograd.types import Operand

__all__ = ["Gamma"]

_PIECE = 2048
"""For how many elements the points of an integral are held at a time."""


def _trapezoids(low: float, high: float, count: int) -> tuple[Any, Any]:
    """Return points from 0 to infinity that lie ever denser towards 0, and the widths that they stand for.

    Sums over them converge exponentially: they are p = exp(t - exp(-t)) for equidistant t.
    """
    t = np.linspace(low, high, count)
    points = np.exp(t - np.exp(-t))
    return points, points * (1 + np.exp(-t)) * (t[1] - t[0])


_POINTS = {dtypes.float32: _trapezoids(-2.8, 3.2, 28), dtypes.float64: _trapezoids(-3.2, 3.8, 56)}
"""Enough for the precision of a dtype."""


class Gamma(ExponentialFamily):
    """The gamma distribution.

    Args:
        concentration: The shape: a sum of so many exponentially distributed numbers follows it.
        rate: The inverse of the scale.
        validate_args: Whether parameters and values are checked.

    Example:
        >>> import mocrograd as mg
        >>> rate = mg.tensor(2.0, requires_grad=True)
        >>> drawn = mg.distributions.Gamma(mg.tensor(3.0), rate).rsample((4,))
        >>> drawn.requires_grad, drawn.shape
        (True, mocrograd.Size([4]))
    """

    arg_constraints: ClassVar = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(self, concentration: Operand, rate: Operand, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        return self._expanded(Gamma, batch_shape, _instance)

    @property
    def _natural_params(self) -> Any:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, *natural_params: Any) -> Any:
        power, rate = natural_params
        return (power + 1).lgamma() - (power + 1) * (-rate).log()

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.concentration / self.rate.square()

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        shape = self._extended_shape(sample_shape)
        drawn = standard_gamma(self.concentration.expand(shape)) / self.rate
        return drawn.clamp(min=finfo(drawn.dtype).tiny)  # its logarithm shall be finite

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        (value,) = broadcast_all(value)
        if self._validate_args:
            self._validate_sample(value)
        powers = self.concentration.xlogy(self.rate) + (self.concentration - 1).xlogy(value)
        return powers - self.rate * value - self.concentration.lgamma()

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        a, x = broadcast_all(self.concentration, self.rate * value)
        return _in_pieces(_share_below, a, x.clamp(min=finfo(x.dtype).tiny))

    def entropy(self) -> Any:
        """Return the entropy."""
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1 - a) * a.digamma()


def standard_gamma(concentration: Any) -> Any:
    """Return draws of gamma distributions whose rate is 1, differentiable with respect to the concentration.

    Raises:
        NotImplementedError: The concentration is not of a floating dtype.
    """
    check_floating(concentration)
    wrong = "draws of gamma distributions: expected concentrations of at least 0"
    drawn = sampled("gamma", concentration, None, None, wrong).clamp(min=finfo(concentration.dtype).tiny)
    return _StandardGamma.apply(concentration, drawn)


def check_floating(concentration: Any) -> None:
    """Refuse concentrations that are integers."""
    if not concentration.dtype.is_floating_point:
        raise NotImplementedError(
            f"draws of gamma distributions: expected a floating concentration, got {concentration.dtype.name}"
        )


class _StandardGamma(Function):
    """Draws of x with the cumulative distribution F(x, a), whose derivative is -dF/da / dF/dx where F is constant."""

    @staticmethod
    def forward(ctx: Any, concentration: Any, drawn: Any) -> Any:
        """Return the numbers, as a tensor of which later derivatives know that it depends on the concentration."""
        out = drawn.detach()
        ctx.save_for_backward(concentration, out)
        return out

    @staticmethod
    def vmap(info: Any, in_dims: Any, concentration: Any, drawn: Any) -> Any:
        """Return the numbers of all samples, which were drawn for each if they differ."""
        return _StandardGamma.apply(concentration.expand_as(drawn), drawn), 0

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """Run the kernel, or differentiable operations where they are recorded."""
        concentration, drawn = ctx.saved_tensors
        if mode.grad:
            return grad * _in_pieces(_derivative, concentration, drawn), None
        x, y = concentration, drawn
        layouts = (x._shape, x._strides, y._shape, y._strides, grad._shape, grad._strides)
        shape, strides, size, words = zip_kept(*layouts)
        out, device = fresh_with(shape, strides, size, y.dtype, y.device), y.device
        if size:
            kernel = device.table[f"standard_gamma.backward.{y.dtype.name}"]
            call(kernel, size, out.address, x.address, y.address, grad.address, words, device.context)
        return out, None


def _in_pieces(function: Any, a: Any, x: Any) -> Any:
    """Return a function of concentrations and draws, computed in float64 for some of them at a time."""
    pieces = zip(a.reshape(-1).split(_PIECE), x.reshape(-1).split(_PIECE))
    found = [function(b.double(), y.double(), *_POINTS[x.dtype]) for b, y in pieces]
    return cat(found).to(x.dtype).reshape(x.shape)


def _tail(a: Any, x: Any, points: Any, widths: Any) -> tuple[Any, Any, Any]:
    """Divide the gamma distribution of concentration a on the side of x that is away from a.

    From x on away from a the density f falls, so that few points tell it: t = x exp(-p) below a, t = x + p above, where
    p grows from 0.

    Returns:
        Whether x is above a; the logarithms of t / x and the probabilities around each t, divided by x f(x), both with
        the points as last dimension.
    """
    a, x = a.unsqueeze(-1), x.unsqueeze(-1)
    above = (x >= a).detach()
    root = where(x > 1, x.sqrt(), x)
    near = where(above, where(x > 1, x / (x - a + root).clamp(min=0.5), 1.0), 1 / (a - x + root).clamp(min=0)).detach()
    p, width = (near * tensor(values, dtype=dtypes.float64, device=x.device) for values in (points, widths))
    log_ratio = where(above, (p / x).log1p(), -p)
    way = where(above, -p, -x * (-p).expm1())  # x - t
    mass = (a * log_ratio + way).exp() * where(above, width / (x + p), width)
    return above.squeeze(-1), log_ratio, mass


def _share_below(a: Any, x: Any, points: Any, widths: Any) -> Any:
    """Return the cumulative distribution function."""
    above, _, mass = _tail(a, x, points, widths)
    share = (a * x.log() - x - a.lgamma()).exp() * mass.sum(-1)
    return where(above, 1 - share, share)


def _derivative(a: Any, x: Any, points: Any, widths: Any) -> Any:
    """Return the derivative of a draw x with respect to its concentration a.

    -dF/da is the integral of (digamma(a) - log t) f(t) from 0 to x, and as that over all t is 0, that of
    (log t - digamma(a)) f(t) from x to infinity too.
    """
    above, log_ratio, mass = _tail(a, x, points, widths)
    share = (((x.log() - a.digamma()).unsqueeze(-1) + log_ratio) * mass).sum(-1)
    return where(above, x, -x) * share


def log_beta(a: Any, b: Any) -> Any:
    """Return the logarithm of the beta function."""
    return a.lgamma() + b.lgamma() - (a + b).lgamma()
