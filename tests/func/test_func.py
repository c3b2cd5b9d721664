"""Derivatives and maps of functions, the same calls on torch."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

CALLS = {
    "grad": "f.grad(lambda x: (x.sin() * x).sum())(x)",
    "grad of grad": "f.grad(lambda a: f.grad(lambda b: b.pow(4))(a))(s)",
    "grad thrice": "f.grad(f.grad(f.grad(lambda a: a.exp() * a * a)))(s)",
    "grad of the second": "f.grad(lambda a, b: (a * b * b).sum(), argnums=1)(x, y)",
    "grad of both": "f.grad(lambda a, b: (a * b * b).sum(), argnums=(0, 1))(x, y)",
    "grad from the end": "f.grad(lambda a, b: (a * b * b).sum(), argnums=-1)(x, y)",
    "grad of a dict": "f.grad(lambda p, a: (p['w'] * a + p['b']).square().sum())({'w': x, 'b': y}, x)",
    "grad of nested lists": "f.grad(lambda p: (p[0] * p[1][0]).sum())([x, (y,)])",
    "grad with aux": "f.grad(lambda a: (a.sum(), {'twice': a * 2}), has_aux=True)(x)",
    "grad of a constant": "f.grad(lambda a: a.sum() * 0 + 1)(x)",
    "grad with a keyword": "f.grad(lambda a, scale: (a * scale).sum())(x, scale=3.0)",
    "grad and value": "f.grad_and_value(lambda a: a.square().sum())(x)",
    "grad and value with aux": "f.grad_and_value(lambda a: (a.square().sum(), a), has_aux=True)(x)",
    "vjp": "(lambda out: (out[0], out[1](y)))(f.vjp(lambda a: a.exp(), x))",
    "vjp of several": "(lambda out: (out[0], out[1](y)))(f.vjp(lambda a, b: a * b.sin(), x, y))",
    "vjp of a tuple": "(lambda out: (out[0], out[1]((x, s))))(f.vjp(lambda a: (a.square(), a.sum()), x))",
    "vjp with aux": "(lambda out: (out[0], out[1](y), out[2]))(f.vjp(lambda a: (a.exp(), a), x, has_aux=True))",
    "jvp": "f.jvp(lambda a: a.sin() * a, (x,), (y,))",
    "jvp of several": "f.jvp(lambda a, b: a * b.exp(), (x, y), (y, x))",
    "jvp of a tuple": "f.jvp(lambda a: (a.square(), a.sum()), (x,), (y,))",
    "jvp of what is linear": "f.jvp(lambda a: a * 3, (x,), (y,))",
    "jvp within grad": "f.grad(lambda a: f.jvp(lambda b: b.pow(3), (a,), (t.ones(()),))[1])(s)",
    "jacrev": "f.jacrev(lambda a: a.sin() @ y.T)(x)",
    "jacrev of both": "f.jacrev(lambda a, b: (a * b).sum(0), argnums=(0, 1))(x, y)",
    "jacrev of a dict": "f.jacrev(lambda p: {'out': p['w'].square()})({'w': y[0]})",
    "jacrev of a scalar": "f.jacrev(lambda a: a.square().sum())(x)",
    "jacfwd": "f.jacfwd(lambda a: a.exp())(x)",
    "hessian": "f.hessian(lambda a: (a.pow(3) * a.sum()).sum())(x)",
    "hessian within vmap": "f.vmap(f.hessian(lambda a: a.pow(3).sum()))(x)",
    "vmap": "f.vmap(t.dot)(x, y)",
    "vmap of other dimensions": "f.vmap(t.dot, in_dims=(1, 1))(x, y)",
    "vmap of one": "f.vmap(lambda a, b: a * b, in_dims=(None, 0))(x, y)",
    "vmap to another place": "f.vmap(lambda a: a * 2, out_dims=1)(x)",
    "vmap of several results": "f.vmap(lambda a: (a * 2, a.sum()), out_dims=(1, 0))(x)",
    "vmap of a dict": "f.vmap(lambda p: p['w'] + p['b'], in_dims=({'w': 0, 'b': None},))({'w': x, 'b': y[0]})",
    "vmap of vmap": "f.vmap(f.vmap(lambda a, b: a * b))(x, y)",
    "gradients of samples": "f.vmap(f.grad(lambda w, a: (w * a).sum().square()), in_dims=(None, 0))(y[0], x)",
    "vmap from the end": "f.vmap(lambda a: a.sum(), in_dims=-1)(x)",
}
BAD = {
    "no scalar": "f.grad(lambda a: a * 2)(x)",
    "no such argument": "f.grad(lambda a: a.sum(), argnums=1)(x)",
    "no number of an argument": "f.grad(lambda a: a.sum(), argnums='a')(x)",
    "no pair": "f.grad(lambda a: a.sum(), has_aux=True)(x)",
    "no tensor": "f.grad(lambda a: a)(3.0)",
    "vjp of another shape": "f.vjp(lambda a: a.exp(), x)[1](x[0])",
    "other sizes": "f.vmap(lambda a, b: a)(x, x.T)",
    "nothing to map": "f.vmap(lambda a: a, in_dims=None)(x)",
    "no such dimension": "f.vmap(lambda a: a, in_dims=2)(x)",
    "dims of another form": "f.vmap(lambda a, b: a, in_dims=(0,))(x, y)",
    "a number to map": "f.vmap(lambda a, b: a)(x, 3)",
    "no randomness": "f.vmap(lambda a: a, randomness='other')(x)",
}


def evaluate(module, call):
    x = module.from_numpy(np.sin(np.arange(12.0)).reshape(3, 4))
    y = module.from_numpy(np.cos(np.arange(12.0)).reshape(3, 4))
    return eval(call, {"t": module, "f": module.func, "x": x, "y": y, "s": module.tensor(0.7, dtype=module.float64)})


def same(found, expected):
    if isinstance(expected, torch.Tensor):
        assert not found.requires_grad
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-9, atol=1e-12)
        return
    assert type(found) is type(expected)
    assert len(found) == len(expected)
    for key in expected if isinstance(expected, dict) else range(len(expected)):
        same(found[key], expected[key])


@pytest.mark.parametrize("name", CALLS)
def test_what_torch_returns(name):
    same(evaluate(mg, CALLS[name]), evaluate(torch, CALLS[name]))


@pytest.mark.parametrize("name", BAD)
def test_bad_calls(name):
    errors = []
    for module in (torch, mg):
        with pytest.raises((RuntimeError, ValueError, TypeError)) as caught:
            evaluate(module, BAD[name])
        errors.append(caught.type)
    assert errors[0] is errors[1]


def test_gradients_flow_through_to_what_the_function_uses():
    weight = mg.tensor([1.0, 2.0], requires_grad=True)
    found = mg.func.grad(lambda a: (weight * a).square().sum())(mg.tensor([3.0, 4.0]))
    assert found.tolist() == [6.0, 32.0]  # 2 w^2 a
    found.sum().backward()
    assert weight.grad.tolist() == [12.0, 32.0]  # 4 w a


def test_gradients_flow_through_to_the_argument():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    mg.func.grad(lambda a: a.pow(3).sum())(x).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]
    assert mg.func.vmap(lambda a: a * a)(x).requires_grad


def test_without_a_graph():
    weight = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.no_grad():
        found, value = mg.func.grad_and_value(lambda a: (weight * a).sum())(mg.ones(2))
    assert found.tolist() == [1.0, 2.0]
    assert not found.requires_grad
    assert not value.requires_grad


def test_a_module_by_samples():
    model = mg.nn.Sequential(mg.nn.Linear(3, 4), mg.nn.Tanh(), mg.nn.Linear(4, 1))
    params = {name: p.detach() for name, p in model.named_parameters()}
    x, y = mg.randn(5, 3), mg.randn(5, 1)

    def loss(params, x, y):
        return (mg.func.functional_call(model, params, (x,)) - y).square().mean()

    samples = mg.vmap(mg.func.grad(loss), in_dims=(None, 0, 0))(params, x, y)
    loss(dict(model.named_parameters()), x, y).backward()
    for name, p in model.named_parameters():
        assert samples[name].shape == (5, *p.shape)
        np.testing.assert_allclose(samples[name].mean(0).numpy(), p.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_what_is_not_supported():
    with pytest.raises(RuntimeError, match="randomness"):
        mg.vmap(lambda a: a, randomness="sometimes")
