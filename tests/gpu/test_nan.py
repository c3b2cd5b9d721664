"""What meets nan, infinities and both zeros on the GPU: the CPU's results, short rows and long ones, in every floating dtype."""

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.gpu
VALUES = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -2.0]
F = mg.nn.functional
ONE = {
    **{name: getattr(mg, name) for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "sign",
        "relu", "logical_not", "abs", "floor", "trunc", "nan_to_num", "isreal", "sigmoid", "tanh")},
    **{name: getattr(F, name) for name in ("relu6", "hardtanh", "hardsigmoid", "hardswish", "leaky_relu", "elu", "gelu",
        "silu", "softplus", "softsign", "hardshrink", "softshrink", "threshold")
        if name != "threshold"},
    "threshold": lambda x: F.threshold(x, 0.5, 7.0),
    "clamp": lambda x: x.clamp(-1.0, 1.0),
    "clamp to nan": lambda x: x.clamp(mg.full((), float("nan"), dtype=x.dtype, device=x.device), None),
    "clamp from below": lambda x: x.clamp(min=0.5),
    "bool": lambda x: x.to(mg.bool),
    "of itself": lambda x: x != x,
    "where": lambda x: mg.where(x > 0, x, -x),
    "masked": lambda x: x.masked_fill(x != x, 3.0),
}  # fmt: skip
TWO = ["eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or",
       "logical_xor", "heaviside", "copysign", "nextafter", "fmod", "remainder", "isclose"]  # fmt: skip
ROWS = ["sum", "amax", "amin", "argmax", "argmin", "all", "any", "count_nonzero", "softmax", "log_softmax", "logsumexp",
        "cummax", "cummin", "cumsum", "sort", "argsort", "nansum", "median", "nanmedian", "mode", "prod", "var",
        "topk"]  # fmt: skip
DTYPES = ["float32", "float64", "float16", "bfloat16"]


def same(name, call, *operands):
    """Hold what a call gives on the GPU against what it gives on the CPU, nan for nan, and the sign of zeros."""
    try:
        wanted = call(*operands)
    except NotImplementedError:
        return
    found = call(*[o.to("gpu") for o in operands])
    for ours, theirs in zip(*[r if isinstance(r, tuple) else (r,) for r in (found, wanted)], strict=True):
        got, want = ours.cpu().double().numpy(), theirs.double().numpy()
        bound = 1e-2 if "16" in str(theirs.dtype) else 1e-4
        np.testing.assert_allclose(got, want, rtol=bound, atol=bound, err_msg=name)
        np.testing.assert_array_equal(np.signbit(got)[got == 0], np.signbit(want)[got == 0], err_msg=name)


@pytest.mark.parametrize("dtype", DTYPES)
def test_elements(dtype):
    x = mg.tensor(VALUES * 5, dtype=getattr(mg, dtype))
    for name, call in ONE.items():
        same(name, call, x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_pairs(dtype):
    a = mg.tensor(np.repeat(VALUES, len(VALUES)), dtype=getattr(mg, dtype))
    b = mg.tensor(np.tile(VALUES, len(VALUES)), dtype=getattr(mg, dtype))
    for name in TWO:
        same(name, getattr(mg, name), a, b)
        same(f"{name} of a number", lambda x, name=name: getattr(mg, name)(x, mg.full_like(x[:1], 1.0)), a)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [6, 300])
def test_rows(dtype, length):
    """A nan first, last, and in the middle; rows without one beside them."""
    values = np.random.default_rng(length).normal(size=(6, length)).round(1)
    values[0, 0] = values[1, -1] = values[2, length // 2] = np.nan
    values[3, 2], values[4, 3] = np.inf, -np.inf
    x = mg.tensor(values, dtype=getattr(mg, dtype))
    for name in ROWS:
        if name == "topk":
            same(name, lambda t: mg.topk(t, 3, -1)[0], x)
        elif name in ("sort", "argsort"):
            same(name, lambda t: mg.sort(t, -1, stable=True), x)
        elif name == "logsumexp" or hasattr(mg, name):
            same(name, lambda t, name=name: getattr(mg, name)(t, -1), x)
