"""Blocks, batches and dense dimensions of compressed sparse tensors, against torch's and against dense results."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import layout

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings("ignore:Sparse (CSR|BSR|BSC|CSC) tensor support", "ignore:Sparse invariant")

MATRIX = np.array([[0, 0, 2, 0, 0, 1], [0, 0, 0, 3, 0, 0], [4, 5, 0, 0, 0, 0], [0, 0, 0, 7, 0, 0]], dtype="float64")
BATCH = np.stack([MATRIX, 2 * MATRIX[::-1]])
PARTS = {"r": ("crow_indices", "col_indices", "values"), "c": ("ccol_indices", "row_indices", "values")}
CONVERSIONS = {
    "bsr": (MATRIX, lambda x: x.to_sparse_bsr((2, 3))), "bsc": (MATRIX, lambda x: x.to_sparse_bsc((1, 2))),
    "square": (MATRIX, lambda x: x.to_sparse_bsr(2)), "a list": (MATRIX, lambda x: x.to_sparse_bsr([4, 1])),
    "csr": (BATCH, lambda x: x.to_sparse_csr()), "csc": (BATCH, lambda x: x.to_sparse_csc()),
    "batch bsr": (BATCH, lambda x: x.to_sparse_bsr((1, 3))), "batch bsc": (BATCH, lambda x: x.to_sparse_bsc((1, 2))),
    "two batches": (BATCH[None], lambda x: x.to_sparse_csr()),
    "csr of rows": (BATCH, lambda x: x.to_sparse_csr(1)), "csc of rows": (BATCH, lambda x: x.to_sparse_csc(dense_dim=1)),
    "bsr of rows": (BATCH, lambda x: x.to_sparse_bsr((1, 2), 1)), "zeros": (MATRIX * 0, lambda x: x.to_sparse_bsc(2)),
    "csr to bsr": (MATRIX, lambda x: x.to_sparse_csr().to_sparse_bsr((2, 2))),
    "csc to bsr": (MATRIX, lambda x: x.to_sparse_csc().to_sparse_bsr((2, 2))),
    "coo to bsc": (MATRIX, lambda x: x.to_sparse().to_sparse_bsc((2, 1))),
    "bsr to bsc": (MATRIX, lambda x: x.to_sparse_bsr((2, 3)).to_sparse_bsc((2, 3))),
    "bsc to bsr": (MATRIX, lambda x: x.to_sparse_bsc((2, 1)).to_sparse_bsr((2, 1))),
    "csr to csc": (BATCH, lambda x: x.to_sparse_csr().to_sparse_csc()),
    "csc to csr": (BATCH, lambda x: x.to_sparse_csc().to_sparse_csr()),
    "batches turned": (BATCH, lambda x: x.to_sparse_bsr((2, 3)).to_sparse_bsc((2, 3))),
    "rows to csr": (BATCH, lambda x: x.to_sparse(2).to_sparse_csr()),
    "t": (MATRIX, lambda x: x.to_sparse_bsr((2, 3)).t()), "one": (BATCH, lambda x: x.to_sparse_bsc((2, 3))[1]),
    "mT": (BATCH, lambda x: x.to_sparse_bsr((1, 2)).mT), "of csc": (BATCH, lambda x: x.to_sparse_csc().transpose(2, 1)),
    "scaled": (MATRIX, lambda x: x.to_sparse_bsr((2, 3)).mul_(3)), "sin": (BATCH, lambda x: x.to_sparse_csr().sin()),
    "zeros_like": (BATCH, lambda x: (torch if isinstance(x, torch.Tensor) else mg).zeros_like(x.to_sparse_csc())),
    "ones_like": (MATRIX, lambda x: (torch if isinstance(x, torch.Tensor) else mg).ones_like(x.to_sparse_csr())),
    "relu": (-MATRIX, lambda x: x.to_sparse_bsc((2, 1)).relu()), "copy": (MATRIX, lambda x: x.to_sparse_bsr(2).clone()),
}  # fmt: skip


def parts(x):
    return [getattr(x, name)().tolist() for name in PARTS[str(x.layout)[-1]]]


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions(name):
    array, convert = CONVERSIONS[name]
    ours, theirs = convert(mg.tensor(array)), convert(torch.tensor(array))
    assert (str(ours.layout)[-3:], tuple(ours.shape)) == (str(theirs.layout)[-3:], tuple(theirs.shape))
    np.testing.assert_allclose(ours.to_dense().numpy(), theirs.to_dense().numpy(), rtol=1e-12)
    for mine, other in zip(parts(ours), parts(theirs)):
        np.testing.assert_allclose(mine, other, rtol=1e-12)
    assert (ours.sparse_dim(), ours.dense_dim(), ours._nnz()) == (2, theirs.dense_dim(), theirs._nnz())


@pytest.mark.parametrize("name", [n for n in CONVERSIONS if n not in ("zeros_like", "ones_like", "scaled", "zeros")])
def test_gradients_of_conversions(name):
    array, convert = CONVERSIONS[name]
    x = mg.tensor(array, requires_grad=True)
    dense = convert(x).to_dense()
    weights = mg.sin(mg.arange(float(dense.numel())).double())
    (dense * weights.reshape(dense.shape)).sum().backward()
    same = mg.tensor(array, requires_grad=True)
    other = {"t": lambda: same.t(), "one": lambda: same[1], "mT": lambda: same.mT, "of csc": lambda: same.mT,
             "relu": lambda: same.relu(), "sin": lambda: same.sin()}.get(name, lambda: same)()  # fmt: skip
    (other * weights.reshape(other.shape)).sum().backward()
    kept = x.grad != 0
    np.testing.assert_allclose(x.grad[kept].numpy(), same.grad[kept].numpy(), rtol=1e-12)
    assert bool((kept | (mg.tensor(array) == 0) | (same.grad == 0)).all())


PRODUCTS = {
    "bsr": (lambda m, x: x.to_sparse_bsr((2, 3)), MATRIX, (6, 5)), "bsc": (lambda m, x: x.to_sparse_bsc(2), MATRIX, (6, 3)),
    "of a vector": (lambda m, x: x.to_sparse_bsr((4, 2)), MATRIX, (6,)),
    "batch": (lambda m, x: x.to_sparse_csr(), BATCH, (2, 6, 3)), "csc": (lambda m, x: x.to_sparse_csc(), BATCH, (2, 6, 3)),
    "batch bsr": (lambda m, x: x.to_sparse_bsr((2, 2)), BATCH, (2, 6, 1)), "coo": (lambda m, x: x.to_sparse(), BATCH, (2, 6, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    make, array, size = PRODUCTS[name]
    dense = np.random.default_rng(0).standard_normal(size)
    for turned in (False, True):

        def of_values(x, b, turned=turned, make=make):
            s = make(mg, x)
            return b.mT @ s.mT if turned and b.dim() > 1 else s @ b

        expected = array @ dense
        found = of_values(mg.tensor(array), mg.tensor(dense))
        np.testing.assert_allclose(
            found.numpy(), np.swapaxes(expected, -1, -2) if turned and dense.ndim > 1 else expected
        )
        x, b = mg.tensor(array, requires_grad=True), mg.tensor(dense, requires_grad=True)
        weights = mg.cos(mg.arange(float(found.numel())).double()).reshape(found.shape)
        (of_values(x, b) * weights).sum().backward()
        up = weights.mT if turned and b.dim() > 1 else weights
        np.testing.assert_allclose(b.grad.numpy(), (mg.tensor(array).mT @ up).numpy(), rtol=1e-9, atol=1e-9)
        whole = (up @ mg.tensor(dense).mT if b.dim() > 1 else up[:, None] * mg.tensor(dense)).numpy()
        np.testing.assert_allclose(x.grad.numpy()[array != 0], whole[array != 0], rtol=1e-9)


def test_gradients_of_leaves_are_torchs():
    for make in (lambda m, x: x.to_sparse_bsr((2, 2)), lambda m, x: x.to_sparse_csr(), lambda m, x: x.to_sparse()):
        grads = []
        for m in (mg, torch):
            x = make(m, m.tensor(MATRIX)).requires_grad_()
            (x @ m.ones(6, 2, dtype=m.float64)).sum().backward()
            grads.append((str(x.grad.layout).split(".")[-1], x.grad.to_dense().tolist()))
        assert grads[0] == grads[1]
    grads = []
    for m in (mg, torch):
        x = m.tensor(BATCH).to_sparse().requires_grad_()
        m.bmm(x, m.ones(2, 6, 2, dtype=m.float64)).sum().backward()
        grads.append(x.grad.to_dense().tolist())
    assert grads[0] == grads[1]


def test_linear_layers_with_sparse_weights():
    for make in (lambda x: x.to_sparse_bsr((2, 2)), lambda x: x.to_sparse_csr(), lambda x: x.to_sparse_csc()):
        results = []
        for m in (mg, torch):
            x = m.sin(m.arange(36.0, dtype=m.float64)).reshape(2, 3, 6)
            results.append(m.nn.functional.linear(x, make(m.tensor(MATRIX))).numpy())
        np.testing.assert_allclose(*results, rtol=1e-9, atol=1e-12)


def test_arithmetic():
    x, b = mg.tensor(MATRIX).to_sparse_bsr((2, 3)), mg.tensor(BATCH).to_sparse_csr()
    y = mg.tensor(MATRIX[:, ::-1].copy()).to_sparse_bsr((2, 3))
    for found, expected in (
        (x + x, 2 * MATRIX), (x + y, MATRIX + MATRIX[:, ::-1]), (x * y, MATRIX * MATRIX[:, ::-1]), (x - x * 3, -2 * MATRIX),
        (x * mg.arange(6.0), MATRIX * np.arange(6)), (x + mg.ones(4, 6), MATRIX + 1), (b * b, BATCH**2), (b + b, 2 * BATCH),
        (b / 2, BATCH / 2), (x // 2, MATRIX // 2), (x.div(2, rounding_mode="trunc"), MATRIX // 2), (x**2, MATRIX**2),
        (b * mg.ones(6), BATCH),
    ):  # fmt: skip
        np.testing.assert_allclose(found.to_dense().numpy(), expected)
    assert (x + y).layout is layout.sparse_bsr
    assert (b + b).layout is layout.sparse_csr
    assert x.sum() == MATRIX.sum()
    assert b.sum() == BATCH.sum()
    check = mg.sparse.as_sparse_gradcheck(mg.autograd.gradcheck)
    for leaf in (x, b):
        for function in (
            lambda s: s.sin() * 2,
            lambda s: (s * s).to_dense(),
            lambda s: s.values().pow(2),
            lambda s: s.mT,
        ):
            assert check(function, (leaf.detach().requires_grad_(),), masked=True)


def test_sampled_products_of_batches():
    results = []
    for m in (mg, torch):
        pattern = m.tensor(BATCH).to_sparse_csr()
        a, b = (
            m.sin(m.arange(24.0, dtype=m.float64)).reshape(2, 4, 3),
            m.cos(m.arange(36.0, dtype=m.float64)).reshape(2, 3, 6),
        )
        found = m.sparse.sampled_addmm(pattern, a, b, beta=0.5, alpha=2.0)
        out = m.zeros_like(pattern) if m is mg else pattern.clone()
        m.sparse.sampled_addmm(pattern, a, b, beta=0.5, alpha=2.0, out=out)
        results += [found.values().numpy(), out.values().numpy()]
    for other in results[1:]:
        np.testing.assert_allclose(results[0], other, rtol=1e-9)


def one(m, bounds=(0, 1, 2), plain=(0, 1), values=(2, 2, 3), size=(4, 6), kind="bsr", **options):
    make = getattr(m, f"sparse_{kind}_tensor")
    return make(m.tensor(bounds), m.tensor(plain), m.ones(*values), size, **options)


BAD = [
    ({"size": (4, 7)}, "divisible"), ({"size": (5, 6), "kind": "bsc"}, "divisible"), ({"size": (6, 6)}, r"\(=4\), but got 3"),
    ({"size": (4, 3)}, "0 <= col_indices < ncols"), ({"plain": (0, 9)}, "0 <= col_indices < ncols"),
    ({"plain": (0, -1)}, "0 <= col_indices < ncols"), ({"plain": (0, 3), "kind": "bsc"}, "0 <= row_indices < nrows"),
    ({"bounds": (0, 2, 1)}, "nnz"), ({"bounds": (0, 3, 2)}, "0 <= crow_indices"), ({"bounds": (1, 1, 2)}, "== 0"),
    ({"values": (2,)}, "dimensionality"), ({"values": (2, 2)}, "dimensionality"), ({"values": (3, 2, 3)}, "nnz"),
    ({"size": (4,)}, "dimensionality"), ({"size": (2, 4, 6)}, "dimensionality"), ({"values": (2, 0, 3)}, "blocks|divisible"),
    ({"bounds": (0, 2, 2), "plain": (1, 1)}, "distinct"), ({"bounds": (0, 2, 2), "plain": (1, 0)}, "sorted and distinct"),
    ({"bounds": ((0, 1), (0, 1)), "plain": ((0,), (0,)), "values": (2, 1), "size": (3, 1, 2), "kind": "csr"}, "batch"),
    ({"bounds": ((0, 1), (0, 0)), "plain": ((0,), (0,)), "values": (2, 1), "size": (2, 1, 2), "kind": "csr"}, "nnz"),
    ({"bounds": ((0, 1), (0, 1)), "plain": (0,), "values": (2, 1), "size": (2, 1, 2), "kind": "csr"}, "equal"),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(BAD)))
def test_parts_that_do_not_fit(case):
    options, words = BAD[case]
    for m in (torch, mg):
        with pytest.raises(RuntimeError, match=words):
            one(m, **options, check_invariants=True)


def test_who_asks_for_the_order():
    check = mg.sparse.check_sparse_tensor_invariants
    unsorted = {"bounds": (0, 2, 2), "plain": (1, 0)}
    assert not check.is_enabled()
    assert one(mg, **unsorted).to_dense().sum() == 12
    with check(), pytest.raises(RuntimeError, match="sorted"):
        one(mg, **unsorted)
    with check(), check(False):
        one(mg, **unsorted)
    with pytest.raises(RuntimeError, match="sorted"):
        check()(one)(mg, **unsorted)
    assert not check.is_enabled()


CALLS = [
    (lambda m, x: m.ones(4, 4).to_sparse_bsr((3, 2)), "must be divisible by given blocksize"),
    (lambda m, x: m.ones(4, 4).to_sparse_bsr((0, 2)), "positive"), (lambda m, x: m.ones(4, 4).to_sparse_bsc((2,)), "size 2"),
    (lambda m, x: x.to_sparse_bsr((2, 2)), "blocksize changed"), (lambda m, x: x.to_sparse_csr(), "expected SparseCsr"),
    (lambda m, x: x.to_sparse(layout=layouts(m).sparse_csc), "expected SparseCsr"),
    (lambda m, x: m.eye(4).to_sparse(layout=layouts(m).sparse_bsr), "without blocksize"),
    (lambda m, x: m.eye(4).to_sparse_csr().to_sparse_bsr((3, 3)), "divisible"),
    (lambda m, x: m.eye(4).to_sparse().to_sparse_csr(1), "dense_dim"), (lambda m, x: m.eye(4).to_sparse_csr(1), "dense_dim"),
    (lambda m, x: m.stack([m.eye(2), m.ones(2, 2)]).to_sparse_csr(), "same number of specified elements"),
    (lambda m, x: m.tensor(BATCH).to_sparse_csr().transpose(0, 1), "same type"), (lambda m, x: x @ m.ones(4, 1), ""),
    (lambda m, x: m.bmm(m.tensor(BATCH).to_sparse(), m.ones(3, 6, 1).double()), ""), (lambda m, x: x.stride(), "strides"),
    (lambda m, x: x.copy_(x.t()), ""), (lambda m, x: x.ccol_indices(), "SparseBsr"), (lambda m, x: x.coalesce(), "SparseBsr"),
]  # fmt: skip


def layouts(m):
    return layout if m is mg else m


@pytest.mark.parametrize("call", range(len(CALLS)))
def test_bad_calls(call):
    function, words = CALLS[call]
    for m in (torch, mg):
        with pytest.raises(RuntimeError, match=words or None):
            function(m, one(m))


def test_indices_that_changed_later_stay_inside():
    for kind, position in (("crow_indices", 1), ("col_indices", 0)):
        for value in (-7, 1 << 40):
            x = one(mg)
            getattr(x, kind)()[position] = value
            for use in (
                lambda x: x @ mg.ones(6, 2),
                lambda x: x.to_dense(),
                lambda x: x.to_sparse(),
                lambda x: x.to_sparse_bsc((2, 3)),
            ):
                try:
                    use(x)
                except (IndexError, RuntimeError):
                    continue
