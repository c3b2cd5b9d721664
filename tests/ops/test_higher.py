"""Where the rows do not reach: large arguments in float64, edges, and what has no derivative."""

import math

import mocrograd as mg
import numpy as np
import pytest
from opcases.higher import airy_ai, bessel_j, bessel_y, lower, polynomial, zeta

INF, NAN = math.inf, math.nan
SIZES = (1, 7, 8, 9, 33, 1000)


def column(low, high, size):
    return np.random.default_rng(size).uniform(low, high, size)


def agree(got, expected, scale=1.0, bound=5e-14):
    difference = np.abs(got.numpy() - expected) / np.maximum(np.abs(expected), scale)
    assert difference.max() < bound, difference.max()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("order", [0, 1])
def test_bessel_functions_far_away(order, size):
    x = column(0.3, 40, size)
    agree(getattr(mg.special, f"bessel_j{order}")(mg.tensor(x)), bessel_j(order, x), 0.1)
    agree(getattr(mg.special, f"bessel_y{order}")(mg.tensor(x)), bessel_y(order, x), 0.1)


@pytest.mark.parametrize("size", SIZES)
def test_airys_function_on_both_sides(size):
    x = np.concatenate([column(-9, -0.1, size), column(0.1, 20, size)])
    agree(mg.special.airy_ai(mg.tensor(x)), airy_ai(x), 1e-12, 5e-12)


@pytest.mark.parametrize("size", SIZES)
def test_incomplete_gamma_functions_of_large_numbers(size):
    a = column(1, 90, size)
    x = a * column(0.3, 1.8, size)
    agree(mg.igamma(mg.tensor(a), mg.tensor(x)), lower(a, x), 1e-3, 2e-13)
    total = mg.igamma(mg.tensor(a), mg.tensor(x)) + mg.igammac(mg.tensor(a), mg.tensor(x))
    assert np.abs(total.numpy() - 1).max() < 1e-15


def test_the_median_of_a_large_gamma_distribution():
    a = np.array([1e3, 1e6, 1e9])
    half = 0.5 + 1 / np.sqrt(2 * np.pi * a) / 3  # P(a, a) for large a (DLMF 8.11.12)
    agree(mg.igamma(mg.tensor(a), mg.tensor(a)), half, bound=1e-5)


def test_the_complement_of_small_exponents_keeps_its_digits():
    a = np.array([1e-3, 1e-10, 1e-30])
    from_x = np.array([0.2193839343955203] * 3)  # the exponential integral of 1
    got = mg.igammac(mg.tensor(a), mg.ones(3, dtype=mg.float64)).numpy() / a
    np.testing.assert_allclose(got[1:], from_x[1:], rtol=1e-9)
    assert 0.2 < got[0] < 0.24


def test_zeta_left_of_zero():
    q = np.array([-0.5, -2.25, -9.75, -1e9 - 0.5])
    own = [sum((q[i] + k) ** -4.0 for k in range(12)) + zeta(4, q[i] + 12) for i in range(3)]
    got = mg.special.zeta(4, mg.tensor(q)).numpy()
    np.testing.assert_allclose(got[:3], own, rtol=1e-13)
    np.testing.assert_allclose(got[3], math.pi**4 / 3, rtol=1e-13)  # the sum over all whole numbers and a half


@pytest.mark.parametrize("name", ["t", "u", "v", "w"])
@pytest.mark.parametrize("size", SIZES)
def test_chebyshevs_polynomials_of_high_degree(name, size):
    x, n = np.concatenate([column(-1, 1, size), column(-1.1, 1.1, size)]), np.full(2 * size, 300.0)
    expected = polynomial(f"chebyshev_polynomial_{name}", x, n)
    agree(getattr(mg.special, f"chebyshev_polynomial_{name}")(mg.tensor(x), mg.tensor(n)), expected, 600, 1e-11)


def test_polynomials_that_overflow_are_infinite_and_end():
    n = mg.tensor([1e3, 1e3 + 1, 1e12])
    for name in ("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "legendre_polynomial_p"):
        assert getattr(mg.special, name)(-3.0, n).tolist()[:2] == [INF, -INF]
    assert mg.special.laguerre_polynomial_l(-30.0, n).tolist()[:2] == [INF, INF]
    assert mg.special.hermite_polynomial_h(-90.0, n).tolist()[:2] == [INF, -INF]
    assert math.isnan(mg.special.legendre_polynomial_p(0.5, 1e9 * mg.ones(())).item())


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: mg.special.bessel_y0(x), [-INF, NAN, NAN]),
        (lambda x: mg.special.modified_bessel_k1(x), [INF, NAN, NAN]),
        (lambda x: mg.special.spherical_bessel_j0(x * INF), [NAN, 0.0, NAN]),
        (lambda x: mg.special.ndtri(x), [-INF, NAN, NAN]),
        (lambda x: mg.special.zeta(x, 2.0), [NAN, NAN, NAN]),
        (lambda x: mg.special.zeta(2.0, x), [INF, INF, NAN]),
        (lambda x: mg.igamma(x, mg.ones(3)), [1.0, NAN, NAN]),
        (lambda x: mg.igammac(mg.ones(3), x), [1.0, NAN, NAN]),
        (lambda x: mg.special.legendre_polynomial_p(0.5, x), [1.0, 0.0, NAN]),
        (lambda x: mg.special.entr(x), [0.0, -INF, NAN]),
    ],
)
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64])
def test_edges(call, expected, dtype):
    got = call(mg.tensor([0.0, -1.0, NAN], dtype=dtype))
    np.testing.assert_array_equal(got.double().numpy(), expected)
    assert math.copysign(1, mg.special.entr(mg.zeros(())).item()) == 1


def test_what_has_no_derivative_asks_for_no_gradient():
    x = mg.ones(3, requires_grad=True)
    assert not mg.special.bessel_j0(x).requires_grad
    assert not mg.special.legendre_polynomial_p(x, x).requires_grad
    assert not mg.special.modified_bessel_i0(x).requires_grad


def test_operands_of_any_strides():
    x = mg.tensor(column(1.5, 8, 24).reshape(4, 6))
    for call in (
        lambda a, b: mg.special.zeta(a, b),
        lambda a, b: mg.igamma(a, b),
        lambda a, b: mg.special.laguerre_polynomial_l(a, b),
        lambda a, b: mg.special.airy_ai(a) + b,
    ):
        expected = call(x.t().contiguous(), x.t().contiguous().flip(0))
        np.testing.assert_array_equal(call(x.t(), x.t().flip(0)).numpy(), expected.numpy())
        row = call(x[:1].expand(4, 6), x)
        np.testing.assert_array_equal(row.numpy(), call(x[:1].expand(4, 6).contiguous(), x).numpy())


@pytest.mark.parametrize("name", ["igamma", "igammac", "zeta"])
def test_the_gradient_that_is_not_there_is_missed_only_where_it_is_asked_for(name):
    a, x = (mg.tensor([1.5, 2.0], requires_grad=True) for _ in range(2))
    function = getattr(mg.special, {"igamma": "gammainc", "igammac": "gammaincc"}.get(name, name))
    (alone,) = mg.autograd.grad(function(a.detach(), x).sum(), x)
    assert mg.autograd.grad(function(a * 1, x).sum(), x)[0].tolist() == alone.tolist()
    y = x * 1
    assert mg.autograd.grad(function(a * 1, y).sum(), y)[0].tolist() == alone.tolist()
    function(a, x).sum().backward(inputs=[x])
    assert x.grad.tolist() == alone.tolist()
    (slope,) = mg.autograd.grad(function(a, x).sum(), x, create_graph=True)
    assert mg.autograd.grad(slope.sum(), x, retain_graph=True)[0].isfinite().all()
    for ask in (
        lambda: mg.autograd.grad(function(a, x).sum(), a),
        lambda: mg.autograd.grad(function(a * 2, x).sum(), [x, a]),
        lambda: mg.autograd.grad(function(x * 1, x).sum(), x),
        lambda: function(a, x).sum().backward(),
        lambda: function(a, x).sum().backward(inputs=[a]),
    ):
        with pytest.raises(NotImplementedError, match=f"derivative for '{name}"):
            ask()
