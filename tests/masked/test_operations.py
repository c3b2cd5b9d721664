"""Operations with `mask=` against torch's: values, dtypes, gradients, and what is raised."""

import itertools

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import masked

torch = pytest.importorskip("torch", reason="the reference for masked operations")

X = [[0.5, -1.0, 2.0, 7.0], [-3.0, 4.0, 0.25, -1.5], [1.0, 1.0, -2.0, 3.0]]
MASKS = {
    "none": None,
    "some": [[True, False, True, True], [False, True, True, False], [True, True, False, True]],
    "a row": [True, False, False, True],
    "no row": [[True, False, True, True], [False, False, False, False], [True, True, False, True]],
    "a column": [[True], [False], [True]],
    "one": True,
    "integers": [2, 0, -1, 0],
}
REDUCING = "sum prod mean amax amin argmax argmin logsumexp norm var std median"
ALONG = "cumsum cumprod softmax log_softmax softmin"
DTYPES = ["float32", "int32", "uint8", "bool", "complex64", "bfloat16"]


def result(m, module, name, dtype, mask, **options):
    """Return what an operation gives: values, dtype and the gradient, or the kind of error."""
    x = m.tensor(X).to(getattr(m, dtype))
    floating = dtype in ("float32", "float64", "complex64")
    x.requires_grad_(floating)
    kept = None if mask is None else m.tensor(mask)
    args = (2.0,) if name == "normalize" else ()
    try:
        y = getattr(module, name)(x, *args, mask=kept, **options)
    except (TypeError, ValueError, NotImplementedError, IndexError, RuntimeError, AssertionError) as error:
        return type(error)
    grad = None
    if floating and y.requires_grad:
        weights = m.arange(y.numel(), dtype=m.float64).reshape(y.shape).cos().to(y.dtype)
        (y * weights).sum().abs().backward()
        grad = None if x.grad is None else x.grad.numpy()
    y = y.detach()
    return (y.float() if dtype == "bfloat16" and y.is_floating_point() else y).numpy(), str(y.dtype).split(".")[1], grad


def compare(name, dtype, mask, **options):
    expected = result(torch, torch.masked, name, dtype, mask, **options)
    found = result(mg, masked, name, dtype, mask, **options)
    if isinstance(expected, type) or isinstance(found, type):
        assert found is expected
        return
    narrow = dtype == "bfloat16"
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-2 if narrow else 1e-5, atol=4e-3 if narrow else 1e-6)
    assert found[1] == expected[1]
    if expected[2] is not None and found[2] is not None:
        np.testing.assert_allclose(found[2], expected[2], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", REDUCING.split())
def test_reductions(name, mask):
    along = [None, 0, (0, 1), [1]] if name not in ("argmax", "argmin", "median") else [0, -1]
    for dtype, dim, keepdim in itertools.product(DTYPES, along, (False, True)):
        if dtype == "complex64" and name not in ("sum", "mean", "norm", "var", "std"):
            continue
        compare(name, dtype, MASKS[mask], dim=dim, keepdim=keepdim)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("name", [*ALONG.split(), "normalize"])
def test_along_a_dimension(name, mask):
    for dtype, dim in itertools.product(DTYPES, (0, -1)):
        if dtype == "bool" and name in ("cumsum", "cumprod"):
            continue  # running sums of bools may be bools here, in and out of this module
        compare(name, dtype, MASKS[mask], dim=dim)


def test_options():
    mask = MASKS["some"]
    for name in ("sum", "prod", "mean", "amax", "cumsum", "softmax", "var", "logsumexp"):
        compare(name, "float32", mask, dim=1)
    for ord in (0, 1, 2, 3.5, float("inf"), float("-inf"), None):
        compare("norm", "float64", mask, ord=ord, dim=1)
    for unbiased, correction in itertools.product((None, True, False), (None, 0, 1, 2, 9)):
        compare("var", "float64", mask, dim=1, unbiased=unbiased, correction=correction)
        compare("std", "float32", mask, unbiased=unbiased, correction=correction)
    ours, theirs = mg.tensor(X), torch.tensor(X)
    for name, dtype in (("sum", "float64"), ("mean", "float64"), ("argmax", "int64"), ("cumsum", "float64")):
        got = getattr(masked, name)(ours, dim=1, mask=mg.tensor(mask), dtype=getattr(mg, dtype))
        wanted = getattr(torch.masked, name)(theirs, dim=1, mask=torch.tensor(mask), dtype=getattr(torch, dtype))
        np.testing.assert_allclose(got.numpy(), wanted.numpy())
        assert got.dtype.name == dtype


def test_logaddexp():
    for a, b in itertools.product((None, [True, False, True, True]), repeat=2):
        both = []
        for m, module in ((mg, masked), (torch, torch.masked)):
            x, y = m.tensor(X), m.tensor(X).flip(0)
            masks = {"input_mask": a and m.tensor(a), "other_mask": b and m.tensor(b)}
            both.append(module.logaddexp(x, y, **masks).numpy())
        np.testing.assert_allclose(*both, rtol=1e-6)


def test_a_masked_out_nan_changes_nothing():
    x = mg.tensor([[1.0, float("nan"), 2.0], [float("inf"), 3.0, 4.0]], requires_grad=True)
    mask = mg.tensor([[True, False, True], [False, True, True]])
    for name in ("sum", "prod", "mean", "amax", "logsumexp", "var", "std", "norm"):
        x.grad = None
        y = getattr(masked, name)(x, dim=1, mask=mask)
        assert bool(y.isfinite().all()), name
        y.sum().backward()
        grad = x.grad if name in ("var", "std") else x.grad.masked_select(~mask)
        assert name in ("var", "std") or grad.tolist() == [0.0, 0.0], name


def test_empty():
    for m, module in ((mg, masked), (torch, torch.masked)):
        x, mask = m.zeros(0, 3), m.zeros(0, 3) > 0
        assert module.sum(x, 0, mask=mask).tolist() == [0, 0, 0]
        assert module.prod(x, 0, mask=mask).tolist() == [1, 1, 1]
        assert module.softmax(x, 1, mask=mask).shape == (0, 3)


def test_errors():
    x = mg.tensor(X)
    with pytest.raises(IndexError, match="expected a mask that broadcasts"):
        masked.sum(x, mask=mg.ones(1, 3, 4) > 0)
    with pytest.raises(RuntimeError):
        masked.sum(x, mask=mg.ones(3) > 0)
    with pytest.raises(RuntimeError, match="multiple times"):
        masked.sum(x, (0, 0), mask=mg.ones(4) > 0)
    with pytest.raises(TypeError, match="argument 'mask' must be Tensor"):
        masked.sum(x, mask=[True])
    with pytest.raises(TypeError, match="argument 'input' must be Tensor"):
        masked.sum([1.0])
    with pytest.raises(NotImplementedError, match="sparse input"):
        masked.sum(x.to_sparse())
    with pytest.raises(ValueError, match="fully masked out"):
        masked.median(x.int(), 1, mask=mg.zeros(4) > 0)


def test_a_compiled_step_records_them():
    def step(x, mask):
        return masked.softmax(x, 1, mask=mask) + masked.mean(x, 1, keepdim=True, mask=mask)

    fast = mg.compile(step)
    for shift in range(4):
        x, mask = mg.tensor(X) + shift, mg.tensor(MASKS["some"])
        assert fast(x, mask).tolist() == step(x, mask).tolist()
    assert not fast.reasons
