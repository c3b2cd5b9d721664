"""The direct call of square brackets against the general code, which parses every index in Python."""

import sys

import mocrograd as mg
import numpy as np
import pytest
from bits import assert_same, gradients, random
from mocrograd import backend
from mocrograd.ops._regions import Slice
from mocrograd.ops.indexing import _PART, parse

INDICES = {
    "first": 0, "last": -1, "slice": slice(1, 3), "every second": slice(None, None, 2), "to the end": slice(-2, None),
    "beyond": slice(-100, 100), "nothing": slice(3, 1), "far": slice(1 << 62, None), "far step": slice(0, None, 1 << 40),
    "column": (slice(None), 2), "block": (slice(1, 3), slice(0, 4, 3)), "numbers": (1, -2, 0), "none": (None,),
    "empty tuple": (), "dots": (Ellipsis, 1), "dots between": (0, Ellipsis, 1), "idle dots": (1, Ellipsis, 2, 0),
    "new dimensions": (None, slice(1, None), None, Ellipsis, None), "new behind": (0, None, 1),
    "whole": (slice(None), slice(None), slice(None)), "dots alone": (Ellipsis,), "nothing behind": (1, slice(9, None)),
    "None": None, "an ellipsis": Ellipsis,
}  # fmt: skip


def _general(x, index):
    region, gathers = parse(x, index)
    assert not gathers
    return Slice.run(x, region)


@pytest.mark.parametrize("name", INDICES)
def test_a_part_and_its_gradients_are_those_of_the_general_code(name, torch):
    index = INDICES[name]
    leaf = random((4, 5, 3)).requires_grad_()
    for of in (lambda t: t, lambda t: t.detach(), lambda t: t.detach().transpose(0, 2)):
        x = of(leaf)
        a, b = backend.part_of(_PART, x, index), _general(x, index)
        assert_same([a], [b])
        assert a.stride() == b.stride()
        assert a.address == b.address
        assert (a._size, a._dense, a._is_view, a._base is x) == (b._size, b._dense, b._is_view, b._base is x)
        np.testing.assert_array_equal(a.detach().numpy(), torch.tensor(x.detach().numpy())[index].numpy())
    a, b = backend.part_of(_PART, leaf, index), _general(leaf, index)
    assert type(a.grad_fn) is Slice
    assert a.grad_fn.kept == b.grad_fn.kept
    upstream = random(a.shape, seed=1).requires_grad_()
    expected = gradients(lambda x: _general(x, index), [leaf], upstream)
    assert_same(gradients(lambda x: backend.part_of(_PART, x, index), [leaf], upstream), expected)


def test_an_index_that_the_direct_call_does_not_know_goes_the_general_way():
    x = mg.arange(20.0).reshape(4, 5)
    number = type("Number", (), {"__index__": lambda self: 1})()
    refused = [
        True, number, 4, -5, 1 << 70, slice(0, 3, -1), slice(0, 3, 0), slice(0.5, 1), slice(number, None), (0, 1, 2),
        (Ellipsis, Ellipsis), [0, 1], mg.tensor(1), (0, mg.tensor([1])), "a", (0, 5), (None,) * 40, 1.0,
    ]  # fmt: skip
    assert all(backend.part_of(_PART, x, index) is None for index in refused)
    leaf = mg.ones(3, 4, requires_grad=True)
    for other in (x[:0], x.to(mg.bool), x.to(mg.complex64), x.to("meta"), x.to_sparse(), leaf.t(), None, [1, 2]):
        assert backend.part_of(_PART, other, 0) is None
    with pytest.raises(IndexError, match="index 4 is out of bounds"):
        x[4]
    with pytest.raises(IndexError, match="too many indices"):
        x[0, 1, 2]
    with pytest.raises(ValueError, match="step must be"):
        x[::-1]
    with pytest.raises(TypeError, match="slice indices must be integers"):
        x[0.5:]
    assert x[number:, number].tolist() == [6.0, 11.0, 16.0]


def test_references_to_an_index_are_given_back():
    x = mg.ones(4, 5, requires_grad=True)
    part, number = slice(1, 3), 1 << 80
    for index in (part, (part, 0), (Ellipsis, part), number, (0, number)):
        counts = [sys.getrefcount(o) for o in (part, number, index, x)]
        assert (backend.part_of(_PART, x, index) is None) is (number in (index if type(index) is tuple else (index,)))
        assert [sys.getrefcount(o) for o in (part, number, index, x)] == counts


def test_parts_are_views_that_changes_reach():
    leaf = random((4, 5)).requires_grad_()
    x = leaf * 1
    part, column = x[1:3], x[:, 2]
    part.mul_(3)
    column.sum().backward()
    assert leaf.grad[:, 2].tolist() == [1, 3, 3, 1]
    assert leaf.grad.sum().item() == 8
    y = mg.zeros(4, 5)
    y[1:3, 2] = random((2,)).requires_grad_()
    assert y.requires_grad
    assert y[1:3].requires_grad
    with mg.no_grad():
        assert x[1:3].grad_fn is None
    rows = mg.vmap(lambda row: row[1:3])(y)
    assert_same([rows], [y[:, 1:3]])


WRITTEN = {
    "row": 1, "last": -1, "rows": slice(1, 3), "element": (2, 3), "every second": slice(None, None, 2),
    "column": (slice(None), 2), "new dimension": (None, 1), "nothing": slice(3, 1), "mask": [True, False, True, False],
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_numbers_are_written_as_torch_writes_them(name, torch):
    index = WRITTEN[name]
    numbers = (2, -1.5, 0, float("nan"), float("-inf"), 1e30, True)
    for dtype in ("float32", "float64", "bfloat16", "int64", "int32", "uint8", "bool"):
        whole = dtype in ("int64", "int32", "uint8", "bool")
        for number in numbers if not whole else (1, 0, True):
            x = mg.arange(20).reshape(4, 5).to(getattr(mg, dtype))
            y = torch.arange(20).reshape(4, 5).to(getattr(torch, dtype))
            x[index], y[index] = number, number
            assert x.dtype is getattr(mg, dtype)
            np.testing.assert_array_equal(x.to(mg.float64).numpy(), y.double().numpy())


def test_a_number_that_is_written_counts_as_a_change_and_reaches_views_and_bases():
    x = mg.zeros(4, 5)
    row, before = x[1], x._version
    x[1] = 3.0
    assert x._version > before
    assert row.tolist() == [3.0] * 5
    row[2] = 7
    assert x[1].tolist() == [3.0, 3.0, 7.0, 3.0, 3.0]
    leaf = mg.ones(4, requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf"):
        leaf[0] = 1.0
    with mg.no_grad():
        leaf[0] = 5.0
    y = leaf * 2
    y[1] = 0.0
    y.sum().backward()
    assert leaf.grad.tolist() == [2.0, 0.0, 2.0, 2.0]
    w = mg.ones(3, requires_grad=True)
    z = mg.zeros(3)
    product = w * z  # keeps z
    z[0] = 1.0
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        product.sum().backward()
    with pytest.raises(IndexError):
        x[9] = 1.0


def test_a_row_of_numbers_as_an_index(torch):
    x = random((6, 3, 2)).requires_grad_()
    y = torch.tensor(x.detach().numpy()).requires_grad_()
    for index in ([0, 5, -1, 0], [[1, 2], [3, -6]]):
        found, expected = x[mg.tensor(index)], y[torch.tensor(index)]
        np.testing.assert_array_equal(found.detach().numpy(), expected.detach().numpy())
        (dx,) = mg.autograd.grad(found.square().sum(), x)
        (dy,) = torch.autograd.grad(expected.square().sum(), y)
        np.testing.assert_allclose(dx.numpy(), dy.numpy(), rtol=1e-6)
    turned = x.detach().transpose(0, 2)
    np.testing.assert_array_equal(turned[mg.tensor([1])].numpy(), x.detach().numpy().transpose(2, 1, 0)[[1]])
    for index, error in ((mg.tensor([6]), IndexError), (mg.tensor([0.0]), IndexError)):
        with pytest.raises(error):
            x[index]
    assert mg.zeros(0, 3)[mg.zeros(0, dtype=mg.int64)].shape == (0, 3)
