"""Differentiable maps of random variables, with the change of volume that densities need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd.distributions import constraints
from mocrograd.distributions.utils import sum_rightmost
from mocrograd.tensor import Tensor

__all__ = ["ComposeTransform", "IndependentTransform", "Transform", "identity_transform"]


class Transform:
    """A map y = f(x): subclasses give `_call`, `_inverse` and `log_abs_det_jacobian`, `domain` and `codomain`.

    Args:
        cache_size: 1 to remember the last x and its y, so that the inverse of a fresh y is exactly that x and costs
            nothing, else 0.

    Raises:
        ValueError: The size of the cache is another.

    Example:
        >>> import mocrograd as mg
        >>> class Doubling(mg.distributions.Transform):
        ...     domain = codomain = mg.distributions.constraints.real
        ...     bijective = True
        ...     def _call(self, x):
        ...         return 2 * x
        ...     def _inverse(self, y):
        ...         return y / 2
        ...     def log_abs_det_jacobian(self, x, y):
        ...         return mg.full_like(x, 2.0).log()
        >>> doubled = mg.distributions.TransformedDistribution(mg.distributions.Normal(0.0, 1.0), Doubling())
        >>> doubled.log_prob(mg.tensor(2.0)), mg.distributions.Normal(0.0, 2.0).log_prob(mg.tensor(2.0))
        (tensor(-2.1121), tensor(-2.1121))
    """

    bijective: Any = False
    domain: Any
    codomain: Any

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"cache_size must be 0 or 1, got {cache_size}")
        self._cache_size = cache_size
        self._cached: tuple[Any, Any] = (None, None)

    @property
    def event_dim(self) -> int:
        """The number of dimensions of one value, where domain and codomain agree on it.

        Raises:
            ValueError: It changes.
        """
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        return int(self.domain.event_dim)

    @property
    def inv(self) -> Transform:
        """The inverse map."""
        return _InverseTransform(self)

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        raise NotImplementedError(f"{type(self).__name__} has no sign: it is not monotone")

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        if self._cache_size == cache_size:
            return self
        copy = self.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        Transform.__init__(copy, cache_size)
        return copy

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __call__(self, x: Any) -> Any:
        """Return y."""
        if self._cache_size == 0:
            return self._call(x)
        old_x, old_y = self._cached
        if x is old_x:
            return old_y
        y = self._call(x)
        self._cached = x, y
        return y

    def _inv_call(self, y: Any) -> Any:
        """Return x."""
        if self._cache_size == 0:
            return self._inverse(y)
        old_x, old_y = self._cached
        if y is old_y:
            return old_x
        x = self._inverse(y)
        self._cached = x, y
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no _call")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no inverse")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes at x, where y = f(x)."""
        raise NotImplementedError(f"{type(self).__name__} has no log_abs_det_jacobian")

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    """The inverse of a map."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self._inv = transform

    @property
    def domain(self) -> Any:
        """The region that the map takes."""
        return self._inv.codomain

    @property
    def codomain(self) -> Any:
        """The region that the map gives."""
        return self._inv.domain

    @property
    def bijective(self) -> Any:
        """Whether there is one x for each y."""
        return self._inv.bijective

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        return self._inv.sign

    @property
    def inv(self) -> Transform:
        """The map that this is the inverse of."""
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and self._inv == other._inv

    __hash__ = object.__hash__

    def __call__(self, x: Any) -> Any:
        """Return y."""
        return self._inv._inv_call(x)

    def _inv_call(self, y: Any) -> Any:
        return self._inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y."""
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._inv!r})"


class ComposeTransform(Transform):
    """Several maps, one after the other.

    Args:
        parts: The maps, the first one first.
        cache_size: The size of the cache of each of them.

    Example:
        >>> import mocrograd as mg
        >>> t = mg.distributions
        >>> squashed = t.ComposeTransform([t.TanhTransform(), t.AffineTransform(0.0, 2.0)])
        >>> squashed(mg.tensor([0.0, 100.0]))
        tensor([0., 2.])
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)
        super().__init__(cache_size)

    @property
    def domain(self) -> Any:
        """The region that the first map takes, with as many dimensions as all of them need."""
        if not self.parts:
            return constraints.real
        needed = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            needed = max(needed + part.domain.event_dim - part.codomain.event_dim, part.domain.event_dim)
        return _with_dimensions(self.parts[0].domain, needed)

    @property
    def codomain(self) -> Any:
        """The region that the last map gives, with as many dimensions as all of them need."""
        if not self.parts:
            return constraints.real
        needed = self.parts[0].domain.event_dim
        for part in self.parts:
            needed = max(needed + part.codomain.event_dim - part.domain.event_dim, part.codomain.event_dim)
        return _with_dimensions(self.parts[-1].codomain, needed)

    @property
    def bijective(self) -> Any:
        """Whether there is one x for each y."""
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        sign = 1
        for part in self.parts:
            sign = sign * part.sign
        return sign

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        return self if self._cache_size == cache_size else ComposeTransform(self.parts, cache_size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    def __call__(self, x: Any) -> Any:
        """Return y."""
        for part in self.parts:
            x = part(x)
        return x

    def _inv_call(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part._inv_call(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        if not self.parts:
            return x * 0
        values = [x]
        for part in self.parts[:-1]:
            values.append(part(values[-1]))
        values.append(y)
        total: Any = None
        dimensions = self.domain.event_dim
        for part, before, after in zip(self.parts, values, values[1:]):
            term = sum_rightmost(part.log_abs_det_jacobian(before, after), dimensions - part.domain.event_dim)
            total = term if total is None else total + term
            dimensions += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y."""
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        inner = ",\n    ".join(repr(part) for part in self.parts)
        return f"ComposeTransform(\n    {inner}\n)"


def _with_dimensions(constraint: Any, event_dim: int) -> Any:
    more = event_dim - constraint.event_dim
    return constraints.independent(constraint, more) if more > 0 else constraint


class IndependentTransform(Transform):
    """A map whose last batch dimensions belong to one value.

    Args:
        base_transform: The map of each element.
        reinterpreted_batch_ndims: How many dimensions.
        cache_size: The size of the cache of the base.

    Example:
        >>> import mocrograd as mg
        >>> exp = mg.distributions.IndependentTransform(mg.distributions.ExpTransform(), 1)
        >>> x = mg.tensor([1.0, 2.0])
        >>> exp.log_abs_det_jacobian(x, exp(x))
        tensor(3.)
    """

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def domain(self) -> Any:
        """The region that the map takes."""
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @property
    def codomain(self) -> Any:
        """The region that the map gives."""
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> Any:
        """Whether there is one x for each y."""
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        """1 if the map is increasing, -1 if it is decreasing."""
        return self.base_transform.sign

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        if self._cache_size == cache_size:
            return self
        return IndependentTransform(self.base_transform, self.reinterpreted_batch_ndims, cache_size)

    def _call(self, x: Any) -> Any:
        self._check(x, self.domain)
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        self._check(y, self.codomain)
        return self.base_transform._inv_call(y)

    @staticmethod
    def _check(value: Tensor, region: Any) -> None:
        if value.ndim < region.event_dim:
            raise ValueError(f"Too few dimensions on input: expected at least {region.event_dim}, got {value.ndim}")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        return sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x."""
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y."""
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


identity_transform = ComposeTransform([])
