"""Values, gradients and second derivatives where formulas break: zeros, ties, infinities, nan, the ends of domains.

Every differentiable row of the table of operations is run at such points and held against torch: a pointwise one at all
combinations of special numbers, another one on inputs that are all zero, all equal, full of ties, and so on. torch is the
measure in the row's dtype or in float64; where it is no measure, an `elsewhere` beside the row says why.
"""

import functools
import itertools
import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.autograd import grad
from opcases import ROWS, outputs, size
from opcases.table import ELSEWHERE, FIRST, NOT_IN_TORCH, SECOND, VALUE, anywhere

INF, NAN = math.inf, math.nan
_PAIRS = (0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, INF, -INF, NAN)
SPECIAL = {
    1: (*_PAIRS, 0.25, 0.75, 1.5, -1.5, 2.5, -3, 6, 20, -20, 100, -100, 1e-3),
    2: _PAIRS,
    3: (0.0, 1, -1, 0.5, 2, INF, -INF, NAN),
}
"""Numbers by how many operands are combined."""
EXTREME = {"float32": (1e-40, -1e-40, 1.2e-38, 3e38, -3e38), "float64": (5e-324, -5e-324, 3e-308, 1.7e308, -1.7e308)}
"""Denormal numbers, the least normal one and large ones, at which values and gradients are held against torch's."""
FILLS = {
    "zeros": [0.0], "ones": [1.0], "minus ones": [-1.0], "ties": [1.0, 2.0, 2.0, 1.0, 3.0, 3.0, 0.0], "halves": [0.5, -0.5, 1.0, 0.0],
    "ends": [0.0, 0.5, 1.0, 0.25], "one zero": [1.5, -2.0, 0.0, 3.0, 0.5, 2.5, -1.5, 4.0, -0.25], "rank 1": [1.0, 2.0, 1.0, 2.0],
}  # fmt: skip
"""What the inputs of other operations are filled with, over and over."""
ULPS = 64
SLOW = ("scaled_dot_product_attention",)
"""Operations with tests of their own, of which torch has no second derivative."""


def elementwise(row, dtype):
    """Return inputs of one dimension that combine all special points, or None where a row is not pointwise."""
    case = next((c for c in row.cases if all(len(s) == 1 and s == c[0] and s[0] > 3 for s in c)), None)
    if case is None:
        return None
    inputs = row.arrays(case, dtype)
    floats = sum(a.dtype.kind == "f" for a in inputs)
    if not 1 <= floats <= 3:
        return None
    points = np.array((*SPECIAL[floats], *EXTREME[dtype][: 5 if floats < 3 else 1]), dtype=dtype)
    columns = iter(np.array(list(itertools.product(points, repeat=floats))).T)
    count = len(points) ** floats
    arrays = [
        np.tile(next(columns), 2) if a.dtype.kind == "f" else np.repeat(np.unique(a)[[0, -1]], count) for a in inputs
    ]

    def call(change):
        return [r.numpy() for r in outputs(row.call(mg, *[mg.tensor(change(a)) for a in arrays]))]

    try:
        whole, backwards, half = call(lambda a: a), call(lambda a: a[::-1].copy()), call(lambda a: a[:count].copy())
    except (RuntimeError, ValueError, IndexError):  # another size will not do
        return None
    for a, b, c in zip(whole, backwards, half, strict=True):
        same = a.shape == (2 * count,) and np.array_equal(a[::-1], b, equal_nan=True)
        if not same or not np.array_equal(a[:count], c, equal_nan=True):
            return None
    return [a[:count] for a in arrays] if floats == len(arrays) else arrays


def filled(row, dtype):
    """Yield (name, inputs) for a row that is not pointwise: all of its floats filled, then each alone."""
    case = max((c for c in row.cases if 0 < size(c) <= 24 and all(math.prod(s) for s in c)), key=size, default=None)
    if case is None:
        return
    inputs = row.arrays(case, dtype)
    floats = [i for i, a in enumerate(inputs) if a.dtype.kind == "f"]
    for name, numbers in FILLS.items():
        for chosen in [floats] if len(floats) == 1 else [floats, floats[:1]]:
            yield (
                f"{name} in {chosen}",
                [np.resize(np.array(numbers, a.dtype), a.shape) if i in chosen else a for i, a in enumerate(inputs)],
            )


def points(row, dtype):
    """Yield (name, inputs) at which a row is compared."""
    combined = elementwise(row, dtype)
    if combined is not None:
        yield "points", combined
    else:
        yield from filled(row, dtype)


def numpy(tensor):
    return (
        None if tensor is None else tensor.detach().numpy(**({} if isinstance(tensor, mg.Tensor) else {"force": True}))
    )


def derivatives(module, differentiate, row, arrays, recorded):
    """Return {what: array} of one module: values, gradients for two upstream gradients, and second derivatives."""
    found = {}

    def results():
        leaves = [module.tensor(a) for a in arrays]
        floats = [t.requires_grad_() for t, a in zip(leaves, arrays) if a.dtype.kind == "f"]
        return outputs(row.call(module, *leaves)), floats

    values, _ = results()
    for i, value in enumerate(values):
        found[VALUE, i] = numpy(value)
        if not value.requires_grad:
            continue
        random = np.random.default_rng(7).normal(size=tuple(value.shape))
        for name, weights in (("ones", np.ones_like(random)), ("random", random)):
            outs, floats = results()
            upstream = module.tensor(weights.astype(numpy(value).dtype)).requires_grad_(recorded)
            firsts = differentiate(outs[i], floats, upstream, create_graph=recorded, allow_unused=True)
            for j, first in enumerate(firsts):
                found[FIRST, i, j, name] = numpy(first)
                if name == "ones" and first is not None and first.requires_grad:
                    ones = module.tensor(np.ones(tuple(first.shape), numpy(first).dtype))
                    seconds = differentiate(first, [*floats, upstream], ones, retain_graph=True, allow_unused=True)
                    found |= {(SECOND, i, j, k): numpy(g) for k, g in enumerate(seconds)}
    return found


def attempt(torch, row, arrays):
    """Return torch's derivatives; without the second ones where it has none; None where it refuses the inputs."""
    for recorded in (True, False):
        try:
            return derivatives(torch, torch.autograd.grad, row, arrays, recorded)
        except RuntimeError:
            if not row.name.startswith(tuple(NOT_IN_TORCH)):
                return None
    return None


def near(a, b, dtype):
    eps = ULPS * (2.0**-23 if dtype == "float32" else 2.0**-52)
    return np.isclose(a, b, rtol=eps, atol=eps, equal_nan=True)


def extremes(arrays, dtype):
    """Return where an operand is denormal, the least normal number or large."""
    return np.any([np.isin(a, np.array(EXTREME[dtype], a.dtype)) for a in arrays if a.dtype.kind == "f"], axis=0)


def declared(row, what, arrays, theirs):
    """Return where a result is not held against torch's."""
    mask = np.zeros(theirs.shape, dtype=bool)
    for entry in ELSEWHERE.get(row.name, []):
        if what[0] in entry.kinds:
            found = np.broadcast_to(True if entry.where is anywhere else entry.where(*arrays), theirs.shape)
            mask |= found & np.isnan(theirs) if entry.only_nan else found
    return mask


def differences(row, arrays, dtype, pointwise, ours, theirs, wide):
    """Yield (what, mask, got, expected, declared) of results with elements that differ from torch's and from float64's."""
    both = any(what[0] == SECOND for what in ours) and not row.name.startswith(tuple(NOT_IN_TORCH))
    for what in ours | theirs if both else ours:  # a derivative that is missing is 0
        a, b = ours.get(what), theirs.get(what)
        if (what not in theirs and not both) or (a is None and b is None):
            continue
        a, b = (np.zeros_like(b) if a is None else a), (np.zeros_like(a) if b is None else b)
        assert a.shape == b.shape, f"{row.name} {what}: expected shape {b.shape}, got {a.shape}"
        bad = a != b if a.dtype.kind != "f" else ~near(a, b, dtype)
        if pointwise and what[0] != VALUE and "ones" not in what:  # products overflow in another order
            bad &= ~extremes(arrays, dtype)
        if bad.any() and dtype == "float32" and a.dtype.kind == "f":
            c = wide().get(what)
            bad &= ~near(a, b if c is None else c.astype(a.dtype), dtype)
        if bad.any():
            yield what, bad, a, b, declared(row, what, arrays, b)


def widened(array):
    return array.astype(np.float64) if array.dtype.kind == "f" else array


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Threads of torch would wait for each other at these sizes."""
    torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


ROUNDED = ("batch_norm", "group_norm")
"""Rows of which both ways give rounding errors alone where all elements are equal: 1 over the root of eps times."""
DIFFERENTIABLE = [row for row in ROWS if row.differentiable and not row.name.startswith(SLOW)]
every_row = pytest.mark.parametrize("row", DIFFERENTIABLE, ids=lambda row: row.name)


def dtypes_of(row):
    return [d for d in ("float64", "float32") if d in row.dtypes]


@pytest.mark.filterwarnings("ignore")
@every_row
def test_special_points(row, torch):
    needed = set()
    for dtype in dtypes_of(row):
        for name, arrays in points(row, dtype):
            pointwise = name == "points"
            if not pointwise and dtype == "float32":
                continue
            theirs = attempt(torch, row, arrays)
            wide = functools.cache(lambda arrays=arrays: attempt(torch, row, [widened(a) for a in arrays]))
            ways = [("original", False), ("fixed:1", False), ("fixed:1", True)]
            for implementation, recorded in [*ways, ("original", True)] if pointwise else ways:
                with mg.kernels(implementation):
                    if theirs is None:
                        with pytest.raises(RuntimeError):
                            derivatives(mg, grad, row, arrays, recorded)
                        continue
                    ours = derivatives(mg, grad, row, arrays, recorded)
                for what, bad, a, b, free in differences(row, arrays, dtype, pointwise, ours, theirs, wide):
                    if (bad & free).any():
                        needed |= {e.why for e in ELSEWHERE[row.name] if what[0] in e.kinds}
                    wrong = [tuple(i) for i in np.argwhere(bad & ~free)[:5]]
                    at = [[float(x[i]) for x in arrays] if pointwise else i for i in wrong]
                    path = f"{implementation}, {'recorded' if recorded else 'fused'}, {dtype}, {name}"
                    expected, got = [float(b[i]) for i in wrong], [float(a[i]) for i in wrong]
                    assert not wrong, f"{path}: {what} at {at}: expected {expected}, got {got}"
    stale = {e.why for e in ELSEWHERE.get(row.name, []) if not e.here_and_there} - needed
    assert not stale, f"{row.name} equals torch, but is declared not to: {stale}"


@every_row
def test_fused_and_recorded_gradients_agree(row):
    """Where torch is no measure too: a kernel's gradient, and the derivative in operations."""
    for dtype in dtypes_of(row):
        for name, arrays in points(row, dtype):
            try:
                fused, recorded = (derivatives(mg, grad, row, arrays, r) for r in (False, True))
            except RuntimeError:  # it refuses these inputs, as torch does
                continue
            for what in fused:
                a, b = fused[what], recorded[what]
                if a is None or a.dtype.kind != "f" or row.name in ROUNDED:
                    continue
                scale = max(1.0, float(np.abs(a[np.isfinite(a)]).max(initial=0))) if name != "points" else 1.0
                good = near(a / scale, b / scale, dtype)
                if name == "points":
                    good |= extremes(arrays, dtype)
                assert good.all(), f"{dtype} {name} {what}: {a[~good][:5]} and {b[~good][:5]}"


@every_row
def test_compiled_steps_give_the_same_bits(row):
    for dtype in dtypes_of(row)[:1]:
        for _, arrays in itertools.islice(points(row, dtype), 1):
            inputs = [mg.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
            floats = [t for t in inputs if t.requires_grad]

            def step(call=row.call, inputs=inputs, floats=floats):  # a row holds functions that cannot be watched
                results = outputs(call(mg, *inputs))
                of = [r for r in results if r.grad_fn is not None]
                gradients = grad(of, floats, [mg.ones_like(r) for r in of], allow_unused=True) if of else []
                return [*results, *[g for g in gradients if g is not None]]

            expected = [numpy(t).tobytes() for t in step()]
            compiled = mg.compile(step)
            for _ in range(3):
                assert [numpy(t).tobytes() for t in compiled()] == expected
            assert compiled.plans or elementwise(row, dtype) is None, f"it was not replayed: {compiled.reasons}"
