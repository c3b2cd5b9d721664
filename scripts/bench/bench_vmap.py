"""Time gradients of each sample by `func.vmap` beside the gradient of the whole batch, against torch.

The network "normal" of bench_step.py on 256 samples, and a convolutional one on 64 images. All contenders start from
the same weights; the mean of the gradients of samples must be the gradient of the batch. Of each network
is printed, in medians and in least times, how many times as long all gradients of samples take as the one of the batch,
and the ratio to torch's time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import contest
import report
from bench_step import SIZES

AGREE = 1e-4
BATCH, SAMPLES = "gradient of the batch", "gradients of samples"


class Network(NamedTuple):
    """A network and its data.

    Attributes:
        build: Given the module, makes the network.
        inputs: Shape of the inputs of the batch.
        weights: How often a parameter is multiplied with a number of one sample, going forward.
        parameters: The number of parameters.
    """

    build: Callable[[Any], Any]
    inputs: tuple[int, ...]
    weights: int
    parameters: int


def normal(m: Any) -> Any:
    """Return the network of linear layers with ReLU between them."""
    layers: list[Any] = []
    for inputs, outputs in pairwise(SIZES["normal"]):
        layers += [m.nn.Linear(inputs, outputs), m.nn.ReLU()]
    return m.nn.Sequential(*layers[:-1])


def convolutional(m: Any) -> Any:
    """Return a network of two convolutions and a linear layer for images of 16 x 16."""
    nn = m.nn
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(400, 10)
    )


_LINEAR = sum(inputs * outputs for inputs, outputs in pairwise(SIZES["normal"]))
NETWORKS = {
    "normal": Network(normal, (256, SIZES["normal"][0]), _LINEAR, _LINEAR + sum(SIZES["normal"][1:])),
    "convolutional": Network(convolutional, (64, 1, 16, 16), 72 * 196 + 1152 * 25 + 4000, 80 + 1168 + 4010),
}


def calls_of(m: Any, network: Network) -> dict[str, Callable[[], Any]]:
    """Return what a contender calls: the gradient of the batch, and those of samples, both by `func.grad`."""
    import numpy as np

    model = network.build(m)
    random = np.random.default_rng(0)
    params = {
        name: m.from_numpy(random.normal(0, 0.1, tuple(p.shape)).astype(np.float32))
        for name, p in model.named_parameters()
    }
    x = m.from_numpy(random.standard_normal(network.inputs, np.float32))
    y = m.from_numpy(random.integers(0, 10, network.inputs[0]))

    def loss(params: Any, x: Any, y: Any) -> Any:
        return m.nn.functional.cross_entropy(m.func.functional_call(model, params, (x,)), y)

    def of_one(params: Any, x: Any, y: Any) -> Any:
        return loss(params, x.unsqueeze(0), y.unsqueeze(0))

    every = m.func.vmap(m.func.grad(of_one), (None, 0, 0))
    return {BATCH: partial(m.func.grad(loss), params, x, y), SAMPLES: partial(every, params, x, y)}


def contenders(network: Network, threads: int) -> Iterator[tuple[str, dict[str, Callable[[], Any]]]]:
    """Yield the calls of mocrograd, and of torch where it is installed."""
    import mocrograd as mg

    yield "mocrograd", calls_of(mg, network)
    torch = contest.torch_module(threads)
    if torch:
        yield "torch", calls_of(torch, network)


def check(name: str, who: str, calls: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return the gradient of the batch as arrays.

    Raises:
        SystemExit: It is not the mean of those of samples.
    """
    import numpy as np

    whole, samples = calls[BATCH](), calls[SAMPLES]()
    for key, gradient in whole.items():
        if not np.allclose(samples[key].numpy().mean(0), gradient.numpy(), AGREE, AGREE):
            raise SystemExit(f"{name} by {who}: the gradients of samples do not make up that of the batch: {key}")
    return {key: gradient.numpy() for key, gradient in whole.items()}


def measure(name: str, roofs: report.Roofs, rounds: int) -> list[report.Row]:
    """Check and time a network; return its rows."""
    import numpy as np

    network = NETWORKS[name]
    turns: Any = {}
    first: dict[str, Any] = {}
    for who, calls in contenders(network, roofs.threads):
        found = check(name, who, calls)
        first = first or found
        if not all(np.allclose(found[key], first[key], AGREE, AGREE) for key in first):
            raise SystemExit(f"{name}: the gradients of {who} differ")
        turns |= {(what, who): contest.Turn(contextlib.nullcontext, call) for what, call in calls.items()}
    seconds: Any = contest.seconds_of(turns, rounds)
    flops = 6 * network.inputs[0] * network.weights
    rows = []
    for (what, who), times in seconds.items():
        nbytes = 4 * network.parameters * (network.inputs[0] if what == SAMPLES else 1)
        floor = roofs.floor(flops, nbytes)
        case = f"{name}, {what}"
        rows.append(report.Row(what, network.parameters, case, who, median(times), floor, flops, nbytes))
    say(name, seconds)
    return rows


def say(name: str, seconds: dict[tuple[str, str], list[float]]) -> None:
    """Print how the times relate."""
    for of, chosen in (("median", median), ("least", min)):
        times = {key: chosen(some) for key, some in seconds.items()}
        for who in dict.fromkeys(who for _, who in times):
            batch, samples = times[BATCH, who], times[SAMPLES, who]
            print(f"{name}, {of}: {who} {1e6 * batch:.0f} us for the batch, {1e6 * samples:.0f} us for all samples, "
                  f"{samples / batch:.2f} times as long")  # fmt: skip
        if (SAMPLES, "torch") in times:
            ratio = times[SAMPLES, "mocrograd"] / times[SAMPLES, "torch"]
            print(f"{name}, {of}: ratio to torch's time for all samples {ratio:.2f}")


def main() -> None:
    """Check and time the networks; write vmap.json, vmap.md and vmap.png."""
    options = contest.parser(__doc__).parse_args()
    contest.keep_memory()
    roofs = contest.measure_roofs(options.quick)
    rows = []
    for name in NETWORKS:
        rows += measure(name, roofs, 1 if options.quick else options.rounds)
    title = "Gradients of samples and of the batch"
    report.write("vmap", title, rows, roofs, options.results, ("mocrograd",), "GFLOP/s")


if __name__ == "__main__":
    main()
