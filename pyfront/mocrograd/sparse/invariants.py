"""Whether new sparse tensors are held to all that torch's checks ask for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

_enabled = [False]


class check_sparse_tensor_invariants:
    """Whether entries of compressed tensors must be in order: a context, a decorator, and two functions.

    All that keeps indices inside of their tensors, and positions apart, is checked always.

    Args:
        enable: Whether the order is checked inside of the context.

    Example:
        >>> import mocrograd as mg
        >>> with mg.sparse.check_sparse_tensor_invariants():
        ...     mg.sparse.check_sparse_tensor_invariants.is_enabled()
        True
        >>> mg.sparse.check_sparse_tensor_invariants.is_enabled()
        False
    """

    def __init__(self, enable: bool = True) -> None:
        self._wanted = enable
        self._before: bool | None = None

    @staticmethod
    def is_enabled() -> bool:
        """Return whether the order is checked."""
        return _enabled[0]

    @staticmethod
    def enable() -> None:
        """Check the order from now on."""
        _enabled[0] = True

    @staticmethod
    def disable() -> None:
        """Check it no more."""
        _enabled[0] = False

    def __enter__(self) -> check_sparse_tensor_invariants:
        """Begin the context.

        Raises:
            RuntimeError: It has begun already.
        """
        if self._before is not None:
            raise RuntimeError(
                "This context manager instance is already activated. Use a different context manager instance for "
                "context nesting."
            )
        self._before, _enabled[0] = _enabled[0], self._wanted
        return self

    def __exit__(self, *raised: object) -> None:
        """End the context."""
        _enabled[0], self._before = bool(self._before), None

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that runs in such a context."""

        @wraps(function)
        def inside(*args: Any, **options: Any) -> Any:
            with type(self)(self._wanted):
                return function(*args, **options)

        return inside
