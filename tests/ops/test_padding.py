"""Frames of all modes, ranks and signs, against torch's: values, gradients and errors."""

import itertools
import math

import mocrograd as mg
import numpy as np
import pytest

SHAPES = ((), (4,), (0,), (2, 4), (0, 4), (2, 0), (1, 3, 4), (2, 3, 0), (0, 3, 4), (1, 3, 4, 4), (0, 3, 4, 4), (1, 0, 3, 4),
          (1, 3, 0, 4), (1, 2, 3, 3, 4), (0, 2, 3, 3, 4), (1, 2, 3, 0, 4), (1, 1, 2, 3, 3, 4))  # fmt: skip


def sizes(ndim, random):
    """Return numbers of sizes that fit and do not; all sizes for one dimension, some for more."""
    for count in range(2 * ndim + 2):
        if count <= 2 and ndim <= 2:
            yield from itertools.product(range(-5, 6), repeat=count)
        else:
            yield from [tuple(random.integers(-3, 4, count).tolist()) for _ in range(25)]


def reads_outside(shape, pad):
    """Whether a circular frame needs more than what is left: torch copies memory that was never written."""
    pairs = zip(shape[::-1], pad[::2], pad[1::2])
    return any(max(b, e, 0) > n + min(b, 0) + min(e, 0) for n, b, e in pairs)


def framed(m, x, pad, mode):
    """Return the values and the gradient, or the type of what was raised."""
    leaf = m.tensor(x, requires_grad=True)
    try:
        result = m.nn.functional.pad(leaf, pad, mode)
    except Exception as error:
        return type(error)
    if min(result.shape, default=0) < 0:  # torch does so where a batch is empty
        return RuntimeError
    assert result.requires_grad
    weights = np.arange(1.0, math.prod(result.shape) + 1).reshape(tuple(result.shape))
    result.backward(m.tensor(weights))
    return result.detach().numpy(), leaf.grad.numpy()


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_frames_are_torchs(mode, torch):
    random = np.random.default_rng(0)
    for shape in SHAPES:
        x = np.arange(1.0, math.prod(shape) + 1).reshape(shape)
        for pad in sizes(len(shape), random):
            what = f"{mode} {pad} of {shape}"
            expected = framed(torch, x, pad, mode)
            if mode == "circular" and reads_outside(shape, pad) and not isinstance(expected, type):
                expected = RuntimeError
            got = framed(mg, x, pad, mode)
            if isinstance(expected, type) or isinstance(got, type):
                assert got is expected, what
                continue
            np.testing.assert_array_equal(got[0], expected[0], err_msg=what)
            # torch leaves the gradient of nothing unwritten
            np.testing.assert_array_equal(got[1], expected[1] if expected[0].size else np.zeros(shape), err_msg=what)


def test_a_value_goes_with_constant_frames_alone():
    assert mg.nn.functional.pad(mg.zeros(1, 2), (1, 0), "circular", 0).tolist() == [[0, 0, 0]]
    for mode in ("reflect", "replicate", "circular"):
        with pytest.raises(RuntimeError, match="doesn't take in value argument"):
            mg.nn.functional.pad(mg.zeros(1, 2), (1, 0), mode, 1)
    with pytest.raises(TypeError, match="'value' must be float, not str"):
        mg.nn.functional.pad(mg.zeros(1, 2), (1, 0), value="a")
