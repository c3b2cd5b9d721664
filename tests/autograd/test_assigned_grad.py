"""Assigning a gradient: it must fit its tensor, which is said at once."""

import gc
import sys

import mocrograd as mg
import pytest


def weight(m=mg):
    return m.ones(2, 3, requires_grad=True)


WRONG = {
    "another shape": (lambda m: m.ones(3), r"size: expected \[2, 3\], got \[3\]"),
    "as many elements in another shape": (lambda m: m.ones(3, 2), r"size: expected \[2, 3\], got \[3, 2\]"),
    "another dtype": (
        lambda m: m.ones(2, 3, dtype=m.float64),
        "dtype: expected mocrograd.float32, got mocrograd.float64",
    ),
    "a number": (lambda m: 3.0, "expected to be a Tensor or None but got grad of type float"),
    "a list": (lambda m: [1.0], "got grad of type list"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_gradient_that_does_not_fit_is_refused(name, torch):
    make, words = WRONG[name]
    theirs, ours = weight(torch), weight()
    with pytest.raises((RuntimeError, TypeError)) as expected:
        theirs.grad = make(torch)
    with pytest.raises(type(expected.value), match=words) as info:
        ours.grad = make(mg)
    assert type(info.value) is type(expected.value)
    assert ours.grad is None


def test_a_tensor_is_not_its_own_gradient():
    p = weight()
    with pytest.raises(RuntimeError, match="its own grad"):
        p.grad = p


def test_a_gradient_that_fits_is_kept():
    p = weight()
    assert p.grad is None
    for grad in (mg.ones(2, 3), mg.ones(3, 2).T, mg.nn.Parameter(mg.ones(2, 3)), None):
        p.grad = grad
        assert p.grad is grad
    p.grad = grad = mg.ones(2, 3)
    del p.grad
    assert p.grad is None
    other = mg.ones(2, 3)
    assert sys.getrefcount(grad) == sys.getrefcount(other)


def test_a_refused_gradient_leaves_the_one_before():
    p = weight()
    p.grad = grad = mg.ones(2, 3)
    count = sys.getrefcount(grad)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            p.grad = mg.ones(4)
    assert p.grad is grad
    assert sys.getrefcount(grad) == count


def test_a_tensor_without_memory_takes_none():
    blank = object.__new__(mg.Tensor)
    with pytest.raises((RuntimeError, AttributeError, TypeError)):
        blank.grad = mg.ones(2)
    with pytest.raises((RuntimeError, AttributeError, TypeError)):
        weight().grad = blank
    blank.grad = None
    assert blank.grad is None


def test_gradients_in_a_circle_are_collected():
    p, q = weight(), weight()
    p.grad, q.grad = q, p
    del p, q
    assert gc.collect() >= 0


def test_an_integer_tensor_takes_a_gradient_of_its_own_dtype_only(torch):
    for m in (mg, torch):
        x = m.ones(3, dtype=m.int64)
        with pytest.raises(RuntimeError):
            x.grad = m.ones(3)
