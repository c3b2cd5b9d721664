"""What `vmap` does besides the operations: levels, dimensions, randomness, changes in place, modules; as torch does."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.func import level

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*torch.jit:DeprecationWarning", "ignore:Attempted to insert a get_attr Node:UserWarning"
)

CALLS = {
    "in_dims by argument": "f.vmap(lambda a, b: a * b.sum(), in_dims=(1, 0))(x, y.T)",
    "in_dims in a tree": "f.vmap(lambda p: p['w'] * p['b'][0], in_dims=({'w': 0, 'b': [None]},))({'w': x, 'b': [s]})",
    "negative dimensions": "f.vmap(lambda a: a * 2, in_dims=-1, out_dims=-1)(x)",
    "a middle dimension": "f.vmap(lambda a: a.cumsum(0), in_dims=1, out_dims=1)(x.reshape(3, 2, 2))",
    "results that are shared": "f.vmap(lambda a: (a.sum(), y), out_dims=(0, None))(x)",
    "results that do not depend": "f.vmap(lambda a: y[0] * 1)(x)",
    "out_dims in a tree": "f.vmap(lambda a: {'a': a, 'b': (a, a.sum())}, out_dims={'a': 1, 'b': (0, 0)})(x)",
    "vmap of vmap, other dimensions": "f.vmap(f.vmap(lambda a, b: a + b, (0, None)), (None, 0), 1)(x[0], y[:, 0])",
    "three levels": "f.vmap(lambda a: f.vmap(lambda b: f.vmap(lambda c: a * b + c)(x[0]))(y[0]))(x[:, 0])",
    "an inner level that looks out": "f.vmap(lambda a: f.vmap(lambda b: (a @ b, b))(y)[0])(x)",
    "chunks": "f.vmap(lambda a: a.sin(), in_dims=1, out_dims=-1, chunk_size=3)(x)",
    "no samples": "f.vmap(lambda a: a.exp() + 1)(x[:0])",
    "grad of vmap": "f.grad(lambda a: f.vmap(lambda b: b.exp().sum() * s)(a).square().sum())(x)",
    "grad of vmap of grad": "f.grad(lambda a: f.vmap(f.grad(lambda b: b.pow(3).sum()))(a).sum())(x)",
    "vmap of grad of grad": "f.vmap(f.grad(f.grad(lambda a: a.pow(4))))(x[0])",
    "gradients by a shared argument": "f.vmap(f.grad(lambda w, a: (w @ a).tanh().sum()), (None, 0))(y, x)",
    "two levels of gradients by a shared argument": "f.vmap(f.vmap(f.grad(lambda w, a, b: (w * a * b).sin().sum()), (None, 0, None)), (None, None, 0))(s, x[0], y[0])",
    "grad and value": "f.vmap(f.grad_and_value(lambda a: a.square().sum()))(x)",
    "grad with aux": "f.vmap(f.grad(lambda a: (a.square().sum(), a.sum()), has_aux=True))(x)",
    "vjp within": "f.vmap(lambda a, v: f.vjp(lambda b: b.sin() * b, a)[1](v))(x, y)",
    "vjp of several vectors": "f.vmap(f.vjp(lambda a: a.exp() @ y.T, x)[1])(f.vmap(lambda v: v * y[:, :3])(x[0]))",
    "jvp within": "f.vmap(lambda a, v: f.jvp(lambda b: b.sin() * b, (a,), (v,)))(x, y)",
    "jvp of several vectors": "f.vmap(lambda v: f.jvp(lambda a: a.exp() * a, (x[0],), (v,))[1])(y)",
    "jacrev within": "f.vmap(f.jacrev(lambda a: a.sin() * a.sum()))(x)",
    "jacfwd within": "f.vmap(f.jacfwd(lambda a: a.sin() * a.sum()))(x)",
    "jacrev in chunks": "f.jacrev(lambda a: a.sin() @ y.T, chunk_size=2)(x)",
    "jacfwd of both": "f.jacfwd(lambda a, b: (a * b).sum(0), argnums=(0, 1))(x, y)",
    "jacfwd of a dict": "f.jacfwd(lambda p: {'out': p['w'].square(), 'sum': p['w'].sum()})({'w': y[0]})",
    "jacfwd with aux": "f.jacfwd(lambda a: (a.square(), a.sum()), has_aux=True)(y[0])",
    "jacfwd of jacrev": "f.jacfwd(f.jacrev(lambda a: a.pow(3).sum() * a.sum()))(y[0])",
    "jacrev of jacfwd": "f.jacrev(f.jacfwd(lambda a: a.pow(3) * a.sum()))(y[0])",
    "hessian of two": "f.hessian(lambda a, b: (a * b.exp()).sum(), argnums=(0, 1))(x[0], y[0])",
    "hessian within vmap of vmap": "f.vmap(f.vmap(f.hessian(lambda a: a.pow(4))))(x)",
    "linearize": "(lambda out: (out[0], out[1](y)))(f.linearize(lambda a: a.sin() * a, x))",
    "linearize, several vectors": "f.vmap(f.linearize(lambda a: a.exp() * a, x[0])[1])(y)",
    "autograd.grad of several vectors": "(lambda a: f.vmap(lambda v: t.autograd.grad(a.sin(), a, v)[0])(y))(x[0].clone().requires_grad_())",
    "autograd.grad with is_grads_batched": "(lambda a: t.autograd.grad((a.sin(), a.sum()), (a,), (y, s.expand(3)), is_grads_batched=True)[0])(x[0].clone().requires_grad_())",
    "a Jacobian of autograd": "t.autograd.functional.jacobian(lambda a: a.sin() @ y.T, x, vectorize=True)",
    "a Jacobian of autograd, of two": "t.autograd.functional.jacobian(lambda a, b: (a * b.exp(), a.sum()), (x[0], y[0]), vectorize=True)",
    "a Hessian of autograd": "t.autograd.functional.hessian(lambda a: a.pow(3).sum() * a.sum(), x[0], vectorize=True)",
    "functionalize": "f.functionalize(lambda a: (a * 1).add_(1))(x)",
    "the argument changed in place": "(lambda a: (f.vmap(lambda b: b.add_(1))(a), a))(x.clone())",
    "in place on a mapped tensor": "f.vmap(lambda a: (a * 1).add_(a).mul_(2))(x)",
    "in place on a view": "f.vmap(lambda a: (lambda b: (b[1:].mul_(3), b)[1])(a * 1))(x)",
    "in place, with gradients": "f.vmap(f.grad(lambda a: (lambda b: (b[1:].mul_(a[0]), b.sum())[1])(a * 2)))(x)",
    "in place by a mapped index": "f.vmap(lambda a, i: (a * 1).index_fill_(0, i, 0.0))(x, i.reshape(3, 1))",
    "assignment at a mapped index": "f.vmap(lambda a, i: (lambda b: (b.__setitem__(i, s), b)[1])(a * 1))(x, i)",
    "assignment of a slice": "f.vmap(lambda a: (lambda b: (b.__setitem__(slice(1, 3), a[:2]), b)[1])(t.zeros_like(a)))(x)",
    "reading at a mapped index": "f.vmap(lambda a, i: a[i])(x, i)",
    "a shared tensor at a mapped index": "f.vmap(lambda i: x[:, i])(i)",
    "new tensors": "f.vmap(lambda a: a.new_zeros(4).add_(a) + t.ones_like(a).mul_(a) + t.full_like(a, 2).sub_(a))(x)",
    "where": "f.vmap(lambda a: t.where(a > 0, a, s))(x)",
    "scalars of samples": "f.vmap(lambda a: (a + 1) * a.exp() - s)(x[0])",
    "types": "f.vmap(lambda a: (a > 0).to(t.int64) + 1)(x)",
    "promotion of scalars": "f.vmap(lambda a: a + t.ones(3))(x[0].to(t.float64))",
    "iteration": "f.vmap(lambda a: sum(e * k for k, e in enumerate(a)))(x)",
    "no_grad within": "t.no_grad()(lambda: f.vmap(lambda a: a.transpose(0, 1) * 2)(x.reshape(3, 2, 2)))()",
    "einsum": "f.vmap(lambda a, b: t.einsum('i,j->ij', a, b))(x, y)",
    "einsum of a shared one": "f.vmap(lambda a: t.einsum('i,ji->j', a, y))(x)",
    "matmul of a shared one": "(f.vmap(lambda a: a @ y.T)(x), f.vmap(lambda a: y @ a)(x), f.vmap(lambda a: a @ a)(x))",
    "functional_call": "f.functional_call(t.nn.ReLU(), {}, (x,))",
}
BAD = {
    "item": "f.vmap(lambda a: a.sum().item())(x)",
    "float": "f.vmap(lambda a: float(a.sum()))(x)",
    "control flow": "f.vmap(lambda a: a if a.sum() > 0 else -a)(x)",
    "tolist": "f.vmap(lambda a: a.tolist())(x)",
    "numpy": "f.vmap(lambda a: a.numpy())(x)",
    "a mask": "f.vmap(lambda a: a[a > 0])(x)",
    "nonzero": "f.vmap(lambda a: a.nonzero())(x)",
    "backward": "f.vmap(lambda a: a.sum().backward())(x)",
    "requires_grad_": "f.vmap(lambda a: a.requires_grad_())(x)",
    "random numbers": "f.vmap(lambda a: a + t.rand(4))(x)",
    "dropout": "f.vmap(lambda a: t.nn.functional.dropout(a))(x)",
    "in place on a shared tensor": "f.vmap(lambda a: s.add_(a.sum()))(x)",
    "random numbers in place on a shared tensor": "f.vmap(lambda a: t.zeros(4).uniform_(), randomness='different')(x)",
    "chunk_size": "f.vmap(lambda a: a, chunk_size=0)(x)",
    "no tensor": "f.vmap(lambda a: 3)(x)",
    "no result": "f.vmap(lambda a: None)(x)",
    "None for a mapped result": "f.vmap(lambda a: a, out_dims=None)(x)",
    "out_dims of another form": "f.vmap(lambda a: (a, a), out_dims=(0,))(x)",
    "out_dims out of range": "f.vmap(lambda a: a, out_dims=5)(x)",
    "no arguments": "f.vmap(lambda: x)()",
    "an index out of range": "f.vmap(lambda a, i: a[i])(x, i + 7)",
}


def evaluate(module, call):
    x = module.from_numpy(np.sin(np.arange(12.0)).reshape(3, 4))
    y = module.from_numpy(np.cos(np.arange(12.0)).reshape(3, 4))
    names = {"t": module, "f": module.func, "x": x, "y": y, "i": module.tensor([2, 0, 3])}
    return eval(call, {**names, "s": module.tensor(0.7, dtype=module.float64)})


def same(found, expected, what=""):
    if isinstance(expected, torch.Tensor):
        assert type(found) is mg.Tensor
        assert tuple(found.shape) == tuple(expected.shape), what
        assert found.dtype.name == str(expected.dtype).removeprefix("torch."), what
        np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-12, err_msg=what)
        return
    assert type(found) is type(expected)
    assert len(found) == len(expected)
    for key in expected if isinstance(expected, dict) else range(len(expected)):
        same(found[key], expected[key], what)


@pytest.mark.parametrize("name", CALLS)
def test_what_torch_returns(name):
    found = evaluate(mg, CALLS[name])
    same(found, evaluate(torch, CALLS[name]), name)


@pytest.mark.parametrize("name", BAD)
def test_bad_calls(name):
    errors = []
    for module in (torch, mg):
        with pytest.raises((RuntimeError, ValueError, TypeError, IndexError)) as caught:
            evaluate(module, BAD[name])
        errors.append(caught.type)
    assert issubclass(errors[1], errors[0])


def test_an_operation_without_a_rule_says_so_once():
    x = mg.arange(6.0).reshape(3, 2)
    level._warned.discard("histc")
    with pytest.warns(UserWarning, match="vmap: histc has no batching rule, so it runs once for each sample"):
        found = mg.vmap(lambda a: mg.histc(a, 2))(x)
    assert found.tolist() == [[1.0, 1.0]] * 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mg.vmap(lambda a: mg.histc(a, 2))(x)


# ------------------------------------------------------------------------------------- randomness


def test_different_random_numbers():
    x = mg.zeros(4, 1000)
    for draw in (lambda a: mg.rand(1000) + a, mg.rand_like, lambda a: (a * 1).normal_(), mg.nn.functional.dropout,
                 lambda a: mg.randint(0, 100, (1000,)), lambda a: mg.bernoulli(a * 0.5)):  # fmt: skip
        found = mg.vmap(lambda a, draw=draw: draw(a + 1), randomness="different")(x)
        assert found.shape == x.shape
        assert len({tuple(row) for row in found.tolist()}) == 4


def test_the_same_random_numbers():
    x = mg.zeros(4, 10)
    for draw in (lambda a: mg.rand(10) + a, lambda a: (a * 1).normal_(), mg.nn.functional.dropout,
                 lambda a: mg.bernoulli(a + 0.5)):  # fmt: skip
        found = mg.vmap(lambda a, draw=draw: draw(a), randomness="same")(x)
        assert len({tuple(row) for row in found.tolist()}) == 1


def test_randomness_of_each_level():
    x = mg.zeros(3, 4)
    found = mg.vmap(mg.vmap(lambda a: a + mg.rand(()), randomness="same"), randomness="different")(x)
    assert all(len(set(row)) == 1 for row in found.tolist())
    assert len({row[0] for row in found.tolist()}) == 3
    found = mg.vmap(mg.vmap(lambda a: a + mg.rand(()), randomness="different"), randomness="same")(x)
    assert len({tuple(row) for row in found.tolist()}) == 1
    assert len(set(found[0].tolist())) == 4


def test_attention_drops_different_weights():
    q = mg.ones(3, 1, 2, 8, 4)
    attend = mg.nn.functional.scaled_dot_product_attention
    for randomness, count in (("different", 3), ("same", 1)):
        found = mg.vmap(lambda a: attend(a, a, a, dropout_p=0.5), randomness=randomness)(q)
        assert len({tuple(sample.reshape(-1).tolist()) for sample in found}) == count
    with pytest.raises(RuntimeError, match="randomness error mode"):
        mg.vmap(lambda a: attend(a, a, a, dropout_p=0.5))(q)


# ---------------------------------------------------------------------------------------- modules


class Words(mg.nn.Module):
    """Embedding, attention, normalisation and a convolution."""

    def __init__(self):
        super().__init__()
        self.embedding = mg.nn.Embedding(11, 8)
        self.attention = mg.nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = mg.nn.LayerNorm(8)
        self.conv = mg.nn.Conv1d(8, 8, 3, padding=1)
        self.batch_norm = mg.nn.BatchNorm1d(8)
        self.out = mg.nn.Linear(8, 5)

    def forward(self, x):
        h = self.embedding(x)
        h = self.norm(h + self.attention(h, h, h, need_weights=False)[0])
        h = self.batch_norm(self.conv(h.transpose(1, 2))).relu()
        return self.out(h.mean(2))


def images():
    return mg.nn.Sequential(
        mg.nn.Conv2d(2, 4, 3, stride=2, padding=1), mg.nn.GroupNorm(2, 4), mg.nn.ReLU(), mg.nn.MaxPool2d(2),
        mg.nn.ConvTranspose2d(4, 3, 2), mg.nn.BatchNorm2d(3), mg.nn.Flatten(), mg.nn.Linear(27, 5),
    )  # fmt: skip


MODELS = {
    "words": (Words, lambda n: mg.randint(0, 11, (n, 6))),
    "images": (images, lambda n: mg.randn(n, 2, 8, 8)),
    "changes in place": (lambda: mg.nn.Sequential(
        mg.nn.Conv2d(2, 4, 3), mg.nn.ReLU(inplace=True), mg.nn.Flatten(), mg.nn.Linear(16, 6), mg.nn.ReLU(inplace=True),
        mg.nn.Linear(6, 5)), lambda n: mg.randn(n, 2, 4, 4)),
    "groups": (lambda: mg.nn.Sequential(mg.nn.Conv2d(4, 6, 3, groups=2), mg.nn.Flatten(), mg.nn.Linear(24, 5)),
               lambda n: mg.randn(n, 4, 4, 4)),
    "perceptron": (lambda: mg.nn.Sequential(mg.nn.Linear(6, 7), mg.nn.Tanh(), mg.nn.Linear(7, 5)),
                   lambda n: mg.randn(n, 6)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_gradients_by_sample(name):
    make, draw = MODELS[name]
    mg.manual_seed(3)
    model = make().eval()
    params = {key: p.detach() for key, p in model.named_parameters()}
    buffers = dict(model.named_buffers())
    x, y = draw(4), mg.randint(0, 5, (4,))

    def loss(params, x, y):
        out = mg.func.functional_call(model, (params, buffers), (x.unsqueeze(0),))
        return mg.nn.functional.cross_entropy(out, y.unsqueeze(0))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mg.vmap(mg.func.grad(loss), (None, 0, 0))(params, x, y)
    for i in range(4):
        expected = mg.func.grad(loss)(params, x[i], y[i])
        for key in params:
            np.testing.assert_allclose(found[key][i].numpy(), expected[key].numpy(), rtol=1e-4, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("name", MODELS)
def test_an_ensemble(name):
    make, draw = MODELS[name]
    mg.manual_seed(4)
    models = [make().eval() for _ in range(3)]
    params, buffers = mg.func.stack_module_state(models)
    assert all(p.requires_grad and p.is_leaf for p in params.values())
    x = draw(4)

    def call(params, buffers, x):
        return mg.func.functional_call(models[0], (params, buffers), (x,))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = mg.vmap(call, (0, 0, None))(params, buffers, x)
        found.square().sum().backward()
    for i, model in enumerate(models):
        expected = model(x)
        np.testing.assert_allclose(found[i].detach().numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-5)
        expected.square().sum().backward()
        for key, p in model.named_parameters():
            np.testing.assert_allclose(params[key].grad[i].numpy(), p.grad.numpy(), rtol=1e-3, atol=1e-4, err_msg=key)


def test_batch_norm_in_training():
    norm = mg.nn.BatchNorm1d(3)
    x = mg.randn(4, 5, 3)
    with pytest.raises(RuntimeError, match="running_mean or running_var"):
        mg.vmap(norm)(x)
    alone = mg.nn.BatchNorm1d(3, track_running_stats=False)
    found = mg.vmap(alone)(x)
    for i in range(4):
        np.testing.assert_allclose(found[i].detach().numpy(), alone(x[i]).detach().numpy(), atol=1e-6)


def test_recurrent_layers():
    mg.manual_seed(5)
    for make in (mg.nn.LSTM, mg.nn.GRU, mg.nn.RNN):
        layer = make(3, 4, num_layers=2, bidirectional=True)
        x = mg.randn(5, 6, 2, 3)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = mg.vmap(lambda a, layer=layer: layer(a)[0])(x)
            params = {key: p.detach() for key, p in layer.named_parameters()}
            call = lambda p, a, layer=layer: mg.func.functional_call(layer, p, (a,))[0].square().sum()  # noqa: E731
            gradient = mg.vmap(mg.func.grad(call), (None, 0))(params, x)
        for i in range(5):
            np.testing.assert_allclose(found[i].detach().numpy(), layer(x[i])[0].detach().numpy(), atol=1e-6)
            expected = mg.func.grad(call)(params, x[i])
            for key in params:
                np.testing.assert_allclose(gradient[key][i].numpy(), expected[key].numpy(), rtol=1e-3, atol=1e-5)


# ------------------------------------------------------------------------------ functions of users


class Cube(mg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, grad):
        return 3 * ctx.saved_tensors[0] ** 2 * grad


class RuledCube(Cube):
    @staticmethod
    def vmap(info, in_dims, x):
        assert info.batch_size == 3
        assert info.randomness == "error"
        assert in_dims == (0,)
        return Cube.apply(x), 0


class LoopedCube(Cube):
    generate_vmap_rule = True


def test_functions_of_users():
    x = mg.arange(6.0).reshape(3, 2)
    level._warned.discard("Cube")
    with pytest.warns(UserWarning, match="vmap: Cube has no batching rule"):
        assert mg.vmap(Cube.apply)(x).tolist() == (x**3).tolist()
    for function in (RuledCube, LoopedCube):
        assert mg.vmap(function.apply)(x).tolist() == (x**3).tolist()
        found = mg.vmap(mg.func.grad(lambda a, f=function: f.apply(a).sum()))(x)
        assert found.tolist() == (3 * x**2).tolist()


class OnTheHost(mg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return mg.from_numpy(grad.numpy() * 2)


def test_a_derivative_without_a_rule_runs_once_for_each_vector():
    x = mg.arange(3.0).requires_grad_()
    y = OnTheHost.run(x)  # as operations of the library do, so that nothing watches the node
    level._warned.discard("OnTheHost")
    with pytest.warns(UserWarning, match="vmap: OnTheHost has no batching rule"):
        (found,) = mg.autograd.grad(y, x, mg.eye(3), is_grads_batched=True)
    assert found.tolist() == (mg.eye(3) * 2).tolist()


def test_the_level_is_left_where_the_function_raises():
    with pytest.raises(KeyError):
        mg.vmap(lambda a: {}[a])(mg.ones(2))
    assert mg.rand(2).shape == (2,)


def test_a_batched_tensor_shows_its_value():
    shown = []
    mg.vmap(lambda a: (shown.append(repr(a)), a)[1])(mg.ones(2, 1))
    assert shown == ["BatchedTensor(lvl=1, bdim=0, value=\n    tensor([[1.],\n            [1.]])\n)"]


def test_a_tensor_that_outlives_its_map():
    kept = []
    mg.vmap(lambda a: (kept.append(a), a)[1])(mg.ones(2, 3))
    with pytest.raises(RuntimeError, match="outside of the function"):
        kept[0].exp()


def test_operations_without_a_rule_within_two_levels():
    x = mg.arange(24.0).reshape(2, 3, 4)
    level._warned.add("histc")
    found = mg.vmap(mg.vmap(lambda a: mg.histc(a, 2)))(x)
    assert found.tolist() == [[[2.0, 2.0]] * 3] * 2


def test_a_compiled_map():
    layer = mg.nn.Linear(4, 3)
    params = {key: p.detach() for key, p in layer.named_parameters()}
    x, y = mg.randn(5, 4), mg.randint(0, 3, (5,))

    def loss(params, x, y):
        out = mg.func.functional_call(layer, params, (x.unsqueeze(0),))
        return mg.nn.functional.cross_entropy(out, y.unsqueeze(0))

    every = mg.vmap(mg.func.grad(loss), (None, 0, 0))
    step = mg.compile(lambda x, y: every(params, x, y)["weight"])
    for _ in range(4):
        x = mg.randn(5, 4)
        np.testing.assert_array_equal(step(x, y).numpy(), every(params, x, y)["weight"].numpy())
    assert not step.reasons


def test_a_graph_outside_of_the_map():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    x = mg.arange(6.0).reshape(3, 2)
    mg.vmap(lambda a: (w * a).sum().square())(x).sum().backward()
    expected = sum(2 * (w.detach() * row).sum() * row for row in x)
    np.testing.assert_allclose(w.grad.numpy(), expected.numpy())
    found = mg.vmap(lambda a: mg.autograd.grad((w * a).sum().square(), w)[0])(x)
    np.testing.assert_allclose(found.sum(0).numpy(), expected.numpy())
