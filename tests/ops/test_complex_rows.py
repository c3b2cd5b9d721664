"""Complex operands in every operation of the table: torch's values and gradients, or an error, and nothing between."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from opcases import ROWS, outputs, size

torch = pytest.importorskip("torch", reason="torch is not installed")

REFUSALS = (NotImplementedError, RuntimeError, TypeError, ValueError, IndexError)
BEYOND = {
    "arange", "bernoulli p", "bilinear", "deg2rad", "embedding", "glu", "index_reduce", "isin", "rad2deg", "scatter_add wide source",
    "scatter_reduce", "select_scatter", "silu", "slice_scatter", "special.xlog1py", "topk",
}  # fmt: skip
"""What torch refuses, or does not differentiate, and has one right result."""
DRAWN = {"normal", "rand", "randn"}
OTHERS = {
    "renorm inf": "torch's gradient is nan",
    "cholesky_inverse": "torch takes the diagonal of a factor for real, as it is of those that cholesky returns",
}
"""Where torch's results are not those of the formula."""
FLOATS = [row for row in ROWS if "float32" in row.dtypes and row.name not in DRAWN | OTHERS.keys()]


def operands(row, case):
    """Return the operands of a case in complex64, the others as they are."""
    random = np.random.default_rng(3)
    arrays = [np.asarray(a) for a in row.arrays(case, "float32")]
    return [
        np.asarray(a + 1j * random.uniform(0.2, 0.9, a.shape), "complex64") if a.dtype == np.float32 else a
        for a in arrays
    ]


def result(m, row, arrays, graded):
    """Return results, and where it is asked for gradients by an upstream gradient of ones and i."""
    tensors = [m.from_numpy(np.array(a)) for a in arrays]
    leaves = [x.requires_grad_(graded) for x in tensors if x.is_complex()]
    found = [x for x in outputs(row.call(m, *[x * 1 if x.is_complex() else x for x in tensors])) if hasattr(x, "dtype")]
    grads = [None] * len(leaves)
    ends = [x for x in found if x.requires_grad]
    if ends:
        m.autograd.backward(ends, [m.ones_like(x) * (1 + 1j if x.is_complex() else 1) for x in ends])
        grads = [x.grad for x in leaves]
    return [None if x is None else x.detach().resolve_conj().resolve_neg().cpu().numpy() for x in (*found, *grads)]


def compare(row, arrays, graded):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ours = result(mg, row, arrays, graded)
        except REFUSALS:
            return
        try:
            theirs = result(torch, row, arrays, graded)
        except REFUSALS:
            if not {row.name, row.name.split()[0]} & BEYOND:
                raise
            return
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        assert (a is None) is (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=3e-4, atol=3e-4 * max(1.0, np.abs(np.nan_to_num(b)).max(initial=0)))


@pytest.mark.parametrize("row", FLOATS, ids=lambda row: row.name)
def test_a_row_is_torchs_or_refused(row):
    for case in [case for case in row.cases if 0 < size(case) < 400][:2]:
        arrays = operands(row, case)
        if any(a.dtype.kind == "c" for a in arrays):
            for graded in (False, True)[: 1 + row.differentiable]:
                compare(row, arrays, graded)
