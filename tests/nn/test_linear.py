"""Linear, Bilinear and Identity."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 5, 3), (0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_value_and_gradient_agree_with_torch(shape, bias):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer, peer = nn.Linear(3, 4, bias=bias), torch.nn.Linear(3, 4, bias=bias)
    peer.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in layer.state_dict().items()})
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = layer(x), peer(t)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-5, atol=1e-6)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(layer.parameters(), peer.parameters(), strict=True):
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_linear_starts_uniform_between_torchs_bounds():
    mg.manual_seed(0)
    layer = nn.Linear(400, 300)
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert abs(values).max() <= 1 / math.sqrt(400)
        assert values.std() == pytest.approx(1 / math.sqrt(3 * 400), rel=0.1)


def test_linear_starts_anew_from_the_same_seed():
    mg.manual_seed(3)
    first = nn.Linear(4, 5).weight.tolist()
    mg.manual_seed(3)
    assert nn.Linear(4, 5).weight.tolist() == first


def test_linear_without_bias():
    layer = nn.Linear(2, 3, bias=False)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    assert repr(layer) == "Linear(in_features=2, out_features=3, bias=False)"


def test_linear_dtype():
    layer = nn.Linear(2, 3, dtype=mg.float64)
    assert layer(mg.ones(1, 2, dtype=mg.float64)).dtype == mg.float64


def test_wrong_width_names_both_shapes():
    with pytest.raises(RuntimeError) as caught:
        nn.Linear(3, 4)(mg.ones(2, 5))
    message = str(caught.value)
    assert "2x5" in message or "(2, 5)" in message or "[2, 5]" in message
    assert any(text in message for text in ("3x4", "(4, 3)", "[4, 3]"))


def test_identity_takes_anything():
    x = mg.ones(2)
    assert nn.Identity(54, unused=True)(x) is x


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("lead", [(5,), (2, 3), (), (0,)])
def test_bilinear_agrees_with_torch(lead, bias):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer, peer = nn.Bilinear(3, 4, 2, bias=bias), torch.nn.Bilinear(3, 4, 2, bias=bias)
    assert repr(layer) == repr(peer)
    peer.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in layer.state_dict().items()})
    random = np.random.default_rng(0)
    data = [random.normal(size=(*lead, n)).astype(np.float32) for n in (3, 4)]
    xs, ts = [mg.tensor(d, requires_grad=True) for d in data], [torch.tensor(d, requires_grad=True) for d in data]
    y, u = layer(*xs), peer(*ts)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-5, atol=1e-6)
    (y * y).sum().backward()
    (u * u).sum().backward()
    for ours, theirs in zip([*xs, *layer.parameters()], [*ts, *peer.parameters()], strict=True):
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-5, atol=1e-5)


def test_bilinear_starts_uniform_between_torchs_bounds():
    values = nn.Bilinear(100, 20, 30).weight.detach().numpy()
    assert abs(values).max() <= 0.1
    assert values.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.1)
    with pytest.raises(ValueError, match="in1_features must be > 0"):
        nn.Bilinear(0, 1, 1)
