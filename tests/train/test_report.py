"""The report of a run: one file, whole in itself, that a browser shows without a fault, also on a phone."""

import re

import browser
import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.cli import main
from mocrograd.datasets import load_digits
from mocrograd.train import Trainer, accuracy
from mocrograd.train.charts import Box, as_pixels, confusion_table, flame
from mocrograd.train.examine import examine
from mocrograd.train.report import Report
from mocrograd.train.tensorboard_logger import TensorBoardLogger

needs_browser = pytest.mark.skipif(browser.FOUND is None, reason="there is no Chromium")


def run(callbacks, epochs=3, batches=30):
    mg.manual_seed(3)
    images, digits = load_digits()
    data = [(images[i : i + 32], digits[i : i + 32]) for i in range(0, 32 * batches, 32)]
    model = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    trainer = Trainer(
        model,
        nn.CrossEntropyLoss(),
        optimizer,
        metrics={"accuracy": accuracy},
        scheduler=mg.optim.lr_scheduler.StepLR(optimizer, 1, 0.5),
        callbacks=callbacks,
    )
    trainer.fit(data, [(images[-300:], digits[-300:])], epochs=epochs, progress=False)
    return trainer


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "run.html"
    trainer = run([Report(path, title="Digits & <others>")])
    return path, path.read_text(encoding="utf-8"), trainer


def test_the_report_has_everything(reported):
    _, text, trainer = reported
    for title in ("Curves", "Confusion matrix", "Worst examples", "Model", "Where the time went", "Versions and seed"):
        assert f"<h2>{title}</h2>" in text
    assert "Digits &amp; &lt;others&gt;" in text
    for name in ("validation loss", "validation accuracy", "learning rate"):
        assert f">{name}</text>" in text
    assert "0: Linear" in text
    assert mg.__version__ in text
    assert ">3</td>" in text  # the seed
    assert "linear.backward.float32" in text
    assert f"{trainer.history.last['validation_loss']:.4g}" in text
    assert "20 training steps" in text


def test_the_report_loads_nothing_from_elsewhere(reported):
    _, text, _ = reported
    assert not re.findall(
        r"""(?:src|href|action)\s*=\s*["'](?!data:)[^"']*["']|@import|url\((?!["']?data:)|<script""", text
    )


@needs_browser
def test_a_browser_shows_the_report(reported, tmp_path):
    path, _, _ = reported
    with browser.Browser(tmp_path / "profile") as page:
        for width, dark in ((1200, False), (375, False), (375, True)):
            page.open(path.as_uri(), width=width, dark=dark)
            assert page.overflow() <= 0
            ground = page.value("getComputedStyle(document.body).backgroundColor")
            light = sum(map(int, re.findall(r"\d+", ground)[:3])) > 384
            assert light != dark
            assert page.value("document.querySelectorAll('section').length") == 6
            assert page.value("[...document.images].every(i => i.naturalWidth === 8)")
            assert page.picture().startswith(b"\x89PNG")
        assert [address for address in page.requests if not address.startswith("data:")] == [path.as_uri()]
        assert page.errors == []


@needs_browser
def test_what_the_browser_finds_are_faults(tmp_path):
    (tmp_path / "bad.html").write_text("<!doctype html><div style='width:900px'>x</div><script>nothing()</script>")
    with browser.Browser(tmp_path / "profile") as page:
        page.open((tmp_path / "bad.html").as_uri(), width=375)
        assert page.overflow() > 0
        assert "nothing is not defined" in str(page.errors)


def test_an_interrupted_run_is_reported_too(tmp_path):
    class Interrupt(mg.train.Callback):
        def on_train_batch_end(self, trainer, batch, index):
            if index == 5:
                raise KeyboardInterrupt

    path = tmp_path / "run.html"
    run([Report(path), Interrupt()])
    assert "interrupted at" in path.read_text()
    with mg.profile() as measured:  # the report's own has ended
        mg.ones(2).sum()
    assert measured.events


def test_a_run_of_few_steps_is_reported(tmp_path):
    run([Report(tmp_path / "run.html")], epochs=1, batches=5)
    assert "4 training steps" in (tmp_path / "run.html").read_text()
    with mg.profile() as measured:
        mg.ones(2).sum()
    assert measured.events


def test_the_report_leaves_a_profile_of_the_users_alone(tmp_path):
    with mg.profile() as measured:
        run([Report(tmp_path / "run.html")], epochs=1)
    assert measured.events
    assert "Where the time went" not in (tmp_path / "run.html").read_text()


def test_a_report_of_other_things_than_classes(tmp_path):
    path = tmp_path / "run.html"
    model = nn.Linear(2, 1)
    trainer = Trainer(model, nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1), callbacks=[Report(path, steps=0)])
    trainer.fit([(mg.ones(4, 2), mg.zeros(4, 1))], [(mg.ones(4, 2), mg.zeros(4, 1))], epochs=1, progress=False)
    text = path.read_text()
    assert "Curves" in text
    assert "Confusion" not in text
    assert "Where the time went" not in text


def test_learning_rates_are_shown_once(tmp_path):
    run([mg.train.LearningRateMonitor(), Report(tmp_path / "run.html", steps=0)], batches=2)
    text = (tmp_path / "run.html").read_text()
    assert text.count(">lr</text>") == 1
    assert "learning rate</text>" not in text


def test_paths_that_cannot_be_written_are_refused_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        Report(tmp_path / "missing" / "run.html")
    with pytest.raises(IsADirectoryError, match="is a folder"):
        Report(tmp_path)


def test_the_command_writes_a_report(tmp_path, capsys):
    path = tmp_path / "run.html"
    assert main(["train", "digits", "--epochs", "2", "--quiet", "--report", str(path)]) == 0
    assert "<h1>mocrograd train digits</h1>" in path.read_text()
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["train", "digits", "--quiet", "--report", str(tmp_path / "no" / "run.html")]) == 2
    assert "there is no folder" in capsys.readouterr().err


class Known(nn.Module):
    """Takes the first sample for class 1, others for class 0."""

    def forward(self, x):
        scores = mg.zeros(len(x), 3)
        scores[:, 0] = x[:, 0]
        scores[0, 1] = 5.0
        return scores


def test_mistakes_are_counted_and_sorted():
    inputs, targets = mg.full((4, 16), 2.0), mg.tensor([2, 0, 1, 2])
    inputs[3, 0] = 4.0
    found = examine(Known(), [(inputs, targets)], names=["a", "b", "c"])
    assert found.counts.tolist() == [[1, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert (found.right, found.total) == (1, 4)
    assert [caption.split(" (")[0] for caption in found.captions] == [
        "c, taken for a",
        "c, taken for b",
        "b, taken for a",
    ]
    assert found.samples[0][0] == 4.0
    (worst,) = examine(Known(), [(inputs, targets)], most=1).samples
    assert worst[0] == 4.0
    assert examine(Known(), [(inputs, targets)], names=["a"]).captions[1].startswith("2, taken for 1 (")
    assert examine(Known(), [(inputs, targets.float())]) is None
    assert examine(Known(), []) is None
    table = confusion_table(found.counts, ["a", "b", "<c>"])
    assert "&lt;c&gt;" in table
    assert "100.0%" in table


def test_modes_and_gradients_are_as_before():
    model = nn.Sequential(nn.Linear(4, 2), nn.Dropout()).train()
    model[1].eval()
    examine(model, [(mg.ones(3, 4), mg.zeros(3).long())])
    assert (model.training, model[0].training, model[1].training) == (True, True, False)
    assert mg.is_grad_enabled()


def test_which_samples_are_pictures():
    assert as_pixels(np.zeros(64)).shape == (8, 8)
    assert as_pixels(np.ones((3, 5, 4))).shape == (5, 4, 3)
    assert as_pixels(np.ones((1, 5, 4))).shape == (5, 4, 1)
    assert as_pixels(np.arange(12.0).reshape(3, 4)).max() == 255
    for shape in ((13,), (9,), (2, 5, 4), (1, 1, 5, 4), ()):
        assert as_pixels(np.zeros(shape)) is None
    assert as_pixels(np.full((4, 4), np.nan)) is None


def test_a_flame_is_as_wide_as_its_time():
    root = Box("all")
    root.add(3.0, "forward", "matmul")
    root.add(1.0, "backward", "x<y")
    chart = flame(root)
    places = re.findall(r'left:([\d.]+)%;width:([\d.]+)%" title="([^:]+):', chart)
    assert sorted(places) == sorted(
        [
            ("0.000", "100.000", "all"),
            ("0.000", "75.000", "forward"),
            ("75.000", "25.000", "backward"),
            ("0.000", "75.000", "matmul"),
            ("75.000", "25.000", "x&lt;y"),
        ]
    )


def test_measurements_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer = run([TensorBoardLogger(tmp_path, histograms=True)], batches=2)
    found = EventAccumulator(str(tmp_path), size_guidance={"histograms": 0}).Reload()
    for name in ("loss", "validation_accuracy"):
        assert [e.value for e in found.Scalars(name)] == pytest.approx(trainer.history[name])
    assert [(e.step, e.value) for e in found.Scalars("learning_rate")] == [
        (1, pytest.approx(0.1)),
        (2, pytest.approx(0.05)),
        (3, pytest.approx(0.025)),
    ]
    assert len(found.Histograms("0.weight")) == 3
