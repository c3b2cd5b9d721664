"""Sums in shared memory against NumPy, some begun before others are finished; and a model whose gradients take them."""

import os
import sys

import mocrograd as mg
import numpy as np
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.distributed import shared
from mocrograd.nn.parallel import DistributedDataParallel

dist.init_process_group()
RANK, SIZE, group = dist.get_rank(), dist.get_world_size(), dist.group.WORLD


def given(rank, turn, count, dtype):
    array = np.random.default_rng([rank, turn]).integers(-99, 100, count).astype(dtype)
    array[::97] = np.nan if turn % 3 == 0 else np.inf
    return array


def begun(turn, count, dtype, expected):
    own = given(RANK, turn, count, dtype)
    parts = [mg.from_numpy(part) for part in np.split(own, [1, count // 3])]
    expected_sum = given(0, turn, count, dtype)
    for rank in range(1, SIZE):
        expected_sum = expected_sum + given(rank, turn, count, dtype)
    return shared.begin(group, parts, expected, "test", turn, count), expected_sum


sums = 0
for turn, count in enumerate([16383, 16384, 16385, 20000, 100003, 1 << 18, 70001]):
    for dtype in ("float32", "float64"):
        size = np.dtype(dtype).itemsize
        both = [begun(turn, count, dtype, 2 * (count + 32) * size), begun(turn + 7, count + 1, dtype, 0)]
        for sum_, expected in both:
            if (count * size < shared.SMALLEST) and sum_ is None:
                continue
            assert sum_ is not None, (count, dtype)
            found = mg.cat(sum_.finish(SIZE)).numpy()
            np.testing.assert_array_equal(found, (expected / SIZE).astype(dtype), f"{count} of {dtype}")
            sums += 1
assert shared.begin(group, [mg.ones(100_000, dtype=mg.int64)], 0, "integers") is None
assert shared.begin(group, [mg.ones(1 << 25)], 0, "too large") is None

mg.manual_seed(0)
net = nn.Sequential(nn.Linear(64, 300), nn.ReLU(), nn.Linear(300, 300), nn.ReLU(), nn.Linear(300, 5))
model = DistributedDataParallel(net, bucket_cap_mb=0.1)
x = mg.randn(8 * SIZE, 64)
kept = []
for turn in range(3):
    net.zero_grad()
    (model(x[RANK::SIZE]) * (turn + 1)).square().mean().backward()
    kept.append([p.grad for p in net.parameters()])
for turn in range(3):  # gradients of a step stay as they are while the next ones come
    net.zero_grad()
    (net(x) * (turn + 1)).square().mean().backward()
    for p, grad in zip(net.parameters(), kept[turn]):
        assert mg.allclose(p.grad, grad, rtol=1e-4, atol=1e-6), turn
assert group.memory._bytes
assert not [name for name in os.listdir("/dev/shm") if name.startswith("mocrograd-")]
if "mismatch" in sys.argv:
    try:
        shared.begin(group, [mg.ones(20_000 + RANK)], 0, "sizes", RANK).finish()
    except RuntimeError as fault:
        print("knows", fault, flush=True)
print("passed", sums, flush=True)
