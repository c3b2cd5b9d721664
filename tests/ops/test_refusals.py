"""Calls that torch refuses, and values at which it is easy to be wrong without a word: as torch has them."""

import math

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

REFUSED = {
    "index_select of -1": (IndexError, lambda m: m.index_select(m.ones(3, 2), 0, m.tensor([-1]))),
    "index_select of -1 in int32": (IndexError, lambda m: m.ones(3).index_select(0, m.tensor([-1], dtype=m.int32))),
    "index_select of an empty tensor": (IndexError, lambda m: m.ones(3, 0).index_select(0, m.tensor([-1]))),
    "index_add at -1": (IndexError, lambda m: m.ones(3).index_add(0, m.tensor([-1]), m.ones(1))),
    "index_add_ at -1": (IndexError, lambda m: m.ones(3, 2).index_add_(0, m.tensor([-1]), m.ones(1, 2))),
    "index_copy at -1": (IndexError, lambda m: m.ones(3).index_copy(0, m.tensor([-1]), m.ones(1))),
    "index_reduce at -1": (IndexError, lambda m: m.ones(3).index_reduce(0, m.tensor([-1]), m.ones(1), "amax")),
    "embedding of integers": (
        IndexError, lambda m: m.nn.functional.embedding(m.tensor([-1]), m.ones(3, 2, dtype=m.int64)),
    ),
    "brackets of empty dimensions": (IndexError, lambda m: m.zeros(0, 0)[m.tensor([0])]),
    "brackets of empty dimensions behind": (IndexError, lambda m: m.zeros(3, 0, 0)[:, m.tensor([0, 0])]),
    "brackets written to empty dimensions": (IndexError, lambda m: m.zeros(0, 0).__setitem__(m.tensor([0]), 1.0)),
    "index_put of empty dimensions": (IndexError, lambda m: m.zeros(0, 0).index_put((m.tensor([0]),), m.ones(1, 0))),
    "tensor of -1.0 as uint8": (RuntimeError, lambda m: m.tensor([[1, -1.0]], dtype=m.uint8)),
    "tensor of nan as int32": (RuntimeError, lambda m: m.tensor([math.nan], dtype=m.int32)),
    "full of -0.5 as uint8": (RuntimeError, lambda m: m.full((2,), -0.5, dtype=m.uint8)),
    "fill_ with 127.5 in int8": (RuntimeError, lambda m: m.ones(2, dtype=m.int8).fill_(127.5)),
    "masked_fill with -1.0 in uint8": (
        RuntimeError, lambda m: m.ones(2, dtype=m.uint8).masked_fill(m.tensor([True, False]), -1.0),
    ),
    "copy_ of a number to an expanded tensor": (RuntimeError, lambda m: m.ones(1, 3).expand(2, 3).copy_(2)),
    "copy_ between empty tensors": (RuntimeError, lambda m: m.zeros(0, 3).copy_(m.zeros(0, 2))),
    "uniform_ from nan": (RuntimeError, lambda m: m.zeros(2).uniform_(math.nan, 3.0)),
    "normal_ with a spread of nan": (RuntimeError, lambda m: m.zeros(2).normal_(0.0, math.nan)),
    "select at 2.5": (TypeError, lambda m: m.ones(3, 3).select(0, 2.5)),
    "select at tensor(2.5)": (TypeError, lambda m: m.ones(3, 3).select(0, m.tensor(2.5))),
    "narrow by tensor(1.5)": (TypeError, lambda m: m.ones(3).narrow(0, 0, m.tensor(1.5))),
    "var with a number for unbiased": (TypeError, lambda m: m.ones(3).var(0, 2)),
    "repeat_interleave to another size": (RuntimeError, lambda m: m.ones(2).repeat_interleave(2, output_size=3)),
    "repeat_interleave of counts to another size": (
        RuntimeError, lambda m: m.ones(2).repeat_interleave(m.tensor([1, 2]), output_size=4),
    ),
    "repeat_interleave of a number": (RuntimeError, lambda m: m.repeat_interleave(m.tensor(2))),
    "vector_norm in a narrower dtype": (
        RuntimeError, lambda m: m.linalg.vector_norm(m.ones(2, dtype=m.float64), dtype=m.float32),
    ),
    "vector_norm in integers": (RuntimeError, lambda m: m.linalg.vector_norm(m.ones(2), dtype=m.int32)),
    "cov with weights of 0": (RuntimeError, lambda m: m.cov(m.ones(1), aweights=m.zeros(1))),
    "cholesky_inverse of a singular factor": (
        RuntimeError, lambda m: m.cholesky_inverse(m.tensor([[1.5, 3.0], [2.5, 0.0]])),
    ),
    "max_unpool1d of nothing": (
        RuntimeError, lambda m: m.nn.functional.max_unpool1d(m.zeros(4, 0), m.zeros(4, 0, dtype=m.int64), 2),
    ),
    "tensorinv of too few dimensions": (RuntimeError, lambda m: m.linalg.tensorinv(m.tensor(2.5))),
    "spmm of None": (TypeError, lambda m: m.spmm(None, None)),
    "gru_cell of None": (TypeError, lambda m: m.gru_cell(None, None, None, None)),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    expected, call = REFUSED[case]
    with pytest.raises(expected):
        call(mg)
    with pytest.raises((expected, RuntimeError) if expected is IndexError else expected):  # it depends on the shape
        call(torch)


VALUES = {
    "index_fill from the end": lambda m: m.zeros(3).index_fill(0, m.tensor([-1]), 2.0),
    "put from the end": lambda m: m.zeros(3).put(m.tensor([-1]), m.tensor([2.0])),
    "brackets from the end": lambda m: m.arange(3.0)[m.tensor([-1, 0])],
    "fill_ with -1 in uint8": lambda m: m.ones(2, dtype=m.uint8).fill_(-1),
    "mse_loss promotes after broadcasting": lambda m: m.nn.functional.mse_loss(
        m.ones(2, 1), m.tensor(3.0, dtype=m.float64)
    ),
    "l1_loss promotes after broadcasting": lambda m: m.nn.functional.l1_loss(
        m.ones(2, 1, dtype=m.int32), m.tensor(-1), reduction="none"
    ),
    "smooth_l1_loss promotes after broadcasting": lambda m: m.nn.functional.smooth_l1_loss(
        m.ones(2, 1), m.tensor(3.0, dtype=m.float64), reduction="none"
    ),
    "masked.var with a truthy number": lambda m: m.masked.var(m.tensor([2.5, 1.0]), None, 0.5),
    "det of a singular matrix with nan": lambda m: m.linalg.det(m.tensor([[math.nan, 0.0], [0.0, 0.0]])),
    "det of equal rows with inf": lambda m: m.linalg.det(m.tensor([[2.0, 3.0, math.inf]] * 3)),
    "slogdet of equal rows with inf": lambda m: m.linalg.slogdet(m.tensor([[2.0, 3.0, math.inf]] * 3))[1],
    "matrix_exp of -inf": lambda m: m.matrix_exp(m.tensor([[[-math.inf]], [[2.0]]])),
    "histc of one large number": lambda m: m.histc(m.tensor([1e30]), 1),
    "logit with eps of nan": lambda m: m.logit(m.tensor([0.0, 0.5, 2.0]), math.nan),
    "logit with eps above a half": lambda m: m.logit(m.tensor([0.0, 0.5, 2.0, math.nan]), 0.7),
    "logit with a negative eps": lambda m: m.logit(m.tensor([0.0, 0.5, 2.0]), -0.2),
    "repeat_interleave of int32": lambda m: m.repeat_interleave(m.tensor([2, 3], dtype=m.int32)),
}


@pytest.mark.parametrize("case", VALUES)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_values(case):
    expected, got = VALUES[case](torch), VALUES[case](mg)
    assert str(got.dtype).rpartition(".")[2] == str(expected.dtype).rpartition(".")[2]
    np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("function", ["index_select", "index_add", "index_copy"])
def test_negative_index_in_a_compiled_step(function):
    def step(x, index):
        return x.index_select(0, index) if function == "index_select" else getattr(x, function)(0, index, x[:1])

    compiled, x = mg.compile(step), mg.arange(6.0).reshape(3, 2)
    for good in (2, 1, 0):
        assert compiled(x, mg.tensor([good])).tolist() == step(x, mg.tensor([good])).tolist()
    with pytest.raises(IndexError, match=r"out of (range|bounds)"):
        compiled(x, mg.tensor([-1]))


def test_negative_index_of_a_sample():
    x, index = mg.arange(6.0).reshape(2, 3), mg.tensor([[0, 2], [1, -1]])
    with pytest.raises(IndexError, match="-1"):
        mg.func.vmap(lambda a, i: a.index_select(0, i))(x, index)
    with pytest.raises(IndexError, match="-1"):
        mg.func.vmap(lambda a, i: a.index_add(0, i, a[:2]))(x, index)
    assert mg.func.vmap(lambda a, i: a.index_fill(0, i, 9.0))(x, index).tolist() == [[9, 1, 9], [3, 9, 9]]


def test_no_exception_stays_behind():
    """An exception that a call in C leaves set appears in the next call of a C function."""
    for call in (lambda: mg.ones(3, 3).select(0, mg.tensor(2.5)), lambda: mg.ones(3).narrow(0, 0, mg.tensor(1.5))):
        with pytest.raises(TypeError):
            call()
        assert len([]) == 0
