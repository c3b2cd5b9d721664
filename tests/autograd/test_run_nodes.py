"""The nodes that run below Python in a backward pass: what they leave to the engine, and what they keep alive."""

import contextlib
import gc
import sys
import threading
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
    watched = [*leaves, *grads, None, (), type(network(leaves).grad_fn)]
    before = [sys.getrefcount(one) for one in watched]
    for _ in range(500):
        network(leaves).backward()
    after = [sys.getrefcount(one) for one in watched]
    assert all(abs(b - a) < 50 for a, b in zip(before, after))  # None has many users besides


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


WATCHED = {
    "rules": lambda x: (1 - x.relu() * x).exp().mean() + mg.nn.functional.linear(x, x).sum(),
    "loss": lambda x: mg.nn.functional.cross_entropy(x, mg.tensor([0, 1, 2, 3])),
    "views": lambda x: (x.view(16) * x.t().reshape(16)).unsqueeze(0).squeeze().expand(3, 16).sum(),
    "changed view": lambda x: (y := x * 1, y[0].mul_(2.0), y.view(-1).add_(1.0), y.sum())[-1],
    "user's": lambda x: Doubled.apply(x).sum(),
    "hook": lambda x: (y := x.exp(), y.register_hook(lambda grad: grad * 2), (y * y).sum())[-1],
    "several": lambda x: (x.max(0).values + x.sort(1).values).sum(),
    "no rule": lambda x: (x.cumsum(0).t() @ x).logsumexp(0).sum(),
    "broadcast": lambda x: (x * x[0] + x.sum() - 2 / (x[:, :1] * x.sum())).sum(),
}


@pytest.mark.parametrize("way", ["plain", "create_graph", "inner", "anomaly", "packed", "freed"])
@pytest.mark.parametrize("name", list(WATCHED))
def test_memory_comes_back(name, way):
    def run():
        x = mg.ones(4, 4, requires_grad=True)
        if way == "packed":
            with autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
                WATCHED[name](x).backward()
        elif way == "anomaly":
            with autograd.detect_anomaly():
                WATCHED[name](x).backward()
        elif way == "inner":
            y = x * 1
            autograd.grad(WATCHED[name](y), y)
        elif way == "freed":
            loss = WATCHED[name](x)
            loss.backward()
            with contextlib.suppress(RuntimeError):
                loss.backward()
        else:
            WATCHED[name](x).backward(create_graph=way == "create_graph")
            x.grad = None

    run()
    gc.collect()
    before = mg.memory_stats()["allocated"]
    for _ in range(3):
        run()
    gc.collect()
    assert mg.memory_stats()["allocated"] == before


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


class Tampering(autograd.Function):
    """Passes a gradient on, after a user's function has had the nodes below."""

    @staticmethod
    def forward(ctx, x, touch):
        ctx.touch = touch
        return x * 1

    @staticmethod
    def backward(ctx, grad):
        ctx.touch(ctx.edges[0][0])
        return grad, None


LINEAR = mg.nn.Linear(3, 3)
BELOW = {
    "linear": LINEAR,
    "unary": lambda x: x.exp(),
    "binary": lambda x: x * x,
    "number": lambda x: x * 3.0,
    "passed": lambda x: 1 - x,
    "sum": lambda x: x.sum(),
}
NONSENSE = [
    None,
    (),
    (None,),
    (None, None),
    (1, 2),
    ("a", "b", "c"),
    [mg.ones(7), mg.ones(2, 2)],
    (None, (9, 9, 9), 2.0),
]


@pytest.mark.parametrize("value", NONSENSE, ids=str)
@pytest.mark.parametrize("field", ["_saved", "_packed", "_saved_outputs", "kept", "edges"])
@pytest.mark.parametrize("below", list(BELOW))
def test_what_a_user_writes_into_nodes_below_python_raises_at_most(below, field, value):
    x = mg.randn(3, 3, requires_grad=True)
    try:
        Tampering.apply(BELOW[below](x), lambda node: setattr(node, field, value)).sum().backward()
    except (TypeError, RuntimeError, ValueError, AttributeError, IndexError):
        x.grad = None
    (x * 2).sum().backward()  # and the next pass knows nothing of it
    assert x.grad is not None


@pytest.mark.parametrize("edge", [5, (), (5,), (5, 0), ("a", -1), (None, 0), (mg.ones(2), "b"), (5.0, -1)], ids=str)
def test_an_edge_that_is_none(edge):
    x = mg.randn(3, requires_grad=True)
    for below in (x * 2, x.exp()):
        with pytest.raises(TypeError):
            Tampering.apply(
                below, lambda node: setattr(node, "edges", (edge, None)[: len(node.edges)])
            ).sum().backward()


def test_a_field_keeps_its_kind():
    node = autograd.Function()
    assert (node.edges, node._saved, node._packed, node._saved_outputs, node._outputs) == ((), (), (), (), 1)
    assert (node._hooks, node._grad_hooks, node.kept, node.number) == (None, None, None, 0)
    for field in ("edges", "_saved", "_packed", "_saved_outputs"):
        setattr(node, field, [None, None])
        assert getattr(node, field) == (None, None)
        for wrong in (5, None)[: 1 if field == "_saved" else 2]:
            with pytest.raises(TypeError):
                setattr(node, field, wrong)
        with pytest.raises(TypeError):
            delattr(node, field)
    with pytest.raises(ValueError, match="outputs"):
        node._outputs = -1


def test_a_cycle_through_a_node_is_collected():
    for kind in ("hook", "kept", "attribute"):
        x = mg.randn(3, requires_grad=True)

        class Holding(autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, grad):
                return grad * 2

        y = Holding.apply(x)
        node = y.grad_fn
        if kind == "hook":
            y.register_hook(lambda grad, y=y: grad)
        elif kind == "kept":
            node.kept = y
        else:
            node.mine = y
        gone = weakref.ref(node)
        del y, node
        gc.collect()
        assert gone() is None, kind


def test_a_long_chain_and_a_wide_sum_are_run_and_freed():
    x = mg.ones(1, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0
    first = weakref.ref(y.grad_fn)
    y.sum().backward()
    assert x.grad.item() == 1
    del y
    assert first() is None
    x.grad = None
    parts = [x * float(i % 3) for i in range(3000)]
    mg.cat(parts[::-1]).sum().backward()  # pending in the order of their numbers, and against it
    assert x.grad.item() == 3000
    x.grad = None
    mg.cat([x * float(i % 3) for i in range(3000)]).sum().backward()
    assert x.grad.item() == 3000


def test_passes_within_each_other_and_in_threads():
    inner = []

    class Nesting(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            with mg.enable_grad():
                inner.append(autograd.grad(shared, x, retain_graph=True)[0])
            return grad

    x = mg.randn(4, requires_grad=True)
    shared = (x * x).exp().sum()
    (Nesting.apply(x * x) * (x * x)).sum().backward()
    assert mg.allclose(inner[0], 2 * x * (x * x).exp())
    assert mg.allclose(x.grad, 4 * x**3)

    expected = autograd.grad(shared, x, retain_graph=True)[0]
    found = []

    def work():
        found.extend(autograd.grad(shared, x, retain_graph=True)[0] for _ in range(200))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 800
    assert all(mg.equal(one, expected) for one in found)


def test_gradients_that_somebody_else_holds_are_copied():
    a, b = mg.randn(3, requires_grad=True), mg.randn(3, requires_grad=True)
    (a + b).backward(given := mg.ones(3))
    assert len({a.grad.data_ptr(), b.grad.data_ptr(), given.data_ptr()}) == 3
    seen = []
    a.grad = None
    a.register_hook(seen.append)
    (a * 2).sum().backward()
    a.grad += 1
    assert mg.equal(seen[0], mg.full((3,), 3.0)) or mg.equal(seen[0], mg.full((3,), 2.0))
    c = mg.randn(3, requires_grad=True)
    c.sum().backward()  # the gradient repeats one number
    c.grad += mg.arange(3.0)
    assert mg.equal(c.grad, mg.arange(1.0, 4.0))
