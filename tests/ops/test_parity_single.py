"""What single operations had otherwise than torch: dtypes, strides, gradients and errors beside the common ones."""

import warnings

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def array_of(x):
    return x.detach().resolve_conj().numpy()


def same(call, rtol=1e-12):
    """Compare what a call returns of both libraries: values, dtypes and strides; or the type of what it raises."""
    found = []
    for m in (torch, mg):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found.append(call(m))
            except Exception as error:
                found.append(error)
    expected, got = found
    if isinstance(expected, Exception):
        assert isinstance(got, type(expected)), f"{expected!r} and {got!r}"
        return
    assert not isinstance(got, Exception), repr(got)
    assert str(got.dtype).rpartition(".")[2] == str(expected.dtype).rpartition(".")[2]
    assert got.stride() == expected.stride()
    np.testing.assert_allclose(array_of(got), array_of(expected), rtol=rtol, atol=rtol)


def truth(m):
    return m.tensor([[True, False], [True, True]])


def complexes(m):
    return m.tensor([[1 + 2j, 3 - 1j], [0.5 + 0j, -1 - 1j]])


CALLS = {
    "mode of nan": lambda m: m.tensor([1.0, m.nan, 2.0, 1.0, m.nan, m.nan]).sort().values.mode().values,
    "heaviside of nan": lambda m: m.heaviside(m.tensor([m.nan, 0.0, 1.0]), m.tensor([2.0, m.nan, 3.0])),
    "soft_margin_loss of complex numbers": lambda m: m.view_as_real(
        m.nn.functional.soft_margin_loss(complexes(m).to(m.complex128), m.ones(2, 2), reduction="none")
    ),
    "clamp of bools": lambda m: m.clamp(truth(m), min=truth(m)[0]),
    "clamp_max of bools": lambda m: m.clamp_max(truth(m), truth(m)[0]),
    "clamp of bools by two": lambda m: m.clamp(truth(m), truth(m), truth(m)),
    "clamp of bools by a number": lambda m: m.clamp(truth(m), max=True),
    "addr of bools": lambda m: m.addr(truth(m), truth(m)[0], truth(m)[0]),
    "addr of bools, beta 0": lambda m: m.addr(truth(m), truth(m)[0], truth(m)[1], beta=0),
    "addr of bools, alpha 2": lambda m: m.addr(truth(m), truth(m)[0], truth(m)[1], alpha=2),
    "addr of bools and integers": lambda m: m.addr(truth(m), truth(m)[0], m.tensor([1, 2])),
    "product of no bools": lambda m: m.ones(2, 0, dtype=m.bool) @ m.ones(0, 3, dtype=m.bool),
    "product of bools": lambda m: truth(m) @ truth(m),
    "sum_to_size of bools": lambda m: truth(m).sum_to_size(1, 2),
    "sum_to_size of the same": lambda m: truth(m).sum_to_size(2, 2),
    "sum_to_size of a number": lambda m: m.tensor(3, dtype=m.int32).sum_to_size(()),
    "einsum of integers, summed": lambda m: m.einsum("ij->i", m.ones(2, 3, dtype=m.int32)),
    "einsum of integers, one summed": lambda m: m.einsum("ij,k->i", m.ones(2, 3, dtype=m.int32), m.ones(4, dtype=m.int32)),
    "einsum of integers": lambda m: m.einsum("ij,jk->ik", m.ones(2, 3, dtype=m.int32), m.ones(3, 2, dtype=m.int32)),
    "einsum of bools": lambda m: m.einsum("ii", truth(m)),
    "gather at no places": lambda m: m.gather(m.ones(3), 0, m.zeros(0, dtype=m.uint8)),
    "gather at no places of floats": lambda m: m.gather(m.ones(3), 0, m.zeros(0)),
    "gather at bytes": lambda m: m.gather(m.ones(3), 0, m.zeros(1, dtype=m.uint8)),
    "gather into another dtype": lambda m: m.gather(m.ones(3), 0, m.tensor([0]), out=m.ones(1, dtype=m.float64)),
    "index_select into another dtype": lambda m: m.index_select(m.ones(3), 0, m.tensor([0]), out=m.ones(1, dtype=m.float64)),
    "take into another dtype": lambda m: m.take(m.ones(3), m.tensor([0]), out=m.ones(1, dtype=m.float64)),
    "take_along_dim into another dtype": lambda m: m.take_along_dim(m.ones(3), m.tensor([0]), 0, out=m.ones(1, dtype=m.float64)),
    "scatter into another dtype": lambda m: m.scatter(m.ones(3), 0, m.tensor([0]), 1.0, out=m.ones(3, dtype=m.float64)),
    "index_add into another dtype": lambda m: m.index_add(
        m.ones(3), 0, m.tensor([0]), m.ones(1), out=m.ones(3, dtype=m.float64)
    ),
    "index_copy into another dtype": lambda m: m.index_copy(
        m.ones(3), 0, m.tensor([0]), m.ones(1), out=m.ones(3, dtype=m.float64)
    ),
    "masked_select into another dtype": lambda m: m.masked_select(m.ones(3), m.ones(3) > 0, out=m.ones(3, dtype=m.float64)),
    "sum of complex as real": lambda m: m.sum(complexes(m), 1, dtype=m.float64),
    "mean of complex as real": lambda m: m.mean(complexes(m), dtype=m.float64),
    "prod of complex as integers": lambda m: m.prod(complexes(m), 0, dtype=m.int64),
    "cumsum of complex as real": lambda m: m.cumsum(complexes(m), 0, dtype=m.float64),
    "softmax of complex as real": lambda m: m.softmax(complexes(m), 1, dtype=m.float64),
    "log_softmax of complex as real": lambda m: m.log_softmax(complexes(m), 0, dtype=m.float64),
    "softmin of complex as real": lambda m: m.nn.functional.softmin(complexes(m), 0, dtype=m.float64),
    "norm of complex as real": lambda m: m.linalg.vector_norm(complexes(m), dtype=m.float64),
    "nansum of complex": lambda m: m.nansum(complexes(m), dtype=m.float64),
    "softmax of no integers": lambda m: m.softmax(m.zeros(0, 3, dtype=m.int64), 1),
    "softmax of integers": lambda m: m.softmax(m.zeros(2, 3, dtype=m.int64), 1),
    "embedding of integers": lambda m: m.nn.functional.embedding(m.tensor([1, 0]), m.arange(4).reshape(2, 2)),
    "embedding of bools": lambda m: m.nn.functional.embedding(m.tensor([[1, 0]]), truth(m)),
    "embedding of integers, renormalised": lambda m: m.nn.functional.embedding(
        m.tensor([1]), m.arange(4).reshape(2, 2), max_norm=1.0
    ),
    "weighted cov": lambda m: m.cov(m.tensor([[1.0, 2.0, 4.0]], dtype=m.float64), aweights=m.tensor([0.1, 0.7, 0.3])),
    "rot90": lambda m: m.rot90(m.arange(12).reshape(3, 4)),
    "rot90 back": lambda m: m.rot90(m.arange(24).reshape(2, 3, 4), -1, (1, 2)),
    "ravel": lambda m: m.arange(24).reshape(2, 3, 4)[..., ::2].ravel(),
    "double in a format": lambda m: m.arange(24.0).reshape(1, 2, 3, 4).double(memory_format=m.channels_last),
    "bool in a format": lambda m: m.arange(24).reshape(1, 2, 3, 4).bool(memory_format=m.channels_last),
    "new_empty_strided": lambda m: m.ones(2, dtype=m.int32).new_empty_strided((2, 3), (1, 4)).fill_(1),
    "triu_indices of floats": lambda m: m.triu_indices(2, 2, dtype=m.float32),
    "linspace of tensors with dimensions": lambda m: m.linspace(m.zeros(2), m.ones(2), 3),
    "logspace from a tensor with dimensions": lambda m: m.logspace(m.zeros(2), 1.0, 3),
    "as_strided of imaginary parts": lambda m: complexes(m).imag.as_strided((2, 2), (1, 3), 0),
    "negative eps": lambda m: m.nn.functional.batch_norm(m.ones(3, 2), m.zeros(2), m.ones(2), eps=-1.0),
    "eps 0 in training": lambda m: m.nn.functional.batch_norm(m.ones(3, 2), None, None, training=True, eps=0.0),
    "batch_norm of nothing": lambda m: m.nn.functional.batch_norm(m.zeros(0), m.zeros(0), m.zeros(0), training=True),
    "bias that is no bool": lambda m: m.nn.GRU(2, 3, bias=1),
    "some parameters with names": lambda m: m.optim.SGD([("a", m.ones(1)), m.ones(1)], 0.1),
    "a rate of two elements": lambda m: m.optim.SparseAdam([m.ones(1)], m.tensor([0.1, 0.2])),
    "complex parameters": lambda m: m.optim.SparseAdam([complexes(m)]),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_single_calls(call):
    same(call)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_derivatives_of_digamma(n):
    same(lambda m: m.polygamma(n, m.tensor([0.3, 1.0, 2.5, 9.0], dtype=m.float64)), 1e-10)
    same(lambda m: gradient(m, lambda x: m.polygamma(n, x), [0.3, 1.0, 2.5, 9.0]), 1e-10)


def gradient(m, function, values):
    x = m.tensor(values, dtype=m.float64, requires_grad=True)
    y = function(x)
    return m.autograd.grad(y, x, m.arange(1, y.numel() + 1, dtype=m.float64).reshape(y.shape))[0]


MATRIX = [[0.3, 1.2, -0.7], [0.4, 2.0, 0.1], [-1.1, 0.6, 0.9]]


@pytest.mark.parametrize("uplo", ["L", "U"])
def test_gradients_of_eigenvectors_are_hermitian(uplo):
    same(lambda m: gradient(m, lambda x: m.linalg.eigh(x, UPLO=uplo)[1].abs(), MATRIX), 1e-9)
    same(lambda m: gradient(m, lambda x: m.linalg.eigh(x, UPLO=uplo)[0], MATRIX), 1e-9)


def test_the_diagonal_of_a_hermitian_matrix_is_real():
    same(lambda m: m.linalg.pinv(m.tensor([[2 + 1j, 5j], [1 - 1j, 3 - 2j]]), hermitian=True), 1e-5)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_rms_norm_of_complex_numbers(weighted):
    def call(m, x):
        weight = m.tensor([1 - 1j, 2 + 0j]) if weighted else None
        return m.nn.functional.rms_norm(x, (2,), weight)

    same(lambda m: call(m, complexes(m)), 1e-5)
    for m in (torch, mg):
        x = complexes(m).requires_grad_()
        call(m, x).abs().sum().backward()
        if m is torch:
            expected = x.grad.numpy()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-4, atol=1e-5)


def test_running_statistics_with_strides():
    found = []
    for m in (torch, mg):
        statistics = m.zeros(3, 2), m.ones(3, 2)
        x = m.arange(12.0).reshape(4, 3) ** 2
        out = m.nn.functional.batch_norm(x, *[s[:, 0] for s in statistics], training=True)
        found.append([out.numpy(), *[s.numpy() for s in statistics]])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "draw",
    [
        lambda m, x: m.normal(x, 1.0),
        lambda m, x: m.normal(0.0, x),
        lambda m, x: m.normal(x, x),
        lambda m, x: m.bernoulli(x),
        lambda m, x: m.poisson(x),
    ],
    ids=["means", "deviations", "both", "bernoulli", "poisson"],
)
def test_random_numbers_have_gradients_of_zero(draw):
    same(lambda m: gradient(m, lambda x: draw(m, x), [0.2, 0.7]))


@pytest.mark.parametrize("name", ["the operand", "the result"])
def test_what_one_over_x_was_made_of_may_change(name):
    def call(m):
        leaf = m.tensor([2.0, -0.5], requires_grad=True)
        x = leaf * 1
        y = 1 / x
        (x if name == "the operand" else y).mul_(3)
        y.sum().backward()
        return leaf.grad

    same(call)


def test_layouts_are_names_of_the_package():
    for name in ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "jagged"):
        assert str(getattr(mg, name)).rpartition(".")[2] == name
    assert mg.ones(1).layout is mg.strided
