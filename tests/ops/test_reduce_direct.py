"""The direct call of sums along one dimension against the class that it stands for, and against NumPy in float64."""

import mocrograd as mg
import numpy as np
import pytest
from bits import assert_same, gradients, random
from mocrograd import backend
from mocrograd.ops._reduction import Sum
from mocrograd.ops.reduce import _SUM

SHAPES = ((1,), (7,), (16384,), (1, 5), (5, 1), (4, 16), (33, 17), (2049, 3), (3, 1, 4), (2, 3, 1), (1, 3, 4))
FLOATS = ("float32", "float64", "float16", "bfloat16")


@pytest.mark.parametrize("mean", [False, True], ids=["sum", "mean"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_sums_have_the_bits_of_the_class(dtype, mean):
    for shape in SHAPES:
        x = random(shape).to(getattr(mg, dtype))
        for dim in range(-len(shape), len(shape)):
            for keepdim in (False, True):
                scale = 1 / shape[dim] if mean else 1
                found = backend.sum_along(_SUM, x, dim, keepdim, mean)
                if found is None:  # a dimension between two others
                    assert 0 < dim % len(shape) < len(shape) - 1
                    continue
                expected = Sum.run(x, (dim % len(shape),), keepdim, scale)
                assert (found.shape, found.stride(), found.dtype) == (expected.shape, expected.stride(), x.dtype)
                assert_same([found], [expected])
                if dtype == "float64":
                    exact = x.numpy().sum(dim, keepdims=keepdim) * scale
                    np.testing.assert_allclose(found.numpy(), exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mean", [False, True], ids=["sum", "mean"])
@pytest.mark.parametrize("dim", [0, 1])
def test_gradients_have_the_bits_of_the_class(dim, mean):
    x, upstream = random((5, 7), "float64").requires_grad_(), random((7 if dim == 0 else 5,), "float64", 1)
    upstream.requires_grad_()
    found = gradients(lambda x: backend.sum_along(_SUM, x, dim, False, mean), [x], upstream)
    assert_same(found, gradients(lambda x: Sum.run(x, (dim,), False, 1 / x.shape[dim] if mean else 1), [x], upstream))
    function = mg.mean if mean else mg.sum
    assert type(function(x, dim).grad_fn) is Sum
    assert mg.autograd.gradcheck(lambda x: function(x * x, dim), (x,))
    assert mg.autograd.gradgradcheck(lambda x: function(x * x, dim), (x,))
    with mg.no_grad():
        assert function(x, dim).grad_fn is None


def test_a_sum_that_the_direct_call_does_not_know_goes_the_general_way():
    x = mg.ones(3, 4)
    refused = [
        (x, True), (x, 1.0), (x, None), (x, (0,)), (x, 2), (x, -3), (x, 1 << 70), (x.t(), 1), (x[:0], 1), (x[:, :0], 1),
        (mg.ones(2, 3, 4), 1), (mg.ones(2, 16385), 1), (mg.ones(16385, 2), 0), (x.to(mg.int64), 1), (x > 0, 1),
        (x.to(mg.complex64), 1), (mg.tensor(1.0), 0), (x.to("meta"), 1), ([1.0], 0), (None, 0), (x.to_sparse(), 1),
    ]  # fmt: skip
    assert all(backend.sum_along(_SUM, *arguments, False, False) is None for arguments in refused)
    assert mg.sum(x.to(mg.int32), 1).dtype is mg.int64
    assert mg.sum(x, 1, dtype=mg.float64).dtype is mg.float64
    assert mg.tensor(2.0).sum(0).item() == 2
    assert mg.mean(x[:, :0], 1).isnan().all()
    for dim in (2, -3):
        with pytest.raises(IndexError, match="Dimension out of range"):
            mg.sum(x, dim)
    with pytest.raises(RuntimeError, match="could not infer output dtype"):
        mg.mean(x.to(mg.int64), 1)
    with pytest.raises(TypeError, match="must be Tensor"):
        mg.sum([1.0], 0)


def test_a_sum_within_other_calls():
    x = random((4, 5))
    np.testing.assert_allclose(mg.vmap(lambda row: row.sum(0))(x), x.sum(1), rtol=1e-6)
    compiled = mg.compile(lambda x: x.sum(1).mean(0, keepdim=True))
    for seed in range(4):
        x = random((6, 9), seed=seed)
        assert_same([compiled(x)], [x.sum(1).mean(0, keepdim=True)])
    out = mg.empty(6)
    assert mg.sum(x, 1, out=out) is out
    assert_same([out], [x.sum(1)])
