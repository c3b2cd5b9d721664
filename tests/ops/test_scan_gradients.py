"""Gradients of running operations where powers of e leave the range, also with a graph of their own."""

import mocrograd as mg
import numpy as np
import pytest

ROWS = {
    "large first": [300.0, 1.0, -2.0, 3.0],
    "large last": [-900.0, 1.0, 2.0, 900.0],
    "far apart": [0.0, 800.0, -800.0, 1600.0],
    "usual": [0.3, -1.2, 0.7, 0.1],
}


def exact(x, grad):
    """Return dx[j] = sum of dy[i] e^(x[j] - y[i]) over i >= j."""
    y = np.logaddexp.accumulate(np.array(x))
    return [sum(g * np.exp(x[j] - y[i]) for i, g in enumerate(grad) if i >= j) for j in range(len(x))]


@pytest.mark.parametrize("dtype", [mg.float32, mg.float64])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", ROWS)
def test_logcumsumexp_of_numbers_far_apart(name, create_graph, dtype):
    grad = [0.5, -1.5, 0.0, 2.0]
    x = mg.tensor(ROWS[name], dtype=dtype, requires_grad=True)
    y = x.logcumsumexp(0)
    (dx,) = mg.autograd.grad(y, x, mg.tensor(grad, dtype=dtype), create_graph=create_graph)
    wanted = exact(ROWS[name], grad)
    np.testing.assert_allclose(dx.tolist(), wanted, rtol=3e-4 if dtype is mg.float32 else 1e-9, atol=1e-30)


def test_second_derivatives_of_logcumsumexp_with_gradients_of_zero():
    x = mg.tensor(ROWS["usual"], dtype=mg.float64, requires_grad=True)
    grad = mg.tensor([0.5, 0.0, 0.0, -1.0], dtype=mg.float64, requires_grad=True)
    (dx,) = mg.autograd.grad(x.logcumsumexp(0), x, grad, create_graph=True)
    upstream = mg.tensor([1.0, -2.0, 0.5, 3.0], dtype=mg.float64)
    (dgrad,) = mg.autograd.grad(dx, grad, upstream)
    y = np.logaddexp.accumulate(np.array(ROWS["usual"]))
    wanted = [sum(upstream[j].item() * np.exp(ROWS["usual"][j] - y[i]) for j in range(i + 1)) for i in range(4)]
    np.testing.assert_allclose(dgrad.tolist(), wanted, rtol=1e-12)


@pytest.mark.filterwarnings("error")
def test_second_derivatives_of_samples_are_those_of_each():
    def value(x):
        return mg.logcumsumexp(x, 0).square().sum()

    x = mg.randn(3, 4, dtype=mg.float64)
    together = mg.func.vmap(mg.func.hessian(value))(x)
    assert mg.allclose(together, mg.stack([mg.func.hessian(value)(row) for row in x]))


def test_no_difference_is_the_input_alone():
    x = mg.tensor([1.0, 4.0])
    assert mg.diff(x, n=0, prepend=mg.zeros(1), append=mg.zeros(3)).tolist() == [1.0, 4.0]
