"""Whether two ways to compute something give the same bits, their gradients and second gradients too."""

import mocrograd as mg
import numpy as np


def random(shape, dtype="float32", seed=0):
    """Return a tensor of random numbers."""
    return mg.tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


def assert_same(found, expected):
    """Compare tensors, some of which may be None."""
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert (a is None) is (b is None)
        if a is not None:
            assert a.dtype is b.dtype
            assert a.shape == b.shape
            np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def gradients(function, inputs, upstream):
    """Return a result, its gradients, the recorded ones, and the gradients of the sum of the squares of those."""
    y = function(*inputs)
    wanted = [x for x in inputs if x is not None and x.requires_grad]
    first = mg.autograd.grad(y, wanted, upstream, retain_graph=True)
    recorded = mg.autograd.grad(y, wanted, upstream, create_graph=True)
    squares = sum([(g * g).sum() for g in recorded])
    return y, *first, *recorded, *mg.autograd.grad(squares, [*wanted, upstream], allow_unused=True)
