"""Automatic differentiation of single numbers, after micrograd: small enough to read in one sitting.

`Value` (engine.py) is a number that remembers how it was computed; `Neuron`, `Layer` and `MLP` (nn.py) are networks of
them; `draw_dot` (draw.py) shows a graph. `compile` makes a kernel do the work of a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocrograd.scalar.draw import draw_dot, draw_text, trace
from mocrograd.scalar.engine import Value
from mocrograd.scalar.nn import MLP, Layer, Module, Neuron

if TYPE_CHECKING:
    from mocrograd.scalar.compiled import Step

__all__ = ["MLP", "Layer", "Module", "Neuron", "Value", "compile", "draw_dot", "draw_text", "trace"]


def compile(loss: Value) -> Step:
    """Compile the graph of a result, so that one call of a kernel computes it and its gradients anew.

    Args:
        loss: The result, computed from other values. What Python decided on the way, such as by an `if`, stays as it
            was.

    Returns:
        A `Step`: each call reads the leaves' `data` and adds to their `grad`.

    Raises:
        TypeError: `loss` is no `Value`.
        ValueError: A value was made by an operation that is none of `Value`.

    Example:
        >>> from mocrograd import scalar
        >>> x = scalar.Value(3.0)
        >>> step = scalar.compile(x * x)
        >>> x.data = 5.0
        >>> step(), x.grad
        (25.0, 10.0)
    """
    from mocrograd.scalar.compiled import Step  # the rest of the package works without kernels

    if not isinstance(loss, Value):
        raise TypeError(f"scalar.compile() expects the Value of a result, not {type(loss).__name__}")
    return Step(loss)
