"""Interpolation of images of bytes: every byte is torch's, whose weights are integers of 16 bits."""

import mocrograd as mg
import numpy as np
import pytest

SIZES = (((7, 9), (3, 4)), ((32, 20), (14, 18)), ((5, 6), (50, 11)), ((8, 8), (8, 3)))
MODES = (
    ("nearest", {}), ("nearest-exact", {}), ("bilinear", {}), ("bilinear", {"align_corners": True}),
    ("bicubic", {}), ("bicubic", {"align_corners": True}), ("bilinear", {"antialias": True}),
    ("bicubic", {"antialias": True}),
)  # fmt: skip


@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize(("mode", "options"), MODES, ids=str)
@pytest.mark.parametrize(("old", "new"), SIZES, ids=str)
def test_bytes_are_torchs(old, new, mode, options, channels, torch):
    image = np.random.default_rng(0).integers(0, 256, (2, channels, *old), np.uint8)
    scales = tuple(1.0003 * n / m for n, m in zip(new, old))
    for size in ({"size": new}, {"scale_factor": scales}):
        got = mg.nn.functional.interpolate(mg.tensor(image), **size, mode=mode, **options).numpy()
        expected = torch.nn.functional.interpolate(torch.from_numpy(image), **size, mode=mode, **options).numpy()
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, expected)


def test_channels_last_stays(torch):
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 6, 6), np.uint8)
    x = mg.tensor(image).to(memory_format=mg.channels_last)
    out = mg.nn.functional.interpolate(x, size=(4, 4), mode="bilinear")
    assert out.is_contiguous(memory_format=mg.channels_last)
    plain = mg.nn.functional.interpolate(mg.tensor(image), size=(4, 4), mode="bilinear")
    np.testing.assert_array_equal(out.numpy(), plain.numpy())


@pytest.mark.parametrize(("shape", "mode"), [((1, 1, 4), "linear"), ((1, 1, 4, 4, 4), "trilinear")])
def test_other_modes_have_no_bytes(shape, mode):
    with pytest.raises(NotImplementedError, match="uint8"):
        mg.nn.functional.interpolate(mg.ones(shape, dtype=mg.uint8), scale_factor=2, mode=mode)


@pytest.mark.parametrize("factor", [2.002, 1.001, 3.02, (2.05, 1.05)])
def test_pixels_are_repeated_where_sides_stay_or_double(factor, torch):
    image = np.random.default_rng(0).random((1, 1, 7, 9), np.float32)
    got = mg.nn.functional.interpolate(mg.tensor(image), scale_factor=factor).numpy()
    expected = torch.nn.functional.interpolate(torch.from_numpy(image), scale_factor=factor).numpy()
    np.testing.assert_array_equal(got, expected)
