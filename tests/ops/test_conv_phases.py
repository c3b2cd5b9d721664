"""Gradients of strided convolutions, and transposed ones, pixel by pixel alike, against the same with zeros between."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.ops import _convolve as conv

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [  # channels, image, filters, window, options
    (3, (11,), 4, (3,), {"stride": 2}),
    (2, (17,), 3, (5,), {"stride": 3, "padding": 2}),
    (2, (9,), 3, (1,), {"stride": 4}),
    (3, (8, 9), 4, (3, 3), {"stride": 2, "padding": 1}),
    (4, (13, 10), 6, (4, 2), {"stride": (3, 2), "padding": (1, 1), "groups": 2}),
    (2, (9, 12), 3, (3, 4), {"stride": (1, 3), "padding": (2, 0), "dilation": (2, 1)}),
    (2, (7, 7), 3, (1, 1), {"stride": 2}),
    (2, (12, 12), 3, (7, 7), {"stride": 2, "padding": 3}),
    (2, (5, 6, 7), 2, (3, 2, 3), {"stride": 2, "padding": 1}),
]


@pytest.fixture(autouse=True)
def _always_by_phases(monkeypatch):
    monkeypatch.setattr(conv, "_WORTH_PHASES", 0)


def values(*shape):
    """Return numbers of a shape in float64."""
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@pytest.mark.parametrize(("channels", "image", "filters", "window", "options"), CASES)
@pytest.mark.parametrize("batch", [0, 2])
def test_gradients_of_images_agree_with_torch(batch, channels, image, filters, window, options):
    name = f"conv{len(image)}d"
    x, w = values(batch, channels, *image), values(filters, channels // options.get("groups", 1), *window)
    grads = []
    for module in (mg, torch):
        tensors = [module.tensor(a, requires_grad=True) for a in (x, w)]
        y = getattr(module.nn.functional, name)(*tensors, **options)
        upstream = module.tensor(values(*y.shape))
        (dx,) = module.autograd.grad((y * upstream).sum(), tensors[:1], create_graph=True)
        (dx * dx).sum().backward()
        grads.append([dx.detach().numpy()] + ([tensors[1].grad.numpy()] if batch else []))  # torch has none for 0
    for ours, theirs in zip(*grads, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("channels", "image", "filters", "window", "options"), CASES)
@pytest.mark.parametrize("more", [0, 1])
def test_transposed_convolutions_agree_with_torch(channels, image, filters, window, options, more):
    stride = options["stride"] if isinstance(options["stride"], tuple) else (options["stride"],) * len(image)
    name, groups = f"conv_transpose{len(image)}d", options.get("groups", 1)
    x, w, bias = values(2, filters, *image), values(filters, channels // groups, *window), values(channels)
    options = {**options, "output_padding": tuple(min(more, s - 1) for s in stride)}
    ours, theirs = (
        getattr(module.nn.functional, name)(*(module.tensor(a) for a in (x, w, bias)), **options).numpy()
        for module in (mg, torch)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_large_work_goes_by_phases_and_gives_equal_bits_on_any_number_of_workers(monkeypatch):
    monkeypatch.undo()
    taken = []
    by_phases = conv._by_phases
    monkeypatch.setattr(conv, "_by_phases", lambda *args: taken.append(1) or by_phases(*args))
    x, w = mg.randn(8, 32, 28, 28, requires_grad=True), mg.randn(64, 32, 3, 3)
    upstream, results = mg.randn(8, 64, 14, 14), []
    for workers in (1, 3):
        with mg.kernels("fixed", workers):
            y = mg.nn.functional.conv2d(x, w, stride=2, padding=1)
            results.append(mg.autograd.grad(y, x, upstream)[0])
    assert len(taken) == 2
    assert (results[0] == results[1]).all().item()
    small = mg.nn.functional.conv2d(x[:1, :, :4, :4].detach().requires_grad_(), w, stride=2)
    small.sum().backward()
    assert len(taken) == 2


def test_a_compiled_step_records_the_phases():
    net = mg.nn.Sequential(mg.nn.Conv2d(2, 2, 1), mg.nn.Conv2d(2, 3, 3, stride=2, padding=1))
    x = mg.randn(2, 2, 9, 9)

    def step(x):
        net.zero_grad()
        net(x).square().sum().backward()
        return net[0].weight.grad.clone()

    expected = step(x)
    compiled = mg.compile(step, fullgraph=True)
    for _ in range(3):
        assert (compiled(x) == expected).all().item()
