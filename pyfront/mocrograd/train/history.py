"""History: the measurements of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mocrograd import notebook
from mocrograd.train.curves import curves

_VALIDATION = "validation_"
_EDGE = 10
"""How many of the first and last epochs a table has."""


@dataclass
class History:
    """The measurements of each finished epoch.

    Attributes:
        epochs: One dict per epoch: "loss", the metrics by name, the same with "validation_" before, and
            "seconds".
        interrupted: Whether Ctrl-C ended the run.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1), mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1))
        >>> history = trainer.fit(data, epochs=3, progress=False)
        >>> history["loss"][-1] < history["loss"][0]
        True
    """

    epochs: list[dict[str, float]] = field(default_factory=list)
    interrupted: bool = False

    def __getitem__(self, name: str) -> list[float]:
        """Return one measurement of every epoch.

        Raises:
            KeyError: It was not measured.
        """
        if self.epochs and name not in self.epochs[0]:
            raise KeyError(f"{name!r} was not measured; there are {', '.join(self.epochs[0])}")
        return [epoch[name] for epoch in self.epochs]

    def __len__(self) -> int:
        """Count the finished epochs."""
        return len(self.epochs)

    @property
    def last(self) -> dict[str, float]:
        """The measurements of the last finished epoch; empty before the first."""
        return self.epochs[-1] if self.epochs else {}

    def to_pandas(self) -> Any:
        """Return the measurements as a DataFrame of pandas, a row for each epoch, counted from 1.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as fault:
            raise ImportError("History.to_pandas() needs pandas: pip install pandas") from fault
        return pandas.DataFrame(self.epochs, index=pandas.RangeIndex(1, len(self) + 1, name="epoch"))

    def plot(self, *names: str) -> Any:
        """Draw the measurements with matplotlib, those of training and validation in one chart.

        Args:
            names: Which, "loss" for instance; all by default.

        Returns:
            The figure, to show or to save.

        Raises:
            ImportError: matplotlib is not installed.
            KeyError: One was not measured.
        """
        try:
            from matplotlib import pyplot
        except ImportError as fault:
            raise ImportError('History.plot() needs matplotlib: pip install "mocrograd[plot]"') from fault
        charts = list(names) or list(dict.fromkeys(n.removeprefix(_VALIDATION) for n in self.last if n != "seconds"))
        figure, axes = pyplot.subplots(1, max(len(charts), 1), squeeze=False, figsize=(5 * max(len(charts), 1), 3.5))
        for name, ax in zip(charts, axes[0]):
            for other in (name, _VALIDATION + name):
                if other in self.last or other in names:
                    ax.plot(range(1, len(self) + 1), self[other], label=other.replace("_", " "))
            ax.set_xlabel("epoch")
            ax.legend()
        figure.tight_layout()
        return figure

    def _repr_html_(self) -> str:
        """Return the losses as curves and all measurements as a table, of many epochs the first and last ones."""
        facts = [f"{len(self)} epoch{'s' * (len(self) != 1)}", *["interrupted"] * self.interrupted]
        head = notebook.title(type(self).__name__, *facts)
        if not self.epochs:
            return notebook.frame(head)
        names = list(self.epochs[0])
        losses = {name: self[name] for name in names if name.endswith("loss")}
        lines = [[str(i), *(f"{epoch[name]:.4g}" for name in names)] for i, epoch in enumerate(self.epochs)]
        if len(lines) > 2 * _EDGE + 1:
            lines[_EDGE:-_EDGE] = [["⋮"] * (len(names) + 1)]
        body = notebook.table(lines, ["epoch", *names])
        return notebook.frame(head, curves(losses) if losses else "", notebook.fold("measurements", body, opened=True))
