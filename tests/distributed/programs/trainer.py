"""A Trainer in several processes against one alone, with the same batches: weights, measurements, checkpoints."""

import os
import sys
import warnings
from pathlib import Path

import mocrograd as mg
import numpy as np
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.train import R2, Accuracy, Callback, EarlyStopping, ModelCheckpoint, Trainer
from mocrograd.utils.data import DataLoader, TensorDataset

warnings.simplefilter("error")
FOLDER = Path(sys.argv[1])
rng = np.random.default_rng(0)
X = mg.tensor(rng.standard_normal((61, 5)).astype(np.float32))
LABELS, VALUES = mg.tensor(rng.integers(0, 3, 61)), mg.tensor(rng.standard_normal((61, 3)).astype(np.float32))


def fit(
    distributed, target=LABELS, loss=None, metrics=None, folder=None, epochs=3, resume=None, callbacks=(), **options
):
    mg.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
    mg.manual_seed(5 if distributed == "none" else 5 + int(os.environ["RANK"]))  # what rank 0 draws counts
    loader = DataLoader(TensorDataset(X, target), batch_size=20, shuffle=True)
    saving = [] if folder is None else [ModelCheckpoint(folder)]
    trainer = Trainer(model, loss or nn.CrossEntropyLoss(), mg.optim.SGD(model.parameters(), 0.1, 0.9), metrics=metrics,
                      callbacks=[*saving, *callbacks, EarlyStopping("loss", patience=9)], distributed=distributed, **options)  # fmt: skip
    history = trainer.fit(
        loader, DataLoader(TensorDataset(X, target), batch_size=20), epochs=epochs, progress=True, resume=resume
    )
    return model, history


for options in (
    {"metrics": {"accuracy": Accuracy()}},
    {"metrics": {"r2": R2()}, "target": VALUES, "loss": nn.MSELoss(), "clip_norm": 0.3},
    {"accumulate": 3, "l2": 0.01, "on_nan": "skip"},
    {"compile": True},
):
    model, history = fit("auto", **options)
    expected, alone = fit("none", **options)
    for p, q in zip(model.parameters(), expected.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), atol=1e-6)
    for a, b in zip(history.epochs, alone.epochs):
        assert a.keys() == b.keys()
        for name in a:
            assert name == "seconds" or abs(a[name] - b[name]) < 1e-5, (name, a, b)
whole, _ = fit("auto", epochs=4)
fit("auto", folder=FOLDER / "run", epochs=2)
dist.barrier()
resumed, history = fit("auto", folder=FOLDER / "run", epochs=4, resume="last")
assert len(history) == 4
for p, q in zip(resumed.parameters(), whole.parameters()):
    assert p.equal(q)


class SavesAndStops(Callback):
    """Writes a checkpoint after the second batch of the second epoch, and ends the training."""

    def on_train_batch_end(self, trainer, batch, index):
        if (trainer.epoch, index) == (2, 1):
            if trainer.ranks is None or trainer.ranks.is_first:
                trainer.save_checkpoint(FOLDER / "middle.pt")
            trainer.should_stop = True


fit("auto", epochs=2, callbacks=[SavesAndStops()])
dist.barrier()
for distributed in ("auto", "none"):  # a checkpoint of several processes says what it lacks
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        resumed, history = fit(distributed, epochs=4, resume=FOLDER / "middle.pt")
    warned = any("goes on from batch 2" in str(w.message) for w in caught)
    assert warned is (distributed == "none" or dist.get_rank() == 0)
    assert len(history) == 4
    for p, q in zip(resumed.parameters(), whole.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), atol=1e-6)
dist.barrier()
if dist.get_rank() == 0:
    fit("none", epochs=2, callbacks=[SavesAndStops()])
dist.barrier()
_, history = fit("auto", epochs=2, resume=FOLDER / "middle.pt")  # one of a single process lacks nothing
_, alone = fit("none", epochs=2)
assert abs(history["loss"][-1] - alone["loss"][-1]) < 1e-5
print("passed on", dist.get_rank())
