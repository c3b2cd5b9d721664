"""Trainer: batches of all kinds, steps, schedulers, averages, faults, hooks and callbacks."""

import csv

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim, train
from mocrograd.optim.lr_scheduler import ReduceLROnPlateau, StepLR
from mocrograd.train import Callback, Trainer

X, Y = (mg.from_numpy(np.random.default_rng(0).random((24, n), np.float32)) for n in (3, 1))


def model(seed=0):
    mg.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def batches(size=6):
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, 24, size)]


def fitting(net=None, lr=0.1, **options):
    net = net or model()
    return Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=lr), **options)


def weights(trainer):
    return np.concatenate([p.detach().numpy().ravel() for p in trainer.model.parameters()])


def fit(trainer, loader=None, epochs=2, **options):
    trainer.fit(loader or batches(), epochs=epochs, progress=False, **options)
    return trainer


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, a, b):
        return self.layer(a + b)


@pytest.mark.parametrize("compile", [False, True])
def test_several_inputs_and_dicts_are_the_same(compile):
    results = []
    for make in (
        lambda x, y: (x, 2 * x, y),
        lambda x, y: ((x, 2 * x), y),
        lambda x, y: ({"a": x, "b": 2 * x}, y),
        lambda x, y: {"a": x, "b": 2 * x, "target": y},
    ):
        mg.manual_seed(0)
        loader = [make(x, y) for x, y in batches()]
        trainer = fit(fitting(Two(), compile=compile), loader)
        results.append((weights(trainer).tobytes(), trainer.predict(loader).tolist(), trainer.history["loss"]))
    assert all(result == results[0] for result in results)
    assert len(results[0][1]) == 24


@pytest.mark.parametrize(
    ("batch", "words"),
    [(X, "expected .inputs, target. or a dict, got Tensor"), ({"a": X}, r"expected one of target, .* got \['a'\]")],
)
def test_a_batch_of_another_kind(batch, words):
    with pytest.raises(TypeError, match=words):
        fit(fitting(), [batch])


def test_accumulated_batches_are_one_large_batch():
    whole, parts = fit(fitting(), batches(12)), fit(fitting(accumulate=2), batches(6))
    assert np.allclose(weights(whole), weights(parts), atol=1e-6)
    assert (whole.steps, parts.steps) == (4, 4)
    short = fit(fitting(accumulate=3), batches(6))  # three batches and one
    assert short.steps == 4
    unknown = fitting(accumulate=3)
    unknown.fit(Unsized(), epochs=1, progress=False)
    assert unknown.steps == 2


class Unsized:
    def __iter__(self):
        return iter(batches())


def test_clipping():
    trainer = fitting(lr=1.0, clip_norm=0.01)
    before = weights(trainer)
    fit(trainer, batches(24), epochs=1)
    assert np.linalg.norm(weights(trainer) - before) == pytest.approx(0.01, rel=1e-3)
    trainer = fitting(lr=1.0, clip_value=0.001)
    before = weights(trainer)
    fit(trainer, batches(24), epochs=1)
    assert np.abs(weights(trainer) - before).max() == pytest.approx(0.001, rel=1e-3)


def test_schedulers():
    trainer = fitting()
    trainer = fitting(trainer.model, scheduler=None)
    net = model()
    optimizer = optim.SGD(net.parameters(), lr=1e-3)
    rates = train.LearningRateMonitor()
    trainer = Trainer(net, nn.MSELoss(), optimizer, scheduler=StepLR(optimizer, 1, 0.5), callbacks=[rates])
    assert fit(trainer, epochs=3).history["lr"] == [1e-3, 5e-4, 2.5e-4]
    each = {"scheduler": StepLR(optimizer, 4, 0.1), "interval": "batch"}
    trainer = Trainer(net, nn.MSELoss(), optimizer, scheduler=[each], callbacks=[rates])
    assert fit(trainer, epochs=2).history["lr"] == pytest.approx([1.25e-4, 1.25e-5])
    plateau = ReduceLROnPlateau(optimizer)
    with pytest.raises(KeyError, match="'accuracy' is not measured; there are loss, seconds"):
        fit(Trainer(net, nn.MSELoss(), optimizer, scheduler={"scheduler": plateau, "monitor": "accuracy"}))
    with pytest.raises(ValueError, match="interval"):
        Trainer(net, nn.MSELoss(), optimizer, scheduler={"scheduler": plateau, "interval": "step"})


@pytest.mark.parametrize("compile", [False, True])
def test_moving_average(compile):
    trainer = fit(fitting(ema=0.5, compile=compile), epochs=1)
    mean = None
    other = fitting(callbacks=[])
    for batch in batches():
        fit(other, [batch], epochs=1)
        mean = weights(other) if mean is None else 0.5 * mean + 0.5 * weights(other)
    found = np.concatenate([p.detach().numpy().ravel() for p in trainer.average.module.parameters()])
    assert np.allclose(found, mean, atol=1e-6)
    assert np.array_equal(trainer.predict(X).numpy(), trainer.average.module(X).detach().numpy())
    assert trainer.validate(batches())["validation_loss"] != pytest.approx(other.evaluate(batches())["loss"], rel=1e-9)


def test_seed_and_several_runs():
    class Draws(Callback):
        def on_train_start(self, trainer):
            import random

            self.drawn = mg.rand(1).item(), random.random(), float(np.random.rand())

    first, second = Draws(), Draws()
    fit(fitting(seed=5, callbacks=[first]))
    fit(fitting(seed=5, callbacks=[second]))
    assert first.drawn == second.drawn


def test_own_step_with_two_optimizers():
    generator, critic = nn.Linear(2, 3), nn.Linear(3, 1)
    optimizers = [optim.SGD(net.parameters(), lr=0.1) for net in (generator, critic)]

    def step(trainer, batch):
        real, fake = batch[0], generator(mg.rand(len(batch[0]), 2))
        losses = {}
        for name, optimizer, loss in (
            ("critic", optimizers[1], lambda: (critic(fake.detach()) - critic(real)).mean()),
            ("generator", optimizers[0], lambda: -critic(fake).mean()),
        ):
            trainer.optimizers[0].zero_grad()
            trainer.optimizers[1].zero_grad()
            value = loss()
            value.backward()
            optimizer.step()
            losses[name] = value
        return losses

    trainer = fit(Trainer(nn.ModuleList([generator, critic]), None, optimizers, step=step))
    assert set(trainer.history.last) == {"critic", "generator", "seconds"}
    assert trainer.steps == 8
    with pytest.raises(TypeError, match="step: expected a number"):
        fit(Trainer(generator, None, optimizers, step=lambda trainer, batch: "no"))
    with pytest.raises(ValueError, match="expected a loss, or a step"):
        Trainer(generator, None, optimizers)


class Broken(nn.Module):
    def forward(self, x):
        return (x - 10).log() if x.sum() > 100 else x


@pytest.mark.parametrize("compile", [False, True])
def test_nan_loss_names_step_batch_and_layer(compile):
    net = nn.Sequential(nn.Linear(3, 4), Broken(), nn.Linear(4, 1))
    loader = batches()
    loader[2] = (mg.full((6, 3), float("nan")), Y[:6])
    with pytest.raises(
        train.NotFiniteError, match=r"loss is nan at step 2 \(epoch 1, batch 2\): .* layer '0' \(Linear\)"
    ):
        fit(fitting(net, compile=compile), loader)


def test_nan_of_loss_function_gradient_and_weights():
    net = model()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(train.NotFiniteError, match="so the loss function made it"):
        fit(Trainer(net, lambda output, target: (output - 100).log().mean(), optimizer))
    with pytest.raises(train.NotFiniteError, match=r"layer '0' \(Linear\): 0.weight itself is not finite"):
        fit(fitting(lr=float("inf")))


def test_nan_is_skipped_or_told():
    loader = batches()
    bad = [*loader[:2], (X[:6] * float("nan"), Y[:6]), *loader[2:]]
    with pytest.warns(UserWarning, match="the batch is skipped"):
        skipped = fit(fitting(on_nan="skip"), bad)
    assert np.array_equal(weights(skipped), weights(fit(fitting(), loader)))
    with pytest.warns(UserWarning, match="loss is nan at step 2"):
        fit(fitting(on_nan="warn"), bad[:3], epochs=1)
    with pytest.raises(ValueError, match="on_nan must be"):
        fitting(on_nan="ignore")


def test_nan_gradient_of_a_finite_loss_is_skipped():
    net = nn.Linear(3, 1)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    trainer = Trainer(
        net,
        lambda output, target: output.square().sum(1).sqrt().mean(),
        optim.SGD(net.parameters(), lr=1.0),
        on_nan="skip",
    )
    words = "the gradient of (weight|bias) is not finite"
    with pytest.warns(UserWarning, match=words), pytest.raises(ValueError, match="no batch"):
        fit(trainer, batches(24), epochs=1)
    assert not weights(trainer).any()


def test_hooks_come_in_order():
    calls = []

    class Every(Callback):
        def __getattribute__(self, name):
            return object.__getattribute__(self, name)

    for name in [name for name in vars(Callback) if name.startswith("on_")]:
        setattr(Every, name, lambda self, *arguments, name=name: calls.append(name))
    trainer = fitting(callbacks=[Every()])
    trainer.fit(batches(24), batches(24), epochs=1, progress=False)
    assert calls == [
        "on_fit_start",
        "on_train_start",
        "on_train_epoch_start",
        "on_train_batch_start",
        "on_before_optimizer_step",
        "on_train_batch_end",
        "on_train_epoch_end",
        "on_validation_start",
        "on_validation_epoch_start",
        "on_validation_batch_start",
        "on_validation_batch_end",
        "on_validation_epoch_end",
        "on_validation_end",
        "on_epoch_end",
        "on_train_end",
        "on_fit_end",
    ]


def raising(hook, fault):
    def act(self, *arguments):
        if self.trainer is None or len(self.trainer.history) == 2:
            raise fault

    kind = type("Raising", (Callback,), {hook: act, "trainer": None})
    return kind()


@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_batch_end", "on_train_epoch_start"])
def test_stop_iteration_ends_cleanly(hook):
    callback = raising(hook, StopIteration())
    callback.trainer = fitting(callbacks=[callback])
    fit(callback.trainer, epochs=9)
    assert len(callback.trainer.history) == 2
    assert not callback.trainer.history.interrupted


@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_batch_end"])
def test_should_stop(hook):
    kind = type("Stop", (Callback,), {hook: lambda self, *a: setattr(self.trainer, "should_stop", True)})
    callback = kind()
    callback.trainer = fitting(callbacks=[callback])
    fit(callback.trainer, epochs=9)
    assert len(callback.trainer.history) == (1 if hook == "on_epoch_end" else 0)


def test_a_callback_that_raises_is_named_and_the_history_kept():
    callback = raising("on_train_epoch_start", LookupError("lost"))
    seen = []
    watcher = type("Watcher", (Callback,), {"on_exception": lambda self, trainer, fault: seen.append(fault)})()
    callback.trainer = fitting(callbacks=[callback, watcher])
    with pytest.raises(RuntimeError, match=r"callback Raising.on_train_epoch_start raised LookupError: lost"):
        fit(callback.trainer, epochs=9)
    assert len(callback.trainer.history) == 2
    assert isinstance(seen[0].__cause__, LookupError)


def test_early_stopping():
    stopping = train.EarlyStopping("loss", patience=2)
    trainer = fit(fitting(lr=0.0, callbacks=[stopping]), epochs=9)
    assert len(trainer.history) == 3
    assert len(fit(trainer, epochs=9).history) == 3  # begins anew
    trainer = fitting(callbacks=[train.EarlyStopping("validation_f1")])
    with pytest.raises(RuntimeError, match="'validation_f1' is not measured; there are loss, seconds"):
        fit(trainer)
    with pytest.raises(ValueError, match="mode must be"):
        train.EarlyStopping(mode="up")


def test_csv(tmp_path):
    path = tmp_path / "runs" / "a.csv"
    trainer = fit(fitting(callbacks=[train.CSVLogger(path)]), epochs=3)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == trainer.history["loss"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]


def test_learning_rate_finder():
    finder = train.LearningRateFinder(1e-6, 100.0, 60)
    trainer = fitting(callbacks=[finder])
    before = weights(trainer)
    fit(trainer, epochs=0)
    assert np.array_equal(weights(trainer), before)
    assert 1e-4 < finder.suggestion < 10
    assert trainer.optimizer.param_groups[0]["lr"] == finder.suggestion
    assert len(finder.rates) == len(finder.losses) > 10
    with pytest.raises(ValueError, match="min_lr < max_lr"):
        train.LearningRateFinder(1.0, 0.1)


def test_the_rate_found_does_not_follow_the_first_batches():
    for seed in range(20):
        x, y = (mg.from_numpy(np.random.default_rng(seed).random((24, n), np.float32)) for n in (3, 1))
        finder = train.LearningRateFinder(1e-6, 100.0, 60)
        fit(fitting(callbacks=[finder]), [(x[i : i + 6], y[i : i + 6]) for i in range(0, 24, 6)], epochs=0)
        assert 1e-4 < finder.suggestion < 10


def test_learning_rate_finder_plots():
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    finder = train.LearningRateFinder(1e-6, 100.0, 60)
    fit(fitting(callbacks=[finder]), epochs=0)
    axes = finder.plot()
    assert axes.get_xlabel() == "learning rate"
    pyplot.close(axes.figure)


def test_stochastic_weight_averaging():
    class Collect(Callback):
        def on_epoch_end(self, epoch, measured):
            self.seen = [*getattr(self, "seen", []), weights(self.trainer)]

    collect = Collect()
    trainer = fitting(callbacks=[train.StochasticWeightAveraging(0.01, swa_epoch_start=3), collect])
    collect.trainer = trainer
    fit(trainer, epochs=5)
    assert np.allclose(weights(trainer), np.mean(collect.seen[2:], 0), atol=1e-6)
    assert trainer.schedules == []
    with pytest.raises(ValueError, match="swa_epoch_start"):
        train.StochasticWeightAveraging(0.1, swa_epoch_start=0)


@pytest.mark.parametrize("count", [3, 200])
def test_metrics_of_many_batches_and_reused_memory(count):
    net = nn.Linear(2, 3)
    images, labels = mg.rand(count * 4, 2), mg.randint(3, (count * 4,))
    metrics = {"right": train.Accuracy(), "confusion": train.ConfusionMatrix(), "mean": train.accuracy}
    trainer = Trainer(net, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.0), metrics=metrics)

    class Reused:
        def __iter__(self):
            x, y = mg.zeros(4, 2), mg.zeros(4, dtype=mg.int64)
            for i in range(count):
                x.copy_(images[4 * i : 4 * i + 4])
                y.copy_(labels[4 * i : 4 * i + 4])
                yield x, y

    fit(trainer, Reused(), epochs=1)
    expected = train.accuracy(net(images), labels)
    assert trainer.history.last["right"] == pytest.approx(expected)
    assert trainer.history.last["mean"] == pytest.approx(expected)
    assert trainer.results["confusion"].sum() == 4 * count
    assert trainer.test([(images, labels)])["test_right"] == pytest.approx(expected)


def test_plain_lines_within_a_long_epoch(capsys, monkeypatch):
    monkeypatch.setattr("mocrograd.train.progress.QUIET", 0.0)
    fitting().fit(batches(), epochs=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("epoch 1/1  batch 1/4  loss ")
    assert "batches/s, 0:00 left" in lines[0]


@pytest.mark.parametrize("buffers", [1, 2, 3])
@pytest.mark.parametrize("rows", [4, 1 << 17])  # those that wait, and those that are too large for that
def test_memory_that_the_loader_fills_again(buffers, rows):
    net = nn.Linear(2, 2)
    trainer = Trainer(nn.Identity(), nn.MSELoss(), optim.SGD(net.parameters()), metrics={"mae": train.MAE()})

    class Reused:
        def __iter__(self):
            inputs, targets = mg.zeros(buffers, rows), np.zeros((buffers, rows), np.float32)
            for i in range(6):
                targets[i % buffers] = -i
                yield inputs[i % buffers].fill_(i), mg.from_numpy(targets)[i % buffers]

    assert trainer.test(Reused())["test_mae"] == 5.0


def test_batches_of_other_layouts_are_counted_too():
    trainer = Trainer(
        nn.Identity(), nn.MSELoss(), optim.SGD(nn.Linear(1, 1).parameters()), metrics={"mae": train.MAE()}
    )
    numbers = mg.arange(24.0)
    cases = [
        numbers,
        numbers.reshape(4, 6),
        numbers.reshape(4, 6).T,
        numbers.reshape(6, 4),
        numbers.double(),
        numbers[::2],
    ]
    assert trainer.test([(x, x + 2) for x in cases for _ in range(2)])["test_mae"] == 2.0
