"""StochasticWeightAveraging: the mean of the weights of the last epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocrograd.autograd import no_grad
from mocrograd.optim.swa_utils import SWALR, AveragedModel, update_bn
from mocrograd.train.hooks import Callback
from mocrograd.train.schedules import Schedule

if TYPE_CHECKING:
    from mocrograd.train.base import TrainerBase


class StochasticWeightAveraging(Callback):
    """Averages the weights after each of the last epochs, and gives the mean to the model at the end.

    From the first of these epochs on, the rates go to `swa_lrs` and the trainer's schedulers rest. At the end the
    statistics of batch normalisations are computed anew.

    Args:
        swa_lrs: The rate while weights are averaged, one or one per group.
        swa_epoch_start: The first epoch whose weights count, or as a float its share of all epochs.
        annealing_epochs: How many epochs the way to these rates takes.
        annealing_strategy: "cos" or "linear".

    Raises:
        ValueError: `swa_epoch_start` is out of range.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1), mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> average = mg.train.StochasticWeightAveraging(swa_lrs=0.05)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, callbacks=[average])
        >>> history = trainer.fit(data, epochs=4, progress=False)  # the model ends with the mean of the last weights
    """

    def __init__(
        self,
        swa_lrs: Any,
        swa_epoch_start: float = 0.8,
        annealing_epochs: int = 10,
        annealing_strategy: str = "cos",
    ) -> None:
        share = isinstance(swa_epoch_start, float)
        if not (0 <= swa_epoch_start <= 1 if share else swa_epoch_start >= 1):
            raise ValueError(f"swa_epoch_start must be an int from 1 on, or a float from 0 to 1, got {swa_epoch_start}")
        self.swa_lrs, self.start = swa_lrs, swa_epoch_start
        self.annealing_epochs, self.annealing_strategy = annealing_epochs, annealing_strategy
        self.average: AveragedModel | None = None
        self._saved: dict[str, Any] = {}

    def on_train_start(self, trainer: TrainerBase) -> None:
        """Begin anew, or go on with the mean that a checkpoint has."""
        self._trainer = trainer
        self._schedules = trainer.schedules
        self.average = None
        if self._saved:
            rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in trainer.optimizers]
            self._begin(trainer)
            assert self.average is not None
            self.average.load_state_dict(self._saved["average"])
            for schedule, saved in zip(trainer.schedules, self._saved["schedulers"], strict=True):
                schedule.scheduler.load_state_dict(saved)
            for optimizer, own in zip(trainer.optimizers, rates):
                for group, rate in zip(optimizer.param_groups, own):
                    group["lr"] = rate
            self._saved = {}

    def _begin(self, trainer: TrainerBase) -> None:
        self.average = AveragedModel(trainer.model)
        trainer.schedules = [
            Schedule(SWALR(optimizer, self.swa_lrs, self.annealing_epochs, self.annealing_strategy))
            for optimizer in trainer.optimizers
        ]

    def on_train_epoch_start(self, trainer: TrainerBase) -> None:
        """Begin in the first epoch that counts."""
        share = isinstance(self.start, float)
        first = int(self.start * trainer.epochs) + 1 if share else int(self.start)
        if self.average is None and trainer.epoch >= min(first, trainer.epochs):
            self._begin(trainer)

    def on_epoch_end(self, epoch: int, measured: dict[str, float]) -> None:
        """Take the weights into the mean."""
        if self.average is not None:
            self.average.update_parameters(self._trainer.model)

    def on_train_end(self, trainer: TrainerBase) -> None:
        """Give the mean to the model."""
        if self.average is None or not int(self.average.n_averaged.item()):
            return
        with no_grad():
            for own, mean in zip(trainer.model.parameters(), self.average.module.parameters(), strict=True):
                own.copy_(mean)
        update_bn(trainer.train_loader, trainer.model)

    def on_fit_end(self, trainer: TrainerBase) -> None:
        """Give the trainer its schedulers back."""
        trainer.schedules = getattr(self, "_schedules", trainer.schedules)

    def on_load_checkpoint(self, trainer: TrainerBase, checkpoint: dict[str, Any]) -> None:
        """Leave the checkpoint's schedulers, which are those of the mean, to this callback."""
        state = checkpoint["callbacks"].get(type(self).__name__) or {}
        if state:
            checkpoint["schedulers"] = state["rested"]

    def state_dict(self) -> dict[str, Any]:
        """Return the mean and the schedulers."""
        if self.average is None:
            return {}
        return {
            "average": self.average.state_dict(),
            "schedulers": [schedule.scheduler.state_dict() for schedule in self._trainer.schedules],
            "rested": [schedule.scheduler.state_dict() for schedule in self._schedules],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._saved = state_dict
