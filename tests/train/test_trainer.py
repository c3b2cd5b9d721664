"""Trainer: what an epoch measures, what the L2 term does, and how a run ends."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim
from mocrograd.train import Callback, Trainer, accuracy, callbacks, l2_penalty
from mocrograd.utils.data import DataLoader, TensorDataset


def linear(value=1.0):
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, value)
    return model


def trainer(model=None, lr=0.0, **options):
    model = model or linear()
    return Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=lr), **options)


def loader(values, batch_size):
    x = mg.tensor([[float(v)] for v in values])
    return DataLoader(TensorDataset(x, mg.zeros(len(values), 1)), batch_size=batch_size)


def test_a_short_last_batch_counts_by_its_size():
    share = {"share": lambda output, target: float((output > 1.5).sum().item()) / len(target)}
    fitting = trainer(metrics=share)
    history = fitting.fit(loader([1, 1, 1, 1, 2], 4), loader([1, 2, 2], 2), epochs=1, progress=False)
    assert history["loss"] == pytest.approx([(4 * 1 + 4) / 5])
    assert history["share"] == pytest.approx([1 / 5])
    assert history["validation_loss"] == pytest.approx([(1 + 4 + 4) / 3])
    assert history["validation_share"] == pytest.approx([2 / 3])


def test_training_reduces_the_loss():
    history = trainer(lr=0.05).fit(loader([1, 2, 3], 2), epochs=5, progress=False)
    assert history["loss"] == sorted(history["loss"], reverse=True)
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    assert (len(history), history.interrupted) == (5, False)
    assert history.last["loss"] == history["loss"][-1]
    assert all(seconds > 0 for seconds in history["seconds"])


def test_compiled_training_measures_the_same():
    histories, weights = [], []
    for compile in (False, True):
        mg.manual_seed(0)
        model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))
        fitting = trainer(model, lr=0.05, l2=0.01, compile=compile)
        histories.append(fitting.fit(loader([1, 2, 3, 4, 5], 2), loader([1, 2], 2), epochs=5, progress=False))
        weights.append(model[0].weight.tolist())
    assert histories[0]["loss"] == pytest.approx(histories[1]["loss"], rel=1e-5)
    assert histories[0]["validation_loss"] == pytest.approx(histories[1]["validation_loss"], rel=1e-5)
    assert np.allclose(weights[0], weights[1], rtol=1e-5)


def test_the_parts_of_a_trainer_may_be_exchanged():
    for compile in (False, True):
        fitting = trainer(linear(1.0), lr=0.05, compile=compile)
        fitting.fit(loader([1, 2, 3, 4], 1), epochs=2, progress=False)
        fitting.model = linear(5.0)
        fitting.optimizer = optim.SGD(fitting.model.parameters(), lr=0.05)
        fitting.fit(loader([1, 2, 3, 4], 1), epochs=2, progress=False)
        assert fitting.model.weight.item() < 4.0


def test_l2_enters_loss_and_gradient():
    model = linear(3.0)
    fitting = trainer(model, lr=1.0, l2=0.1)
    history = fitting.fit(loader([0, 0], 2), epochs=1, progress=False)  # the data loss and its gradient are zero
    assert history["loss"] == pytest.approx([0.1 * 9])
    assert model.weight.grad.item() == pytest.approx(2 * 0.1 * 3)
    assert model.weight.item() == pytest.approx(3 - 0.6)


def test_l2_penalty_sums_all_parameters():
    params = [nn.Parameter(mg.tensor([[1.0, 2.0], [3.0, 4.0]])), nn.Parameter(mg.tensor([5.0]))]
    penalty = l2_penalty(params, 0.5)
    assert penalty.item() == pytest.approx(0.5 * 55)
    penalty.backward()
    assert params[0].grad.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert params[1].grad.tolist() == [5.0]


def test_validation_trains_nothing_and_gives_modes_back():
    model = nn.Sequential(linear(), nn.Dropout(0.5))
    model[1].eval()
    fitting = trainer(model)
    assert fitting.evaluate(loader([1, 2], 2)) == {"loss": pytest.approx(2.5)}
    assert (model.training, model[1].training) == (True, False)
    assert model[0].weight.grad is None
    assert not fitting.predict(mg.ones(1, 1)).requires_grad


def test_predict_joins_batches():
    fitting = trainer(linear(2.0))
    assert fitting.predict(loader([1, 2, 3], 2)).tolist() == [[2.0], [4.0], [6.0]]
    assert fitting.predict(mg.ones(1, 1)).tolist() == [[2.0]]
    with pytest.raises(ValueError, match="no batch"):
        fitting.predict([])


class Stopper(Callback):
    def __init__(self, after):
        self.after = after
        self.ended = False

    def on_epoch_end(self, epoch, measured):
        if epoch == self.after:
            raise KeyboardInterrupt

    def on_fit_end(self, history):
        self.ended = True


def test_ctrl_c_between_epochs_keeps_the_history():
    stopper = Stopper(2)
    history = trainer(callbacks=[stopper]).fit(loader([1], 1), epochs=9, progress=False)
    assert history.interrupted
    assert len(history) == 2
    assert stopper.ended


def test_ctrl_c_within_an_epoch_drops_that_epoch():
    batches = list(loader([1, 2, 3], 1))

    class Interrupted:
        def __init__(self):
            self.epoch = 0

        def __iter__(self):
            self.epoch += 1
            yield batches[0]
            if self.epoch == 3:
                raise KeyboardInterrupt
            yield batches[1]

    fitting = trainer(lr=0.01)
    history = fitting.fit(Interrupted(), epochs=9, progress=False)
    assert history.interrupted
    assert len(history) == 2
    assert len(fitting.fit(batches, epochs=1, progress=False)) == 1


def test_callbacks_end_after_an_error_too():
    stopper = Stopper(0)
    with pytest.raises(ValueError, match="no batch"):
        trainer(callbacks=[stopper]).fit([], epochs=1, progress=False)
    assert stopper.ended


def test_bad_epochs_and_names():
    with pytest.raises(ValueError, match="epochs must not be negative, got -1"):
        trainer().fit([], epochs=-1)
    history = trainer().fit(loader([1], 1), epochs=0, progress=False)
    assert (len(history), history.last, history["loss"]) == (0, {}, [])
    history = trainer().fit(loader([1], 1), epochs=1, progress=False)
    with pytest.raises(KeyError, match="'accuracy' was not measured; there are loss, seconds"):
        history["accuracy"]


def test_progress_is_one_line_per_epoch_and_silence_is_silence(capsys):
    trainer().fit(loader([2], 1), loader([3], 1), epochs=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"epoch {n}/2  loss 4.0000, val 9.0000" for n in (1, 2)]
    trainer().fit(loader([2], 1), epochs=2, progress=False)
    assert capsys.readouterr().out == ""


def test_progress_in_a_terminal_overwrites_its_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    progress = callbacks.TextProgress()
    trainer(callbacks=[progress]).fit(loader([2], 1), epochs=2, progress=False)
    assert capsys.readouterr().out == "".join(f"\repoch {n}/2  loss 4.0000\x1b[K" for n in (1, 2)) + "\n"


def test_progress_bar_with_rich(capsys):
    pytest.importorskip("rich", reason="rich is not installed")
    trainer(callbacks=[callbacks.RichProgress()]).fit(loader([2], 1), epochs=2, progress=False)
    out = capsys.readouterr().out
    assert "2/2" in out
    assert "loss 4.0000" in out


def test_bar_is_chosen_in_a_terminal_with_rich(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert type(callbacks.progress_callback()) is callbacks.RichProgress
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert type(callbacks.progress_callback()) is callbacks.TextProgress


def test_accuracy():
    scores = mg.tensor([[1.0, 3.0, 2.0], [5.0, 1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 0.0, 0.0]])
    assert accuracy(scores, mg.tensor([1, 0, 0, 0])) == 0.75
    assert math.isnan(accuracy(mg.zeros(0, 3), mg.zeros(0, dtype=mg.int64)))


def test_accuracy_agrees_with_numpy():
    scores = np.random.default_rng(0).normal(size=(200, 10)).astype(np.float32)
    classes = np.random.default_rng(1).integers(0, 10, 200)
    expected = (scores.argmax(1) == classes).mean()
    assert accuracy(mg.tensor(scores), mg.tensor(classes)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "of", [lambda output, target: (output - target).abs().mean(), lambda output, target: mg.tensor([2])]
)
def test_a_metric_may_return_a_tensor(of):
    model = mg.nn.Linear(2, 1)
    trainer = Trainer(model, mg.nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1), metrics={"metric": of})
    batches = [(mg.ones(4, 2), mg.zeros(4, 1)), (mg.ones(2, 2), mg.zeros(2, 1))]
    history = trainer.fit(batches, batches, epochs=2, progress=False)
    for name in ("metric", "validation_metric"):
        assert [type(value) for value in history[name]] == [float, float]
    assert type(trainer.evaluate(batches)["metric"]) is float
