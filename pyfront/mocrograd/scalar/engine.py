"""Automatic differentiation of single numbers, to be read from top to bottom.

A `Value` holds a number and remembers which values it was computed from. Together the values form a graph, whose edges
lead from each result to its operands. `backward` walks that graph from a result to the start and applies the chain
rule at each value: the gradient of an operand grows by the gradient of the result times the local derivative.

The class follows micrograd by Andrej Karpathy. Tensors do the same with whole arrays: mocrograd/autograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any


def _nothing() -> None:
    """Do what a value does in the backward pass that was computed from nothing."""


class Value:
    """A number that can be differentiated.

    Args:
        data: The number.
        _children: The values that it was computed from.
        _op: The operation that made it, for drawings.
        label: A name, for drawings.

    Attributes:
        data: The number.
        grad: The derivative of the value that `backward` was called on with respect to this one, summed over calls.

    Raises:
        TypeError: `data` is no number.

    Example:
        >>> from mocrograd.scalar import Value
        >>> a, b = Value(2.0), Value(-3.0)
        >>> c = (a * b + b**2).relu()
        >>> c.backward()
        >>> c.data, a.grad, b.grad
        (3.0, -3.0, -4.0)
    """

    __slots__ = ("_backward", "_op", "_prev", "data", "grad", "label")

    def __init__(self, data: float, _children: Iterable[Value] = (), _op: str = "", label: str = "") -> None:
        if not isinstance(data, (int, float)):
            raise TypeError(f"Value(): data must be a number, not {type(data).__name__}")
        self.data = data
        self.grad = 0.0
        self.label = label
        self._prev = tuple(_children)
        self._op = _op
        self._backward: Callable[[], None] = _nothing

    # ------------------------------------------------------------------------------- arithmetic

    def __add__(self, other: Value | float) -> Value:
        other = _value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def backward() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = backward
        return out

    def __mul__(self, other: Value | float) -> Value:
        other = _value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def backward() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = backward
        return out

    def __pow__(self, exponent: Value | float) -> Value:
        if isinstance(exponent, Value):
            return self._power_of_value(exponent)
        if not isinstance(exponent, (int, float)):
            return NotImplemented
        out = Value(self.data**exponent, (self,), f"**{exponent}")

        def backward() -> None:
            if exponent:  # the derivative of x**0 is 0, at 0 too
                self.grad += exponent * self.data ** (exponent - 1) * out.grad

        out._backward = backward
        return out

    def _power_of_value(self, exponent: Value) -> Value:
        """Compute self**exponent, whose derivative with respect to the exponent is self**exponent log(self)."""
        out = Value(self.data**exponent.data, (self, exponent), "**")

        def backward() -> None:
            if exponent.data:
                self.grad += exponent.data * self.data ** (exponent.data - 1) * out.grad
            if self.data or exponent.data < 0:  # 0**y is 0 for every positive y
                exponent.grad += out.data * math.log(self.data) * out.grad

        out._backward = backward
        return out

    # --------------------------------------------------------------------- functions of one value

    def _function(self, op: str, data: float, derivative: float) -> Value:
        """Make the result of a function of this value, given its derivative here."""
        out = Value(data, (self,), op)

        def backward() -> None:
            self.grad += derivative * out.grad

        out._backward = backward
        return out

    def exp(self) -> Value:
        """Return e to the power of this value."""
        y = math.exp(self.data)
        return self._function("exp", y, y)

    def log(self) -> Value:
        """Return the natural logarithm.

        Raises:
            ValueError: The value is not positive.
        """
        return self._function("log", math.log(self.data), 1 / self.data)

    def tanh(self) -> Value:
        """Return the hyperbolic tangent."""
        y = math.tanh(self.data)
        return self._function("tanh", y, 1 - y * y)

    def sigmoid(self) -> Value:
        """Return 1 / (1 + e^-x)."""
        small = math.exp(-abs(self.data))  # never overflows
        y = (1 if self.data >= 0 else small) / (1 + small)
        return self._function("sigmoid", y, y * (1 - y))

    def relu(self) -> Value:
        """Return the value where it is positive, else 0."""
        return self._function("ReLU", self.data if self.data > 0 else 0.0, 1.0 if self.data > 0 else 0.0)

    # ------------------------------------------------------------------------------ composed of these

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Value | float) -> Value:
        return self + -_value(other)

    def __truediv__(self, other: Value | float) -> Value:
        return self * _value(other) ** -1

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __rtruediv__(self, other: float) -> Value:
        return self**-1 * other

    def __rpow__(self, other: float) -> Value:
        return _value(other) ** self

    # ---------------------------------------------------------------------------- the backward pass

    def backward(self) -> None:
        """Add to the `grad` of every value that this one was computed from the derivative with respect to it."""
        self.grad = 1.0
        for value in reversed(self.order()):
            value._backward()

    def order(self) -> list[Value]:
        """Return this value and all that it was computed from, each behind its operands.

        A stack instead of recursion, so that graphs may be as deep as memory allows.
        """
        found: list[Value] = []
        seen = {id(self)}
        stack = [(self, iter(self._prev))]
        while stack:
            value, operands = stack[-1]
            for operand in operands:
                if id(operand) not in seen:
                    seen.add(id(operand))
                    stack.append((operand, iter(operand._prev)))
                    break
            else:
                found.append(value)
                stack.pop()
        return found

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def _value(x: Any) -> Value:
    """Return a value as it is, and a number as one.

    Raises:
        TypeError: It is neither.
    """
    return x if isinstance(x, Value) else Value(x)
