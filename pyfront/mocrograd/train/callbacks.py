"""Callbacks: functions that run between epochs; the progress display is one of them."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocrograd.train.history import History


class Callback:
    """Base class of callbacks: override what is needed, the others do nothing."""

    def on_fit_start(self, epochs: int) -> None:
        """Act before the first epoch."""

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Act after an epoch, with its number from 1 and its measurements."""

    def on_fit_end(self, history: History) -> None:
        """Act after the last epoch, and after Ctrl-C or an error too."""


def describe(measured: dict[str, float]) -> str:
    """Put measurements into one short line: "loss 0.31, val 0.42; accuracy 0.91, val 0.88"."""
    parts = []
    for name, value in measured.items():
        if name != "seconds" and not name.startswith("validation_"):
            validation = measured.get(f"validation_{name}")
            parts.append(f"{name} {value:.4f}" + ("" if validation is None else f", val {validation:.4f}"))
    return "; ".join(parts)


class TextProgress(Callback):
    """Prints one line per epoch; in a terminal the line overwrites itself."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()

    def on_fit_start(self, epochs: int) -> None:
        """Remember how many epochs there will be."""
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Print the line."""
        line = f"epoch {epoch}/{self._epochs}  {describe(measured)}"
        print(f"\r{line}\x1b[K" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def on_fit_end(self, history: History) -> None:
        """End the line."""
        if self._terminal and len(history):
            print(flush=True)


class RichProgress(Callback):
    """Draws a bar over the epochs with rich."""

    def on_fit_start(self, epochs: int) -> None:
        """Start the bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._bar: Any = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=10),
            TextColumn("{task.description}"),
        )
        self._task = self._bar.add_task("", total=epochs)
        self._bar.start()

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Move the bar on."""
        self._bar.update(self._task, completed=epoch, description=describe(measured))

    def on_fit_end(self, history: History) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


def progress_callback() -> Callback:
    """Choose the bar in a terminal where rich is installed, plain text elsewhere."""
    with_rich = sys.stdout.isatty() and importlib.util.find_spec("rich") is not None
    return RichProgress() if with_rich else TextProgress()
