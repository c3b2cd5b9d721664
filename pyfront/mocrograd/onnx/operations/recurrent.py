"""Recurrent layers, whose weights ONNX keeps in another order of gates."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.onnx.graph import Graph, Value
from mocrograd.onnx.operations.shapes import sliced
from mocrograd.onnx.writer import Arguments, Decline, form

_CELLS = {
    "lstm": ("LSTM", (0, 3, 1, 2)),
    "gru": ("GRU", (1, 0, 2)),
    "rnn_tanh": ("RNN", (0,)),
    "rnn_relu": ("RNN", (0,)),
}
"""The operator, and which of our blocks of rows each of its gates is: i, o, f, c of i, f, g, o; z, r, h of r, z, n."""


@form("Recurrent")
def _direction(g: Graph, a: Arguments) -> Any:
    """One direction of one layer, which goes over all time steps."""
    cell, x = a["cell"], a["x"]
    operator, order = _CELLS[cell]
    if a["sizes"] is not None:
        raise Decline
    hidden = g.fixed(a["w_hh"].shape[-1], "the number of features")
    w, r = (_in_order(g, a[name], order, hidden) for name in ("w_ih", "w_hh"))
    b = ""
    if a["b_ih"] is not None:
        b = g.add("Concat", *(_in_order(g, a[name], order, hidden) for name in ("b_ih", "b_hh")), axis=1)
    first = g.constant([0], np.int64)
    states = [a["h"], a["c"]] if cell == "lstm" else [a["h"]]
    given = ["" if s is None else g.add("Unsqueeze", s, first) for s in states]
    outputs = [g.name(operator) for _ in range(1 + len(states))]
    activations = {"rnn_tanh": ["Tanh"], "rnn_relu": ["Relu"]}.get(cell)
    g.add(
        operator, x, w, r, b, "", *given, outputs=outputs, hidden_size=hidden,
        direction="reverse" if a["reverse"] else "forward", activations=activations,
        linear_before_reset=1 if cell == "gru" else None,
    )  # fmt: skip
    # (time, 1, batch, hidden) and (1, batch, hidden)
    return (g.add("Squeeze", outputs[0], g.constant([1], np.int64)), *(g.add("Squeeze", s, first) for s in outputs[1:]))


def _in_order(g: Graph, weight: Value, order: tuple[int, ...], hidden: int) -> str:
    """Return a weight (1, gates * hidden, ...) in ONNX's order of gates."""
    out: str
    if weight.constant is not None:
        blocks = [weight.constant[k * hidden : (k + 1) * hidden] for k in order]
        return g.constant(np.concatenate(blocks)[None], name=f"{weight.name}.onnx")
    pieces = [sliced(g, weight, 0, k * hidden, (k + 1) * hidden) for k in order]
    whole = g.add("Concat", *pieces, axis=0) if len(pieces) > 1 else pieces[0]
    out = g.add("Unsqueeze", whole, g.constant([0], np.int64))
    return out
