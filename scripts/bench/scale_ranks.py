"""What scale.py measures in each rank; rank 0 prints a line of JSON."""

from __future__ import annotations

import json
import time
from statistics import median
from typing import Any

import mocrograd as mg
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.nn import functional as F
from mocrograd.train.networks import build_network

BYTES = (8, 1_000, 16_000, 256_000, 2_000_000, 8_000_000)
STEPS = 60


def exchanges() -> dict[int, float]:
    """Return the median seconds of an all_reduce of so many bytes."""
    found = {}
    for size in BYTES:
        x = mg.zeros(max(1, size // 4))
        times = []
        for _ in range(40):
            dist.barrier()
            start = time.perf_counter()
            dist.all_reduce(x)
            times.append(time.perf_counter() - start)
        found[size] = median(times[5:])
    return found


def networks() -> dict[str, Any]:
    """Return by name a network, the inputs of a sample, and how many samples a rank takes."""
    cnn = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 64, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip
    layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True)
    gpt = nn.Sequential(nn.TransformerEncoder(layer, 4), nn.Linear(128, 64))
    return {"normal": (build_network("normal"), (64,), 32), "cnn": (cnn, (1, 8, 8), 64), "gpt": (gpt, (64, 128), 16)}


def step_times(net: nn.Module, shape: tuple[int, ...], batch: int) -> dict[str, Any]:
    """Return the seconds of steps without exchange, and how much of them is backward."""
    optimizer = mg.optim.SGD(net.parameters(), lr=1e-3)
    x = mg.randn(batch, *shape)
    seconds, backward = [], []
    for _ in range(STEPS + 5):
        dist.barrier()
        start = time.perf_counter()
        optimizer.zero_grad()
        output = net(x)
        loss = F.mse_loss(output, mg.zeros_like(output))
        middle = time.perf_counter()
        loss.backward()
        behind = time.perf_counter()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
        backward.append(behind - middle)
    return {"seconds": sorted(seconds[5:]), "backward": median(backward[5:]) / median(seconds[5:])}


def main() -> None:
    """Measure."""
    dist.init_process_group("mpi")
    mg.manual_seed(0)
    found: dict[str, Any] = {"ranks": dist.get_world_size(), "threads": mg.get_num_threads(), "all_reduce": exchanges()}
    for name, (net, shape, batch) in networks().items():
        whole, quarter = (step_times(net, shape, samples) for samples in (batch, batch // 4))
        size = sum(p.nbytes for p in net.parameters())
        found[name] = {"bytes": size, "batch": batch, **whole, "quarter": median(quarter["seconds"])}
    if dist.get_rank() == 0:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
