"""The transforms from unconstrained numbers to a constraint: `transform_to(constraints.positive)(x)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.distributions import constraints, transforms
from mocrograd.distributions.utils import is_number

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """A table of functions that make a transform for a constraint, by the kind of the constraint."""

    def __init__(self) -> None:
        self._registry: dict[Any, Callable[[Any], Any]] = {}

    @staticmethod
    def _kind(constraint: Any) -> Any:
        """Return what a constraint is found by: its type, or itself where one type serves several regions."""
        return constraint if isinstance(constraint, constraints._Region) else type(constraint)

    def register(self, constraint: Any, factory: Callable[[Any], Any] | None = None) -> Any:
        """Register a function that makes the transform, or return a decorator for it.

        Args:
            constraint: A constraint, or a subclass of Constraint.
            factory: Takes the constraint, returns the transform.

        Raises:
            TypeError: The first is no constraint.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        if isinstance(constraint, constraints.Constraint):
            constraint = self._kind(constraint)
        elif not (isinstance(constraint, type) and issubclass(constraint, constraints.Constraint)):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[constraint] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """Return the transform to a region.

        Raises:
            NotImplementedError: There is none.
        """
        factory = self._registry.get(self._kind(constraint))
        if factory is None:
            raise NotImplementedError(f"Cannot transform {constraint!r} constraints")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _for_both(*kinds: Any) -> Callable[[Any], Any]:
    def decorate(factory: Any) -> Any:
        for kind in kinds:
            biject_to.register(kind, factory)
            transform_to.register(kind, factory)
        return factory

    return decorate


@_for_both(constraints.real)
def _real(constraint: Any) -> Any:
    return transforms.identity_transform


@_for_both(constraints.greater_than, constraints.greater_than_eq)
def _greater(constraint: Any) -> Any:
    exp = transforms.ExpTransform()
    if is_number(constraint.lower_bound) and constraint.lower_bound == 0:
        return exp
    return transforms.ComposeTransform([exp, transforms.AffineTransform(constraint.lower_bound, 1)])


@_for_both(constraints.less_than)
def _less(constraint: Any) -> Any:
    return transforms.ComposeTransform(
        [transforms.ExpTransform(), transforms.AffineTransform(constraint.upper_bound, -1)]
    )


@_for_both(constraints.interval, constraints.half_open_interval)
def _interval(constraint: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    if is_number(low) and is_number(high) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    return transforms.ComposeTransform([transforms.SigmoidTransform(), transforms.AffineTransform(low, high - low)])


@biject_to.register(constraints.independent)
def _bijection_of_elements(constraint: Any) -> Any:
    base = biject_to(constraint.base_constraint)
    return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)


@transform_to.register(constraints.independent)
def _of_elements(constraint: Any) -> Any:
    base = transform_to(constraint.base_constraint)
    return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)


biject_to.register(constraints.simplex, lambda constraint: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda constraint: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda constraint: transforms.LowerCholeskyTransform())
transform_to.register(constraints.positive_definite, lambda constraint: transforms.PositiveDefiniteTransform())
transform_to.register(constraints.positive_semidefinite, lambda constraint: transforms.PositiveDefiniteTransform())


@_for_both(constraints.corr_cholesky)
def _corr_cholesky(constraint: Any) -> Any:
    return transforms.CorrCholeskyTransform()


def _joined(registry: ConstraintRegistry) -> None:
    """Register the transforms of several regions, which a registry has for each of them."""

    def slices(constraint: Any) -> Any:
        return transforms.CatTransform([registry(each) for each in constraint.cseq], constraint.dim, constraint.lengths)

    def indices(constraint: Any) -> Any:
        return transforms.StackTransform([registry(each) for each in constraint.cseq], constraint.dim)

    registry.register(constraints.cat, slices)
    registry.register(constraints.stack, indices)


_joined(biject_to)
_joined(transform_to)
