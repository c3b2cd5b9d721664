"""The table of operations on the GPU: values against the references, gradients against the CPU's."""

import mocrograd as mg
import numpy as np
import pytest
from opcases import FLOATS, ROWS, outputs, size
from tolerances import GRADIENT, assert_close, tolerance

pytestmark = pytest.mark.gpu
MOST = 5000
"""Elements of a case that is run: simulation is slow."""


def cases(row, dtypes):
    """Yield (what, case, arrays) for the cases of a row that are small enough."""
    for dtype in dtypes:
        for case in row.cases:
            if size(case) <= MOST:
                yield f"{row.name} {case} {dtype}", case, row.arrays(case, dtype)


def tensors(arrays, device, requires_grad=False):
    return [mg.tensor(a, device=device, requires_grad=requires_grad and a.dtype.kind == "f") for a in arrays]


def magnitude(arrays):
    return max([1.0, *(float(np.abs(a).max()) for a in arrays if a.size and a.dtype.kind in "fi")])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_values(row, grid):
    for what, case, arrays in cases(row, row.dtypes):
        results = outputs(row.call(mg, *tensors(arrays, "gpu")))
        on_cpu = outputs(row.call(mg, *tensors(arrays, "cpu")))
        for result, like, reference in zip(results, on_cpu, row.expected(arrays), strict=True):
            assert result.dtype is like.dtype, what
            assert result.device.type == "gpu", what
            bounds = tolerance(result.dtype.name, terms=row.terms(*case), scale=magnitude(arrays))
            assert_close(result.cpu().numpy(), reference, what, **bounds)


def gradients(row, arrays, device):
    """Return the gradients of the inputs under a random gradient of the results."""
    leaves = tensors(arrays, device, requires_grad=True)
    random = np.random.default_rng(7)
    results = [result for result in outputs(row.call(mg, *leaves)) if result.requires_grad]
    weights = [mg.tensor(random.normal(size=r.shape), dtype=r.dtype, device=device) for r in results]
    mg.autograd.backward(results, weights)
    return [None if leaf.grad is None else leaf.grad.cpu().numpy() for leaf in leaves]


@pytest.mark.parametrize("row", [row for row in ROWS if row.differentiable], ids=lambda row: row.name)
def test_gradients(row, grid):
    for what, case, arrays in cases(row, [d for d in row.dtypes if d in FLOATS]):
        rows = max(case[0][0] if case[0] else 1, row.terms(*case))
        for got, expected in zip(gradients(row, arrays, "gpu"), gradients(row, arrays, "cpu"), strict=True):
            if expected is None:
                assert got is None, what
                continue
            scale = max(magnitude(arrays), float(np.abs(expected).max(initial=0)))
            assert_close(got, expected, what, **tolerance(str(expected.dtype), GRADIENT, terms=rows, scale=scale))
