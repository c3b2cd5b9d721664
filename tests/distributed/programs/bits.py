"""Trains by fixed shards, is killed now and then, goes on from its checkpoint, and prints the sha256 of the weights.

`bits.py CHECKPOINT SHARDS STEPS KILL,KILL,...`: at start number i the last rank is killed at step KILL[i].
"""

import hashlib
import os
import signal
import sys

import mocrograd as mg
import numpy as np
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.nn.parallel import DistributedDataParallel

path, count, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
kills = [int(step) for step in sys.argv[4].split(",") if step]
dist.init_process_group()
rank, size, start = dist.get_rank(), dist.get_world_size(), int(os.environ.get("MOCROGRAD_RESTART", 0))
mg.manual_seed(0)
net = nn.Sequential(
    nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)
)
model = DistributedDataParallel(net, deterministic_shards=count)
optimizer = mg.optim.Adam(model.parameters(), 1e-3)
first = 0
if os.path.exists(path):
    state = mg.load(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    mg.set_rng_state(state["random"])
    first = state["step"]
rng = np.random.default_rng(0)
x, y = rng.standard_normal((steps, 62, 64)).astype(np.float32), rng.integers(0, 10, (steps, 62))
for step in range(first, steps):
    optimizer.zero_grad()
    for part, target in model.shards(mg.tensor(x[step]), mg.tensor(y[step])):
        nn.functional.cross_entropy(model(part), target).backward()
    optimizer.step()
    if rank == size - 1 and start < len(kills) and step == kills[start]:
        os.kill(os.getpid(), signal.SIGKILL)
    if rank == 0 and (step + 1) % 5 == 0:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "random": mg.get_rng_state()}
        mg.save(state | {"step": step + 1}, path)
digest = hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in (*net.parameters(), *net.buffers())))
if rank == 0:
    print("sha256", digest.hexdigest(), f"from step {first} with {size} ranks")
