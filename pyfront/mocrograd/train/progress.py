"""Displays of progress: lines of text, a bar of rich, a line in a notebook."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

from mocrograd.train.hooks import Callback

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase

QUIET = 30.0
"""Seconds of an epoch after which plain text has a line for its batches."""
REDRAW = 0.2
"""Seconds between two states of a display that overwrites itself."""
_BRIEF = 1e-3
"""Seconds that a batch takes at most where a display looks at the clock after several."""
_SEVERAL = 8


def describe(measured: dict[str, float]) -> str:
    """Put measurements into one short line: "loss 0.31, val 0.42; accuracy 0.91, val 0.88"."""
    parts = []
    for name, value in measured.items():
        if name != "seconds" and not name.startswith("validation_"):
            validation = measured.get(f"validation_{name}")
            parts.append(f"{name} {value:.4f}" + ("" if validation is None else f", val {validation:.4f}"))
    return "; ".join(parts)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds, with hours from one hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress(Callback):
    """What displays have in common: when to draw, and the line about the batches of an epoch.

    Args:
        pause: Seconds between two lines within an epoch.

    Attributes:
        every: After how many batches it wants to be told again.
    """

    first_rank_only = True
    every = 1

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._epochs = 0

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Remember how many epochs there will be."""
        self._epochs = trainer.epochs

    def on_train_epoch_start(self, trainer: TrainerBase) -> None:
        """Start the clock of the epoch."""
        self._start = perf_counter()
        self._due = self._start + self._pause
        self._seen = self._start, trainer.batch
        self._first = trainer.batch
        self.every = 1

    def on_train_batch_end(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Draw where the last drawing is old enough."""
        now = perf_counter()
        before, batches = self._seen
        self._seen = now, trainer.batch
        brief = min(_BRIEF, self._pause / 100)
        self.every = _SEVERAL if now - before < brief * (trainer.batch - batches) else 1
        if now >= self._due:
            self._due = now + self._pause
            self.draw(trainer, self.line(trainer, now))

    def line(self, trainer: TrainerBase, now: float) -> str:
        """Describe how far the epoch is: batches, loss, rate and time left."""
        done, total = trainer.batch, trainer.batches
        rate = (done - self._first) / max(now - self._start, 1e-9)
        left = f", {clock((total - done) / rate)} left" if total and rate else ""
        batches = f"{done}/{total}" if total else str(done)
        shown = "".join(f"  {name} {value:.4f}" for name, value in trainer.latest.items())
        return f"epoch {trainer.epoch}/{self._epochs}  batch {batches}{shown}  {rate:.1f} batches/s{left}"

    def draw(self, trainer: TrainerBase, line: str) -> None:
        """Show a line within an epoch."""


class TextProgress(Progress):
    """Prints one line per epoch, and one now and then in a long epoch; in a terminal the line overwrites itself."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        super().__init__(REDRAW if self._terminal else QUIET)

    def draw(self, trainer: TrainerBase, line: str) -> None:
        """Print the line."""
        print(f"\r{line}\x1b[K" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Print the line of the epoch."""
        line = f"epoch {epoch}/{self._epochs}  {describe(measured)}"
        print(f"\r{line}\x1b[K" if self._terminal else line, end="" if self._terminal else "\n", flush=True)

    def on_fit_end(self, trainer: TrainerBase) -> None:
        """End the line."""
        if self._terminal and len(trainer.history):
            print(flush=True)


class RichProgress(Progress):
    """Draws a bar over the epochs and one over the batches with rich."""

    def __init__(self) -> None:
        super().__init__(REDRAW)

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Start the bar."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        super().on_fit_start(trainer)
        self._bar: Any = Progress(
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(bar_width=10),
            TextColumn("{task.description}"),
        )
        self._task = self._bar.add_task("", total=trainer.epochs, completed=len(trainer.history))
        self._bar.start()

    def draw(self, trainer: TrainerBase, line: str) -> None:
        """Move the bar on within an epoch."""
        share = trainer.batch / trainer.batches if trainer.batches else 0.0
        shown = line.split("  ", 1)[1]
        self._bar.update(self._task, completed=trainer.epoch - 1 + min(share, 0.99), description=shown)

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Move the bar on."""
        self._bar.update(self._task, completed=epoch, description=describe(measured))

    def on_fit_end(self, trainer: TrainerBase) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


class NotebookProgress(Progress):
    """Shows one line in a notebook's cell, which is replaced as the training goes on."""

    def __init__(self) -> None:
        super().__init__(REDRAW)
        self._handle: Any = None

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Make the line."""
        shown = importlib.import_module("IPython.display")
        super().on_fit_start(trainer)
        self._pretty = shown.Pretty
        self._handle = shown.display(shown.Pretty(""), display_id=True)

    def draw(self, trainer: TrainerBase, line: str) -> None:
        """Replace the line."""
        self._handle.update(self._pretty(line))

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Replace the line by that of the epoch."""
        self._handle.update(self._pretty(f"epoch {epoch}/{self._epochs}  {describe(measured)}"))


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def progress_callback() -> Callback:
    """Choose a notebook's line, the bar in a terminal where rich is installed, plain text elsewhere."""
    if _in_notebook():
        return NotebookProgress()
    with_rich = sys.stdout.isatty() and importlib.util.find_spec("rich") is not None
    return RichProgress() if with_rich else TextProgress()
