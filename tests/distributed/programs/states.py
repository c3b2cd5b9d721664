"""Optimizers and checkpoints in parts, normalisation over processes, and the sampler, against one process."""

import os
import sys
import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.distributed import checkpoint
from mocrograd.nn.parallel import DistributedDataParallel
from mocrograd.optim import ZeroRedundancyOptimizer
from mocrograd.utils.data import DistributedSampler

warnings.simplefilter("error")
dist.init_process_group()
RANK, SIZE = dist.get_rank(), dist.get_world_size()
FOLDER = sys.argv[1]
ROWS = 8 * SIZE
loss = nn.CrossEntropyLoss()


def network():
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))


def batch(step):
    rng = np.random.default_rng(step)
    return mg.tensor(rng.standard_normal((ROWS, 5)).astype(np.float32)), mg.tensor(rng.integers(0, 3, ROWS))


def own(tensor):
    return tensor[RANK * ROWS // SIZE : (RANK + 1) * ROWS // SIZE]


def near(found, expected, tolerance=1e-5):
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=0, atol=tolerance)


def groups(net):
    return [{"params": net[0].parameters()}, {"params": net[2].parameters(), "lr": 0.003}]


def optimizers_in_parts():
    for kind, options in ((mg.optim.Adam, {"lr": 0.01}), (mg.optim.SGD, {"lr": 0.05, "momentum": 0.9})):
        reference = network()
        optimizer = kind(groups(reference), **options)
        for stage in (1, 2):
            net = network()
            model = DistributedDataParallel(net) if stage == 1 else net
            parts = ZeroRedundancyOptimizer(groups(net), kind, stage=stage, **options)
            held = max(p.numel() for p in parts.parts)
            assert held <= (42 + SIZE) // SIZE + 1
            for step in range(20):
                for o, m, part in ((optimizer, reference, lambda t: t), (parts, model, own)):
                    if o is optimizer and stage == 2:
                        continue
                    x, y = (part(t) for t in batch(step))
                    o.zero_grad()
                    loss(m(x), y).backward()
                    o.step()
            near(net.parameters(), reference.parameters())
        with pytest.raises(RuntimeError, match="consolidate"):
            parts.state_dict()
        parts.consolidate_state_dict()
        alone = kind(groups(network()), **options)
        alone.load_state_dict(parts.state_dict())
        for a, b in zip(alone.state.values(), optimizer.state.values()):
            assert a.keys() == b.keys()
            near(a.values(), b.values())
        again = ZeroRedundancyOptimizer(groups(net), kind, stage=1, **options)
        again.load_state_dict(optimizer.state_dict())
        for a, b in zip(again.parts, parts.parts):
            for name, value in parts.optim.state[b].items():
                near([again.optim.state[a][name]], [value])
    with pytest.raises(ValueError, match="LBFGS"):
        ZeroRedundancyOptimizer(network().parameters(), mg.optim.LBFGS)


def checkpoints_in_parts():
    """Written here; another start of this program, with another number of processes, reads it."""
    net = network()
    optimizer = ZeroRedundancyOptimizer(groups(net), mg.optim.Adam, stage=2, lr=0.01)
    state = {"model": net.state_dict(), "step": 0}
    first, steps = 0, 10
    if os.path.exists(os.path.join(FOLDER, ".metadata")):
        optimizer.start_states()
        checkpoint.load({"optimizer": optimizer.parts_dict(), **state}, checkpoint_id=FOLDER)
        wanted = {"step": 0}
        checkpoint.load(wanted, checkpoint_id=FOLDER)
        first, steps = wanted["step"], wanted["step"] + 10
        optimizer.load_parts()
    rng = np.random.default_rng(5)
    xs, ys = rng.standard_normal((20, 12, 5)).astype(np.float32), rng.integers(0, 3, (20, 12))
    for step in range(first, steps):
        x, y = mg.tensor(xs[step][RANK::SIZE].copy()), mg.tensor(ys[step][RANK::SIZE].copy())
        loss(net(x), y).backward()
        optimizer.step()
    checkpoint.save(
        {"optimizer": optimizer.parts_dict(), "model": net.state_dict(), "step": steps}, checkpoint_id=FOLDER
    )
    files = [name for name in os.listdir(FOLDER) if name.endswith(".pt")]
    assert len(files) == SIZE, files
    total = sum(float(p.detach().double().abs().sum().item()) for p in net.parameters())
    if RANK == 0:
        print(f"step {steps} weights {total:.5f}")


def normalisation():
    for shape in ((ROWS, 4), (ROWS, 4, 3, 2)):
        rng = np.random.default_rng(1)
        x, up = (rng.standard_normal(shape) for _ in range(2))
        cuts = np.cumsum([3 + r for r in range(SIZE - 1)]).tolist()  # batches of different sizes
        whole, part = mg.tensor(x, requires_grad=True), mg.tensor(np.split(x, cuts)[RANK], requires_grad=True)
        plain = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(4).double()
        sync = nn.SyncBatchNorm.convert_sync_batchnorm(pickle_copy(plain))
        for _ in range(2):
            expected, found = plain(whole), sync(part)
        (expected * mg.tensor(up)).sum().backward()
        (found * mg.tensor(np.split(up, cuts)[RANK])).sum().backward()
        near([found], [mg.tensor(np.split(expected.detach().numpy(), cuts)[RANK])], 1e-12)
        near([part.grad], [mg.tensor(np.split(whole.grad.numpy(), cuts)[RANK])], 1e-12)
        near([sync.running_mean, sync.running_var], [plain.running_mean, plain.running_var], 1e-12)
        for p, q in zip(sync.parameters(), plain.parameters()):
            dist.all_reduce(p.grad)
            near([p.grad], [q.grad], 1e-11)


def pickle_copy(module):
    import copy

    return copy.deepcopy(module)


def sampler():
    taken = list(DistributedSampler(range(10), shuffle=False))
    assert taken == [i % 10 for i in range(RANK, -(-10 // SIZE) * SIZE, SIZE)]


for test in (optimizers_in_parts, checkpoints_in_parts, normalisation, sampler):
    test()
    dist.barrier()
    if RANK == 0:
        print("passed", test.__name__, flush=True)
dist.destroy_process_group()
