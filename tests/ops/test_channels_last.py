"""Convolutions and pools of images whose channels lie side by side, against torch's: values, gradients and strides."""

import itertools

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.profiler import profile

torch = pytest.importorskip("torch", reason="torch is not installed")

CONVOLUTIONS = [  # batch, channels, filters, image, window
    (2, 3, 5, (9, 11), (3, 3)),  # panels of few filters, which have no kernels
    (2, 16, 32, (12, 10), (3, 3)),  # by minimal filtering
    (3, 16, 16, (13, 14), (3, 3)),
    (2, 40, 33, (7, 9), (3, 3)),  # a panel and one filter more
    (1, 8, 8, (6, 7), (1, 1)),  # a product of matrices
    (2, 24, 24, (9, 8), (3, 5)),
    (3, 70, 140, (5, 6), (2, 3)),  # two blocks of taps, two bands of filters
    (2, 9, 9, (8, 8), (8, 8)),  # a window as large as the image
    (2, 4, 12, (5, 4, 6), (3, 2, 3)),
    (5, 300, 16, (4, 5), (1, 1)),
    (2, 36, 36, (9, 10), (7, 7)),
]
FORMATS = {4: "channels_last", 5: "channels_last_3d"}


def lying(m, array, last, dtype):
    """Return a leaf of a module, with its channels side by side where they lie last."""
    x = m.tensor(array).to(getattr(m, dtype))
    if last:
        x = x.contiguous(memory_format=getattr(m, FORMATS[array.ndim]))
    return x.requires_grad_()


def numbers(*shape):
    """Return numbers of a shape in float64."""
    return np.random.default_rng(sum(shape)).standard_normal(shape)


def convolved(m, case, last, dtype, transposed, options):
    """Return a convolution, and the gradients of images, filters and bias."""
    batch, channels, filters, image, window = case
    groups = options.get("groups", 1)
    ends = (channels, filters // groups) if transposed else (filters, channels // groups)
    x, w = lying(m, numbers(batch, channels, *image), last[0], dtype), lying(m, numbers(*ends, *window), last[1], dtype)
    bias = lying(m, numbers(filters), False, dtype)
    function = f"conv_transpose{len(image)}d" if transposed else f"conv{len(image)}d"
    y = getattr(m.nn.functional, function)(x, w, bias, **options)
    y.backward(lying(m, numbers(*y.shape), True, dtype).detach())
    return y.detach(), x.grad, w.grad, bias.grad


def compare(ours, theirs, tolerance):
    """Compare tensors: values as far as a share of the largest goes."""
    for a, b in zip(ours, theirs, strict=True):
        limit = tolerance * max(1, np.abs(b.numpy()).max(initial=0))
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=0, atol=limit)


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
def test_convolutions(case, transposed):
    _, channels, filters, image, window = case
    for stride, padding, dilation, groups in itertools.product((1, 2), (0, 1), (1, 2), (1, 2, channels)):
        span = [dilation * (k - 1) + 1 for k in window]
        fits = all(n + 2 * padding >= s for n, s in zip(image, span)) if not transposed else padding < min(span)
        if channels % groups or filters % groups or not fits:
            continue
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        expected = convolved(torch, case, (True, True), "float64", transposed, options)
        for last, dtype in (((True, True), "float32"), ((True, False), "float32"), ((False, True), "float64")):
            ours = convolved(mg, case, last, dtype, transposed, options)
            compare(ours, expected, 1e-5 if dtype == "float32" else 1e-12)
            if last[0] or (groups < channels and max(window) > 1):  # others lie in both layouts
                assert ours[0].is_contiguous(memory_format=getattr(mg, FORMATS[ours[0].dim()]))
            if last[0]:
                assert ours[1].is_contiguous(memory_format=getattr(mg, FORMATS[ours[0].dim()]))


@pytest.mark.parametrize(
    ("case", "options"),
    [
        (CONVOLUTIONS[1], {"padding": 1}),
        (CONVOLUTIONS[6], {"padding": 1}),
        (CONVOLUTIONS[5], {"stride": 2, "groups": 24}),
        (CONVOLUTIONS[10], {"padding": 3, "groups": 36}),
        (CONVOLUTIONS[8], {"stride": 2}),
    ],
)
def test_forms_agree_and_workers_change_no_bit(case, options):
    expected = convolved(torch, case, (True, True), "float64", False, options)
    found = {}
    for form in ("original", "fixed:1", "fixed:2", "fixed:3"):
        with mg.kernels(form):
            found[form] = convolved(mg, case, (True, True), "float32", False, options)
        compare(found[form], expected, 1e-5)
    for form in ("fixed:2", "fixed:3"):
        for a, b in zip(found[form], found["fixed:1"], strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_what_is_not_finite_stays_in_its_windows():
    x = numbers(2, 16, 12, 12)
    x[0, 3, 5, 5], x[1, 7, 0, 11] = np.nan, np.inf
    w = numbers(16, 16, 3, 3)
    expected = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(w), padding=1).numpy()
    y = mg.nn.functional.conv2d(lying(mg, x, True, "float32"), lying(mg, w, True, "float32"), padding=1)
    np.testing.assert_array_equal(np.isfinite(y.detach().numpy()), np.isfinite(expected))


def test_nothing_is_copied_to_rows():
    net = mg.nn.Sequential(
        mg.nn.Conv2d(16, 32, 3, padding=1), mg.nn.BatchNorm2d(32), mg.nn.ReLU(), mg.nn.MaxPool2d(2),
        mg.nn.Conv2d(32, 16, 1), mg.nn.AvgPool2d(2), mg.nn.Conv2d(16, 16, 3, groups=16),
    ).to(memory_format=mg.channels_last)  # fmt: skip
    x = lying(mg, numbers(4, 16, 16, 16), True, "float32")
    with profile() as found:
        net(x).square().sum().backward()
    copies = [row for row in found.rows() if row.name.startswith("cast")]
    # the gradient of filters of 3 x 3, which minimal filtering gives row-major
    assert sum(row.calls for row in copies) <= 1


@pytest.mark.parametrize("shape", [(2, 3, 7, 9), (1, 16, 8, 8), (3, 33, 6, 5)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("form", ["original", "fixed:2"])
def test_pools(shape, dtype, form):
    pooled = []
    for window, stride, padding, ceil in itertools.product((2, 3), (1, 2, 3), (0, 1), (False, True)):
        options = {"kernel_size": window, "stride": stride, "padding": padding, "ceil_mode": ceil}
        pooled += [("max_pool2d", options | {"dilation": d, "return_indices": True}) for d in (1, 2)]
        pooled += [("avg_pool2d", options | {"count_include_pad": p, "divisor_override": 3 if p and ceil else None})
                   for p in (False, True)]  # fmt: skip
    pooled += [(f"adaptive_{kind}_pool2d", {"output_size": n}) for kind in ("avg", "max") for n in (1, 2, 3, 5)]
    values = numbers(*shape).round(1)  # equal ones too: the first one is the largest
    values[0, 1, 2, 3] = np.nan
    for name, options in pooled:
        try:
            theirs = pools(torch, name, options, values, dtype)
        except RuntimeError:  # windows that do not fit
            with pytest.raises(RuntimeError):
                pools(mg, name, options, values, dtype)
            continue
        with mg.kernels(form):
            ours = pools(mg, name, options, values, dtype)
        limit = {"float32": 1e-5, "float64": 1e-12, "bfloat16": 2e-2}[dtype]
        for a, b in zip(ours, theirs, strict=True):
            assert a.stride() == b.stride() or 1 in a.shape
            np.testing.assert_allclose(a.double().numpy(), b.double().numpy(), rtol=limit, atol=4 * limit)


def pools(m, name, options, values, dtype):
    """Return a pooling, the gradient of the images, and indices where there are some."""
    x = lying(m, values, True, dtype)
    y = getattr(m.nn.functional, name)(x, **options)
    y, *indices = y if isinstance(y, tuple) else (y,)
    y.backward(lying(m, numbers(*y.shape), True, dtype).detach())
    return y.detach(), x.grad, *indices


def test_pools_of_volumes_have_torchs_strides():
    for name in ("max_pool3d", "avg_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d"):
        strides = []
        for m in (mg, torch):
            x = lying(m, numbers(2, 5, 4, 6, 5), True, "float32")
            strides.append(getattr(m.nn.functional, name)(x, 2).stride())
        assert strides[0] == strides[1], name


def test_second_derivatives():
    x = lying(mg, numbers(2, 9, 6, 6), True, "float64")
    w, depthwise = lying(mg, numbers(9, 9, 3, 3), True, "float64"), lying(mg, numbers(9, 1, 3, 3), True, "float64")
    F = mg.nn.functional
    for function, operands in (
        (lambda x, w: F.conv2d(x, w, stride=2, padding=1), (x, w)),
        (lambda x, w: F.conv2d(x, w, padding=1, groups=9), (x, depthwise)),
        (lambda x, w: F.conv_transpose2d(x, w, stride=2), (x, w)),
        (lambda x: F.max_pool2d(x, 2), (x,)),
        (lambda x: F.avg_pool2d(x, 3, 2, 1), (x,)),
    ):
        assert mg.autograd.gradgradcheck(function, operands)


def test_samples_of_gradients_agree():
    x, w = lying(mg, numbers(2, 9, 6, 6), True, "float64"), lying(mg, numbers(9, 9, 3, 3), True, "float64")
    y = mg.nn.functional.max_pool2d(mg.nn.functional.conv2d(x, w, padding=1), 2)
    directions = mg.eye(y.numel(), dtype=mg.float64).reshape(-1, *y.shape)
    mapped = mg.func.vmap(lambda v: mg.autograd.grad(y, x, v, retain_graph=True)[0])(directions)
    for i in (0, 7, y.numel() - 1):
        (one,) = mg.autograd.grad(y, x, directions[i], retain_graph=True)
        np.testing.assert_allclose(mapped[i].numpy(), one.numpy(), rtol=1e-12, atol=1e-12)
