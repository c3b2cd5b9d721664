"""The nodes that run below Python in a backward pass: what they leave to the engine, and what they keep alive."""

import gc
import sys
import weakref

import mocrograd as mg
import pytest
from mocrograd import autograd


def network(leaves):
    a, b, c = leaves
    return ((a * b).exp() + (a @ c).relu() + mg.var_mean(b, 0)[0] + mg.stack([a, b])[0]).sum()


def test_nothing_is_kept_alive():
    leaves = [mg.randn(4, 4, requires_grad=True) for _ in range(3)]
    for retain in (False, True):
        loss = network(leaves)
        node = weakref.ref(loss.grad_fn)
        loss.backward(retain_graph=retain)
        del loss
        gc.collect()
        assert node() is None
    grads = [leaf.grad for leaf in leaves]
    watched = [*leaves, *grads, None, autograd.engine._TOOLS]
    before = [sys.getrefcount(one) for one in watched]
    for _ in range(500):
        network(leaves).backward()
    after = [sys.getrefcount(one) for one in watched]
    assert all(abs(b - a) < 50 for a, b in zip(before, after))  # None has many users besides


@pytest.mark.parametrize("retain", [False, True])
def test_a_fault_in_a_backward_is_raised_as_it_is(retain):
    class Faulty(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise LookupError("here")

    x = mg.ones(3, requires_grad=True)
    before = sys.getrefcount(x)
    for _ in range(100):
        with pytest.raises(LookupError, match=r"^here$"):
            (Faulty.apply(x.exp()) * 2).sum().backward(retain_graph=retain)
    gc.collect()
    assert sys.getrefcount(x) == before
    assert x.grad is None


def test_numbers_of_results():
    class Gives(autograd.Function):
        @staticmethod
        def forward(ctx, x, y, results):
            ctx.results = results
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return ctx.results(grad)

    x, y = mg.ones(3, requires_grad=True), mg.ones(3)
    for results in (lambda g: g, lambda g: (g,), lambda g: (g, None), lambda g: (g, None, None), lambda g: None):
        x.grad = None
        if not isinstance(results(mg.ones(3)), tuple) or len(results(mg.ones(3))) < 3:
            with pytest.raises(RuntimeError, match="incorrect number of gradients"):
                Gives.apply(x, y, results).sum().backward()
            continue
        Gives.apply(x, y, results).sum().backward()
        assert mg.equal(x.grad, mg.ones(3))


def test_a_graph_of_many_paths_is_summed_in_one_order():
    x = mg.randn(5, requires_grad=True)
    parts = [x]
    for _ in range(30):
        parts.append(sum(parts[-3:]).tanh())
    sum(parts).sum().backward()
    first = x.grad.clone()
    again = mg.autograd.grad(_again(x), x)[0]  # observes nothing either
    assert mg.equal(first, again)
    with autograd.detect_anomaly():  # the engine's own loop
        assert mg.equal(mg.autograd.grad(_again(x), x)[0], first)


def _again(x):
    parts = [x]
    for _ in range(30):
        parts.append(sum(parts[-3:]).tanh())
    return sum(parts).sum()


def test_edges_that_a_user_overwrites():
    class Spoiled(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            ctx.edges = 5
            return grad

    with pytest.raises(TypeError):
        Spoiled.apply(mg.ones(3, requires_grad=True)).sum().backward()
