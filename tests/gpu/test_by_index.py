"""Additions by an index that is sorted first: the CPU's sums to the bit, for any grid, and bad entries are told."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn import functional as F

pytestmark = pytest.mark.gpu
GRIDS = ["dynamic", "fixed:1", "fixed:3"]


def same(call, *operands):
    """Hold a call's bits on the GPU, under each grid, against the CPU's."""
    wanted = call(*operands).numpy()
    for grid in GRIDS:
        with mg.kernels(grid):
            found = call(*[o.to("gpu") for o in operands]).cpu().numpy()
        assert found.tobytes() == wanted.tobytes(), grid


def data(n, size, columns, dtype="float32"):
    """Return an index with negative entries and rows that nothing names, and values of very different sizes."""
    random = np.random.default_rng(n + size)
    index = random.integers(0, max(size - 1, 1), n)
    x = random.normal(size=(n, columns)) * 10.0 ** random.integers(-3, 4, (n, columns))
    return mg.tensor(np.where(random.random(n) < 0.1, index - size, index)), mg.tensor(x.astype(dtype))


@pytest.mark.parametrize(("n", "size", "columns"), [(513, 1, 1), (2048, 17, 3), (2049, 300, 1), (5000, 5000, 2)])
def test_rows(n, size, columns):
    index, x = data(n, size, columns)
    y = data(size, size, columns)[1]
    same(lambda t, i, v: t.index_put((i,), v, accumulate=True), y, index, x)
    same(lambda t, i, v: t.index_put((i,), v), y, index, x)
    same(lambda t, i, v: t.index_add(0, i, v), y, index % size, x)
    same(lambda t, i, v: t.index_copy(0, i, v), y, index % size, x)
    same(lambda t, i, v: t.index_add(1, i, v), y.t().contiguous(), index % size, x.t().contiguous())

    def gradient(t, i, v):
        t = t.detach().requires_grad_()
        t[i].backward(v)
        return t.grad

    same(gradient, y, index, x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_embeddings(dtype):
    index, upstream = data(3000, 70, 5, dtype)
    weight = mg.zeros(70, 5, dtype=getattr(mg, dtype))
    for padding in (None, 3):

        def gradient(w, i, g, padding=padding):
            w = w.detach().requires_grad_()
            F.embedding(i, w, padding_idx=padding).backward(g)
            return w.grad

        same(gradient, weight, index % 70, upstream)


@pytest.mark.parametrize("how", [None, "sum", "amax", "prod"])
def test_elements(how):
    """Each element of the index names one of its own column."""
    random = np.random.default_rng(1)
    x = mg.tensor(random.normal(size=(2, 400, 3)).astype("float32"))
    y = mg.tensor(random.normal(size=(2, 20, 3)).astype("float32"))
    index = mg.tensor(random.integers(0, 19, (2, 400, 3)))
    same(lambda t, i, v: t.scatter(1, i, v) if how is None else t.scatter_reduce(1, i, v, how), y, index, x)
    same(lambda t, i, v: t.scatter_add(0, i, v), y.view(-1)[:19].contiguous(), index.view(-1), x.view(-1))


@pytest.mark.parametrize("bad", [-301, -1, 300])
def test_bad_entries_are_told(bad):
    index, x = data(900, 300, 2)
    index %= 300
    index[700] = bad
    y = mg.zeros(300, 2, device="gpu").index_add(0, index.to("gpu"), x.to("gpu"))
    with pytest.raises(IndexError, match=str(bad)):
        mg.cuda.synchronize()
    keep = np.arange(900) != 700
    wanted = mg.zeros(300, 2).index_add(0, index[mg.tensor(keep)], x[mg.tensor(keep)])
    assert y.cpu().numpy().tobytes() == wanted.numpy().tobytes()
