"""Products of sparse matrices: values, gradients, second derivatives, workers, changed indices."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings(
    "ignore:Sparse CSR tensor support", "ignore:Sparse invariant checks", "ignore:The use of `x.T`"
)

LAYOUTS = ("coo", "csr", "csc", "uncoalesced")


def matrix(m, dense, kind, **options):
    """Return a sparse matrix of a library, of a layout."""
    if kind == "uncoalesced":
        rows, columns = np.nonzero(dense)
        order = np.random.default_rng(1).permutation(np.tile(np.arange(len(rows)), 2))
        index = m.tensor(np.stack([rows, columns])[:, order])
        return m.sparse_coo_tensor(index, m.tensor(dense[rows, columns][order] / 2), dense.shape, **options)
    x = getattr(m.tensor(dense), f"to_sparse_{kind}")()
    return x.requires_grad_() if options else x


def operands(rows, inner, columns, dtype="float64", share=0.3, seed=0):
    random = np.random.default_rng(seed)
    a = random.normal(size=(rows, inner)) * (random.uniform(size=(rows, inner)) < share)
    return a.astype(dtype), random.normal(size=(inner, columns)).astype(dtype)


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sizes_either_side_of_each_width(kind, dtype):
    for rows, inner, columns in [(1, 1, 1), (3, 5, 2), (0, 3, 2), (3, 0, 2), (3, 2, 0), (17, 9, 3), (40, 33, 7), (5, 6, 8),
                                 (9, 8, 15), (8, 9, 16), (7, 5, 17), (6, 50, 31), (4, 4, 33), (33, 65, 64), (3, 70, 65),
                                 (2, 3, 129)]:  # fmt: skip
        a, b = operands(rows, inner, columns, dtype)
        got = matrix(mg, a, kind) @ mg.tensor(b)
        np.testing.assert_allclose(got.numpy(), a @ b, rtol=1e-4 if dtype == "float32" else 1e-12, atol=1e-5)
        strided = matrix(mg, a, kind) @ mg.tensor(np.ascontiguousarray(b.T)).t()
        assert strided.tolist() == got.tolist()


def test_bits_do_not_depend_on_workers():
    a, b = operands(300, 200, 70, "float32")
    x, results = matrix(mg, a, "csr", requires_grad=True), set()
    for workers in (1, 2, 3, 7):
        with mg.kernels("fixed", workers=workers):
            dense = mg.tensor(b, requires_grad=True)
            x.grad = None
            y = mg.sparse.mm(x, dense)
            y.backward(y.detach().sin())
            results.add((y.detach().numpy().tobytes(), dense.grad.numpy().tobytes(), x.grad.values().numpy().tobytes()))
    assert len(results) == 1
    np.testing.assert_allclose(y.detach().numpy(), a @ b, rtol=1e-3, atol=1e-4)
    with mg.kernels("original"):
        np.testing.assert_allclose(mg.sparse.mm(x, dense).detach().numpy(), a @ b, rtol=1e-3, atol=1e-4)


PRODUCTS = {
    "mm": lambda m, s, d: m.mm(s, d), "spmm": lambda m, s, d: m.spmm(s, d), "matmul": lambda m, s, d: s @ d,
    "sparse.mm": lambda m, s, d: m.sparse.mm(s, d), "mv": lambda m, s, d: m.mv(s, d[:, 0]),
    "addmm": lambda m, s, d: m.addmm(m.ones(1, dtype=d.dtype), s, d, beta=3, alpha=2),
    "sparse.addmm": lambda m, s, d: m.sparse.addmm(m.ones(5, 4, dtype=d.dtype), s, d, beta=3, alpha=2),
    "dense first": lambda m, s, d: d.t() @ s.t(), "linear": lambda m, s, d: m.nn.functional.linear(s, d.t()),
    "of sparse ones": lambda m, s, d: (s @ s.t()).to_dense(), "values": lambda m, s, d: (s * 3 - s.abs()) @ d,
}  # fmt: skip


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("name", PRODUCTS)
def test_gradients(name, kind):
    a, b = operands(5, 7, 4)
    call, found = PRODUCTS[name], []
    for m in (mg, torch):
        dense = m.tensor(b, requires_grad=True)
        s = m.tensor(a, requires_grad=True) if m is torch else matrix(mg, a, kind, requires_grad=True)
        x = s.to_sparse() if m is torch else s
        y = call(m, x, dense)
        y.backward(m.sin(m.arange(y.numel(), dtype=y.dtype)).reshape(y.shape))
        grad = s.grad.to_dense().numpy() * (a != 0)
        found.append([y.detach().numpy(), grad, None if dense.grad is None else dense.grad.numpy()])
    for ours, theirs in zip(*found):
        if theirs is not None:
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", ["coo", "csr"])
@pytest.mark.parametrize("name", ["mm", "sparse.mm", "matmul"])
def test_the_gradient_of_a_leaf_is_sparse_where_torchs_is(name, kind):
    a, b = operands(5, 7, 4)
    layouts = []
    for m in (mg, torch):
        s = matrix(m, a, kind, requires_grad=True)
        PRODUCTS[name](m, s, m.tensor(b)).sum().backward()
        layouts.append(str(s.grad.layout).split(".")[-1])
        dense = s.grad.to_dense().numpy()
        np.testing.assert_allclose(dense * (a != 0), (np.ones((5, 4)) @ b.T) * (a != 0))
    assert layouts[0] == layouts[1]


def test_second_derivatives():
    a, b = operands(4, 5, 3)
    index = np.stack(np.nonzero(a))

    def through(values, dense):
        s = mg.sparse_coo_tensor(mg.tensor(index), values, a.shape)
        return (mg.sparse.mm(s, dense) ** 2).sum() + mg.sparse.softmax(s, 1).to_dense().pow(3).sum()

    values, dense = mg.tensor(a[tuple(index)], requires_grad=True), mg.tensor(b, requires_grad=True)
    assert mg.autograd.gradcheck(through, (values, dense))
    assert mg.autograd.gradgradcheck(through, (values, dense))
    leaf = mg.tensor(a).to_sparse().requires_grad_()
    (first,) = mg.autograd.grad((leaf @ dense).pow(2).sum(), dense, create_graph=True)
    (second,) = mg.autograd.grad(first.sum(), leaf)
    plain = mg.tensor(a, requires_grad=True)
    (first,) = mg.autograd.grad((plain @ dense).pow(2).sum(), dense, create_graph=True)
    (wanted,) = mg.autograd.grad(first.sum(), plain)
    np.testing.assert_allclose((second.to_dense() * (a != 0)).numpy(), (wanted * (a != 0)).numpy())


def test_other_dtypes():
    a, b = operands(5, 7, 4)
    for dtype in ("float16", "bfloat16", "int64", "int32", "complex64"):
        ours = (mg.tensor(np.round(a)).to(getattr(mg, dtype))).to_sparse() @ mg.tensor(np.round(b)).to(
            getattr(mg, dtype)
        )
        assert ours.dtype is getattr(mg, dtype)
        np.testing.assert_allclose(ours.to(mg.complex128).numpy(), np.round(a) @ np.round(b))


def test_what_is_not_a_number_spreads_along_its_entries_alone():
    a = np.array([[0.0, 1.0], [2.0, 0.0]])
    b = mg.tensor([[np.nan, np.inf], [-0.0, 5e-324]], dtype=mg.float64)
    assert str((mg.tensor(a).to_sparse() @ b).tolist()) == "[[0.0, 5e-324], [nan, inf]]"


def test_changed_indices_are_noticed():
    x, b = mg.eye(3).to_sparse(), mg.arange(6.0).reshape(3, 2)
    assert (x @ b).tolist() == b.tolist()
    x._indices()[1] = mg.tensor([1, 2, 0])
    assert (x @ b).tolist() == b[[1, 2, 0]].tolist()
    x._values().mul_(2)
    assert (x @ b).tolist() == (2 * b[[1, 2, 0]]).tolist()
    x._indices()[1, 0] = 7
    with pytest.raises(IndexError):
        x @ b
    y = mg.eye(3).to_sparse_csr()
    y.crow_indices()[1] = 9
    with pytest.raises((IndexError, RuntimeError)):
        y @ b
    z, b = mg.eye(3).to_sparse().requires_grad_(), mg.ones(3, 2, requires_grad=True)
    out = mg.sparse.mm(z, b)
    b.detach().mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


@pytest.mark.parametrize(
    "call",
    [
        lambda m, s: s @ m.ones(4, 2), lambda m, s: s @ m.ones(3, 2, dtype=m.float64), lambda m, s: s @ m.ones(()),
        lambda m, s: s @ m.ones(1, 3, 2), lambda m, s: m.mm(s, m.ones(3)), lambda m, s: m.mv(s, m.ones(3, 1)),
        lambda m, s: m.sparse.mm(s, m.ones(3)), lambda m, s: m.addmm(m.ones(9, 9), s, m.ones(3, 2)),
    ],
)  # fmt: skip
def test_bad_products(call):
    for make in (lambda m: m.eye(3).to_sparse(), lambda m: m.eye(3).to_sparse_csr()):
        with pytest.raises((RuntimeError, IndexError)):
            call(torch, make(torch))
        with pytest.raises(RuntimeError):
            call(mg, make(mg))


@pytest.mark.parametrize("layout", ["coo", "csr", "csc"])
def test_gradients_of_complex_products(layout, torch):
    random = np.random.default_rng(0)
    z = (random.normal(size=(4, 5)) + 1j * random.normal(size=(4, 5))) * (random.uniform(size=(4, 5)) < 0.5)
    w = random.normal(size=(5, 3)) + 1j * random.normal(size=(5, 3))
    calls = [
        lambda m, s, b: s @ b, lambda m, s, b: s @ b.conj(), lambda m, s, b: m.addmm(b[:4], s, b),
        lambda m, s, b: s.mv(b[:, 0]), lambda m, s, b: b.mT @ s.t(),
    ]  # fmt: skip
    for call in calls:
        found = []
        for m in (mg, torch):
            s = getattr(m.tensor(z), "to_sparse" if layout == "coo" else f"to_sparse_{layout}")()
            s, b = s.detach().requires_grad_(), m.tensor(w, requires_grad=True)
            y = call(m, s, b)
            of_s, of_b = m.autograd.grad((y * (1 + 2j)).sum().abs(), [s, b])
            of_s = of_s.to_dense() if "strided" not in str(of_s.layout) else of_s
            found.append((of_s.resolve_conj().numpy() * (z != 0), of_b.resolve_conj().numpy()))
        for a, b in zip(*found):
            np.testing.assert_allclose(a, b, atol=1e-10)


def test_conjugates():
    z = mg.tensor([[1 + 2j, 0], [0, 3j]])
    for s in (z.to_sparse(), z.to_sparse_csr(), z.to_sparse_csc()):
        assert not s.conj().is_conj()
        assert s.conj().to_dense().tolist() == z.conj().tolist()
