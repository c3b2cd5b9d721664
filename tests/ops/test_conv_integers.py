"""Convolutions of integers: equal to torch's where it has them, and sums that wrap around."""

import mocrograd as mg
import numpy as np
import pytest

OPTIONS = (
    {},
    {"padding": 1},
    {"stride": 2, "padding": (1, 2)},
    {"dilation": 2},
    {"groups": 2},
    {"padding": "same"},
    {"stride": (2, 1), "padding": 3, "dilation": (1, 2), "groups": 2},
)
TRANSPOSED = (
    {},
    {"stride": 2},
    {"padding": 2},
    {"stride": (2, 3), "padding": 1, "output_padding": (1, 2), "groups": 2},
    {"dilation": 2, "padding": 1},
)
NAMES = ("int64", "int32", "int16", "int8", "uint8")


def numbers(shape, dtype, seed=0):
    info = np.iinfo(dtype)
    return np.random.default_rng(seed).integers(info.min, info.max, shape, dtype, endpoint=True)


def called(m, name, arrays, options):
    make = mg.tensor if m is mg else m.from_numpy
    return getattr(m.nn.functional, name)(*[make(a) for a in arrays], **options).numpy()


@pytest.mark.filterwarnings("ignore:Using padding=.same. with even kernel lengths")
@pytest.mark.parametrize("bias", [False, True], ids=["plain", "bias"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", NAMES)
def test_convolutions(dtype, options, bias, torch):
    groups = options.get("groups", 1)
    arrays = [numbers((2, 4, 7, 6), dtype), numbers((6, 4 // groups, 3, 2), dtype, 1), numbers((6,), dtype, 2)]
    arrays = arrays if bias else arrays[:2]
    got = called(mg, "conv2d", arrays, options)
    assert got.dtype == dtype
    wide = [a.astype(np.int64) for a in arrays]  # torch has dilated ones of int64 alone
    np.testing.assert_array_equal(got, called(torch, "conv2d", wide, options).astype(dtype))


@pytest.mark.parametrize("options", TRANSPOSED, ids=str)
@pytest.mark.parametrize("dtype", NAMES)
def test_transposed_convolutions(dtype, options, torch):
    groups = options.get("groups", 1)
    arrays = [numbers((2, 4, 5, 4), dtype), numbers((4, 6 // groups, 3, 2), dtype, 1), numbers((6,), dtype, 2)]
    wide = [a.astype(np.int64) for a in arrays]
    expected = called(torch, "conv_transpose2d", wide, options).astype(dtype)
    np.testing.assert_array_equal(called(mg, "conv_transpose2d", arrays, options), expected)


@pytest.mark.parametrize(("name", "ndim"), [(n, d) for n in ("conv", "conv_transpose") for d in (1, 3)])
def test_signals_and_volumes(name, ndim, torch):
    arrays = [numbers((2, 3, *(6, 5, 4)[:ndim]), "int64"), numbers((3, 3, *(3, 2, 2)[:ndim]), "int64", 1)]
    expected = called(torch, f"{name}{ndim}d", arrays, {"stride": 2, "padding": 1})
    np.testing.assert_array_equal(called(mg, f"{name}{ndim}d", arrays, {"stride": 2, "padding": 1}), expected)


def test_images_without_a_batch_and_of_no_images():
    weight = mg.ones(4, 3, 2, 2, dtype=mg.int64)
    one = mg.nn.functional.conv2d(mg.ones(3, 5, 5, dtype=mg.int64), weight)
    assert one.shape == (4, 4, 4)
    assert bool((one == 12).all())
    assert mg.nn.functional.conv2d(mg.ones(0, 3, 5, 5, dtype=mg.int64), weight).shape == (0, 4, 4, 4)


def test_they_are_recorded():
    x, w = mg.tensor(numbers((1, 2, 6, 6), "int32")), mg.tensor(numbers((3, 2, 3, 3), "int32"))
    compiled = mg.compile(lambda a, b: mg.nn.functional.conv2d(a, b, padding=1), fullgraph=True)
    for shift in range(3):
        expected = mg.nn.functional.conv2d(x + shift, w, padding=1)
        np.testing.assert_array_equal(compiled(x + shift, w).numpy(), expected.numpy())


def test_bools_have_none():
    with pytest.raises(NotImplementedError, match="bool"):
        mg.nn.functional.conv2d(mg.ones(1, 1, 3, 3, dtype=mg.bool), mg.ones(1, 1, 2, 2, dtype=mg.bool))
