"""Convolutions of 16 bits, on processors with tiles by those: either side of tiles, panels, blocks and strips."""

import mocrograd as mg
import pytest

# batch, channels, filters, image, window, stride, padding, dilation, groups
CASES = [
    (2, 3, 5, (9, 8), (3, 3), 1, 1, 1, 1), (3, 66, 80, (7, 7), (3, 3), 1, 1, 1, 2), (1, 64, 33, (30, 58), (3, 3), 1, 0, 1, 1),
    (2, 17, 40, (21, 40), (3, 3), 2, 1, 1, 1), (2, 5, 9, (31, 40), (7, 5), 3, 2, 2, 1), (9, 70, 300, (2, 1), (1, 1), 1, 0, 1, 1),
    (17, 29, 31, (5, 5), (3, 3), 1, 1, 1, 1), (2, 9, 530, (13, 13), (1, 1), 1, 0, 1, 1), (2, 4, 4, (12, 12), (3, 3), 1, 1, 1, 4),
    (2, 8, 10, (70,), (5,), 2, 2, 1, 1), (1, 4, 9, (5, 6, 7), (3, 2, 3), 1, 1, 1, 1),
]  # fmt: skip
DTYPES = (mg.bfloat16, mg.float16)


def operands(case, dtype):
    """Return images, filters, a bias and the gradient of the result."""
    batch, channels, filters, image, window, stride, padding, dilation, groups = case
    mg.manual_seed(sum(image) + filters)
    sides = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(image, window, strict=True)]
    shapes = (
        (batch, channels, *image), (filters, channels // groups, *window), (filters,), (batch, filters, *sides)
    )  # fmt: skip
    return [mg.randn(*shape).to(dtype) for shape in shapes]


def results(case, x, w, bias, grad):
    """Return a convolution and its gradients."""
    _, _, _, image, _, stride, padding, dilation, groups = case
    leaves = [t.detach().requires_grad_() for t in (x, w, bias)]
    conv = getattr(mg.nn.functional, f"conv{len(image)}d")
    y = conv(*leaves, stride=stride, padding=padding, dilation=dilation, groups=groups)
    y.backward(grad)
    return [y.detach(), *[t.grad for t in leaves]]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_results_are_rounded_once(case, dtype):
    given = operands(case, dtype)
    exact = results(case, *[t.double() for t in given])
    sizes = results(case, *[t.double().abs() for t in given])
    for form in ("original", "fixed:1", "fixed:3"):
        with mg.kernels(form):
            got = results(case, *given)
        for ours, right, size in zip(got, exact, sizes, strict=True):
            assert ours.dtype is dtype
            limit = 1.01 * right.abs() * 2 ** (-8 if dtype is mg.bfloat16 else -11) + 6e-6 * size + 1e-7
            assert bool(((ours.double() - right).abs() <= limit).all())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bits_do_not_depend_on_workers(case):
    given = operands(case, mg.bfloat16)
    with mg.kernels("fixed:1"):
        one = results(case, *given)
    for workers in (2, 3, 7):
        with mg.kernels(f"fixed:{workers}"):
            assert all(map(mg.equal, one, results(case, *given)))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("case", CASES[:5], ids=str)
def test_hostile_values_reach_what_they_reach_in_float32(case, value):
    given = operands(case, mg.bfloat16)
    given[0][0, 1, -1, -1], given[3][-1, 2, 0, 1] = value, value
    wide = results(case, *[t.double() for t in given])
    for ours, right in zip(results(case, *given), wide, strict=True):
        assert mg.equal(ours.isfinite(), right.isfinite())
        assert mg.equal(ours.isnan(), right.isnan())


def test_second_derivatives():
    x, w, _, _ = operands(CASES[3], mg.bfloat16)
    leaves = [t.requires_grad_() for t in (x, w)]
    found = []
    for a, b in (leaves, [t.detach().double().requires_grad_() for t in leaves]):
        dx, dw = mg.autograd.grad(mg.nn.functional.conv2d(a, b, stride=2, padding=1).sum(), (a, b), create_graph=True)
        found.append(mg.autograd.grad((dx.sum() + dw.sum()), (a, b)))
    for ours, right in zip(*found, strict=True):
        assert bool(((ours.double() - right).abs() <= 0.02 * right.abs().max()).all())
