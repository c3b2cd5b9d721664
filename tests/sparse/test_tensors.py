"""Sparse tensors against torch's: what they are made of, printed as, converted to, and what refuses them."""

import contextlib
import copy
import io
import pickle

import mocrograd as mg
import numpy as np
import pytest
from opcases import ROWS, outputs, size

torch = pytest.importorskip("torch", reason="the reference for sparse tensors")
pytestmark = pytest.mark.filterwarnings(
    "ignore:Sparse CSR tensor support", "ignore:Sparse invariant checks", "ignore:The use of `x.T`"
)

ENTRIES = [[1, 0, 1, 0], [2, 0, 2, 1]]
MAKE = {
    "uncoalesced": lambda m: m.sparse_coo_tensor(ENTRIES, [1.0, -2.0, 3.0, 4.0], (2, 3)),
    "coalesced": lambda m: m.sparse_coo_tensor(ENTRIES, [1.0, -2.0, 3.0, 4.0], (2, 3)).coalesce(),
    "of rows": lambda m: m.sparse_coo_tensor([[0, 2]], [[1.0, 2.0], [3.0, 4.0]], (3, 2)),
    "of nothing": lambda m: m.sparse_coo_tensor(size=(2, 3)),
    "of size 0": lambda m: m.sparse_coo_tensor(m.zeros(2, 0, dtype=m.int64), m.zeros(0), (0, 3)),
    "inferred": lambda m: m.sparse_coo_tensor([[0, 5], [3, 0]], [1.0, 2.0]),
    "integers": lambda m: m.sparse_coo_tensor([[2, 2]], [1, 2], (4,)),
    "float64": lambda m: m.sparse_coo_tensor([[0]], [0.5], (2,), dtype=m.float64),
    "csr": lambda m: m.sparse_csr_tensor([0, 2, 3], [0, 2, 1], [1.0, 2.0, 3.0], (2, 3)),
    "csr of int32": lambda m: m.sparse_csr_tensor(
        m.tensor([0, 1], dtype=m.int32), m.tensor([1], dtype=m.int32), m.tensor([1.0]), (1, 2)
    ),
    "csr unsorted": lambda m: m.sparse_csr_tensor([0, 2], [1, 0], [1.0, 2.0], (1, 2)),
    "csc": lambda m: m.sparse_csr_tensor([0, 2, 3], [0, 2, 1], [1.0, 2.0, 3.0], (2, 3)).t(),
    "bsr": lambda m: m.sparse_bsr_tensor([0, 1, 3], [1, 0, 1], m.arange(18.0).reshape(3, 2, 3) + 1, (4, 6)),
    "bsc": lambda m: m.sparse_bsc_tensor([0, 2, 3], [0, 1, 1], m.arange(6.0).reshape(3, 1, 2), (2, 4)),
    "of batches": lambda m: m.sparse_csr_tensor(
        [[0, 1, 2], [0, 0, 2]], [[2, 0], [1, 2]], [[1.0, -2.0], [3.0, 4.0]], (2, 2, 3)
    ),
    "of batches of columns": lambda m: m.sparse_csc_tensor(
        [[[0, 1], [0, 1]]], [[[1], [0]]], m.tensor([[[1.0], [2.0]]]), (1, 2, 2, 1)
    ),
    "csr of rows": lambda m: m.sparse_csr_tensor([0, 1, 2], [0, 1], [[1.0, 2.0], [3.0, 4.0]], (2, 2, 2)),
    "bsr of batches": lambda m: m.sparse_bsr_tensor(
        [[0, 1], [0, 1]], [[1], [0]], m.arange(8.0).reshape(2, 1, 2, 2), (2, 2, 4)
    ),
    "no blocks": lambda m: m.zeros(4, 4).to_sparse_bsr((2, 2)),
}


def text(x):
    return repr(x).replace("torch.", "mocrograd.")


def same(x, y):
    """Hold a result against torch's, in layout and dtype too."""
    assert str(x.layout).split(".")[-1] == str(y.layout).split(".")[-1]
    assert str(x.dtype).split(".")[-1] == str(y.dtype).split(".")[-1]
    np.testing.assert_allclose(x.detach().to_dense().numpy(), y.detach().to_dense().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MAKE)
def test_what_it_is(name):
    ours, theirs = MAKE[name](mg), MAKE[name](torch)
    names = "ndim is_sparse is_sparse_csr requires_grad is_leaf grad_fn"
    assert [getattr(ours, n) for n in names.split()] == [getattr(theirs, n) for n in names.split()]
    for method in ["sparse_dim", "dense_dim", "_nnz", "numel", "dim", "__len__", "element_size"]:
        assert getattr(ours, method)() == getattr(theirs, method)(), method
    assert tuple(ours.shape) == tuple(theirs.shape)
    same(ours, theirs)
    for part in [
        "_indices",
        "_values",
        "crow_indices",
        "col_indices",
        "ccol_indices",
        "row_indices",
        "indices",
        "values",
        "is_coalesced",
    ]:
        try:
            expected = getattr(theirs, part)()
        except (RuntimeError, NotImplementedError) as error:
            with pytest.raises(type(error)):
                getattr(ours, part)()
        else:
            found = getattr(ours, part)()
            assert (
                (found.tolist(), str(found.dtype)[10:]) == (expected.tolist(), str(expected.dtype)[6:])
                if isinstance(found, mg.Tensor)
                else found == expected
            )


@pytest.mark.parametrize("name", [n for n in MAKE if n[:3] != "csr" and n != "csc"])
def test_printed_as_torch_does(name):
    assert repr(MAKE[name](mg)).replace("mocrograd.", "torch.") == repr(MAKE[name](torch))


def test_printed_with_graphs():
    x = MAKE["coalesced"](mg).requires_grad_()
    assert repr(x).endswith("layout=mocrograd.sparse_coo, requires_grad=True)")
    assert "grad_fn=<" in repr(x * 2)


CONVERSIONS = {
    "to_dense": lambda x: x.to_dense(), "coalesce": lambda x: x.coalesce(), "to_sparse": lambda x: x.to_sparse(),
    "to_sparse_csr": lambda x: x.to_sparse_csr(), "to_sparse_csc": lambda x: x.to_sparse_csc(),
    "to_sparse_coo": lambda x: x.to_sparse_coo(), "double": lambda x: x.double(), "clone": lambda x: x.clone(),
    "detach": lambda x: x.detach(), "long": lambda x: x.long(), "t": lambda x: x.t(), "T": lambda x: x.T,
    "transpose": lambda x: x.transpose(0, 1), "neg": lambda x: -x, "abs": lambda x: abs(x), "half": lambda x: x.half(),
    "zero_": lambda x: x.clone().zero_(), "mul_": lambda x: x.clone().mul_(3), "twice": lambda x: x + x,
    "times 2": lambda x: 2 * x * 2, "row": lambda x: x[1], "sum": lambda x: x.sum(),
}  # fmt: skip


@pytest.mark.parametrize("conversion", CONVERSIONS)
@pytest.mark.parametrize("name", MAKE)
def test_conversions(name, conversion):
    convert = CONVERSIONS[conversion]
    try:
        expected = convert(MAKE[name](torch))
    except (RuntimeError, IndexError):  # some of these are here
        with contextlib.suppress(RuntimeError, IndexError):
            convert(MAKE[name](mg))
        return
    same(convert(MAKE[name](mg)), expected)


@pytest.mark.parametrize("dims", [1, 2, 3, None])
def test_of_dense_tensors(dims):
    values = np.random.default_rng(0).integers(-1, 2, (3, 4, 2)).astype("float32")
    arguments = () if dims is None else (dims,)
    ours, theirs = mg.tensor(values).to_sparse(*arguments), torch.tensor(values).to_sparse(*arguments)
    assert ours._indices().tolist() == theirs._indices().tolist()
    same(ours, theirs)
    assert ours.to_dense().tolist() == values.tolist()


def test_masks():
    for name in ("uncoalesced", "coalesced", "csr", "csc", "bsr", "of batches"):
        found = []
        for m in (mg, torch):
            mask = MAKE[name](m)
            dense = m.arange(float(mask.numel())).reshape(tuple(mask.shape)).requires_grad_()
            masked = dense.sparse_mask(mask)
            found.append((masked.to_dense().tolist(), masked._nnz()))
            if mask.is_sparse:  # torch has no gradient of the others
                (masked.to_dense() * dense.detach()).sum().backward()
                found[-1] += (dense.grad.tolist(),)
        assert found[0] == found[1], name
    mask, dense = MAKE["uncoalesced"](mg), mg.ones(2, 3)
    assert mask.sparse_mask(mask).to_dense().tolist() == mask.to_dense().tolist()
    for bad, error in ((None, TypeError), (dense, RuntimeError), (mg.eye(2).to_sparse(), RuntimeError)):
        with pytest.raises(error, match="sparse_mask"):
            dense.sparse_mask(bad)


def test_copies():
    for name, make in MAKE.items():
        x = make(mg)
        for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x), x.clone()):
            assert repr(y) == repr(x), name
    leaf = MAKE["coalesced"](mg).requires_grad_()
    leaf.to_dense().sum().backward()
    new = copy.deepcopy(leaf)
    assert new.requires_grad
    assert new.grad.to_dense().tolist() == leaf.grad.to_dense().tolist()


@pytest.mark.parametrize("name", [n for n in MAKE if "csc" not in n])
def test_files(name):
    x = MAKE[name](mg)
    file = io.BytesIO()
    mg.save({"a": x, "b": [x._elements, x]}, file)
    for load in (mg.load, torch.load):
        file.seek(0)
        found = load(file)
        same(found["b"][1], MAKE[name](torch))
        assert found["a"].layout is found["b"][1].layout
    file = io.BytesIO()
    torch.save(MAKE[name](torch), file)
    file.seek(0)
    assert text(mg.load(file)) == text(x)


def test_damaged_files():
    x = mg.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (2,))
    x._indices()[0, 1] = 9
    file = io.BytesIO()
    mg.save(x, file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="found index 9"):
        mg.load(file)


BAD = [
    (lambda m: m.sparse_coo_tensor([[0, -1]], [1.0, 2.0], (2,)), RuntimeError, "negative index -1"),
    (lambda m: m.sparse_coo_tensor([[0, 5]], [1.0, 2.0], (2,)), RuntimeError, "size is 2 but found index 5"),
    (lambda m: m.sparse_coo_tensor([[0]], [1.0], (0,)), RuntimeError, "size is 0 but found index 0"),
    (lambda m: m.sparse_coo_tensor([[0, 1]], [1.0], (2,)), RuntimeError, "same nnz"),
    (lambda m: m.sparse_coo_tensor([[0]], [1.0], (2, 2)), RuntimeError, "sparse_dim"),
    (lambda m: m.sparse_coo_tensor([[0]], [[1.0]], (2, 2)), RuntimeError, "incorrect size"),
    (lambda m: m.sparse_coo_tensor([0], [1.0], (2,)), RuntimeError, ""),
    (lambda m: m.sparse_coo_tensor([[0]], [1.0], (-2,)), RuntimeError, ""),
    (lambda m: m.sparse_coo_tensor([[0], [0]], [1.0], (1 << 40, 1 << 40)), RuntimeError, "too large"),
    (lambda m: m.sparse_coo_tensor(None, [1.0], (2,)), TypeError, ""),
    (lambda m: m.sparse_coo_tensor([[0]], [1], (2,), requires_grad=True), RuntimeError, "floating"),
    (lambda m: m.sparse_coo_tensor([[1, 0]], [1, 2], (2,), is_coalesced=True), RuntimeError, "is_coalesced"),
    (lambda m: m.sparse_csr_tensor([0, 2, 1], [0, 1], [1.0, 2.0], (2, 2)), RuntimeError, "nnz"),
    (lambda m: m.sparse_csr_tensor([0, 3, 2], [0, 1], [1.0, 2.0], (2, 2)), RuntimeError, "crow_indices"),
    (lambda m: m.sparse_csr_tensor([1, 1, 2], [0, 1], [1.0, 2.0], (2, 2)), RuntimeError, "== 0"),
    (lambda m: m.sparse_csr_tensor([0, 1, 2], [0, 7], [1.0, 2.0], (2, 2)), RuntimeError, "col_indices"),
    (lambda m: m.sparse_csr_tensor([0, 1, 2], [0, -1], [1.0, 2.0], (2, 2)), RuntimeError, "col_indices"),
    (lambda m: m.sparse_csr_tensor([0, 2], [1, 1], [1.0, 2.0], (1, 2)), RuntimeError, "distinct"),
    (lambda m: m.sparse_csr_tensor([0, 1], [0, 1], [1.0, 2.0], (2, 2)), RuntimeError, "crow_indices"),
    (lambda m: m.sparse_csr_tensor([0, 1], [0], [1.0, 2.0], (1, 2)), RuntimeError, "values"),
    (lambda m: m.sparse_compressed_tensor([0, 1], [0], [1.0], (1, 2)), RuntimeError, "none"),
    (lambda m: m.ones(2).to_sparse(0), RuntimeError, "sparse_dim"),
    (lambda m: m.ones(2).to_sparse_csr(), RuntimeError, "matrix"),
    (lambda m: m.ones(2, 2).coalesce(), RuntimeError, "coalesce expected sparse"),
    (lambda m: m.ones(2, 2).values(), RuntimeError, "values expected sparse"),
    (lambda m: m.ones(2, 2)._nnz(), NotImplementedError, ""),
    (lambda m: m.eye(2).to_sparse() + 1, RuntimeError, "add"),
    (lambda m: m.eye(2).to_sparse() + m.eye(3).to_sparse(), RuntimeError, "sizes"),
    (lambda m: m.eye(2).to_sparse() / m.ones(2, 2), RuntimeError, "Sparse division"),
    (lambda m: m.eye(2).to_sparse().numpy(), TypeError, "to_dense"),
    (lambda m: m.eye(2).to_sparse().__setitem__(0, 1), TypeError, "Cannot assign"),
    (lambda m: m.eye(2).to_sparse().view(4), NotImplementedError, "view"),
    (lambda m: m.exp(m.eye(2).to_sparse()), NotImplementedError, "exp"),
    (lambda m: m.eye(2).to_sparse().mean(), NotImplementedError, "mean"),
    (lambda m: m.ones(2, 2).copy_(m.eye(2).to_sparse()), RuntimeError, "copy_"),
    (lambda m: m.sparse.sum(m.eye(2).to_sparse(), 2), IndexError, ""),
]


@pytest.mark.parametrize(("call", "error", "words"), BAD)
def test_bad_calls(call, error, words):
    with pytest.raises(error, match=words or None):
        call(mg)


def tensors(arrays, sparse):
    return [mg.tensor(a).to_sparse() if i == sparse else mg.tensor(a) for i, a in enumerate(arrays)]


def test_no_operation_is_wrong_without_a_word():
    """Each row of the table of operations, with one operand sparse, raises or has the result of dense operands."""
    wrong, right = [], set()
    for row in ROWS:
        cases = sorted((c for c in row.cases if any(s and 0 not in s for s in c)), key=size)[:2]
        for case in cases[-1:]:
            arrays = row.arrays(case, row.dtypes[0])
            for sparse in [i for i, a in enumerate(arrays) if a.ndim and a.size < 500]:
                results = []
                for i in (-1, sparse):
                    mg.manual_seed(1)
                    try:
                        results.append(outputs(row.call(mg, *tensors(arrays, i))))
                    except (RuntimeError, TypeError, ValueError, IndexError):
                        break
                if len(results) == 2 and not all(map(alike, *results)):
                    wrong.append((row.name, sparse))
                right |= {row.name} if len(results) == 2 else set()
    assert not wrong
    assert {"mm", "matmul", "addmm", "mul", "sum 0", "abs", "t", "clone", "linear"} <= right


def alike(x, y):
    if not isinstance(x, mg.Tensor):
        return x == y
    return x.shape == y.shape and np.allclose(
        x.to_dense().double().numpy(), y.to_dense().double().numpy(), rtol=1e-3, atol=1e-5, equal_nan=True
    )


def test_maps_and_recordings_refuse_them():
    x = mg.eye(3).to_sparse()
    with pytest.raises(RuntimeError, match="vmap"):
        mg.vmap(lambda row: row * 2)(x)
    with pytest.raises(RuntimeError, match="vmap"):
        mg.vmap(lambda row: x * 2 + row)(mg.ones(2, 3, 3))
    for function, arguments in ((lambda d: x @ d, ()), (lambda d, s: s @ d, (x,))):
        compiled = mg.compile(function)
        for scale in (1.0, 2.0, 3.0):
            assert compiled(mg.full((3, 2), scale), *arguments).tolist() == mg.full((3, 2), scale).tolist()
        assert not compiled.plans
        assert "sparse" in compiled.reasons[0]
    compiled = mg.compile(lambda d: d.to_sparse() @ d)
    for n in (1, 2, 3):
        assert compiled(n * mg.eye(2)).tolist() == (n * n * mg.eye(2)).tolist()
