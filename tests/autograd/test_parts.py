"""Gradients of views that one call makes of all of a tensor."""

import mocrograd as mg
import numpy as np
import pytest

LAYOUTS = {
    "contiguous": lambda x: x * 1,
    "permuted": lambda x: (x * 1).permute(2, 0, 1),
    "every other row": lambda x: (x * 1)[:, ::2],
    "expanded": lambda x: (x * 1)[:1].expand(3, 4, 6),
    "a leaf": lambda x: x,
}
SPLITS = {
    "unbind": lambda x: x.unbind(0),
    "unbind of the last": lambda x: x.unbind(-1),
    "iteration": tuple,
    "split": lambda x: x.split(2, 1),
    "split into sizes": lambda x: x.split([1, 0, x.shape[2] - 1], 2),
    "chunk": lambda x: x.chunk(2, -1),
}


def _values():
    x = np.random.default_rng(0).standard_normal((3, 4, 6))
    return mg.tensor(x, requires_grad=True)


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_gradients(layout, split):
    rng = np.random.default_rng(1)
    x = _values()
    parts = split(layout(x))
    upstream = [mg.tensor(rng.standard_normal(part.shape)) for part in parts]
    (found,) = mg.autograd.grad(parts, x, upstream)
    total = mg.zeros(3, 4, 6, dtype=mg.float64)
    for number, grad in enumerate(upstream):  # each view by itself leads to zeros elsewhere
        (one,) = mg.autograd.grad(split(layout(x))[number], x, grad)
        total += one
    np.testing.assert_allclose(found.numpy(), total.numpy(), rtol=1e-12)


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_finite_differences(layout, split):
    def function(x):
        parts = split(layout(x))
        return (parts[0] * parts[0].exp()).sum() + parts[-1].sin().sum() * parts[0].sum()

    mg.autograd.gradcheck(function, (_values(),))
    mg.autograd.gradgradcheck(function, (_values(),))


def test_a_part_that_nothing_depends_on_has_a_gradient_of_zeros():
    x = _values()
    a, _, c = x * 1
    (a.sum() + 2 * c.sum()).backward()
    assert [row.mean().item() for row in x.grad.detach()] == [1, 0, 2]


def test_gradients_keep_the_layout_so_that_nothing_is_copied():
    x = mg.randn(2, 5, 3, 4, requires_grad=True)
    (grad,) = mg.autograd.grad(mg.stack((x * 1).permute(2, 0, 1, 3).unbind(0)).sum(), x)
    assert grad.is_contiguous()


def test_samples_of_gradients():
    x = _values()
    parts = (x * 1).unbind(1)
    upstream = mg.tensor(np.random.default_rng(2).standard_normal((5, 3, 6)))
    (found,) = mg.autograd.grad(parts[2] * parts[0], x, upstream, is_grads_batched=True, retain_graph=True)
    for one, grad in zip(found, upstream):
        assert mg.equal(one, mg.autograd.grad(parts[2] * parts[0], x, grad, retain_graph=True)[0])
    product = mg.func.grad(lambda x: (lambda u: (u[0] * u[1]).sum())(x.unbind(0)))
    batch = mg.tensor(np.random.default_rng(3).standard_normal((5, 2, 3)))
    assert mg.equal(mg.func.vmap(product)(batch), batch.flip(1))


def test_a_change_of_the_base_reaches_the_parts():
    x = _values()
    y = x * 1
    parts = y.unbind(0)
    y.mul_(3)
    parts[1].sum().backward()
    assert x.grad.sum().item() == 3 * 24


def test_parts_are_not_changed_in_place_while_operations_are_recorded():
    with pytest.raises(RuntimeError, match="multiple views"):
        next(iter(_values() * 1)).add_(1)
    rows = mg.zeros(2, 3)
    for row in rows:
        row.add_(1)
    assert rows.sum().item() == 6
