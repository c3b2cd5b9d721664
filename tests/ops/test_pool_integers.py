"""Pooling of integers: the largest elements and their places, and means rounded towards 0, as torch has them."""

import mocrograd as mg
import numpy as np
import pytest

OPTIONS = (
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": (3, 2), "stride": 2, "padding": 1, "ceil_mode": True},
)
NAMES = ("int64", "int32", "int16", "int8", "uint8")


def numbers(shape, dtype, seed=0):
    info = np.iinfo(dtype)
    return np.random.default_rng(seed).integers(info.min, info.max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("options", [*OPTIONS, {"kernel_size": 2, "dilation": 2}], ids=str)
@pytest.mark.parametrize("dtype", NAMES)
def test_the_largest(dtype, options, torch):
    array = numbers((2, 3, 7, 8), dtype)
    array[0, 0] = array[0, 0, 0, 0]  # of equal ones the first is named
    got = mg.nn.functional.max_pool2d(mg.tensor(array), **options, return_indices=True)
    expected = torch.nn.functional.max_pool2d(torch.from_numpy(array), **options, return_indices=True)
    for x, y in zip(got, expected, strict=True):
        assert x.numpy().dtype == y.numpy().dtype
        np.testing.assert_array_equal(x.numpy(), y.numpy())


def test_the_largest_are_told_apart_beyond_the_digits_of_float64():
    big = 2**62
    x = mg.tensor([[[big, big + 1, big + 3, big + 2]]])
    assert mg.nn.functional.max_pool1d(x, 2).tolist() == [[[big + 1, big + 3]]]


@pytest.mark.parametrize("more", [{}, {"count_include_pad": False}, {"divisor_override": 3}], ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_means(options, more, torch):
    array = numbers((2, 3, 7, 8), "int32").astype(np.int64)
    got = mg.nn.functional.avg_pool2d(mg.tensor(array), **options, **more)
    expected = torch.nn.functional.avg_pool2d(torch.from_numpy(array), **options, **more)
    np.testing.assert_array_equal(got.numpy(), expected.numpy())


def test_sums_of_means_have_64_bits():
    big = 2**61
    x = mg.tensor([[[big + 1, big + 3, -big - 1, -big - 4]]])
    assert mg.nn.functional.avg_pool1d(x, 2).tolist() == [[[big + 2, -big - 2]]]


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_they_are_recorded(name):
    function = getattr(mg.nn.functional, name)
    compiled = mg.compile(lambda x: function(x, 2), fullgraph=True)
    for seed in range(3):
        x = mg.tensor(numbers((1, 2, 4, 4), "int64", seed) // 8)
        np.testing.assert_array_equal(compiled(x).numpy(), function(x, 2).numpy())


@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool2d"])
def test_forms_that_return_indices(name):
    x = mg.randn(2, *(6,) * int(name[-2]))
    functions = mg.nn.functional
    got = getattr(functions, f"{name}_with_indices")(x, 2)
    for one, other in zip(got, getattr(functions, name)(x, 2, return_indices=True), strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
