"""What torch's compiler makes of modules."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import Module


class OptimizedModule(Module):
    """A compiled module in torch; `mocrograd.compile` returns other classes, so there are none."""

    _orig_mod: Module

    def __init__(self, *args: Any, **options: Any) -> None:
        raise NotImplementedError("OptimizedModule is not available: mocrograd.compile makes compiled modules")


def is_dynamo_supported() -> bool:
    """Return whether functions can be compiled."""
    return True
