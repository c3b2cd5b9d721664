"""Layers of padding and of other sizes, and images at other places, against torch's."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


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


GRIDS = {
    "image": ((2, 3, 5, 4), (2, 3, 6, 2)),
    "volume": ((2, 3, 3, 4, 2), (2, 2, 3, 4, 3)),
    "one": ((1, 1, 1, 1), (1, 2, 2, 2)),
}


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("grid", GRIDS)
def test_grid_sample_is_torchs(grid, mode, padding_mode, align_corners, both, array):
    if mode == "bicubic" and grid == "volume":
        for m in (mg, torch):
            with pytest.raises((NotImplementedError, RuntimeError), match="bicubic"):
                m.nn.functional.grid_sample(*(m.ones(*s) for s in GRIDS[grid]), mode, padding_mode, align_corners)
        return
    shape, places = GRIDS[grid]
    at = array(places, 1)
    at.flat[-1] = 5.5

    def sample(m, x, at):
        return m.nn.functional.grid_sample(x, at, mode, padding_mode, align_corners)

    both(sample, array(shape), at)
    twin = mg.tensor(np.where(at < -1, np.float32(np.nan), at))
    ours = mg.nn.functional.grid_sample(mg.tensor(array(shape)), twin, mode, padding_mode, align_corners)
    recorded = mg.nn.functional.grid_sample(mg.tensor(array(shape), requires_grad=True), twin, mode, padding_mode,
                                            align_corners)  # fmt: skip
    np.testing.assert_allclose(ours.numpy(), recorded.detach().numpy(), rtol=1e-5, atol=1e-5)
    same = mg.tensor(np.where(at < -1, np.float32(-1), at))
    other = mg.nn.functional.grid_sample(mg.tensor(array(shape)), same, mode, padding_mode, align_corners)
    assert ours.tolist() == other.tolist()


@pytest.mark.parametrize("requires_grad", [False, True])
def test_points_at_infinity_lie_outside(requires_grad):
    at = mg.tensor([[[[np.inf, 0.0], [0.0, -np.inf]]]])
    for padding_mode in ("zeros", "reflection"):
        x = mg.ones(1, 1, 3, 3, requires_grad=requires_grad)
        made = mg.nn.functional.grid_sample(x, at, padding_mode=padding_mode, align_corners=False)
        assert made.flatten().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 3, 4, 2), (1, 1, 1, 4)])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.filterwarnings("ignore:.*align_corners:UserWarning")
def test_affine_grid_is_torchs(size, align_corners, both, array):
    ndim = len(size) - 2
    both(lambda m, theta: m.nn.functional.affine_grid(theta, size, align_corners), array((size[0], ndim, ndim + 1)))


def test_corners_are_not_aligned_by_default():
    for m in (mg, torch):
        with pytest.warns(UserWarning, match="align_corners"):
            grid = m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 2, 2))
        assert grid.tolist() == m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 2, 2), False).tolist()
        with pytest.warns(UserWarning, match="align_corners"):
            m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), grid)


def test_old_names_of_interpolation():
    for m in (mg, torch):
        with pytest.warns(UserWarning, match="interpolate"):
            assert tuple(m.nn.functional.upsample(m.ones(1, 1, 2, 2), 4).shape) == (1, 1, 4, 4)
        with pytest.warns(UserWarning, match="interpolate"):
            bilinear = m.nn.functional.upsample_bilinear(m.arange(4.0).reshape(1, 1, 2, 2), 3)
        assert bilinear.flatten().tolist() == [0.0, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 2.5, 3.0]
        with pytest.warns(UserWarning, match="interpolate"):
            assert m.nn.functional.upsample_nearest(m.ones(1, 1, 2), scale_factor=2).tolist() == [[[1.0] * 4]]
