"""Products of batches of matrices of any layout by the direct call: against float64, gradients, and what it leaves."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend
from mocrograd.ops.matmul import _MATMUL

OPERANDS = {
    "three dimensions": lambda r: (r(5, 3, 4), r(5, 4, 7)),
    "heads": lambda r: (r(2, 9, 3, 8).transpose(1, 2), r(2, 9, 3, 8).transpose(1, 2).mT),
    "a slice of the batch": lambda r: (r(6, 3, 4)[::2], r(3, 4, 2)),
    "batch dimensions that merge in one alone": lambda r: (r(2, 3, 4, 5), r(3, 2, 5, 4).transpose(0, 1)),
    "expanded": lambda r: (r(1, 3, 4).expand(5, 3, 4), r(5, 4, 6)),
    "of one": lambda r: (r(1, 3, 4), r(1, 4, 6)),
    "five dimensions": lambda r: (r(2, 1, 3, 2, 4), r(2, 1, 3, 4, 3)),
    "without elements": lambda r: (r(0, 3, 4), r(0, 4, 6)),
    "of nothing": lambda r: (r(2, 3, 0), r(2, 0, 6)),
    "rows and a matrix": lambda r: (r(4, 3, 5), r(5, 6)),
    "large": lambda r: (r(3, 65, 130), r(3, 130, 33)),
}


def _random(dtype):
    rng = np.random.default_rng(2)
    return lambda *shape: mg.tensor(rng.uniform(-1, 1, shape), dtype=dtype)


@pytest.mark.parametrize("operands", OPERANDS.values(), ids=OPERANDS)
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64, mg.bfloat16], ids=str)
def test_products_are_those_of_float64(operands, dtype):
    a, b = operands(_random(dtype))
    y = backend.matmul(_MATMUL, a, b, None)
    if y is None:
        assert dtype is mg.bfloat16, "the general way was taken"  # not every processor has a kernel of it
        y = a @ b
    expected = np.matmul(a.double().numpy(), b.double().numpy())
    tolerance = {mg.float32: 1e-5, mg.float64: 1e-13, mg.bfloat16: 2e-2}[dtype]
    assert y.shape == expected.shape
    assert y.is_contiguous()
    np.testing.assert_allclose(y.double().numpy(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("operands", OPERANDS.values(), ids=OPERANDS)
def test_gradients_are_torchs(operands, torch):
    a, b = [x.clone() for x in operands(_random(mg.float64))]
    found = []
    for m in (mg, torch):
        x, w = [m.tensor(t.numpy(), requires_grad=True) for t in (a, b)]
        y = x @ w
        y.backward(m.tensor(np.random.default_rng(4).uniform(-1, 1, tuple(y.shape))))
        found.append((x.grad.numpy(), w.grad.numpy()))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


def test_what_the_direct_call_leaves():
    r = _random(mg.float32)
    blank = object.__new__(mg.Tensor)
    for a, b in ((r(2, 3, 4), r(1, 4, 5)), (r(2, 3, 4), r(2, 5, 6)), (r(2, 3, 4), r(4)), (r(2, 3, 4), blank), (blank, r(2, 3, 4)),
                 (r(2, 3, 4), 3), (r(2, 3, 4), r(2, 4, 5).double()), (r(2, 3, 4), r(2, 2, 4, 5))):  # fmt: skip
        assert backend.matmul(_MATMUL, a, b, None) is None


def test_results_that_no_memory_holds_are_refused():
    a, b = mg.ones(1, 1, 1), mg.ones(1, 1)
    with pytest.raises(RuntimeError):
        a.expand(1 << 22, 1 << 21, 1) @ a.expand(1 << 22, 1, 1 << 21)  # 2^64 elements
    with pytest.raises(RuntimeError):
        b.expand(1 << 32, 1) @ b.expand(1, 1 << 32)
