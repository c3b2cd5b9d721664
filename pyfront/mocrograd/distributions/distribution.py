"""What every distribution has: shapes, validation, sampling and the statistics that subclasses fill in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

from mocrograd.autograd import no_grad
from mocrograd.backend import recording
from mocrograd.distributions import constraints
from mocrograd.distributions.checks import require
from mocrograd.distributions.utils import lazy_property
from mocrograd.layout import Size
from mocrograd.tensor import Tensor

__all__ = ["Distribution"]


class Distribution:
    """A probability distribution, or a batch of them.

    A sample has the shape sample_shape + batch_shape + event_shape: how many were drawn, the independent distributions
    of the batch with their own parameters each, and one draw of one of them. `log_prob` has a number per draw.

    Args:
        batch_shape: The shape of the batch.
        event_shape: The shape of one draw.
        validate_args: Whether parameters and values are checked; None stands for the default, which is True. A check
            reads results on the host, so functions that shall compile to one plan want False.

    Example:
        >>> import mocrograd as mg
        >>> p = mg.distributions.Normal(mg.zeros(3), 1.0)
        >>> p.batch_shape, p.event_shape, p.sample((5,)).shape
        (mocrograd.Size([3]), mocrograd.Size([]), mocrograd.Size([5, 3]))
    """

    has_rsample: Any = False
    has_enumerate_support = False
    _validate_args = True
    _event_shape: Size
    _batch_shape: Size

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check parameters and values where they are not told.

        Raises:
            ValueError: The value is no bool.
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args expected True or False, got {value!r}")
        Distribution._validate_args = value
        recording.switches["validate_args"] = int(value)

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()

    def _check_parameters(self) -> None:
        try:
            arg_constraints = self.arg_constraints
        except NotImplementedError:
            arg_constraints = {}
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or initialize "
                "the distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
        for name, constraint in arg_constraints.items():
            computed = name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property)
            if computed or constraints.is_dependent(constraint):
                continue
            require(constraint.check(getattr(self, name)), self, None, partial(_of_parameter, name))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """Return the distribution with its batch expanded to a shape, which copies no parameters.

        Args:
            batch_shape: The new shape.
            _instance: The instance to fill, of subclasses that call their parent's.

        Raises:
            NotImplementedError: The subclass has no `expand`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement expand")

    @property
    def batch_shape(self) -> Size:
        """The shape of the batch."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw."""
        return self._event_shape

    @property
    def arg_constraints(self) -> Any:
        """The constraint of each parameter, by its name."""
        raise NotImplementedError(f"{type(self).__name__} does not define arg_constraints")

    @property
    def support(self) -> Any:
        """The constraint that draws satisfy."""
        raise NotImplementedError(f"{type(self).__name__} does not define support")

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} does not implement mean")

    @property
    def mode(self) -> Any:
        """The most probable value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} does not implement variance")

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Return draws, which have no gradient.

        Args:
            sample_shape: How many, as a shape.
        """
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Return draws that are differentiable functions of the parameters.

        Args:
            sample_shape: How many, as a shape.

        Raises:
            NotImplementedError: The distribution has no such draws (`has_rsample` is False).
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement rsample: its draws have no gradient")

    def sample_n(self, n: int) -> Any:
        """Return n draws, under the name that `sample((n,))` had."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", category=FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """Return the logarithm of the density, or of the probability, of values."""
        raise NotImplementedError(f"{type(self).__name__} does not implement log_prob")

    def cdf(self, value: Any) -> Any:
        """Return the probability of draws up to values."""
        raise NotImplementedError(f"{type(self).__name__} does not implement cdf")

    def icdf(self, value: Any) -> Any:
        """Return the values up to which draws have given probabilities."""
        raise NotImplementedError(f"{type(self).__name__} does not implement icdf")

    def enumerate_support(self, expand: bool = True) -> Any:
        """Return all values that a draw may have, along a new first dimension.

        Args:
            expand: Whether the batch is expanded, instead of having size 1 in each dimension.

        Raises:
            NotImplementedError: They are too many.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement enumerate_support")

    def entropy(self) -> Any:
        """Return the entropy of each distribution of the batch, in nats."""
        raise NotImplementedError(f"{type(self).__name__} does not implement entropy")

    def perplexity(self) -> Any:
        """Return the exponential of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Any) -> None:
        """Check values.

        Raises:
            ValueError: They are no tensor, do not broadcast to the distribution's shape, or lie outside the support.
        """
        if not isinstance(value, Tensor):
            raise ValueError(f"The value argument to log_prob must be a Tensor, got {type(value).__name__}")
        shape, wanted = tuple(value.shape), (*self._batch_shape, *self._event_shape)
        if shape[max(0, len(shape) - len(self._event_shape)) :] != tuple(self._event_shape):
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {self._event_shape}.")
        if any(i != 1 and j != 1 and i != j for i, j in zip(reversed(shape), reversed(wanted))):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {wanted}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        require(support.check(value), self, value, _of_value)

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        """Return the instance that `expand` of a class fills.

        Raises:
            NotImplementedError: A subclass has a constructor of its own, but no `expand`.
        """
        if _instance is None and type(self).__init__ is not cls.__init__:
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method must also "
                "define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    def _expanded(self, cls: Any, batch_shape: Any, _instance: Any) -> Any:
        """Return an instance whose parameters, the names of `arg_constraints`, are expanded to a batch."""
        new = self._get_checked_instance(cls, _instance)
        for name, constraint in self.arg_constraints.items():
            value = self.__dict__.get(name)
            if value is not None:
                setattr(new, name, value.expand(*batch_shape, *value.shape[value.ndim - constraint.event_dim :]))
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def __repr__(self) -> str:
        values = [(name, self.__dict__[name]) for name in self.arg_constraints if name in self.__dict__]
        shown = [f"{name}: {x.item() if x.ndim == 0 else x if x.numel() == 1 else x.shape}" for name, x in values]
        return f"{type(self).__name__}({', '.join(shown)})"


def _of_parameter(name: str, distribution: Any, value: Any) -> str:
    """Return what is wrong with a distribution, a parameter of which does not satisfy its constraint."""
    value = getattr(distribution, name)
    return (
        f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of distribution "
        f"{distribution!r} to satisfy the constraint {distribution.arg_constraints[name]!r}, "
        f"but found invalid values:\n{value}"
    )


def _of_value(distribution: Any, value: Any) -> str:
    """Return what is wrong with a value outside of a distribution's support."""
    return (
        f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be within the support "
        f"({distribution.support!r}) of the distribution {distribution!r}, but found invalid values:\n{value}"
    )
