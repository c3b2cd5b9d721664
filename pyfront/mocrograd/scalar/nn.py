"""Neurons, layers and networks of values, to be read after engine.py."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from mocrograd.scalar.engine import Value


class Module:
    """What has parameters.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.scalar import MLP
        >>> model = MLP(2, [4, 1])
        >>> model([1.0, 2.0]).backward()
        >>> model.zero_grad()
        >>> all(p.grad == 0 for p in model.parameters())
        True
    """

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, which the next backward pass adds to."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def parameters(self) -> list[Value]:
        """Return the values that training changes."""
        return []


class Neuron(Module):
    """y = relu(w x + b), or w x + b.

    Args:
        input_size: The number of inputs; micrograd calls it `nin`.
        nonlin: Whether the result goes through relu.

    Attributes:
        w: One weight per input, drawn from -1 to 1 by Python's `random`.
        b: The bias, which begins at 0.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.scalar import Neuron
        >>> neuron = Neuron(2)
        >>> len(neuron.parameters())
        3
    """

    def __init__(self, input_size: int | None = None, nonlin: bool = True, *, nin: int | None = None) -> None:
        size = _one_of("Neuron", input_size=input_size, nin=nin)
        self.w = [Value(random.uniform(-1, 1)) for _ in range(size)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Value | float]) -> Value:
        """Compute the result of one example.

        Raises:
            ValueError: There are more or fewer inputs than weights.
        """
        if len(x) != len(self.w):
            raise ValueError(f"Neuron has {len(self.w)} inputs, got {len(x)}")
        act = self.b
        for w, x_i in zip(self.w, x):
            act = act + w * x_i
        return act.relu() if self.nonlin else act

    def parameters(self) -> list[Value]:
        """Return the weights and the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons that see the same inputs.

    Args:
        num_inputs: The number of inputs; micrograd calls it `nin`.
        num_neurons: The number of neurons; micrograd calls it `nout`.
        nonlin: As for `Neuron`.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.scalar import Layer
        >>> layer = Layer(2, 3)
        >>> len(layer([1.0, -1.0])), len(layer.parameters())
        (3, 9)
    """

    def __init__(
        self,
        num_inputs: int | None = None,
        num_neurons: int | None = None,
        nonlin: bool = True,
        *,
        nin: int | None = None,
        nout: int | None = None,
    ) -> None:
        inputs = _one_of("Layer", num_inputs=num_inputs, nin=nin)
        count = _one_of("Layer", num_neurons=num_neurons, nout=nout)
        self.neurons = [Neuron(inputs, nonlin) for _ in range(count)]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        """Return the results of the neurons: a list, or the value itself where there is one neuron."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Return those of the neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(n) for n in self.neurons)}]"


class MLP(Module):
    """A multi-layer perceptron: layers one behind the other, all but the last with relu.

    Args:
        input_size: The number of inputs; micrograd calls it `nin`.
        layer_sizes: The number of neurons of each layer; micrograd calls it `nouts`.

    Example:
        >>> from mocrograd.scalar import MLP
        >>> net = MLP(2, [16, 16, 1])
        >>> len(net.parameters())
        337
    """

    def __init__(
        self,
        input_size: int | None = None,
        layer_sizes: Sequence[int] | None = None,
        *,
        nin: int | None = None,
        nouts: Sequence[int] | None = None,
    ) -> None:
        sizes = _one_of("MLP", layer_sizes=layer_sizes, nouts=nouts)
        sizes = [_one_of("MLP", input_size=input_size, nin=nin), *sizes]
        last = len(sizes) - 2
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last) for i in range(last + 1)]

    def __call__(self, x: Any) -> Any:
        """Return the results of the last layer."""
        for i, layer in enumerate(self.layers):
            x = layer(x if i == 0 or isinstance(x, list) else [x])
        return x

    def parameters(self) -> list[Value]:
        """Return those of the layers."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"


def _one_of(name: str, **options: Any) -> Any:
    """Return the one option that is given, of two spellings.

    Raises:
        TypeError: None or both are given.
    """
    given = [value for value in options.values() if value is not None]
    if len(given) != 1:
        ours, theirs = options
        raise TypeError(f"{name}() takes one of the arguments '{ours}' and '{theirs}', got {len(given)}")
    return given[0]
