"""Time a training step of the scalar engine: compiled, by itself, and by micrograd's own engine, written out below.

The step is that of micrograd's demonstration: 100 points of two moons through a 2-16-16-1 network, the hinge loss with
a penalty of the parameters' squares, backward and the update. The three take turns. Python's collector of cycles runs
between the steps only: otherwise most of the time of the engines in Python would be its own.
"""

from __future__ import annotations

import gc
import math
import random
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

from mocrograd import scalar
from report import headline

POINTS = 100
LEAST = 50


class Value:
    """A number of micrograd: its operations, its closures, its recursive order."""

    def __init__(self, data: float, _children: tuple[Value, ...] = (), _op: str = "") -> None:
        self.data = data
        self.grad = 0.0
        self._backward: Callable[[], None] = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other: Any) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def relu(self) -> Value:
        out = Value(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward() -> None:
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self) -> None:
        topo: list[Value] = []
        visited = set()

        def build_topo(v: Value) -> None:
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)

        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            v._backward()

    def __radd__(self, other: Any) -> Value:
        return self + other

    def __rmul__(self, other: Any) -> Value:
        return self * other


class MicrogradMLP:
    """A network of micrograd: one neuron after the other."""

    def __init__(self, sizes: list[int]) -> None:
        self.layers = [
            [([Value(random.uniform(-1, 1)) for _ in range(n)], Value(0)) for _ in range(m)] for n, m in pairwise(sizes)
        ]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [sum((wi * xi for wi, xi in zip(w, x)), b) for w, b in layer]
            x = x if layer is self.layers[-1] else [act.relu() for act in x]
        return x[0]

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for w, b in layer for p in [*w, b]]


def moons() -> list[tuple[list[float], int]]:
    """Return points of two half circles that reach into each other, with their labels."""
    points = []
    for i in range(POINTS):
        angle, upper = math.pi * i / POINTS, i % 2 == 0
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append(([x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)], 1 if upper else -1))
    return points


def loss_of(net: Any, points: list[tuple[list[float], int]]) -> Any:
    """Compute the loss of all points."""
    data = sum((1 + -label * net(x)).relu() for x, label in points) * (1.0 / POINTS)
    return data + 1e-4 * sum(p * p for p in net.parameters())


def update(net: Any) -> None:
    """Move the parameters."""
    for p in net.parameters():
        p.data -= 0.1 * p.grad


def main() -> int:
    """Print the times and their ratios; return 1 where the compiled step is too slow or its numbers are others."""
    print(headline(1))
    sys.setrecursionlimit(100_000)
    rounds = 5 if "--quick" in sys.argv else 15
    makers: dict[str, Callable[[], Any]] = {
        "micrograd": lambda: MicrogradMLP([2, 16, 16, 1]),
        "mocrograd.scalar": lambda: scalar.MLP(2, [16, 16, 1]),
        "compiled": lambda: scalar.MLP(2, [16, 16, 1]),
    }
    nets = {}
    for name, make in makers.items():
        random.seed(1)
        nets[name] = make()
    points = moons()
    step = scalar.compile(loss_of(nets["compiled"], points))
    seconds: dict[str, list[float]] = {name: [] for name in nets}
    losses = {}
    for _ in range(rounds):
        for name, net in nets.items():
            gc.collect()
            gc.disable()
            start = time.perf_counter()
            for p in net.parameters():
                p.grad = 0.0
            if name == "compiled":
                losses[name] = step()
            else:
                loss = loss_of(net, points)
                loss.backward()
                losses[name] = loss.data
            update(net)
            seconds[name].append(time.perf_counter() - start)
            gc.enable()
    times = {name: median(taken) for name, taken in seconds.items()}
    for name, taken in times.items():
        print(
            f"{name:17} {1e3 * taken:8.2f} ms  {taken / times['compiled']:6.1f} times compiled  loss {losses[name]!r}"
        )
    same = all(
        (a.data, a.grad) == (b.data, b.grad)
        for a, b in zip(nets["compiled"].parameters(), nets["mocrograd.scalar"].parameters())
    )
    print(
        f"parameters and gradients after {rounds} steps {'equal' if same else 'differ from'} those of mocrograd.scalar"
    )
    return 0 if same and times["micrograd"] >= LEAST * times["compiled"] else 1


if __name__ == "__main__":
    sys.exit(main())
