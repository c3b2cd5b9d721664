"""Pooling layers, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


LAYERS = [
    ("MaxPool1d", (3,), {}, (2, 3, 9)), ("MaxPool2d", (2,), {"stride": 1, "ceil_mode": True}, (2, 3, 5, 6)),
    ("MaxPool2d", ((3, 2), (2, 1), 1), {"return_indices": True}, (2, 3, 5, 6)), ("MaxPool3d", (2,), {}, (1, 2, 4, 5, 6)),
    ("AvgPool1d", (3, 2, 1), {}, (2, 3, 9)), ("AvgPool2d", ((3, 2),), {"count_include_pad": False}, (2, 3, 5, 6)),
    ("AvgPool2d", (2, 2), {"divisor_override": 3, "ceil_mode": True}, (3, 5, 7)), ("AvgPool3d", (2,), {}, (1, 2, 4, 5, 6)),
    ("AdaptiveAvgPool1d", (4,), {}, (2, 3, 9)), ("AdaptiveAvgPool2d", ((None, 2),), {}, (2, 3, 5, 6)),
    ("AdaptiveAvgPool3d", (1,), {}, (1, 2, 4, 5, 6)), ("AdaptiveMaxPool1d", (4,), {}, (2, 3, 9)),
    ("AdaptiveMaxPool2d", (3,), {"return_indices": True}, (2, 3, 5, 6)), ("AdaptiveMaxPool3d", (2,), {}, (1, 2, 4, 5, 6)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers_agree_with_torchs(name, args, options, shape):
    layer, peer = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(layer) == repr(peer)
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = layer(x), peer(t)
    if options.get("return_indices"):
        np.testing.assert_array_equal(y[1].numpy(), u[1].numpy())
        y, u = y[0], u[0]
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-6, atol=1e-6)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "values", [[1.0, float("nan"), 2.0, float("nan"), 3.0], [-float("inf")] * 5, [0.0, -0.0, 0.0, 5, 5]]
)
def test_nan_wins_and_the_first_of_equals(values, implementation):
    ours = nn.functional.max_pool1d(mg.tensor([values]), 3, 1, 1, return_indices=True)
    theirs = torch.nn.functional.max_pool1d(torch.tensor([values]), 3, 1, 1, return_indices=True)
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_an_empty_batch():
    x = mg.ones(0, 3, 4, 5, requires_grad=True)
    y = nn.functional.max_pool2d(x, 2)
    assert tuple(y.shape) == (0, 3, 2, 2)
    (y.sum() + nn.functional.avg_pool2d(x, 2).sum()).backward()
    assert x.grad.shape == x.shape


def test_a_compiled_step_gives_equal_bits():
    mg.manual_seed(1)
    weight = mg.randn(2, 3, 9, 9, requires_grad=True)

    def step(x):
        weight.grad = None
        hidden = nn.functional.max_pool2d(x * weight, 2)
        loss = (nn.functional.avg_pool2d(hidden, 3, 1, 1) * nn.functional.adaptive_max_pool2d(hidden, 4)).sum()
        loss.backward()
        return loss

    x = mg.randn(2, 3, 9, 9)
    eager = step(x).tolist(), weight.grad.tolist()
    compiled = mg.compile(step, fullgraph=True)
    for _ in range(4):
        assert (compiled(x).tolist(), weight.grad.tolist()) == eager


NORMS = {
    "LPPool1d": ((2.0, 3), {"stride": 2, "ceil_mode": True}, (2, 3, 8)),
    "LPPool2d": ((3, 2), {}, (2, 3, 5, 4)),
    "LPPool3d": ((1.0, 2), {"stride": 1}, (2, 3, 4, 3)),
}


@pytest.mark.parametrize("name", NORMS)
def test_pooling_by_norms_is_torchs(name, both, array):
    args, options, shape = NORMS[name]
    layers = {m: getattr(m.nn, name)(*args, **options) for m in (mg, torch)}
    assert repr(layers[mg]) == repr(layers[torch])
    both(lambda m, x: layers[m](x), np.abs(array(shape)) + 0.1)


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"stride": 1}, {"stride": 3}, {"padding": 1}])
def test_unpooling_is_torchs(ndim, options, both, array):
    def pooled(m, x):
        pool = getattr(m.nn, f"MaxPool{ndim}d")(3, return_indices=True, **options)
        values, places = pool(x)
        back = getattr(m.nn, f"MaxUnpool{ndim}d")(3, **options)
        return back(values, places, output_size=x.shape[-ndim:])

    shape = (2, 3, *(7, 6, 8)[:ndim])
    if options.get("stride") != 1:  # there a place is taken twice, and the gradient is that of either
        both(pooled, array(shape))
        both(pooled, array(shape[1:]))
    values = array(shape)
    back = [pooled(m, m.tensor(values)).numpy() for m in (mg, torch)]
    np.testing.assert_array_equal(*back)
    ours, theirs = (repr(getattr(m.nn, f"MaxUnpool{ndim}d")(3, **options)) for m in (mg, torch))
    assert ours == theirs


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("options", [{"output_size": 3}, {"output_size": 1}, {"output_ratio": 0.5}], ids=str)
def test_fractional_pooling_is_torchs(ndim, options, both, array):
    shape = (2, 3, 7, 8, 6)[: ndim + 2]
    samples = np.random.default_rng(0).uniform(size=(2, 3, ndim)).astype(np.float32)
    for window in (2, (2, 3, 1)[:ndim]):

        def pooled(m, x, samples=samples, window=window):
            kind = getattr(m.nn, f"FractionalMaxPool{ndim}d")
            values, places = kind(window, **options, return_indices=True, _random_samples=m.tensor(samples))(x)
            alone = kind(window, **options, _random_samples=m.tensor(samples[:1]))(x[0])
            return values, alone, places

        both(pooled, array(shape))
    mg.manual_seed(0)
    layer = getattr(mg.nn, f"FractionalMaxPool{ndim}d")(2, **options)
    x = mg.randn(*shape)
    values = layer(x)
    assert values.shape[2:] == tuple(options.get("output_size", n // 2) for n in shape[2:])
    assert set(values.flatten().tolist()) <= set(x.flatten().tolist())


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("dilation", "padding"), [(1, 0), (2, 0), (1, 1)])
def test_windows_two_pixels_apart_on_either_side_of_a_vector(window, dilation, padding):
    rng = np.random.default_rng(window)
    for width in (1, 2, 15, 16, 17, 30, 31, 32, 33, 34, 35, 63, 64, 65, 66, 70):
        if 2 * padding > window or dilation * (window - 1) + 1 > min(width, 11) + 2 * padding:
            continue
        x = rng.integers(-3, 4, (2, 3, 11, width)).astype(np.float32)  # many are equal
        x[0, 1, 4, width // 2], x[1, 2, 3, -1], x[1, 0] = np.nan, np.inf, -np.inf
        options = (window, 2, padding, dilation)
        found = nn.functional.max_pool2d(mg.tensor(x), *options, return_indices=True)
        with mg.kernels("original"):
            plain = nn.functional.max_pool2d(mg.tensor(x), *options, return_indices=True)
        expected = torch.nn.functional.max_pool2d(torch.tensor(x), *options, return_indices=True)
        for one, other, theirs in zip(found, plain, expected):
            np.testing.assert_array_equal(one.numpy(), theirs.numpy())
            np.testing.assert_array_equal(other.numpy(), theirs.numpy())
        if dilation == 1:
            ours = nn.functional.avg_pool2d(mg.tensor(x), window, 2, padding)
            theirs = torch.nn.functional.avg_pool2d(torch.tensor(x), window, 2, padding)
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6, atol=1e-6)
