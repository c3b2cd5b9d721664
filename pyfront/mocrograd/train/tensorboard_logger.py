"""TensorBoardLogger: a callback that writes the measurements of each epoch for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mocrograd.train.callbacks import Callback
from mocrograd.utils.tensorboard import SummaryWriter
from mocrograd.utils.tensorboard.summaries import writer_class


class TensorBoardLogger(Callback):
    """Writes measurements and learning rate of each epoch for TensorBoard.

    Args:
        log_dir: The folder; `runs/` with date, time and host by default.
        histograms: Whether the parameters' values are written too.

    Attributes:
        writer: The writer of the run; None before.

    Raises:
        ImportError: The package tensorboard is not installed.
    """

    first_rank_only = True

    def __init__(self, log_dir: str | Path | None = None, *, histograms: bool = False) -> None:
        writer_class()  # a missing package is told now and not when the training starts
        self.log_dir = log_dir
        self.histograms = histograms
        self.writer: SummaryWriter | None = None

    def on_train_start(self, trainer: Any) -> None:
        """Open the file; what a run that was interrupted wrote of later epochs is hidden."""
        done = len(trainer.history)
        self._trainer = trainer
        self.writer = SummaryWriter(self.log_dir, purge_step=done + 1 if done else None)

    def on_train_epoch_start(self, trainer: Any) -> None:
        """Keep the learning rates, before a scheduler changes them."""
        self._rates = [group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups]

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Write."""
        assert self.writer is not None
        for name, value in measured.items():
            self.writer.add_scalar(name, value, epoch)
        for i, rate in enumerate(self._rates):
            self.writer.add_scalar("learning_rate" if len(self._rates) == 1 else f"learning_rate/{i}", rate, epoch)
        if self.histograms:
            for name, parameter in self._trainer.model.named_parameters():
                self.writer.add_histogram(name, parameter, epoch)

    def on_fit_end(self, trainer: Any) -> None:
        """Close the file."""
        if self.writer is not None:
            self.writer.close()
