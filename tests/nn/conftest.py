"""Fixtures that tests of layers share."""

import mocrograd as mg
import numpy as np
import pytest


@pytest.fixture
def array():
    """Return a function that makes normal random numbers of a shape."""
    return lambda shape, seed=0: np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.fixture
def both(torch):
    """Return a function that compares results and gradients of a call, which takes the module and tensors, with torch's."""

    def compare(call, *arrays):
        found = []
        for m in (mg, torch):
            inputs = [m.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
            result = call(m, *inputs)
            results = result if isinstance(result, tuple) else (result,)
            sum((r * r).sum() for r in results if r.requires_grad).backward()
            found.append([r.detach().numpy() for r in results] + [x.grad.numpy() for x in inputs if x.requires_grad])
        for ours, theirs in zip(*found, strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)

    return compare
