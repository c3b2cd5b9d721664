"""`torch.compiler`: what programs say to the compiler. `torch.compile` is `mocrograd.compile`.

A compiled function is recorded while its Python code runs, so nothing in it needs a mark to be left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mocrograd.backend import recording
from mocrograd.compiler import compile as compile

_T = TypeVar("_T")


def is_compiling() -> bool:
    """Return whether a compiled function is being recorded."""
    return recording.active is not None


is_dynamo_compiling = is_compiling


def is_exporting() -> bool:
    """Return False: nothing is exported as torch does it."""
    return False


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Return a function or a module as it is, or a decorator that does.

    Args:
        fn: What to leave alone.
        recursive: Accepted.
        reason: Accepted.
    """
    return _unchanged if fn is None else fn


def _unchanged(fn: _T) -> _T:
    return fn


def allow_in_graph(fn: _T) -> _T:
    """Return a function, or a list of them, as it is.

    Raises:
        AssertionError: It is no function.
    """
    if not isinstance(fn, (list, tuple)):
        assert callable(fn), "allow_in_graph expects a callable"
    return fn


def assume_constant_result(fn: _T) -> _T:
    """Return a function as it is: recorded plans take what Python computed as given."""
    return fn


def nested_compile_region(fn: Any = None) -> Any:
    """Return a function as it is, or a decorator that does."""
    return disable(fn)


def substitute_in_graph(original_fn: Any, **options: Any) -> Callable[[_T], _T]:
    """Return a decorator that gives a function back as it is."""
    return _unchanged


def cudagraph_mark_step_begin() -> None:
    """Do nothing: no results live in a pool that a next step would write over."""


def set_stance(stance: str = "default", **options: Any) -> _Stance:
    """Do nothing: what cannot be replayed runs eagerly in any case."""
    return _Stance()


class _Stance:
    """A stance as a context or a decorator."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass

    def __call__(self, fn: _T) -> _T:
        return fn


def reset() -> None:
    """Do nothing: plans live with the functions they belong to."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """Return the names of the compilers: one."""
    return ["inductor"]
