"""Batches that are trained on in one recorded call give what training on each alone gives, to the bit."""

import warnings
from functools import partial

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, train
from mocrograd.train import bundles
from mocrograd.train.progress import Progress
from mocrograd.utils.data import DataLoader, TensorDataset


def numbers(*shape, seed=0):
    return mg.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


def samples(count):
    return numbers(count, 6), mg.from_numpy(np.random.default_rng(1).integers(0, 3, count))


def pairs(count=100, size=4):
    x, y = samples(count)
    return [(x[i : i + size].clone(), y[i : i + size].clone()) for i in range(0, count, size)]


def views(count=100, size=4):
    x, y = samples(count)
    return list(zip(x.split(size), y.split(size)))


def shuffled(count=100, size=4):
    return DataLoader(TensorDataset(*samples(count)), batch_size=size, shuffle=True)


def plain_net():
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))


def random_net():
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3))


def fitting(net=plain_net, optimizer="SGD", loss=None, options=None, **more):
    mg.manual_seed(3)
    model = net()
    moves = getattr(mg.optim, optimizer)(model.parameters(), lr=0.05, **(options or {}))
    return train.Trainer(model, loss or nn.CrossEntropyLoss(), moves, seed=5, **{"compile": True, **more})


@pytest.fixture
def bundled(monkeypatch):
    """Counts bundles; `bundled.on = False` has every batch trained on alone."""

    class Bundled:
        on, count = True, 0

    def counting(self, *args):
        done = original(self, *args)
        Bundled.count += done
        return done

    original = bundles.Bundles._train
    monkeypatch.setattr(bundles.Bundles, "_train", counting)
    monkeypatch.setattr(train.trainer, "may_bundle", lambda trainer: Bundled.on and bundles.may_bundle(trainer))
    return Bundled


def state(trainer):
    """Return everything that a training leaves, tensors as bytes."""

    def plain(value):
        if isinstance(value, mg.Tensor):
            return tuple(value.shape), str(value.dtype), value.detach().numpy().tobytes()
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items() if name != "seconds"}
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    found = trainer.state_dict()
    grads = [param.grad for param in trainer.model.parameters()]
    seen = trainer.latest, trainer.batch, trainer.epoch, trainer.steps, trainer.history.interrupted
    return plain([found, grads, seen])


def both(bundled, make, loader=pairs, epochs=3, least=1, run=None):
    """Train with and without bundles, and compare what is left; return the two outcomes of `run`."""
    left, outcomes = [], []
    for on in (True, False):
        bundled.on, bundled.count = on, 0
        trainer = make()
        batches = loader()
        fit = run or (lambda trainer, batches: trainer.fit(batches, epochs=epochs, progress=False))
        outcomes.append(fit(trainer, batches))
        assert bundled.count >= least if on else not bundled.count
        left.append(state(trainer))
    assert left[0] == left[1]
    return outcomes


CASES = {
    "sgd": {},
    "momentum": {"options": {"momentum": 0.9, "nesterov": True}},
    "adam": {"optimizer": "Adam"},
    "clip": {"optimizer": "AdamW", "clip_norm": 0.1, "clip_value": 0.05, "l2": 0.01},
    "random": {"net": random_net, "optimizer": "RMSprop"},
    "metrics": {"metrics": {"a": train.Accuracy(), "f": train.F1(), "c": train.ConfusionMatrix()}},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("loader", [pairs, shuffled])
def test_a_bundle_gives_what_batches_alone_give(bundled, case, loader):
    both(bundled, lambda: fitting(**CASES[case]), loader, least=4)


def test_bundles_give_what_eager_training_gives(bundled):
    trainers = [fitting(random_net, metrics={"a": train.Accuracy()}, compile=compile) for compile in (True, False)]
    for trainer in trainers:
        trainer.fit(shuffled(), epochs=3, progress=False)
    assert bundled.count
    assert state(trainers[0]) == state(trainers[1])


def test_batches_that_share_memory_and_a_last_one_that_is_shorter(bundled):
    both(bundled, fitting, views, least=4)
    both(bundled, fitting, lambda: pairs(103) + pairs(30, 3), least=4)
    both(bundled, fitting, lambda: [*pairs(4)] * 20, least=4)
    both(bundled, fitting, lambda: [list(pair) for pair in pairs()] + pairs(), least=4)


def test_sums_of_regression_are_equal_to_the_bit(bundled, monkeypatch):
    monkeypatch.setattr(train.measuring, "_MOST", 1 << 9)  # which 21 batches fill
    x, y = numbers(200, 6), numbers(200, 3, seed=2)
    make = {"net": plain_net, "loss": nn.MSELoss(), "metrics": {"mae": train.MAE(), "r2": train.R2()}}
    one, two = both(bundled, lambda: fitting(**make), lambda: list(zip(x.split(2), y.split(2))), least=4)
    assert one["mae"] == two["mae"]
    assert one["loss"] == two["loss"]


class Look(train.Callback):
    def on_train_batch_end(self, trainer, batch, index):
        pass


class Drawing(train.Callback):
    def on_train_batch_start(self, trainer, batch, index):
        pass


class Batches(list):
    pass


@pytest.mark.parametrize(
    ("options", "loader"),
    [
        ({"callbacks": [Look()]}, pairs),
        ({"callbacks": [Drawing()]}, pairs),
        ({"metrics": {"a": train.accuracy}}, pairs),
        ({"ema": 0.5}, pairs),
        ({"accumulate": 2}, pairs),
        ({"on_nan": "skip"}, pairs),
        ({"compile": False}, pairs),
        ({}, lambda: Batches(pairs())),
        ({}, lambda: DataLoader(list(zip(*samples(100))), batch_size=4)),
        ({}, lambda: [{"input": x, "target": y} for x, y in pairs()]),
    ],
)
def test_what_looks_in_between_has_each_batch_alone(bundled, options, loader):
    fitting(**options).fit(loader(), epochs=2, progress=False)
    assert bundled.count == 0


def test_a_scheduler_of_batches_has_each_batch_alone(bundled):
    for interval, least in (("batch", 0), ("epoch", 1)):

        def make(interval=interval):
            trainer = fitting()
            scheduler = mg.optim.lr_scheduler.StepLR(trainer.optimizer, 2, 0.5)
            trainer.schedules = train.schedules.schedules({"scheduler": scheduler, "interval": interval})
            return trainer

        both(bundled, make, least=least)
        bundled.on, bundled.count = True, 0
        make().fit(pairs(), epochs=2, progress=False)
        assert bool(bundled.count) == bool(least)


def spoiled(value=float("nan"), at=21):
    batches = pairs()
    batches[at][0][1, 2] = value
    return batches


def fails(kind, words, batches, epochs=1):
    """Return what trains well, then on batches that raise, and gives the error's text."""

    def run(trainer, good):
        trainer.fit(good, epochs=2, progress=False)
        with pytest.raises(kind, match=words) as caught:
            trainer.fit(batches(), epochs=epochs, progress=False)
        return str(caught.value)

    return run


@pytest.mark.parametrize("net", [plain_net, random_net])
@pytest.mark.parametrize("at", [8, 13, 23, 24])
def test_a_nan_raises_at_its_batch_with_the_weights_from_before(bundled, net, at):
    words = f"step {at} .epoch 1, batch {at}.*layer '0'"
    one, two = both(bundled, lambda: fitting(net), run=fails(train.NotFiniteError, words, lambda: spoiled(at=at)))
    assert one == two


def test_a_nan_is_told_and_training_goes_on(bundled):
    def run(trainer, batches):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trainer.fit(batches, epochs=3, progress=False)
        return [str(warning.message) for warning in caught]

    def loss(output, target):  # infinite for some batches, with finite gradients
        return nn.functional.cross_entropy(output, target) + mg.where(target.sum() == 8, float("inf"), 0.0)

    def batches():
        made = pairs()
        for at, (_, target) in enumerate(made):
            target[:] = 2 if at == 21 else target.clamp(max=1)
        return made

    one, two = both(bundled, lambda: fitting(loss=loss, on_nan="warn"), batches, run=run)
    assert one == two
    assert len(one) == 3


def test_a_class_out_of_range_raises_at_its_batch(bundled):
    def wrong():
        batches = pairs()
        batches[18][1][2] = 7
        return batches

    both(bundled, fitting, run=fails(IndexError, None, wrong))


def test_a_metric_that_refuses_a_batch_raises_before_its_step(bundled):
    def loss(output, target):
        return nn.functional.mse_loss(output, target)

    def wrong():
        batches = regression()
        batches[18][1][2] = 5.5
        return batches

    def regression():
        return [(x[:, :3] * 1, (x[:, :3] > 0).float()) for x, _ in pairs()]

    net = lambda: nn.Sequential(nn.Linear(3, 3))  # noqa: E731
    for metric in (train.Accuracy(), train.F1("binary")):
        make = {"net": net, "loss": loss, "metrics": {"m": metric}}
        both(bundled, partial(fitting, **make), regression, run=fails(ValueError, None, wrong), least=0)


class Annealed(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.trainer = nn.Linear(6, 3), None

    def forward(self, input):
        return self.linear(input) * (1 + self.trainer.steps)


def test_a_model_that_looks_at_the_trainer_has_each_batch_alone(bundled):
    def make():
        trainer = fitting(Annealed)
        trainer.model.__dict__["trainer"] = trainer
        return trainer

    both(bundled, make, least=0)
    bundled.on = True
    make().fit(pairs(), epochs=2, progress=False)
    assert bundled.count == 0


def test_what_changes_between_epochs_is_noticed(bundled):
    class Change(train.Callback):
        def on_epoch_end(self, epoch, measured):
            model = self.trainer.model
            if epoch == 2:
                model[0].weight.requires_grad_(False)
            elif epoch == 4:
                model[1].eval()
                model[0].weight.requires_grad_(True)
            elif epoch == 6:
                self.handle = model[0].register_forward_hook(lambda module, args, output: output * 2)
            elif epoch == 8:
                self.handle.remove()
                self.trainer.optimizer.param_groups[0]["lr"] = 0.01
            elif epoch == 10:
                model[0].weight.data = model[0].weight.data * 1.5

    def make():
        change = Change()
        trainer = fitting(random_net, callbacks=[change])
        change.trainer = trainer
        return trainer

    both(bundled, make, epochs=12, least=25)


def test_another_loss_and_other_metrics(bundled):
    def run(trainer, batches):
        trainer.fit(batches, epochs=2, progress=False)
        trainer.loss = nn.CrossEntropyLoss(label_smoothing=0.3)
        trainer.metrics = {"a": train.Accuracy()}
        return trainer.fit(batches, epochs=2, progress=False)["a"]

    one, two = both(bundled, fitting, run=run)
    assert one == two


def interrupting(monkeypatch, when, fault):
    """Have a replay of a bundle be followed by an exception."""
    original, calls = mg.compiler.Compiled.replay, []

    def replay(self, *args):
        result = original(self, *args)
        calls.append(1)
        if len(calls) == when:
            raise fault
        return result

    monkeypatch.setattr(mg.compiler.Compiled, "replay", replay)


def test_an_interruption_leaves_whole_batches_to_go_on_from(bundled, monkeypatch, tmp_path):
    make = {"net": random_net, "metrics": {"a": train.Accuracy()}}
    interrupting(monkeypatch, 3, KeyboardInterrupt)
    stopped = fitting(**make)
    assert stopped.fit(shuffled(), epochs=3, progress=False).interrupted
    assert stopped.batch == 8  # of the second epoch
    stopped.save_checkpoint(tmp_path / "stopped.pt")
    resumed = fitting(**make)
    resumed.fit(shuffled(), epochs=3, progress=False, resume=tmp_path / "stopped.pt")
    whole = fitting(**make)
    whole.fit(shuffled(), epochs=3, progress=False)
    assert state(resumed) == state(whole)


class Eager(Progress):
    """A display that draws whenever it is told of batches."""

    def __init__(self, act):
        super().__init__(-1.0)
        self.act = act

    def draw(self, trainer, line):
        self.act(trainer)


def test_progress_is_told_of_bundles_and_may_stop_or_save(bundled, tmp_path):
    seen = []
    fitting(callbacks=[Eager(lambda trainer: seen.append((trainer.epoch, trainer.batch, trainer.steps)))]).fit(
        pairs(), epochs=2, progress=False
    )
    assert seen[-4:] == [(2, 8, 33), (2, 16, 41), (2, 24, 49), (2, 25, 50)]

    def stop(trainer):
        trainer.should_stop = trainer.epoch == 2

    trainer = fitting(callbacks=[Eager(stop)])
    assert len(trainer.fit(pairs(), epochs=3, progress=False)) == 1
    assert trainer.batch == 8

    def save(trainer):
        if trainer.epoch == 2 and trainer.batch == 16:
            trainer.save_checkpoint(tmp_path / "within.pt")

    make = {"net": random_net, "metrics": {"f": train.F1()}}
    whole = fitting(callbacks=[Eager(save)], **make)
    whole.fit(shuffled(), epochs=3, progress=False)
    resumed = fitting(callbacks=[Eager(save)], **make)
    resumed.fit(shuffled(), epochs=3, progress=False, resume=tmp_path / "within.pt")
    assert state(resumed) == state(whole)


def test_checkpoints_of_epochs_leave_bundles_and_those_of_batches_do_not(bundled, tmp_path):
    for every, found in ((None, True), (3, False)):
        bundled.count = 0
        callbacks = [train.ModelCheckpoint(tmp_path / str(every), every_batches=every)]
        fitting(callbacks=callbacks).fit(pairs(), epochs=2, progress=False)
        assert bool(bundled.count) is found


def test_large_steps_have_each_batch_alone(bundled, monkeypatch):
    for name in ("_MOST_WORK", "_MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(bundles, name, 10)
            fitting().fit(pairs(), epochs=2, progress=False)
    assert bundled.count == 0
