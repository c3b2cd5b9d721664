"""Products that are written into a tensor of the caller's."""

import warnings

import mocrograd as mg
import numpy as np
import pytest

A = np.arange(12.0).reshape(2, 2, 3)
B = np.arange(12.0, 0.0, -1).reshape(2, 3, 2)
CALLS = {
    "matmul": lambda m, a, b, out: m.matmul(a, b, out=out),
    "matmul of vectors": lambda m, a, b, out: m.matmul(a[0, 0], b[0, :, 0], out=out),
    "mm": lambda m, a, b, out: m.mm(a[0], b[0], out=out),
    "bmm": lambda m, a, b, out: m.bmm(a, b, out=out),
    "mv": lambda m, a, b, out: m.mv(a[0], b[0, :, 0], out=out),
    "dot": lambda m, a, b, out: m.dot(a[0, 0], b[0, :, 0], out=out),
    "vdot": lambda m, a, b, out: m.vdot(a[0, 0], b[0, :, 0], out=out),
    "outer": lambda m, a, b, out: m.outer(a[0, 0], b[0, 0], out=out),
    "ger": lambda m, a, b, out: m.ger(a[0, 0], b[0, 0], out=out),
    "inner": lambda m, a, b, out: m.inner(a, a, out=out),
    "addmm": lambda m, a, b, out: m.addmm(b[0, :2], a[0], b[0], beta=2, alpha=3, out=out),
    "addmv": lambda m, a, b, out: m.addmv(b[0, 0], a[0], b[0, :, 0], out=out),
    "addr": lambda m, a, b, out: m.addr(b[0, :2], a[0, :, 0], b[0, 0], beta=2, out=out),
    "addr without an input": lambda m, a, b, out: m.addr(b[0, :2], a[0, :, 0], b[0, 0], beta=0, out=out),
    "baddbmm": lambda m, a, b, out: m.baddbmm(b[:, :2], a, b, alpha=2, out=out),
    "addbmm": lambda m, a, b, out: m.addbmm(b[0, :2], a, b, out=out),
}
every_product = pytest.mark.parametrize("name", CALLS)
pytestmark = pytest.mark.filterwarnings("ignore:torch.ger is deprecated")


@every_product
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_a_product_is_written_where_the_caller_says(name, dtype):
    a, b = (mg.tensor(x.astype(dtype)) for x in (A, B))
    expected = CALLS[name](mg, a, b, None)
    out = mg.empty(expected.shape, dtype=expected.dtype)
    address = out.data_ptr()
    assert CALLS[name](mg, a, b, out) is out
    assert out.data_ptr() == address
    assert out.tolist() == expected.tolist()
    spread = mg.empty(*[2 * n for n in expected.shape], dtype=expected.dtype)[
        tuple(slice(None, None, 2) for _ in expected.shape)
    ]
    assert CALLS[name](mg, a, b, spread).tolist() == expected.tolist()


@every_product
def test_it_takes_the_products_shape(name, torch):
    for m in (mg, torch):
        a, b = (m.tensor(x) for x in (A, B))
        expected = CALLS[name](m, a, b, None)
        out = m.empty(0, dtype=expected.dtype)
        assert CALLS[name](m, a, b, out).shape == expected.shape
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            CALLS[name](m, a, b, m.empty(7, dtype=expected.dtype))
        assert ["resized" in str(w.message) for w in seen] == [True] or m is torch  # which warns once per process


@every_product
def test_nothing_is_differentiated(name, torch):
    for m in (mg, torch) if name != "inner" else (mg,):  # torch writes there, and forgets the gradient
        a, b = (m.tensor(x, requires_grad=True) for x in (A, B))
        with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
            CALLS[name](m, a, b, m.empty(0, dtype=m.float64))
        with m.no_grad():
            CALLS[name](m, a, b, m.empty(0, dtype=m.float64))


@every_product
def test_another_dtype_is_refused_as_torch_does(name, torch):
    raised = []
    for m in (mg, torch):
        a, b = (m.tensor(x) for x in (A, B))
        try:
            CALLS[name](m, a, b, m.empty(0, dtype=m.int64))
        except Exception as error:
            raised.append(type(error))
    assert raised == [RuntimeError, RuntimeError]


def test_an_operand_can_be_written_to():
    x, y = mg.tensor(A[0, :, :2]), mg.tensor(B[0, :2])
    expected = (x @ y).tolist()
    assert mg.mm(x, y, out=x).tolist() == expected
