"""History: the measurements of a training run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class History:
    """The measurements of each finished epoch.

    Attributes:
        epochs: One dict per epoch: "loss", the metrics by name, the same with "validation_" before, and
            "seconds".
        interrupted: Whether Ctrl-C ended the run.
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
