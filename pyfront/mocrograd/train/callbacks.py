"""Callbacks that come with the trainer."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mocrograd.train.hooks import Callback as Callback
from mocrograd.train.progress import NotebookProgress as NotebookProgress
from mocrograd.train.progress import RichProgress as RichProgress
from mocrograd.train.progress import TextProgress as TextProgress
from mocrograd.train.progress import progress_callback as progress_callback

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase


def monitored(measured: Mapping[str, float], name: str) -> float:
    """Return the measurement that a callback watches.

    Raises:
        KeyError: It was not measured.
    """
    if name not in measured:
        raise KeyError(f"monitor {name!r} is not measured; there are {', '.join(measured)}")
    return measured[name]


def better(name: str, mode: str, value: float, best: float | None, min_delta: float = 0.0) -> bool:
    """Tell whether a measurement is better than the best one.

    Args:
        name: Of the measurement.
        mode: "min", "max", or "auto": "max" where the name speaks of something that shall be great.
        value: Of now.
        best: Of before; None before the first.
        min_delta: How much better it must be.
    """
    if math.isnan(value):
        return False
    if mode == "auto":
        high = ("accuracy", "top_", "precision", "recall", "f1", "auroc", "r2")
        mode = "max" if any(word in name.lower() for word in high) else "min"
    return best is None or (value > best + min_delta if mode == "max" else value < best - min_delta)


def check_mode(mode: str) -> None:
    """Check the name of a direction.

    Raises:
        ValueError: It is none.
    """
    if mode not in ("auto", "min", "max"):
        raise ValueError(f"mode must be 'auto', 'min' or 'max', got {mode!r}")


class EarlyStopping(Callback):
    """Ends the training when a measurement no longer gets better.

    Args:
        monitor: Its name, "validation_loss" for instance.
        min_delta: How much better it must be to count.
        patience: After how many epochs without that the training ends.
        mode: Whether less ("min") or more ("max") is better; "auto" goes by the name.

    Raises:
        ValueError: The mode is unknown, or the patience below 1.

    Example:
        >>> import mocrograd as mg
        >>> x, y = mg.ones(4, 1), mg.zeros(4, 1)
        >>> model = mg.nn.Linear(1, 1)
        >>> still = mg.optim.SGD(model.parameters(), lr=0.0)  # nothing gets better
        >>> stop = mg.train.EarlyStopping("loss", patience=2)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), still, callbacks=[stop])
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(x, y))
        >>> len(trainer.fit(data, epochs=50, progress=False))
        3
    """

    def __init__(
        self, monitor: str = "validation_loss", min_delta: float = 0.0, patience: int = 3, mode: str = "auto"
    ) -> None:
        check_mode(mode)
        if patience < 1:
            raise ValueError(f"patience must be at least 1, got {patience}")
        self.monitor, self.min_delta, self.patience, self.mode = monitor, abs(min_delta), patience, mode
        self.best: float | None = None
        self.wait = 0

    def on_train_start(self, trainer: TrainerBase) -> None:
        """Begin anew, or stop at once where a checkpoint says so."""
        self._trainer = trainer
        if trainer.is_new:
            self.best, self.wait = None, 0
        trainer.should_stop = trainer.should_stop or self.wait >= self.patience

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Compare with the best epoch so far."""
        value = monitored(measured, self.monitor)
        if better(self.monitor, self.mode, value, self.best, self.min_delta):
            self.best, self.wait = value, 0
        else:
            self.wait += 1
            self._trainer.should_stop = self._trainer.should_stop or self.wait >= self.patience

    def state_dict(self) -> dict[str, Any]:
        """Return the best measurement, and for how many epochs it has been that."""
        return {"best": self.best, "wait": self.wait}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.best, self.wait = state_dict["best"], state_dict["wait"]


class CSVLogger(Callback):
    """Writes a line for each epoch to a file of comma-separated values; a resumed training continues it.

    Args:
        path: The file; its folder is made.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1), mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> log = mg.train.CSVLogger("log.csv")
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, callbacks=[log])
        >>> history = trainer.fit(data, epochs=2, progress=False)
        >>> with open("log.csv") as file:
        ...     print(len(file.readlines()))
        3
    """

    first_rank_only = True

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: IO[str] | None = None

    def on_train_start(self, trainer: TrainerBase) -> None:
        """Open the file, with the lines of the epochs that are already there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._names: list[str] = []
        for epoch, measured in enumerate(trainer.history.epochs, 1):
            self.on_epoch_end(epoch, measured)

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Write the line."""
        assert self._file is not None
        if not self._names:
            self._names = list(measured)
            self._writer.writerow(["epoch", *self._names])
        self._writer.writerow([epoch, *(measured.get(name, "") for name in self._names)])
        self._file.flush()

    def on_fit_end(self, trainer: TrainerBase) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class LearningRateMonitor(Callback):
    """Adds the learning rate of each epoch to its measurements, as "lr", or "lr_0", "lr_1" and so on.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1), mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> halving = mg.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
        >>> callbacks = [mg.train.LearningRateMonitor()]
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, scheduler=halving, callbacks=callbacks)
        >>> trainer.fit(data, epochs=3, progress=False)["lr"]
        [0.1, 0.05, 0.025]
    """

    def on_train_epoch_start(self, trainer: TrainerBase) -> None:
        """Read the rates, before a scheduler changes them."""
        self._rates = [float(group["lr"]) for optimizer in trainer.optimizers for group in optimizer.param_groups]

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Add them."""
        names = ["lr"] if len(self._rates) == 1 else [f"lr_{i}" for i in range(len(self._rates))]
        measured.update(zip(names, self._rates))
