"""Arguments by torch's names, and by the names of NumPy that torch takes too: the same calls on both libraries."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def _lines(text):
    return [line.strip() for line in text.strip().splitlines()]


CALLS = _lines("""
    x.sum(axis=1)
    t.sum(x, axis=1, keepdims=True)
    t.sum(a=x)
    t.sum(x=x, axis=(0, 1))
    x.mean(axis=0, keepdims=True)
    x.max(axis=0)[0]
    x.amin(axis=(0, 1), keepdims=True)
    x.argmax(axis=0)
    x.std(axis=0)
    t.std(x, axis=0, keepdims=True)
    t.var_mean(x, axis=0)[1]
    t.nansum(x, axis=0)
    x.prod(axis=-1)
    x.median(axis=0)[0]
    t.logsumexp(x, axis=0)
    t.count_nonzero(x, axis=0)
    (x > 0).any(axis=0)
    t.all(x > 0, axis=0, keepdims=True)
    t.cumsum(x, axis=0)
    t.softmax(x, axis=1)
    x.softmax(axis=1)
    t.sort(x, axis=0)[0]
    x.sort(axis=0)[1]
    t.argsort(x, axis=0)
    t.topk(x, 2, axis=1)[0]
    t.diff(x, axis=0)
    t.cat([x, x], axis=1)
    t.concatenate([x, x], axis=1)
    t.stack([x, x], axis=1)
    t.chunk(x, 2, axis=1)[1]
    t.unbind(x, axis=1)[2]
    x.split(split_size=2)[0]
    t.split(x, split_size_or_sections=2, dim=1)[1]
    x.squeeze(axis=0)
    x.unsqueeze(axis=1)
    t.unsqueeze(x, axis=0)
    t.gather(x, axis=0, index=t.tensor([[0]]))
    t.index_select(x, axis=1, index=t.tensor([2, 0]))
    x.flip(dims=(0,))
    t.flip(x, dims=(0, 1))
    x.permute(dims=(1, 0))
    t.permute(input=x, dims=(1, 0))
    x[:1].expand(size=(2, 4))
    x.repeat(repeats=(2, 2))
    x.tile(dims=(2, 2))
    t.tile(x, dims=(2,))
    x.view(size=(4, 3))
    x.reshape(shape=(12,))
    t.reshape(input=x, shape=(2, 6))
    x.new_zeros(size=(4,))
    x.new_ones(size=[4, 1])
    t.zeros(size=(2, 3))
    t.ones(size=(2,), dtype=t.int64)
    t.add(x=x, other=x)
    t.add(x, x2=x)
    t.matmul(x, other=x.T)
    t.arange(end=3)
    t.arange(start=1, end=7, step=2)
    t.randint(1, size=(2,))
    t.randint(high=1, size=(2,))
    t.randint(low=4, high=5, size=(2,))
    t.randint(5, 6, (2,))
    t.randint(1, (2, 1))
    t.randint_like(x, 1)
    t.randint_like(x, high=1)
    t.randint_like(x, low=4, high=5)
    t.einsum("ij,kj->ik", [x, x])
    t.tensor([1, 0], dtype=int)
    t.as_tensor([1, 0], dtype=bool)
    t.zeros(3, dtype=bool)
    t.zeros_like(x, dtype=int)
    t.arange(3, dtype=float)
    x.to(int)
    x.to(dtype=float)
    x.sum(0, dtype=float)
    x.softmax(0, float)
    x.new_full((2,), 1, dtype=float)
    x.double().view(int)
""")
BAD = _lines("""
    x.sum(axs=1)
    x.sum(1, axis=1)
    x.sum(dim=1, axis=1)
    t.sum(x, x=x)
    x.view(shape=(12,))
    x.repeat(sizes=(2, 2))
    x.reshape((3, 4), shape=(12,))
    t.reshape(shape=(12,))
    t.zeros(2, size=(2,))
    t.randint(size=(2,))
    t.randint(3)
    t.randint()
    t.randint_like(x)
    t.arange()
    t.zeros(3, dtype=str)
    x.to(str)
""")


def evaluate(module, call):
    x = np.sin(np.arange(12, dtype=np.float32)).reshape(3, 4)
    return eval(call, {"t": module, "x": module.from_numpy(x)})


@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_torch_takes(call):
    expected, found = evaluate(torch, call), evaluate(mg, call)
    assert str(found.dtype).split(".")[1] == str(expected.dtype).split(".")[1]
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("call", BAD)
def test_a_name_that_torch_does_not_take(call):
    for module in (torch, mg):
        with pytest.raises(TypeError):
            evaluate(module, call)
