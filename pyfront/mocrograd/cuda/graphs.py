"""Recorded calls of a GPU, which `mocrograd.compile` has no counterpart of."""

from __future__ import annotations

from typing import Any

_WHY = "calls of a GPU are not recorded"


class CUDAGraph:
    """A recording of calls of a GPU; there are none.

    Raises:
        RuntimeError: One is made.
    """

    def __init__(self, keep_graph: bool = False) -> None:
        raise RuntimeError(f"CUDAGraph: {_WHY}")


class graph:
    """A context that records calls of a GPU; there are none.

    Raises:
        RuntimeError: One is made.
    """

    def __init__(self, cuda_graph: CUDAGraph, pool: Any = None, stream: Any = None, **options: Any) -> None:
        raise RuntimeError(f"cuda.graph: {_WHY}")


def make_graphed_callables(callables: Any, sample_args: Any, **options: Any) -> Any:
    """Raise RuntimeError: calls of a GPU are not recorded."""
    raise RuntimeError(f"make_graphed_callables: {_WHY}; mocrograd.compile records calls of the CPU")


def is_current_stream_capturing() -> bool:
    """Return False: calls of a GPU are not recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.cuda.is_current_stream_capturing()
        False
    """
    return False
