"""Products on the GPU: each kernel against float64, in all layouts, on sizes either side of its tiles."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend

pytestmark = pytest.mark.gpu
KINDS = ["float32", "float64", "float16", "bfloat16"]
KERNELS = [*(f"matmul.forward.{kind}" for kind in KINDS), "matmul_tf32.forward.float32"]
SIZES = [(16, 40, 24), (17, 17, 1), (63, 65, 31), (64, 64, 16), (65, 72, 64), (129, 33, 33), (1, 130, 70)]
"""m, n and k: few rows, either side of tiles of 64, whole panels and parts of one."""
FEW = 16  # rows or columns that matrix instructions are not used for
LAYOUTS = ["rows", "columns", "spread", "odd"]


class Operand:
    """A matrix, or a batch of them, on the GPU in some layout; it has nan in all that lies around."""

    def __init__(self, values, kind, layout):
        *batch, m, n = values.shape
        shape = {"rows": (m, n), "columns": (n, m), "spread": (m, 2 * n), "odd": (m, n + 1)}[layout]
        memory = np.full((*batch, *shape), np.nan)
        at = {"rows": memory, "columns": memory.swapaxes(-1, -2), "spread": memory[..., ::2], "odd": memory[..., 1:]}
        view = at[layout]
        view[...] = values
        self.strides = [s // memory.itemsize for s in view.strides]
        self.tensor = to_gpu(memory, kind)
        self.address = self.tensor.address + self.tensor.element_size() * (layout == "odd")
        self.values = stored(values, kind)


def to_gpu(values, kind):
    """Return values of float64 as a tensor of a dtype on the GPU."""
    return mg.from_numpy(values).to(getattr(mg, kind)).to("gpu")


def stored(values, kind):
    """Return values of float64 as a dtype has them."""
    return mg.from_numpy(values).to(getattr(mg, kind)).double().numpy()


def to_cpu(tensor):
    return tensor.cpu().double().numpy()


def rounded(values):
    """Return float32 rounded to TF32, to nearest, ties away from 0, as float64."""
    bits = np.asarray(values, np.float32).view(np.uint32)
    finite = (bits & 0x7F800000) != 0x7F800000
    return (
        np.where(finite, (bits + np.uint32(0x1000)) & np.uint32(0xFFFFE000), bits).view(np.float32).astype(np.float64)
    )


def run(kernel, a, b, *, bias=None, accumulate=None, relu=0, alpha=1.0):
    """Return what a kernel computes of two operands."""
    if kernel not in backend.FORMS["gpu"]:
        pytest.skip("this device has no matrix instructions of TF32")  # test_coverage.py says which ones have
    kind = kernel.rpartition(".")[2]
    (*batch, m, k), n = a.values.shape, b.values.shape[-1]
    held = np.full((*batch, m, n), np.nan) if accumulate is None else accumulate
    y = to_gpu(held, kind)
    row = None if bias is None else to_gpu(bias, kind)
    words = (1, 1, 0, 0) if not batch else (1, batch[0], a.strides[0], b.strides[0] if b.values.ndim > 2 else 0)
    device = mg.device("gpu")
    backend.call(
        backend.FORMS["gpu"][kernel], m * n * k, y.address, a.address, b.address, 0 if row is None else row.address,
        m, n, k, *a.strides[-2:], *b.strides[-2:], int(accumulate is not None), relu, alpha, words, device.context,
    )  # fmt: skip
    return to_cpu(y)


def expected(kernel, a, b, *, bias=None, accumulate=None, relu=0, alpha=1.0):
    """Return the same in float64, of operands as the kernel rounds them, and how far a result may be away."""
    kind = kernel.rpartition(".")[2]
    rounds = (
        "tf32" in kernel
        and backend.current_kernels() != "original"
        and min(a.values.shape[-2], b.values.shape[-1]) > FEW
    )
    x, y = (rounded(a.values), rounded(b.values)) if rounds else (a.values, b.values)
    given = [0.0 if v is None else stored(v, kind) for v in (bias, accumulate)]
    with np.errstate(invalid="ignore"):
        value = alpha * (x @ y) + given[0] + given[1]
        size = abs(alpha) * (np.abs(x) @ np.abs(y)) + np.abs(given[0]) + np.abs(given[1])
    eps = np.finfo(np.float64 if kind == "float64" else np.float32).eps
    bound = 4 * (a.values.shape[-1] + 4) ** 0.5 * eps * size
    if kind.endswith("16"):
        info = mg.finfo(getattr(mg, kind))
        bound = bound + info.eps / 2 * np.abs(value) * 1.01 + info.tiny * info.eps
    return np.where(value < 0, 0, value) if relu else value, bound


def check(kernel, a, b, **options):
    got, (want, bound) = run(kernel, a, b, **options), expected(kernel, a, b, **options)
    finite = np.isfinite(want)
    np.testing.assert_array_equal(got[~finite], want[~finite])
    far = np.abs(got[finite] - want[finite]) > bound[finite]
    assert not far.any(), f"{far.sum()} of {far.size} elements of {kernel} are farther away than rounding takes them"
    return got


def operands(kernel, m, n, k, layouts=("rows", "rows"), batch=()):
    random, kind = np.random.default_rng(m * n + k), kernel.rpartition(".")[2]
    return (Operand(random.normal(size=(*batch, m, k)), kind, layouts[0]),
            Operand(random.normal(size=(*batch, k, n)), kind, layouts[1]))  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kernel", KERNELS)
def test_sizes(kernel, size, grid):
    check(kernel, *operands(kernel, *size))


@pytest.mark.parametrize("size", [(72, 80, 40), (70, 67, 19)], ids=["whole", "parts"])
@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("right", LAYOUTS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_layouts(kernel, left, right, size):
    check(kernel, *operands(kernel, *size, (left, right)))


@pytest.mark.parametrize("layouts", [("rows", "rows"), ("columns", "columns")], ids=str)
@pytest.mark.parametrize("kernel", KERNELS)
def test_many_tiles_are_large_ones(kernel, layouts):
    """11 products of 2 x 3 tiles of 128, whose edges lie within tiles; the grid changes no bit."""
    a, b = operands(kernel, 136, 264, 40, layouts, batch=(11,))
    found = check(kernel, a, b)
    with mg.kernels("fixed:7"):
        assert run(kernel, a, b).tobytes() == found.tobytes()


@pytest.mark.parametrize("size", [(40, 72, 24), (40, 71, 23), (5, 7, 9)], ids=["whole", "parts", "small"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_what_is_added(kernel, size, grid):
    random = np.random.default_rng(1)
    (m, n, _), (a, b) = size, operands(kernel, *size)
    bias, held = random.normal(size=n), random.normal(size=(m, n))
    for options in ({"bias": bias}, {"accumulate": held}, {"relu": 1}, {"alpha": -0.5}):
        check(kernel, a, b, **options)
    got = check(kernel, a, b, bias=bias, accumulate=held, relu=1, alpha=0.25)
    assert (got == 0).any()
    assert (got > 0).any()


@pytest.mark.parametrize("size", [(5, 7, 1300), (33, 40, 2000), (70, 67, 1101)], ids=["small", "whole", "parts"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_few_tiles_of_many_terms(kernel, size):
    """Blocks sum up parts of k, of which the last is shorter; the grid changes no bit."""
    a, b = operands(kernel, *size, batch=(2,))
    random = np.random.default_rng(5)
    bias, held = random.normal(size=size[1]), random.normal(size=(2, *size[:2]))
    found = check(kernel, a, b)
    check(kernel, a, b, bias=bias, accumulate=held, relu=1, alpha=0.25)
    with mg.kernels("fixed:5"):
        assert run(kernel, a, b).tobytes() == found.tobytes()


@pytest.mark.parametrize("kernel", KERNELS)
def test_batches(kernel):
    a, b = operands(kernel, 33, 40, 24, batch=(3,))
    check(kernel, a, b)
    check(kernel, a, operands(kernel, 33, 40, 24)[1])


@pytest.mark.parametrize("size", [(72, 80, 40), (70, 67, 19), (9, 9, 9)], ids=["whole", "parts", "small"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_infinity_and_nan_stay_in_their_rows(kernel, size):
    random, kind = np.random.default_rng(0), kernel.rpartition(".")[2]
    values = random.normal(size=(size[0], size[2]))
    values[3, 1], values[5, size[2] - 1], values[7, :] = np.nan, np.inf, 0
    b = Operand(random.normal(size=(size[2], size[1])), kind, "rows")
    got = check(kernel, Operand(values, kind, "rows"), b)
    assert np.isnan(got[3]).all()
    assert np.isinf(got[5]).all()
    assert not got[7].any()


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0x3F800FFF, 1.0),
        (0x3F801000, 1 + 2.0**-10),
        (0xBF801000, -1 - 2.0**-10),
        (0x7F7FFFFF, np.inf),
        (0xFF800000, -np.inf),
        (0x7F800001, np.nan),
        (0xFFFFFFFF, np.nan),
        (1, 0.0),
    ],
)
def test_rounding_to_tf32(bits, expected):
    """To nearest, what is too large to infinity, and a nan stays one whatever its bits are."""
    a, b = (Operand(np.zeros((20, 20)), "float32", "rows") for _ in range(2))
    for operand, value in ((a, 0x3F800000), (b, bits)):
        values = np.zeros((20, 20), np.uint32)
        values[0, 0] = value
        operand.tensor = mg.from_numpy(values.view(np.float32)).to("gpu")
        operand.address = operand.tensor.address
    np.testing.assert_array_equal(run("matmul_tf32.forward.float32", a, b)[0, 0], expected)


@pytest.mark.parametrize("compiled", [False, True])
def test_the_precision_of_float32_is_a_choice(compiled):
    """Full precision unless it was given up, in plain calls, gradients, and steps that were recorded before."""
    if "matmul_tf32.forward.float32" not in backend.FORMS["gpu"]:
        pytest.skip("this device has no matrix instructions of TF32")
    random = np.random.default_rng(2)
    x, w = (to_gpu(random.normal(size=(24, 24)), "float32") for _ in range(2))
    g = to_gpu(random.normal(size=(24, 24)), "float32")

    def products():
        weight = w.detach().requires_grad_()
        y = mg.nn.functional.linear(x, weight)
        y.backward(g)
        return x @ w, y.detach(), weight.grad

    call = mg.compile(products) if compiled else products
    left, right, upstream = (to_cpu(t) for t in (x, w, g))
    factors = [(left, right), (left, right.T), (upstream.T, left)]
    exact = [a @ b for a, b in factors]
    coarse = [rounded(a) @ rounded(b) for a, b in factors]
    try:
        for precision, wanted in (("highest", exact), ("high", coarse), ("highest", exact), ("medium", coarse)):
            mg.set_float32_matmul_precision(precision)
            for _ in range(3):
                for got, want in zip(call(), wanted, strict=True):
                    np.testing.assert_allclose(to_cpu(got), want, rtol=1e-5, atol=1e-5)
    finally:
        mg.set_float32_matmul_precision("highest")
    assert max(np.abs(a - b).max() for a, b in zip(exact, coarse)) > 1e-4


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_gradients_of_a_linear_layer_of_16_bits(kind):
    random = np.random.default_rng(3)
    values = [random.normal(size=s) for s in ((33, 20), (40, 20), (40,), (33, 40))]
    x, w, bias = (to_gpu(v, kind).requires_grad_() for v in values[:3])
    mg.nn.functional.linear(x, w, bias).backward(to_gpu(values[3], kind))
    a, b, _, dy = (stored(v, kind) for v in values)
    eps = mg.finfo(getattr(mg, kind)).eps
    for got, want in ((x.grad, dy @ b), (w.grad, dy.T @ a), (bias.grad, dy.sum(0))):
        assert got.dtype is getattr(mg, kind)
        np.testing.assert_allclose(to_cpu(got), want, rtol=eps, atol=eps * np.abs(want).max() / 100)
