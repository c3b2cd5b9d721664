"""Hooks on what operations save, and nodes of the graph, against torch."""

import mocrograd as mg
import numpy as np
import pytest


def libraries():
    return mg, pytest.importorskip("torch")


def packed(m, higher):
    """Returns what was packed, and gradients of first and second order, where saved tensors go through NumPy."""
    x = m.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = m.tensor([[0.5, 1.0], [2.0, 1.0]], requires_grad=True)
    shapes = []

    def pack(tensor):
        shapes.append(tuple(tensor.shape))
        return tensor.numpy().copy()

    with m.autograd.graph.saved_tensors_hooks(pack, m.from_numpy):
        y = ((x @ w).tanh() * x).exp().sum() + m.nn.functional.linear(x, w).sigmoid().sum()
    grads = m.autograd.grad(y, (x, w), create_graph=higher)
    if higher:
        sum((g * g).sum() for g in grads).backward()
        grads = (*grads, x.grad, w.grad)
    return shapes, [g.detach().numpy() for g in grads]


@pytest.mark.parametrize("higher", [False, True])
def test_saved_tensors_are_packed_and_unpacked(higher):
    (ours, our_grads), (theirs, their_grads) = [packed(m, higher) for m in libraries()]
    assert ours == theirs
    for a, b in zip(our_grads, their_grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_nothing_is_packed_outside():
    x = mg.ones(3, requires_grad=True)
    calls = []
    hooks = mg.autograd.graph.saved_tensors_hooks(
        lambda t: calls.append("pack") or t, lambda t: calls.append("un") or t
    )
    with hooks:
        y = x.exp()
    z = y.exp()
    assert calls == ["pack"]
    z.sum().backward()
    assert calls == ["pack", "un"]
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_users_functions_are_packed_too():
    class Cube(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            return 3 * ctx.saved_tensors[0] ** 2 * grad

    x = mg.tensor(2.0, requires_grad=True)
    with mg.autograd.graph.saved_tensors_hooks(lambda t: t * 0 + 5, lambda t: t):
        y = Cube.apply(x)
    y.backward()
    assert x.grad.item() == 75


def test_saved_on_the_host_and_forbidden():
    x = mg.rand(4, requires_grad=True)
    with mg.autograd.graph.save_on_cpu():
        x.exp().sum().backward()
    assert mg.equal(x.grad, x.detach().exp())
    with (
        mg.autograd.graph.disable_saved_tensors_hooks("not here"),
        pytest.raises(RuntimeError, match="not here"),
        mg.autograd.graph.save_on_cpu(),
    ):
        pass


def test_nodes_and_versions():
    x = mg.ones(3, requires_grad=True)
    y = x.exp()
    assert isinstance(y.grad_fn, mg.autograd.graph.Node)
    assert mg.autograd.graph.get_gradient_edge(y)[:2] == (y.grad_fn, 0)
    with pytest.raises(RuntimeError, match="does not require"):
        mg.autograd.graph.get_gradient_edge(mg.ones(1))
    before = y._version
    mg.autograd.graph.increment_version([y])
    assert y._version > before
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
