"""How far results may be from a float64 reference: the one table of tolerances."""

from __future__ import annotations

import numpy as np

EPS = {"float32": 2.0**-23, "float64": 2.0**-52}
VALUE = 16
"""Units in the last place that a value may be off, per step of the square root of the terms that are added up."""
GRADIENT = 48
"""The same for gradients, which are products and sums of values that are off already."""


def tolerance(dtype: str, ulps: int = VALUE, terms: int = 1, scale: float = 1.0) -> dict[str, float]:
    """Return the `rtol` and `atol` of a comparison.

    Args:
        dtype: The dtype that was computed in; integers and bools must be exact.
        ulps: `VALUE` or `GRADIENT`.
        terms: How many numbers one result adds up: rounding errors of a sum grow like the root of it.
        scale: The magnitude of those numbers.
    """
    if dtype not in EPS:
        return {"rtol": 0.0, "atol": 0.0}
    eps = ulps * EPS[dtype]
    return {"rtol": eps, "atol": eps * scale * terms**0.5}


def assert_close(got: np.ndarray, expected: np.ndarray, what: str, **bounds: float) -> None:
    """Compare shape and values; nan equals nan."""
    expected = np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: expected shape {expected.shape}, got {got.shape}"
    np.testing.assert_allclose(got, expected, err_msg=what, equal_nan=True, **bounds)
