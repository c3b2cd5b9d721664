"""Dual tensors: tangents are torch's, of layers, of changes in place, and of functions that have `jvp`."""

import mocrograd as mg
import mocrograd.autograd.forward_ad as ours
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the reference")
theirs = pytest.importorskip("torch.autograd.forward_ad")
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
BOTH = ((mg, ours), (torch, theirs))


def numbers(m, *shape, seed=0):
    return m.from_numpy(np.random.RandomState(seed).randn(*shape))


def test_tangents_of_expressions():
    def changed(m, x, y):
        z = x * 1
        z[1:] = y[1:] * 2
        return z.exp()

    calls = (
        lambda m, x, y: x**2 + y**2, lambda m, x, y: (x @ y.t()).softmax(1), lambda m, x, y: x.sum(),
        lambda m, x, y: m.fft.fft(x).abs(), lambda m, x, y: x.clamp(min=0) * y.detach(), changed,
    )  # fmt: skip
    for call in calls:
        found = []
        for m, f in BOTH:
            with f.dual_level():
                x = f.make_dual(numbers(m, 3, 4), numbers(m, 3, 4, seed=1))
                y = call(m, x, numbers(m, 3, 4, seed=2))
                found.append(f.unpack_dual(y).tangent.numpy())
        np.testing.assert_allclose(*found, rtol=1e-9)


def test_what_has_tangents():
    for _, f in BOTH:
        m = mg if f is ours else torch
        primal, tangent, plain = numbers(m, 3), numbers(m, 3, seed=1), numbers(m, 3, seed=2)
        with f.dual_level() as level:
            assert level == 0
            dual = f.make_dual(primal, tangent)
            assert f.unpack_dual(dual).tangent.tolist() == tangent.tolist()
            assert f.unpack_dual(plain).tangent is None
            out = dual * plain
            assert f.unpack_dual(out)._fields == ("primal", "tangent")
            assert f.unpack_dual(out).primal.tolist() == (primal * plain).tolist()
        assert f.unpack_dual(out).tangent is None
        with pytest.raises(RuntimeError, match="no level exists"):
            f.make_dual(primal, tangent)
        with f.dual_level():
            with pytest.raises(RuntimeError, match="has a different size"):
                f.make_dual(primal, tangent[:2])
            with pytest.raises(ValueError, match="floating point"):
                f.make_dual(m.tensor([1, 2, 3]), tangent)
        with pytest.raises(RuntimeError, match=r"forward AD level|Dual level"):
            f.exit_dual_level()


def test_parameters_of_a_layer():
    found = []
    for m, f in BOTH:
        model = m.nn.Linear(5, 5).double()
        with m.no_grad():
            for k, p in enumerate(model.parameters()):
                p.copy_(numbers(m, *p.shape, seed=k))
        params = dict(model.named_parameters())
        with f.dual_level():
            for k, (name, p) in enumerate(params.items()):
                delattr(model, name)
                setattr(model, name, f.make_dual(p, numbers(m, *p.shape, seed=10 + k)))
            out = model(numbers(m, 2, 5, seed=5))
            tangent = f.unpack_dual(out).tangent
            (gradient,) = m.autograd.grad((tangent * out).sum(), params["weight"])
            found.append((tangent.detach().numpy(), gradient.numpy()))
    for a, b in zip(*found):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_a_function_with_jvp():
    for m, f in BOTH:

        class Exp(m.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.result = x.exp()
                return ctx.result

            @staticmethod
            def jvp(ctx, tangent):
                return tangent * ctx.result

        class Product(m.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                ctx.save_for_forward(x, y)
                return x * y

            @staticmethod
            def jvp(ctx, dx, dy):
                x, y = ctx.saved_tensors
                return (dx * y if dx is not None else 0) + (dy * x if dy is not None else 0)

        x, tangent = numbers(m, 3), numbers(m, 3, seed=1)
        with f.dual_level():
            dual = f.make_dual(x, tangent)
            found = f.unpack_dual(Product.apply(Exp.apply(dual) * 2, dual)).tangent
            expected = 2 * x.exp() * tangent * (1 + x)
            np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-9)
            assert f.unpack_dual(Exp.apply(x)).tangent is None
        assert Exp.apply(x).tolist() == x.exp().tolist()
        y = x.requires_grad_()
        assert m.autograd.gradcheck(Exp.apply, (y,), check_forward_ad=True, check_backward_ad=False,
                                    check_undefined_grad=False, check_batched_grad=False)  # fmt: skip
