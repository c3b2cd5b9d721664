"""The gradient of gamma draws: known values, layouts, values that are no draws, and operations beside the kernel."""

import math
from types import SimpleNamespace

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.distributions.gamma import _StandardGamma

# concentration, draw, slope: by numerical differentiation with 40 digits, either side of each change of method
KNOWN = np.array([
    (1e-3, 0.5, 461.99216718924001), (0.03, 2e-5, 0.0068607172491743789), (0.5, 0.1, 0.50976556708269724),
    (1.7, 4.6, 1.7388418425526347), (1.7, 4.8, 1.7696600625598695), (1.7, 13.5, 2.5917717159718279),
    (1.7, 14.0, 2.6228842912420767), (19.9, 12.0, 0.77472638376413505), (20.1, 28.0, 1.1846434928740598),
    (29.9, 33.0, 1.056007233270116), (30.1, 20.0, 0.81395955985545793), (30.1, 9.0, 0.51768458021456813),
    (30.1, 80.0, 1.5755855097645379), (99.0, 40.0, 0.61540759450646399), (101.0, 30.0, 0.51373242130114657),
    (300.0, 340.0, 1.0644776634244625), (300.0, 100.0, 0.54959958158454993), (2e4, 20300.0, 1.0074711742472041),
])  # fmt: skip
PRECISION = {mg.float32: 3e-7, mg.float64: 5e-12}


def slope(a, x, grad=None, recorded=False):
    node = SimpleNamespace(saved_tensors=(a, x))
    with mg.set_grad_enabled(recorded):
        return _StandardGamma.backward(node, mg.ones_like(x) if grad is None else grad)[0]


@pytest.mark.parametrize("dtype", PRECISION, ids=str)
@pytest.mark.parametrize("form", ["original", "dynamic"])
def test_known_slopes(dtype, form):
    a, x = (mg.tensor(column, dtype=dtype) for column in KNOWN[:, :2].T)
    with mg.kernels(form):
        got = slope(a, x).numpy()
    # an argument rounded to the dtype changes the slope by a few ulp
    np.testing.assert_allclose(got, KNOWN[:, 2], rtol=PRECISION[dtype])


@pytest.mark.parametrize("dtype", PRECISION, ids=str)
def test_kernel_against_operations(dtype):
    a = mg.tensor(10 ** np.random.default_rng(1).uniform(-2, 4, 3001), dtype=dtype)
    x = mg.tensor(np.random.default_rng(2).gamma(a.numpy().astype(np.float64)).clip(1e-30), dtype=dtype)
    operations = slope(a.double(), x.double(), recorded=True).numpy()
    np.testing.assert_allclose(slope(a, x).numpy(), operations, rtol=1e-6 if dtype == mg.float32 else 1e-9)


@pytest.mark.parametrize("dtype", PRECISION, ids=str)
def test_a_slope_does_not_depend_on_its_neighbours(dtype):
    a, x = (mg.tensor(np.tile(column, 7), dtype=dtype) for column in KNOWN[:, :2].T)
    together = slope(a, x).numpy()
    alone = [slope(a[i : i + 1], x[i : i + 1]).item() for i in range(len(KNOWN))]
    np.testing.assert_array_equal(together, np.tile(np.array(alone, together.dtype), 7))


def test_layouts():
    a, x = (mg.tensor(column.reshape(6, 3)) for column in KNOWN[:, :2].T)
    grad = mg.randn(6, 3, dtype=mg.float64)
    expected = (grad * slope(a, x)).numpy()
    np.testing.assert_array_equal(slope(a.t().contiguous().t(), x, grad.t().contiguous().t()).numpy(), expected)
    one = mg.tensor(1.7, dtype=mg.float64).expand(4)
    np.testing.assert_array_equal(slope(one, one).numpy(), slope(one.contiguous(), one.contiguous()).numpy())
    assert tuple(slope(mg.zeros(0, 3), mg.zeros(0, 3)).shape) == (0, 3)


def test_values_that_are_no_draws():
    a = mg.tensor([math.nan, 1.0, math.inf, 2.0, 3.0, 0.0, -1.0, 1e-38, 1e38])
    x = mg.tensor([1.0, math.nan, 2.0, math.inf, 0.0, 1.0, 1.0, 1e-38, 1e38])
    got = slope(a, x).numpy()
    assert np.isnan(got[:2]).all()
    np.testing.assert_array_equal(slope(mg.ones(1), mg.ones(1)).numpy(), slope(mg.ones(9), mg.ones(9)).numpy()[:1])
    assert got[-1] == 1  # far below and above, a draw grows as its concentration
