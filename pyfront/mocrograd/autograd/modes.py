"""Switches for recording operations: one state per thread, set by context managers that are decorators too."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar, overload

_F = TypeVar("_F", bound=Callable[..., Any])
_S = TypeVar("_S", bound="_Switch")


class _Mode(threading.local):
    grad = True
    anomaly = False
    partial: Any = None  # the backward pass under way, where it asks for some of the gradients alone (engine.py)
    autocast: Any = None  # what operations cast their operands to (amp/_regions.py)
    vmap: Any = None  # the innermost level of `func.vmap` whose function is running (func/batched.py)


mode = _Mode()


class _Switch:
    """A grad mode: a context manager, and a decorator."""

    _grad = False
    _options: tuple[bool, ...] = ()

    @overload
    def __new__(cls: type[_S], *args: bool, **options: bool) -> _S: ...
    @overload
    def __new__(cls, function: _F, /) -> _F: ...  # type: ignore[misc]
    def __new__(cls, *args: Any, **options: Any) -> Any:
        """Make a switch, or with a function as the argument (a decorator without parentheses) wrap it."""
        return cls()(args[0]) if args and callable(args[0]) else super().__new__(cls)

    def __init__(self) -> None:
        """Take no options."""

    def clone(self: _S) -> _S:
        """Return another switch of the same options."""
        return type(self)(*self._options)

    def __enter__(self) -> None:
        self._before = mode.grad
        mode.grad = self._grad

    def __exit__(self, *exception: object) -> None:
        mode.grad = self._before

    def __call__(self, function: _F) -> _F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with type(self)(*self._options):
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


class no_grad(_Switch):
    """Record nothing inside: results do not require gradients. Also a decorator.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, requires_grad=True)
        >>> with mg.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """


class enable_grad(_Switch):
    """Record again inside a `no_grad`. Also a decorator.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, requires_grad=True)
        >>> with mg.no_grad(), mg.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """

    _grad = True


class inference_mode(_Switch):
    """Record nothing inside, as `no_grad`. Also a decorator.

    Args:
        mode: False records, also inside of one that does not.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, requires_grad=True)
        >>> with mg.inference_mode():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    def __init__(self, mode: bool = True) -> None:
        self._options, self._grad = (mode,), not mode


class set_grad_enabled(_Switch):
    """Switch recording on or off, as a call or for the body of a `with`.

    Args:
        mode: Whether to record.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(1, requires_grad=True)
        >>> with mg.set_grad_enabled(False):
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    def __init__(self, mode: bool) -> None:
        self._options, self._grad = (mode,), mode
        self.__enter__()

    def __enter__(self) -> None:
        if not hasattr(self, "_before"):
            super().__enter__()

    def __call__(self, function: _F) -> _F:
        """Switch back, and return a function in which it is switched."""
        self.__exit__()
        return super().__call__(function)


def is_grad_enabled() -> bool:
    """Return whether operations are recorded in this thread.

    Example:
        >>> import mocrograd as mg
        >>> with mg.no_grad():
        ...     inside = mg.autograd.is_grad_enabled()
        >>> inside, mg.autograd.is_grad_enabled()
        (False, True)
    """
    return mode.grad
