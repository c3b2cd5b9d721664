"""Runs a program with random numbers of NumPy, which are equal over mocrograd and over torch, and notes its losses.

    python -m mocrograd run tests/packages/same_chances.py REPORT PROGRAM [ARGUMENTS...]
    python tests/packages/same_chances.py REPORT PROGRAM [ARGUMENTS...]

Weights, shuffled orders and samples are drawn by NumPy, and dropout does nothing. The program itself is not changed.
REPORT gets what `backward` was called on, as numbers, and the median time between two calls in milliseconds.
"""

from __future__ import annotations

import atexit
import json
import random
import runpy
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import torch

counts: Counter[str] = Counter()
"""How often numbers of a kind and shape have been drawn since the last seed."""


def generator(kind, shape):
    """Returns NumPy's generator of the next draw: an extra draw of another shape does not change it."""
    key = f"{kind}{tuple(shape)}"
    counts[key] += 1
    return np.random.default_rng(zlib.crc32(f"{key}{counts[key]}".encode()))


def shape_of(sizes, size=None):
    """Returns the shape that a call asks for: several numbers, or one sequence."""
    sizes = size if size is not None else sizes
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else tuple(sizes)


def made(numbers, dtype=None, device=None, requires_grad=False, **_):
    """Returns drawn numbers as the tensor that a call asks for."""
    tensor = torch.from_numpy(np.ascontiguousarray(numbers)).to(device or "cpu")
    tensor = tensor if dtype is None else tensor.to(dtype)
    return tensor.requires_grad_() if requires_grad else tensor


def rand(*sizes, size=None, **options):
    shape = shape_of(sizes, size)
    return made(generator("rand", shape).random(shape, np.float32), **options)


def randn(*sizes, size=None, **options):
    shape = shape_of(sizes, size)
    return made(generator("randn", shape).standard_normal(shape, np.float32), **options)


def randint(*arguments, low=0, high=None, size=None, **options):
    numbers = [argument for argument in arguments if isinstance(argument, int)]
    size = size if size is not None else next(argument for argument in arguments if not isinstance(argument, int))
    low, high = numbers if len(numbers) == 2 else (low, *numbers) if numbers else (low, high)
    return made(generator("randint", size).integers(low, high, tuple(size)), **options)


def randperm(n, **options):
    return made(generator("randperm", (n,)).permutation(n), **options)


def multinomial(input, num_samples, replacement=False, **_):
    weights = input.detach().double().numpy()
    rows = weights.reshape(-1, weights.shape[-1])
    chosen = [
        generator("multinomial", (len(row),)).choice(len(row), num_samples, replacement, row / row.sum())
        for row in rows
    ]
    return made(np.array(chosen).reshape(*weights.shape[:-1], num_samples))


def fill_uniform(self, a=0.0, b=1.0, **_):
    with torch.no_grad():
        drawn = generator("uniform", self.shape).uniform(a, b, tuple(self.shape)).astype(np.float32)
        return self.copy_(torch.from_numpy(np.asarray(drawn)))


def fill_normal(self, mean=0.0, std=1.0, **_):
    with torch.no_grad():
        drawn = generator("normal", self.shape).normal(mean, std, tuple(self.shape)).astype(np.float32)
        return self.copy_(torch.from_numpy(np.asarray(drawn)))


def order(self):
    """Returns the order of a `RandomSampler`'s epoch; of an endless one, its first numbers."""
    count, wanted = len(self.data_source), min(self.num_samples, 1 << 16)
    drawn = generator("order", (count,))
    return torch.from_numpy(drawn.integers(0, count, wanted) if self.replacement else drawn.permutation(count)[:wanted])


def choose(self, sample_shape=()):
    """Draws of a `Categorical` distribution."""
    return torch.multinomial(self.probs.reshape(-1, self.probs.shape[-1]), 1).reshape(self.probs.shape[:-1])


def share():
    """Puts NumPy's numbers behind the names that programs and layers draw by."""
    random.seed(0)
    np.random.seed(0)
    seed = torch.manual_seed
    names = {"rand": rand, "randn": randn, "randint": randint, "randperm": randperm, "multinomial": multinomial}
    for name, draw in names.items():
        setattr(torch, name, draw)
    torch.rand_like = lambda x, **options: rand(*x.shape, dtype=x.dtype)
    torch.randn_like = lambda x, **options: randn(*x.shape, dtype=x.dtype)
    torch.manual_seed = lambda number: (counts.clear(), seed(number))[1]
    torch.Tensor.uniform_, torch.Tensor.normal_ = fill_uniform, fill_normal
    torch.utils.data.RandomSampler.order = order
    torch.utils.data.RandomSampler.__iter__ = lambda self: iter(order(self).tolist())
    torch.distributions.Categorical.sample = choose
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d"):
        setattr(torch.nn.functional, name, lambda input, *arguments, **options: input)
    attention = torch.nn.MultiheadAttention.forward

    def attend(self, *arguments, **options):
        self.dropout = 0.0
        return attention(self, *arguments, **options)

    torch.nn.MultiheadAttention.forward = attend


def watch(report):
    """Notes each tensor that `backward` is called on, and when; writes both at the program's end."""
    losses, times, backward = [], [], torch.Tensor.backward

    def noting(self, *arguments, **options):
        losses.append(self.item() if self.numel() == 1 else self.sum().item())
        backward(self, *arguments, **options)
        times.append(time.perf_counter())

    def write():
        steps = np.diff(times)
        step_ms = 1e3 * float(np.median(steps)) if len(steps) else None
        Path(report).write_text(json.dumps({"figures": {"losses": losses}, "versions": {}, "step_ms": step_ms}))

    torch.Tensor.backward = noting
    atexit.register(write)


if __name__ == "__main__":
    report, program, *arguments = sys.argv[1:]
    torch.utils.data, torch.distributions  # noqa: B018  (imported before their classes are changed)
    share()
    watch(report)
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).resolve().parent)
    runpy.run_path(program, run_name="__main__")
