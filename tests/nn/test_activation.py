"""Activation layers against torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

LAYERS = ["ReLU", "Tanh", "Sigmoid"]
ROWS = ["Softmax", "LogSoftmax"]


def check(ours, theirs):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    data = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)
    upstream = np.random.default_rng(2).normal(size=(3, 4, 5)).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = ours(x), theirs(torch)(t)
    y.backward(mg.tensor(upstream))
    u.backward(torch.tensor(upstream))
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_layer_agrees_with_torch(name):
    check(getattr(nn, name)(), lambda torch: getattr(torch.nn, name)())


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_row_layer_agrees_with_torch(name, dim):
    check(getattr(nn, name)(dim), lambda torch: getattr(torch.nn, name)(dim))


@pytest.mark.parametrize(("shape", "dim"), [((4,), 0), ((2, 3), 1), ((2, 3, 4), 0), ((1, 2, 3, 4), 1)])
@pytest.mark.parametrize("name", ROWS)
def test_row_layer_without_axis_warns_and_chooses_as_torch(name, shape, dim):
    x = mg.tensor(np.random.default_rng(3).normal(size=shape).astype(np.float32))
    with pytest.warns(UserWarning, match="Implicit dimension choice"):
        y = getattr(nn, name)()(x)
    np.testing.assert_array_equal(y.numpy(), getattr(nn, name)(dim)(x).numpy())


def test_functions_convert_first():
    assert nn.functional.softmax(mg.ones(2), 0, dtype=mg.float64).dtype == mg.float64
    assert nn.functional.log_softmax(mg.ones(2), 0, dtype=mg.float64).dtype == mg.float64


def test_reprs():
    assert repr(nn.ReLU()) == "ReLU()"
    assert repr(nn.Softmax(dim=1)) == "Softmax(dim=1)"
