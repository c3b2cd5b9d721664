"""What tests of float16 and bfloat16 share."""

import numpy as np

HALVES = ("bfloat16", "float16")
TINY = {"float16": 2.0**-24, "bfloat16": 2.0**-133}
"""The least positive numbers."""


def same(a, b):
    """Assert that two tensors hold the same bits, where any nan equals any other."""
    assert a.dtype is b.dtype
    assert a.shape == b.shape
    a, b = a.detach().float().numpy(), b.detach().float().numpy()
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(np.signbit(a[a == 0]), np.signbit(b[b == 0]))
