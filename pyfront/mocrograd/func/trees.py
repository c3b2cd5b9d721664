"""Tensors in nested tuples, lists and dictionaries: taken out in order, and put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_BRANCHES = (tuple, list, dict)


def leaves(tree: Any) -> list[Any]:
    """Return the leaves of a tree, in order; anything but a tuple, list or dict is a leaf."""
    if not isinstance(tree, _BRANCHES):
        return [tree]
    found: list[Any] = []
    for branch in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(branch, _BRANCHES):
            found += leaves(branch)
        else:
            found.append(branch)
    return found


def rebuilt(tree: Any, new: Sequence[Any]) -> Any:
    """Return a tree of the same form with other leaves."""
    return _rebuilt(tree, iter(new))


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """Return a tree of the same form with a function of each leaf."""
    return rebuilt(tree, [function(leaf) for leaf in leaves(tree)])


def spread(prefix: Any, tree: Any, name: str) -> list[Any]:
    """Return for each leaf of a tree the value of a tree of the same form, or of one that ends earlier.

    Raises:
        ValueError: Their forms differ.
    """
    if not isinstance(prefix, (tuple, list, dict)):
        return [prefix] * len(leaves(tree))
    if type(prefix) is not type(tree) or len(prefix) != len(tree):
        raise ValueError(f"{name} does not have the form of what it is for: {prefix!r}")
    pairs = [(prefix[k], tree[k]) for k in tree] if isinstance(tree, dict) else zip(prefix, tree)
    return [said for p, t in pairs for said in spread(p, t, name)]


def _rebuilt(tree: Any, new: Any) -> Any:
    if not isinstance(tree, _BRANCHES):
        return next(new)
    branches = tree.values() if isinstance(tree, dict) else tree
    made = [_rebuilt(branch, new) if isinstance(branch, _BRANCHES) else next(new) for branch in branches]
    if isinstance(tree, dict):
        return type(tree)(zip(tree, made))
    return type(tree)(*made) if hasattr(tree, "_fields") else type(tree)(made)
