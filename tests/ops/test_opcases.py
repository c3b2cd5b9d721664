"""What every row of the table of operations must do, under every implementation of the kernels."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.autograd import backward, grad, gradcheck
from opcases import FLOATS, ROWS, outputs, size
from tolerances import GRADIENT, assert_close, tolerance

WORKERS = (1, 2, 3, 7, 256)
SMALL = 24
"""Elements up to which finite differences are taken."""

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
differentiable_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.differentiable], ids=lambda row: row.name
)
smooth_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.differentiable and row.smooth], ids=lambda row: row.name
)


def cases(row, dtypes=None, up_to=math.inf):
    """Yield (what, case, dtype, arrays) for each case of a row."""
    for dtype in row.dtypes:
        if dtypes is None or dtype in dtypes:
            for case in row.cases:
                if size(case) <= up_to:
                    yield f"{row.name} {case} {dtype}", case, dtype, row.arrays(case, dtype)


def tensors(arrays, requires_grad=True):
    """Return arrays as tensors, those of floats as leaves."""
    return [mg.tensor(a, requires_grad=requires_grad and a.dtype.kind == "f") for a in arrays]


def numpy(tensor):
    return None if tensor is None else tensor.detach().numpy()


def upstream(results, module=mg):
    """Return (result, gradient) of the results that have one; the gradients are random, and the same for all modules."""
    random = np.random.default_rng(7)
    pairs = []
    for result in results:
        weights = random.normal(size=tuple(result.shape))
        if result.requires_grad:
            pairs.append((result, module.tensor(weights).to(result.dtype)))
    return pairs


def run(row, arrays):
    """Return the results and the gradients of the inputs, as arrays."""
    leaves = tensors(arrays)
    results = outputs(row.call(mg, *leaves))
    pairs = upstream(results)
    if row.differentiable and pairs:
        backward(*zip(*pairs))
    return [numpy(r) for r in results], [numpy(leaf.grad) for leaf in leaves]


def same_bits(a, b):
    return all(
        x is y is None or (x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes())
        for x, y in zip(a, b, strict=True)
    )


def magnitude(arrays):
    return max([float(np.abs(a).max()) for a in arrays if a.size and a.dtype.kind in "fi"], default=1.0)


def test_the_names_are_unique():
    assert len({row.name for row in ROWS}) == len(ROWS)


@every_row
def test_values(row, implementation):
    for what, case, dtype, arrays in cases(row):
        inputs = tensors(arrays, requires_grad=False)
        results = outputs(row.call(mg, *inputs))
        expected = row.expected(arrays)
        assert len(results) == len(expected), what
        for result, reference, kind in zip(results, expected, row.result_dtypes(dtype, len(results))):
            assert result.dtype is getattr(mg, kind), f"{what}: expected {kind}, got {result.dtype}"
            bounds = tolerance(kind, terms=row.terms(*case), scale=max(1.0, magnitude(arrays)))
            assert_close(result.numpy(), reference, what, **bounds)
        for tensor, array in zip(inputs, arrays):
            assert tensor.numpy().tobytes() == array.tobytes(), f"{what} changed its input"
        again = outputs(row.call(mg, *inputs))
        assert same_bits([r.numpy() for r in results], [r.numpy() for r in again]), f"{what}: a second call differs"


@differentiable_rows
def test_gradients_agree_with_torch(row, implementation, torch):
    for what, case, dtype, arrays in cases(row, FLOATS):
        _, gradients = run(row, arrays)
        # torch works in float64: then the difference is ours alone
        leaves = [
            torch.tensor(a.astype(np.float64), requires_grad=True) if a.dtype.kind == "f" else torch.tensor(a)
            for a in arrays
        ]
        results = outputs(row.call(torch, *leaves))
        backward_pairs = upstream(results, torch)
        torch.autograd.backward(*zip(*backward_pairs))
        rows = max(case[0][0] if case[0] else 1, row.terms(*case))
        for got, leaf in zip(gradients, leaves):
            if leaf.grad is None:
                assert got is None, what
                continue
            expected = leaf.grad.numpy()
            scale = max(1.0, magnitude(arrays), float(np.abs(expected).max(initial=0)))
            assert got.dtype == dtype, what
            assert_close(got, expected, what, **tolerance(dtype, GRADIENT, terms=rows, scale=scale))


@smooth_rows
def test_gradients_agree_with_finite_differences(row, implementation):
    for what, _, _, arrays in cases(row, ["float64"], up_to=SMALL):
        inputs = tensors(arrays)
        for place, result in enumerate(outputs(row.call(mg, *inputs))):
            if result.requires_grad:
                assert gradcheck(lambda *a, place=place: outputs(row.call(mg, *a))[place], inputs), what


@smooth_rows
def test_gradients_of_gradients(row):
    for what, _, _, arrays in cases(row, ["float64"], up_to=SMALL):
        inputs = tensors(arrays)
        results = outputs(row.call(mg, *inputs))
        place = next(i for i, r in enumerate(results) if r.requires_grad)
        floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]
        weights = mg.tensor(np.random.default_rng(1).normal(size=results[place].shape), requires_grad=True)

        def gradients(weights, *args, place=place, floats=floats):
            with mg.enable_grad():
                args = [
                    a if a.requires_grad or i not in floats else a.detach().requires_grad_() for i, a in enumerate(args)
                ]
                out = outputs(row.call(mg, *args))[place]
                leaves = [args[i] for i in floats]
                found = grad(out, leaves, weights, create_graph=True, allow_unused=True)
                return mg.cat([g.reshape(-1) for g in found if g is not None])

        assert gradcheck(gradients, (weights, *inputs), atol=1e-4), what


@differentiable_rows
def test_recorded_gradients_equal_unrecorded_ones(row):
    """A backward that is recorded computes with other operations than the fused kernels."""
    for what, case, dtype, arrays in cases(row, FLOATS, up_to=5000):
        found = []
        for create_graph in (False, True):
            leaves = tensors(arrays)
            results, weights = zip(*upstream(outputs(row.call(mg, *leaves))))
            floats = [leaf for leaf in leaves if leaf.requires_grad]
            found.append(grad(results, floats, weights, create_graph=create_graph, allow_unused=True))
        for plain, recorded in zip(*found, strict=True):
            assert (plain is None) == (recorded is None), what
            if plain is not None:
                scale = max(1.0, magnitude([*arrays, numpy(plain)]))
                terms = max(case[0][0] if case[0] else 1, row.terms(*case))
                bounds = tolerance(dtype, GRADIENT, terms=terms, scale=scale)
                assert_close(numpy(recorded), numpy(plain), what, **bounds)


@every_row
def test_the_number_of_workers_changes_no_bit(row):
    for what, _, _, arrays in cases(row, FLOATS):
        with mg.kernels("dynamic"):
            values, gradients = run(row, arrays)
        for workers in WORKERS:
            with mg.kernels("fixed", workers=workers):
                again = run(row, arrays)
            assert same_bits(values, again[0]), f"{what}: {workers} workers give other values"
            assert same_bits(gradients, again[1]), f"{what}: {workers} workers give other gradients"


@differentiable_rows
def test_one_input_alone_gets_its_gradient(row):
    for what, _, _, arrays in cases(row, ["float64"], up_to=200):
        _, together = run(row, arrays)
        for place, array in enumerate(arrays):
            if array.dtype.kind != "f":
                continue
            inputs = [mg.tensor(a, requires_grad=i == place) for i, a in enumerate(arrays)]
            backward(*zip(*upstream(outputs(row.call(mg, *inputs)))))
            for i, tensor in enumerate(inputs):
                if i == place:
                    assert same_bits([numpy(tensor.grad)], [together[i]]), f"{what}: input {i}"
                else:
                    assert tensor.grad is None, f"{what}: input {i} asked for no gradient"


def transposed(tensor):
    """The same values, the dimensions in the opposite order in memory."""
    return tensor.detach().T.contiguous().T


def spread(tensor):
    """The same values, every second element of larger memory, beginning at an odd place."""
    shape = tuple(2 * n + 1 for n in tensor.shape)
    memory = mg.full(shape, True if tensor.dtype is mg.bool else 77, dtype=tensor.dtype)
    memory[tuple(slice(1, None, 2) for _ in shape)] = tensor
    return memory[tuple(slice(1, None, 2) for _ in shape)]


OF_MEMORY = ("view", "view_as", "as_strided", "as_strided overlapping", "as_strided_", "resize_", "resize_as_")
"""Rows of what looks at memory itself, where other strides are another question."""


@pytest.mark.parametrize("row", [row for row in ROWS if row.name not in OF_MEMORY], ids=lambda row: row.name)
@pytest.mark.parametrize("layout", [transposed, spread])
def test_strided_inputs(row, layout, implementation):
    for what, case, dtype, arrays in cases(row, up_to=5000):
        plain = tensors(arrays)
        strided = [layout(t.detach()).requires_grad_(t.requires_grad) for t in plain]
        pairs = [(outputs(row.call(mg, *inputs)), inputs) for inputs in (plain, strided)]
        bounds = tolerance(dtype, terms=row.terms(*case), scale=max(1.0, magnitude(arrays)))
        for result, expected in zip(pairs[1][0], pairs[0][0], strict=True):
            assert result.dtype is expected.dtype, what
            assert_close(numpy(result), numpy(expected), what, **bounds)
        if not row.differentiable or dtype not in FLOATS:
            continue
        for results, _ in pairs:
            backward(*zip(*upstream(results)))
        for tensor, expected in zip(strided, plain):
            if expected.grad is not None:
                scale = max(1.0, magnitude([*arrays, numpy(expected.grad)]))
                loose = tolerance(dtype, GRADIENT, terms=max(tensor.shape, default=1), scale=scale)
                assert_close(numpy(tensor.grad), numpy(expected.grad), f"gradient of {what}", **loose)
