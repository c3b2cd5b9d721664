"""Trains a Trainer over fixed shards, and prints the sha256 of the weights: `trainer_bits.py FOLDER EPOCHS OPTION`."""

import hashlib
import sys

import mocrograd as mg
import numpy as np
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.train import Accuracy, ModelCheckpoint, Trainer
from mocrograd.utils.data import DataLoader, TensorDataset

folder, epochs, option = sys.argv[1], int(sys.argv[2]), sys.argv[3]
options = {
    "plain": {},
    "more": {"accumulate": 2, "clip_norm": 0.5, "l2": 0.01, "ema": 0.9, "on_nan": "skip"},
    "compiled": {"compile": True},
}[option]
mg.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 4))
rng = np.random.default_rng(0)
x, y = mg.tensor(rng.standard_normal((90, 16)).astype(np.float32)), mg.tensor(rng.integers(0, 4, 90))
loader = DataLoader(TensorDataset(x, y), batch_size=26, shuffle=True)  # the last batch has 12, so shards differ
trainer = Trainer(net, nn.CrossEntropyLoss(), mg.optim.Adam(net.parameters(), 1e-2), metrics={"accuracy": Accuracy()},
                  callbacks=[ModelCheckpoint(folder)], deterministic_shards=4, seed=3, **options)  # fmt: skip
history = trainer.fit(loader, loader, epochs=epochs, progress=False, resume="last")
digest = hashlib.sha256(b"".join(t.detach().numpy().tobytes() for t in (*net.parameters(), *net.buffers())))
if not dist.is_initialized() or dist.get_rank() == 0:
    print("sha256", digest.hexdigest(), *(f"{history[name][-1]:.4f}" for name in ("loss", "accuracy")))
