"""The dtypes against torch: what two of them make, how integers wrap around, and what does not fit."""

import itertools

import mocrograd as mg
import numpy as np
import pytest

DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")
INTEGERS = ("int64", "int32", "uint8")
EDGES = {
    "int64": [-(2**63), -(2**31), -1, 0, 1, 7, 2**62, 2**63 - 1],
    "int32": [-(2**31), -(2**16), -1, 0, 1, 7, 2**16, 2**31 - 1],
    "uint8": [0, 1, 7, 16, 127, 128, 254, 255],
}


def name(dtype):
    return str(dtype).partition(".")[2]


def same(ours, theirs, what):
    assert name(ours.dtype) == name(theirs.dtype), what
    np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=what)


def of(m, *values, dtype):
    return m.tensor(list(values), dtype=getattr(m, dtype))


def test_names_and_sizes():
    assert mg.int is mg.int32
    assert [getattr(mg, d).itemsize for d in DTYPES] == [4, 8, 8, 4, 1, 1]
    for d in DTYPES:
        assert getattr(mg, d).numpy == np.dtype(d)
        assert repr(getattr(mg, d)) == f"mocrograd.{d}"


def test_every_pair_promotes_as_in_torch(torch):
    for a, b in itertools.product(DTYPES, repeat=2):
        promoted = mg.ops.cast.dtypes.promote(getattr(mg, a), getattr(mg, b))
        assert promoted.name == name(torch.promote_types(getattr(torch, a), getattr(torch, b))), (a, b)
        for left, right in itertools.product(([1, 1], 1), repeat=2):  # with and without dimensions
            ours = [mg.tensor(v, dtype=getattr(mg, d)) for v, d in ((left, a), (right, b))]
            theirs = [torch.tensor(v, dtype=getattr(torch, d)) for v, d in ((left, a), (right, b))]
            expected = name(torch.result_type(*theirs))
            assert (ours[0] + ours[1]).dtype.name == expected, (a, left, b, right)
            assert mg.where(mg.tensor(True), *ours).dtype.name == expected, (a, left, b, right)


@pytest.mark.parametrize("scalar", [True, 1, 1.5])
def test_every_dtype_meets_numbers_as_in_torch(scalar, torch):
    for d, values in itertools.product(DTYPES, ([1, 0], 1)):
        ours, theirs = mg.tensor(values, dtype=getattr(mg, d)), torch.tensor(values, dtype=getattr(torch, d))
        expected = name(torch.result_type(theirs, scalar))
        for got in (ours + scalar, scalar * ours, mg.where(mg.tensor(True), ours, scalar)):
            assert got.dtype.name == expected, (d, values, scalar)


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_casts(source, target, torch, implementation):
    values = np.array([0, 1, 2.75, 3, 100, 250.5, 255] * 40).astype(source)
    if source in INTEGERS:
        values[: len(EDGES[source])] = EDGES[source]
    elif source != "bool":
        values[7:20] = -values[7:20]
    for array in (values, values[::3], values[:1], values[:0]):
        same(mg.tensor(array).to(getattr(mg, target)), torch.tensor(array).to(getattr(torch, target)), source)


def test_bytes_of_what_is_not_finite(torch):
    values = [np.nan, np.inf, -np.inf, -1.0, 256.0, 300.0, 3e9, -0.0]
    for d in ("float32", "float64"):
        same(of(mg, *values, dtype=d).byte(), of(torch, *values, dtype=d).byte(), d)
        same(of(mg, *values, dtype=d).bool(), of(torch, *values, dtype=d).bool(), d)


OPERATIONS = {
    "+": lambda m, a, b: a + b, "-": lambda m, a, b: a - b, "*": lambda m, a, b: a * b, "<": lambda m, a, b: a < b,
    ">=": lambda m, a, b: a >= b, "==": lambda m, a, b: a == b, "!=": lambda m, a, b: a != b,
    "maximum": lambda m, a, b: m.maximum(a, b), "minimum": lambda m, a, b: m.minimum(a, b),
    "where": lambda m, a, b: m.where(a < b, a, b), "cat": lambda m, a, b: m.cat([a.reshape(-1), b.reshape(-1)]),
    "matmul": lambda m, a, b: a.reshape(-1) @ b.reshape(-1)[: a.shape[0]].to(a.dtype),
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_integers_wrap_around(operation, torch, implementation):
    for a, b in itertools.product(INTEGERS, repeat=2):
        ours, theirs = (
            operation(m, of(m, *EDGES[a], dtype=a).reshape(-1, 1), of(m, *EDGES[b], dtype=b)) for m in (mg, torch)
        )
        same(ours, theirs, f"{a} {b}")


CALLS = {
    "neg": lambda m, x: -x, "abs": lambda m, x: abs(x), "sign": lambda m, x: m.sign(x), "relu": lambda m, x: m.relu(x),
    "square": lambda m, x: x**2, "cube": lambda m, x: x**3, "pow 2.0": lambda m, x: (x * 0 + 3) ** 2.0,
    "plus 300": lambda m, x: x + 300, "minus 2": lambda m, x: x - 2, "times 2**40": lambda m, x: x * 2**40,
    "divided": lambda m, x: x / 4, "== 300": lambda m, x: x == 300, "< 300": lambda m, x: x < 300,
    "> -1": lambda m, x: x > -1, "300 <": lambda m, x: x.__gt__(300), "not": lambda m, x: x.logical_not(),
    "isnan": lambda m, x: m.isnan(x), "sum": lambda m, x: x.sum(), "sum 0": lambda m, x: x.sum(0, keepdim=True),
    "sum as int32": lambda m, x: x.sum(dtype=m.int32), "sum as uint8": lambda m, x: x.sum(dtype=m.uint8),
    "sum as bool": lambda m, x: x.sum(dtype=m.bool), "float sum as int32": lambda m, x: (x * 0 + 1.7).sum(dtype=m.int32),
    "max": lambda m, x: x.max(), "min 0": lambda m, x: x.min(0).values, "argmin": lambda m, x: x.argmin(),
    "amax": lambda m, x: x.amax(), "all": lambda m, x: x.all(), "all 0": lambda m, x: m.all(x, 0),
    "any": lambda m, x: x.any(), "any of none": lambda m, x: x[:0].any(), "masked": lambda m, x: x.masked_fill(x > 1, 3.7),
    "masked -1": lambda m, x: x.masked_fill(x > 1, -1), "where -1": lambda m, x: m.where(x > 1, x, -1),
    "masked tensor": lambda m, x: x.masked_fill(x > 1, m.tensor(5)), "cat bool": lambda m, x: m.cat([x, x > 1]),
    "stack": lambda m, x: m.stack([x, x.flip(0) if hasattr(x, "flip") and m is not mg else x[[7, 6, 5, 4, 3, 2, 1, 0]]]),
    "index": lambda m, x: x[m.tensor([1, -1], dtype=m.int32)], "mask": lambda m, x: x[x > 1], "step": lambda m, x: x[1::3],
    "0-d index": lambda m, x: x[m.tensor(2, dtype=m.int32)], "select": lambda m, x: x.index_select(0, m.tensor([3, 3]).int()),
    "index by list": lambda m, x: x[[1, 2]], "like": lambda m, x: m.zeros_like(x), "full_like": lambda m, x: m.full_like(x, 2.9),
    "new_full": lambda m, x: x.new_full((2,), -1), "new_tensor": lambda m, x: x.new_tensor([1, 2]),
    "type_as": lambda m, x: m.ones(2).type_as(x), "to": lambda m, x: m.ones(2).to(x), "clone": lambda m, x: x.clone(),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_functions_of_integers(call, torch, implementation):
    for d in INTEGERS:
        same(call(mg, of(mg, *EDGES[d], dtype=d)), call(torch, of(torch, *EDGES[d], dtype=d)), d)


IN_PLACE = {
    "add_": lambda m, x: x.add_(10), "sub_": lambda m, x: x.sub_(m.tensor(300)), "mul_": lambda m, x: x.mul_(x),
    "+=": lambda m, x: x.__iadd__(m.tensor([1], dtype=m.int32)), "neg_": lambda m, x: x.neg_(), "abs_": lambda m, x: x.abs_(),
    "fill_": lambda m, x: x.fill_(-1), "zero_": lambda m, x: x.zero_(), "fill_ tensor": lambda m, x: x.fill_(m.tensor(300)),
    "copy_": lambda m, x: x.copy_(m.tensor(-1.0)), "part": lambda m, x: x[1::2].add_(1),
}  # fmt: skip


@pytest.mark.parametrize("call", IN_PLACE.values(), ids=IN_PLACE)
def test_changes_in_place(call, torch, implementation):
    for d in INTEGERS:
        ours, theirs = of(mg, *EDGES[d], dtype=d), of(torch, *EDGES[d], dtype=d)
        call(mg, ours), call(torch, theirs)
        same(ours, theirs, d)


def test_assignment(torch):
    for d in (*INTEGERS, "bool"):
        results = []
        for m in (mg, torch):
            x = m.zeros(4, 6, dtype=getattr(m, d))
            x[0] = 1
            x[1, ::2] = m.tensor([1, 0, 3], dtype=m.int32)
            x[m.tensor([2, -1], dtype=m.int32), 1] = m.tensor([7, 9]).to(x.dtype)
            x[x.sum(1) == 0] = True
            results.append(x)
        same(*results, d)


CREATED = {
    "zeros": lambda m, d: m.zeros(2, 3, dtype=d), "ones": lambda m, d: m.ones(2, dtype=d), "eye": lambda m, d: m.eye(3, dtype=d),
    "full": lambda m, d: m.full((2, 2), 7, dtype=d), "full 2.7": lambda m, d: m.full((2,), 2.7, dtype=d),
    "full -1": lambda m, d: m.full((2,), -1, dtype=d), "full True": lambda m, d: m.full((2,), True, dtype=d),
    "arange": lambda m, d: m.arange(5, dtype=d), "arange wraps": lambda m, d: m.arange(250, 260, dtype=d),
    "arange down": lambda m, d: m.arange(5, 0, -2, dtype=d), "arange fraction": lambda m, d: m.arange(0, 10, 2.5, dtype=d),
    "arange from a fraction": lambda m, d: m.arange(0.5, 5, 1, dtype=d), "linspace": lambda m, d: m.linspace(0, 10, 5, dtype=d),
    "list": lambda m, d: m.tensor([[1, 2], [3, 255]], dtype=d), "negative": lambda m, d: m.tensor([-1, 1], dtype=d),
    "floats": lambda m, d: m.tensor([1.7, True, 2], dtype=d), "number": lambda m, d: m.tensor(3, dtype=d),
    "numpy": lambda m, d: m.tensor(np.array([1, 300, -1]), dtype=d), "empty": lambda m, d: m.tensor([], dtype=d),
    "tensor": lambda m, d: m.ones(2).to(d).new_zeros(2),
}  # fmt: skip


@pytest.mark.parametrize("call", CREATED.values(), ids=CREATED)
def test_creation(call, torch):
    for d in INTEGERS:
        same(call(mg, getattr(mg, d)), call(torch, getattr(torch, d)), d)


def test_numbers_of_numpy(torch):
    for value in (np.uint8(3), np.int32(3), np.int64(3)):
        same(mg.tensor([value, value]), torch.tensor([value, value]), repr(value))
        same(mg.tensor(value), torch.tensor(value), repr(value))


def test_numbers_that_are_tensors(torch):
    for value in (3, 2.5, True, np.float64(1.5)):
        for d in ("float32", "int64"):
            ours, theirs = mg.zeros(2, dtype=getattr(mg, d)), torch.zeros(2, dtype=getattr(torch, d))
            same(mg.full((2,), mg.tensor(value)), torch.full((2,), torch.tensor(value)), repr(value))
            same(mg.full_like(ours, mg.tensor(value)), torch.full_like(theirs, torch.tensor(value)), repr(value))
            same(ours.new_full((3,), mg.tensor(value)), theirs.new_full((3,), torch.tensor(value)), repr(value))


def test_whether_an_element_is_there(torch):
    ours, theirs = mg.arange(6).view(2, 3), torch.arange(6).view(2, 3)
    for value in (0, 5, 6, 2.0, 2.5, True, np.int64(4)):
        assert (value in ours) is (value in theirs) is (mg.tensor(value) in ours)
    assert mg.tensor([7, 4, 7]) in ours
    assert mg.tensor([1, 2, 0]) not in ours
    assert mg.tensor([[3], [0]]) not in ours
    for m in (mg, torch):
        for wrong in ("a", None):
            with pytest.raises(RuntimeError, match="only supports Tensor or scalar"):
                wrong in m.arange(3)  # noqa: B015
        with pytest.raises(RuntimeError, match="size"):
            m.arange(2) in m.arange(3)  # noqa: B015


ERRORS = {
    "full of several": lambda m: m.full((2,), m.ones(1)),
    "full of a gradient": lambda m: m.full((2,), m.tensor(1.0, requires_grad=True)),
    "full 300": lambda m: m.full((2,), 300, dtype=m.uint8), "full -256": lambda m: m.full((2,), -256, dtype=m.uint8),
    "full nan": lambda m: m.full((2,), float("nan"), dtype=m.int32), "full inf": lambda m: m.full((2,), float("inf"), dtype=m.int64),
    "full 2**31": lambda m: m.full((2,), 2**31, dtype=m.int32), "full 3e9": lambda m: m.full((2,), 3e9, dtype=m.int32),
    "tensor 300": lambda m: m.tensor([1, 300], dtype=m.uint8), "tensor 2**31": lambda m: m.tensor(2**31, dtype=m.int32),
    "fill_ 300": lambda m: m.zeros(2, dtype=m.uint8).fill_(300), "where": lambda m: m.where(m.tensor(True), m.zeros(2, dtype=m.uint8), 300),
    "masked_fill": lambda m: m.zeros(2, dtype=m.int32).masked_fill(m.tensor(True), 2**31),
    "masked by bytes": lambda m: m.zeros(2).masked_fill(m.zeros(2, dtype=m.uint8), 1),
    "power": lambda m: m.ones(2, dtype=m.uint8) ** -1, "exp_": lambda m: m.ones(2, dtype=m.int32).exp_(),
    "add_ of floats": lambda m: m.ones(2, dtype=m.uint8).add_(2.5), "div_": lambda m: m.ones(2, dtype=m.int32).div_(2),
    "minus True": lambda m: m.ones(2, dtype=m.uint8) - True, "mean": lambda m: m.ones(2, dtype=m.uint8).mean(),
    "matmul of two": lambda m: m.ones(2, dtype=m.int32) @ m.ones(2, dtype=m.int64), "rand": lambda m: m.rand(2, dtype=m.int32),
    "requires_grad": lambda m: m.ones(2, dtype=m.int32).requires_grad_(), "randint": lambda m: m.randint(257, (2,), dtype=m.uint8),
    "randint below": lambda m: m.randint(-1, 5, (2,), dtype=m.uint8), "randperm": lambda m: m.randperm(257, dtype=m.uint8),
    "select by bytes": lambda m: m.ones(2).index_select(0, m.zeros(1, dtype=m.uint8)),
    "target": lambda m: m.nn.functional.cross_entropy(m.zeros(2, 3), m.zeros(2, dtype=m.int32)),
    "one_hot": lambda m: m.nn.functional.one_hot(m.zeros(2, dtype=m.int32)),
    "mask of another size": lambda m: m.ones(3)[m.zeros(2, dtype=m.uint8)],
}  # fmt: skip


@pytest.mark.parametrize("call", ERRORS.values(), ids=ERRORS)
def test_errors(call, torch):
    with pytest.raises(Exception) as expected:  # noqa: PT011  (the types are compared)
        call(torch)
    with pytest.raises(expected.type):
        call(mg)


def test_printing_and_python_numbers(torch):
    for d in ("int32", "uint8"):
        for values in ([], [1, 20, 3], 5):
            ours, theirs = mg.tensor(values, dtype=getattr(mg, d)), torch.tensor(values, dtype=getattr(torch, d))
            assert repr(ours) == repr(theirs).replace("torch.", "mocrograd.")
            assert ours.tolist() == theirs.tolist()
        assert mg.tensor(200, dtype=getattr(mg, d)).item() == 200
        assert type(mg.tensor(200, dtype=getattr(mg, d)).item()) is int
    assert mg.tensor(-5, dtype=mg.int32).item() == -5
    assert [10, 20, 30][mg.tensor(1, dtype=mg.uint8)] == 20


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0), (2, 1, 2)])
@pytest.mark.parametrize("dtype", [d.name for d in (*mg.dtypes.ALL, *mg.dtypes.COMPLEX)])
def test_nested_lists(dtype, shape, torch):
    values = np.random.default_rng(0).normal(size=shape) * 3
    ours, theirs = (m.tensor(values).to(getattr(m, dtype)) for m in (mg, torch))
    assert repr(ours.tolist()) == repr(theirs.tolist())
    assert ours.T.tolist() == theirs.permute(tuple(reversed(range(len(shape))))).tolist()


def test_dlpack_with_torch(torch):
    for d in ("int32", "uint8"):
        x = mg.arange(6, dtype=getattr(mg, d)).reshape(2, 3)
        theirs = torch.from_dlpack(x.T)
        assert theirs.data_ptr() == x.data_ptr()
        same(mg.from_dlpack(theirs), theirs, d)


def test_masks_without_dimensions(torch):
    for d, value in itertools.product(("uint8", "bool"), (0, 1)):
        results = []
        for m in (mg, torch):
            x, mask = m.arange(6).reshape(2, 3), m.tensor(value, dtype=getattr(m, d))
            results.append([x[mask], x[mask, 1], x[1, mask], x[..., mask]])
            x[mask] = 7
            x[1, mask] = m.tensor([3, 4, 5])
            results[-1].append(x)
        for ours, theirs in zip(*results):
            same(ours, theirs, f"{d} {value}")


def test_bytes_are_masks_and_classes():
    x = mg.arange(4.0)
    assert x[mg.tensor([1, 0, 0, 2], dtype=mg.uint8)].tolist() == [0.0, 3.0]
    scores, classes = mg.randn(3, 4), mg.tensor([0, 3, 1])
    for loss in (mg.nn.functional.cross_entropy, mg.nn.functional.nll_loss):
        assert loss(scores, classes.byte()).item() == loss(scores, classes).item()


def test_integers_have_no_gradient():
    x = mg.ones(2, requires_grad=True)
    for d in (*INTEGERS, "bool"):
        assert not x.to(getattr(mg, d)).requires_grad
    weights = mg.tensor([2, 3], dtype=mg.uint8)
    (x * weights).sum().backward()
    assert x.grad.tolist() == [2.0, 3.0]


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "float64"])
def test_random_integers(dtype):
    high = 2 if dtype == "bool" else 200
    counts = np.bincount(mg.randint(high, (100 * high,), dtype=getattr(mg, dtype)).numpy().astype(int), minlength=high)
    assert len(counts) == high
    assert counts.min() > 40
    if dtype in ("int32", "uint8"):
        order = mg.randperm(256, dtype=getattr(mg, dtype))
        assert order.dtype.name == dtype
        assert sorted(order.tolist()) == list(range(256))


def test_compiled_steps_take_bytes():
    @mg.compile
    def function(pixels, shift):
        return (pixels.float() / 255 - 0.5).relu(), pixels + shift, pixels > shift, pixels.int() * 3

    for seed in range(5):
        mg.manual_seed(seed)
        pixels, shift = mg.randint(256, (5, 1031), dtype=mg.uint8), mg.randint(256, (1031,), dtype=mg.uint8)
        array, other = pixels.numpy(), shift.numpy()
        results = function(pixels, shift)
        expected = np.maximum(array.astype("f4") / np.float32(255) - np.float32(0.5), 0)
        np.testing.assert_allclose(results[0].numpy(), expected, atol=1e-7)
        for got, reference in zip(results[1:], (array + other, array > other, array.astype("i4") * 3)):
            np.testing.assert_array_equal(got.numpy(), reference)
            assert got.numpy().dtype == reference.dtype
    assert function.plan is not None
