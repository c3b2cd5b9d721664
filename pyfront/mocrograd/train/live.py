"""LivePage: a page in the browser that shows a network while it learns."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.ops import cat, from_numpy, softmax
from mocrograd.tensor import Tensor
from mocrograd.train.callbacks import Callback
from mocrograd.train.charts import bars, boundary, coloured, gallery, metric_curves, picture, shown
from mocrograd.train.examine import examine
from mocrograd.train.modes import evaluating
from mocrograd.train.page import page

_SECONDS = 0.25
"""The least time between two states of the page."""
_SHARE = 0.1
"""Which part of the time goes into the page at most, while somebody watches."""
_MOST_SAMPLES = 1000
_MOST_PARAMETERS = 12
_MOST_FILTERS = 32
_MISTAKES = 18
_GRID = 60


class LivePage(Callback):
    """Shows curves, weights and what the network gets wrong while it learns, to browsers on this machine.

    For inputs of two numbers it shows the boundary between the classes, for pictures those that are taken for another
    class. The address has a secret in it, without which nothing is shown. The server ends with the call of `fit`, or
    with the process.

    Args:
        validation: Batches (inputs, class indices) that mistakes and the boundary come from, 1,000 samples of them;
            those that `fit` validates with by default.
        port: Where to listen, on 127.0.0.1; 0 for any free port.
        title: The page's title.
        classes: The names of the classes; their numbers by default.

    Attributes:
        address: Where a browser finds the page.

    Raises:
        OSError: The port is in use.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Linear(2, 1)
        >>> live = mg.train.LivePage()
        >>> live.address
        'http://127.0.0.1:...'
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), optimizer, callbacks=[live])
        >>> len(trainer.fit([(mg.ones(4, 2), mg.zeros(4, 1))], epochs=1, progress=False))
        1
    """

    first_rank_only = True

    def __init__(
        self,
        validation: Iterable[Any] | None = None,
        *,
        port: int = 0,
        title: str = "Training",
        classes: Sequence[str] | None = None,
    ) -> None:
        from mocrograd.train.server import Server  # the standard library's server takes a while to import

        self.validation = validation
        self.classes = classes
        self._server = Server(page("live", title), port)
        self.address = self._server.address
        self._next = 0.0

    def on_train_batch_end(self, trainer: Any, batch: Any, index: int) -> None:
        """Show the state, unless it was shown a moment ago or nobody watches."""
        if self._server.viewers and time.perf_counter() >= self._next:
            self._show(trainer, f"epoch {len(trainer.history) + 1}, batch {index + 1}")

    def on_fit_end(self, trainer: Any) -> None:
        """Show the last state, and stop to listen."""
        how = "interrupted" if trainer.history.interrupted else "finished"
        self._show(trainer, f"{how} after {len(trainer.history)} epochs", ended=True)
        self._server.close()

    def _show(self, trainer: Any, state: str, ended: bool = False) -> None:
        start = time.perf_counter()
        epochs = trainer.history.epochs
        parts = {"Curves": metric_curves(epochs)} if epochs else {}
        if epochs:
            state += "".join(f" · {shown(name)} {value:.4g}" for name, value in epochs[-1].items() if name != "seconds")
        parts |= self._data(trainer)
        parts["Weights"] = weights(trainer.model)
        self._server.send({"state": state, "parts": parts, "ended": ended})
        end = time.perf_counter()
        self._next = end + max(_SECONDS, (end - start) / _SHARE)

    def _data(self, trainer: Any) -> dict[str, str]:
        """Return what the model makes of the validation's first samples."""
        validation = trainer.validation_loader if self.validation is None else self.validation
        batches = [] if validation is None else _first(validation)
        if not batches:
            return {}
        plane = decision_plane(trainer.model, batches)
        if plane:
            return {"Decision boundary": plane}
        found = examine(trainer.model, batches, _MISTAKES, self.classes)
        if found is None:
            return {}
        right = f'<p class="muted">{found.right} of {found.total} are right; the others, worst first</p>'
        return {"Taken for another class": right + gallery(found.samples, found.captions)}


def weights(model: Module) -> str:
    """Return a histogram of each parameter, and the first layer's weights as pictures where they are some.

    Args:
        model: Of its parameters the first twelve are shown.
    """
    parameters = [(name, p.detach().cpu().numpy()) for name, p in model.named_parameters() if p.numel()]
    parts = [bars(values.reshape(-1), f"{name} {list(values.shape)}") for name, values in parameters[:_MOST_PARAMETERS]]
    pictures = _filters(parameters[0][1]) if parameters else ""
    return f'{pictures}<div class="weights">{"".join(parts)}</div>'


def _filters(values: np.ndarray) -> str:
    """Return a layer's weights as pictures, one for each output; "" where its inputs are no picture."""
    rows = values[:_MOST_FILTERS]
    if rows.ndim == 2 and rows.shape[1] >= 16 and round(rows.shape[1] ** 0.5) ** 2 == rows.shape[1]:
        side = round(rows.shape[1] ** 0.5)
        rows = rows.reshape(-1, side, side)
    elif rows.ndim == 4 and min(rows.shape[2:]) >= 3:
        rows = rows[:, 0]
    else:
        return ""
    return f'<div class="gallery filters">{"".join(f"<figure>{picture(coloured(row))}</figure>" for row in rows)}</div>'


def decision_plane(model: Module, batches: Sequence[Any]) -> str:
    """Return the plane in the colours of a model's classes; "" where its inputs are not two numbers.

    Args:
        model: Maps (N, 2) to one score, above 0 for the second class, or to a score for each class.
        batches: Pairs of inputs and classes.
    """
    if not all(len(batch) == 2 and batch[0].ndim == 2 and batch[0].shape[1] == 2 for batch in batches):
        return ""
    points = np.concatenate([batch[0].cpu().numpy() for batch in batches])
    targets = np.concatenate([batch[1].cpu().numpy().reshape(len(batch[0]), -1)[:, 0] for batch in batches])
    (left, low), (right, high) = points.min(0) - 0.4, points.max(0) + 0.4
    across, down = np.linspace(left, right, _GRID), np.linspace(high, low, _GRID)
    grid = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2).astype(points.dtype)
    with evaluating(model):
        scores = model(from_numpy(grid).to(batches[0][0].device)).reshape(len(grid), -1)
        if scores.shape[1] == 1:
            scores = cat([-scores, scores], 1)
        shares = softmax(scores, -1).cpu().numpy()
    corners = (float(left), float(right), float(low), float(high))
    return boundary(shares.reshape(_GRID, _GRID, -1), points, targets, corners)


def _first(batches: Iterable[Any]) -> list[Any]:
    """Return batches of two tensors until there are enough samples."""
    found: list[Any] = []
    samples = 0
    for batch in batches:
        if not (isinstance(batch, tuple | list) and len(batch) == 2 and all(isinstance(x, Tensor) for x in batch)):
            return []
        left = _MOST_SAMPLES - samples
        found.append([part[:left] for part in batch])
        samples += len(found[-1][0])
        if samples >= _MOST_SAMPLES:
            break
    return found
