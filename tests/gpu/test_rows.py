"""Rows long enough for a block of threads: right, and the same bits for every grid."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.backend import REDUCE_BLOCK
from mocrograd.nn import functional as F
from tolerances import assert_close, tolerance

pytestmark = pytest.mark.gpu
LENGTHS = [127, 128, 129, 1000]
GRIDS = ["dynamic", "fixed:1", "fixed:2", "fixed:7", "fixed:256"]


def rows(length, dtype="float32", count=5):
    values = np.random.default_rng(length).normal(size=(count, length)) * 5
    return mg.tensor(values.astype(dtype), device="gpu")


def under_each(call):
    """Return what a call gives, which must be the same bits under each grid, and what it gives under `original`."""
    found = []
    for grid in GRIDS:
        with mg.kernels(grid):
            found.append([r.cpu().numpy() for r in call()])
    for grid, again in zip(GRIDS, found):
        assert [r.tobytes() for r in again] == [r.tobytes() for r in found[0]], grid
    with mg.kernels("original"):
        return found[0], [r.cpu().numpy() for r in call()]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, dtype, length):
    weights = rows(length, dtype) / 7

    def call():
        x = rows(length, dtype).requires_grad_()
        y = getattr(x, name)(-1)
        y.backward(weights)
        return y.detach(), x.grad

    for got, expected in zip(*under_each(call)):
        assert_close(got, expected, name, **tolerance(dtype, terms=length, scale=10))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    "options", [{}, {"reduction": "sum"}, {"reduction": "none", "ignore_index": 1}, {"label_smoothing": 0.2}], ids=str
)
def test_cross_entropy(length, options):
    target = mg.tensor([0, length - 1, 1, 77, 1], device="gpu")

    def call():
        x = rows(length).requires_grad_()
        loss = F.cross_entropy(x, target, **options)
        loss.backward(mg.ones_like(loss))
        return loss.detach(), x.grad

    for got, expected in zip(*under_each(call)):
        assert_close(got, expected, str(options), **tolerance("float32", terms=length, scale=10))


def test_the_mean_of_many_rows():
    target = mg.tensor(np.arange(300) % 7, device="gpu")

    def call():
        return F.cross_entropy(rows(7, count=300), target), F.nll_loss(rows(7, count=300), target, ignore_index=3)

    for got, expected in zip(*under_each(call)):
        assert_close(got, expected, "mean", **tolerance("float32", terms=300, scale=10))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("length", [*LENGTHS, 2 * REDUCE_BLOCK + 5])
@pytest.mark.parametrize("name", ["sum", "amax", "amin"])
def test_reductions(name, length, dtype):
    x = rows(length, dtype, count=2 if length > REDUCE_BLOCK else 5)

    def call():
        wide = x.unsqueeze(-1).expand(*x.shape, 2).transpose(1, 2)  # the reduced dimensions are no single run
        return getattr(x, name)(-1), getattr(x, name)(), getattr(x[:, ::3], name)(1), getattr(wide, name)((0, 2))

    for got, expected in zip(*under_each(call)):
        assert_close(got, expected, name, **tolerance(dtype, terms=length, scale=10))


def test_nan_and_infinity_in_long_rows():
    x = np.zeros((4, 500), np.float32)
    x[0, 300], x[1, 400], x[2, :] = np.nan, np.inf, -np.inf
    there = mg.tensor(x, device="gpu")
    np.testing.assert_array_equal(there.amax(1).cpu().numpy(), [np.nan, np.inf, -np.inf, 0])
    np.testing.assert_array_equal(there.amin(1).cpu().numpy(), [np.nan, 0, -np.inf, 0])
    for name in ("softmax", "log_softmax"):
        np.testing.assert_allclose(
            getattr(there, name)(1).cpu().numpy(), getattr(mg.tensor(x), name)(1).numpy(), rtol=1e-6
        )
    huge = mg.full((2, 200), -3e38, device="gpu")
    assert huge.log_softmax(1).cpu().numpy() == pytest.approx(-np.log(200), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int64"])
@pytest.mark.parametrize("length", [*LENGTHS, 2 * REDUCE_BLOCK + 5])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions(name, length, dtype):
    values = np.random.default_rng(length).integers(-9, 9, (3, length)).astype(np.float32)  # many are equal
    if dtype != "int64":
        values[1, [5, length - 3]] = np.nan
        values[2, :] = np.inf
    x = mg.tensor(values).to(getattr(mg, dtype))
    there = x.to("gpu")

    def call():
        return (
            getattr(there, name)(1),
            getattr(there, name)(),
            getattr(there.T, name)(0),
            getattr(there[:, ::3], name)(1),
        )

    for got in under_each(call):
        expected = getattr(x, name)(1), getattr(x, name)(), getattr(x, name)(1), getattr(x[:, ::3], name)(1)
        assert [g.tolist() for g in got] == [e.tolist() for e in expected]


def test_a_row_of_so_many_blocks_that_they_are_combined_together():
    values = np.random.default_rng(0).integers(-9, 9, 130 * REDUCE_BLOCK - 3).astype(np.float32)
    x = mg.tensor(values, device="gpu")
    for last in (None, np.nan):  # an extreme in the last block, which only nan can be
        if last is not None:
            x = mg.tensor(np.append(values[:-1], np.float32(last)), device="gpu")
        found = []
        for grid in ("dynamic", "fixed:7"):
            with mg.kernels(grid):
                found.append([r.item() for r in (x.argmax(), x.argmin(), x.amax(), x.sum())])
        expected = x.cpu().numpy()
        wanted = [expected.argmax(), expected.argmin(), expected.max(), expected.astype(np.float64).sum()]
        np.testing.assert_array_equal(found, [wanted, wanted])


ROWS = {
    "softmax": lambda x, w, t: x.softmax(-1),
    "log_softmax": lambda x, w, t: x.log_softmax(-1),
    "cross_entropy": lambda x, w, t: F.cross_entropy(x, t, label_smoothing=0.1),
    "nll_loss": lambda x, w, t: F.nll_loss(x, t, w.detach().abs()),
    "embedding": lambda x, w, t: F.embedding(t.clamp(max=4), x),
    "layer_norm": lambda x, w, t: F.layer_norm(x, (x.shape[1],), w, w),
    "rms_norm": lambda x, w, t: F.rms_norm(x, (x.shape[1],), w),
}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("length", [1, 7, 129])
@pytest.mark.parametrize("name", ROWS)
def test_rows_of_16_bits_are_those_of_the_cpu(name, dtype, length, grid):
    kind = getattr(mg, dtype)
    target = mg.tensor([0, length - 1, 0, length // 2, 0])
    results = []
    for device in ("gpu", "cpu"):
        x = rows(length).to(device, kind).requires_grad_()
        weight = rows(length, count=1)[0].to(device, kind).requires_grad_()
        y = ROWS[name](x, weight, target.to(device))
        y.backward(y.detach().cos())
        results.append([t.cpu().float().numpy() for t in (y.detach(), x.grad)])
        assert y.dtype is x.grad.dtype is kind
    eps = 2 * mg.finfo(kind).eps  # a result close to the middle of two numbers is rounded to either
    for got, expected in zip(*results):
        np.testing.assert_allclose(got, expected, rtol=eps, atol=eps * max(1.0, np.abs(expected).max()))


def test_the_kernels_of_16_bits_are_used():
    names = [
        f"{op}.forward.{kind}" for op in ("softmax", "cross_entropy", "argmax") for kind in ("float16", "bfloat16")
    ]
    assert all(name in mg.device("gpu").table for name in names)
