"""The gates of recurrent cells by themselves: accuracy against float64, extremes, and what a nan reaches."""

import mocrograd as mg
import numpy as np
import pytest

WIDTHS = [1, 7, 15, 16, 17, 33]
ULP = {"float32": 2.0**-23, "float64": 2.0**-52}
CELLS = {"lstm": (mg.nn.LSTM, 4), "gru": (mg.nn.GRU, 3), "rnn": (mg.nn.RNN, 1)}


def _values(count, dtype):
    """Return values of all magnitudes, with zeros, extremes, and what saturates."""
    rng = np.random.default_rng(count)
    x = rng.standard_normal(count) * 10.0 ** rng.integers(-6, 3, count)
    special = [0.0, -0.0, 0.3, -0.35, 0.625, 19.0, -88.0, -104.5, 746.0, -800.0, np.inf, -np.inf, 1e-30, -1e30]
    chosen = rng.integers(0, 3 * len(special), count)
    x = np.where(chosen < len(special), np.array(special)[chosen % len(special)], x)
    return x.astype(dtype)


def _cell(kind, width, dtype):
    """Return a layer whose gates are its input: weights are a unit matrix and zeros."""
    layer, gates = CELLS[kind]
    cell = layer(gates * width, width, bias=False).to(getattr(mg, dtype))
    with mg.no_grad():
        cell.weight_ih_l0.copy_(mg.eye(gates * width))
        cell.weight_hh_l0.zero_()
    return cell


def _sigmoid(x):
    power = np.exp(-np.abs(x))
    return np.where(x < 0, power, 1) / (1 + power)


def _expected(kind, x, state, cells):
    if kind == "rnn":
        return (np.tanh(x),)
    parts = np.split(x, CELLS[kind][1], -1)
    if kind == "gru":
        z, new = _sigmoid(parts[1]), np.tanh(parts[2])
        return (new + z * (state - new),)
    i, f, o = (_sigmoid(parts[k]) for k in (0, 1, 3))
    c = f * cells + i * np.tanh(parts[2])
    return o * np.tanh(c), c


def _run(kind, x, state, cells, dtype):
    cell = _cell(kind, state.shape[-1], dtype)
    states = mg.tensor(state[None]), mg.tensor(cells[None])
    with mg.no_grad():
        _, ends = cell(mg.tensor(x[None]), states if kind == "lstm" else states[0])
    return [end[0].numpy() for end in (ends if kind == "lstm" else (ends,))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("width", WIDTHS)
def test_gates_are_exact_to_a_few_ulp(kind, width, dtype):
    x = _values(5 * CELLS[kind][1] * width, dtype).reshape(5, -1)
    x[np.isinf(x)] = 1e4  # the unit matrix would make nan of them
    rng = np.random.default_rng(0)
    state, cells = (rng.standard_normal((5, width)).astype(dtype) for _ in range(2))
    wide = [value.astype(np.longdouble) for value in (x, state, cells)]
    for found, expected in zip(_run(kind, x, state, cells, dtype), _expected(kind, *wide)):
        scale = np.maximum(np.abs(expected), np.abs(wide[1]) + np.abs(wide[2])) if kind != "rnn" else np.abs(expected)
        assert np.all(np.abs(found - expected) <= 8 * ULP[dtype] * scale)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_nan_reaches_its_own_unit_alone(kind, width):
    gates = CELLS[kind][1]
    for gate in range(gates):
        unit = width // 2
        state, cells = np.full((2, width), 0.5, np.float32), np.full((2, width), 0.25, np.float32)
        cell = _cell(kind, width, "float32")
        bias = np.zeros(gates * width, np.float32)
        bias[gate * width + unit] = np.nan
        x = mg.zeros(1, 2, gates * width)
        with mg.no_grad():
            weights = [cell.weight_ih_l0, cell.weight_hh_l0, mg.tensor(bias), mg.zeros(gates * width)]
            function = getattr(mg, kind)
            states = [mg.tensor(s[None]) for s in (state, cells)]
            given = states if kind == "lstm" else states[0]
            ends = function(x, given, weights, True, 1, 0.0, False, False, False)[1:]
        h = ends[0][0].numpy()
        assert np.isnan(h[:, unit]).all()
        assert np.isfinite(np.delete(h, unit, 1)).all()
        if kind == "lstm":
            c = ends[1][0].numpy()
            assert np.isnan(c[:, unit]).all() == (gate < 3)
            assert np.isfinite(np.delete(c, unit, 1)).all()


def test_an_infinite_cell_saturates():
    h, c = _run(
        "lstm",
        np.zeros((1, 4), np.float32),
        np.zeros((1, 1), np.float32),
        np.full((1, 1), -np.inf, np.float32),
        "float32",
    )
    assert c.item() == -np.inf
    assert h.item() == -0.5
