"""Automatic differentiation of single numbers, after micrograd: small enough to read in one sitting.

`Value` (engine.py) is a number that remembers how it was computed; `Neuron`, `Layer` and `MLP` (nn.py) are networks of
them; `draw_dot` (draw.py) shows a graph.
"""

from mocrograd.scalar.draw import draw_dot, draw_text, trace
from mocrograd.scalar.engine import Value
from mocrograd.scalar.nn import MLP, Layer, Module, Neuron

__all__ = ["MLP", "Layer", "Module", "Neuron", "Value", "draw_dot", "draw_text", "trace"]
