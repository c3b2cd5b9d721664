"""Rarer products of sparse matrices, diagonals and checks of gradients, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
import scipy.sparse

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings("ignore:Sparse (CSR|CSC|invariant)")


def matrix(rows, columns, dtype, seed=0):
    random = np.random.default_rng(seed)
    return (random.standard_normal((rows, columns)) * (random.random((rows, columns)) < 0.4)).astype(dtype)


def both(rows, inner, columns, dtype):
    return matrix(rows, inner, dtype), matrix(inner, columns, dtype, 1) + 1, matrix(rows, columns, dtype, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("sizes", [(3, 4, 2), (5, 1, 7), (1, 9, 1), (4, 8, 17), (0, 3, 2)])
def test_sampled_products(sizes, dtype):
    a, b, c = both(*sizes, dtype)
    a = a + np.asarray(1, a.dtype)
    found = []
    for m in (mg, torch):
        values = m.tensor(c).to_sparse_csr()
        y = m.sparse.sampled_addmm(values, m.tensor(a), m.tensor(b), beta=0.5, alpha=-2.0)
        assert str(y.layout).endswith("sparse_csr")
        found.append(y.to_dense().numpy())
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-5)


def test_gradients():
    a, b, c = (x + 0.0 for x in both(4, 3, 5, "float64"))
    crow, col = [mg.tensor(c).to_sparse_csr()._index[i] for i in (0, 1)]
    values = mg.tensor(c[c != 0], requires_grad=True)
    dense = [mg.tensor(x, requires_grad=True) for x in (a, b)]

    def through(values, a, b):
        s = mg.sparse_csr_tensor(crow, col, values, c.shape)
        square = mg.sparse_csr_tensor(crow, col, values * 2, c.shape)
        sampled = mg.sparse.sampled_addmm(s, a, b, beta=3.0).values().pow(2)
        reduced = [mg.sparse.mm(square, b.t(), reduce) for reduce in ("sum", "mean", "amax", "amin")]
        coo = s.to_sparse_coo()
        others = mg.hspmm(coo, b.t()).to_dense(), mg.smm(coo, b.t()).to_dense()
        return sampled, *reduced, *others, mg.sspaddmm(coo, coo, b.t() @ b, beta=2, alpha=3).to_dense()

    assert mg.autograd.gradcheck(through, (values, *dense))


@pytest.mark.parametrize("name", ["hspmm", "hsmm", "smm", "sspaddmm", "saddmm"])
def test_sparse_results(name):
    a, b, _ = both(5, 4, 3, "float64")
    found = []
    for m in (mg, torch):
        s, d = m.tensor(a).to_sparse(), m.tensor(b)
        y = m.zeros(5, 3, dtype=m.float64).to_sparse() if name in ("sspaddmm", "saddmm") else None
        y = getattr(m, name)(s, d) if y is None else getattr(m, name)(y, s, d, beta=2, alpha=3)
        found.append([y.to_dense().numpy(), y.sparse_dim(), y.dense_dim()])
    np.testing.assert_allclose(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]
    total = mg.sspaddmm(mg.eye(5, dtype=mg.float64).to_sparse(), mg.tensor(a).to_sparse(), mg.ones(4, 5).double())
    np.testing.assert_allclose(total.to_dense().numpy(), np.eye(5) + a @ np.ones((4, 5)))


@pytest.mark.parametrize("reduce", ["sum", "mean", "amax", "amin"])
def test_reductions(reduce):
    a, b, _ = both(6, 5, 9, "float32")
    a[2] = 0
    found = [m.sparse.mm(m.tensor(a).to_sparse_csr(), m.tensor(b), reduce).numpy() for m in (mg, torch)]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 3), (4, 5), (2, 7), (7, 2)])
@pytest.mark.parametrize("layout", [None, "sparse_csr", "sparse_csc"])
def test_diagonals(shape, layout):
    numbers, offsets = np.arange(1.0, 13).reshape(3, 4), np.array([0, -2, 1])
    y = mg.sparse.spdiags(mg.tensor(numbers), mg.tensor(offsets), shape, layout and getattr(mg.layout, layout))
    np.testing.assert_array_equal(y.to_dense().numpy(), scipy.sparse.spdiags(numbers, offsets, *shape).toarray())
    if shape == (7, 2):  # torch 2.13 repeats diagonals below the end of a tall matrix; SciPy does not
        return
    theirs = torch.sparse.spdiags(torch.tensor(numbers), torch.tensor(offsets), shape)
    np.testing.assert_array_equal(y.to_dense().numpy(), theirs.to_dense().numpy())


def test_checks_of_gradients():
    for masked in (False, True):
        for m in (mg, torch):
            check = m.sparse.as_sparse_gradcheck(m.autograd.gradcheck)
            x = m.eye(3, dtype=m.float64).to_sparse().requires_grad_()
            assert check(lambda x, m=m: m.sparse.mm(x, m.ones(3, 2, dtype=m.float64)), (x,), masked=masked)
    check = mg.sparse.as_sparse_gradcheck(mg.autograd.gradcheck)
    assert not check(
        lambda x: x.detach() + x, (mg.eye(2).double().to_sparse().requires_grad_(),), raise_exception=False
    )


BAD = [
    (lambda m, s, d: m.sparse.sampled_addmm(d, d, d), RuntimeError),
    (lambda m, s, d: m.sparse.sampled_addmm(s.to_sparse_csr(), d, m.ones(3, 2)), RuntimeError),
    (lambda m, s, d: m.sparse.sampled_addmm(s.to_sparse_csr(), d, d.double()), RuntimeError),
    (lambda m, s, d: m.hspmm(s, m.ones(3, 1)), RuntimeError), (lambda m, s, d: m.hspmm(s, m.ones(2)), RuntimeError),
    (lambda m, s, d: m.smm(s, m.ones(5, 1)), RuntimeError), (lambda m, s, d: m.sspaddmm(d, s, d), RuntimeError),
    (lambda m, s, d: m.sparse.mm(s, d, "mean"), RuntimeError),
    (lambda m, s, d: m.sparse.spdiags(d, m.tensor([0, 0]), (2, 2)), RuntimeError),
    (lambda m, s, d: m.sparse.spdiags(d, m.tensor([0.0, 1.0]), (2, 2)), RuntimeError),
    (lambda m, s, d: m.sparse.spdiags(d, m.tensor([0]), (2, 2)), RuntimeError),
    (lambda m, s, d: m.sparse.spdiags(d, m.tensor([0, 1]), (2, 2, 2)), RuntimeError),
    (lambda m, s, d: m.sparse.spdiags(d, m.tensor([0, 9]), (2, 2)), RuntimeError),
]  # fmt: skip


@pytest.mark.parametrize("call", range(len(BAD)))
def test_bad_calls(call):
    function, error = BAD[call]
    for m in (mg, torch):
        with pytest.raises(error):
            function(m, m.eye(2).to_sparse(), m.ones(2, 2))
