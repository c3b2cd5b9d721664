"""Elementary functions are within 4 units in the last place, for small arguments and enormous ones."""

import math

import mocrograd as mg
import numpy as np
import pytest

ULPS = 4
WIDER = {"float32": np.float64, "float64": np.longdouble}
REFERENCES = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "rsqrt": lambda x: 1 / np.sqrt(x), "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}  # fmt: skip
RANGES = {
    "exp": ((-87, 88), (-1e-3, 1e-3)), "exp2": ((-125, 127), (-1, 1)), "expm1": ((-50, 88), (-1, 1), (-1e-3, 1e-3)),
    "log": ((0, 2), (0, 1e30)), "log2": ((0, 2), (0, 1e30)), "log10": ((0, 2), (0, 1e30)),
    "log1p": ((-1, 1), (0, 1e9), (-1e-4, 1e-4)), "sin": ((-4, 4), (-1e5, 1e5), (-1e18, 1e18)),
    "cos": ((-4, 4), (-1e5, 1e5), (-1e18, 1e18)), "tan": ((-4, 4), (-1e5, 1e5), (-1e18, 1e18)),
    "asin": ((-1, 1),), "acos": ((-1, 1),), "atan": ((-2, 2), (-1e3, 1e3)), "sinh": ((-89, 89), (-1, 1)),
    "cosh": ((-89, 89), (-1, 1)), "tanh": ((-10, 10), (-1e-3, 1e-3)), "asinh": ((-3, 3), (-1e9, 1e9), (-1e-3, 1e-3)),
    "acosh": ((1, 2), (1, 1e9)), "atanh": ((-1, 1), (-1e-3, 1e-3)), "rsqrt": ((0, 1e9),), "sigmoid": ((-80, 80),),
}  # fmt: skip
ERRORS = {"erf": (math.erf, (-5, 5), (-1e-3, 1e-3)), "erfc": (math.erfc, (-5, 5), (0, 9))}
PAIRS = {
    "atan2": (np.arctan2, 5.0), "hypot": (np.hypot, 1e19), "logaddexp": (np.logaddexp, 50.0),
    "logaddexp2": (np.logaddexp2, 50.0),
}  # fmt: skip


def off_by(got, expected):
    """Return the largest distance in units of the last place of what was expected."""
    narrow = expected.astype(got.dtype)
    unit = np.spacing(np.maximum(np.abs(narrow), np.finfo(got.dtype).tiny))
    return float((np.abs(got.astype(expected.dtype) - expected) / unit).max())


def within(name, dtype, got, expected):
    assert got.dtype == dtype
    assert np.isfinite(got).all(), name
    assert off_by(got, expected) <= ULPS, f"{name} of {dtype}: {off_by(got, expected)} ulp"


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    if request.param == "float64" and np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps:
        pytest.skip("this platform has no numbers wider than float64 to compare with")
    return request.param


POWERS = {
    "near 1": (lambda r, n: r.uniform(0.5, 2, n), lambda r, n: r.uniform(-100, 100, n)),
    "large exponents": (lambda r, n: 1 + r.standard_normal(n) * 1e-5, lambda r, n: r.standard_normal(n) * 1e6),
    "wide bases": (lambda r, n: np.exp(r.uniform(-80, 80, n)), lambda r, n: r.uniform(-1, 1, n)),
    "whole numbers": (lambda r, n: r.integers(-20, 20, n) + 0.5, lambda r, n: r.integers(-20, 20, n)),
}


@pytest.mark.parametrize("case", POWERS)
def test_powers(case, dtype, implementation):
    random = np.random.default_rng(3)
    a, b = (make(random, 5000).astype(dtype) for make in POWERS[case])
    got = mg.tensor(a).pow(mg.tensor(b)).numpy()
    expected = np.power(a.astype(WIDER[dtype]), b.astype(WIDER[dtype]))
    normal = (abs(expected) > np.finfo(dtype).tiny) & (abs(expected) < np.finfo(dtype).max)
    assert normal.sum() > 1000
    assert off_by(got[normal], expected[normal]) < 0.75


def test_powers_where_numbers_end(dtype, implementation):
    ends = [0.0, 1, 2, 0.5, 3, 2.5, np.inf, np.nan, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]
    ends = np.array([*ends, *np.negative(ends)], dtype)
    a, b = (x.reshape(-1) for x in np.meshgrid(ends, ends))
    got = mg.tensor(a).pow(mg.tensor(b)).numpy()
    with np.errstate(all="ignore"):
        expected = np.power(a, b)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_array_equal(np.signbit(got[got == got]), np.signbit(expected[got == got]))
    np.testing.assert_allclose(got, expected, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", REFERENCES)
def test_one_operand(name, dtype, implementation):
    random = np.random.default_rng(3)
    for low, high in RANGES[name]:
        x = random.uniform(low, high, 5000).astype(dtype)
        within(name, dtype, getattr(mg, name)(mg.tensor(x)).numpy(), REFERENCES[name](x.astype(WIDER[dtype])))


@pytest.mark.parametrize("name", ERRORS)
def test_error_functions(name, dtype, implementation):
    reference, *ranges = ERRORS[name]
    random = np.random.default_rng(4)
    for low, high in ranges:
        x = random.uniform(low, high, 2000).astype(dtype)
        within(name, dtype, getattr(mg, name)(mg.tensor(x)).numpy(), np.array([reference(float(v)) for v in x]))


def test_erfinv_undoes_erf(dtype, implementation):
    x = np.random.default_rng(5).uniform(-0.99, 0.99, 3000).astype(dtype)
    y = mg.erfinv(mg.tensor(x)).numpy()
    back = np.array([math.erf(float(v)) for v in y])
    slope = 2 / math.sqrt(math.pi) * np.exp(-(y.astype(np.float64) ** 2))
    # an error of some ulp of y is one of so many, times the slope, of erf(y); and erf itself has one
    assert (np.abs(back - x) <= ULPS * np.spacing(np.abs(y)) * slope + np.spacing(np.abs(back))).all()


@pytest.mark.parametrize("name", PAIRS)
def test_two_operands(name, dtype, implementation):
    reference, scale = PAIRS[name]
    random = np.random.default_rng(6)
    a, b = (random.uniform(-scale, scale, 5000).astype(dtype) for _ in range(2))
    got = getattr(mg, name)(mg.tensor(a), mg.tensor(b)).numpy()
    expected = reference(a.astype(WIDER[dtype]), b.astype(WIDER[dtype]))
    if name.startswith("logaddexp"):  # a sum: exact to an ulp of what is added up
        keep = np.abs(expected) > 1
        got, expected = got[keep], expected[keep]
    within(name, dtype, got, expected)


ENORMOUS = {1e22: None, 2.0**1000: None, 1.7e308: None, 6381956970095103 * 2.0**797: -4.687165924254627611e-19}
"""Angles, and the cosine of the one that is nearest of all to a multiple of pi / 2, where C libraries differ."""


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_enormous_angles(name, implementation):
    got = getattr(mg, name)(mg.tensor([*ENORMOUS, *[-a for a in ENORMOUS]], dtype=mg.float64)).tolist()
    expected = [
        getattr(math, name)(a) if cosine is None else {"sin": 1, "cos": cosine, "tan": 1 / cosine}[name]
        for a, cosine in ENORMOUS.items()
    ]
    expected += expected if name == "cos" else [-e for e in expected]
    np.testing.assert_allclose(got, expected, rtol=ULPS * 2.0**-52)


@pytest.mark.parametrize(("dtype", "low"), [("float32", -104.5), ("float64", -746.0)])
@pytest.mark.parametrize("name", ["sigmoid", "silu", "GRU", "LSTM"])
def test_a_sigmoid_is_right_down_to_the_least_subnormal(name, dtype, low, implementation):
    x = np.linspace(low, -low, 4001).astype(dtype)
    wide = np.exp(-np.abs(x).astype(np.longdouble))
    share = np.where(x < 0, wide, 1) / (1 + wide)
    least = np.finfo(dtype).smallest_subnormal
    given = mg.tensor(x)
    if name == "sigmoid":
        for got in (mg.sigmoid(given), mg.stack([given, given], 1)[:, 0].sigmoid(), mg.tensor(x).sigmoid_()):
            np.testing.assert_allclose(
                got.numpy(), share.astype(dtype), rtol=2e-6 if dtype == "float32" else 4e-15, atol=2 * least
            )
    elif name == "silu":
        got = mg.nn.functional.silu(given).numpy()
        np.testing.assert_allclose(
            got, (x * share).astype(dtype), rtol=2e-6 if dtype == "float32" else 4e-15, atol=-low * least
        )
    else:  # a gate lets through what the sigmoid says: the output gate of a cell that is full, the update gate of a state
        cell = getattr(mg.nn, name + "Cell")(1, 1).to(getattr(mg, dtype))
        with mg.no_grad():
            for p in cell.parameters():
                p.zero_()
            if name == "GRU":
                cell.weight_ih[1] = 1.0  # h' = (1 - z) n + z h = z h
                got = cell(given.reshape(-1, 1), mg.ones(len(x), 1, dtype=given.dtype))
            else:
                cell.weight_ih[3] = 1.0  # h' = o tanh(c'), c' = c / 2
                got = cell(
                    given.reshape(-1, 1),
                    (mg.zeros(len(x), 1, dtype=given.dtype), mg.full((len(x), 1), 2.0, dtype=given.dtype)),
                )[0]
                share = share * np.tanh(1.0)
        np.testing.assert_allclose(
            got.numpy()[:, 0], share.astype(dtype), rtol=4e-6 if dtype == "float32" else 8e-15, atol=4 * least
        )
