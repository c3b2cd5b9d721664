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
class Timed:
    """Something that is timed.

    Attributes:
        name: What it is called.
        make: Returns the call, of a library, a size, a device and the name of a dtype.
        sizes: The sizes that it is timed at.
        compiled: Whether a compiled call is timed too.
    """

    name: str
    make: Callable[[Any, int, str, str], Call]
    sizes: tuple[int, ...]
    compiled: bool = False


def numbers(m: Any, device: str, dtype: str, *shape: int) -> Any:
    """Return random numbers of a library, a dtype and a device."""
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    return m.tensor(values).to(device).to(getattr(m, dtype))


def _square(m: Any, device: str, dtype: str, size: int) -> Any:
    return numbers(m, device, dtype, math.isqrt(size), math.isqrt(size))


def _add(m: Any, size: int, device: str, dtype: str) -> Call:
    a, b = numbers(m, device, dtype, size), numbers(m, device, dtype, size)
    return lambda: a + b


def _exp(m: Any, size: int, device: str, dtype: str) -> Call:
    a = numbers(m, device, dtype, size)
    return lambda: a.exp()


def _sum(m: Any, size: int, device: str, dtype: str) -> Call:
    a = numbers(m, device, dtype, size)
    return lambda: a.sum()


def _sum_rows(m: Any, size: int, device: str, dtype: str) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.sum(1)


def _sum_columns(m: Any, size: int, device: str, dtype: str) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.sum(0)


def _softmax(m: Any, size: int, device: str, dtype: str) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.softmax(-1)


def _layer_norm(m: Any, size: int, device: str, dtype: str) -> Call:
    a = _square(m, device, dtype, size)
    weight = numbers(m, device, dtype, a.shape[1])
    return lambda: m.nn.functional.layer_norm(a, (a.shape[1],), weight, weight)


def _argmax(m: Any, size: int, device: str, dtype: str) -> Call:
    a = _square(m, device, dtype, size)
    return lambda: a.argmax(1)


def _matmul(m: Any, size: int, device: str, dtype: str) -> Call:
    a, b = _square(m, device, dtype, size), _square(m, device, dtype, size)
    return lambda: a @ b


def _attention(m: Any, size: int, device: str, dtype: str) -> Call:
    """Return attention of 8 heads of 64 over `size` positions, forward."""
    q = numbers(m, device, dtype, 1, 8, size, 64)
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


def normal(m: Any) -> Any:
    """Return the normal network."""
    nn = m.nn
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))


def convolutional(m: Any) -> Any:
    """Return a network of two convolutions for images of 28 x 28."""
    nn = m.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 49, 10),
    )  # fmt: skip


def transformer(m: Any, width: int = 256) -> Any:
    """Return a layer of a transformer between two linear layers, for positions of 64 numbers."""
    nn = m.nn
    block = nn.TransformerEncoderLayer(width, width // 64, 4 * width, dropout=0.0, batch_first=True)
    return nn.Sequential(nn.Linear(64, width), block, nn.Flatten(), nn.LazyLinear(10))


def _labels(m: Any, size: int, device: str) -> Any:
    return m.tensor(np.arange(size) % 10).to(device)


def _normal_step(m: Any, size: int, device: str, dtype: str) -> Call:
    return step_of(m, normal(m), numbers(m, device, dtype, size, 64), _labels(m, size, device), device, dtype)


def _convolutional_step(m: Any, size: int, device: str, dtype: str) -> Call:
    x = numbers(m, device, dtype, size, 1, 28, 28)
    return step_of(m, convolutional(m), x, _labels(m, size, device), device, dtype)


def _transformer_step(m: Any, size: int, device: str, dtype: str) -> Call:
    model = transformer(m)
    model(numbers(m, "cpu", "float32", 1, 64, 64))  # the last layer takes its size
    x = numbers(m, device, dtype, size, 64, 64)
    return step_of(m, model, x, _labels(m, size, device), device, dtype)


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
    Timed("attention, 8 heads", _attention, (256, 2048)),
    Timed("training step, normal", _normal_step, (32, 1024), compiled=True),
    Timed("training step, CNN", _convolutional_step, (64,), compiled=True),
    Timed("training step, transformer", _transformer_step, (16,), compiled=True),
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
