"""DistributedDataParallel on GPUs, a card for each rank, against one process with the whole batch; and its errors.

`gpu_training.py train FOLDER` or one of the faults that `test_clusters_gpu.py` names.
"""

import os
import sys
from datetime import timedelta

import mocrograd as mg
import numpy as np
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.nn.parallel import DistributedDataParallel

what = sys.argv[1]
local = int(os.environ["LOCAL_RANK"])
dist.init_process_group("nccl", timeout=timedelta(seconds=20))
own, size = dist.get_rank(), dist.get_world_size()
if what != "one card":
    mg.cuda.set_device(local)


def fit(model, x, y, forward):
    optimizer = mg.optim.SGD(model.parameters(), 0.1, 0.9)
    for step in range(4):
        optimizer.zero_grad()
        ((forward(x[step]) - y[step]) ** 2).mean().backward()
        optimizer.step()
    return [p.detach().cpu().numpy() for p in model.parameters()]


def network(seed=0):
    mg.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 3))


def train():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4, 8, 6)).astype(np.float32), rng.standard_normal((4, 8, 3)).astype(np.float32)
    part = slice(own * 8 // size, (own + 1) * 8 // size)
    model = network(own).to("cuda")  # weights are first those of rank 0
    assert model[0].weight.device.index == local
    wrapped = DistributedDataParallel(model, device_ids=[local])
    card = [mg.tensor(np.ascontiguousarray(a[:, part])).to("cuda") for a in (x, y)]
    found = fit(model, *card, wrapped)
    alone = network()
    for p, q in zip(found, fit(alone, mg.tensor(x), mg.tensor(y), alone)):
        np.testing.assert_allclose(p, q, atol=1e-5)


def faults():
    ones = mg.ones(3)
    try:
        if what == "cpu and gpu":
            dist.all_reduce(ones.to("cuda") if own else ones)
        elif what == "two devices":
            dist.all_gather([ones.to("gpu:0"), ones.to("gpu:1")], ones.to("cuda"))
        elif what == "another device":
            dist.all_reduce(ones.to("cuda"))
            dist.all_reduce(ones.to(f"gpu:{1 - local}"))
        elif what == "shapes":
            dist.all_reduce(mg.ones(3 + own).to("cuda"))
        elif what == "operation":
            dist.all_reduce(mg.ones(3).to(mg.int64).to("cuda"), dist.ReduceOp.BXOR)
        elif what == "alone":
            if own == 0:
                dist.all_reduce(ones.to("cuda"))
        else:  # "one card", "missing" or "code"
            dist.all_reduce(ones.to("cuda"))
            assert what != "code later"
    except (RuntimeError, ImportError, NotImplementedError) as fault:
        print(f"rank {own} knows: {type(fault).__name__}: {fault}", flush=True)
    else:
        print(f"rank {own} knows nothing", flush=True)
    dist.barrier() if what != "alone" else None


train() if what == "train" else faults()
print(f"rank {own} is at the end", flush=True)
