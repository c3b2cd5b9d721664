"""The example networks in NumPy, by hand, and in torch: contenders of `mocrograd.train.benchmark`."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from mocrograd.train.benchmark import RATE, Batches, Builder


class NumPyNetwork:
    """Linear layers with ReLU between them, log-softmax cross-entropy, L2 term and SGD in plain NumPy."""

    def __init__(self, network: str, arrays: list[np.ndarray], batches: Batches, l2: float) -> None:
        self._weights = [array.copy() for array in arrays[::2]]
        self._biases = [array.copy() for array in arrays[1::2]]
        self._batches = batches
        self._samples = sum(len(y) for _, y in batches)
        self._l2 = l2

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
        rows = np.arange(len(y))
        *inputs, logits = self._forward(x)
        logits = logits - logits.max(1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
        loss = -logs[rows, y].mean()
        grad = np.exp(logs)
        grad[rows, y] -= 1
        grad /= len(y)
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
    """The same in torch, eager."""

    def __init__(self, network: str, arrays: list[np.ndarray], batches: Batches, l2: float) -> None:
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
        self._loss = torch.nn.CrossEntropyLoss()
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=RATE)
        self._batches = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in batches]
        self._samples = sum(len(y) for _, y in batches)
        self._l2 = l2

    def epoch(self) -> float:
        total = 0.0
        for x, y in self._batches:
            self._optimizer.zero_grad()
            loss = self._loss(self._model(x), y)
            if self._l2:
                flat = [param.reshape(-1) for param in self._model.parameters()]
                loss = loss + self._l2 * sum(values @ values for values in flat)
            loss.backward()
            self._optimizer.step()
            total += loss.item() * len(y)
        return total / self._samples

    def accuracy(self) -> float:
        with self._torch.no_grad():
            right = sum(int((self._model(x).argmax(1) == y).sum()) for x, y in self._batches)
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
    return found
