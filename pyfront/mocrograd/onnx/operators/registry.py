"""The operators that can be loaded, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Form = Callable[..., Any]
Build = Callable[[Any], Form]
"""Takes a `Node`, reads its attributes, and returns the function that runs it."""


@dataclass(frozen=True)
class Operator:
    """How an operator is loaded.

    Attributes:
        build: Returns the function of a node.
        numbers: Indices of the inputs that the function takes as arrays in host memory.
        raw: Whether it takes all values by name and the inputs as they are.
        scalars: Whether it takes single numbers of host memory as Python's.
    """

    build: Build
    numbers: tuple[int, ...] = ()
    raw: bool = False
    scalars: bool = False


OPERATORS: dict[str, Operator] = {}
HOST: dict[str, Build] = {}
"""What operators do with arrays in host memory alone, which sizes and axes are."""


def operator(
    *names: str, numbers: tuple[int, ...] = (), raw: bool = False, scalars: bool = False
) -> Callable[[Build], Build]:
    """Return a decorator that adds the function of operators."""

    def add(build: Build) -> Build:
        for name in names:
            OPERATORS[name] = Operator(build, numbers, raw, scalars)
        return build

    return add


def host(*names: str) -> Callable[[Build], Build]:
    """Return a decorator that adds what operators do in host memory."""

    def add(build: Build) -> Build:
        HOST.update(dict.fromkeys(names, build))
        return build

    return add


def plain(name: str, run: Form, host: Form | None = None, scalars: bool = False) -> None:
    """Add an operator without attributes, and what it does in host memory."""
    OPERATORS[name] = Operator(lambda node: run, scalars=scalars)
    if host is not None:
        HOST[name] = lambda node: host
