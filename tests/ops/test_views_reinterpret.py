"""Bytes as elements of another dtype, the same calls on torch."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

CALLS = [
    "x.view(t.int32)", "x.view(t.uint8)", "x.view(t.float64)", "x[1:].view(t.int64)", "x.t().view(t.int32)", "x[:, 2:].view(t.float64)",
    "x[0, 0].view(t.int32)", "x.view(dtype=t.int32)", "x[::2].view(t.float64)", "x[:0].view(t.float64)",
    "x.view(t.uint8)[:, 4:8].view(t.float32)", "x.view(t.int32).view(t.float32)", "x[:, :2].view(t.uint8)",
]  # fmt: skip
BAD = ["x[:, :3].view(t.float64)", "x.t().view(t.float64)", "x.t().view(t.uint8)", "x[0, 0].view(t.float64)",
       "x[:, 1:3].view(t.float64)", "x.view(t.uint8)[:, 1:5].view(t.float32)", "x.view(12).view(4, 3)[:, :2].view(t.float64)"]  # fmt: skip


def evaluate(module, call):
    x = module.from_numpy(np.arange(12, dtype=np.float32).reshape(3, 4) - 3)
    return eval(call, {"t": module, "x": x})


@pytest.mark.parametrize("call", CALLS)
def test_what_torch_returns(call):
    found, expected = evaluate(mg, call), evaluate(torch, call)
    assert str(found.dtype).split(".")[1] == str(expected.dtype).split(".")[1]
    assert found.stride() == expected.stride()
    np.testing.assert_array_equal(found.numpy(), expected.numpy())
    np.testing.assert_array_equal((found + 0).numpy(), (expected + 0).numpy())


@pytest.mark.parametrize("call", BAD)
def test_bytes_that_do_not_fit(call):
    for module in (torch, mg):
        with pytest.raises(RuntimeError, match=r"must be|cannot be"):
            evaluate(module, call)


def test_bytes_are_no_bools():
    bits = mg.tensor([0, 1, 2], dtype=mg.uint8)
    with pytest.raises(NotImplementedError, match="got bool for uint8"):
        bits.view(mg.bool)
    mask = bits != 0
    assert mask.view(mg.bool).tolist() == [False, True, True]
    assert mask.view(mg.uint8).tolist() == [0, 1, 1]


def test_memory_is_shared_and_changes_are_noticed():
    x = mg.tensor([1.0, -2.0], requires_grad=True)
    bits = x.view(mg.int32)
    assert not bits.requires_grad
    y = x.exp().square()
    bits.bitwise_and_(0x7FFFFFFF)
    assert x.tolist() == [1.0, 2.0]
    y = (x * x).sum()
    bits.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
