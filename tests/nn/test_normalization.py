"""Layers that normalise, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed")

LAYERS = [
    ("BatchNorm1d", (5,), {}, (7, 5)), ("BatchNorm1d", (5,), {"momentum": None}, (4, 5, 3)),
    ("BatchNorm2d", (3,), {"affine": False, "momentum": 0.3}, (4, 3, 5, 6)),
    ("BatchNorm2d", (3,), {"track_running_stats": False}, (4, 3, 5, 6)), ("BatchNorm3d", (2,), {"bias": False}, (2, 2, 3, 2, 4)),
    ("LayerNorm", (6,), {}, (4, 3, 6)), ("LayerNorm", ((3, 6),), {"bias": False, "eps": 1e-3}, (4, 3, 6)),
    ("LayerNorm", (6,), {"elementwise_affine": False}, (4, 6)), ("GroupNorm", (2, 4), {}, (3, 4, 5)),
    ("GroupNorm", (4, 4), {"affine": False}, (3, 4, 5, 2)), ("InstanceNorm1d", (3,), {}, (2, 3, 5)),
    ("InstanceNorm2d", (3,), {"affine": True}, (3, 5, 4)), ("RMSNorm", (6,), {}, (4, 6)),
    ("InstanceNorm2d", (3,), {"track_running_stats": True, "affine": True}, (2, 3, 5, 4)),
    ("InstanceNorm3d", (3,), {}, (2, 3, 2, 3, 4)), ("RMSNorm", ((3, 6),), {"elementwise_affine": False}, (4, 3, 6)),
    ("LocalResponseNorm", (3,), {"alpha": 0.1}, (2, 5, 4, 3)),
]  # fmt: skip


def assert_same_state(layer, peer):
    ours, theirs = layer.state_dict(), peer.state_dict()
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert str(ours[name].dtype).partition(".")[2] == str(value.dtype).partition(".")[2]
        np.testing.assert_allclose(ours[name].numpy(), value.numpy(), rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers_agree_with_torchs(name, args, options, shape):
    layer, peer = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(layer) == repr(peer)
    assert_same_state(layer, peer)
    random = np.random.default_rng(0)
    for p, q in zip(layer.parameters(), peer.parameters(), strict=True):
        values = random.normal(size=tuple(p.shape)).astype(np.float32)
        with mg.no_grad():
            p.copy_(mg.tensor(values))
        q.data.copy_(torch.tensor(values))
    for training in (True, True, False, True):
        layer.train(training)
        peer.train(training)
        data = random.normal(3.0, 2.0, shape).astype(np.float32)
        x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
        y, u = layer(x), peer(t)
        np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-4, atol=1e-4)
        layer.zero_grad()
        peer.zero_grad()
        (y * y * y).sum().backward()
        (u * u * u).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-3, atol=2e-3)
        for p, q in zip(layer.parameters(), peer.parameters(), strict=True):
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-3, atol=1e-3)
        assert_same_state(layer, peer)


def test_a_state_dict_of_torch_loads():
    peer = torch.nn.BatchNorm2d(3)
    peer(torch.randn(4, 3, 5, 5))
    layer = nn.BatchNorm2d(3)
    layer.load_state_dict({k: mg.tensor(v.numpy()) for k, v in peer.state_dict().items()})
    assert_same_state(layer, peer)
    layer.reset_running_stats()
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_var.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("momentum", [0.1, None])
def test_running_statistics_move_in_a_compiled_step(momentum):
    layers = [nn.BatchNorm2d(3, momentum=momentum) for _ in range(2)]
    norms = [nn.LayerNorm(4), nn.LayerNorm(4)]

    def step(layer, norm, x):
        layer.zero_grad()
        norm.zero_grad()
        loss = (norm(layer(x)) * x).sum()
        loss.backward()
        return loss

    compiled = mg.compile(lambda x: step(layers[1], norms[1], x), fullgraph=True)
    for seed in range(5):
        mg.manual_seed(seed)
        x = mg.randn(4, 3, 5, 4)
        assert step(layers[0], norms[0], x).tolist() == compiled(x).tolist()
        for module, other in zip((layers[0], norms[0]), (layers[1], norms[1])):
            for a, b in zip(module.parameters(), other.parameters()):
                assert a.grad.tolist() == b.grad.tolist()
        for a, b in zip(layers[0].buffers(), layers[1].buffers()):
            assert a.tolist() == b.tolist()
    assert layers[1].num_batches_tracked.item() == 5


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("BatchNorm1d", (3,), (3,)), ("BatchNorm2d", (3,), (2, 3, 4)), ("BatchNorm3d", (3,), (2, 3, 4)),
        ("BatchNorm1d", (3,), (1, 3)), ("InstanceNorm1d", (3,), (3,)), ("InstanceNorm2d", (3,), (2, 3, 1, 1)),
    ],
)  # fmt: skip
def test_bad_inputs(name, args, shape):
    for module, m in ((nn, mg), (torch.nn, torch)):
        with pytest.raises(ValueError, match=r"xpected"):
            getattr(module, name)(*args)(m.ones(*shape))


def test_groups_divide_the_channels():
    with pytest.raises(ValueError, match="must be divisible by num_groups"):
        nn.GroupNorm(2, 3)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", ["running_mean", "running_var"])
@pytest.mark.parametrize("layer", ["batch_norm", "instance_norm"])
def test_running_statistics_that_require_a_gradient_are_refused(layer, name, training):
    for m in (mg, torch):
        given = {"running_mean": m.zeros(3), "running_var": m.ones(3)}
        given[name].requires_grad_()
        option = {"training" if layer == "batch_norm" else "use_input_stats": training}
        function = getattr(m.nn.functional, layer)
        with pytest.raises(RuntimeError, match=f"not differentiable with respect to argument '{name}'"):
            function(m.ones(2, 3, 4), **given, **option)
        with m.no_grad():
            function(m.ones(2, 3, 4), **given, **option)
