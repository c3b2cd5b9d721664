"""autograd.grad, higher derivatives and gradcheck."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.autograd import Function, grad, gradcheck, gradgradcheck


def leaf(value):
    return mg.tensor(value, dtype=mg.float64, requires_grad=True)


def test_grad_changes_no_leaf():
    x, y = leaf(2.0), leaf(3.0)
    assert [g.item() for g in grad(x * x * y, [x, y])] == [12.0, 4.0]
    assert x.grad is None
    assert y.grad is None


def test_grad_of_an_interior_result():
    x = leaf(2.0)
    y = x * 3
    z = y * y
    got = grad(z, [y, x])
    assert [g.item() for g in got] == [12.0, 36.0]


def test_grad_of_several_outputs_with_weights():
    x = leaf([1.0, 2.0])
    (g,) = grad([x * 2, x.sum()], x, [mg.tensor([1.0, 10.0], dtype=mg.float64), None])
    assert g.tolist() == [3.0, 21.0]


def test_an_unused_input_is_an_error_unless_allowed():
    x, y = leaf(2.0), leaf(3.0)
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        grad(x * x, [y])
    used, unused = grad(x * x, [x, y], allow_unused=True)
    assert used.item() == 4.0
    assert unused is None


def test_an_input_without_requires_grad_is_an_error():
    with pytest.raises(RuntimeError, match="does not require grad"):
        grad(leaf(1.0) * 2, [mg.ones(1)])


def test_derivatives_of_all_orders():
    x = leaf(0.5)
    y = x.tanh()
    got = [y.item()]
    for _ in range(4):
        (y,) = grad(y, x, create_graph=True)
        got.append(y.item())
    t = np.tanh(0.5)
    s = 1 - t * t
    expected = [t, s, -2 * t * s, s * (6 * t * t - 2), s * (16 * t - 24 * t**3)]
    assert got == pytest.approx(expected, rel=1e-12)


def test_a_gradient_penalty_reaches_the_weights():
    w, x = leaf([[1.0, -2.0], [0.5, 3.0]]), leaf([[1.0, 2.0]])
    (dx,) = grad((x @ w).tanh().sum(), x, create_graph=True)
    dx.square().sum().backward()
    h = np.tanh(np.array([[1.0, 2.0]]) @ np.array([[1.0, -2.0], [0.5, 3.0]]))
    assert w.grad is not None
    assert w.grad.shape == (2, 2)

    def penalty(w, x):
        with mg.enable_grad():
            if not w.requires_grad:
                w = w.detach().requires_grad_()
            (g,) = grad((x @ w).tanh().sum(), x, create_graph=True)
            return g.square().sum()

    assert gradcheck(lambda w: penalty(w, leaf([[1.0, 2.0]])), [leaf([[1.0, -2.0], [0.5, 3.0]])])
    assert np.isfinite(h).all()


def test_backward_with_create_graph_leaves_a_gradient_that_can_be_differentiated():
    x = leaf(3.0)
    (x * x * x).backward(create_graph=True)
    assert x.grad.item() == 27.0
    (second,) = grad(x.grad, x)
    assert second.item() == 18.0


def test_grad_without_create_graph_is_not_recorded():
    x = leaf(3.0)
    (g,) = grad(x * x, x)
    assert not g.requires_grad


def test_gradcheck_finds_a_wrong_gradient():
    class Wrong(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2.01

    with pytest.raises(RuntimeError, match="Jacobian mismatch for input 0"):
        gradcheck(Wrong.apply, [leaf([1.0, 2.0])])
    assert not gradcheck(Wrong.apply, [leaf([1.0, 2.0])], raise_exception=False)


def test_gradcheck_of_complex_numbers():
    z = mg.tensor([1 + 2j, -0.5 - 1j, 3j], dtype=mg.complex128, requires_grad=True)
    assert gradcheck(lambda z: (z * z).exp(), z)
    assert gradcheck(lambda z: (z.abs(), z.conj() * 2), z)
    assert gradcheck(mg.fft.fft, leaf([1.0, 2.0, -1.0]))
    assert gradgradcheck(lambda z: (z * z.conj()) ** 2 * z, z)

    class Conjugated(Function):
        @staticmethod
        def forward(ctx, z):
            return z * 1j

        @staticmethod
        def backward(ctx, grad):
            return grad * 1j

    with pytest.raises(RuntimeError, match="input 0, element 0"):
        gradcheck(Conjugated.apply, z)


def test_gradcheck_finds_a_missing_gradient():
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(lambda x, y: x * y.detach(), [leaf(2.0), leaf(3.0)])


class Cubed(Function):
    """x^3, whose second derivative is wrong where `factor` is not 6."""

    factor = 6.0

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return upstream * CubedSlope.apply(x)


class CubedSlope(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 3 * x * x

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return upstream * Cubed.factor * x


def test_second_derivatives_are_checked(monkeypatch):
    x = mg.tensor([1.0, -2.0, 0.5], dtype=mg.float64, requires_grad=True)
    y = mg.tensor([0.3, 0.2, 2.0], dtype=mg.float64, requires_grad=True)
    assert gradgradcheck(Cubed.apply, x)
    assert gradgradcheck(lambda a, b, power: (a * b, (a**power).sum(), a.detach()), (x, y, 2))
    assert gradgradcheck(mg.tanh, x, grad_outputs=mg.tensor([1.0, 2.0, 3.0], dtype=mg.float64, requires_grad=True))
    monkeypatch.setattr(Cubed, "factor", 5.0)
    assert gradcheck(Cubed.apply, x)
    with pytest.raises(RuntimeError, match=r"input 0, element 0: numerical 1\.5, analytical 1\.25"):
        gradgradcheck(Cubed.apply, x)
    assert not gradgradcheck(Cubed.apply, x, raise_exception=False)


def test_checks_of_gradients_need_some():
    for check in (gradcheck, gradgradcheck):
        with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
            check(mg.exp, mg.ones(2, dtype=mg.float64))
