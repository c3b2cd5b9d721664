"""What gpu_check.py times, written once for mocrograd and torch, and its clock."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Call = Callable[[], Any]
BATCHES = 5
"""How often a call's time is taken; the median counts."""
BATCH = 0.03
"""The seconds that one of these lasts."""


@dataclass(frozen=True)
class Networks:
    """How large networks are: channels and sides of images, the width, heads and positions of transformers."""

    channels: int = 32
    side: int = 28
    width: int = 256
    heads: int = 8
    positions: int = 64


@dataclass(frozen=True)
class Timed:
    """Something that is timed.

    Attributes:
        name: What it is called.
        make: Returns the call, of a library, a size, a device, the name of a dtype and how large networks are.
        sizes: The sizes that it is timed at.
        compiled: Whether a compiled call is timed too.
    """

    name: str
    make: Callable[[Any, int, str, str, Networks], Call]
    sizes: tuple[int, ...]
    compiled: bool = False


def numbers(m: Any, device: str, dtype: str, *shape: int) -> Any:
    """Return random numbers of a library, a dtype and a device."""
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    return m.tensor(values).to(device).to(getattr(m, dtype))


def _square(m: Any, device: str, dtype: str, size: int) -> Any:
    return numbers(m, device, dtype, math.isqrt(size), math.isqrt(size))


def _add(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a, b = numbers(m, device, dtype, size), numbers(m, device, dtype, size)
    return lambda: a + b


def _exp(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = numbers(m, device, dtype, size)
    return lambda: a.exp()


def _sum(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = numbers(m, device, dtype, size)
    return lambda: a.sum()


def _sum_rows(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.sum(1)


def _sum_columns(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.sum(0)


def _softmax(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.softmax(-1)


def _layer_norm(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = _square(m, device, dtype, size)
    weight = numbers(m, device, dtype, a.shape[1])
    return lambda: m.nn.functional.layer_norm(a, (a.shape[1],), weight, weight)


def _argmax(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.argmax(1)


def _matmul(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    a, b = _square(m, device, dtype, size), _square(m, device, dtype, size)
    return lambda: a @ b


def _attention(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
    """Return attention of heads of 64 over `size` positions, forward."""
    q = numbers(m, device, dtype, 1, networks.heads, size, 64)
    return lambda: m.nn.functional.scaled_dot_product_attention(q, q, q)


def step_of(m: Any, model: Any, x: Any, y: Any, device: str, dtype: str) -> Call:
    """Return a training step by AdamW of a model that gives scores."""
    model = model.to(device).to(getattr(m, dtype))
    optimizer = m.optim.AdamW(model.parameters(), lr=1e-3)

    def step() -> Any:
        optimizer.zero_grad()
        loss = m.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def normal(m: Any, networks: Networks) -> tuple[Any, tuple[int, ...]]:
    """Return the normal network and the shape of a sample."""
    nn = m.nn
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)), (64,)


def convolutional(m: Any, networks: Networks) -> tuple[Any, tuple[int, ...]]:
    """Return a network of two convolutions and the shape of a sample."""
    nn, channels, side = m.nn, networks.channels, networks.side
    model = nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(2 * channels * (side // 4) ** 2, 10),
    )  # fmt: skip
    return model, (1, side, side)


def transformer(m: Any, networks: Networks) -> tuple[Any, tuple[int, ...]]:
    """Return a layer of a transformer between two linear layers, and the shape of a sample."""
    nn, width, positions = m.nn, networks.width, networks.positions
    block = nn.TransformerEncoderLayer(width, networks.heads, 4 * width, dropout=0.0, batch_first=True)
    model = nn.Sequential(nn.Linear(64, width), block, nn.Flatten(), nn.Linear(positions * width, 10))
    return model, (positions, 64)


def labels(m: Any, size: int, device: str) -> Any:
    """Return the classes of a batch."""
    return m.tensor(np.arange(size) % 10).to(device)


def _step(network: Callable[[Any, Networks], tuple[Any, tuple[int, ...]]]) -> Callable[..., Call]:
    def make(m: Any, size: int, device: str, dtype: str, networks: Networks) -> Call:
        model, shape = network(m, networks)
        return step_of(m, model, numbers(m, device, dtype, size, *shape), labels(m, size, device), device, dtype)

    return make


TIMED = (
    Timed("matmul, square", _matmul, (256**2, 1024**2, 4096**2)),
    Timed("add", _add, (1000, 1 << 20, 1 << 26)),
    Timed("exp", _exp, (1 << 20, 1 << 26)),
    Timed("sum", _sum, (1 << 20, 1 << 26)),
    Timed("sum of rows", _sum_rows, (1 << 20, 1 << 26)),
    Timed("sum of columns", _sum_columns, (1 << 20, 1 << 26)),
    Timed("softmax of rows", _softmax, (1 << 20, 1 << 26)),
    Timed("LayerNorm of rows", _layer_norm, (1 << 20, 1 << 26)),
    Timed("argmax of rows", _argmax, (1 << 20, 1 << 26)),
    Timed("attention", _attention, (256, 2048)),
    Timed("training step, normal", _step(normal), (32, 1024), compiled=True),
    Timed("training step, CNN", _step(convolutional), (64,), compiled=True),
    Timed("training step, transformer", _step(transformer), (16,), compiled=True),
)


def seconds(call: Call, wait: Call, batch: float = BATCH) -> float:
    """Return the median time of a call, which is made in batches that each last `batch` seconds."""
    for _ in range(3):  # compiled calls are recorded by then
        call()
    wait()
    started = time.perf_counter()
    call()
    wait()
    repeats = max(1, int(batch / max(time.perf_counter() - started, 1e-6)))
    times = []
    for _ in range(BATCHES):
        started = time.perf_counter()
        for _ in range(repeats):
            call()
        wait()
        times.append((time.perf_counter() - started) / repeats)
    return statistics.median(times)
