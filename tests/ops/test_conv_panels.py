"""Convolutions whose panels of patches run over several images, several blocks of taps and bands of filters."""

import mocrograd as mg
import numpy as np
import pytest

# batch, channels, filters, image, window, stride, padding, groups
CASES = [
    (5, 3, 130, 2, 2, 1, 1, 1), (3, 31, 9, 4, 3, 2, 1, 1), (9, 70, 5, 7, 2, 2, 0, 1), (17, 2, 3, 5, 3, 1, 1, 1),
    (33, 2, 1, 3, 3, 1, 1, 1), (4, 4, 6, 6, 3, 2, 1, 2), (3, 4, 4, 9, 3, 3, 0, 4), (2, 3, 2, 19, 4, 3, 2, 1),
    (6, 40, 7, 3, 3, 1, 0, 1), (6, 40, 7, 1, 1, 1, 0, 1), (1, 300, 129, 3, 1, 1, 0, 1), (21, 3, 17, 10, 5, 2, 2, 1),
]  # fmt: skip


def results(m, dtype, arrays, stride, padding, groups):
    x, w, bias, grad = (m.tensor(array.astype(dtype)) for array in arrays)
    for leaf in (x, w, bias):
        leaf.requires_grad_(True)
    y = m.nn.functional.conv2d(x, w, bias, stride=stride, padding=padding, groups=groups)
    y.backward(grad)
    back = m.nn.functional.conv_transpose2d(grad, w, None, stride=stride, padding=padding, groups=groups)
    return [values.detach().numpy() for values in (y, x.grad, w.grad, bias.grad, back)]


def arrays(case):
    batch, channels, filters, image, window, stride, padding, groups = case
    rng = np.random.default_rng(sum(case))
    side = (image + 2 * padding - window) // stride + 1
    shapes = [
        (batch, channels, image, image), (filters, channels // groups, window, window), (filters,),
        (batch, filters, side, side),
    ]  # fmt: skip
    return [rng.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients(torch, case, dtype):
    operands, options = arrays(case), case[5:]
    expected = results(torch, "float64", operands, *options)
    for form in ("original", "fixed:1", "fixed:3"):
        with mg.kernels(form):
            got = results(mg, dtype, operands, *options)
        for ours, theirs in zip(got, expected, strict=True):
            limit = (3e-6 if dtype == "float32" else 1e-14) * max(1, np.abs(theirs).max()) * 4
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=limit)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bits_do_not_depend_on_workers(case):
    operands, options = arrays(case), case[5:]
    with mg.kernels("fixed:1"):
        one = results(mg, "float32", operands, *options)
    for workers in (2, 3, 7):
        with mg.kernels(f"fixed:{workers}"):
            for a, b in zip(one, results(mg, "float32", operands, *options), strict=True):
                np.testing.assert_array_equal(a, b)


def test_a_result_of_whole_windows_is_no_view():
    x, w = mg.randn(3, 2, 4, 4), mg.randn(5, 2, 4, 4)
    y = mg.nn.functional.conv2d(x, w)
    assert tuple(y.shape) == (3, 5, 1, 1)
    assert y.is_contiguous()
    assert y._base is None
    y.add_(1)
    np.testing.assert_allclose(y.numpy(), mg.nn.functional.conv2d(x, w, mg.ones(5)).numpy(), rtol=1e-5, atol=1e-5)


def test_patches_keep_what_is_not_finite_to_itself():
    x = mg.randn(4, 3, 5, 5)
    x[2, 1, 2, 2] = float("nan")
    y = mg.nn.functional.conv2d(x, mg.randn(6, 3, 3, 3), padding=1, stride=2)
    found = np.isnan(y.numpy()).any((1, 2, 3))
    assert found.tolist() == [False, False, True, False]


def test_a_convolution_that_is_a_product_may_be_changed_in_place():
    x, w = mg.randn(2, 3, 1, 1), mg.randn(4, 3, 1, 1, requires_grad=True)
    y = mg.nn.functional.conv2d(x, w)
    expected = y.detach().clone().relu()
    assert not y._is_view
    y.relu_().sum().backward()
    assert y.tolist() == expected.tolist()
    assert w.grad.abs().sum() > 0
