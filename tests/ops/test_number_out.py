"""Numbers of every Python type beside a tensor, with and without `out=`: what torch gives, eagerly and replayed."""

import mocrograd as mg
import numpy as np
import pytest
from on_device import waited_for

VALUES = {"float32": [0.5, 2.0, -3.0, 7.25], "float64": [0.5, 2.0, -3.0, 7.25], "int64": [1, 2, -3, 7],
          "int32": [1, 2, -3, 7], "uint8": [1, 2, 3, 7], "bool": [True, False, True, True]}  # fmt: skip
NUMBERS = {
    "int": 3,
    "1": 1,
    "negative": -2,
    "bool": True,
    "float": 2.5,
    "numpy int": np.int64(3),
    "numpy float": np.float32(0.5),
}
PAIRS = ("add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "floor_divide", "remainder", "fmod", "pow",
         "float_power", "xlogy", "eq", "ne", "lt", "le", "gt", "ge", "bitwise_and", "bitwise_or", "bitwise_xor", "special.xlogy",
         "special.xlog1py", "not_equal", "greater", "less_equal", "rsub", "clamp_min", "clamp_max", "copysign",
         "ldexp", "logical_and")  # fmt: skip
CALLS = {
    **{name: lambda m, x, n, o, name=name: function(m, name)(x, n, **o) for name in PAIRS},
    **{f"{name} of a number": lambda m, x, n, o, name=name: function(m, name)(n, x, **o)
       for name in ("pow", "float_power", "xlogy", "remainder", "special.xlog1py")},
    "add alpha": lambda m, x, n, o: m.add(x, x, alpha=n, **o),
    "sub alpha": lambda m, x, n, o: m.sub(x, x, alpha=n, **o),
    "div floor": lambda m, x, n, o: m.div(x, n, rounding_mode="floor", **o),
    "div trunc": lambda m, x, n, o: m.div(x, n, rounding_mode="trunc", **o),
    "clamp": lambda m, x, n, o: m.clamp(x, n, 5, **o),
    "lerp": lambda m, x, n, o: m.lerp(x, x * 2, n, **o),
    "addcmul": lambda m, x, n, o: m.addcmul(x, x, x, value=n, **o),
    "addcdiv": lambda m, x, n, o: m.addcdiv(x, x, x, value=n, **o),
    "nan_to_num": lambda m, x, n, o: m.nan_to_num(x, n, n, n, **o),
}  # fmt: skip


def function(m, path):
    for part in path.split("."):
        m = getattr(m, part)
    return m


def outcome(m, name, x, number, given):
    """Return the dtype and the values, or the type of what is raised."""
    try:
        result = waited_for(CALLS[name], m, x, number, given)
    except Exception as error:
        return type(error)
    return str(result.dtype).rpartition(".")[2], result.tolist()


def check(got, expected, label, rtol=2e-6):
    """Compare outcomes; where torch has no kernel for a dtype, or asks for one dtype of `out`, ours may have a result."""
    if isinstance(expected, type):
        allowed = expected is NotImplementedError or "out" in label
        assert got is expected or allowed or (isinstance(got, type) and issubclass(got, expected)), f"{label}: {got}"
        return
    assert not isinstance(got, type), f"{label}: {got}, torch gives {expected}"
    assert got[0] == expected[0], label
    np.testing.assert_allclose(got[1], expected[1], rtol=rtol, err_msg=str(label))


@pytest.mark.parametrize("dtype", VALUES)
@pytest.mark.parametrize("name", CALLS)
def test_a_number_is_what_torch_takes_it_for(name, dtype, torch, implementation):
    for kind, number in NUMBERS.items():
        x, theirs = (m.tensor(VALUES[dtype], dtype=getattr(m, dtype)) for m in (mg, torch))
        plain = outcome(mg, name, x, number, {})
        check(plain, outcome(torch, name, theirs, number, {}), (name, dtype, kind))
        for out_dtype in VALUES:
            if name == "pow of a number" and number == 1 and out_dtype in ("int64", "int32", "uint8", "bool"):
                continue  # torch fills, and any dtype will do
            outs = [m.zeros(4, dtype=getattr(m, out_dtype)) for m in (mg, torch)]
            got, expected = (outcome(m, name, y, number, {"out": o}) for m, y, o in zip((mg, torch), (x, theirs), outs))
            rtol = 1e-12 if dtype == out_dtype == "float64" else 2e-6
            check(got, expected, (name, dtype, kind, "out", out_dtype), rtol)
            if not isinstance(got, type):  # written where it was asked for, and what comes without `out`
                assert got[0] == out_dtype
                np.testing.assert_array_equal(outs[0].tolist(), got[1])
                np.testing.assert_allclose(got[1], np.array(plain[1]).astype(out_dtype), rtol=2e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("name", [name for name in CALLS if name != "rsub"])  # which has no `out=` in torch
def test_a_replay_takes_a_number_for_the_same(name, dtype, torch):
    for kind in ("int", "float"):
        number = NUMBERS[kind]
        compiled = mg.compile(lambda x, out, number=number: CALLS[name](mg, x, number, {"out": out}))
        for shift in range(4):
            data = [v + shift for v in VALUES[dtype]]
            x, out, theirs = mg.tensor(data), mg.zeros(4, dtype=getattr(mg, dtype)), torch.tensor(data)
            x, theirs = x.to(getattr(mg, dtype)), theirs.to(getattr(torch, dtype))
            expected = outcome(torch, name, theirs, number, {})
            if isinstance(expected, type) or expected[0] != dtype:
                break
            assert compiled(x, out) is out
            check((dtype, out.tolist()), expected, (name, dtype, kind, shift))


@pytest.mark.parametrize("alpha", [True, 3, 0, 2.5, 300, (1, 2), None, "3"])
@pytest.mark.parametrize("dtype", VALUES)
@pytest.mark.parametrize("name", ["add", "sub"])
def test_a_factor_is_a_number_that_fits(name, dtype, alpha, torch):
    for other in (2, True, None):
        results = []
        for m in (mg, torch):
            x = m.tensor(VALUES[dtype], dtype=getattr(m, dtype))
            y = x.clone() if other is None else other
            results.append(factor(m, name, x, y, alpha))
        check(*results, (name, dtype, alpha, other))


def factor(m, name, x, y, alpha):
    try:
        result = getattr(m, name)(x, y, alpha=alpha)
    except Exception as error:
        return type(error)
    return str(result.dtype).rpartition(".")[2], result.tolist()
