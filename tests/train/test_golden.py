"""Twenty steps of the normal network from fixed weights, against NumPy in float64."""

import numpy as np
import pytest
from bench.peers import NumPyNetwork
from mocrograd.train import benchmark
from mocrograd.train.networks import L2

STEPS = 20
WORKERS = [1, 2, 3, 7, 256]


@pytest.fixture(scope="module")
def arrays():
    random = np.random.default_rng(0)
    shapes = [((o, i), (o,)) for i, o in ((64, 64), (64, 32), (32, 10))]
    return [
        (random.normal(size=shape) * np.sqrt(2 / shape[-1])).astype(np.float32) for pair in shapes for shape in pair
    ]


@pytest.fixture(scope="module")
def batches():
    return benchmark.digits_batches(STEPS * benchmark.BATCH)


@pytest.fixture(scope="module")
def golden(arrays, batches):
    network = NumPyNetwork("normal", [a.astype(np.float64) for a in arrays], [], L2)
    return [network._step(x.astype(np.float64), y) for x, y in batches]


def losses(setting, arrays, batches):
    contender = benchmark.Implementation(setting, "normal", arrays, batches, L2)
    every, result = contender._batches, []
    for batch in every:
        contender._batches, contender._samples = [batch], len(batch[1])
        result.append(contender.epoch())
    return result


@pytest.mark.parametrize("setting", [("original", None), ("dynamic", None), *(("fixed", n) for n in WORKERS)], ids=str)
def test_every_implementation_follows_float64(setting, arrays, batches, golden):
    assert losses(setting, arrays, batches) == pytest.approx(golden, rel=0, abs=1e-4)


def test_the_number_of_workers_changes_no_bit(arrays, batches):
    runs = [losses(setting, arrays, batches) for setting in (("dynamic", None), *(("fixed", n) for n in WORKERS))]
    assert all(run == runs[0] for run in runs)
