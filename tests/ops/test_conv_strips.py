"""Convolutions whose patches are read where they lie, on either side of where that pays, against torch in float64."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [  # batch and channels, image, filters, window, groups, dilation
    ((2, 3), (33,), 5, (3,), 1, 1),
    ((1, 2), (17,), 2, (7,), 1, 2),
    ((2, 3), (20, 19), 9, (3, 3), 1, 1),
    ((2, 4), (34, 33), 17, (3, 1), 1, 1),
    ((1, 4), (12, 70), 6, (2, 5), 2, 2),
    ((3, 2), (9, 9), 8, (3, 3), 1, 1),  # more than one place in five would be computed for nothing
    ((3, 2), (16, 12), 8, (3, 3), 1, 1),
    ((1, 300), (14, 15), 3, (3, 3), 1, 1),  # more than one block of taps
    ((1, 2), (24, 20, 21), 3, (2, 2, 2), 1, 1),
    ((2, 2), (3, 40, 37), 4, (3, 3, 3), 1, 1),
    ((2, 2), (5, 6, 7), 4, (1, 1, 1), 1, 1),
]
KERNELS = [("original", None), ("fixed", 1), ("fixed", 3)]


@pytest.mark.parametrize(("planes", "image", "filters", "window", "groups", "dilation"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_strips_agree_with_float64(planes, image, filters, window, groups, dilation, dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((*planes, *image)).astype(dtype)
    w = rng.standard_normal((filters * groups, planes[1] // groups, *window)).astype(dtype)
    bias = rng.standard_normal(filters * groups).astype(dtype)
    name = f"conv{len(image)}d"
    options = {"groups": groups, "dilation": dilation}
    wide = [torch.tensor(a.astype(np.float64)) for a in (x, w, bias)]
    expected = getattr(torch.nn.functional, name)(*wide, **options).numpy()
    taps = w[0].size
    tolerance = np.finfo(dtype).eps * 4 * np.sqrt(taps) * np.abs(expected).max()
    results = []
    for implementation, workers in KERNELS:
        with mg.kernels(implementation, workers):
            y = getattr(mg.nn.functional, name)(*(mg.from_numpy(a) for a in (x, w, bias)), **options).numpy()
        np.testing.assert_allclose(y, expected, rtol=0, atol=tolerance)
        results.append(y)
    assert (results[1] == results[2]).all()


def test_values_that_are_not_numbers_stay_in_their_windows():
    x = mg.ones(1, 1, 12, 40)
    x[0, 0, 5, 20] = float("nan")
    y = mg.nn.functional.conv2d(x, mg.ones(4, 1, 3, 3))
    wrong = y.isnan().sum((2, 3))
    assert wrong.tolist() == [[9, 9, 9, 9]]
