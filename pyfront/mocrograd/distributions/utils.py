"""What distributions share: broadcasting of parameters, probabilities and logits, lazy properties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import enable_grad
from mocrograd.nn import functional as F
from mocrograd.ops.creation import tensor
from mocrograd.ops.joining import broadcast_tensors
from mocrograd.ops.properties import finfo
from mocrograd.ops.random import rand
from mocrograd.tensor import Tensor

__all__ = ["broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits"]


def is_number(value: Any) -> bool:
    """Return whether a value is a Python number."""
    return isinstance(value, int | float)


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Return tensors and numbers as tensors of one shape.

    Numbers take dtype and device of the first tensor; without one they become tensors of the default dtype.

    Raises:
        ValueError: A value is neither a tensor nor a number.
    """
    first = None
    for value in values:
        if isinstance(value, Tensor):
            first = first if first is not None else value
        elif not is_number(value):
            raise ValueError(
                f"Input arguments must all be instances of Number or Tensor, expected one, got {type(value).__name__}"
            )
    options: Any = {"dtype": dtypes.get_default_dtype()}
    if first is not None:
        options = {"dtype": first.dtype, "device": first.device}
    tensors = [value if isinstance(value, Tensor) else tensor(value, **options) for value in values]
    same = all(x.shape == tensors[0].shape for x in tensors)
    return tuple(tensors) if same else tuple(broadcast_tensors(*tensors))


def sum_rightmost(value: Any, dim: int) -> Any:
    """Return the sum over the last `dim` dimensions."""
    return value.sum(tuple(range(-dim, 0))) if dim else value


def clamp_probs(probs: Any) -> Any:
    """Return probabilities kept away from 0 and 1 by the resolution of the dtype."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Return the probabilities of log-odds, or with `is_binary=False` of unnormalised log-probabilities."""
    return logits.sigmoid() if is_binary else F.softmax(logits, -1)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Return the log-odds of probabilities, or with `is_binary=False` their logarithms; both finite."""
    inside = clamp_probs(probs)
    return inside.log() - (-inside).log1p() if is_binary else inside.log()


class lazy_property:
    """A property computed when it is first read, and kept as an attribute from then on."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():  # it may be read first by a sample, and later by a loss
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class Binary:
    """The parameter of a binary variable: `probs` or `logits`, each computed from the other when it is read."""

    _param: Any

    def _set_probs_or_logits(self, probs: Any, logits: Any) -> Any:
        """Keep which of both is given, and return it."""
        name, given = one_of(probs, logits)
        (self._param,) = broadcast_all(given)
        setattr(self, name, self._param)
        return self._param

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape


def one_of(probs: Any, logits: Any) -> tuple[str, Any]:
    """Return the name and the value of the parameter that is given.

    Raises:
        ValueError: Both are given, or none.
    """
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")
    return ("logits", logits) if probs is None else ("probs", probs)


def open_uniform(shape: Any, like: Any) -> Any:
    """Return numbers uniform in (0, 1), of the dtype and device of a tensor, as far from both ends."""
    uniform: Any = rand(shape, dtype=like.dtype, device=like.device)
    return uniform.clamp(min=finfo(like.dtype).eps / 2)
