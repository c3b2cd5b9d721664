"""Time training steps of whole networks, eager and compiled, against NumPy by hand, torch and jax.

A step is zero_grad, forward, loss, backward, SGD and reading the loss back, two threads each: the example networks on
batches of 32, and moons, 2-16-16-1 on 100 points with a hinge loss and an L2 term. Contenders start from the same
weights; their mean losses over the first steps must agree. Then they take turns (A B C A B C ...) in one
process, each after a rest and a turn that is not timed.
"""

from __future__ import annotations

import json
import math
import os
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import contest
import report

THREADS = 2
SIZES = {
    "moons": (2, 16, 16, 1),
    "normal": (64, 64, 32, 10),
    "longer": (64, *[256] * 29, 10),
    "bigger": (64, 8192, 4096, 2048, 10),
}
# Steps per turn: a turn takes some tens of milliseconds at least.
STEPS = {"moons": 280, "normal": 280, "longer": 20, "bigger": 2}
CONTENDERS = (
    "mocrograd", "mocrograd compiled", "mocrograd generated", "numpy", "torch", "torch compiled", "jax"
)  # fmt: skip
# Their losses agree so well over the first steps; later ones magnify what rounding changed, above all those of longer.
AGREE = 1e-4
CHECKED = 3


class MocrogradNetwork:
    """Linear layers with ReLU between them, trained as a user would: eagerly, or with the whole step compiled.

    A generated step replays its plan until the compiler is done, for which its first long epoch waits.
    """

    def __init__(
        self, network: str, arrays: list[Any], batches: Any, l2: float, compiled: bool, generated: bool = False
    ) -> None:
        import mocrograd as mg
        from mocrograd import nn
        from mocrograd.train.benchmark import RATE
        from mocrograd.train.metrics import l2_penalty

        layers: list[Any] = []
        for weight in arrays[::2]:
            layers += [nn.Linear(weight.shape[1], weight.shape[0]), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        with mg.no_grad():
            for param, array in zip(model.parameters(), arrays, strict=True):
                param.copy_(mg.from_numpy(array))
        optimizer = mg.optim.SGD(model.parameters(), lr=RATE)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            if network == "moons":
                loss = (1 - y * model(x).squeeze(1)).relu().mean()
            else:
                loss = nn.functional.cross_entropy(model(x), y)
            if l2:
                loss = loss + l2_penalty(model.parameters(), l2)
            loss.backward()
            optimizer.step()
            return loss.detach()

        self._step: Any = mg.compile(step, disable=not compiled, generate=generated)
        self._waits = generated
        self._batches = [(mg.from_numpy(x), mg.from_numpy(y)) for x, y in batches]
        self._samples = sum(len(y) for _, y in batches)

    def epoch(self) -> float:
        """Train on all batches; return the mean loss over the samples."""
        loss = sum(self._step(x, y).item() * len(y) for x, y in self._batches) / self._samples
        if self._waits and self._step.plans:
            self._waits = False
            self._step.plans[0].wait_generated()
        return loss


def problem(network: str, steps: int) -> tuple[list[Any], list[Any], float]:
    """Return the first parameters [weight, bias, weight, ...], a batch per step, and the factor of the L2 term."""
    import numpy as np
    from mocrograd.datasets import make_moons
    from mocrograd.train import benchmark
    from mocrograd.train.networks import L2

    rng = np.random.default_rng(0)
    arrays: list[Any] = []
    for inputs, outputs in pairwise(SIZES[network]):
        weight = rng.standard_normal((outputs, inputs), np.float32) * np.float32(math.sqrt(2 / inputs))
        arrays += [weight, np.zeros(outputs, np.float32)]
    if network == "moons":
        x, classes = (tensor.numpy() for tensor in make_moons(100))
        return arrays, [(x, (2 * classes - 1).astype(np.float32))] * steps, L2
    batches = benchmark.digits_batches(56 * benchmark.BATCH)
    return arrays, (batches * 5)[:steps], 0.0


def measure(network: str, builders: dict[str, Any], steps: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return median and least microseconds of a step for each contender.

    Raises:
        SystemExit: The losses of two contenders differ.
    """
    arrays, batches, l2 = problem(network, steps)
    contenders, losses = {}, {}
    for name, build in builders.items():
        try:
            losses[name] = build(network, arrays, batches[:CHECKED], l2).epoch()
        except Exception as fault:
            if name != "torch compiled":
                raise
            print(f"torch.compile does not work here: {str(fault).splitlines()[0]}")
        else:
            contenders[name] = build(network, arrays, batches, l2)
    least, most = min(losses.values()), max(losses.values())
    if not most - least <= AGREE * abs(least):
        raise SystemExit(f"{network}: the losses do not agree: {losses}")
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            time.sleep(contest.PAUSE)
            contender.epoch()
            start = time.perf_counter()
            contender.epoch()
            seconds[name].append(time.perf_counter() - start)
    scale = 1e6 / steps
    return {name: {"median_us": scale * median(s), "least_us": scale * min(s)} for name, s in seconds.items()}


def rows_of(network: str, results: dict[str, dict[str, float]], roofs: report.Roofs) -> list[report.Row]:
    """Return the rows of one network, with the arithmetic and the least traffic of a step.

    A weight is in three products, but for the first layer's, which no gradient goes below; it is read for two of them
    and written once, where the update is part of the third.
    """
    weights = [inputs * outputs for inputs, outputs in pairwise(SIZES[network])]
    batch = 100 if network == "moons" else 32
    flops, nbytes = 2 * batch * (3 * sum(weights) - weights[0]), 3 * 4 * sum(weights)
    return [
        report.Row(
            "step", sum(weights), network, name, times["median_us"] / 1e6, roofs.floor(flops, nbytes), flops, nbytes
        )
        for name, times in results.items()
    ]


def main() -> None:
    """Check and time the networks; write step.json, step.md and step.png."""
    parser = contest.parser(__doc__)
    parser.set_defaults(rounds=15)
    parser.add_argument("--networks", nargs="+", choices=list(STEPS), default=list(STEPS))
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS, help="those installed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write medians and least times to a file, too")
    options = parser.parse_args()
    # BLAS libraries read this once, when NumPy is imported: hence the imports below.
    os.environ.update(OPENBLAS_NUM_THREADS=str(THREADS), MKL_NUM_THREADS=str(THREADS))
    import mocrograd
    from peers import TorchNetwork, peers

    mocrograd.set_num_threads(THREADS)
    builders: dict[str, Any] = {
        "mocrograd": partial(MocrogradNetwork, compiled=False),
        "mocrograd compiled": partial(MocrogradNetwork, compiled=True),
        "mocrograd generated": partial(MocrogradNetwork, compiled=True, generated=True),
        **peers(THREADS),
    }
    if "torch" in builders:
        builders["torch compiled"] = partial(TorchNetwork, compiled=True)
    builders = {name: builders[name] for name in CONTENDERS if name in builders and name in options.contenders}
    roofs = contest.measure_roofs(options.quick)
    results, rows = {}, []
    for network in options.networks:
        steps, rounds = (2, 1) if options.quick else (STEPS[network], options.rounds)
        results[network] = measure(network, builders, steps, rounds)
        rows += rows_of(network, results[network], roofs)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    title = "Training steps of whole networks, the loss read back"
    report.write("step", title, rows, roofs, options.results, CONTENDERS[:2], "GFLOP/s")


if __name__ == "__main__":
    main()
