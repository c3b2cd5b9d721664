"""Functions of one's own, and hooks."""

import weakref

import mocrograd as mg
import pytest
from mocrograd import nn
from mocrograd.autograd import Function


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class MinMax(Function):
    @staticmethod
    def forward(ctx, a, b, scale):
        ctx.scale = scale
        return mg.minimum(a, b) * scale, mg.maximum(a, b) * scale

    @staticmethod
    def backward(ctx, low, high):
        return low * ctx.scale, high * ctx.scale, None


def leaf(value):
    return mg.tensor(value, dtype=mg.float64, requires_grad=True)


def test_a_function_of_ones_own():
    x = leaf([1.0, 2.0])
    Cube.apply(x).sum().backward()
    assert x.grad.tolist() == [3.0, 12.0]
    assert mg.autograd.gradcheck(Cube.apply, [leaf([1.5, -2.0])])


def test_its_higher_derivatives():
    x = leaf(2.0)
    (first,) = mg.autograd.grad(Cube.apply(x), x, create_graph=True)
    (second,) = mg.autograd.grad(first, x, create_graph=True)
    (third,) = mg.autograd.grad(second, x)
    assert [t.item() for t in (first, second, third)] == [12.0, 12.0, 6.0]


def test_several_outputs_and_a_plain_argument():
    a, b = leaf(1.0), leaf(2.0)
    low, high = MinMax.apply(a, b, 10)
    assert (low.item(), high.item()) == (10.0, 20.0)
    (low + 2 * high).backward()
    assert (a.grad.item(), b.grad.item()) == (10.0, 20.0)


@pytest.mark.parametrize("materialize", [None, True, False])
def test_an_output_that_nobody_uses_gets_zeros_unless_they_are_unwanted(materialize, torch):
    seen = []
    for m in (mg, torch):

        class Three(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                if materialize is not None:
                    ctx.set_materialize_grads(materialize)
                whole = x.long()
                ctx.mark_non_differentiable(whole)
                return x * 2, x.reshape(1, 2) * 3, whole, "text"

            @staticmethod
            def backward(ctx, *grads):
                seen.append([None if g is None else (g.tolist(), str(g.dtype).split(".")[-1]) for g in grads])
                return grads[0] * 2

        x = m.tensor([1.0, 2.0], requires_grad=True)
        outputs = Three.apply(x)
        assert [getattr(out, "requires_grad", None) for out in outputs] == [True, True, False, None]
        outputs[0].sum().backward()
        assert x.grad.tolist() == [2.0, 2.0]
    assert seen[0] == seen[1]


def test_forward_without_ctx(torch):
    found = []
    for m in (mg, torch):

        class Power(m.autograd.Function):
            @staticmethod
            def forward(x, factor=2.0):
                return factor * x**3

            @staticmethod
            def setup_context(ctx, inputs, output):
                x, ctx.factor = inputs
                ctx.save_for_backward(x, output)

            @staticmethod
            def backward(ctx, g):
                x, output = ctx.saved_tensors
                return g * 3 * output / x, None

        x = m.tensor([1.0, 2.0], requires_grad=True)
        Power.apply(x).sum().backward()
        Power.apply(x, 5.0).sum().backward()
        found.append(x.grad.tolist())
    assert found[0] == found[1]


def test_an_argument_that_is_returned(torch):
    found = []
    for m in (mg, torch):

        class Reverse(m.autograd.Function):
            @staticmethod
            def forward(ctx, x, factor):
                ctx.factor = factor
                return x

            @staticmethod
            def backward(ctx, g):
                return g * -ctx.factor, None

        x = m.tensor([1.0, 2.0], requires_grad=True)
        middle = x * 3
        y = Reverse.apply(middle, 0.5)
        (y * y).sum().backward()
        z = Reverse.apply(x, 2.0)
        z.sum().backward()
        found.append((y is middle, y.data_ptr() == middle.data_ptr(), x.is_leaf, x.grad.tolist()))
    assert found[0] == found[1]


def test_an_argument_that_is_changed(torch):
    found = []
    for m in (mg, torch):

        class Doubled(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = m.tensor([1.0, 2.0], requires_grad=True)
        middle = x * 3
        y = Doubled.apply(middle)
        (middle * middle).sum().backward()
        with pytest.raises(RuntimeError, match="a leaf Variable that requires grad has been used in an in-place"):
            Doubled.apply(m.ones(2, requires_grad=True))
        plain = m.ones(2)
        found.append((y is middle, x.grad.tolist(), Doubled.apply(plain) is plain, plain.tolist()))
    assert found[0] == found[1]


def test_needs_input_grad():
    seen = []

    class Product(Function):
        @staticmethod
        def forward(ctx, a, b):
            seen.append(ctx.needs_input_grad)
            return a * b

        @staticmethod
        def backward(ctx, g):
            return g, None

    Product.apply(leaf(1.0), mg.tensor(2.0)).backward()
    assert seen == [(True, False)]


def test_too_few_gradients_are_an_error():
    class Short(Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(RuntimeError, match=r"incorrect number of gradients \(expected 2, got 1\)"):
        Short.apply(leaf(1.0), leaf(2.0)).backward()


def test_a_gradient_of_the_wrong_shape_is_an_error():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return mg.ones(3, dtype=mg.float64)

    with pytest.raises(RuntimeError, match=r"got \[3\].*expected shape compatible with \[2\]"):
        Wrong.apply(leaf([1.0, 2.0])).sum().backward()


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_what_is_not_implemented_says_so(method):
    class Half(Function):
        if method == "backward":

            @staticmethod
            def forward(ctx, x):
                return x * 2

    with pytest.raises(NotImplementedError, match=f"implement the {method}"):
        Half.apply(leaf(1.0)).backward()


def test_hooks_of_leaves_and_results_see_and_change_gradients():
    x, seen = leaf(2.0), []
    y = x * 3
    y.register_hook(lambda g: seen.append(("y", g.item())))
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: seen.append(("x", g.item())))
    x.register_hook(lambda g: g + 1)
    (y * 2).backward()
    assert seen == [("y", 2.0), ("x", 60.0)]
    assert x.grad.item() == 61.0


def test_a_leafs_hook_sees_the_sum_of_all_its_gradients():
    x, seen = leaf(2.0), []
    x.register_hook(lambda g: seen.append(g.item()))
    (x * 3 + x * 4).backward()
    assert seen == [7.0]


def test_a_hook_can_be_removed():
    x, seen = leaf(2.0), []
    handle = x.register_hook(lambda g: seen.append(g.item()))
    handle.remove()
    (x * 3).backward()
    assert seen == []


def test_hooks_need_a_gradient():
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        mg.ones(1).register_hook(print)


def test_hooks_of_nodes():
    x, seen = leaf(2.0), []
    y = x * 3
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs[0].item(), outputs[0].item())))
    y.backward()
    assert seen == [(3.0, 1.0)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("surplus", [None, "gradient"])
def test_there_are_as_many_gradients_as_inputs(count, surplus, torch):
    raised = []
    for m in (mg, torch):

        class Twice(m.autograd.Function):
            @staticmethod
            def forward(ctx, x, factor):
                return x * factor

            @staticmethod
            def backward(ctx, grad):
                rest = [None, *[None if surplus is None else grad] * 2]
                return (grad * 2, *rest)[:count] if count > 1 else grad * 2

        x = m.ones(3, requires_grad=True)
        try:
            Twice.apply(x, 2).sum().backward()
            raised.append((None, x.grad.tolist()))
        except RuntimeError as error:
            raised.append(("incorrect number of gradients" in str(error), None))
    assert raised[0] == raised[1]


F = nn.functional
FROZEN = {
    "linear": lambda x: F.linear(x, mg.randn(3, 4), mg.randn(3, requires_grad=True)),
    "linear of more dimensions": lambda x: F.linear(x[None], mg.randn(3, 4)),
    "matmul": lambda x: x @ mg.randn(4, 3),
    "matmul of batches": lambda x: mg.randn(2, 3, 5) @ x,
    "addmm": lambda x: mg.addmm(mg.randn(3, requires_grad=True), x, mg.randn(4, 3)),
    "conv": lambda x: F.conv1d(x, mg.randn(2, 5, 2)),
    "conv_transpose": lambda x: F.conv_transpose1d(x, mg.randn(5, 2, 2)),
}


@pytest.mark.parametrize("layer", FROZEN)
def test_what_no_gradient_needs_is_not_kept(layer):
    """An input is only needed for the gradient of weights, and these are frozen."""
    leaf = mg.randn(5, 4, requires_grad=True)
    x = leaf * 2
    alive = weakref.ref(x)
    y = FROZEN[layer](x)
    del x
    assert alive() is None
    y.sum().backward()
    assert leaf.grad.shape == leaf.shape
