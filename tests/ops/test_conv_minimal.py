"""Convolutions of 3 x 3 by minimal filtering, on either side of each of its limits, against torch in float64."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.ops import _convolve as conv

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [  # batch, channels, filters, image, padding
    (4, 32, 48, (10, 10), (0, 0)),
    (3, 16, 32, (9, 13), (1, 1)),
    (2, 48, 16, (14, 7), (2, 0)),
    (16, 16, 16, (5, 4), (1, 1)),
    (1, 16, 80, (20, 33), (3, 4)),  # more zeros than the window reaches over
    (1, 64, 16, (6, 66), (1, 1)),
    (2, 16, 16, (4, 258), (1, 1)),  # as many tiles in a row as there may be: 129 and 128
    (2, 16, 16, (4, 256), (1, 1)),
    (1, 128, 16, (6, 66), (1, 1)),  # a row of tiles and channels too long
    (1, 288, 16, (18, 18), (0, 0)),  # more channels than a block of a product
    (7, 16, 16, (6, 6), (1, 1)),  # 63 tiles, and then 64
    (4, 16, 16, (8, 8), (1, 1)),
    (8, 16, 16, (5, 5), (1, 1)),  # rows of 3 whose gradient has 5
    (8, 16, 17, (8, 8), (1, 1)),
    (8, 15, 16, (8, 8), (1, 1)),
]


@pytest.fixture
def taken(monkeypatch):
    """Return a list of the calls that go by minimal filtering."""
    calls = []
    for name in ("minimal", "minimal_weight"):
        whole = getattr(conv, name)
        monkeypatch.setattr(
            conv, name, lambda *args, name=name, whole=whole, **k: calls.append(name) or whole(*args, **k)
        )
    return calls


def arrays(batch, channels, filters, image, padding):
    """Return images, filters, a bias and gradients of the results."""
    rng = np.random.default_rng(batch + channels + filters + sum(image))
    result = [n + 2 * p - 2 for n, p in zip(image, padding)]
    shapes = [(batch, channels, *image), (filters, channels, 3, 3), (filters,), (batch, filters, *result)]
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def results(m, operands, padding, dtype="float32"):
    """Return the convolution, its three gradients and the transposed convolution."""
    x, w, bias, grad = (m.tensor(array.astype(dtype)) for array in operands)
    for leaf in (x, w, bias):
        leaf.requires_grad_(True)
    y = m.nn.functional.conv2d(x, w, bias, padding=padding)
    y.backward(grad)
    back = m.nn.functional.conv_transpose2d(grad, w, None, padding=padding)
    return [values.detach().numpy() for values in (y, x.grad, w.grad, bias.grad, back)]


def assert_near(ours, theirs):
    """Compare values, nan and inf included, as far as float32 goes."""
    finite = np.isfinite(theirs)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    np.testing.assert_array_equal(ours[~finite], theirs[~finite].astype(np.float32))
    limit = 1e-6 * max(1, np.abs(theirs[finite]).max(initial=0))
    np.testing.assert_allclose(ours[finite], theirs[finite], rtol=0, atol=limit)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_gradients_and_bits(case):
    operands, padding = arrays(*case), case[-1]
    expected = results(torch, operands, padding, "float64")
    forms = {}
    for form in ("original", "fixed:1", "fixed:2", "fixed:3"):
        if form != "original" or case[0] * case[1] * case[2] < 1 << 12:
            with mg.kernels(form):
                forms[form] = results(mg, operands, padding)
            for ours, theirs in zip(forms[form], expected, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-6 * max(1, np.abs(theirs).max()))
    for form in ("fixed:2", "fixed:3"):
        for ours, same in zip(forms[form], forms["fixed:1"], strict=True):
            np.testing.assert_array_equal(ours, same)


@pytest.mark.parametrize(("channels", "filters", "side", "batch", "calls"), [
    (16, 16, 8, 4, 3), (16, 16, 8, 3, 0), (16, 24, 8, 4, 0), (128, 256, 8, 4, 2), (256, 256, 8, 4, 0), (16, 16, 3, 64, 0),
])  # fmt: skip
def test_the_shape_alone_chooses(taken, channels, filters, side, batch, calls):
    x = mg.ones(batch, channels, side, side, requires_grad=True)
    w = mg.ones(filters, channels, 3, 3, requires_grad=True)
    mg.nn.functional.conv2d(x, w, padding=1).sum().backward()
    assert len(taken) == calls


@pytest.mark.parametrize("options", [{"stride": 2}, {"dilation": 2}, {"groups": 2}])
def test_other_convolutions_go_their_way(taken, options):
    mg.nn.functional.conv2d(mg.ones(4, 32, 12, 12), mg.ones(32, 32 // options.get("groups", 1), 3, 3), **options)
    assert not taken


@pytest.mark.parametrize("which", [0, 1, 3])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -1e20, 1e6])
def test_what_is_not_tame_reaches_what_it_is_summed_in(which, value):
    operands = arrays(3, 32, 48, (10, 11), (1, 1))
    place = [(1, 5, 4, 7), (40, 9, 0, 2), None, (2, 17, 5, 6)][which]  # whose windows hold no padding
    operands[which][place] = value
    if which != 1:  # padding times what is not finite is nan in one library and skipped in the other
        with np.errstate(over="ignore"), mg.kernels("fixed:2"):
            for ours, theirs in zip(results(mg, operands, (1, 1)), results(torch, operands, (1, 1)), strict=True):
                far = np.abs(theirs) < 1e3
                np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
                np.testing.assert_allclose(ours[far], theirs[far], rtol=0, atol=2e-4)
    else:
        y, *_ = results(mg, operands, (1, 1))
        theirs = results(torch, operands, (1, 1))[0]
        others = np.arange(48) != 40
        np.testing.assert_allclose(y[:, others], theirs[:, others], rtol=0, atol=2e-4)
        np.testing.assert_array_equal(np.isfinite(y[:, 40, 2:-2, 2:-2]), np.isfinite(theirs[:, 40, 2:-2, 2:-2]))


def test_one_pixel_among_zeros_gives_the_filter():
    x, w = np.zeros((4, 16, 8, 8), np.float32), arrays(1, 16, 16, (3, 3), (0, 0))[1]
    x[2, 3, 4, 5] = 1
    y = mg.nn.functional.conv2d(mg.tensor(x), mg.tensor(w), padding=1).numpy()
    np.testing.assert_array_equal(y[2, :, 3:6, 4:7], w[:, 3, ::-1, ::-1])
    assert not y[:, :, :, :4].any()
    assert not np.signbit(y[[0, 1, 3]]).any()


def test_denormals_are_summed():
    x, w = np.ones((4, 16, 8, 8), np.float32), np.full((16, 16, 3, 3), 1e-42, np.float32)
    y, dx, *_ = results(mg, [x, w, np.full(16, -0.0, np.float32), np.ones((4, 16, 6, 6), np.float32)], (0, 0))
    np.testing.assert_array_equal(y, np.full((4, 16, 6, 6), 144 * w[0, 0, 0, 0]))
    np.testing.assert_array_equal(dx[:, :, 2:6, 2:6], np.full((4, 16, 4, 4), 144 * w[0, 0, 0, 0]))


def test_views_are_read_in_their_order():
    x, w, bias, _ = (mg.tensor(a) for a in arrays(4, 16, 32, (9, 8), (1, 1)))
    expected = mg.nn.functional.conv2d(x, w, bias, padding=1)
    turned = x.permute(2, 3, 0, 1).contiguous().permute(2, 3, 0, 1)
    strided = mg.stack([w, w + 1], -1)[..., 0]
    assert (mg.nn.functional.conv2d(turned, strided, bias, padding=1) == expected).all().item()


def test_second_derivatives():
    operands = arrays(4, 16, 32, (8, 9), (1, 1))
    grads = []
    for module, dtype in ((mg, "float32"), (torch, "float64")):
        x, w, bias, grad = (module.tensor(a.astype(dtype), requires_grad=True) for a in operands)
        y = module.nn.functional.conv2d(x, w, bias, padding=1)
        first = module.autograd.grad((y * grad).sum(), (x, w), create_graph=True)
        sum((d * d).sum() for d in first).backward()
        grads.append([leaf.grad.numpy() for leaf in (x, w, grad)])
    for ours, theirs in zip(*grads, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-6 * np.abs(theirs).max())


def test_a_compiled_step_decides_anew_what_is_tame(taken):
    net = mg.nn.Sequential(mg.nn.Conv2d(16, 32, 3, padding=1), mg.nn.ReLU(), mg.nn.Conv2d(32, 16, 3))

    def step(x):
        net.zero_grad()
        net(x).square().sum().backward()
        return [param.grad.clone() for param in net.parameters()]

    compiled = mg.compile(step, fullgraph=True)
    tame = mg.randn(4, 16, 8, 8)
    wild = tame.clone()
    wild[1, 2, 3, 4] = 1e9
    for x in (tame, tame, wild, tame, wild):
        for ours, eager in zip(compiled(x), step(x), strict=True):
            assert (ours == eager).all().item()
    assert taken
