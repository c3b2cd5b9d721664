"""Options that are one number per dimension."""

from __future__ import annotations

from typing import Any


def per_dimension(value: Any, ndim: int) -> tuple[Any, ...]:
    """Return an option as a tuple with an entry per dimension; a sequence stays what it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim
