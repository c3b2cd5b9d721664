"""What programs that run over mocrograd and over torch share: equal weights, equal inputs, a report."""

import json
import sys
import time
import zlib

import numpy as np
import torch


def fill(model, scale=0.05):
    """Fills a model with numbers that depend on their names and shapes alone; returns the model.

    Running means and variances of normalisations are filled like parameters. A scale of None follows the shape, so
    that deep models keep the size of their values.
    """
    running = [(name, x) for name, x in model.named_buffers() if name.endswith(("running_mean", "running_var"))]
    with torch.no_grad():
        for name, parameter in sorted([*model.named_parameters(), *running]):
            generator = np.random.default_rng(zlib.crc32(name.encode()))
            numbers = generator.standard_normal(tuple(parameter.shape), np.float32)
            factor = scale or (parameter[:1].numel() ** -0.5 if parameter.ndim > 1 and parameter.numel() else 0.05)
            numbers *= np.float32(factor)
            scales = parameter.ndim == 1 and name.endswith(("weight", "running_var"))  # of normalisations
            parameter.copy_(torch.from_numpy(np.asarray(numbers + np.float32(scales))))
    return model


def floats(*shape, seed=0):
    """Returns a tensor of standard normal numbers, equal over both libraries."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def integers(high, *shape, seed=0):
    """Returns a tensor of integers below `high`, equal over both libraries."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, high, shape))


def train(model, loss_of, steps=20, optimizer=None):
    """Trains by AdamW, or the optimizer given; returns the losses and the median time of a step in milliseconds."""
    optimizer = optimizer or torch.optim.AdamW(model.parameters(), lr=1e-3)
    losses, times = [], []
    for _ in range(steps):
        begun = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - begun)
        losses.append(loss.item())
    return losses, 1e3 * float(np.median(times))


def report(packages=(), step_ms=None, **figures):
    """Prints what the program found as its last line: figures to compare, versions, the time of a step."""
    from importlib.metadata import version

    def plain(value):
        return value.detach().double().numpy().ravel().tolist() if isinstance(value, torch.Tensor) else value

    found = {
        "figures": {name: plain(value) for name, value in figures.items()},
        "versions": {name: version(name) for name in packages},
        "step_ms": step_ms,
    }
    sys.stdout.flush()
    print(json.dumps(found))
