"""Checks of options that functions and layers share."""

from __future__ import annotations

from typing import Any


def refuse(name: str, **options: Any) -> None:
    """Raise for options of torch that are spelled here but not supported.

    Args:
        name: The function or layer that is called.
        options: Option to value; None and False mean that it is not set.

    Raises:
        NotImplementedError: An option is set.
    """
    for option, value in options.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"{name}: {option}={value!r} is not supported")


def check_probability(p: float) -> None:
    """Raise ValueError unless p is in [0, 1]."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
