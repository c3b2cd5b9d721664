"""Report: a callback that writes one HTML file about a run, to be opened without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mocrograd import model_summary, notebook
from mocrograd.profiler import profile
from mocrograd.serialization.files import replacement
from mocrograd.tensor import Tensor
from mocrograd.train import environment
from mocrograd.train.callbacks import Callback
from mocrograd.train.charts import confusion_table, duration, gallery, metric_curves, shown
from mocrograd.train.examine import Examined, class_names, examine
from mocrograd.train.page import page, section
from mocrograd.train.timing import where_time_went

_COLUMNS = ("output_size", "num_params", "params_percent", "operations")


class Report(Callback):
    """Writes one HTML file when training ends, interrupted or not.

    It has the curves, the learning rate, the confusion matrix with the worst examples as pictures, the model's table,
    where the time went, versions and seed.

    Args:
        path: The file, written when training ends.
        validation: Batches (inputs, class indices) that the confusion matrix and the worst examples come from; those
            that `fit` validates with by default.
        title: The page's title.
        classes: The names of the classes; their numbers by default.
        steps: How many training steps are profiled, after the first one; 0 for none.

    Raises:
        FileNotFoundError: The file's folder does not exist.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Linear(2, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, callbacks=[mg.train.Report("run.html")])
        >>> len(trainer.fit([(mg.ones(4, 2), mg.zeros(4, 1))], epochs=1, progress=False))
        1
    """

    first_rank_only = True

    def __init__(
        self,
        path: str | Path,
        validation: Iterable[Any] | None = None,
        *,
        title: str = "Training",
        classes: Sequence[str] | None = None,
        steps: int = 20,
    ) -> None:
        self.path = Path(path)
        if not self.path.absolute().parent.is_dir():
            raise FileNotFoundError(f"Report(): there is no folder {self.path.absolute().parent}")
        if self.path.is_dir():
            raise IsADirectoryError(f"Report(): {self.path} is a folder, expected the path of a file")
        self.validation = validation
        self.title = title
        self.classes = classes
        self.steps = steps

    def on_fit_start(self, trainer: Any) -> None:
        """Begin anew."""
        self._rates: list[float] = []
        self._seen = 0
        self._profile: profile | None = None
        self._running = False
        self._inputs: Any = None

    def on_train_batch_end(self, trainer: Any, batch: Any, index: int) -> None:
        """Keep one input, and profile some steps."""
        self._seen += 1
        if self._seen == 1:
            self._inputs = _one_sample(batch)
            if self.steps > 0:
                self._start()
        elif self._running and self._seen > self.steps:
            self._stop()

    def on_train_epoch_start(self, trainer: Any) -> None:
        """Keep the learning rate, before a scheduler changes it."""
        self._rates.append(float(trainer.optimizers[0].param_groups[0]["lr"]))

    def on_exception(self, trainer: Any, exception: BaseException) -> None:
        """Stop to profile."""
        self._stop()

    def on_fit_end(self, trainer: Any) -> None:
        """Write the file."""
        self._stop()
        content = self._content(trainer)
        with replacement(self.path) as file:
            file.write(content.encode())

    def _start(self) -> None:
        self._profile = profile()
        try:
            self._profile.__enter__()
        except RuntimeError:  # the user's own profile is running
            self._profile = None
        self._running = self._profile is not None

    def _stop(self) -> None:
        if self._running and self._profile is not None:
            self._running = False
            self._profile.__exit__(None, None, None)

    def _content(self, trainer: Any) -> str:
        epochs = trainer.history.epochs
        batches = trainer.validation_loader if self.validation is None else self.validation
        found = None if batches is None else examine(trainer.model, batches, names=self.classes)
        rates = [] if "lr" in trainer.history.last else self._rates  # a LearningRateMonitor has measured them
        body = [
            _headline(trainer.history, found),
            section("Curves", metric_curves(epochs, rates), "by epoch") if epochs else "",
            "" if found is None else _mistakes(found, self.classes),
            section("Model", self._model(trainer.model)),
            self._time(),
            section("Versions and seed", f'<div class="wrap">{notebook.table(environment.facts(), texts=2)}</div>'),
        ]
        now = datetime.now().strftime("%Y-%m-%d %H:%M")
        state = "interrupted" if trainer.history.interrupted else "finished"
        return page("report", self.title, f"{state} at {now}, after {len(epochs)} epochs", "\n".join(body))

    def _model(self, model: Any) -> str:
        try:
            table = model_summary.summary(model, input_data=self._inputs, col_names=_COLUMNS, verbose=0)
        except (RuntimeError, TypeError):  # its forward takes the parts of a batch in another way
            table = model_summary.summary(model, col_names=_COLUMNS, verbose=0)
        return table._repr_html_()

    def _time(self) -> str:
        if self._profile is None or not self._profile.events:
            return ""
        steps = min(self._seen - 1, self.steps)
        note = f"{steps} training steps after the first one took {duration(self._profile.seconds)}"
        return section("Where the time went", where_time_went(self._profile, f"{steps} steps"), note)


def _headline(history: Any, found: Examined | None) -> str:
    """Return the last measurements as a row of boxes."""
    facts = [(shown(name), f"{value:.4g}") for name, value in history.last.items() if name != "seconds"]
    if len(history):
        facts.append(("time", duration(sum(history["seconds"]))))
    if found is not None:
        facts.append(("right", f"{found.right} of {found.total}"))
    cells = "".join(
        f'<div><span class="muted">{notebook.escape(name)}</span><b>{notebook.escape(value)}</b></div>'
        for name, value in facts
    )
    return f'<div class="facts">{cells}</div>' if cells else ""


def _mistakes(found: Examined, classes: Sequence[str] | None) -> str:
    named = class_names(len(found.counts), classes)
    pictures = gallery(found.samples, found.captions)
    note = f"{found.total - found.right} of {found.total} samples were taken for another class"
    worst = section("Worst examples", pictures, "Those that the model was surest about, and wrong")
    return section("Confusion matrix", confusion_table(found.counts, named), note) + worst


def _one_sample(batch: Any) -> Any:
    """Return the inputs of a batch, of its first sample alone."""
    inputs = batch[0] if isinstance(batch, tuple | list) and batch else batch
    if isinstance(inputs, Tensor):
        return inputs[:1]
    if isinstance(inputs, tuple | list):
        return tuple(x[:1] if isinstance(x, Tensor) and x.ndim else x for x in inputs)
    return None
