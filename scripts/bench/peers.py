"""Networks in NumPy by hand, in torch and in jax: contenders of `mocrograd.train.benchmark`.

The network "moons" has the hinge loss of one score, targets -1 or 1; all others have cross-entropy.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from mocrograd.train.benchmark import RATE, Batches, Builder


def cross_entropy(scores: np.ndarray, y: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return the mean loss of classes and its gradient, by way of the log-softmax."""
    rows = np.arange(len(y))
    shifted = scores - scores.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    loss = -logs[rows, y].mean()
    grad = np.exp(logs)
    grad[rows, y] -= 1
    grad /= len(y)
    return loss, grad


def hinge(scores: np.ndarray, y: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return the mean of max(0, 1 - y score) and its gradient."""
    margins = 1 - y * scores[:, 0]
    grad = np.where(margins > 0, -y, np.float32(0))[:, None]
    grad /= len(y)
    return np.maximum(margins, 0).mean(), grad


class NumPyNetwork:
    """Linear layers with ReLU between them, a loss, an L2 term and SGD in plain NumPy."""

    def __init__(self, network: str, arrays: list[np.ndarray], batches: Batches, l2: float) -> None:
        self._weights = [array.copy() for array in arrays[::2]]
        self._biases = [array.copy() for array in arrays[1::2]]
        self._batches = batches
        self._samples = sum(len(y) for _, y in batches)
        self._l2 = l2
        self._loss = hinge if network == "moons" else cross_entropy

    def _forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the input of each layer and the logits."""
        values = [x]
        for number, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            x = x @ weight.T
            x += bias
            if number < len(self._weights) - 1:
                np.maximum(x, 0, out=x)
            values.append(x)
        return values

    def _step(self, x: np.ndarray, y: np.ndarray) -> float:
        *inputs, scores = self._forward(x)
        loss, grad = self._loss(scores, y)
        for number in reversed(range(len(inputs))):
            weight, bias = self._weights[number], self._biases[number]
            d_weight, d_bias = grad.T @ inputs[number], grad.sum(0)
            if number > 0:
                grad = grad @ weight
                grad *= inputs[number] > 0
            if self._l2:
                loss += self._l2 * (weight.ravel() @ weight.ravel() + bias @ bias)
                d_weight += 2 * self._l2 * weight
                d_bias += 2 * self._l2 * bias
            d_weight *= RATE
            weight -= d_weight
            bias -= RATE * d_bias
        return float(loss)

    def epoch(self) -> float:
        return sum(self._step(x, y) * len(y) for x, y in self._batches) / self._samples

    def accuracy(self) -> float:
        return sum(int((self._forward(x)[-1].argmax(1) == y).sum()) for x, y in self._batches) / self._samples


class TorchNetwork:
    """The same in torch, eager or compiled: model and loss by `torch.compile`, with the fused SGD."""

    def __init__(
        self, network: str, arrays: list[np.ndarray], batches: Batches, l2: float, compiled: bool = False
    ) -> None:
        import torch

        self._torch: Any = torch
        layers: list[Any] = []
        for weight, bias in zip(arrays[::2], arrays[1::2], strict=True):
            layer = torch.nn.utils.skip_init(torch.nn.Linear, weight.shape[1], weight.shape[0])
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.copy_(torch.from_numpy(bias))
            layers += [layer, torch.nn.ReLU()]
        self._model = torch.nn.Sequential(*layers[:-1])
        self._network = network
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=RATE, fused=compiled)
        self._batches = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches]
        self._samples = sum(len(y) for _, y in batches)
        self._l2 = l2
        self._loss: Any = torch.compile(self._loss_of) if compiled else self._loss_of

    def _loss_of(self, x: Any, y: Any) -> Any:
        scores = self._model(x)
        if self._network == "moons":
            loss = self._torch.relu(1 - y * scores.squeeze(1)).mean()
        else:
            loss = self._torch.nn.functional.cross_entropy(scores, y)
        if self._l2:
            flat = [param.reshape(-1) for param in self._model.parameters()]
            loss = loss + self._l2 * sum(values @ values for values in flat)
        return loss

    def epoch(self) -> float:
        total = 0.0
        for x, y in self._batches:
            self._optimizer.zero_grad()
            loss = self._loss(x, y)
            loss.backward()
            self._optimizer.step()
            total += loss.item() * len(y)
        return total / self._samples

    def accuracy(self) -> float:
        with self._torch.no_grad():
            right = sum(int((self._model(x).argmax(1) == y).sum()) for x, y in self._batches)
        return right / self._samples


class JaxNetwork:
    """The same in jax: the whole step by `jax.jit`. It takes as many threads as it likes."""

    def __init__(self, network: str, arrays: list[np.ndarray], batches: Batches, l2: float) -> None:
        import jax

        self._params: Any = [jax.numpy.array(array) for array in arrays]
        self._batches = [(jax.numpy.array(x), jax.numpy.array(y)) for x, y in batches]
        self._samples = sum(len(y) for _, y in batches)

        def forward(params: Any, x: Any) -> Any:
            for number in range(0, len(params), 2):
                x = (jax.nn.relu(x) if number else x) @ params[number].T + params[number + 1]
            return x

        def loss_of(params: Any, x: Any, y: Any) -> Any:
            scores = forward(params, x)
            if network == "moons":
                loss = jax.nn.relu(1 - y * scores[:, 0]).mean()
            else:
                loss = -jax.numpy.take_along_axis(jax.nn.log_softmax(scores), y[:, None], 1).mean()
            return loss + l2 * sum((param * param).sum() for param in params) if l2 else loss

        def step(params: Any, x: Any, y: Any) -> Any:
            loss, grads = jax.value_and_grad(loss_of)(params, x, y)
            return [param - RATE * grad for param, grad in zip(params, grads)], loss

        self._forward = forward
        self._step = jax.jit(step, donate_argnums=0)

    def epoch(self) -> float:
        total = 0.0
        for x, y in self._batches:
            self._params, loss = self._step(self._params, x, y)
            total += float(loss) * len(y)
        return total / self._samples

    def accuracy(self) -> float:
        right = sum(int((self._forward(self._params, x).argmax(1) == y).sum()) for x, y in self._batches)
        return right / self._samples


def peers(threads: int) -> dict[str, Builder]:
    """Return the peers that are installed; NumPy takes its number of threads from the environment."""
    found: dict[str, Builder] = {"numpy": NumPyNetwork}
    if importlib.util.find_spec("torch") is None:
        print("torch is not installed: no rows for it")
    else:
        import torch

        torch.set_num_threads(threads)
        found["torch"] = TorchNetwork
    if importlib.util.find_spec("jax") is not None:
        found["jax"] = JaxNetwork
    return found
