"""Sparse tensors joined, cut, indexed and measured, against torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings("ignore:Sparse CSR tensor support", "ignore:Sparse invariant checks")

ENTRIES = [[1, 0, 1, 0, 2], [2, 0, 2, 1, 3]]
MAKE = {
    "uncoalesced": lambda m, v: m.sparse_coo_tensor(ENTRIES, v, (3, 4)),
    "coalesced": lambda m, v: m.sparse_coo_tensor(ENTRIES, v, (3, 4)).coalesce(),
    "of rows": lambda m, v: m.sparse_coo_tensor([[0, 2, 0, 1, 2]], m.stack([v, v * 2, v * 3, v], 1), (3, 4)),
    "csr": lambda m, v: m.sparse_csr_tensor([0, 2, 3, 5], [0, 2, 1, 0, 3], v, (3, 4)),
}
MOVES = {
    "cat": lambda m, x: m.cat([x, x * 2, x]), "cat 1": lambda m, x: m.cat((x, x), dim=-1),
    "cat of one": lambda m, x: m.concat([x]), "cat of dtypes": lambda m, x: m.cat([x.float(), x]),
    "stack": lambda m, x: m.stack([x, x]), "stack 1": lambda m, x: m.stack([x, x * 3], 1),
    "stack -1": lambda m, x: m.stack([x, x], dim=-1),
    "vstack": lambda m, x: m.vstack([x, x]), "hstack": lambda m, x: m.hstack([x, x]),
    "index_select": lambda m, x: x.index_select(0, m.tensor([1, 0, 1, 1])),
    "index_select 1": lambda m, x: m.index_select(x, -1, m.tensor([2, 0, 3, 2, 2])),
    "index_select of none": lambda m, x: x.index_select(1, m.zeros(0, dtype=m.int64)),
    "select": lambda m, x: x.select(0, -2), "select 1": lambda m, x: m.select(x, 1, 2),
    "narrow_copy": lambda m, x: x.narrow_copy(0, 1, 2), "narrow_copy 1": lambda m, x: m.narrow_copy(x, 1, 1, 2),
    "narrow_copy of none": lambda m, x: x.narrow_copy(0, 3, 0),
    "unsqueeze": lambda m, x: x.unsqueeze(0), "unsqueeze 1": lambda m, x: m.unsqueeze(x, 1),
    "unsqueeze -1": lambda m, x: x.unsqueeze(-1), "unbind": lambda m, x: x.unbind()[1],
    "movedim": lambda m, x: x.movedim(0, 0), "swapaxes": lambda m, x: x.swapaxes(1, 1),
    "index": lambda m, x: x[1], "index of two": lambda m, x: x[0, -4], "None": lambda m, x: x[None],
    "column": lambda m, x: x[:, 2], "dots": lambda m, x: x[..., 1, None],
    "norm": lambda m, x: x.norm(), "norm 1": lambda m, x: m.norm(x, 1), "norm inf": lambda m, x: x.norm(np.inf),
    "norm 3": lambda m, x: x.norm(3), "norm of both": lambda m, x: m.norm(x, 2, (0, 1)),
    "norm 0": lambda m, x: x.detach().norm(0), "norm -inf": lambda m, x: x.norm(-np.inf),
    "any": lambda m, x: x.any(), "nan_to_num": lambda m, x: (x / 0).nan_to_num(1, 2, 3),
}  # fmt: skip


def of(m, kind, requires_grad=True):
    values = m.tensor([1.0, -2.5, 3.0, 4.0, 7.0], dtype=m.float64, requires_grad=requires_grad)
    return values, MAKE[kind](m, values)


def dense(x):
    return x if "strided" in str(x.layout) else x.to_dense()


@pytest.mark.parametrize("kind", ["uncoalesced", "coalesced", "of rows"])
@pytest.mark.parametrize("name", MOVES)
def test_moves(name, kind):
    ours, theirs = [MOVES[name](m, of(m, kind, False)[1]) for m in (mg, torch)]
    assert str(ours.layout).split(".")[-1] == str(theirs.layout).split(".")[-1]
    assert str(ours.dtype).split(".")[-1] == str(theirs.dtype).split(".")[-1]
    np.testing.assert_allclose(dense(ours).numpy(), dense(theirs).numpy(), rtol=1e-12)


@pytest.mark.parametrize("kind", ["uncoalesced", "coalesced", "of rows"])
@pytest.mark.parametrize(
    "name", [n for n in MOVES if n not in ("norm 0", "norm inf", "norm -inf", "any", "nan_to_num", "cat of dtypes")]
)
def test_gradients_of_moves(name, kind):
    def through(values):
        y = dense(MOVES[name](mg, MAKE[kind](mg, values)))
        return y.pow(2)

    values, _ = of(mg, kind)
    assert mg.autograd.gradcheck(through, (values,))


def test_what_is_coalesced_is_in_order():
    for kind in ("uncoalesced", "coalesced", "of rows"):
        for name, move in MOVES.items():
            y = move(mg, of(mg, kind)[1].detach())
            if getattr(y, "is_sparse", False) and y.is_coalesced():
                keys = np.ravel_multi_index(tuple(y.indices().numpy()), y.shape[: y.sparse_dim()])
                assert (np.diff(keys) > 0).all(), (kind, name)


@pytest.mark.parametrize(("select", "size"), [((0, 1), 0), ((1, 3), 1)])
def test_rows_of_compressed_ones(select, size):
    ours, theirs = [of(m, "csr", False)[1].select(*select) for m in (mg, torch)]
    np.testing.assert_array_equal(ours.to_dense().numpy(), theirs.to_dense().numpy())


def test_sizes_in_place():
    for size, dims in (((5, 6), (2, 0)), ((3, 4), (2, 0))):
        results = []
        for m in (mg, torch):
            x = of(m, "uncoalesced", False)[1]
            assert x.sparse_resize_(size, *dims) is x
            results.append(x.to_dense().numpy())
            x.sparse_resize_and_clear_((2, 7, 1), 1, 2)
            assert (x._nnz(), tuple(x.shape), x.sparse_dim()) == (0, (2, 7, 1), 1)
        np.testing.assert_array_equal(*results)
    wide = of(mg, "of rows", False)[1].sparse_resize_((4, 9), 1, 1)
    assert wide.shape == (4, 9)
    assert wide.to_dense().sum() == of(mg, "of rows", False)[1].to_dense().sum()


BAD = [
    (lambda m, x: m.cat([x, x.to_dense()]), RuntimeError), (lambda m, x: m.cat([x, x[0]]), RuntimeError),
    (lambda m, x: m.cat([x, x], 2), IndexError), (lambda m, x: m.cat([x, x.t()]), RuntimeError),
    (lambda m, x: m.stack([x, x.t()]), RuntimeError), (lambda m, x: x.index_select(2, m.tensor([0])), IndexError),
    (lambda m, x: x.index_select(0, m.tensor([3])), IndexError), (lambda m, x: x.select(0, 3), IndexError),
    (lambda m, x: x.index_select(0, m.tensor([[0]])), IndexError), (lambda m, x: x.select(3, 0), IndexError),
    (lambda m, x: x.narrow_copy(0, 1, 9), RuntimeError), (lambda m, x: x.narrow_copy(0, 1, -1), RuntimeError),
    (lambda m, x: x.narrow_copy(2, 0, 0), RuntimeError), (lambda m, x: x.unsqueeze(4), IndexError),
    (lambda m, x: x[0:1], NotImplementedError), (lambda m, x: x[0, 0, 0], IndexError), (lambda m, x: x[9], IndexError),
    (lambda m, x: x[m.tensor([0])], NotImplementedError), (lambda m, x: m.norm(x, 2, 1), RuntimeError),
    (lambda m, x: x.sparse_resize_((1, 1), 2, 0), RuntimeError), (lambda m, x: x.norm("nuc"), NotImplementedError),
    (lambda m, x: x.sparse_resize_((3, 4), 1, 1), RuntimeError), (lambda m, x: x.unbind(2), IndexError),
    (lambda m, x: x.sparse_resize_((3, 4), 2, 1), RuntimeError),
    (lambda m, x: x.norm(2, keepdim=True), RuntimeError),
]  # fmt: skip


@pytest.mark.parametrize("call", range(len(BAD)))
def test_bad_calls(call):
    function, error = BAD[call]
    for m in (mg, torch):
        with pytest.raises(error):
            function(m, of(m, "coalesced", False)[1])


@pytest.mark.parametrize("dense_dim", [0, 1, 2, 3, -1])
def test_dense_dimensions_of_a_conversion(dense_dim):
    x = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    ours, theirs = mg.tensor(x), torch.tensor(x)
    if not 0 <= dense_dim < 2:
        for tensor in (ours, theirs):
            with pytest.raises(RuntimeError, match="dense_dim"):
                tensor.to_sparse(dense_dim=dense_dim)
        return
    found, expected = ours.to_sparse(dense_dim=dense_dim), theirs.to_sparse(dense_dim=dense_dim)
    assert found.sparse_dim() == expected.sparse_dim()
    np.testing.assert_array_equal(found.values().numpy(), expected.values().numpy())
