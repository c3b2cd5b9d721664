"""When the host waits for the GPU: where a value is read, and not for indices, which kernels check."""

import ctypes
import os

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytestmark = pytest.mark.gpu
F = nn.functional
simulated = pytest.mark.skipif("GPUSIM_DIR" not in os.environ, reason="only the simulated driver counts")


def waited():
    """Return how often the host has waited for the device."""
    count = ctypes.CDLL("libcuda.so.1").gpusim_waited
    count.restype = ctypes.c_long
    return count()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 8)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 6)

    def forward(self, x):
        h = self.norm(self.words(x))
        picked = h.index_select(1, mg.arange(3, device=x.device)).gather(2, x[:, :3, None].expand(-1, -1, 4) % 8)
        return self.head(h.mean(1)) + picked.sum()


@simulated
@pytest.mark.parametrize("compiled", [False, True])
def test_a_training_step_does_not_wait(compiled):
    model = Tagger().to("gpu")
    optimizer = mg.optim.Adam(model.parameters())

    def step(x, y):
        optimizer.zero_grad()
        scores = model(x)
        loss = F.cross_entropy(scores, y) + F.nll_loss(scores.log_softmax(1), y)
        loss = loss + F.binary_cross_entropy(scores.sigmoid(), mg.zeros_like(scores))
        loss.backward()
        optimizer.step()
        return loss

    step = mg.compile(step) if compiled else step
    random = np.random.default_rng(1)
    x, y = (mg.tensor(random.integers(0, most, size), device="gpu") for most, size in ((20, (4, 5)), (6, 4)))
    for _ in range(3):
        step(x, y)
    assert not compiled or (step.reasons, len(step.plans)) == ([], 1)
    before = waited()
    for _ in range(3):
        loss = step(x, y)
    assert waited() == before
    loss.item()
    assert waited() == before + 1


def index(*numbers):
    return mg.tensor(numbers, device="gpu")


def test_where_a_bad_index_is_found():
    x = mg.zeros(3, device="gpu")
    for wait in (mg.cuda.synchronize, lambda: x.cpu(), lambda: mg.cuda.Event().record(), lambda: mg.ones(2).to("gpu")):
        x.index_select(0, index(5))
        with pytest.raises(IndexError, match="index 5"):
            wait()


def test_what_a_bad_index_names_is_left_out():
    x = mg.arange(6.0, device="gpu").reshape(3, 2)
    x.index_add_(0, index(7, 1), mg.ones(2, 2, device="gpu"))
    with pytest.raises(IndexError, match="index 7"):
        mg.cuda.synchronize()
    assert x.tolist() == [[0, 1], [3, 4], [4, 5]]
    x.scatter_(0, index([2, -9]), -1.0)
    with pytest.raises(RuntimeError, match="index -9"):
        mg.cuda.synchronize()
    assert x.tolist() == [[0, 1], [3, 4], [-1, 5]]


def test_numbers_out_of_range_are_found_too():
    bad = mg.tensor([0.5, 1.5], device="gpu")
    F.binary_cross_entropy(bad, mg.ones_like(bad))
    with pytest.raises(RuntimeError, match=r"between 0 and 1, got 1.5"):
        mg.cuda.synchronize()
    F.gaussian_nll_loss(bad, bad, -bad)
    with pytest.raises(ValueError, match="var has negative entry"):
        mg.cuda.synchronize()


def test_a_compiled_step_tells_of_a_bad_index():
    @mg.compile
    def looked_up(table, at):
        return table.index_select(0, at) * 2

    table = mg.arange(4.0, device="gpu")
    for at in (0, 1, 2, 3):
        assert looked_up(table, index(at)).tolist() == [2 * at]
    assert len(looked_up.plans) == 1
    looked_up(table, index(4))
    with pytest.raises(IndexError, match="index_select: index 4"):
        mg.cuda.synchronize()


@pytest.mark.parametrize("shape", [(40,), (9, 5), (3, 8, 2), (2, 4500)])
def test_sums_by_index_have_one_order(shape, grid):
    """Additions to the same element have the order of the index, as on the CPU: the bits are equal."""
    random = np.random.default_rng(5)
    dim = len(shape) - 1 if shape[-1] < 1000 else 0
    n = 3 * shape[dim]
    at = mg.tensor(random.integers(0, shape[dim], n))
    values = mg.tensor(random.normal(size=(*shape[:dim], n, *shape[dim + 1 :])).astype(np.float32))
    start = mg.tensor(random.normal(size=shape).astype(np.float32))
    whole = at.reshape(*([1] * dim), n, *([1] * (len(shape) - dim - 1))).expand(values.shape)
    calls = (
        lambda x, i, w, v: x.index_add(dim, i, v),
        lambda x, i, w, v: x.scatter_add(dim, w, v),
        lambda x, i, w, v: x.scatter_reduce(dim, w, v, "amax"),
        lambda x, i, w, v: x.index_copy(dim, i, v),
    )
    for call in calls:
        got, expected = call(*[t.to("gpu") for t in (start, at, whole, values)]), call(start, at, whole, values)
        assert got.cpu().numpy().tobytes() == expected.numpy().tobytes()


def test_copies_that_do_not_wait():
    before = waited() if "GPUSIM_DIR" in os.environ else 0
    there = mg.arange(4.0).to("gpu", non_blocking=True)
    also = mg.arange(4.0).pin_memory().cuda(non_blocking=True)
    assert "GPUSIM_DIR" not in os.environ or waited() == before
    assert there.tolist() == also.tolist() == [0, 1, 2, 3]
    for i in range(300):  # what is kept for the device is let go where it is much
        mg.full((1 << 18,), float(i)).to("gpu", non_blocking=True)
    assert len(there.device.kept) < 250


DIVISORS = {
    "a number": lambda dtype: 0,
    "an element": lambda dtype: mg.tensor([1, 0, 2], dtype=dtype, device="gpu"),
    "a column": lambda dtype: mg.tensor([[1], [0]], dtype=dtype, device="gpu"),
    "every second": lambda dtype: mg.tensor([1, 0, 1, 0, 0, 0], dtype=dtype, device="gpu")[::2],
}


@pytest.mark.parametrize("divisor", DIVISORS)
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "int8"])
@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod", "div"])
def test_integers_divided_by_0_are_told(name, dtype, divisor):
    kind = getattr(mg, dtype)
    x, other = mg.tensor([4, 5, 6], dtype=kind, device="gpu"), DIVISORS[divisor](kind)
    options = {"rounding_mode": "trunc"} if name == "div" else {}
    call = mg.compile(lambda x, y: getattr(mg, name)(x, y, **options))
    expected = getattr(np, {"div": "floor_divide"}.get(name, name))(np.arange(4, 7), 3)
    for _ in range(3):
        assert call(x, 3).tolist() == expected.tolist()
        with pytest.raises(RuntimeError, match=r"ZeroDivisionError: .*divided by 0 \(met by gpu:0"):
            call(x, other).tolist()
    assert getattr(mg, name)(x[:0], other if divisor == "a number" else other[:0], **options).tolist() == []


def test_floats_divided_by_0_are_infinite():
    assert (mg.ones(2, device="gpu") // 0).tolist() == [float("inf")] * 2
