"""Graphs of values as arrays of numbers, which a kernel differentiates (mojo_kernels/scalar.mojo)."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from mocrograd.backend import call, device
from mocrograd.scalar.engine import Value

__all__ = ["Step"]

_RAISED = 3
_OPERATIONS: tuple[Callable[[Value, Value], Value], ...] = (
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a.relu(),
    lambda a, b: a**b.data,
    lambda a, b: a**b,
    lambda a, b: a.exp(),
    lambda a, b: a.log(),
    lambda a, b: a.tanh(),
    lambda a, b: a.sigmoid(),
)
"""The operations by their numbers in the kernel."""


def _identity(value: Value) -> tuple[str, Any]:
    """Return what tells operations apart: the name, without an exponent, and the code of the local derivative."""
    op = "raised" if value._op.startswith("**") and len(value._prev) == 1 else value._op
    return op, getattr(value._backward, "__code__", None)


_NUMBERS = {_identity(operation(Value(1.0), Value(1.0))): number for number, operation in enumerate(_OPERATIONS)}
_NOTHING = _identity(Value(1.0))[1]


class Step:
    """A compiled graph: each call computes the result and its gradients anew from the leaves, as they are now.

    Args:
        loss: The result.

    Attributes:
        loss: The result.
        leaves: The values that the graph begins with: parameters, inputs and constants.

    Raises:
        ValueError: A value was made by an operation that is none of `Value`.
    """

    def __init__(self, loss: Value) -> None:
        order = loss.order()
        self.loss = loss
        self.leaves = [value for value in order if not value._prev]
        self._inner = [value for value in order if value._prev]
        at = {id(value): i for i, value in enumerate([*self.leaves, *self._inner])}
        self._nodes = array("i")
        exponents = array("d")
        for value in order:
            op, derivative = _identity(value)
            if not value._prev and derivative is _NOTHING:
                continue
            number = _NUMBERS.get((op, derivative))
            if number is None:
                raise ValueError(f"scalar.compile(): {op!r} is no operation of Value")
            b = at[id(value._prev[-1])]
            if number == _RAISED:
                b = len(at) + len(exponents)
                exponents.append(float(value._op[2:]))
            self._nodes.extend((number, at[id(value._prev[0])], b))
        self._values = _zeros(len(at)) + exponents
        self._grads = _zeros(len(at))
        self._fault = array("q", [-1])

    def __call__(self) -> float:
        """Compute the result from the data of the leaves, and add to their `grad` as `backward` does.

        The `data` and `grad` of the result are set; `refresh` sets those of the values in between.

        Returns:
            The result.

        Raises:
            ArithmeticError: The operations raise it for these numbers, as the division by 0 does; no value has changed.
            ValueError: The same, for the logarithm of a number that is not positive.
            TypeError: The same, for a root of a negative number; or `data` of a leaf is no number.
        """
        leaves, count = len(self.leaves), len(self._inner)
        self._values[:leaves] = array("d", [leaf.data for leaf in self.leaves])
        self._grads = array("d", [leaf.grad for leaf in self.leaves]) + _zeros(count)
        self._grads[-1] = 1.0
        cpu, kept = device("cpu"), (self._values, self._grads, self._nodes, self._fault)
        values, grads, nodes, fault = (numbers.buffer_info()[0] for numbers in kept)
        call(cpu.table["scalar.forward.float64"], 4 * count, values, fault, nodes, leaves, count, cpu.context)
        self._raise_as_python()
        call(cpu.table["scalar.backward.float64"], 4 * count, grads, fault, values, nodes, leaves, count, cpu.context)
        self._raise_as_python()
        for leaf, grad in zip(self.leaves, self._grads):
            leaf.grad = grad
        self.loss.data, self.loss.grad = self._values[leaves + count - 1], 1.0
        return self.loss.data

    def refresh(self) -> None:
        """Write `data` and `grad` of each value between the leaves and the result, as of the last call."""
        leaves = len(self.leaves)
        for value, data, grad in zip(self._inner, self._values[leaves:], self._grads[leaves:]):
            value.data, value.grad = data, grad

    def _raise_as_python(self) -> None:
        """Do again in Python the operation that the kernel could not do."""
        [fault] = self._fault
        if fault >= 0:
            number, a, b = self._nodes[3 * fault : 3 * fault + 3]
            _OPERATIONS[number](Value(self._values[a]), Value(self._values[b])).backward()


def _zeros(count: int) -> array[float]:
    return array("d", bytes(8 * count))
