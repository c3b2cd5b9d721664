"""Values that break careless kernels: infinities, nan, signed zeros, ties, extremes of int64, huge logits."""

import math

import mocrograd as mg
import numpy as np
import pytest

INF, NAN = math.inf, math.nan
HOSTILE = [INF, -INF, NAN, 0.0, -0.0, 1.0, -1.0, 1e-45, 1e-30, -1e-38, 3.4e38, -3.4e38, 88.0, -104.0, 0.5]
DTYPES = ["float32", "float64"]
INT_MIN, INT_MAX = -(1 << 63), (1 << 63) - 1

UNARY = {
    "neg": np.negative, "abs": np.abs, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "relu": lambda x: np.where(np.isnan(x), x, np.maximum(x, 0)),
    "isnan": np.isnan, "square": np.square, "exp2": np.exp2, "expm1": np.expm1, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "rsqrt": lambda x: 1 / np.sqrt(x), "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "erf": np.vectorize(math.erf), "erfc": np.vectorize(math.erfc),
}  # fmt: skip
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "maximum": np.maximum,
    "minimum": np.minimum, "pow": np.power, "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal,
    "gt": np.greater, "ge": np.greater_equal, "atan2": np.arctan2, "hypot": np.hypot, "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def check(got, expected, rtol=4e-6):
    got, expected = np.asarray(got), np.asarray(expected)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-37)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", UNARY)
def test_pointwise(name, dtype, implementation):
    data = np.array(HOSTILE * 5, dtype=dtype)  # long enough for the vector loop and its rest
    expected = UNARY[name](data)
    check(getattr(mg, name)(mg.tensor(data)).numpy(), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BINARY)
def test_pairs(name, dtype, implementation):
    data = np.array(HOSTILE, dtype=dtype)
    a, b = np.repeat(data, len(data)), np.tile(data, len(data))
    check(getattr(mg, name)(mg.tensor(a), mg.tensor(b)).numpy(), BINARY[name](a, b))
    check(getattr(mg, name)(mg.tensor(a).reshape(len(data), -1), mg.tensor(data)).numpy().ravel(), BINARY[name](a, b))


@pytest.mark.parametrize("name", ["add", "sub", "mul", "maximum", "minimum", "eq", "lt", "le"])
def test_extremes_of_int64_wrap_and_compare(name, implementation):
    data = np.array([INT_MIN, INT_MIN + 1, -1, 0, 1, INT_MAX - 1, INT_MAX] * 3)
    a, b = np.repeat(data, len(data)), np.tile(data, len(data))
    with np.errstate(over="ignore"):
        expected = BINARY[name](a, b)
    np.testing.assert_array_equal(getattr(mg, name)(mg.tensor(a), mg.tensor(b)).numpy(), expected)


def test_extremes_of_int64_elsewhere(implementation):
    x = mg.tensor([INT_MIN, 5, INT_MAX])
    assert x.max().item() == INT_MAX
    assert x.min().item() == INT_MIN
    assert (x.argmax().item(), x.argmin().item()) == (2, 0)
    assert (-x).tolist() == [INT_MIN, -5, -INT_MAX]
    assert x.tolist() == [INT_MIN, 5, INT_MAX]
    assert (x == INT_MAX).tolist() == [False, False, True]
    assert (x + 0).tolist() == x.tolist()
    assert x.sum().item() == 4
    assert (mg.tensor([1, -1, 2, 0]) ** mg.tensor(INT_MIN)).tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize("name", ["floor_", "ceil_", "trunc_", "fix_"])
def test_whole_numbers_are_rounded_in_place(name, implementation):
    x = mg.tensor([INT_MIN, 5, INT_MAX])
    assert getattr(x, name)() is x
    assert x.tolist() == [INT_MIN, 5, INT_MAX]


def test_nan_has_no_sign(implementation):
    assert mg.sign(mg.tensor([NAN, -INF, -0.0, 2.0] * 10)).tolist() == [0, -1, 0, 1] * 10


@pytest.mark.parametrize(
    "name",
    ["abs", "neg", "relu", "sqrt", "tanh", "expm1", "log1p", "sin", "tan", "asin", "atan", "sinh", "asinh", "atanh"],
)
def test_signed_zeros(name, implementation):
    got = getattr(mg, name)(mg.tensor([0.0, -0.0] * 20)).numpy()
    expected = UNARY[name](np.array([0.0, -0.0] * 20, np.float32))
    if name == "relu":
        assert (got == 0).all()
    else:
        np.testing.assert_array_equal(np.signbit(got), np.signbit(expected))


@pytest.mark.parametrize("length", [1, 2, 7, 33, 129, 4097])
@pytest.mark.parametrize("dtype", DTYPES)
def test_extremes_of_negative_values(length, dtype, implementation):
    data = -np.random.default_rng(length).uniform(1, 100, length).astype(dtype)
    x = mg.tensor(data)
    assert x.max().item() == data.max()
    assert x.min().item() == data.min()
    assert x.max(0).indices.item() == data.argmax()
    assert x.amax().item() == data.max()


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "argmax", "argmin"])
@pytest.mark.parametrize("place", [0, 1, 40, 99])
def test_nan_wins_a_reduction(name, place, implementation):
    data = np.random.default_rng(0).normal(size=100).astype(np.float32)
    data[place] = NAN
    got = getattr(mg.tensor(data), name)().item()
    assert got == place if name.startswith("arg") else math.isnan(got)
    rows = getattr(mg.tensor(np.stack([data, np.sort(data)])), name)(1)
    rows = rows.values if isinstance(rows, tuple) else rows
    assert rows[0].item() == place if name.startswith("arg") else math.isnan(rows[0].item())


def test_infinities_in_reductions(implementation):
    data = np.array([[INF, 1.0, -INF], [-INF, -INF, -INF], [INF, INF, 0.0]], np.float32)
    x = mg.tensor(data)
    for name, reference in (("sum", np.sum), ("amax", np.max), ("amin", np.min), ("argmax", np.argmax)):
        np.testing.assert_array_equal(getattr(x, name)(1).numpy(), reference(data, 1))
        np.testing.assert_array_equal(getattr(x, name)(0).numpy(), reference(data, 0))


@pytest.mark.parametrize("length", [2, 33, 129, 5000])
def test_ties_give_the_first_position(length, implementation):
    x = mg.ones(length)
    assert (x.argmax().item(), x.argmin().item()) == (0, 0)
    data = np.zeros((5, length), np.float32)
    data[:, length // 2 :] = 1
    assert mg.tensor(data).argmax(1).tolist() == [length // 2] * 5
    assert mg.tensor(data).max(1).indices.tolist() == [length // 2] * 5
    assert mg.tensor(data.T.copy()).argmax(0).tolist() == [length // 2] * 5


def test_gradients_of_ties_agree_with_torch(torch):
    data = [[2.0, 2.0, 1.0], [0.0, 0.0, 0.0]]
    for call in (
        lambda m, x: x.max(), lambda m, x: x.amax(1).sum(), lambda m, x: x.max(1).values.sum(),
        lambda m, x: m.maximum(x, m.tensor(2.0)).sum(), lambda m, x: m.minimum(x, x * 1).sum(),
        lambda m, x: x.relu().sum(), lambda m, x: x.abs().sum(), lambda m, x: m.sign(x).sum(),
    ):  # fmt: skip
        gradients = []
        for m in (mg, torch):
            x = m.tensor(data, requires_grad=True)
            call(m, x).backward()
            gradients.append(x.grad.tolist())
        assert gradients[0] == gradients[1]


LOGITS = {
    "equal and very negative": [[-200.0, -200.0]],
    "huge": [[1e4, 0.0, -1e4], [3e38, 3e38, -3e38], [88.0, 89.0, 104.0]],
    "minus infinity": [[-INF, 0.0, 1.0], [0.0, -INF, -INF]],
    "all minus infinity": [[-INF, -INF, -INF], [0.0, 1.0, 2.0]],
    "infinity": [[INF, 0.0, 1.0]],
    "nan": [[NAN, 0.0, 1.0], [0.0, 1.0, 2.0]],
}


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("rows", LOGITS.values(), ids=LOGITS)
@pytest.mark.parametrize("length", [1, 100, 2049, 4097])
def test_softmax(name, rows, length, implementation, torch):
    data = np.array(rows, np.float32)
    data = np.concatenate([data, np.repeat(data[:, -1:], length, 1)], 1)
    got = getattr(mg.tensor(data), name)(1).numpy()
    expected = getattr(torch.tensor(data), name)(1).numpy()
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=1e-7)


def test_log_softmax_of_equal_very_negative_values(implementation):
    assert mg.log_softmax(mg.tensor([-200.0, -200.0]), 0).tolist() == pytest.approx([-math.log(2)] * 2)
    assert mg.softmax(mg.tensor([-200.0, -200.0]), 0).tolist() == [0.5, 0.5]


def test_cross_entropy_of_huge_logits(implementation):
    x = mg.tensor([[1e4, 0.0], [-1e4, 1e4], [0.0, -3e38]], requires_grad=True)
    loss = mg.nn.functional.cross_entropy(x, mg.tensor([0, 0, 0]), reduction="none")
    assert loss.tolist() == [0.0, 2e4, 0.0]
    loss.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [-1.0, 1.0], [0.0, 0.0]]


def test_cross_entropy_where_no_row_counts(implementation):
    x = mg.ones(2, 3, requires_grad=True)
    target = mg.tensor([-100, -100])
    assert math.isnan(mg.nn.functional.cross_entropy(x, target).item())
    assert mg.nn.functional.cross_entropy(x, target, reduction="sum").item() == 0


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_at_the_edges_agree_with_torch(create_graph, torch):
    for call, data in (
        (lambda m, x: x**2, [0.0, INF]), (lambda m, x: x**0, [0.0, 1.0]), (lambda m, x: x**3, [0.0, -2.0]),
        (lambda m, x: x**1, [0.0, 2.0]), (lambda m, x: m.sqrt(x), [0.0, 4.0]), (lambda m, x: m.log(x), [0.0, 1.0]),
        (lambda m, x: 1 / x, [0.0, 2.0]), (lambda m, x: m.sigmoid(x), [-1e4, 1e4]), (lambda m, x: 2.0**x, [0.0, 3.0]),
        (lambda m, x: m.tanh(x), [-1e4, 1e4]), (lambda m, x: 0.0**x, [0.0, 2.0]), (lambda m, x: m.exp(x), [-1e4, 1e4]),
        (lambda m, x: m.pow(x, m.tensor([0.0, 2.0])), [0.0, 0.0]), (lambda m, x: m.relu(x), [0.0, -0.0]),
    ):  # fmt: skip
        gradients = []
        for m in (mg, torch):
            x = m.tensor(data, requires_grad=True)
            (gradient,) = m.autograd.grad(call(m, x).sum(), x, create_graph=create_graph)
            gradients.append(gradient.tolist())
        np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-6)


def test_empty_tensors(implementation):
    x = mg.zeros(0, 3, requires_grad=True)
    assert x.sum().item() == 0
    assert x.sum(0).tolist() == [0.0, 0.0, 0.0]
    assert math.isnan(x.mean().item())
    assert (x @ mg.ones(3, 2)).shape == (0, 2)
    assert (mg.ones(2, 0) @ mg.ones(0, 3)).tolist() == [[0.0] * 3] * 2
    assert mg.cat([x, mg.ones(1, 3)]).tolist() == [[1.0, 1.0, 1.0]]
    assert (x.all().item(), x.any().item()) == (True, False)
    (x * 2).exp().sum().backward()
    assert x.grad.shape == (0, 3)
    assert x.tolist() == []
