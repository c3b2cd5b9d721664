"""Transforms of parts of a tensor, of its shape, and by the distribution function of a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from mocrograd.distributions import constraints
from mocrograd.distributions.base_transform import Transform
from mocrograd.distributions.utils import sum_rightmost
from mocrograd.ops.joining import cat, stack

__all__ = ["CatTransform", "CumulativeDistributionTransform", "ReshapeTransform", "StackTransform"]


class _Joined(Transform):
    """Several maps, each of a part of a tensor along a dimension."""

    def __init__(self, tseq: Sequence[Transform], dim: int, cache_size: int) -> None:
        if not tseq or not all(isinstance(each, Transform) for each in tseq):
            raise AssertionError(f"{type(self).__name__} expected transforms, got {tseq!r}")
        super().__init__(cache_size)
        self.transforms = [each.with_cache(cache_size) for each in tseq] if cache_size else list(tseq)
        self.dim = dim

    @property
    def bijective(self) -> Any:
        """Whether there is one x for each y."""
        return all(each.bijective for each in self.transforms)

    def _parts(self, x: Any) -> list[Any]:
        """Return the parts of a tensor.

        Raises:
            AssertionError: The tensor has no such dimension, or another size there.
        """
        raise NotImplementedError

    def _check(self, x: Any, size: int) -> None:
        if not -x.ndim <= self.dim < x.ndim:
            raise AssertionError(f"{type(self).__name__} expected a tensor with dimension {self.dim}, got {x.ndim}")
        if x.shape[self.dim] != size:
            raise AssertionError(
                f"{type(self).__name__} expected size {size} in dimension {self.dim}, got {x.shape[self.dim]}"
            )


class CatTransform(_Joined):
    """Several maps, each of a slice of a tensor.

    Args:
        tseq: The maps.
        dim: The dimension along which the slices follow each other.
        lengths: How long each slice is there; 1 by default.
        cache_size: The size of the cache of each of them.

    Raises:
        AssertionError: A map is none, or there are more or fewer lengths than maps.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import CatTransform, ExpTransform, identity_transform
        >>> CatTransform([ExpTransform(), identity_transform], lengths=[1, 2])(mg.zeros(3))
        tensor([1., 0., 0.])
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"CatTransform expected {len(self.transforms)} lengths, got {len(self.lengths)}")

    @property
    def event_dim(self) -> int:
        """The number of dimensions of one value: the most that a map has."""
        return max(each.event_dim for each in self.transforms)

    @property
    def length(self) -> int:
        """How long the tensor is."""
        return sum(self.lengths)

    @property
    def domain(self) -> Any:
        """The region that the maps take."""
        return constraints.cat([each.domain for each in self.transforms], self.dim, self.lengths)

    @property
    def codomain(self) -> Any:
        """The region that the maps give."""
        return constraints.cat([each.codomain for each in self.transforms], self.dim, self.lengths)

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, x: Any) -> list[Any]:
        self._check(x, self.length)
        return list(x.split(self.lengths, self.dim))

    def _call(self, x: Any) -> Any:
        return cat([each(part) for each, part in zip(self.transforms, self._parts(x), strict=True)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return cat([each.inv(part) for each, part in zip(self.transforms, self._parts(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        terms = [
            sum_rightmost(each.log_abs_det_jacobian(before, after), self.event_dim - each.event_dim)
            for each, before, after in zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + self.event_dim
        return cat(terms, dim) if dim < 0 else sum(terms[1:], terms[0])


class StackTransform(_Joined):
    """Several maps, each of a tensor at one index of a dimension.

    Args:
        tseq: The maps.
        dim: The dimension.
        cache_size: The size of the cache of each of them.

    Raises:
        AssertionError: A map is none.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import ExpTransform, StackTransform, identity_transform
        >>> StackTransform([ExpTransform(), identity_transform], dim=1)(mg.zeros(2, 2))
        tensor([[1., 0.],
                [1., 0.]])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)

    @property
    def domain(self) -> Any:
        """The region that the maps take."""
        return constraints.stack([each.domain for each in self.transforms], self.dim)

    @property
    def codomain(self) -> Any:
        """The region that the maps give."""
        return constraints.stack([each.codomain for each in self.transforms], self.dim)

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _parts(self, x: Any) -> list[Any]:
        self._check(x, len(self.transforms))
        return list(x.unbind(self.dim))

    def _call(self, x: Any) -> Any:
        return stack([each(part) for each, part in zip(self.transforms, self._parts(x), strict=True)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return stack([each.inv(part) for each, part in zip(self.transforms, self._parts(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the factor by which the map stretches volumes."""
        parts = zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        return stack([each.log_abs_det_jacobian(before, after) for each, before, after in parts], self.dim)


class ReshapeTransform(Transform):
    """The map of values of one shape to values of another, with the same elements.

    Args:
        in_shape: The shape of one value.
        out_shape: The shape that it gets.
        cache_size: The size of the cache.

    Raises:
        ValueError: The shapes have different numbers of elements.

    Example:
        >>> import mocrograd as mg
        >>> mg.distributions.ReshapeTransform((2, 3), (6,))(mg.zeros(4, 2, 3)).shape
        mocrograd.Size([4, 6])
    """

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        if prod(self.in_shape) != prod(self.out_shape):
            raise ValueError(
                f"in_shape and out_shape have different numbers of elements: {self.in_shape}, {self.out_shape}"
            )
        super().__init__(cache_size)

    @property
    def domain(self) -> Any:
        """The region that the map takes."""
        return constraints.independent(constraints.real, len(self.in_shape))

    @property
    def codomain(self) -> Any:
        """The region that the map gives."""
        return constraints.independent(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return zeros: volumes stay."""
        return x.new_zeros(x.shape[: x.ndim - len(self.in_shape)])

    def forward_shape(self, shape: Any) -> Any:
        """Return the shape of y for that of x.

        Raises:
            ValueError: x ends with another shape.
        """
        return _with_end(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Return the shape of x for that of y.

        Raises:
            ValueError: y ends with another shape.
        """
        return _with_end(shape, self.out_shape, self.in_shape)


def _with_end(shape: Any, old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape whose last sizes are replaced."""
    shape = tuple(shape)
    if len(shape) < len(old):
        raise ValueError(f"Too few dimensions on input: expected at least {len(old)}, got {len(shape)}")
    kept = len(shape) - len(old)
    if shape[kept:] != old:
        raise ValueError(f"Shape mismatch: expected {old} at the end, got {shape[kept:]}")
    return (*shape[:kept], *new)


class CumulativeDistributionTransform(Transform):
    """The map by the distribution function: of what a distribution draws to numbers uniform in [0, 1].

    Args:
        distribution: The distribution, of single numbers, with `cdf` and `icdf`.
        cache_size: The size of the cache.

    Example:
        >>> import mocrograd as mg
        >>> share = mg.distributions.CumulativeDistributionTransform(mg.distributions.Exponential(1.0))
        >>> share(mg.tensor(0.0)), share.inv(mg.tensor(0.5))
        (tensor(0.), tensor(0.6931))
    """

    bijective = True
    codomain = constraints.unit_interval
    sign = 1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """The region that the distribution draws from."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """Return the logarithm of the density at x."""
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Any:
        """Return the same map with another size of the cache."""
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size)
