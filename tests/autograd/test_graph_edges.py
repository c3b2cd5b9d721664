"""Hooks of several tensors and of nodes, and places in the graph, as in torch."""

import gc

import mocrograd as mg
import pytest


@pytest.fixture(params=["mocrograd", "torch"])
def m(request):
    return mg if request.param == "mocrograd" else pytest.importorskip("torch")


def graph(m):
    a, b, unused = (m.tensor([1.0, 2.0], requires_grad=True) for _ in range(3))
    c = a * 2
    return a, b, unused, c, c * c + b


def lists(grads):
    return [None if g is None else g.tolist() for g in grads]


def test_a_hook_of_several_tensors(m):
    a, b, unused, c, d = graph(m)
    calls, first = [], []
    register = m.autograd.graph.register_multi_grad_hook
    handle = register((a, b, unused, c), lambda grads: calls.append(lists(grads)))
    register((a, c), lambda grad: first.append(grad.tolist()), mode="any")
    for _ in range(2):
        d.sum().backward(retain_graph=True)
    assert calls == [[[8.0, 16.0], [1.0, 1.0], None, [4.0, 8.0]]] * 2
    assert first == [[4.0, 8.0]] * 2
    b.sum().backward()
    assert calls[2:] == [[None, [1.0, 1.0], None, None]]
    handle.remove()
    d.sum().backward()
    assert len(calls) == 3
    assert len(first) == 3


def test_a_hook_of_inner_tensors_alone(m):
    a, _, _, c, d = graph(m)
    calls = []
    with m.autograd.graph.register_multi_grad_hook([d, c], lambda grads: calls.append(lists(grads))):
        m.autograd.grad(d.sum(), a, retain_graph=True)
        m.autograd.grad(c.sum(), a, retain_graph=True)
    m.autograd.grad(d.sum(), a)
    assert calls == [[[1.0, 1.0], [4.0, 8.0]], [None, [1.0, 1.0]]]


def test_what_a_hook_of_several_refuses(m):
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        m.autograd.graph.register_multi_grad_hook((), print, mode="some")


def test_a_hook_that_raises_leaves_the_next_pass_alone():
    a, b, *_ = graph(mg)
    calls = []

    def hook(grads):
        calls.append(lists(grads))
        if len(calls) == 1:
            raise ValueError("once")

    mg.autograd.graph.register_multi_grad_hook((a, b), hook)
    with pytest.raises(ValueError, match="once"):
        (a * b).sum().backward()
    (a * 3 + b).sum().backward()
    assert calls[1] == [[3.0, 3.0], [1.0, 1.0]]


def test_places_in_the_graph(m):
    a, b, _, c, d = graph(m)
    edge = m.autograd.graph.get_gradient_edge
    assert edge(a).node.variable is a
    assert edge(a).node is c.grad_fn.next_functions[0][0]
    assert edge(a).output_nr == 0
    assert edge(a).node.name() == "torch::autograd::AccumulateGrad"
    assert edge(a).node.next_functions == ()
    assert edge(d).node is d.grad_fn
    assert isinstance(edge(a).node, m.autograd.graph.Node)
    ones = m.ones(2)
    assert lists(m.autograd.grad(d.sum(), edge(a), retain_graph=True)) == [[8.0, 16.0]]
    assert lists(m.autograd.grad(d.sum(), [edge(c), b], retain_graph=True)) == [[4.0, 8.0], [1.0, 1.0]]
    assert lists(m.autograd.grad(edge(d), a, grad_outputs=ones, retain_graph=True)) == [[8.0, 16.0]]
    m.autograd.backward([edge(d), c], [ones, ones], retain_graph=True)
    assert a.grad.tolist() == [10.0, 18.0]
    with pytest.raises(RuntimeError):
        m.autograd.grad(edge(d), a)
    with pytest.raises(RuntimeError):
        edge(m.ones(2))


def test_hooks_of_nodes(m):
    a, _, _, c, d = graph(m)
    log = []
    node, end = c.grad_fn, c.grad_fn.next_functions[0][0]
    node.register_prehook(lambda grads: (log.append(("before", lists(grads))), (grads[0] * 10,))[1])
    handle = node.register_hook(lambda to, of: log.append(("after", lists(to)[:1], lists(of))))
    end.register_prehook(lambda grads: log.append(("end", lists(grads))))
    end.register_hook(lambda to, of: log.append(("added", to, a.grad.tolist())))
    c.register_hook(lambda grad: log.append(("tensor", grad.tolist())))
    d.sum().backward(retain_graph=True)
    assert log == [
        ("tensor", [4.0, 8.0]), ("before", [[4.0, 8.0]]), ("after", [[80.0, 160.0]], [[40.0, 80.0]]),
        ("end", [[80.0, 160.0]]), ("added", (), [80.0, 160.0]),
    ]  # fmt: skip
    handle.remove()
    node.metadata["mine"] = 3
    assert node.metadata == {"mine": 3}
    d.sum().backward()
    assert [entry[0] for entry in log[5:]] == ["tensor", "before", "end", "added"]


def test_nodes_of_leaves_keep_no_leaf_alive():
    a = mg.ones(2, requires_grad=True)
    mg.autograd.graph.get_gradient_edge(a)
    gc.collect()
    from mocrograd.autograd import leaves

    before = len(leaves._nodes)
    kept = mg.autograd.graph.get_gradient_edge(a)
    assert len(leaves._nodes) == before + 1
    del kept
    gc.collect()
    assert len(leaves._nodes) == before


def test_only_what_leads_to_inputs_runs(m):
    a, b = (m.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    inner = a.exp() * b
    side = (b * 3).exp()
    out = (inner * inner * side).sum()
    runs = []
    for node in (inner.grad_fn, side.grad_fn, inner.grad_fn.next_functions[0][0]):
        node.register_hook(lambda *grads: runs.append(1))
    (found,) = m.autograd.grad(out, inner, retain_graph=True)
    assert found.tolist() == pytest.approx((2 * inner * side).tolist())
    assert runs == []
    both = m.autograd.grad(out, [inner, b])  # frees the graph of b's gradients alone
    assert both[0].tolist() == found.tolist()
    assert both[1].tolist() == pytest.approx(((2 * inner * a.exp() + 3 * inner * inner) * side).tolist())
    assert len(runs) == 2
    other = a.sin()
    (second,) = m.autograd.grad((other * 2).sum(), other)
    assert second.tolist() == [2.0, 2.0]
    other.sum().backward()  # nothing below `other` was freed
    assert a.grad.tolist() == pytest.approx(a.cos().tolist())
    with pytest.raises(RuntimeError, match="not have been used"):
        m.autograd.grad(out.exp(), [m.ones(2, requires_grad=True) * 2])


def test_derivatives_of_attention_do_not_run_what_is_below():
    """Each layer's backward was differentiated with all layers below it: 2 ** depth runs."""
    x = mg.ones(1, 2, 3, 4, requires_grad=True)
    runs, y = [], x
    for _ in range(8):
        y = mg.nn.functional.scaled_dot_product_attention(y.sin(), y, y)
        y.grad_fn.register_hook(lambda *grads: runs.append(1))
    (found,) = mg.autograd.grad(y.sum(), x, create_graph=True)
    assert len(runs) == 8
    assert found.requires_grad
