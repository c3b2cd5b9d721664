"""Medians and k-th smallest elements select what a stable sort would put there, in every implementation."""

import mocrograd as mg
import numpy as np
import pytest

FLOATS = "float32", "float64", "float16"
INTEGERS = "int64", "int32", "int16", "int8", "uint8"


def rows_of(dtype: str, columns: int) -> np.ndarray:
    """Return three rows with many equal elements, both zeros and infinities, and nan in two of them."""
    rng = np.random.default_rng(columns)
    x = rng.integers(0 if dtype == "uint8" else -5, 6, (3, columns)).astype(dtype)
    if dtype in FLOATS:
        x[0, rng.random(columns) < 0.2] = -0.0
        x[1, rng.random(columns) < 0.3] = np.nan
        x[1, rng.random(columns) < 0.1] = -np.inf
        x[2] = np.nan
    return x


@pytest.mark.parametrize("implementation", ["original", "dynamic"])
@pytest.mark.parametrize("columns", [1, 2, 17, 130, 5000])
@pytest.mark.parametrize("dtype", FLOATS + INTEGERS)
def test_the_selected_element_is_the_one_of_a_stable_sort(dtype, columns, implementation):
    x = rows_of(dtype, columns)
    order = np.argsort(x, axis=1, kind="stable")
    numbers = columns - (x != x).sum(1)
    upper, lower = np.minimum(numbers, columns - 1), np.maximum(numbers - 1, 0) // 2
    places = {
        "median": np.where(numbers == columns, (columns - 1) // 2, upper), "nanmedian": lower,
        "kthvalue": np.full(3, columns // 3),
    }  # fmt: skip
    with mg.kernels(implementation):
        for name, place in places.items():
            args = (columns // 3 + 1, 1) if name == "kthvalue" else (1,)
            values, indices = getattr(mg, name)(mg.tensor(x), *args)
            expected = np.take_along_axis(order, place[:, None], 1)[:, 0]
            assert indices.tolist() == expected.tolist(), name
            np.testing.assert_array_equal(values.numpy(), x[np.arange(3), expected], name)


def test_medians_along_any_dimension():
    x = np.random.default_rng(0).permutation(60).reshape(3, 4, 5).astype(np.float32)
    for dim in range(3):
        for keepdim in (False, True):
            values, indices = mg.median(mg.tensor(x), dim, keepdim)
            expected = np.sort(x, axis=dim).take([(x.shape[dim] - 1) // 2], axis=dim)
            np.testing.assert_array_equal(values.numpy(), expected if keepdim else expected.squeeze(dim))
            where = indices.numpy() if keepdim else np.expand_dims(indices.numpy(), dim)
            np.testing.assert_array_equal(np.take_along_axis(x, where, dim), expected)
