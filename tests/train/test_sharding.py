"""A Trainer over fixed shards, in one process."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.nn.parallel import DistributedDataParallel
from mocrograd.train import Trainer
from mocrograd.utils.data import DataLoader, DistributedSampler, TensorDataset

rng = np.random.default_rng(0)
X = mg.tensor(rng.standard_normal((22, 3)).astype(np.float32))
Y = mg.tensor(rng.standard_normal((22, 2)).astype(np.float32))
BATCHES = [(X[:9], Y[:9]), (X[9:14], Y[9:14]), (X[14:], Y[14:])]


def fit(loader=BATCHES, wrap=None, **options):
    mg.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    model = model if wrap is None else wrap(model)
    trainer = Trainer(model, nn.MSELoss(), mg.optim.SGD(model.parameters(), 0.1, 0.9), **options)
    return model, trainer.fit(loader, epochs=2, progress=False)


@pytest.mark.parametrize(
    "options",
    [{}, {"accumulate": 2, "clip_norm": 0.1, "l2": 0.01}, {"compile": True}, {"scaler": mg.amp.GradScaler("cpu")}],
)
def test_shards_train_as_whole_batches(options):
    def absolute(output, target):
        return (output - target).abs().mean()

    sharded, history = fit(deterministic_shards=4, metrics={"absolute": absolute}, **options)
    whole, expected = fit(metrics={"absolute": absolute}, **options)
    for p, q in zip(sharded.parameters(), whole.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), atol=1e-6)
    for name in ("loss", "absolute"):
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-5)


def test_a_batch_that_is_not_finite_is_left_out():
    bad = X[:8].clone()
    bad[5, 0] = float("nan")
    with pytest.warns(UserWarning, match="loss is nan"):
        model, _ = fit([*BATCHES, (bad, Y[:8])], deterministic_shards=2, on_nan="skip")
    expected, _ = fit(deterministic_shards=2)
    for p, q in zip(model.parameters(), expected.parameters()):
        assert p.equal(q)
    with pytest.raises(mg.train.NotFiniteError, match="loss is nan"):
        fit([(bad, Y[:8])], deterministic_shards=2)


def test_what_cannot_be_cut_is_refused():
    sampled = DataLoader(TensorDataset(X, Y), batch_size=8, sampler=DistributedSampler(X, 2, 0))
    with pytest.raises(ValueError, match="DistributedSampler gives parts"):
        fit(sampled, deterministic_shards=2)
    with pytest.raises(ValueError, match="at least 6 samples, got 5; a loader can drop_last"):
        fit(deterministic_shards=6)
    with pytest.raises(ValueError, match="multiple of the 1 processes, got 0"):
        fit(deterministic_shards=0)
    with pytest.raises(ValueError, match="deterministic_shards=4 too"):
        fit(wrap=DistributedDataParallel, deterministic_shards=4)
    with pytest.raises(ValueError, match="a `step` of your own"):
        fit(step=lambda trainer, batch: 0.0, deterministic_shards=4)
    fit(wrap=lambda model: DistributedDataParallel(model, deterministic_shards=4), deterministic_shards=4)
