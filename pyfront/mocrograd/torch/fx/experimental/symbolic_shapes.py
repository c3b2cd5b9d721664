"""Symbolic shapes, of which there are none here: every size is a number, and every question has an answer."""

from __future__ import annotations

from typing import Any


class GuardOnDataDependentSymNode(RuntimeError):
    """What torch raises where a size that is not known decides something; sizes are known here."""


def guard_or_false(a: Any) -> bool:
    """Return the truth of a condition on sizes."""
    return bool(a)


def guard_or_true(a: Any) -> bool:
    """Return the truth of a condition on sizes."""
    return bool(a)


def guard_size_oblivious(expr: Any) -> bool:
    """Return the truth of a condition on sizes."""
    return bool(expr)


def statically_known_true(x: Any) -> bool:
    """Return the truth of a condition on sizes."""
    return bool(x)


def is_concrete_int(a: Any) -> bool:
    """Return whether a size is a number, which it always is."""
    return isinstance(a, int)


def free_symbols(val: Any) -> set[Any]:
    """Return the unknown sizes in a value: none."""
    return set()


def free_unbacked_symbols(x: Any) -> set[Any]:
    """Return the unknown sizes in a value that nothing bounds: none."""
    return set()


def has_free_symbols(val: Any) -> bool:
    """Return False: sizes are numbers."""
    return False
