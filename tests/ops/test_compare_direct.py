"""The direct call of comparisons against NumPy, and against the general way, which `out` takes."""

import itertools

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend

NAMES = ("eq", "ne", "lt", "le", "gt", "ge")
NUMPYS = dict(zip(NAMES, (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)))
DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")


def operands(dtype):
    """Return tensors of many layouts, which broadcast."""
    random = np.random.default_rng(3)
    whole = random.integers(0, 3, (4, 17))
    x = mg.tensor(whole).to(getattr(mg, dtype))
    if x.is_floating_point():
        x[0, :4] = mg.tensor([mg.nan, mg.inf, -mg.inf, -0.0]).to(x.dtype)
    return [x, x.flip(0), x[:1], x[:, :1], x[0, 0], x[:, ::2], x[:, ::2].clone().t().contiguous().t(), x.t(), x[:, :0]]


def array(x):
    """Return numbers that NumPy compares as the tensor's are compared."""
    return x.float().numpy() if isinstance(x, mg.Tensor) and x.dtype is mg.bfloat16 else np.asarray(x)


def numbers(dtype):
    """Return numbers beside tensors of a dtype."""
    return (0, 1, 1.5, True, float("nan"), float("inf"), -1, 1 << 40) if dtype != "bool" else (True, 0, 2, 0.5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_comparisons_are_numpys_and_those_of_the_general_way(name, dtype):
    function = getattr(mg, name)
    tensors = operands(dtype)
    pairs = [(a, b) for a, b in itertools.product(tensors, tensors) if fit(a, b)]
    for number in numbers(dtype):
        pairs += [(tensors[0], number), (number, tensors[0]), (tensors[-2], number)]
    for a, b in pairs:
        found, general = function(a, b), function(a, b, out=mg.empty(0, dtype=mg.bool))
        assert found.dtype is mg.bool
        assert found.shape == general.shape
        np.testing.assert_array_equal(found.numpy(), general.numpy(), f"{a} {b}")
        if not (isinstance(b, int) and b in (-1, 1 << 40)) and not isinstance(a, int):  # numbers that NumPy refuses
            np.testing.assert_array_equal(found.numpy(), NUMPYS[name](array(a), array(b)))


def fit(a, b):
    """Return whether two tensors broadcast."""
    try:
        np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_the_result_lies_as_torchs(name, torch):
    of_torch = [
        torch.arange(12.0).reshape(3, 4),
        torch.arange(12.0).reshape(4, 3).t(),
        torch.ones(1, 4),
        torch.ones(3, 1),
    ]
    for a, b in itertools.product(of_torch, of_torch):
        x, y = (mg.tensor(t.numpy()).as_strided(t.shape, t.stride()) if t.is_contiguous() else
                mg.tensor(t.t().contiguous().numpy()).t() for t in (a, b))  # fmt: skip
        assert getattr(mg, name)(x, y).stride() == getattr(torch, name)(a, b).stride()
        assert getattr(mg, name)(x, 1).stride() == getattr(torch, name)(a, 1).stride()


def test_what_the_direct_call_does_not_know_goes_the_general_way():
    keys = {mg.float32: "eq.forward.float32"}
    x = mg.ones(3, 4)
    assert backend.compare(keys, x, 1.0).all()
    refused = [
        (x.t(), 1.0), (x, x.t().contiguous().t()), (x, x.double()), (x, "a"), (x, None), (1, 2), (x, [1.0]),
        (x.to("meta"), 1), (x, x.to("meta")), (x.to_sparse(), 1), (x.double(), 1), (x, np.ones(4)), (x, 1j),
    ]  # fmt: skip
    for a, b in refused:
        assert backend.compare(keys, a, b) is None, (a, b)


def test_comparisons_have_no_gradient_and_are_recorded_by_compile():
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert not (x > 1.5).requires_grad

    @mg.compile
    def step(x, low):
        return mg.where(x > low, x, 0.0).sum()

    for values, low in (([1.0, 2.0, 3.0], 1.5), ([4.0, 0.0, 3.0], 1.5), ([4.0, 0.0, 3.0], 3.5), ([1.0, 9.0, 3.5], 3.5)):
        for _ in range(3):
            assert step(mg.tensor(values), low).item() == sum(v for v in values if v > low)


@pytest.mark.parametrize("name", ["eq", "ne"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers_go_the_general_way(name, dtype):
    values = np.array([0, 1, 1.5, 1j, 1 + 1j, -1, np.nan], dtype)
    x = mg.tensor(values)
    for other in (0, 1, 1.5, 1j, 1 + 1j, -1, 1 << 40):
        np.testing.assert_array_equal(getattr(mg, name)(x, other).numpy(), NUMPYS[name](values, other))
        np.testing.assert_array_equal(getattr(mg, name)(other, x).numpy(), NUMPYS[name](values, other))
    np.testing.assert_array_equal(getattr(mg, name)(x, x.flip(0)).numpy(), NUMPYS[name](values, values[::-1]))
