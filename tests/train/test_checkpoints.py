"""Checkpoints: resuming gives the same bits, what is kept, and files that are damaged or of something else."""

import random
import re
import subprocess
import sys
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim, train
from mocrograd.optim.lr_scheduler import MultiStepLR
from mocrograd.utils.data import DataLoader, TensorDataset

KILLED = Path(__file__).with_name("killed.py")
X, Y = mg.rand(20, 3), mg.rand(20, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize(("workers", "kills"), [(0, 30), (2, 20)])
def test_sigkill_at_random_moments_changes_no_bit(tmp_path, workers, kills):
    command = [sys.executable, str(KILLED), str(tmp_path), str(workers), str(kills), "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.fullmatch(r"(\d+) kills, (\d+) in the middle of an epoch, (\d+) runs\n", done.stdout)
    assert int(found[1]) >= kills
    assert int(found[2]) >= kills // 5


def fitting(folder=None, net=None, callbacks=(), **options):
    mg.manual_seed(0)
    net = net or nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Linear(4, 1))
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    saving = [] if folder is None else [train.ModelCheckpoint(folder, **options)]
    steps = MultiStepLR(optimizer, [2, 3], 0.5)
    return train.Trainer(net, nn.MSELoss(), optimizer, scheduler=steps, callbacks=[*callbacks, *saving])


def loader():
    return DataLoader(TensorDataset(X, Y), batch_size=4, shuffle=True)


def weights(trainer):
    return np.concatenate([p.detach().numpy().ravel() for p in trainer.model.parameters()]).tobytes()


def fit(trainer, epochs, resume=None):
    return trainer.fit(loader(), epochs=epochs, progress=False, resume=resume)


def test_resumed_epochs_are_the_same(tmp_path):
    whole = fitting(tmp_path / "a")
    fit(whole, 6)
    fit(fitting(tmp_path / "b"), 2, "last")  # nothing there: begins anew
    fit(fitting(tmp_path / "b"), 4, "last")
    parts = fitting(tmp_path / "b")
    history = fit(parts, 6, tmp_path / "b" / "epoch-0004.pt")
    assert weights(parts) == weights(whole)
    assert history["loss"] == whole.history["loss"]
    assert len(fit(parts, 3, "last")) == 6  # there already


def test_what_is_kept(tmp_path):
    fit(fitting(tmp_path, best="loss", keep=2), 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.pt", "epoch-0004.pt", "epoch-0005.pt", "last.pt"]
    fit(fitting(tmp_path / "none", keep=0, every=2), 3)
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["last.pt"]
    assert mg.load(tmp_path / "none" / "last.pt")["epoch"] == 2
    fit(fitting(tmp_path / "all", keep=None, last=False), 4)
    assert len(list((tmp_path / "all").iterdir())) == 4


def test_best_has_the_least_loss(tmp_path):
    trainer = fitting(tmp_path, best="loss")
    history = fit(trainer, 6)
    saved = mg.load(tmp_path / "best.pt")
    assert saved["history"][-1]["loss"] == min(history["loss"])
    trainer.load_checkpoint(tmp_path / "best.pt")
    assert np.array_equal(trainer.model[0].weight.detach().numpy(), saved["model"]["0.weight"].numpy())


def test_callbacks_and_averages_go_on(tmp_path):
    def callbacks():
        averaging = train.StochasticWeightAveraging(0.05, swa_epoch_start=3, annealing_epochs=2)
        return [train.EarlyStopping("loss", patience=50), averaging, train.LearningRateMonitor()]

    whole = fitting(tmp_path / "a", callbacks=callbacks())
    fit(whole, 6)
    # The whole run, seen from its checkpoint after epoch 4.
    for epochs in (2, 4):
        parts = fitting(tmp_path / f"b{epochs}", callbacks=callbacks(), keep=None)
        fit(parts, 6)
        resumed = fitting(tmp_path / f"c{epochs}", callbacks=callbacks())
        history = fit(resumed, 6, tmp_path / f"b{epochs}" / f"epoch-000{epochs}.pt")
        assert history["lr"] == whole.history["lr"]
        assert weights(resumed) == weights(whole)
        assert resumed.callbacks[0].best == whole.callbacks[0].best


def test_damaged_and_foreign_files(tmp_path):
    trainer = fitting(tmp_path)
    fit(trainer, 1)
    content = (tmp_path / "last.pt").read_bytes()
    path = tmp_path / "broken.pt"
    for broken in (b"", b"text", content[: len(content) // 2], content[:-1], flipped(content)):
        path.write_bytes(broken)
        before = weights(trainer)
        with pytest.raises(train.CheckpointError, match=f"checkpoint {path}: damaged or no checkpoint: ."):
            fit(trainer, 2, path)
        assert weights(trainer) == before
    mg.save({"weight": X}, path)
    with pytest.raises(train.CheckpointError, match=f"{path}: expected one of Trainer"):
        fit(trainer, 2, path)
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        fit(trainer, 2, tmp_path / "missing.pt")
    with pytest.raises(ValueError, match="expected a ModelCheckpoint among the callbacks"):
        fit(fitting(), 2, "last")


def flipped(content):
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    return bytes(changed)


def test_another_model(tmp_path):
    fit(fitting(tmp_path), 1)
    net = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 1))
    words = (
        r"of another model: the checkpoint lacks 1.weight, 1.bias; the model lacks 2.weight, 2.bias; "
        r"of other shapes are 0.weight \(checkpoint \(4, 3\), model \(5, 3\)\), 0.bias"
    )
    with pytest.raises(train.CheckpointError, match=words):
        fit(fitting(net=net), 2, tmp_path / "last.pt")
    other = fitting()
    other.schedules = []
    with pytest.raises(train.CheckpointError, match="has 1 schedulers, not 0"):
        fit(other, 2, tmp_path / "last.pt")


def test_a_loader_that_became_shorter(tmp_path):
    trainer = fitting(tmp_path, every_batches=4)
    with pytest.raises(RuntimeError, match="stopped here"):
        fit_until(trainer, 4)
    short = DataLoader(TensorDataset(X[:8], Y[:8]), batch_size=4)
    with pytest.raises(train.CheckpointError, match="has seen 4 batches of the epoch, the loader gives 2"):
        fitting(tmp_path).fit(short, epochs=2, progress=False, resume="last")


def fit_until(trainer, batches):
    class Failing:
        def __iter__(self):
            for index, batch in enumerate(loader()):
                if index == batches:
                    raise RuntimeError("stopped here")
                yield batch

    return trainer.fit(Failing(), epochs=1, progress=False)


def test_bad_options(tmp_path):
    with pytest.raises(ValueError, match="every must be at least 1, got 0"):
        train.ModelCheckpoint(tmp_path, every=0)
    with pytest.raises(ValueError, match="mode must be"):
        train.ModelCheckpoint(tmp_path, mode="best")
    with pytest.raises(RuntimeError, match="'accuracy' is not measured; there are loss, seconds"):
        fit(fitting(tmp_path, best="accuracy"), 1)


class Shuffled(list):
    """A list of batches that comes in another order each time."""

    def __iter__(self):
        order = list(range(len(self)))
        random.shuffle(order)
        return iter([self[i] for i in order])


def test_a_list_that_shuffles_goes_on_in_its_order(tmp_path):
    class Stop(train.Callback):
        def on_train_batch_end(self, trainer, batch, index):
            if index == 3:
                trainer.save_checkpoint(tmp_path / "middle.pt")

    x = mg.from_numpy(np.random.default_rng(0).random((16, 3), np.float32))
    batches = Shuffled([(x[i : i + 2], x[i : i + 2, :1]) for i in range(0, 16, 2)])

    def trained(resume, *callbacks):
        mg.manual_seed(0)
        net = mg.nn.Linear(3, 1)
        optimizer = mg.optim.SGD(net.parameters(), lr=0.3)
        trainer = train.Trainer(net, mg.nn.MSELoss(), optimizer, seed=5, callbacks=callbacks)
        trainer.fit(batches, epochs=1, progress=False, resume=resume)
        return net.weight.tolist()

    whole = trained(None, Stop())
    random.seed(99)
    assert trained(tmp_path / "middle.pt") == whole
