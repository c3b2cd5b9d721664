"""What bench_distributed.py measures in each rank; rank 0 prints a line of JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import mocrograd as mg
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.nn.parallel import DistributedDataParallel

CALLS = 10
"""Calls in a row: ranks leave a barrier up to half a millisecond apart."""


def in_turns(rounds: int, **ways: Callable[[], Any]) -> dict[str, float]:
    """Return the median seconds of each way, called in turns, all ranks beginning together."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(rounds + 3):
        for name, way in ways.items():
            dist.barrier()
            start = time.perf_counter()
            for _ in range(CALLS):
                way()
            if round_ >= 3:
                times[name].append((time.perf_counter() - start) / CALLS)
    return {name: median(some) for name, some in times.items()}


def reductions(rounds: int) -> dict[str, float]:
    """all_reduce of 4.5 MB, ours and mpi4py's."""
    from mpi4py import MPI

    x = mg.ones(1_126_410)
    array = x.numpy()
    return in_turns(
        rounds,
        all_reduce=lambda: dist.all_reduce(x, dist.ReduceOp.SUM),
        mpi4py=lambda: MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, array),
    )


def steps(net: nn.Module, x: mg.Tensor, rounds: int) -> dict[str, float]:
    """A forward and backward: without exchange, with one of MPI or ours behind it, and with ours beside backward."""
    model = DistributedDataParallel(net, bucket_cap_mb=1)
    params = list(net.parameters())

    def alone() -> None:
        net.zero_grad()
        net(x).sum().backward()

    def behind() -> None:
        alone()
        model.exchange_gradients()

    def beside() -> None:
        net.zero_grad()
        model(x).sum().backward()

    def by_mpi() -> None:
        alone()
        flat = mg.cat([p.grad.reshape(-1) for p in params])  # type: ignore[union-attr]
        dist.all_reduce(flat, dist.ReduceOp.AVG)
        for p, grad in zip(params, flat.split([p.numel() for p in params])):
            p.grad = grad.view(p.shape)

    return in_turns(rounds, alone=alone, by_mpi=by_mpi, behind=behind, beside=beside)


def whole_batches(rounds: int) -> dict[str, float]:
    """A step of each network on a batch of which each rank takes its part, with the exchange and the optimizer."""
    from scale_ranks import networks

    ways = {}
    for name, (net, shape, batch) in networks().items():
        model = DistributedDataParallel(net)
        optimizer = mg.optim.SGD(net.parameters(), lr=1e-3)
        x = mg.randn(batch // dist.get_world_size(), *shape)

        def step(model: Any = model, optimizer: Any = optimizer, x: mg.Tensor = x) -> None:
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()

        ways[name] = step
    return in_turns(rounds, **ways)


def main() -> None:
    """Measure what is named."""
    what, rounds = sys.argv[1], int(sys.argv[2])
    dist.init_process_group("mpi")
    mg.manual_seed(0)
    if what == "reductions":
        found = reductions(rounds)
    elif what == "whole batches":
        found = whole_batches(rounds)
    elif what == "wide":
        net = nn.Sequential(nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
        found = steps(net, mg.randn(64, 64), rounds)
    else:
        cnn = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10),
        )  # fmt: skip
        found = steps(cnn, mg.randn(64, 1, 8, 8), rounds)
    if dist.get_rank() == 0:
        print(json.dumps(found | {"ranks": dist.get_world_size(), "threads": mg.get_num_threads()}))


if __name__ == "__main__":
    main()
