"""Convolutional layers, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed")

LAYERS = [
    ("Conv1d", (3, 4, 3), {}, (2, 3, 9)),
    ("Conv1d", (4, 6, 3), {"padding": "same", "padding_mode": "reflect", "dilation": 2}, (2, 4, 9)),
    ("Conv2d", (3, 4, 3), {"stride": 2, "padding": 1}, (2, 3, 7, 8)),
    ("Conv2d", (3, 4, (3, 2)), {"padding": (1, 2), "bias": False, "dilation": (2, 1)}, (2, 3, 7, 8)),
    ("Conv2d", (4, 6, 3), {"padding": 2, "groups": 2, "padding_mode": "circular"}, (2, 4, 5, 6)),
    ("Conv2d", (4, 4, 3), {"padding": 1, "groups": 4, "padding_mode": "replicate"}, (4, 5, 6)),
    ("Conv3d", (2, 3, (1, 2, 3)), {"padding": (0, 1, 1)}, (1, 2, 3, 4, 5)),
    ("ConvTranspose1d", (3, 4, 3), {"stride": 2, "padding": 1, "output_padding": 1}, (2, 3, 5)),
    ("ConvTranspose2d", (4, 6, 3), {"stride": (2, 1), "groups": 2, "bias": False, "dilation": 2}, (2, 4, 5, 4)),
    ("ConvTranspose3d", (2, 3, 2), {"stride": 2, "padding": 1}, (1, 2, 3, 4, 2)),
]


def pair(name, args, options):
    """Return a layer and torch's, with the same parameters."""
    layer, peer = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    layer.load_state_dict({k: mg.tensor(v.numpy()) for k, v in peer.state_dict().items()})
    return layer, peer


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers_agree_with_torchs(name, args, options, shape):
    layer, peer = pair(name, args, options)
    assert repr(layer) == repr(peer)
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = layer(x), peer(t)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-5, atol=1e-5)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-4, atol=1e-4)
    for ours, theirs in zip(layer.parameters(), peer.parameters(), strict=True):
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_same_padding_of_an_even_window_has_more_behind():
    layer, peer = pair("Conv2d", (2, 3, (4, 2)), {"padding": "same"})
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 6)).astype(np.float32)
    theirs = peer(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(layer(mg.tensor(x)).detach().numpy(), theirs, rtol=1e-5, atol=1e-5)


def test_an_empty_batch_has_gradients_of_zeros():
    for layer, shape in ((nn.Conv2d(3, 4, 3, padding=1), (0, 3, 5, 6)), (nn.ConvTranspose1d(2, 3, 2), (0, 2, 5))):
        x = mg.ones(*shape, requires_grad=True)
        y = layer(x)
        assert y.shape[0] == 0
        y.sum().backward()
        assert x.grad.shape == x.shape
        assert [p.grad.abs().sum().item() for p in layer.parameters()] == [0.0, 0.0]


def test_parameters_start_between_torchs_bounds():
    mg.manual_seed(0)
    for layer in (nn.Conv2d(40, 60, 5), nn.ConvTranspose2d(60, 40, 5)):
        for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
            bound = 1 / np.sqrt(1000)
            assert 0.9 * bound < abs(values).max() <= bound


def test_output_size_chooses_the_output_padding():
    layer, peer = pair("ConvTranspose2d", (2, 3, 3), {"stride": 2, "padding": 1})
    x = np.ones((1, 2, 4, 5), np.float32)
    for size in ([8, 9], [7, 10], [1, 3, 8, 10]):
        theirs = peer(torch.tensor(x), output_size=size).detach().numpy()
        np.testing.assert_allclose(layer(mg.tensor(x), output_size=size).detach().numpy(), theirs, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="requested an output size"):
        layer(mg.tensor(x), output_size=[6, 9])


@pytest.mark.parametrize(
    ("name", "args", "options"),
    [
        ("Conv2d", (3, 4, 3), {"groups": 2}),
        ("Conv2d", (4, 3, 3), {"groups": 2}),
        ("Conv2d", (3, 4, 3), {"groups": 0}),
        ("Conv2d", (3, 4, 3), {"padding_mode": "mirror"}),
        ("Conv2d", (3, 4, 3), {"padding": "full"}),
        ("Conv2d", (3, 4, 3), {"padding": "same", "stride": 2}),
        ("ConvTranspose2d", (3, 4, 3), {"padding_mode": "reflect"}),
    ],
)
def test_bad_options(name, args, options):
    for module in (nn, torch.nn):
        with pytest.raises(ValueError, match=r"group|divisible|padding"):
            getattr(module, name)(*args, **options)


def test_a_compiled_step_gives_equal_bits():
    mg.manual_seed(1)
    layer = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(3, 2, 3, stride=2))
    x = mg.randn(2, 2, 6, 7)

    def step(x):
        layer.zero_grad()
        loss = layer(x).square().sum()
        loss.backward()
        return loss

    eager = step(x).tolist(), [p.grad.tolist() for p in layer.parameters()]
    compiled = mg.compile(step, fullgraph=True)
    for _ in range(4):
        assert (compiled(x).tolist(), [p.grad.tolist() for p in layer.parameters()]) == eager
