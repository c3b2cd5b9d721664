"""Dropout."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn


def test_dropout_scales_what_it_keeps():
    mg.manual_seed(0)
    x = mg.ones(100, 100, requires_grad=True)
    y = nn.Dropout(0.25)(x)
    values = y.detach().numpy()
    assert set(np.unique(values)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (values == 0).mean() == pytest.approx(0.25, abs=0.02)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), values)


def test_dropout_does_nothing_in_evaluation_and_for_zero():
    x = mg.ones(5)
    assert nn.Dropout(0.5).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_dropout_of_everything_has_zero_gradient():
    x = mg.ones(5, requires_grad=True)
    y = nn.Dropout(1.0)(x)
    y.sum().backward()
    assert y.tolist() == x.grad.tolist() == [0.0] * 5


def test_dropout_follows_the_seed():
    mg.manual_seed(1)
    first = nn.functional.dropout(mg.ones(50)).tolist()
    second = nn.functional.dropout(mg.ones(50)).tolist()
    mg.manual_seed(1)
    assert nn.functional.dropout(mg.ones(50)).tolist() == first != second


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_bad_probability(p):
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        nn.Dropout(p)
    with pytest.raises(ValueError, match="between 0 and 1"):
        nn.functional.dropout(mg.ones(1), p)


FORMS = ["dropout", "alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]
LAYERS = {
    "dropout": nn.Dropout,
    "alpha_dropout": nn.AlphaDropout,
    "dropout1d": nn.Dropout1d,
    "dropout2d": nn.Dropout2d,
    "dropout3d": nn.Dropout3d,
    "feature_alpha_dropout": nn.FeatureAlphaDropout,
}
SHAPES = {"dropout1d": (40, 50, 3), "dropout3d": (40, 50, 1, 3, 1)}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("p", [0.2, 0.75])
def test_what_is_dropped_and_what_is_kept(name, p):
    mg.manual_seed(4)
    shape = SHAPES.get(name, (40, 50, 3, 1))
    x = mg.ones(*shape, requires_grad=True)
    y = LAYERS[name](p)(x)
    values = y.detach().numpy().reshape(40 * 50, 3)
    assert len(np.unique(values)) == 2
    low = values == values.min()
    if "alpha" in name:
        a = ((1 - p) * (1 + p * 1.7580993408473766**2)) ** -0.5
        np.testing.assert_allclose(values.max(), a + a * p * 1.7580993408473766, rtol=1e-5)
        np.testing.assert_allclose(values.min(), a * (p - 1) * 1.7580993408473766, rtol=1e-5)
    else:
        assert values.min() == 0
        np.testing.assert_allclose(values.max(), 1 / (1 - p), rtol=1e-6)
    if name not in ("dropout", "alpha_dropout"):  # a channel is dropped or kept as a whole
        assert (low.all(1) | ~low.any(1)).all()
        low = low[:, 0]
    assert low.mean() == pytest.approx(p, abs=0.03)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy().reshape(2000, 3) == 0, values == values.min())


@pytest.mark.parametrize("name", ["alpha_dropout", "feature_alpha_dropout"])
def test_alpha_dropout_keeps_mean_and_variance(name):
    mg.manual_seed(5)
    y = getattr(nn.functional, name)(mg.randn(400, 500), 0.3, training=True)
    assert y.mean().item() == pytest.approx(0, abs=0.01)
    assert y.std().item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", FORMS)
def test_in_place_the_input_takes_the_result(name):
    x = mg.ones(*SHAPES.get(name, (40, 50, 3, 1)))
    y = getattr(nn.functional, name)(x, 0.5, training=True, inplace=True)
    assert y is x
    assert len(np.unique(x.numpy())) == 2
    assert LAYERS[name](0.5, inplace=True).eval()(x) is x
    leaf = mg.ones(*x.shape, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        LAYERS[name](0.5, inplace=True)(leaf)
    z = leaf * 1
    LAYERS[name](1.0, inplace=True)(z)
    z.sum().backward()
    assert not leaf.grad.any()


@pytest.mark.parametrize("name", FORMS)
def test_the_repr_is_torchs(name):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = LAYERS[name](0.3, True)
    assert repr(layer) == repr(getattr(torch.nn, type(layer).__name__)(0.3, True))


def test_channels_of_unusual_inputs():
    with pytest.warns(UserWarning, match="4 dimensions, received 3"):
        y = nn.functional.dropout2d(mg.ones(10, 20, 2))
    assert all(len(set(channel)) == 1 for sample in y.tolist() for channel in sample)
    with pytest.warns(UserWarning, match="4 or 5 dimensions, received 1"):
        nn.functional.dropout3d(mg.ones(3))
    y = nn.functional.dropout1d(mg.ones(100, 3))
    assert {tuple(channel) for channel in y.tolist()} == {(0.0,) * 3, (2.0,) * 3}


def test_dropout_replays_with_new_numbers():
    step = mg.compile(lambda x: nn.functional.dropout(x, 0.5), fullgraph=True)
    x = mg.ones(50)
    seen = {tuple(step(x).tolist()) for _ in range(4)}
    assert len(seen) == 4
