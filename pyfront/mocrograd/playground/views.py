"""What a browser is shown of a network that learns: numbers, and charts as HTML."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.ops import from_numpy, softmax
from mocrograd.playground.drawing import image
from mocrograd.playground.learner import Learner
from mocrograd.train.charts import as_pixels, confusion_table, gallery, metric_curves, picture
from mocrograd.train.examine import examine
from mocrograd.train.live import decision_plane
from mocrograd.train.modes import evaluating

_MISTAKES = 10
_NO_CURVES = '<p class="muted">The curves begin with the first epoch.</p>'


def state(learner: Learner) -> dict[str, Any]:
    """Return what is shown of a learner."""
    epochs, last = learner.epochs, learner.epochs[-1]
    sizes = learner.network.sizes(learner.data.features, len(learner.data.classes))
    parameters = sum(parameter.numel() for parameter in learner.model.parameters())
    return {
        "name": learner.data.name,
        "facts": {
            "epoch": f"{len(epochs) - 1:,}",
            "step": f"{learner.steps:,}",
            "loss": f"{last['validation_loss']:.4f}",
            "accuracy": f"{last['validation_accuracy']:.1%}",
        },
        "shape": f"{' → '.join(map(str, sizes))}, {parameters:,} parameters",
        "data": f"{len(learner.data.train[0]):,} samples to learn from, {len(learner.data.validation[0]):,} to measure",
        "parts": {"curves": metric_curves(epochs) if len(epochs) > 1 else _NO_CURVES, **_picture(learner)},
        "kernels": learner.kernels.rows(),
    }


def _picture(learner: Learner) -> dict[str, str]:
    """Return the plane where samples are two numbers, else what is taken for what."""
    plane = decision_plane(learner.model, [learner.data.validation])
    if plane:
        return {"plane": plane, "confusion": "", "mistakes": ""}
    found = examine(learner.model, [learner.data.validation], _MISTAKES, learner.data.classes)
    if found is None:
        return {}
    mistakes = gallery(found.samples, found.captions)
    return {"plane": "", "confusion": confusion_table(found.counts, learner.data.classes), "mistakes": mistakes}


def reading(learner: Learner, strokes: list[np.ndarray]) -> dict[str, Any]:
    """Return what a network for digits takes a drawing for: the share of each digit, and the picture that it saw."""
    if not strokes:
        return {"shares": [], "seen": ""}
    pixels = image(strokes)
    with evaluating(learner.model):
        shares = np.nan_to_num(softmax(learner.model(from_numpy(pixels[None])), -1).numpy())
    shown = as_pixels(pixels)
    seen = "" if shown is None else picture(shown, "what the network sees of it, 8 x 8 pixels")
    return {"shares": [round(share, 4) for share in shares[0].tolist()], "seen": seen}
