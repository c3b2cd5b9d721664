"""A user's ops as functions: values, gradients, implementations, compiled steps, and what is refused."""

import re
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest

OPS = Path(__file__).with_name("ops.mojo")
GENERATOR = np.random.default_rng(0)
FLOATS = (mg.float32, mg.float64)


def softsquare(x):
    return x * x / (1 + x * x)


def blend(a, b):
    return a * a * b + b


def operand(*shape, dtype=mg.float64):
    return mg.tensor(GENERATOR.uniform(-2, 2, shape), dtype=dtype)


def eps(dtype):
    return np.finfo(dtype.name).eps


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (5, 7), (3, 4097)])
def test_values_and_gradients_equal_the_formula(lib, implementation, shape, dtype):
    x, dy = operand(*shape, dtype=dtype).requires_grad_(), operand(*shape, dtype=dtype)
    y = lib.softsquare(x)
    y.backward(dy)
    exact = x.detach().numpy().astype(np.float64)
    np.testing.assert_allclose(y.detach().numpy(), softsquare(exact), atol=4 * eps(dtype))
    slope = dy.numpy().astype(np.float64) * 2 * exact / (1 + exact**2) ** 2
    np.testing.assert_allclose(x.grad.numpy(), slope, atol=16 * eps(dtype))


def test_strides_and_broadcasting(lib, implementation):
    a, b = operand(6, 5).T.requires_grad_(), operand(1, 6)[:, ::2].requires_grad_()
    c = a[:, ::2]
    np.testing.assert_allclose(
        lib.blend(c, b).detach().numpy(), blend(c.detach().numpy(), b.detach().numpy()), atol=1e-14
    )
    np.testing.assert_allclose(lib.blend(2, b).detach().numpy(), blend(2, b.detach().numpy()), atol=1e-14)
    np.testing.assert_allclose(lib.softsquare(c).detach().numpy(), softsquare(c.detach().numpy()), atol=1e-14)


def test_gradcheck(lib, implementation):
    x, y = operand(3, 4).requires_grad_(), operand(4).requires_grad_()
    assert mg.autograd.gradcheck(lib.softsquare, (x,))
    assert mg.autograd.gradcheck(lib.blend, (x, y))


def test_every_number_of_workers_gives_equal_bits(lib):
    x = operand(50_001, dtype=mg.float32)
    with mg.kernels("fixed", 1):
        one = lib.softsquare(x).numpy()
    for name in ("fixed:3", "dynamic"):
        with mg.kernels(name):
            assert (lib.softsquare(x).numpy() == one).all()


@pytest.mark.parametrize("dtype", [mg.int64, mg.int32, mg.uint8], ids=str)
def test_integers_where_the_struct_says_so(lib, implementation, dtype):
    a, b = mg.tensor([1, 2, 3], dtype=dtype), mg.tensor([4, 5, 6], dtype=dtype)
    result = lib.blend(a, b)
    assert result.dtype is dtype
    assert result.tolist() == [8, 25, 60]


def test_in_place_and_out(lib):
    x = operand(3, 4)
    expected = softsquare(x.numpy())
    out = mg.empty(3, 4, dtype=mg.float64)
    assert lib.softsquare(x, out=out) is out
    np.testing.assert_allclose(out.numpy(), expected, atol=1e-14)
    assert lib.softsquare.in_place(x) is x
    np.testing.assert_allclose(x.numpy(), expected, atol=1e-14)


def test_a_compiled_step_fuses_it_with_its_neighbours(lib):
    weight = operand(64, dtype=mg.float32).requires_grad_()

    def step(x):
        weight.grad = None
        y = lib.softsquare(x * weight + 1) * 2
        y.sum().backward()
        return y.detach()

    compiled = mg.compile(step)
    for _ in range(4):
        x = operand(32, 64, dtype=mg.float32)
        expected, slope = step(x), weight.grad.clone()
        assert (compiled(x) == expected).all()
        assert (weight.grad == slope).all()
    (plan,) = compiled.plans
    text = re.sub(r"#\d+", "", plan.explain())
    assert "chain: mul, add, softsquare, mul, softsquare.backward, mul.backward " in text


def test_a_network_learns_with_it(lib):
    mg.manual_seed(0)
    net = mg.nn.Linear(4, 8), mg.nn.Linear(8, 1)
    optimizer = mg.optim.Adam([p for layer in net for p in layer.parameters()], lr=0.02)
    x = mg.randn(64, 4)
    target = (x * x).sum(1, keepdim=True)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = mg.nn.functional.mse_loss(net[1](lib.softsquare(net[0](x))), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


def test_create_graph_needs_a_derivative_in_operations(lib):
    x = operand(3).requires_grad_()
    for function in (lib.softsquare, lambda x: lib.blend(x, x)):
        with pytest.raises(RuntimeError, match=r"create_graph=True\): give its derivative in operations"):
            mg.autograd.grad(function(x).sum(), x, create_graph=True)
    derivatives = {
        "softsquare": lambda grad, x: grad * 2 * x / (1 + x * x) ** 2,
        "blend": lambda grad, a, b: (grad * 2 * a * b, grad * (a * a + 1)),
    }
    both = mg.kernel_library(OPS, derivatives=derivatives)
    (slope,) = mg.autograd.grad(both.softsquare(x).sum(), x, create_graph=True)
    (curve,) = mg.autograd.grad(slope.sum(), x)
    exact = x.detach().numpy()
    np.testing.assert_allclose(curve.numpy(), (2 - 6 * exact**2) / (1 + exact**2) ** 3, atol=1e-12)
    (slope,) = mg.autograd.grad(both.blend(x, x).sum(), x, create_graph=True)
    np.testing.assert_allclose(mg.autograd.grad(slope.sum(), x)[0].numpy(), 6 * exact, atol=1e-12)
    with pytest.raises(ValueError, match=r"ops\.mojo has no op called nonsense"):
        mg.kernel_library(OPS, derivatives={"nonsense": abs})
    with pytest.raises(TypeError, match="derivatives: blend must be a function, not int"):
        mg.kernel_library(OPS, derivatives={"blend": 3})


def test_methods_only_where_they_are_asked_for(lib, monkeypatch):
    assert not hasattr(mg.Tensor, "softsquare")
    names = ("softsquare", "softsquare_", "blend", "blend_")
    try:
        mg.kernel_library(OPS, methods=True)
        x = operand(3)
        expected = softsquare(x.numpy())
        np.testing.assert_allclose(x.softsquare_().numpy(), expected, atol=1e-14)
        mg.kernel_library(OPS, methods=True)  # those of the same file are replaced
        mg.Tensor.blend = None
        mg.Tensor.blend = lambda self: self
        with pytest.raises(ValueError, match="Tensor has a method or attribute called 'blend' already"):
            mg.kernel_library(OPS, methods=True)
    finally:
        for name in names:
            delattr(mg.Tensor, name)


def test_what_is_refused(lib, guarded):
    for library in (lib, guarded):
        with pytest.raises(NotImplementedError, match='"softsquare" not implemented for int64'):
            library.softsquare(mg.tensor([1]))
        with pytest.raises(NotImplementedError, match='"softsquare" not implemented for bool'):
            library.softsquare(mg.tensor([True]))
        with pytest.raises(NotImplementedError, match='"blend" not implemented for bool'):
            library.blend(mg.tensor([True]), mg.tensor([True]))
        with pytest.raises(TypeError, match="must be Tensor, not int"):
            library.softsquare(3)
        with pytest.raises(RuntimeError, match="broadcast"):
            library.blend(operand(3), operand(4))
        with pytest.raises(AttributeError):
            library.sotsquare  # noqa: B018


def test_guarded_ops_compute_the_same(lib, guarded):
    for shape in ((), (0,), (3, 5), (700,)):
        x, b = operand(*shape).requires_grad_(), operand(*shape[-1:]).requires_grad_()
        results = []
        for library in (lib, guarded):
            x.grad = b.grad = None
            y = library.softsquare(library.blend(x.T, b) if len(shape) < 2 else library.blend(x, b))
            y.sum().backward()
            results.append((y.detach().numpy(), x.grad.numpy(), b.grad.numpy()))
        for one, other in zip(*results):
            np.testing.assert_array_equal(one, other)
