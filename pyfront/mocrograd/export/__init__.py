"""Models that leave Python: `native` makes a C library of one, `max_graph` a graph of MAX."""

from typing import Any

from mocrograd.export.library import native

__all__ = ["max_graph", "native"]


def __getattr__(name: str) -> Any:
    """Import `max_graph` at its first use, as it needs MAX and onnx."""
    if name == "max_graph":
        from mocrograd.export.graph_of_max import max_graph

        return max_graph
    raise AttributeError(f"module 'mocrograd.export' has no attribute {name!r}")
