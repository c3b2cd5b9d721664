"""Batching rules: how an operation is done for all samples at once.

A rule gets a `Job`, whose arguments are values with the samples along their first dimension, and returns the result
with the samples along its first. `RULES` names them by the class of a Function, or by the name under which an operation
that is none asks; `IN_PLACE` those of changes in place. A file holds the rules of a family.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from mocrograd.func.batched import Job
from mocrograd.func.rules import (
    attention,
    convolutions,
    indexing,
    losses,
    normalization,
    pointwise,
    products,
    reductions,
    rows,
    views,
)

Rule = Callable[[Job], Any]

RULES: dict[Any, Rule] = {}
IN_PLACE: dict[Any, Callable[..., None]] = {}
COMPOSED: dict[Any, Callable[..., Any]] = {}
"""What an operation is in others, where its rule returns NotImplemented."""
for _family in (attention, convolutions, indexing, losses, normalization, pointwise, products, reductions, rows, views):
    RULES |= _family.RULES
    IN_PLACE |= getattr(_family, "IN_PLACE", {})
    COMPOSED |= getattr(_family, "COMPOSED", {})


def _nearest(table: dict[Any, Any], key: Any) -> Any:
    """Return what a table has for a class or the nearest class it derives from."""
    return (
        next((table[kind] for kind in key.__mro__ if kind in table), None) if isinstance(key, type) else table.get(key)
    )


@cache
def rule_of(key: Any) -> Rule | None:
    """Return the rule of an operation, None where there is none."""
    return _nearest(RULES, key)


def composed_of(key: Any) -> Callable[..., Any] | None:
    """Return the function that computes an operation by others, None where there is none."""
    return _nearest(COMPOSED, key)


def in_place_of(function: Any) -> Callable[..., None] | None:
    """Return the rule of a change in place, None where there is none."""
    return _nearest(IN_PLACE, function)
