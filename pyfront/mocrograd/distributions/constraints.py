"""Constraints of parameters and samples: `constraints.positive.check(x)` tells which elements of x meet it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import dtypes
from mocrograd.ops import decompositions, joining
from mocrograd.ops.compare import isclose
from mocrograd.ops.creation import full
from mocrograd.ops.properties import finfo
from mocrograd.tensor import Tensor

__all__ = [
    "Constraint",
    "MixtureSameFamilyConstraint",
    "boolean",
    "cat",
    "corr_cholesky",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "half_open_interval",
    "independent",
    "integer_interval",
    "interval",
    "is_dependent",
    "less_than",
    "lower_cholesky",
    "lower_triangular",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "positive_integer",
    "positive_semidefinite",
    "real",
    "real_vector",
    "simplex",
    "square",
    "stack",
    "symmetric",
    "unit_interval",
]


class Constraint:
    """A region of values: whether it is discrete, and how many dimensions one value has."""

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Any) -> Any:
        """Return for each value of a batch whether it lies inside.

        Raises:
            NotImplementedError: The constraint does not say.
        """
        raise NotImplementedError(f"{type(self).__name__} has no check")

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__.lstrip('_')}({bounds})"


class _Dependent(Constraint):
    """A region that only the other parameters of a distribution determine."""

    def __init__(self, *, is_discrete: Any = None, event_dim: Any = None) -> None:
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    @property
    def is_discrete(self) -> Any:
        """Whether the region is discrete."""
        return self._known("is_discrete", self._is_discrete)

    @property
    def event_dim(self) -> Any:
        """The number of dimensions of one value."""
        return self._known("event_dim", self._event_dim)

    @staticmethod
    def _known(name: str, value: Any) -> Any:
        if value is None:
            raise NotImplementedError(f".{name} cannot be determined statically")
        return value

    def __call__(self, *, is_discrete: Any = None, event_dim: Any = None) -> _Dependent:
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is None else is_discrete,
            event_dim=self._event_dim if event_dim is None else event_dim,
        )

    def check(self, value: Any) -> Any:
        """Raise: the region is not known.

        Raises:
            ValueError: Always: the region is not known without the parameters.
        """
        raise ValueError("Cannot determine validity of dependent constraint")

    def __repr__(self) -> str:
        return f"{type(self).__name__.lstrip('_')}()"


class dependent_property(property, _Dependent):
    """A property of a distribution that returns a constraint: `@dependent_property(is_discrete=..., event_dim=...)`."""

    def __init__(self, fn: Callable[..., Any] | None = None, *, is_discrete: Any = None, event_dim: Any = None) -> None:
        property.__init__(self, fn)
        _Dependent.__init__(self, is_discrete=is_discrete, event_dim=event_dim)

    def __call__(self, fn: Callable[..., Any]) -> dependent_property:  # type: ignore[override]
        """Return the property of a function, where the options came first."""
        return dependent_property(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


def is_dependent(constraint: Any) -> bool:
    """Return whether a constraint depends on parameters that it does not know."""
    return isinstance(constraint, _Dependent)


class _IndependentConstraint(Constraint):
    """A constraint whose last batch dimensions belong to one value, which is inside where all of them are."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> Any:
        """Whether the region is discrete."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> Any:
        """The number of dimensions of one value."""
        return self.base_constraint.event_dim + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        """Return for each value whether all of it lies inside.

        Raises:
            ValueError: A value has too few dimensions.
        """
        result = self.base_constraint.check(value)
        kept = result.ndim - self.reinterpreted_batch_ndims
        if kept < 0:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return result.flatten(kept).all(-1) if self.reinterpreted_batch_ndims else result

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """The region of a mixture's components, checked for values that have no dimension for the components."""

    def __init__(self, base_constraint: Constraint) -> None:
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> Any:
        """Whether the region is discrete."""
        return self.base_constraint.is_discrete

    @property
    def event_dim(self) -> Any:
        """The number of dimensions of one value."""
        return self.base_constraint.event_dim

    def check(self, value: Any) -> Any:
        """Return for each value whether it lies inside for all components.

        Raises:
            ValueError: A value has too few dimensions.
        """
        kept = value.ndim - self.event_dim
        if kept < 0:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return self.base_constraint.check(value.unsqueeze(-1 - self.event_dim)).flatten(kept).all(-1)

    def __repr__(self) -> str:
        return f"MixtureSameFamilyConstraint({self.base_constraint!r})"


class _Joined(Constraint):
    """Several regions along a dimension."""

    def __init__(self, cseq: Sequence[Constraint], dim: int) -> None:
        if not all(isinstance(each, Constraint) for each in cseq):
            raise AssertionError(f"{type(self).__name__.lstrip('_')} expected constraints, got {cseq!r}")
        self.cseq = list(cseq)
        self.dim = dim

    @property
    def is_discrete(self) -> Any:
        """Whether a region is discrete."""
        return any(each.is_discrete for each in self.cseq)


class _Cat(_Joined):
    """The tensors whose slices along a dimension lie in regions, one by one."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        super().__init__(cseq, dim)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise AssertionError(f"cat expected {len(self.cseq)} lengths, got {len(self.lengths)}")

    @property
    def event_dim(self) -> Any:
        """The number of dimensions of one value: the most that a region has."""
        return max(each.event_dim for each in self.cseq)

    def check(self, value: Any) -> Any:
        """Return where the slices lie in their regions.

        Raises:
            AssertionError: The tensor has no such dimension.
        """
        _check_dimension("cat", value, self.dim)
        checks = []
        start = 0
        for each, length in zip(self.cseq, self.lengths, strict=True):
            checks.append(each.check(value.narrow(self.dim, start, length)))
            start += length
        return joining.cat(checks, self.dim)


class _Stack(_Joined):
    """The tensors whose parts at each index of a dimension lie in regions, one by one."""

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        super().__init__(cseq, dim)

    @property
    def event_dim(self) -> Any:
        """The number of dimensions of one value: the most that a region has, and one for the index in front of it."""
        most = max(each.event_dim for each in self.cseq)
        return most + 1 if self.dim + most < 0 else most

    def check(self, value: Any) -> Any:
        """Return where the parts lie in their regions.

        Raises:
            AssertionError: The tensor has no such dimension.
        """
        _check_dimension("stack", value, self.dim)
        parts = zip(self.cseq, value.unbind(self.dim), strict=True)
        return joining.stack([each.check(part) for each, part in parts], self.dim)


def _check_dimension(name: str, value: Any, dim: int) -> None:
    if not -value.ndim <= dim < value.ndim:
        raise AssertionError(f"{name} expected a tensor with dimension {dim}, got {value.ndim} dimensions")


class _Region(Constraint):
    """A region that is given by a function."""

    def __init__(self, name: str, inside: Callable[[Any], Any], event_dim: int = 0, is_discrete: bool = False) -> None:
        self._name = name
        self._inside = inside
        self.event_dim = event_dim
        self.is_discrete = is_discrete

    def check(self, value: Any) -> Any:
        """Return for each value whether it lies inside."""
        return self._inside(value)

    def __repr__(self) -> str:
        return f"{self._name}()"


class _GreaterThan(Constraint):
    """The numbers above a bound."""

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Any) -> Any:
        """Return where values are above the bound."""
        return value > self.lower_bound


class _GreaterThanEq(_GreaterThan):
    """The numbers from a bound on."""

    def check(self, value: Any) -> Any:
        """Return where values are at the bound or above."""
        return value >= self.lower_bound


class _IntegerGreaterThan(_GreaterThan):
    """The whole numbers from a bound on."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        """Return where values are whole, and at the bound or above."""
        return _whole(value, value >= self.lower_bound)


class _LessThan(Constraint):
    """The numbers below a bound."""

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        """Return where values are below the bound."""
        return value < self.upper_bound


class _Interval(Constraint):
    """The numbers between two bounds, with both of them."""

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        """Return where values are between the bounds."""
        return (value >= self.lower_bound) & (value <= self.upper_bound)


class _HalfOpenInterval(_Interval):
    """The numbers between two bounds, without the upper one."""

    def check(self, value: Any) -> Any:
        """Return where values are between the bounds."""
        return (value >= self.lower_bound) & (value < self.upper_bound)


class _IntegerInterval(_Interval):
    """The whole numbers between two bounds, with both of them."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        """Return where values are whole and between the bounds."""
        return _whole(value, super().check(value))


class _Multinomial(_LessThan):
    """Vectors of counts that add up to at most a number."""

    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        """Return which vectors hold no negative count and add up to few enough."""
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


def _whole(value: Any, inside: Any) -> Any:
    """Return where values are whole and inside."""
    return (value % 1 == 0) & inside if value.dtype.is_floating_point else inside


def _all_of(inside: Any) -> Any:
    return inside.flatten(-2).all(-1)


def _is_lower(value: Any) -> Any:
    return _all_of(value.tril() == value)


def _square(value: Any) -> bool:
    return value.ndim >= 2 and value.shape[-2] == value.shape[-1]


def _is_square(value: Any) -> Tensor:
    return full(value.shape[:-2], _square(value), dtype=dtypes.bool_, device=value.device)


def _is_symmetric(value: Any) -> Any:
    return _all_of(isclose(value, value.mT, atol=1e-6)) if _square(value) else _is_square(value)


def _is_of_correlations(x: Any) -> Any:
    """Return whether matrices are lower Cholesky factors with rows of length 1, up to rounding."""
    rounding = 10 * x.shape[-1] * finfo(x.dtype).eps
    ones = ((x.norm(dim=-1) - 1).abs() <= rounding).all(-1)
    return _is_lower(x) & (x.diagonal(0, -2, -1) > 0).all(-1) & ones


def _is_semidefinite(value: Any) -> Any:
    found = _is_symmetric(value)
    return found & (decompositions.eigvalsh(value) >= 0).all(-1) if _square(value) else found


def _is_definite(value: Any) -> Any:
    found = _is_symmetric(value)
    return found & (decompositions.eigvalsh(value) > 0).all(-1) if _square(value) else found


dependent = _Dependent()
independent = _IndependentConstraint
cat = _Cat
stack = _Stack
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
interval = _Interval
half_open_interval = _HalfOpenInterval
integer_interval = _IntegerInterval
multinomial = _Multinomial
real = _Region("Real", lambda x: x == x)  # no nan
real_vector = independent(real, 1)
positive = greater_than(0.0)
nonnegative = greater_than_eq(0.0)
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
unit_interval = interval(0.0, 1.0)
boolean = _Region("Boolean", lambda x: (x == 0) | (x == 1), is_discrete=True)
one_hot = _Region("OneHot", lambda x: boolean.check(x).all(-1) & (x.sum(-1) == 1), 1, is_discrete=True)
simplex = _Region("Simplex", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6), 1)
square = _Region("Square", _is_square, 2)
symmetric = _Region("Symmetric", _is_symmetric, 2)
lower_triangular = _Region("LowerTriangular", _is_lower, 2)
lower_cholesky = _Region("LowerCholesky", lambda x: _is_lower(x) & (x.diagonal(0, -2, -1) > 0).all(-1), 2)
corr_cholesky = _Region("CorrCholesky", _is_of_correlations, 2)
positive_semidefinite = _Region("PositiveSemidefinite", _is_semidefinite, 2)
positive_definite = _Region("PositiveDefinite", _is_definite, 2)
