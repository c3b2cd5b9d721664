"""Images sampled at points, and the gradients of both, against torch's and against the operations that they are composed of."""

import itertools

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.ops import _points

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

MODES = [*itertools.product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (False, True))]
VOLUMES = [how for how in MODES if how[0] != "bicubic"]
IMAGES = {
    "one channel": ((2, 1, 5, 4), (3, 6)),
    "some channels": ((2, 3, 6, 7), (13, 11)),
    "vectors of channels": ((2, 35, 5, 4), (9, 17)),
    "few points": ((1, 17, 16, 9), (2, 3)),
    "one pixel": ((2, 18, 1, 1), (2, 3)),
    "columns": ((1, 2, 7, 1), (4, 5)),
    "no points": ((1, 2, 7, 3), (0, 5)),
}


def made(shape, sizes, dtype="float32", seed=0):
    """Return an image, points of which some lie outside or on a border, and a gradient."""
    random = np.random.default_rng(seed)
    at = random.uniform(-1.4, 1.4, (shape[0], *sizes, len(sizes)))
    at.ravel()[::7] = np.resize([1, -1, 0, 5.5, -3], at.ravel()[::7].shape)
    return [a.astype(dtype) for a in (random.normal(size=shape), at, random.normal(size=(*shape[:2], *sizes)))]


def sampled(m, how, x, at, dy, layout=None):
    """Return the samples and the gradients of the image and of the points, as arrays."""
    x, at = m.tensor(x), m.tensor(at, requires_grad=True)
    if layout:
        x = x.contiguous(memory_format=getattr(m, layout))
    x.requires_grad_()
    y = m.nn.functional.grid_sample(x, at, *how)
    return [a.detach().numpy() for a in (y, *m.autograd.grad(y, (x, at), m.tensor(dy)))]


def composed(how, x, at, dy):
    """Return what `sampled` does, by the operations whose derivatives have derivatives."""
    x, at = mg.tensor(x, requires_grad=True), mg.tensor(at, requires_grad=True)
    y = _points._composed(x, at, _points.Sampling(*how))
    return [a.detach().numpy() for a in (y, *mg.autograd.grad(y, (x, at), mg.tensor(dy)))]


@pytest.mark.parametrize("layout", [None, "channels_last"])
@pytest.mark.parametrize("how", MODES, ids=str)
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_images_and_gradients_are_torchs(image, how, layout):
    arrays = made(*image, "float64")
    for ours, theirs in zip(sampled(mg, how, *arrays, layout), sampled(torch, how, *arrays, layout), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)
    arrays = [a.astype(np.float32) for a in arrays]
    for ours, theirs in zip(sampled(mg, how, *arrays, layout), sampled(torch, how, *arrays, layout), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("how", VOLUMES, ids=str)
@pytest.mark.parametrize("channels", [1, 3, 33])
def test_volumes_and_gradients_are_torchs(channels, how):
    arrays = made((2, channels, 3, 4, 2), (5, 2, 6), "float64")
    for ours, theirs in zip(sampled(mg, how, *arrays), sampled(torch, how, *arrays), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("how", MODES, ids=str)
@pytest.mark.parametrize("shape", [(3, 5, 9, 8), (2, 40, 9, 8)])
def test_bits_do_not_depend_on_the_workers(shape, how):
    arrays = made(shape, (30, 21))
    found = []
    for workers in (1, 2, 5):
        with mg.kernels("fixed", workers=workers):
            found.append([a.tobytes() for a in sampled(mg, how, *arrays)])
    assert found[0] == found[1] == found[2]
    with mg.kernels("original"):
        for slow, fast in zip(sampled(mg, how, *arrays), sampled(mg, how, *arrays), strict=True):
            np.testing.assert_allclose(slow, fast, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("how", [how for how in MODES if how[1] != "reflection"], ids=str)
@pytest.mark.parametrize("channels", [1, 20])
def test_distant_points_are_torchs(channels, how):
    x, at, dy = made((1, channels, 4, 5), (3, 5))
    at.ravel()[::2] = np.resize([1e9, -3e9, 2.2e9, 1e30, -1e30], at.ravel()[::2].shape)
    for ours, theirs in zip(sampled(mg, how, x, at, dy), sampled(torch, how, x, at, dy), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("how", MODES, ids=str)
@pytest.mark.parametrize("channels", [1, 3, 20])
def test_points_that_are_no_numbers_lie_somewhere(channels, how):
    """torch reads outside of the image there, so the expected is what the operations make of them."""
    x, at, dy = made((1, channels, 4, 5), (3, 5), "float64")
    at.ravel()[::3] = np.resize([np.nan, np.inf, -np.inf], at.ravel()[::3].shape)
    y = sampled(mg, how, x, at, dy)[0]
    expected = _points._composed(mg.tensor(x), mg.tensor(at), _points.Sampling(*how))
    np.testing.assert_allclose(y, expected.numpy(), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("channels", [1, 3, 20])
def test_gradients_of_points_outside_are_zero(channels, mode):
    x, at, dy = made((1, channels, 4, 5), (1, 4))
    at[:] = np.array([[np.inf, 0.3], [-0.2, -np.inf], [1e30, 1e30], [0.1, 77]], dtype=np.float32)
    how = (mode, "zeros", False)
    for a in (*sampled(mg, how, x, at, dy), *composed(how, x, at, dy)):
        assert not a.any()


@pytest.mark.parametrize("how", [how for how in MODES if how[:2] != ("bicubic", "reflection")], ids=str)
def test_operations_agree_wherever_points_lie(how):
    """Cubic shares of a reflected infinity, where torch reads outside of the image, are nan in their gradients."""
    x, at, dy = made((1, 3, 4, 5), (3, 5), "float64")
    at.ravel()[::3] = np.resize([np.nan, np.inf, -np.inf, 1e30, -77], at.ravel()[::3].shape)
    for one, other in zip(composed(how, x, at, dy), sampled(mg, how, x, at, dy), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("channels", [1, 3, 20])
def test_pixels_that_no_tap_names_do_not_matter(channels):
    x, _, dy = made((1, channels, 3, 4), (1, 4), "float64")
    at = np.array([[[[0.9, 0.0], [1.2, 0.1], [-1.2, 0.1], [0.6, 0.9]]]])
    x[..., 1:3] = np.nan  # one pixel is inside of the first point's row, and beside it lie others
    for how in (("bilinear", "zeros", False), ("bilinear", "border", False), ("nearest", "zeros", True)):
        expected = sampled(torch, how, x, at, dy)
        for found in (sampled(mg, how, x, at, dy), composed(how, x, at, dy)):
            for ours, theirs in zip(found, expected, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("how", MODES, ids=str)
def test_second_derivatives_are_those_of_the_operations(how):
    x, at, dy = made((2, 3, 4, 5), (3, 4), "float64")
    found = []
    for composed in (False, True):
        a, b, g = (mg.tensor(v, requires_grad=True) for v in (x, at, dy))
        y = _points._composed(a, b, _points.Sampling(*how)) if composed else mg.nn.functional.grid_sample(a, b, *how)
        first = mg.autograd.grad(y, (a, b), g, create_graph=True)
        weights = [mg.arange(float(d.numel()), dtype=mg.float64).reshape(d.shape) for d in first]
        found.append([*first, *mg.autograd.grad(first, (a, b, g), weights, allow_unused=True)])
    for one, other in zip(*found, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-10, atol=1e-10)


def test_the_gradient_of_either_is_that_of_both():
    x, at, dy = (mg.tensor(a) for a in made((2, 3, 4, 5), (3, 4)))
    both = []
    for image, points in ((True, True), (True, False), (False, True)):
        a, b = x.clone().requires_grad_(image), at.clone().requires_grad_(points)
        mg.nn.functional.grid_sample(a, b, align_corners=True).backward(dy)
        both.append((a.grad, b.grad))
    assert both[1][0].tolist() == both[0][0].tolist()
    assert both[2][1].tolist() == both[0][1].tolist()
    assert both[1][1] is None
    assert both[2][0] is None
    y = mg.nn.functional.grid_sample(x.requires_grad_(), at, align_corners=True)
    assert y.grad_fn.name() == "GridSampler2DBackward0"


def test_affine_maps_learn_as_in_torch():
    image, _, _ = made((2, 3, 8, 9), (1, 1))
    theta = np.tile(np.array([[0.9, 0.1, 0.05], [-0.1, 1.1, -0.2]], dtype=np.float32), (2, 1, 1))
    losses = []
    for m in (mg, torch):
        x, t = m.tensor(image), m.tensor(theta, requires_grad=True)
        for _ in range(5):
            at = m.nn.functional.affine_grid(t, (2, 3, 8, 9), align_corners=False)
            loss = ((m.nn.functional.grid_sample(x, at, align_corners=False) - x) ** 2).mean()
            (slope,) = m.autograd.grad(loss, t)
            t = (t - 0.1 * slope).detach().requires_grad_()
        losses.append((loss.item(), t.detach().numpy()))
    np.testing.assert_allclose(losses[0][0], losses[1][0], rtol=1e-5)
    np.testing.assert_allclose(losses[0][1], losses[1][1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3, 6, 7), (2, 20, 6, 7)])
def test_compiled_gradients_have_equal_bits(shape):
    x, at, _ = (mg.tensor(a, requires_grad=True) for a in made(shape, (5, 4)))

    def step(factor):
        x.grad = at.grad = None
        y = mg.nn.functional.grid_sample(x * factor, at, align_corners=False)
        (y * y).sum().backward()
        return y.detach()

    factor = mg.tensor(1.5)
    eager = step(factor).tolist(), x.grad.tolist(), at.grad.tolist()
    compiled = mg.compile(step, fullgraph=True)
    for _ in range(4):
        assert (compiled(factor).tolist(), x.grad.tolist(), at.grad.tolist()) == eager
