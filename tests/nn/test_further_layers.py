"""Layers and functions beside the common ones: values, gradients, names and errors are torch's."""

import copy
import pickle

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def array(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def both(call, *arrays):
    """Return results and gradients of a call on both libraries."""
    found = []
    for m in (mg, torch):
        inputs = [m.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
        result = call(m, *inputs)
        results = result if isinstance(result, tuple) else (result,)
        sum((r * r).sum() for r in results if r.requires_grad).backward()
        found.append([r.detach().numpy() for r in results] + [x.grad.numpy() for x in inputs if x.requires_grad])
    for ours, theirs in zip(*found, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


GRIDS = {
    "image": ((2, 3, 5, 4), (2, 3, 6, 2)),
    "volume": ((2, 3, 3, 4, 2), (2, 2, 3, 4, 3)),
    "one": ((1, 1, 1, 1), (1, 2, 2, 2)),
}


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("grid", GRIDS)
def test_grid_sample_is_torchs(grid, mode, padding_mode, align_corners):
    if mode == "bicubic" and grid == "volume":
        for m in (mg, torch):
            with pytest.raises((NotImplementedError, RuntimeError), match="bicubic"):
                m.nn.functional.grid_sample(*(m.ones(*s) for s in GRIDS[grid]), mode, padding_mode, align_corners)
        return
    shape, places = GRIDS[grid]
    at = array(places, 1)
    at.flat[-1] = 5.5

    def sample(m, x, at):
        result = m.nn.functional.grid_sample(x, at, mode, padding_mode, align_corners)
        return (result, at * 1) if mode == "nearest" else result  # the places have a gradient in any case

    both(sample, array(shape), at)
    twin = mg.tensor(np.where(at < -1, np.float32(np.nan), at))
    ours = mg.nn.functional.grid_sample(mg.tensor(array(shape)), twin, mode, padding_mode, align_corners)
    same = mg.tensor(np.where(at < -1, np.float32(-1), at))
    other = mg.nn.functional.grid_sample(mg.tensor(array(shape)), same, mode, padding_mode, align_corners)
    assert ours.tolist() == other.tolist()


@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 3, 4, 2), (1, 1, 1, 4)])
@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.filterwarnings("ignore:.*align_corners:UserWarning")
def test_affine_grid_is_torchs(size, align_corners):
    ndim = len(size) - 2
    both(lambda m, theta: m.nn.functional.affine_grid(theta, size, align_corners), array((size[0], ndim, ndim + 1)))


def test_corners_are_not_aligned_by_default():
    for m in (mg, torch):
        with pytest.warns(UserWarning, match="align_corners"):
            grid = m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 2, 2))
        assert grid.tolist() == m.nn.functional.affine_grid(m.ones(1, 2, 3), (1, 1, 2, 2), False).tolist()
        with pytest.warns(UserWarning, match="align_corners"):
            m.nn.functional.grid_sample(m.ones(1, 1, 2, 2), grid)


LAYERS = {
    "Unfold": ((2,), {"padding": 1, "stride": 2}, (2, 3, 5, 4)),
    "Fold": (((4, 5), (2, 2)), {}, (2, 12, 12)),
    "ChannelShuffle": ((3,), {}, (2, 6, 4, 2)),
    "LPPool1d": ((2.0, 3), {"stride": 2, "ceil_mode": True}, (2, 3, 8)),
    "LPPool2d": ((3, 2), {}, (2, 3, 5, 4)),
    "LPPool3d": ((1.0, 2), {"stride": 1}, (2, 3, 4, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_torchs(name):
    args, options, shape = LAYERS[name]
    layers = {m: getattr(m.nn, name)(*args, **options) for m in (mg, torch)}
    assert repr(layers[mg]) == repr(layers[torch])
    both(lambda m, x: layers[m](x), np.abs(array(shape)) + 0.1)


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"stride": 1}, {"stride": 3}, {"padding": 1}])
def test_unpooling_is_torchs(ndim, options):
    def pooled(m, x):
        pool = getattr(m.nn, f"MaxPool{ndim}d")(3, return_indices=True, **options)
        values, places = pool(x)
        back = getattr(m.nn, f"MaxUnpool{ndim}d")(3, **options)
        return back(values, places, output_size=x.shape[-ndim:])

    shape = (2, 3, *(7, 6, 8)[:ndim])
    if options.get("stride") != 1:  # there a place is taken twice, and the gradient is that of either
        both(pooled, array(shape))
        both(pooled, array(shape[1:]))
    values = array(shape)
    back = [pooled(m, m.tensor(values)).numpy() for m in (mg, torch)]
    np.testing.assert_array_equal(*back)
    ours, theirs = (repr(getattr(m.nn, f"MaxUnpool{ndim}d")(3, **options)) for m in (mg, torch))
    assert ours == theirs


@pytest.mark.parametrize("options", [{}, {"head_bias": True, "div_value": 2.0}])
def test_adaptive_softmax_is_torchs(options):
    layers = {m: m.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], **options) for m in (mg, torch)}
    layers[mg].load_state_dict({k: mg.tensor(v.numpy()) for k, v in layers[torch].state_dict().items()})
    assert repr(layers[mg]) == repr(layers[torch])
    targets = np.array([0, 3, 4, 9, 10, 19, 5])
    both(lambda m, x: tuple(layers[m](x, m.tensor(targets))), array((7, 16)))
    both(lambda m, x: layers[m].log_prob(x), array((7, 16)))
    for (name, p), q in zip(layers[mg].named_parameters(), layers[torch].parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-4, err_msg=name)
    x = array((7, 16))
    assert layers[mg].predict(mg.tensor(x)).tolist() == layers[torch].predict(torch.tensor(x)).tolist()
    both(lambda m, x: layers[m](x, m.tensor(3)).loss, array((16,)))


@pytest.mark.parametrize("options", [{}, {"out_features": (2, 3), "bias": True}, {"bias": True, "reduction": "none"}])
@pytest.mark.parametrize("kind", ["classes", "probabilities"])
def test_linear_cross_entropy_is_torchs(options, kind):
    more = {"weight": [0.5, 1.0, 2.0, 1.0], "label_smoothing": 0.1}
    layers = {}
    for m in (mg, torch):
        layers[m] = m.nn.LinearCrossEntropyLoss(5, 4, **options, **{**more, "weight": m.tensor(more["weight"])})
    layers[mg].load_state_dict({k: mg.tensor(v.numpy()) for k, v in layers[torch].state_dict().items()})
    places = options.get("out_features", ())
    target = np.random.default_rng(0).integers(0, 4, (6, *places))
    if kind == "probabilities":
        target = np.random.default_rng(0).dirichlet(np.ones(4), (6, *places))
        target = np.moveaxis(target, -1, 1).astype(np.float32)
    both(lambda m, x: layers[m](x, m.tensor(target)), array((6, 5)))
    for p, q in zip(layers[mg].parameters(), layers[torch].parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_old_names():
    for m in (mg, torch):
        with pytest.warns(FutureWarning, match="NLLLoss2d"):
            loss = m.nn.NLLLoss2d()
        assert loss(m.zeros(1, 2, 3, 3), m.zeros(1, 3, 3, dtype=m.int64)).item() == 0
        with pytest.warns(UserWarning, match="interpolate"):
            assert tuple(m.nn.functional.upsample(m.ones(1, 1, 2, 2), 4).shape) == (1, 1, 4, 4)
        with pytest.warns(UserWarning, match="interpolate"):
            bilinear = m.nn.functional.upsample_bilinear(m.arange(4.0).reshape(1, 1, 2, 2), 3)
        assert bilinear.flatten().tolist() == [0.0, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0, 2.5, 3.0]
        with pytest.warns(UserWarning, match="interpolate"):
            assert m.nn.functional.upsample_nearest(m.ones(1, 1, 2), scale_factor=2).tolist() == [[[1.0] * 4]]


def test_gumbel_softmax():
    mg.manual_seed(0)
    logits = mg.tensor([[2.0, 0.0, 1.0]]).expand(4000, 3).clone().requires_grad_()
    hard = mg.nn.functional.gumbel_softmax(logits, hard=True)
    assert hard.sum(1).tolist() == pytest.approx([1.0] * 4000, abs=1e-5)
    expected = logits[0].softmax(0).tolist()
    assert hard.detach().mean(0).tolist() == pytest.approx(expected, abs=0.03)
    soft = mg.nn.functional.gumbel_softmax(logits, tau=0.5)
    assert soft.sum(1).tolist() == pytest.approx([1.0] * 4000, abs=1e-4)
    (hard[:, 0] + soft[:, 0]).sum().backward()
    assert logits.grad.abs().sum().item() > 0
    with pytest.warns(UserWarning, match="eps"):
        mg.nn.functional.gumbel_softmax(logits, eps=0.1)


LAZY = {
    "LazyLinear": ((3,), {}, (2, 4, 5)),
    "LazyConv1d": ((4, 3), {"padding": 1}, (2, 5, 6)),
    "LazyConv2d": ((4, (3, 2)), {"groups": 2, "bias": False}, (2, 6, 5, 4)),
    "LazyConv3d": ((2, 2), {"stride": 2}, (3, 4, 5, 4)),
    "LazyConvTranspose1d": ((4, 3), {"stride": 2}, (2, 5, 6)),
    "LazyConvTranspose2d": ((4, 3), {"groups": 2}, (2, 6, 5, 4)),
    "LazyConvTranspose3d": ((2, 2), {"dilation": 2}, (2, 3, 4, 3, 2)),
    "LazyBatchNorm1d": ((), {"eps": 0.1}, (4, 3)),
    "LazyBatchNorm2d": ((), {"affine": False}, (4, 3, 2, 2)),
    "LazyBatchNorm3d": ((), {"track_running_stats": False}, (4, 3, 2, 2, 2)),
    "LazyInstanceNorm1d": ((), {}, (4, 3, 5)),
    "LazyInstanceNorm2d": ((), {"affine": False}, (4, 3, 2, 2)),
    "LazyInstanceNorm3d": ((), {"momentum": 0.5}, (4, 3, 2, 2, 2)),
}


@pytest.mark.parametrize("name", LAZY)
@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_lazy_layers_are_torchs(name):
    args, options, shape = LAZY[name]
    layers = {m: getattr(m.nn, name)(*args, **options) for m in (mg, torch)}
    ours, theirs = layers[mg], layers[torch]
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.has_uninitialized_params() == theirs.has_uninitialized_params()
    waiting = copy.deepcopy(ours)
    waiting.load_state_dict(ours.state_dict())
    assert waiting.has_uninitialized_params() == ours.has_uninitialized_params()
    x = array(shape)
    ours(mg.tensor(x))
    theirs(torch.tensor(x))
    kind = name.removeprefix("Lazy")
    assert type(ours) is getattr(mg.nn, kind)
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({k: mg.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    both(lambda m, x: layers[m](x) * 1 + x.sum(), x)
    assert all(type(p) is mg.nn.Parameter for p in ours.parameters())
    waiting.load_state_dict(ours.state_dict())
    waiting(mg.tensor(x))
    assert repr(waiting) == repr(ours)
    for p, q in zip(waiting.parameters(), ours.parameters(), strict=True):
        assert p.tolist() == q.tolist()
    assert pickle.loads(pickle.dumps(ours)).state_dict().keys() == ours.state_dict().keys()


def test_a_parameter_without_a_shape_says_so():
    layer = mg.nn.LazyLinear(3)
    with pytest.raises(RuntimeError, match="shape of an uninitialized parameter"):
        layer.weight.shape  # noqa: B018
    assert repr(layer.weight) == "<UninitializedParameter>"
    net = mg.nn.Sequential(mg.nn.LazyConv2d(2, 3), mg.nn.Flatten(), mg.nn.LazyLinear(3)).to(mg.float64)
    assert net(mg.ones(1, 4, 5, 5, dtype=mg.float64)).dtype == mg.float64
    with pytest.raises(RuntimeError, match="Expected 3D"):
        mg.nn.LazyConv2d(2, 3)(mg.ones(4, 4))


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("options", [{}, {"max_norm": 1.0}])
def test_a_bag_of_unknown_rows_is_refused_as_by_torch(mode, options):
    kinds = []
    for m in (mg, torch):
        for index in (m.tensor([[5, 1]]), m.tensor([[0, -1]])):
            with pytest.raises((RuntimeError, IndexError)) as caught:
                m.nn.EmbeddingBag(3, 2, mode=mode, **options)(index)
            kinds.append(caught.type)
    assert kinds[:2] == kinds[2:]


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("options", [{"output_size": 3}, {"output_size": 1}, {"output_ratio": 0.5}], ids=str)
def test_fractional_pooling_is_torchs(ndim, options):
    shape = (2, 3, 7, 8, 6)[: ndim + 2]
    samples = np.random.default_rng(0).uniform(size=(2, 3, ndim)).astype(np.float32)
    for window in (2, (2, 3, 1)[:ndim]):

        def pooled(m, x, samples=samples, window=window):
            kind = getattr(m.nn, f"FractionalMaxPool{ndim}d")
            values, places = kind(window, **options, return_indices=True, _random_samples=m.tensor(samples))(x)
            alone = kind(window, **options, _random_samples=m.tensor(samples[:1]))(x[0])
            return values, alone, places

        both(pooled, array(shape))
    mg.manual_seed(0)
    layer = getattr(mg.nn, f"FractionalMaxPool{ndim}d")(2, **options)
    x = mg.randn(*shape)
    values = layer(x)
    assert values.shape[2:] == tuple(options.get("output_size", n // 2) for n in shape[2:])
    assert set(values.flatten().tolist()) <= set(x.flatten().tolist())
