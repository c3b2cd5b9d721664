"""Gradients of convolutions as functions."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference")


def numbers(m, *shape, seed=0):
    return m.from_numpy(np.random.RandomState(seed).randn(*shape))


@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1}, {"dilation": 2, "groups": 2}])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_gradients_are_those_of_torch(dims, options):
    groups = options.get("groups", 1)
    x_size, w_size = (2, 4, *(6, 7, 5)[:dims]), (6, 4 // groups, *(2, 3, 2)[:dims])
    found = []
    for m in (mg, torch):
        x, w = numbers(m, *x_size), numbers(m, *w_size, seed=1)
        y = getattr(m.nn.functional, f"conv{dims}d")(x, w, **options)
        grad = numbers(m, *y.shape, seed=2).requires_grad_()
        of_x = getattr(m.nn.grad, f"conv{dims}d_input")(x.shape, w, grad, **options)
        of_w = getattr(m.nn.grad, f"conv{dims}d_weight")(x, w.shape, grad, **options)
        (second,) = m.autograd.grad((of_x**2).sum() + (of_w**3).sum(), grad)
        with m.no_grad():
            assert not getattr(m.nn.grad, f"conv{dims}d_input")(x.shape, w, grad, **options).requires_grad
        found.append([t.detach().numpy() for t in (of_x, of_w, second)])
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_shapes_that_do_not_fit():
    for m in (mg, torch):
        with pytest.raises(RuntimeError):
            m.nn.grad.conv2d_input((1, 1, 5, 5), m.ones(1, 1, 3, 3), m.ones(1, 1, 2, 2))
