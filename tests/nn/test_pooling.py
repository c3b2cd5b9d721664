"""Pooling layers, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed")

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
