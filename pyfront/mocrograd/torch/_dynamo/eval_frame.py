"""What torch's compiler makes of modules."""

from __future__ import annotations

from mocrograd.compiler import OptimizedModule as OptimizedModule


def is_dynamo_supported() -> bool:
    """Return whether functions can be compiled."""
    return True
