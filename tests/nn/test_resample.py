"""Layers of padding and of other sizes, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed")

LAYERS = [
    ("ZeroPad1d", ((1, 2),), {}, (2, 3, 4)), ("ZeroPad2d", (1,), {}, (2, 3, 4)), ("ZeroPad3d", (2,), {}, (1, 2, 3, 2, 3)),
    ("ConstantPad1d", (1, 2.5), {}, (2, 4)), ("ConstantPad2d", ((1, 2, -1, 0), -1.0), {}, (2, 3, 4, 5)),
    ("ConstantPad3d", (1, 3.0), {}, (1, 2, 3, 2, 3)), ("ReflectionPad1d", (2,), {}, (2, 3, 4)),
    ("ReflectionPad2d", ((1, 2, 3, 0),), {}, (3, 4, 5)), ("ReflectionPad3d", (1,), {}, (1, 2, 3, 2, 3)),
    ("ReplicationPad1d", ((3, 5),), {}, (2, 3, 2)), ("ReplicationPad2d", (2,), {}, (2, 3, 4, 5)),
    ("ReplicationPad3d", (1,), {}, (1, 2, 3, 2, 3)), ("CircularPad1d", ((2, 3),), {}, (2, 3, 4)),
    ("CircularPad2d", (2,), {}, (2, 3, 4, 5)), ("CircularPad3d", (1,), {}, (1, 2, 3, 2, 3)),
    ("Upsample", (), {"scale_factor": 2}, (2, 3, 4)), ("Upsample", ((3, 7),), {"mode": "bilinear"}, (2, 3, 4, 5)),
    ("Upsample", (), {"scale_factor": (1.5, 2), "mode": "bicubic", "align_corners": True}, (2, 3, 4, 5)),
    ("UpsamplingNearest2d", (), {"scale_factor": 3}, (2, 3, 4, 5)), ("UpsamplingBilinear2d", (7,), {}, (2, 3, 4, 5)),
    ("PixelShuffle", (3,), {}, (2, 9, 2, 3)), ("PixelUnshuffle", (2,), {}, (3, 4, 6)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers_agree_with_torchs(name, args, options, shape):
    layer, peer = getattr(nn, name)(*args, **options), getattr(torch.nn, name)(*args, **options)
    assert repr(layer) == repr(peer)
    data = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    x, t = mg.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, u = layer(x), peer(t)
    np.testing.assert_allclose(y.detach().numpy(), u.detach().numpy(), rtol=1e-5, atol=1e-5)
    (y * y).sum().backward()
    (u * u).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-5, atol=1e-4)


def test_compiled_steps_give_equal_bits():
    mg.manual_seed(1)
    layer = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect"), nn.ReflectionPad2d(1), nn.PixelShuffle(2),
        nn.Upsample(scale_factor=1.5, mode="bilinear"),
    )  # fmt: skip
    x = mg.randn(2, 1, 5, 6)

    def step(x):
        layer.zero_grad()
        loss = layer(x).square().sum()
        loss.backward()
        return loss

    eager = step(x).tolist(), [p.grad.tolist() for p in layer.parameters()]
    compiled = mg.compile(step, fullgraph=True)
    for _ in range(4):
        assert (compiled(x).tolist(), [p.grad.tolist() for p in layer.parameters()]) == eager
