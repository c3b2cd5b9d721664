"""ModelCheckpoint: the callback that writes checkpoints."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mocrograd.train import checkpoints, state
from mocrograd.train.callbacks import better, check_mode, monitored
from mocrograd.train.hooks import Callback

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase

_NUMBERED = re.compile(r"epoch-(\d+)\.pt")


class ModelCheckpoint(Callback):
    """Writes checkpoints to a folder: last.pt, best.pt, and epoch-0001.pt and so on.

    A file appears under its name when it is whole and on the disk, so the end of the process at any moment leaves the
    one before. `fit(resume="last")` goes on from last.pt, or starts anew where there is none.

    Args:
        folder: Is made where it is missing.
        best: The measurement by which best.pt is chosen; None writes none.
        last: Whether to write last.pt.
        every: After how many epochs a checkpoint is written.
        keep: How many of the numbered checkpoints are kept, the latest; None keeps all.
        every_batches: After how many batches within an epoch last.pt is written too; None waits for the epoch's end.
        mode: Whether less ("min") or more ("max") of `best` is better; "auto" goes by the name.

    Raises:
        ValueError: The mode is unknown, or a number is out of range.

    Example:
        >>> import mocrograd as mg
        >>> import os
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1), mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> keep = mg.train.ModelCheckpoint("checkpoints")
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, callbacks=[keep])
        >>> history = trainer.fit(data, epochs=2, progress=False)
        >>> sorted(os.listdir("checkpoints"))
        ['epoch-0002.pt', 'last.pt']
    """

    first_rank_only = True

    def __init__(
        self,
        folder: str | os.PathLike[str],
        best: str | None = None,
        last: bool = True,
        every: int = 1,
        keep: int | None = 3,
        every_batches: int | None = None,
        mode: str = "auto",
    ) -> None:
        check_mode(mode)
        for name, value, least in (("every", every, 1), ("keep", keep, 0), ("every_batches", every_batches, 1)):
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
        self.folder = Path(folder)
        self.best, self.last, self.every, self.keep = best, last, every, keep
        self.every_batches, self.mode = every_batches, mode
        self.best_value: float | None = None
        self._due = 0

    def on_fit_start(self, trainer: TrainerBase) -> None:
        """Make the folder."""
        self._trainer = trainer
        if trainer.is_new:
            self.best_value = None
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_train_batch_end(self, trainer: TrainerBase, batch: Any, index: int) -> None:
        """Write last.pt where it is due, and gradients are not being gathered."""
        if self.every_batches is None:
            return
        self._due += 1
        if self._due >= self.every_batches and trainer.between_steps and trainer.batch != trainer.batches:
            self._due = 0
            checkpoints.write(state.of(trainer), self.folder / "last.pt")

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Write what is due after an epoch."""
        self._due = 0
        improved = False
        if self.best is not None:
            value = monitored(measured, self.best)
            improved = better(self.best, self.mode, value, self.best_value)
            self.best_value = value if improved else self.best_value
        names = ["last.pt"] if self.last and epoch % self.every == 0 else []
        names += [f"epoch-{epoch:04}.pt"] if self.keep != 0 and epoch % self.every == 0 else []
        names += ["best.pt"] if improved else []
        if names:
            first = self.folder / names[0]
            checkpoints.write(state.of(self._trainer), first)
            for name in names[1:]:
                _link(first, self.folder / name)
        self._remove()

    def _remove(self) -> None:
        numbered = sorted(
            (int(match[1]), path) for path in self.folder.iterdir() if (match := _NUMBERED.fullmatch(path.name))
        )
        if self.keep is not None:
            for _, path in numbered[: len(numbered) - self.keep] if self.keep else []:
                path.unlink(missing_ok=True)

    def state_dict(self) -> dict[str, Any]:
        """Return the best measurement."""
        return {"best_value": self.best_value}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self.best_value = state_dict["best_value"]


def _link(source: Path, target: Path) -> None:
    """Give a whole file a second name, at once; a copy where the file system has no links."""
    temporary = target.with_name(f".{target.name}.linking")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    os.replace(temporary, target)
