"""Options that functions and layers share."""

from __future__ import annotations

from typing import Any


def check_probability(p: float) -> None:
    """Raise ValueError unless p is in [0, 1]."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def per_dimension(value: Any, ndim: int) -> tuple[Any, ...]:
    """Return an option as a tuple with an entry per dimension; a sequence stays what it is."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * ndim
