"""Recurrent layers of 16 bits: steps are computed in float32, and results and gradients are rounded once."""

import mocrograd as mg
import numpy as np
import pytest

KINDS = {
    "lstm": lambda: mg.nn.LSTM(12, 20, bidirectional=True),
    "gru": lambda: mg.nn.GRU(12, 20, bidirectional=True),
    "rnn": lambda: mg.nn.RNN(12, 20, bidirectional=True),
    "without biases": lambda: mg.nn.LSTM(12, 20, bias=False),
    "projected": lambda: mg.nn.LSTM(12, 20, proj_size=8),
}


def trained(model, x, dtype):
    """Return the results and all gradients of a model and its input in a dtype, as NumPy's float64."""
    model = model.to(dtype)
    x = x.detach().to(dtype).requires_grad_()
    model.zero_grad()
    out, last = model(x)
    total = out.double().sin().sum()
    for state in last if isinstance(last, tuple) else (last,):
        total = total + state.double().square().sum()
    total.backward()
    assert out.dtype is x.grad.dtype is dtype
    assert all(p.grad.dtype is dtype for p in model.parameters())
    return [t.double().detach().numpy() for t in (out, x.grad, *[p.grad for p in model.parameters()])]


@pytest.mark.parametrize("dtype", [mg.bfloat16, mg.float16], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_against_float64(kind, dtype):
    mg.manual_seed(0)
    model = KINDS[kind]().to(dtype)
    x = mg.randn(9, 5, 12).to(dtype)
    narrow = trained(model, x, dtype)
    wide = trained(model, x, mg.float64)
    unit = 2**-7 if dtype is mg.bfloat16 else 2**-10
    for a, b in zip(narrow, wide):
        np.testing.assert_allclose(a, b, rtol=0, atol=2 * unit * np.abs(b).max())


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_second_derivatives(kind):
    mg.manual_seed(0)
    found = []
    model, x = KINDS[kind]().bfloat16(), mg.randn(3, 2, 12).bfloat16()
    for dtype in (mg.bfloat16, mg.float64):
        model = model.to(dtype)
        leaf = x.detach().to(dtype).requires_grad_()
        (dx,) = mg.autograd.grad(model(leaf)[0].sum(), leaf, create_graph=True)
        dx.square().sum().backward()
        found.append(leaf.grad.double().numpy())
    np.testing.assert_allclose(*found, rtol=0, atol=0.03 * np.abs(found[1]).max())


def test_a_step_under_autocast_compiles():
    mg.manual_seed(0)
    model = mg.nn.LSTM(12, 20)
    x = mg.randn(6, 4, 12)

    def step(x):
        model.zero_grad()
        with mg.autocast("cpu", dtype=mg.bfloat16):
            out = model(x)[0]
        out.float().square().sum().backward()
        return out

    eager = step(x).clone()
    gradients = [p.grad.clone() for p in model.parameters()]
    compiled = mg.compile(step)
    for _ in range(3):
        assert mg.equal(compiled(x), eager)
        assert all(mg.equal(p.grad, g) for p, g in zip(model.parameters(), gradients))
