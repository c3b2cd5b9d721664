"""Results that are written into tensors of the caller's: values, dtypes and refusals are torch's."""

import warnings

import mocrograd as mg
import numpy as np
import pytest

X = np.array([[3.0, -1.5, 2.0], [0.5, 4.0, -2.5]])
S = np.array([[4.0, 1.0], [1.0, 3.0]])
CALLS = {
    "sum": lambda m, x, s, **o: m.sum(x, 0, **o), "sum of all": lambda m, x, s, **o: m.sum(x, dim=(0, 1), **o),
    "mean": lambda m, x, s, **o: m.mean(x, 1, **o), "std": lambda m, x, s, **o: m.std(x, 1, **o),
    "var": lambda m, x, s, **o: m.var(x, 1, keepdim=True, **o), "prod": lambda m, x, s, **o: m.prod(x, 1, **o),
    "nansum": lambda m, x, s, **o: m.nansum(x, 1, **o), "nanmean": lambda m, x, s, **o: m.nanmean(x, 1, **o),
    "amax": lambda m, x, s, **o: m.amax(x, 1, **o), "amin": lambda m, x, s, **o: m.amin(x, (0, 1), **o),
    "aminmax": lambda m, x, s, **o: m.aminmax(x, dim=1, **o), "all": lambda m, x, s, **o: m.all(x > 0, 1, **o),
    "any": lambda m, x, s, **o: m.any(x > 0, 1, **o), "argmax": lambda m, x, s, **o: m.argmax(x, 1, **o),
    "argmin": lambda m, x, s, **o: m.argmin(x, 1, **o), "logsumexp": lambda m, x, s, **o: m.logsumexp(x, 1, **o),
    "special.logsumexp": lambda m, x, s, **o: m.special.logsumexp(x, 1, **o),
    "max": lambda m, x, s, **o: m.max(x, 1, **o), "min": lambda m, x, s, **o: m.min(x, 1, keepdim=True, **o),
    "max of two": lambda m, x, s, **o: m.max(x, x.flip(0), **o), "median": lambda m, x, s, **o: m.median(x, 1, **o),
    "mode": lambda m, x, s, **o: m.mode(x, 1, **o), "kthvalue": lambda m, x, s, **o: m.kthvalue(x, 2, 1, **o),
    "sort": lambda m, x, s, **o: m.sort(x, 1, **o), "topk": lambda m, x, s, **o: m.topk(x, 2, 1, **o),
    "msort": lambda m, x, s, **o: m.msort(x, **o), "cummax": lambda m, x, s, **o: m.cummax(x, 1, **o),
    "cummin": lambda m, x, s, **o: m.cummin(x, 0, **o), "logcumsumexp": lambda m, x, s, **o: m.logcumsumexp(x, 1, **o),
    "softmax": lambda m, x, s, **o: m.softmax(x, 1, **o), "log_softmax": lambda m, x, s, **o: m.log_softmax(x, 0, **o),
    "index_select": lambda m, x, s, **o: m.index_select(x, 1, m.tensor([2, 0]), **o),
    "masked_select": lambda m, x, s, **o: m.masked_select(x, x > 0, **o), "nonzero": lambda m, x, s, **o: m.nonzero(x > 0, **o),
    "where": lambda m, x, s, **o: m.where(x > 0, x, x * 2, **o), "threshold": lambda m, x, s, **o: m.threshold(x, 1, 7, **o),
    "diff": lambda m, x, s, **o: m.diff(x, **o), "kron": lambda m, x, s, **o: m.kron(x, s, **o),
    "cross": lambda m, x, s, **o: m.cross(x, x.flip(1), dim=1, **o), "renorm": lambda m, x, s, **o: m.renorm(x, 2, 0, 1.0, **o),
    "square": lambda m, x, s, **o: m.square(x, **o), "signbit": lambda m, x, s, **o: m.signbit(x, **o),
    "logical_and": lambda m, x, s, **o: m.logical_and(x, x > 1, **o), "logical_not": lambda m, x, s, **o: m.logical_not(x, **o),
    "heaviside": lambda m, x, s, **o: m.heaviside(x, x, **o), "quantile": lambda m, x, s, **o: m.quantile(x, 0.3, 1, **o),
    "histc": lambda m, x, s, **o: m.histc(x, 4, -3, 5, **o), "norm": lambda m, x, s, **o: m.norm(x, dim=1, **o),
    "searchsorted": lambda m, x, s, **o: m.searchsorted(m.sort(x, 1)[0], x, **o),
    "bucketize": lambda m, x, s, **o: m.bucketize(x, m.sort(x[0])[0], **o),
    "linalg.vector_norm": lambda m, x, s, **o: m.linalg.vector_norm(x, 3, dim=1, **o),
    "linalg.matrix_norm": lambda m, x, s, **o: m.linalg.matrix_norm(s, **o), "linalg.det": lambda m, x, s, **o: m.linalg.det(s, **o),
    "linalg.inv": lambda m, x, s, **o: m.linalg.inv(s, **o), "linalg.solve": lambda m, x, s, **o: m.linalg.solve(s, x, **o),
    "linalg.cholesky": lambda m, x, s, **o: m.linalg.cholesky(s, **o), "linalg.eigvalsh": lambda m, x, s, **o: m.linalg.eigvalsh(s, **o),
    "linalg.slogdet": lambda m, x, s, **o: m.linalg.slogdet(s, **o), "linalg.vecdot": lambda m, x, s, **o: m.linalg.vecdot(x, x, **o),
    "argsort": lambda m, x, s, **o: m.argsort(x, dim=1, stable=True, **o), "isin": lambda m, x, s, **o: m.isin(x, x[0], **o),
    "tensordot": lambda m, x, s, **o: m.tensordot(x, x.t(), 1, **o), "hardshrink": lambda m, x, s, **o: m.hardshrink(x, 0.7, **o),
    "scatter": lambda m, x, s, **o: m.scatter(x, 1, m.tensor([[1], [0]]), x[:2], **o),
    "scatter of a number": lambda m, x, s, **o: m.scatter(x, 1, m.tensor([[1], [0]]), 5.0, **o),
    "scatter_add": lambda m, x, s, **o: m.scatter_add(x, 1, m.tensor([[1], [0]]), x[:2], **o),
    "scatter_reduce": lambda m, x, s, **o: m.scatter_reduce(x, 1, m.tensor([[1], [0]]), x[:2], "amax", **o),
    "slice_scatter": lambda m, x, s, **o: m.slice_scatter(x, x[:1], 0, 1, 2, **o),
    "matrix_power": lambda m, x, s, **o: m.matrix_power(s, 3, **o), "frexp": lambda m, x, s, **o: m.frexp(x, **o),
}  # fmt: skip
MADE = {
    "arange": lambda m, **o: m.arange(1, 6, 2, **o), "arange of floats": lambda m, **o: m.arange(0.5, 3, **o),
    "linspace": lambda m, **o: m.linspace(0, 3, 4, **o), "logspace": lambda m, **o: m.logspace(0, 2, 3, **o),
    "full": lambda m, **o: m.full((2, 2), 3, **o), "full of a float": lambda m, **o: m.full((2,), 3.5, **o),
    "ones": lambda m, **o: m.ones(2, 3, **o), "zeros": lambda m, **o: m.zeros(2, 3, **o), "eye": lambda m, **o: m.eye(3, 2, **o),
}  # fmt: skip
DTYPES = ("float32", "float64", "int64", "int32", "bool")


def outcome(call):
    """Return dtypes and values of the results, or the type of what is raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call()
    except Exception as error:
        return type(error)
    parts = result if isinstance(result, (tuple, list)) else [result]
    return [(str(t.dtype).rpartition(".")[2], t.tolist()) for t in parts]


def same(got, expected, label):
    if expected is NotImplementedError:  # a dtype that torch has no kernel for
        return
    if isinstance(expected, type):
        assert isinstance(got, type), f"{label}: torch raises {expected}, ours gives {got}"
        assert issubclass(got, expected), label
        return
    assert not isinstance(got, type), f"{label}: {got}, torch gives {expected}"
    assert [dtype for dtype, _ in got] == [dtype for dtype, _ in expected], label
    for (dtype, a), (_, b) in zip(got, expected):
        np.testing.assert_allclose(a, b, rtol=1e-12 if dtype == "float64" else 2e-6, atol=1e-6, err_msg=str(label))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_a_result_is_written_where_the_caller_says(name, dtype, torch):
    """In the memory that is there, of any strides; a tensor of another shape takes the result's."""
    x, s = (mg.tensor(a.astype(dtype)) for a in (X, S))
    plain = CALLS[name](mg, x, s)
    several = isinstance(plain, tuple)
    parts = plain if several else (plain,)
    for make in (
        lambda t: mg.zeros(*t.shape, dtype=t.dtype), lambda t: mg.zeros(*[2 * n for n in t.shape], dtype=t.dtype)[(slice(None, None, 2),) * t.ndim],
        lambda t: mg.empty(0, dtype=t.dtype),
    ):  # fmt: skip
        outs = tuple([make(t) for t in parts])
        addresses = [t.data_ptr() for t in outs]
        result = CALLS[name](mg, x, s, out=outs if several else outs[0])
        assert all(a is b for a, b in zip(result if several else (result,), outs))
        assert type(result) is type(plain)
        for out, address, part in zip(outs, addresses, parts):
            np.testing.assert_array_equal(out.numpy(), part.numpy())
            assert out.data_ptr() == address or make is not None
    theirs = [torch.tensor(a.astype(dtype)) for a in (X, S)]
    same(outcome(lambda: CALLS[name](mg, x, s, out=None)), outcome(lambda: CALLS[name](torch, *theirs, out=None)), name)


@pytest.mark.parametrize("of", DTYPES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("name", [n for n in CALLS if not n.startswith("linalg") and n not in ("matrix_power",)])
def test_dtypes_are_taken_and_refused_as_torch_does(name, dtype, of, torch):
    if (name, dtype, of) == ("nansum", "int64", "bool"):
        return  # torch counts in bools there
    results = []
    for m in (mg, torch):
        x, s = (m.tensor(a.astype(dtype)) for a in (X, S))
        try:
            plain = CALLS[name](m, x, s)
        except Exception as error:
            results.append(type(error))
            continue
        several = isinstance(plain, tuple)
        outs = [m.empty(0, dtype=getattr(m, of))] + [m.empty(0, dtype=t.dtype) for t in (plain[1:] if several else ())]
        results.append(outcome(lambda: CALLS[name](m, x, s, out=outs if several else outs[0])))  # noqa: B023 (called at once)
    same(*results, (name, dtype, of))


@pytest.mark.parametrize("of", DTYPES)
@pytest.mark.parametrize("name", MADE)
def test_what_is_made_is_of_its_dtype(name, of, torch):
    got, expected = (outcome(lambda: MADE[name](m, out=m.empty(0, dtype=getattr(m, of)))) for m in (mg, torch))  # noqa: B023
    same(got, expected, (name, of))


@pytest.mark.parametrize("name", ["rand", "randn", "randperm", "randint", "normal", "empty"])
def test_random_numbers_are_those_without(name):
    call = {
        "randint": lambda **o: mg.randint(0, 9, (5,), **o),
        "normal": lambda **o: mg.normal(0.0, 1.0, (5,), **o),
    }.get(name, lambda **o: getattr(mg, name)(5, **o))
    mg.manual_seed(3)
    expected = call()
    mg.manual_seed(3)
    out = mg.empty(5, dtype=expected.dtype)
    assert call(out=out) is out
    assert name == "empty" or out.tolist() == expected.tolist()


@pytest.mark.parametrize("name", CALLS)
def test_what_is_no_tensor_and_what_would_be_differentiated_is_refused(name, torch):
    for m in (mg, torch):
        x, s = (m.tensor(a) for a in (X, S))
        plain = CALLS[name](m, x, s)
        for wrong in (3, "x", (m.empty(0),), (m.empty(0), 3), [m.empty(0)] * 4, m.empty(0)):
            if isinstance(wrong, m.Tensor) and not isinstance(plain, tuple):
                continue
            with pytest.raises(TypeError):
                CALLS[name](m, x, s, out=wrong)
        first = plain[0] if isinstance(plain, tuple) else plain
        if not first.dtype.is_floating_point:
            continue
        outs = [m.empty(0, dtype=t.dtype) for t in (plain if isinstance(plain, tuple) else (plain,))]
        outs[0].requires_grad_()
        if name == "histc" and m is torch:  # which writes there
            continue
        with pytest.raises(RuntimeError):
            CALLS[name](m, x, s, out=tuple(outs) if isinstance(plain, tuple) else outs[0])


def test_an_operand_may_be_written_to():
    x = mg.tensor(X)
    expected = mg.softmax(x, 1).tolist()
    assert mg.softmax(x, 1, out=x).tolist() == x.tolist() == expected
    y = mg.tensor(X[0])
    assert mg.cummax(y, 0, out=(y, mg.empty(0, dtype=mg.int64))).values.tolist() == [3.0, 3.0, 3.0]


def test_a_replay_writes_where_the_caller_says():
    compiled = mg.compile(lambda x, out: mg.softmax(mg.cumsum(x, 1), 1, out=out))
    for i in range(4):
        x, out = mg.tensor(X) + i, mg.zeros(2, 3, dtype=mg.float64)
        assert compiled(x, out) is out
        assert out.tolist() == mg.softmax(mg.cumsum(x, 1), 1).tolist()


def test_an_operand_is_not_resized():
    for call in (mg.add, mg.mul, mg.maximum, mg.pow, mg.atan2):
        x = mg.ones(3)
        with pytest.raises(RuntimeError, match=r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]"):
            call(mg.ones(2, 3), x, out=x)
        assert x.tolist() == [1.0, 1.0, 1.0]
