"""Activations: values and gradients, how the layers show, and what happens at the edges, as in torch."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

LAYERS = ["ReLU", "Tanh", "Sigmoid"]

ROWS = ["Softmax", "LogSoftmax"]


def compare(ours, theirs):
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
    compare(getattr(nn, name)(), lambda torch: getattr(torch.nn, name)())


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_row_layer_agrees_with_torch(name, dim):
    compare(getattr(nn, name)(dim), lambda torch: getattr(torch.nn, name)(dim))


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


NAMES = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "RReLU",
    "SELU",
    "Sigmoid",
    "SiLU",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
]

EDGES = [-100.0, -25.0, -6.0, -3.0, -1.0, -0.5, -1e-8, 0.0, 1e-8, 0.5, 1.0, 3.0, 6.0, 25.0, 100.0]


@pytest.mark.parametrize("name", NAMES)
def test_they_show_as_torchs(name, torch):
    assert repr(getattr(mg.nn, name)()) == repr(getattr(torch.nn, name)())


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in ("GLU", "LogSoftmax", "Softmax", "Softmax2d", "Softmin")]
)
def test_edges_are_torchs(name, torch):
    results = []
    for module in (mg, torch):
        layer = getattr(module.nn, name)().to(module.float64)
        layer.eval()
        x = module.tensor(EDGES, dtype=module.float64)
        x.requires_grad_()
        y = layer(x)
        y.sum().backward()
        results.append((y.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["ReLU", "ELU", "SELU", "CELU", "LeakyReLU", "SiLU", "Mish", "Hardswish", "Hardtanh"])
def test_the_input_may_take_the_result_over(name):
    x = mg.tensor([-1.0, 2.0, 0.5])
    expected = getattr(mg.nn, name)()(x).tolist()
    y = getattr(mg.nn, name)(inplace=True)(x)
    assert y is x
    assert x.tolist() == expected


@pytest.mark.parametrize(
    "name",
    [
        "ReLU",
        "ReLU6",
        "ELU",
        "SELU",
        "CELU",
        "LeakyReLU",
        "SiLU",
        "Mish",
        "Hardswish",
        "Hardsigmoid",
        "Hardtanh",
        "RReLU",
    ],
)
def test_gradients_are_those_of_the_input_as_it_was(name):
    gradients = []
    for inplace in (False, True):
        x = mg.linspace(-4.0, 8.0, 25, dtype=mg.float64, requires_grad=True)
        layer = getattr(mg.nn, name)(inplace=inplace).eval()
        layer(x * 1).square().sum().backward()
        gradients.append(x.grad.numpy())
    np.testing.assert_array_equal(*gradients)


def test_nothing_is_invented_at_infinity():
    x = mg.tensor([float("inf"), float("-inf"), float("nan")])
    np.testing.assert_array_equal(mg.nn.LogSigmoid()(x).numpy(), [0.0, -np.inf, np.nan])
    np.testing.assert_array_equal(mg.nn.Softplus()(x).numpy(), [np.inf, 0.0, np.nan])
    np.testing.assert_array_equal(mg.nn.ELU()(x).numpy(), [np.inf, -1.0, np.nan])


def test_random_slopes_lie_in_their_range():
    mg.manual_seed(0)
    y = mg.nn.RReLU(0.1, 0.3)(-mg.ones(1000)).numpy()
    assert y.min() >= -0.3
    assert y.max() <= -0.1
    assert y.std() > 0.03


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.nn.functional.gelu(m.ones(2), approximate="x"), "approximate argument"),
        (lambda m: m.nn.functional.glu(m.ones(3)), "Halving dimension must be even"),
        (lambda m: m.nn.functional.softshrink(m.ones(3), -1.0), "lambda"),
        (lambda m: m.celu(m.ones(3), 0.0), "alpha cannot be 0"),
        (lambda m: m.prelu(m.ones(2, 3), m.ones(2)), "Mismatch of parameter numbers"),
    ],
)
def test_bad_calls_raise_as_torchs(call, words, torch):
    with pytest.raises(RuntimeError):
        call(torch)
    with pytest.raises(RuntimeError, match=words):
        call(mg)


def test_thresholds_of_integers_are_integers():
    x = mg.tensor([1, 3])
    for ours, expected in ((mg.nn.functional.threshold(x, 2, 2.5), [2, 3]), (mg.threshold(x, 2.5, 7), [7, 3])):
        assert ours.dtype is mg.int64
        assert ours.tolist() == expected
    with pytest.raises(RuntimeError, match="overflow"):
        mg.nn.functional.threshold(x.to(mg.uint8), 2, 300)
    with pytest.raises(RuntimeError, match="not implemented for 'Bool'"):
        mg.nn.functional.threshold(x > 1, 0, 1)


def test_gumbel_softmax():
    mg.manual_seed(0)
    logits = mg.tensor([[2.0, 0.0, 1.0]]).expand(4000, 3).clone().requires_grad_()
    hard = mg.nn.functional.gumbel_softmax(logits, hard=True)
    assert hard.sum(1).tolist() == pytest.approx([1.0] * 4000, abs=1e-5)
    expected = logits[0].softmax(0).tolist()
    assert hard.detach().mean(0).tolist() == pytest.approx(expected, abs=0.03)
    soft = mg.nn.functional.gumbel_softmax(logits, tau=0.5)
    assert soft.sum(1).tolist() == pytest.approx([1.0] * 4000, abs=1e-4)
    (hard[:, 0] + soft[:, 0]).sum().backward()
    assert logits.grad.abs().sum().item() > 0
    with pytest.warns(UserWarning, match="eps"):
        mg.nn.functional.gumbel_softmax(logits, eps=0.1)
