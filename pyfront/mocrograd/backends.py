"""The switches of torch's libraries, none of which is behind mocrograd: they may be set, and change nothing.

What scripts ask of them holds anyway: results are deterministic, and products of float32 are exact float32.
"""

from __future__ import annotations

from typing import Any


class _Library:
    """A library that is not there; its switches keep what is assigned to them."""

    def __init__(self, **switches: Any) -> None:
        vars(self).update(switches)

    def is_available(self) -> bool:
        """Return False."""
        return False

    def is_built(self) -> bool:
        """Return False."""
        return False


cudnn = _Library(enabled=False, benchmark=False, deterministic=True, allow_tf32=False)
cuda = _Library(matmul=_Library(allow_tf32=False))
mps = _Library()
mkldnn = _Library(enabled=False)
