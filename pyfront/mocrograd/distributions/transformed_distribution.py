"""The distribution of a function of a random variable."""

from __future__ import annotations

from typing import Any, ClassVar

from mocrograd.autograd import no_grad
from mocrograd.distributions import constraints
from mocrograd.distributions.distribution import Distribution
from mocrograd.distributions.independent import Independent
from mocrograd.distributions.transforms import ComposeTransform, Transform
from mocrograd.distributions.utils import sum_rightmost
from mocrograd.tensor import Tensor

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The distribution of f(x), where x follows a distribution and f is a chain of transforms.

    Args:
        base_distribution: What x follows.
        transforms: A transform, or a list of them, the first one first.
        validate_args: Whether values are checked.

    Raises:
        ValueError: Something is no transform, or the transforms need more dimensions than x has.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import Normal, TransformedDistribution
        >>> from mocrograd.distributions.transforms import TanhTransform
        >>> policy = TransformedDistribution(Normal(mg.zeros(3), mg.ones(3)), [TanhTransform(cache_size=1)])
        >>> action = policy.rsample()
        >>> policy.log_prob(action).shape
        mocrograd.Size([3])
    """

    arg_constraints: ClassVar = {}

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(self.transforms, list) or not all(isinstance(f, Transform) for f in self.transforms):
            raise ValueError(f"transforms must be a Transform or list, but was {transforms}")
        shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        event_dim = len(base_distribution.event_shape)
        whole = ComposeTransform(self.transforms)
        if len(shape) < whole.domain.event_dim:
            raise ValueError(
                f"base_distribution needs to have shape with size at least {whole.domain.event_dim}, but got {shape}."
            )
        out_shape = tuple(whole.forward_shape(shape))
        in_shape = tuple(whole.inverse_shape(out_shape))
        if shape != in_shape:  # parameters of the transforms have further dimensions
            base_distribution = base_distribution.expand(in_shape[: len(in_shape) - event_dim])
        more = whole.domain.event_dim - event_dim
        self.base_dist: Any = Independent(base_distribution, more) if more > 0 else base_distribution
        kept = len(out_shape) - whole.codomain.event_dim - max(-more, 0)
        super().__init__(out_shape[:kept], out_shape[kept:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape."""
        new = self._expanded(TransformedDistribution, batch_shape, _instance)
        shape = ComposeTransform(self.transforms).inverse_shape((*new._batch_shape, *self._event_shape))
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        new.transforms = self.transforms
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """The region that the last transform gives."""
        if not self.transforms:
            return self.base_dist.support
        region = self.transforms[-1].codomain
        more = len(self._event_shape) - region.event_dim
        return constraints.independent(region, more) if more > 0 else region

    @property
    def has_rsample(self) -> Any:
        """Whether draws may be differentiated."""
        return self.base_dist.has_rsample

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws, which have no gradient."""
        with no_grad():
            return self._transformed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters."""
        return self._transformed(self.base_dist.rsample(sample_shape))

    def _transformed(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density at values."""
        if self._validate_args:
            self._validate_sample(value)
        event_dim = len(self._event_shape)
        total: Any = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform._inv_call(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            stretched = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(stretched, event_dim - transform.domain.event_dim)
            y = x
        inner = self.base_dist.log_prob(y)
        return total + sum_rightmost(inner, event_dim - len(self.base_dist.event_shape))

    def _monotone(self, share: Any) -> Any:
        """Return a probability, or that of the other side where the transforms turn the order around."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if not isinstance(sign, Tensor) and sign == 1:
            return share
        return sign * (share - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        if self._validate_args:
            self._validate_sample(value)
        for transform in reversed(self.transforms):
            value = transform._inv_call(value)
        return self._monotone(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        return self._transformed(self.base_dist.icdf(self._monotone(value)))
