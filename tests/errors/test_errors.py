"""Bad calls: each gives an exception of torch's type, with words that say what was expected and what came."""

import copy

import mocrograd as mg
import numpy as np
import pytest

nn, F = mg.nn, mg.nn.functional


def z(*shape, dtype=mg.float32):
    return mg.zeros(*shape, dtype=dtype)


@mg.enable_grad()
def recorded():
    return z(2).requires_grad_() * 2


def ints(*values):
    return mg.tensor(values, dtype=mg.int64)


ROWS = [
    # shapes
    ("add", lambda: z(2, 3) + z(4), RuntimeError, r"\[2, 3\].*\[4\]"),
    ("add in place", lambda: z(3).add_(z(2, 3)), RuntimeError, r"\[3\].*\[2, 3\]"),
    ("where", lambda: mg.where(z(2) > 0, z(3), z(2)), RuntimeError, r"\[2\].*\[3\]"),
    ("compare", lambda: z(2) < z(3), RuntimeError, r"\[2\].*\[3\]"),
    ("matmul", lambda: z(2, 3) @ z(4, 5), RuntimeError, r"2x3 and 4x5"),
    ("matmul vectors", lambda: z(3) @ z(4), RuntimeError, r"3 and 4"),
    ("matmul scalar", lambda: z() @ z(3), RuntimeError, "at least 1D"),
    ("matmul batches", lambda: z(2, 3, 4) @ z(5, 4, 6), RuntimeError, r"\[2\].*\[5\]"),
    ("mm of vectors", lambda: mg.mm(z(3), z(3, 2)), RuntimeError, "must be a matrix"),
    ("bmm of matrices", lambda: mg.bmm(z(3, 3), z(3, 3)), RuntimeError, "must be 3D"),
    ("linear", lambda: F.linear(z(2, 3), z(5, 4)), RuntimeError, "2x3 and 4x5"),
    ("linear bias", lambda: F.linear(z(2, 3), z(5, 3), z(4)), RuntimeError, r"\[4\].*\[5\]"),
    ("reshape", lambda: z(6).reshape(4, 2), RuntimeError, r"shape '\[4, 2\]' is invalid for input of size 6"),
    ("reshape two -1", lambda: z(6).reshape(-1, -1), RuntimeError, "only one dimension can be inferred"),
    ("reshape -1 of a remainder", lambda: z(6).reshape(4, -1), RuntimeError, "invalid for input of size 6"),
    ("reshape negative", lambda: z(6).reshape(-2, -3), RuntimeError, "negative|invalid"),
    ("reshape float", lambda: z(6).reshape(2.0, 3), TypeError, "float"),
    ("view of transposed", lambda: z(2, 3).T.view(6), RuntimeError, r"Use .reshape\(...\) instead"),
    ("expand", lambda: z(3).expand(4), RuntimeError, r"\(4\) must match the existing size \(3\)"),
    ("expand fewer", lambda: z(2, 3).expand(3), RuntimeError, "must be greater or equal"),
    ("permute too few", lambda: z(2, 3).permute(0), RuntimeError, "input.dim\\(\\) = 2.*len\\(dims\\) = 1"),
    ("permute twice", lambda: z(2, 3).permute(0, 0), RuntimeError, "duplicate dims"),
    ("t", lambda: z(2, 3, 4).t(), RuntimeError, "3D"),
    ("cat shapes", lambda: mg.cat([z(2, 3), z(2, 4)]), RuntimeError, r"\[2, 3\].*\[2, 4\]"),
    ("cat nothing", lambda: mg.cat([]), ValueError, "non-empty list"),
    ("cat scalars", lambda: mg.cat([z(), z()]), RuntimeError, "zero-dimensional"),
    ("cat a tensor", lambda: mg.cat(z(3)), TypeError, "must be tuple of Tensors"),
    ("cat numbers", lambda: mg.cat([1, 2]), TypeError, "expected Tensor as element 0"),
    ("stack shapes", lambda: mg.stack([z(2), z(3)]), RuntimeError, r"\[2\].*\[3\]"),
    ("stack nothing", lambda: mg.stack([]), RuntimeError, "non-empty"),
    ("split sections", lambda: z(5).split([2, 2]), RuntimeError, "sum exactly to 5"),
    ("split by 0", lambda: z(5).split(0), RuntimeError, "split_size"),
    ("chunk by 0", lambda: z(5).chunk(0), RuntimeError, "greater than 0"),
    ("narrow", lambda: z(5).narrow(0, 3, 4), RuntimeError, r"start \(3\) \+ length \(4\) exceeds"),
    ("negative size", lambda: z(-1), RuntimeError, "negative dimension -1"),
    ("size of float", lambda: z(2.5), TypeError, "float"),
    ("size of word", lambda: z("two"), TypeError, "str"),
    ("a huge size", lambda: mg.empty(1 << 60), (RuntimeError, MemoryError), "memory"),
    ("ragged list", lambda: mg.tensor([[1, 2], [3]]), ValueError, "length"),
    ("words", lambda: mg.tensor(["a", "b"]), (TypeError, ValueError), "tensor"),
    ("None", lambda: mg.tensor(None), (TypeError, RuntimeError), "tensor"),
    ("a set", lambda: mg.tensor({1, 2}), (TypeError, RuntimeError), "tensor"),
    ("an array of text", lambda: mg.from_numpy(np.array(["a"])), TypeError, "U1.*float32, float64"),
    ("uint64 array", lambda: mg.tensor(np.full(2, 1 << 63, np.uint64)), RuntimeError, "uint64"),
    ("an int too large", lambda: mg.tensor([1 << 64]), ValueError, "tensor"),
    # dimensions
    ("sum dim", lambda: z(2, 3).sum(2), IndexError, r"range of \[-2, 1\], but got 2"),
    ("sum dim of word", lambda: z(2, 3).sum("x"), TypeError, "str"),
    ("sum dim twice", lambda: z(2, 3).sum((0, 0)), RuntimeError, "appears multiple times"),
    ("softmax dim", lambda: z(2, 3).softmax(5), IndexError, r"range of \[-2, 1\], but got 5"),
    ("argmax dim", lambda: z(2, 3).argmax(-3), IndexError, "got -3"),
    ("transpose dim", lambda: z(2, 3).transpose(0, 2), IndexError, "got 2"),
    ("unsqueeze dim", lambda: z(2, 3).unsqueeze(4), IndexError, r"range of \[-3, 2\], but got 4"),
    ("squeeze dim", lambda: z(2, 3).squeeze(2), IndexError, "got 2"),
    ("flatten dims", lambda: z(2, 3).flatten(1, 0), RuntimeError, "start_dim cannot come after end_dim"),
    ("cat dim", lambda: mg.cat([z(2), z(2)], 1), IndexError, "got 1"),
    ("size dim", lambda: z(2).size(1), IndexError, "got 1"),
    ("max of nothing", lambda: z(0).max(), (RuntimeError, IndexError), "numel\\(\\) == 0"),
    ("max along nothing", lambda: z(0, 3).max(0), IndexError, "non-zero size"),
    ("argmin of nothing", lambda: z(0).argmin(), IndexError, "numel\\(\\) == 0"),
    # indices
    ("index", lambda: z(2)[2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    ("negative index", lambda: z(2)[-3], IndexError, "index -3 is out of bounds"),
    ("too many indices", lambda: z(2)[0, 0], IndexError, "too many indices for tensor of dimension 1"),
    ("index of a scalar", lambda: z()[0], IndexError, "0-dim|dimension 0"),
    ("index by float", lambda: z(2)[1.0], IndexError, "float"),
    ("index by word", lambda: z(2)["a"], TypeError, "str"),
    ("two ellipses", lambda: z(2, 2)[..., ...], IndexError, "single ellipsis"),
    ("slice by float", lambda: z(2)[0.0:1], TypeError, "slice indices must be integers"),
    ("negative step", lambda: z(2)[::-1], ValueError, "step must be greater than zero"),
    ("zero step", lambda: z(2)[::0], ValueError, "step"),
    ("index tensor", lambda: z(3)[ints(0, 3)], IndexError, "index 3 is out of bounds for dimension.* size 3"),
    ("negative index tensor", lambda: z(3)[ints(-4)], IndexError, "index -4 is out of bounds"),
    ("two index tensors", lambda: z(3, 4)[ints(0), ints(4)], IndexError, "index 4 is out of bounds"),
    ("index by float tensor", lambda: z(3)[z(2)], IndexError, "must be long, int, byte or bool tensors"),
    ("index shapes", lambda: z(3, 3)[ints(0, 1), ints(0, 1, 2)], (IndexError, RuntimeError), r"\[2\].*\[3\]"),
    ("mask shape", lambda: z(3)[z(2) == 0], IndexError, r"\[2\].*\[3\]"),
    ("index into nothing", lambda: z(0)[ints(0)], IndexError, "size 0"),
    ("index_select", lambda: z(3).index_select(0, ints(3)), IndexError, "3"),
    ("index_select dtype", lambda: z(3).index_select(0, z(1)), RuntimeError, "int64"),
    ("index_select matrix", lambda: z(3).index_select(0, ints(1).reshape(1, 1)), IndexError, "vector"),
    # dtypes
    ("mean of integers", lambda: ints(1, 2).mean(), RuntimeError, "floating point dtype.*int64"),
    ("softmax of integers", lambda: ints(1, 2).softmax(0), (NotImplementedError, RuntimeError), "int64"),
    ("sub of bools", lambda: mg.tensor([True]) - mg.tensor([True]), RuntimeError, "logical_not"),
    ("~ of floats", lambda: ~z(2), TypeError, "integer and Boolean"),
    ("bitwise_not of floats", lambda: mg.bitwise_not(z(2)), NotImplementedError, '"bitwise_not" is implemented'),
    ("& of floats", lambda: z(2) & z(2), (NotImplementedError, RuntimeError), "bool"),
    ("where condition", lambda: mg.where(z(2), z(2), z(2)), RuntimeError, "boolean.*float32"),
    ("matmul dtypes", lambda: z(2, 2) @ z(2, 2, dtype=mg.float64), RuntimeError, "float32 != float64"),
    ("matmul of bools", lambda: mg.ones(2, 2, dtype=mg.bool) @ mg.ones(2, 2, dtype=mg.bool), NotImplementedError, "bool"),
    ("int ** -1", lambda: ints(2) ** -1, RuntimeError, "negative integer powers"),
    ("int += float", lambda: ints(2).add_(0.5), RuntimeError, "float32 can't be cast to .*int64"),
    ("add a word", lambda: z(2) + "a", TypeError, "str"),
    ("add None", lambda: z(2) + None, TypeError, "NoneType"),
    ("add a list", lambda: mg.add(z(2), [1, 2]), TypeError, "list"),
    ("add functions", lambda: mg.add(1, 2), TypeError, "Tensor"),
    ("exp of a number", lambda: mg.exp(1.0), TypeError, "must be Tensor, not float"),
    ("sum of a list", lambda: mg.sum([1.0]), TypeError, "must be Tensor, not list"),
    ("an int too large for int64", lambda: ints(1) + (1 << 70), (RuntimeError, OverflowError), "overflow|too large"),
    ("requires_grad of integers", lambda: ints(1).requires_grad_(), RuntimeError, "floating point"),
    ("tensor of integers with gradient", lambda: mg.tensor([1], requires_grad=True), RuntimeError, "floating point"),
    ("dtype by name", lambda: mg.zeros(2, dtype="float32"), TypeError, "str"),
    ("complex array", lambda: mg.tensor(np.zeros(2, np.clongdouble)), TypeError, "complex256"),
    ("object array", lambda: mg.from_numpy(np.array([None])), TypeError, "object"),
    ("string array", lambda: mg.tensor(np.array(["a"])), TypeError, "The only supported types"),
    ("big-endian array", lambda: mg.from_numpy(np.zeros(2, ">f4")), (TypeError, ValueError), "f4|byte order"),
    ("no array", lambda: mg.from_numpy([1.0]), TypeError, r"expected np.ndarray \(got list\)"),
    ("negative strides", lambda: mg.from_numpy(np.zeros(4)[::-1]), ValueError, "stride"),
    # losses
    ("cross_entropy batch", lambda: F.cross_entropy(z(3, 5), ints(0, 1)), ValueError, r"\(3\).*\(2\)"),
    ("cross_entropy class", lambda: F.cross_entropy(z(2, 5), ints(0, 5)), IndexError, "Target 5 is out of bounds"),
    ("cross_entropy negative", lambda: F.cross_entropy(z(2, 5), ints(0, -1)), IndexError, "Target -1 is out of bounds"),
    ("nll_loss class", lambda: F.nll_loss(z(2, 5), ints(7, 0)), IndexError, "Target 7 is out of bounds"),
    ("cross_entropy floats", lambda: F.cross_entropy(z(2, 5), z(2)), RuntimeError, "Long.*float32"),
    ("cross_entropy reduction", lambda: F.cross_entropy(z(2, 5), ints(0, 1), reduction="avg"), ValueError, "avg"),
    ("cross_entropy smoothing", lambda: F.cross_entropy(z(2, 5), ints(0, 1), label_smoothing=2.0), RuntimeError, "2.0"),
    ("cross_entropy integers", lambda: F.cross_entropy(ints(1, 2).reshape(1, 2), ints(0)), (NotImplementedError, RuntimeError), "int64"),
    ("mse_loss reduction", lambda: F.mse_loss(z(2), z(2), reduction="avg"), ValueError, "avg"),
    # single elements
    ("item", lambda: z(2).item(), RuntimeError, "2 elements cannot be converted to Scalar"),
    ("bool", lambda: bool(z(2)), RuntimeError, "more than one value"),
    ("bool of nothing", lambda: bool(z(0)), RuntimeError, "no value"),
    ("len of a scalar", lambda: len(z()), TypeError, "0-d tensor"),
    ("iterate a scalar", lambda: list(z()), TypeError, "0-d tensor"),
    ("index by a float scalar", lambda: [1, 2][z()], TypeError, "integer tensors"),
    ("numpy with gradient", lambda: z(2).requires_grad_().numpy(), RuntimeError, r"tensor.detach\(\).numpy\(\)"),
    ("deepcopy of a result", lambda: copy.deepcopy(recorded()), RuntimeError, "graph leaves"),
    # random numbers and ranges
    ("randint", lambda: mg.randint(5, 5, (2,)), RuntimeError, "from=5 >= to=5"),
    ("normal", lambda: z(2).normal_(0, -1), RuntimeError, "std -1"),
    ("uniform", lambda: z(2).uniform_(1, 0), RuntimeError, "from=1.* > to=0"),
    ("rand of integers", lambda: mg.rand(2, dtype=mg.int64), (NotImplementedError, RuntimeError), "int64"),
    ("seed of word", lambda: mg.manual_seed("a"), (TypeError, ValueError), "str"),
    ("arange step 0", lambda: mg.arange(0, 5, 0), RuntimeError, "nonzero"),
    ("arange away", lambda: mg.arange(5, 0), RuntimeError, "step sign"),
    ("linspace", lambda: mg.linspace(0, 1, -1), RuntimeError, "non-negative"),
    ("dropout", lambda: F.dropout(z(2), 1.5), ValueError, "1.5"),
    # devices
    ("unknown device", lambda: mg.zeros(2, device="tpu"), RuntimeError, "cpu, gpu.*tpu"),
    ("device of a number", lambda: mg.zeros(2, device=3.5), TypeError, "float"),
    ("device index", lambda: mg.device("gpu:x"), RuntimeError, "gpu:x"),
    ("to nowhere", lambda: z(2).to(3.5), TypeError, "float"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_bad_call(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
    assert (mg.ones(3) + 1).tolist() == [2.0, 2.0, 2.0], "the process lives on"


@pytest.mark.parametrize("call", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_bad_call_without_recording(call):
    with mg.no_grad(), pytest.raises(Exception) as info:  # noqa: PT011 (the types are checked above)
        call()
    assert not isinstance(info.value, (AttributeError, KeyError, AssertionError, ZeroDivisionError))


def test_a_mistake_in_a_shape_says_both_shapes_through_a_layer():
    with pytest.raises(RuntimeError, match="5x3 and 4x2"):
        nn.Linear(4, 2)(z(5, 3))


def test_out_of_memory_is_caught_as_torchs_and_as_pythons(torch):
    """Scripts for torch catch RuntimeError, `torch.OutOfMemoryError` or `torch.cuda.OutOfMemoryError`."""
    assert mg.OutOfMemoryError is mg.cuda.OutOfMemoryError
    assert issubclass(mg.OutOfMemoryError, RuntimeError)
    assert issubclass(mg.OutOfMemoryError, MemoryError)
    assert issubclass(torch.OutOfMemoryError, RuntimeError)
    size = 1 << 47  # bytes that no machine has, of so many elements as one may ask for
    x = mg.ones(1).expand(size // 4)
    calls = (
        lambda: mg.empty(size), lambda: mg.empty(1 << 60), lambda: x.clone(), lambda: x + 1, lambda: mg.exp(x),
        lambda: mg.linspace(0, 1, 1 << 60), lambda: mg.ones(4).tensor_split(1 << 60), lambda: x.to(mg.float64),
    )  # fmt: skip
    for call in calls:
        with pytest.raises(mg.OutOfMemoryError, match=r"memory|allocate|parts"):
            call()
    assert (mg.ones(3) + 1).tolist() == [2.0, 2.0, 2.0]
