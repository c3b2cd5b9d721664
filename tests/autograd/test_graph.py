"""The graph and the walk back through it."""

import gc
import subprocess
import sys
import weakref

import mocrograd as mg
import numpy as np
import pytest


def leaf(*values):
    return mg.tensor(values if len(values) != 1 else values[0], dtype=mg.float64, requires_grad=True)


def test_equal_contents_are_two_nodes():
    x, y = leaf(1.0, 2.0), leaf(1.0, 2.0)
    ((x * 3).sum() + (y * 3).sum()).backward()
    assert x.grad.tolist() == [3.0, 3.0]
    assert y.grad.tolist() == [3.0, 3.0]


def test_a_shared_subgraph_is_counted_once():
    c = leaf(1.0)
    b = c * 2
    (b + b * 3).backward()
    assert c.grad.item() == 8.0


def test_a_diamond_of_many_levels_takes_linear_time():
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_one_tensor_as_both_operands():
    x = leaf(3.0)
    (x * x).backward()
    assert x.grad.item() == 6.0


def test_a_chain_of_100000_operations():
    program = """
import mocrograd as mg
x = mg.tensor(1.0, requires_grad=True)
y = x
for _ in range(100_000):
    y = y + 1
y.backward()
assert x.grad.item() == 1.0
z = x
for _ in range(100_000):
    z = z * 1.0
del z  # freed without a walk
print("done")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.parametrize("columns", [1, 7, 33, 129, 1000, 4097])
def test_wide_matrices(columns, implementation):
    x = mg.ones(3, columns, requires_grad=True)
    w = mg.ones(columns, 5, requires_grad=True)
    guard = mg.zeros(columns)
    ((x @ w) * 2 + 1).relu().sum().backward()
    assert (x.grad.numpy() == 10).all()
    assert (w.grad.numpy() == 6).all()
    assert (guard.numpy() == 0).all()


def test_gradients_add_up_over_backwards():
    x = leaf(2.0)
    for expected in (3.0, 6.0, 9.0):
        (x * 3).backward()
        assert x.grad.item() == expected
    x.grad = None
    (x * 3).backward()
    assert x.grad.item() == 3.0


def test_a_second_backward_says_so():
    y = (leaf(2.0) * leaf(3.0)).exp()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_retain_graph_allows_a_second_backward():
    x = leaf(2.0)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 8.0
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_backward_needs_a_scalar_or_a_gradient():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"grad can be implicitly created only for scalar outputs.*\[2\]"):
        (x * 2).backward()
    (x * 2).backward(mg.tensor([1.0, 10.0], dtype=mg.float64))
    assert x.grad.tolist() == [2.0, 20.0]


def test_backward_refuses_a_gradient_of_another_shape():
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: .*\[3\].*\[2\]"):
        (leaf(1.0, 2.0) * 2).backward(mg.ones(3))


def test_backward_needs_a_tensor_that_requires_a_gradient():
    with pytest.raises(RuntimeError, match="does not require grad"):
        mg.ones(1).sum().backward()


def test_backward_of_a_leaf():
    x = leaf(2.0)
    x.backward()
    assert x.grad.item() == 1.0


def test_backward_of_several_tensors():
    x = leaf(2.0)
    mg.autograd.backward([x * 3, x * x], [None, mg.tensor(10.0)])
    assert x.grad.item() == 43.0


def test_backward_into_chosen_inputs():
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward(inputs=[x])
    assert x.grad.item() == 3.0
    assert y.grad is None


def test_gradients_of_two_leaves_share_no_memory():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    (x + y).sum().backward()
    x.grad.mul_(7)
    assert y.grad.tolist() == [1.0, 1.0]


def test_a_leafs_gradient_is_not_the_gradient_that_was_given():
    x, given = leaf(1.0, 2.0), mg.ones(2, dtype=mg.float64)
    (x + 0).backward(given)
    x.grad.mul_(7)
    assert given.tolist() == [1.0, 1.0]
    x.backward(given)
    assert given.tolist() == [1.0, 1.0]


def test_the_gradient_of_a_view_is_contiguous_and_its_own():
    x = mg.ones(2, 3, requires_grad=True)
    x.T.sum(0).sum().backward()
    assert x.grad.is_contiguous()
    x.grad[0, 0] = 5.0
    assert x.grad.tolist() == [[5.0, 1.0, 1.0], [1.0, 1.0, 1.0]]


def test_interior_gradients_are_not_kept():
    x = leaf(2.0)
    y = x * 3
    (y * y).backward()
    assert y.grad is None
    assert x.grad.item() == 36.0


def test_retain_grad_keeps_an_interior_gradient():
    x = leaf(2.0)
    y = x * 3
    y.retain_grad()
    (y * y).backward()
    assert y.grad.item() == 12.0


def test_broadcasting_adds_gradients_up():
    x, row, scalar = mg.ones(4, 3, requires_grad=True), mg.ones(3, requires_grad=True), leaf(2.0)
    (x * row * scalar.float()).sum().backward()
    assert row.grad.tolist() == [8.0, 8.0, 8.0]
    assert scalar.grad.item() == 12.0
    assert scalar.grad.dtype is mg.float64


def test_a_result_without_leaves_records_nothing():
    y = mg.ones(2) * 2
    assert not y.requires_grad
    assert y.grad_fn is None
    assert y.is_leaf


def test_grad_fn_names_the_operation():
    y = leaf(2.0) * 3
    assert repr(y.grad_fn) == "<MulBackward0>"
    assert not y.is_leaf
    assert y.grad_fn.next_functions[1] == (None, 0)


def test_detach_shares_memory_and_leaves_the_graph():
    x = leaf(1.0, 2.0)
    y = x.detach()
    assert not y.requires_grad
    assert y.data_ptr() == x.data_ptr()
    (x * y).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_gradients_in_parallel_are_right_and_equal_for_every_worker_count():
    data = np.random.default_rng(0).normal(size=(257, 300))
    x64 = data.sum(1, keepdims=True) * np.ones_like(data) * 2
    seen = set()
    for workers in (1, 2, 3, 7, 256):
        with mg.kernels("fixed", workers=workers):
            x = mg.tensor(data.astype(np.float32), requires_grad=True)
            x.sum(1).square().sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), x64, rtol=1e-3, atol=1e-3)
        seen.add(x.grad.numpy().tobytes())
    assert len(seen) == 1


def test_thirty_layers_all_get_gradients():
    mg.manual_seed(0)
    weights = [mg.nn.init.kaiming_normal_(mg.empty(256, 256)).requires_grad_() for _ in range(30)]
    x = mg.randn(8, 256)
    for w in weights:
        x = (x @ w.T).relu()
    x.square().mean().backward()
    assert all(np.isfinite(w.grad.numpy()).all() and np.abs(w.grad.numpy()).max() > 0 for w in weights)


def test_an_error_in_backward_leaves_the_gradient_mode_alone():
    class Broken(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ValueError("broken on purpose")

    y = Broken.apply(leaf(1.0))
    with pytest.raises(ValueError, match="broken on purpose"):
        y.backward()
    assert mg.is_grad_enabled()
    assert (leaf(1.0) * 2).requires_grad


def test_the_graph_is_freed_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        before = mg.memory_stats()["allocated"]
        for _ in range(3):
            x, w = mg.ones(50, 40, requires_grad=True), mg.ones(40, 30, requires_grad=True)
            y = (x @ w).tanh().exp().sigmoid().sqrt()
            y.log_softmax(1).softmax(0).max(1).values.sum().backward()
            y = node = weakref.ref(y.grad_fn)
            assert node() is None, "the nodes went with the result"
            del x, w, y
        assert mg.memory_stats()["allocated"] == before
    finally:
        gc.enable()


def test_a_graph_that_is_dropped_without_backward_is_freed():
    gc.collect()
    gc.disable()
    try:
        before = mg.memory_stats()["allocated"]
        x = mg.ones(100, 100, requires_grad=True)
        y = (x.exp() * x).tanh().relu().sum()
        y.retain_grad()
        del x, y
        assert mg.memory_stats()["allocated"] == before
    finally:
        gc.enable()


UNARY = ("neg", "exp", "log", "sqrt", "abs", "relu", "sigmoid", "tanh", "square")


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (1, 7), (130, 9)])
@pytest.mark.parametrize("name", UNARY)
def test_expanded_gradients_equal_dense_ones(name, shape):
    """The gradient of a sum is one element repeated: backward kernels read it like a tensor of ones."""
    x = mg.rand(*shape) + 0.5
    grads = []
    for reduce in (lambda y: y.sum(), lambda y: (y * mg.ones_like(y)).sum(), lambda y: y.backward(mg.ones_like(y))):
        z = x.clone().requires_grad_()
        out = reduce(getattr(z, name)())
        if out is not None:
            out.backward()
        grads.append(z.grad)
    assert grads[0].tolist() == grads[1].tolist() == grads[2].tolist()


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "minimum", "pow"])
@pytest.mark.parametrize("shapes", [((4, 5), (4, 5)), ((4, 5), (5,)), ((4, 1), (1, 5)), ((), (3,))])
def test_expanded_gradients_of_two_operands_equal_dense_ones(name, shapes):
    values = [mg.rand(*shape) + 0.5 for shape in shapes]
    grads = []
    for dense in (False, True):
        a, b = [v.clone().requires_grad_() for v in values]
        out = getattr(mg, name)(a, b)
        out.backward(mg.ones_like(out)) if dense else out.sum().backward()
        grads.append((a.grad.tolist(), b.grad.tolist()))
    assert grads[0] == grads[1]


def test_a_number_out_of_a_tensor_that_requires_a_gradient_warns():
    x = mg.tensor(2.5, requires_grad=True)
    for convert in (float, int):
        with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
            assert convert(x) == convert(2.5)
        with mg.no_grad():
            assert convert(x) == convert(2.5)
        assert convert(x.detach()) == convert(2.5)
    assert x.item() == 2.5
