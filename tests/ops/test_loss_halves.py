"""nll_loss and embeddings in 16 bits: what float32 computes, rounded once."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.nn import functional as F

KINDS = [mg.float16, mg.bfloat16]


def numbers(*shape):
    return mg.tensor(np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("implementation", ["original", "fixed:2", "dynamic"])
def test_nll_loss(kind, weighted, reduction, implementation):
    assert f"nll_loss.forward.{kind.name}" in mg.backend.WORDS
    target = mg.tensor(np.arange(600) % 9)
    results = []
    for dtype in (kind, mg.float32):
        x = numbers(600, 9).to(kind).to(dtype).requires_grad_()
        weight = numbers(9).abs().to(kind).to(dtype) if weighted else None
        with mg.kernels(implementation):
            loss = F.nll_loss(x, target, weight, ignore_index=3, reduction=reduction)
            loss.backward(mg.ones_like(loss))
        assert loss.dtype is x.grad.dtype is dtype
        results.append((loss.detach().to(kind).tolist(), x.grad.to(kind).tolist()))
    assert results[0] == results[1]


def test_the_second_derivative_of_nll_loss_counts_beyond_256_rows():
    x = mg.zeros(600, 2, dtype=mg.bfloat16, requires_grad=True)
    (first,) = mg.autograd.grad(F.nll_loss(x * x - 1, mg.zeros(600, dtype=mg.int64)), x, create_graph=True)
    (second,) = mg.autograd.grad(first.sum(), x)
    expected = mg.tensor(-2 / 600).bfloat16().item()
    assert second[:, 0].unique().tolist() == [expected]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("options", [{}, {"padding_idx": 1}, {"scale_grad_by_freq": True}], ids=str)
@pytest.mark.parametrize("implementation", ["original", "fixed:2", "dynamic"])
def test_embedding(kind, options, implementation):
    assert f"embedding.forward.{kind.name}" in mg.backend.WORDS
    index = mg.tensor(np.random.default_rng(3).integers(0, 3, 1000))  # rows are named more than 256 times
    results = []
    for dtype in (kind, mg.float32):
        weight = numbers(5, 17).to(kind).to(dtype).requires_grad_()
        with mg.kernels(implementation):
            rows = F.embedding(index, weight, **options)
            rows.backward(mg.ones_like(rows))
        assert rows.dtype is weight.grad.dtype is dtype
        results.append((rows.detach().to(kind).tolist(), weight.grad.to(kind).tolist()))
    assert results[0] == results[1]


def test_an_index_of_a_table_in_16_bits_is_checked():
    with pytest.raises(IndexError, match="expected 0 to 4, got 5"):
        F.embedding(mg.tensor([5]), mg.zeros(5, 2, dtype=mg.bfloat16))
