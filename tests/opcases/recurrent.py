"""Rows of recurrent networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import row


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _lstm(gates: Any, sums: Any, h: Any, c: Any) -> Any:
    i, f, g, o = np.split(gates + sums, 4, -1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def _gru(gates: Any, sums: Any, h: Any, c: Any) -> Any:
    (ir, iz, inew), (hr, hz, hnew) = np.split(gates, 3, -1), np.split(sums, 3, -1)
    z = _sigmoid(iz + hz)
    return (1 - z) * np.tanh(inew + _sigmoid(ir + hr) * hnew) + z * h, c


STEPS = {
    "lstm": (4, _lstm),
    "gru": (3, _gru),
    "rnn_tanh": (1, lambda gates, sums, h, c: (np.tanh(gates + sums), c)),
    "rnn_relu": (1, lambda gates, sums, h, c: (np.maximum(gates + sums, 0), c)),
}


def _reference(cell: str, x: Any, h: Any, *rest: Any) -> Any:
    c, rest = (rest[0], rest[1:]) if cell == "lstm" else (h, rest)
    w, v, a, b = (*rest, 0.0, 0.0)[:4]
    h, c, outs = h[0], c[0], []
    for gates in x @ w.T + a:
        h, c = STEPS[cell][1](gates, h @ v.T + b, h, c)
        outs.append(h)
    return (np.stack(outs), h[None], c[None]) if cell == "lstm" else (np.stack(outs), h[None])


def _call(m: Any, cell: str, biased: bool, x: Any, h: Any, *rest: Any) -> Any:
    states, rest = ((h, rest[0]), rest[1:]) if cell == "lstm" else (h, rest)
    return getattr(m, cell)(x, states, rest, biased, 1, 0.0, False, False, False)


for _cell, (_gates, _) in STEPS.items():
    for _biased in (True, False):
        _cases = []
        for _time, _batch, _inputs, _hidden in ((1, 1, 1, 1), (2, 1, 2, 2), (3, 9, 5, 17), (2, 33, 3, 40)):
            _states = ((1, _batch, _hidden),) * (2 if _cell == "lstm" else 1)
            _rows = _gates * _hidden
            _biases = ((_rows,),) * 2 if _biased else ()
            _cases.append(((_time, _batch, _inputs), *_states, (_rows, _inputs), (_rows, _hidden), *_biases))
        row(
            _cell if _biased else f"{_cell} without bias",
            lambda m, *tensors, c=_cell, b=_biased: _call(m, c, b, *tensors),
            lambda *arrays, c=_cell: _reference(c, *arrays),
            _cases, ranges=((-1, 1),), smooth=_cell != "rnn_relu",
            terms=lambda *shapes: 4 * shapes[0][0] * sum(shapes[-1][-1:] + shapes[0][1:]),
        )  # fmt: skip
