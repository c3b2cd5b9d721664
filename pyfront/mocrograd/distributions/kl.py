"""Kullback-Leibler divergences: the registry of functions for pairs of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.distributions.distribution import Distribution

__all__ = ["kl_divergence", "register_kl"]

_registered: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}
_found: dict[tuple[type, type], Callable[[Any, Any], Any] | None] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Return a decorator that makes a function the divergence of two types and their subclasses.

    The function for the nearest types is taken, first of `p`, then of `q`.

    Args:
        type_p: The type of the first distribution.
        type_q: The type of the second one.

    Raises:
        TypeError: A type is no subclass of Distribution.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import Normal, kl_divergence, register_kl
        >>> class Fixed(Normal):
        ...     pass
        >>> @register_kl(Fixed, Fixed)
        ... def divergence(p, q):
        ...     return mg.zeros(p.batch_shape)
        >>> kl_divergence(Fixed(0.0, 1.0), Fixed(1.0, 1.0))
        tensor(0.)
    """
    for argument, given in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(given, type) and issubclass(given, Distribution)):
            raise TypeError(f"Expected {argument} to be a Distribution subclass but got {given}")

    def decorate(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        _registered[type_p, type_q] = function
        _found.clear()
        return function

    return decorate


def _nearest(type_p: type, type_q: type) -> Callable[[Any, Any], Any] | None:
    """Return the function of the nearest types that is registered."""
    for p in type_p.__mro__:
        for q in type_q.__mro__:
            if (p, q) in _registered:
                return _registered[p, q]
    return None


def kl_divergence(p: Any, q: Any) -> Any:
    """Return the Kullback-Leibler divergence KL(p || q) of distributions, batched.

    Args:
        p: The distribution over which the mean is taken.
        q: The distribution it is compared with.

    Raises:
        NotImplementedError: No function is registered for the types.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.distributions import Normal, Uniform, kl_divergence
        >>> kl_divergence(Normal(0.0, 1.0), Normal(mg.tensor([0.0, 1.0]), 1.0))
        tensor([0.0000, 0.5000])
        >>> kl_divergence(Uniform(0.0, 1.0), Normal(0.5, 1.0))
        tensor(0.9606)
    """
    types = type(p), type(q)
    if types not in _found:
        _found[types] = _nearest(*types)
    function = _found[types]
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {types[0].__name__} and q type {types[1].__name__}"
        )
    return function(p, q)
