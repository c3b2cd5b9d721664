"""Hooks of modules run when torch's run, with what torch gives them, and change what torch's change."""

import copy
import gc
import pickle
import warnings
import weakref

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def plain(value):
    """Return a value as numbers, so that both libraries' can be compared."""
    if isinstance(value, (mg.Tensor, torch.Tensor)):
        return np.asarray(value.detach().numpy(), np.float64).round(4).tolist()
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def two(m):
    """A module of two inputs and two outputs, one input without a gradient."""

    class Two(m.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = m.nn.Parameter(m.tensor([2.0, 3.0]))

        def forward(self, x, y, scale=1.0):
            return x * self.w * scale, x + y

    return Two()


def data(m):
    return m.tensor([1.0, -2.0], requires_grad=True), m.tensor([4.0, 5.0])


def before_and_after(m, log):
    net = two(m)
    net.register_forward_pre_hook(lambda mod, args: log.append(("pre", plain(args))))
    net.register_forward_pre_hook(lambda mod, args: (args[0] * 2, args[1]))
    net.register_forward_pre_hook(
        lambda mod, args, kwargs: log.append(("kw", plain(args), dict(kwargs))), with_kwargs=True, prepend=True
    )
    net.register_forward_pre_hook(lambda mod, args, kwargs: (args, {"scale": 10.0}), with_kwargs=True)
    net.register_forward_hook(lambda mod, args, out: log.append(("post", plain(args), plain(out))))
    net.register_forward_hook(lambda mod, args, out: out[0])
    net.register_forward_hook(lambda mod, args, kwargs, out: log.append(("postkw", dict(kwargs))), with_kwargs=True)
    first = net.register_forward_hook(lambda mod, args, out: log.append("first"), prepend=True)
    log.append(plain(net(*data(m), scale=3.0)))
    first.remove()
    log.append(plain(net(*data(m))))


def raising(m, log):
    class Bad(m.nn.Module):
        def forward(self, x):
            raise KeyError("bad")

    net = Bad()
    net.register_forward_hook(lambda mod, args, out: log.append("not called"))
    net.register_forward_hook(lambda mod, args, out: log.append(("always", out)), always_call=True)
    net.register_forward_hook(
        lambda mod, args, kwargs, out: log.append(("always", kwargs, out)), always_call=True, with_kwargs=True
    )
    with pytest.raises(KeyError, match="bad"):
        net(1)


def backward(m, log):
    net = two(m)
    net.register_full_backward_pre_hook(lambda mod, out: log.append(("pre", plain(out))))
    net.register_full_backward_hook(lambda mod, into, out: log.append(("full", plain(into), plain(out))))
    x, y = data(m)
    a, b = net(x, y)
    (a * a + b).sum().backward()
    log.append((plain(x.grad), plain(net.w.grad)))


def backward_that_changes(m, log):
    net = two(m)
    net.register_full_backward_pre_hook(lambda mod, out: (out[0] * 2, out[1]))
    net.register_full_backward_hook(lambda mod, into, out: (into[0] * 10, None))
    net.register_full_backward_hook(lambda mod, into, out: log.append(("late", plain(into), plain(out))))
    net.register_full_backward_hook(lambda mod, into, out: log.append(("early", plain(into), plain(out))), prepend=True)
    x, y = data(m)
    a, b = net(x, y)
    (a + b).sum().backward()
    log.append((plain(x.grad), plain(net.w.grad)))


def backward_of_one_output(m, log):
    net = two(m)
    net.register_full_backward_hook(lambda mod, into, out: log.append((plain(into), plain(out))))
    x, y = data(m)
    net(x, y)[1].sum().backward()
    log.append(plain(x.grad))


def backward_of_no_input(m, log):
    net = two(m)
    net.register_full_backward_hook(lambda mod, into, out: log.append((plain(into), plain(out))))
    x, y = data(m)
    net(x.detach(), y)[0].sum().backward()
    log.append(plain(net.w.grad))


def backward_in_a_net(m, log):
    net = m.nn.Sequential(m.nn.Linear(2, 2), m.nn.ReLU(), m.nn.Linear(2, 1))
    for i, layer in enumerate((net[0], net[2])):
        with m.no_grad():
            layer.weight.copy_(m.arange(layer.weight.numel()).reshape(layer.weight.shape) - 1.0)
            layer.bias.zero_()
        layer.register_full_backward_hook(lambda mod, into, out, i=i: log.append((i, plain(into), plain(out))))
    net(m.tensor([[1.0, 2.0]], requires_grad=True)).sum().backward()
    net.register_full_backward_hook(lambda mod, into, out: log.append(("net", plain(into), plain(out))))
    net(m.tensor([[1.0, 2.0]])).sum().backward()


def backward_twice(m, log):
    net = two(m)
    net.register_full_backward_hook(lambda mod, into, out: (into[0] * 3, None))
    x, y = data(m)
    (g,) = m.autograd.grad((net(x, y)[0] ** 2).sum(), (x,), create_graph=True)
    log.append(plain(g))
    g.sum().backward()
    log.append((plain(x.grad), plain(net.w.grad)))


def without_recording(m, log):
    net = two(m)
    net.register_full_backward_hook(lambda mod, into, out: log.append("never"))
    with m.no_grad():
        log.append(plain(net(*data(m))))


def copies(m, log):
    net = two(m)
    net.register_forward_hook(lambda mod, args, out: log.append(mod is net))
    other = copy.deepcopy(net)
    other(*data(m))
    net(*data(m))


SCENES = [before_and_after, raising, backward, backward_that_changes, backward_of_one_output, backward_of_no_input,
          backward_in_a_net, backward_twice, without_recording, copies]  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_hooks_are_torchs(scene):
    logs = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scene(mg, logs[0])
        scene(torch, logs[1])
    assert logs[0] == logs[1]
    assert logs[0]


def test_what_hooks_may_not_return():
    net = nn.Identity()
    net.register_forward_pre_hook(lambda mod, args, kwargs: args[0], with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"tuple of .new_args, new_kwargs."):
        net(1)
    for register in ("register_full_backward_hook", "register_full_backward_pre_hook"):
        net = nn.Identity()
        getattr(net, register)(lambda mod, *grads: (None, None))
        with pytest.raises(RuntimeError, match=r"invalid number of grad_(in|out)put, got 2, but expected 1"):
            net(mg.ones(2, requires_grad=True)).sum().backward()
    net = nn.Linear(1, 1)
    net.register_full_backward_hook(lambda mod, into, out: out)
    with pytest.raises(RuntimeError, match="no input requires gradient"):
        net(mg.ones(1, 1)).sum().backward()


def test_a_result_that_is_no_tensor_is_not_watched():
    class Names(nn.Module):
        def forward(self, x):
            return {"y": x}

    net = Names()
    net.register_full_backward_hook(lambda mod, into, out: None)
    with pytest.warns(UserWarning, match="module output should be a Tensor"):
        net(mg.ones(1, requires_grad=True))


def test_an_always_called_hook_that_raises_is_silenced():
    class Bad(nn.Module):
        def forward(self):
            raise KeyError("bad")

    def hook(mod, args, out):
        raise ValueError("worse")

    net = Bad()
    net.register_forward_hook(hook, always_call=True)
    with pytest.warns(UserWarning, match="silenced.*worse"), pytest.raises(KeyError, match="bad"):
        net()


def double(module, args, output):
    return output * 2


def test_hooks_are_pickled_with_their_module():
    net = nn.Identity()
    net.register_forward_hook(double)
    assert pickle.loads(pickle.dumps(net))(3) == 6


def test_hooks_run_in_a_compiled_step():
    net = nn.Linear(2, 2)
    net.register_forward_hook(lambda mod, args, out: out * 2)
    net.register_full_backward_hook(lambda mod, into, out: (into[0] * 3,))

    def step(x):
        return mg.autograd.grad(net(x).sum(), (x,))[0]

    compiled = mg.compile(step)
    for _ in range(4):
        x = mg.randn(3, 2, requires_grad=True)
        np.testing.assert_allclose(compiled(x).numpy(), step(x).numpy(), rtol=1e-6)


def test_watching_gradients_keeps_no_tensor_alive():
    net = nn.Linear(2, 2)
    net.register_full_backward_hook(lambda mod, into, out: None)
    x = mg.ones(1, 2, requires_grad=True) * 1
    watched = weakref.ref(x)
    gc.disable()
    try:
        y = net(x)
        del x, y
        assert watched() is None
    finally:
        gc.enable()
