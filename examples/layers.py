"""Networks as lists of layers, and a function that trains them: what xor_layers.py and fizz_buzz.py share.

They are no modules, so they do not go with `Trainer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import mocrograd as mg
from mocrograd import nn, optim

Batches = Callable[[mg.Tensor, mg.Tensor], Iterator[tuple[mg.Tensor, mg.Tensor]]]
Loss = Callable[[mg.Tensor, mg.Tensor], mg.Tensor]


class NeuralNet:
    """A network: a list of layers, each of which takes what the one before it returns."""

    def __init__(self, layers: list[nn.Module]) -> None:
        self.layers = layers

    def forward(self, inputs: mg.Tensor) -> mg.Tensor:
        """Return what the last layer returns."""
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def parameters(self) -> Iterator[nn.Parameter]:
        """Yield the weights and biases of all layers."""
        for layer in self.layers:
            yield from layer.parameters()


class BatchIterator:
    """Cuts inputs and targets into batches, which come in another order each time."""

    def __init__(self, batch_size: int = 32, shuffle: bool = True) -> None:
        self.batch_size = batch_size
        self.shuffle = shuffle

    def __call__(self, inputs: mg.Tensor, targets: mg.Tensor) -> Iterator[tuple[mg.Tensor, mg.Tensor]]:
        """Yield pairs of inputs and targets."""
        count = len(inputs)
        order = mg.randperm(count) if self.shuffle else mg.arange(count)
        for batch in order.split(self.batch_size):
            yield inputs[batch], targets[batch]


def train(
    net: NeuralNet,
    inputs: mg.Tensor,
    targets: mg.Tensor,
    epochs: int,
    iterator: Batches,
    loss: Loss,
    optimizer: optim.Optimizer,
) -> list[float]:
    """Train a network; return the sum of the losses of each epoch."""
    losses = []
    for _ in range(epochs):
        total = 0.0
        for batch_inputs, batch_targets in iterator(inputs, targets):
            optimizer.zero_grad()
            batch_loss = loss(net.forward(batch_inputs), batch_targets)
            batch_loss.backward()
            optimizer.step()
            total += batch_loss.item()
        losses.append(total)
    return losses
