"""Every layer with random options, weights and inputs, beside torch's with the same weights: equal, or a clean exception."""

import warnings

import mocrograd as mg
import numpy as np
import pytest
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

from fuzz.test_fuzz import CLEAN, example  # noqa: E402 (it needs torch)

SMALL = st.integers(1, 4)
ODD = st.integers(0, 19).map(lambda n: (0, -1, 7, 2.5)[n] if n < 4 else None)
"""Now and then a number that makes no sense."""


def sizes(count, low=1, high=6):
    return st.lists(st.integers(low, high), min_size=count, max_size=count).map(tuple)


@st.composite
def number(draw, low=1, high=4):
    odd = draw(ODD)
    return draw(st.integers(low, high)) if odd is None else odd


@st.composite
def options(draw, **choices):
    """Draw some of the options."""
    return {name: draw(choice) for name, choice in choices.items() if draw(st.booleans())}


@st.composite
def signal(draw, channels, ndim, high=6):
    """Draw the shape of a batch of signals; now and then of another rank, or empty."""
    shape = (draw(st.integers(1, 3)), channels, *draw(sizes(ndim, 1, high)))
    kind = draw(st.integers(0, 11))
    return shape[1:] if kind == 0 else (0, *shape[1:]) if kind == 1 else (*shape, 2) if kind == 2 else shape


BOOL = st.booleans()


@st.composite
def conv(draw, ndim, transposed):
    groups = draw(st.sampled_from((1, 1, 2)))
    channels = groups * draw(st.integers(1, 2))
    chosen = draw(options(stride=number(1, 3), padding=number(0, 2), dilation=number(1, 2), bias=BOOL))
    if transposed:
        chosen |= draw(options(output_padding=number(0, 1)))
    else:
        chosen |= draw(options(padding_mode=st.sampled_from(("zeros", "reflect", "replicate", "circular"))))
    args = channels, groups * draw(st.integers(1, 2)), draw(number(1, 3))
    return args, {**chosen, "groups": groups}, (draw(signal(channels, ndim)),)


@st.composite
def pool(draw, ndim, kind):
    chosen = draw(options(stride=number(1, 3), padding=number(0, 1), ceil_mode=BOOL))
    if kind == "Max":
        chosen |= draw(options(dilation=number(1, 2)))
    else:
        chosen |= draw(options(count_include_pad=BOOL))
    return (draw(number(1, 3)),), chosen, (draw(signal(draw(SMALL), ndim)),)


@st.composite
def adaptive(draw, ndim):
    return (draw(number(1, 4)),), {}, (draw(signal(draw(SMALL), ndim)),)


@st.composite
def norm(draw, ndim):
    channels = draw(st.integers(1, 3))
    chosen = draw(
        options(
            eps=st.sampled_from((1e-3, 0.5)),
            affine=BOOL,
            momentum=st.sampled_from((0.3, 1.0)),
            track_running_stats=BOOL,
        )
    )
    return (channels,), chosen, (draw(signal(channels, ndim, 4)),)


@st.composite
def last(draw, name):
    """Norms over what comes last, or over groups of channels."""
    shape = draw(sizes(draw(st.integers(1, 4)), 1, 4))
    if name == "GroupNorm":
        groups = draw(st.integers(1, 2))
        channels = groups * draw(st.integers(1, 2))
        return (groups, channels), draw(options(affine=BOOL)), ((shape[0], channels, *shape[1:]),)
    if name == "LocalResponseNorm":
        return (draw(st.integers(1, 3)),), draw(options(alpha=st.just(0.5), k=st.just(2.0))), (shape,)
    count = draw(st.integers(1, len(shape)))
    return (shape[-count:],), draw(options(elementwise_affine=BOOL, eps=st.just(0.1))), (shape,)


@st.composite
def linear(draw):
    width, lead = draw(st.integers(1, 5)), draw(sizes(draw(st.integers(0, 3)), 0, 3))
    return (
        (width, draw(number(1, 4))),
        draw(options(bias=BOOL)),
        ((*lead, width + draw(st.sampled_from((0, 0, 0, 1)))),),
    )


@st.composite
def bilinear(draw):
    a, b, lead = draw(SMALL), draw(SMALL), draw(sizes(draw(st.integers(0, 2)), 0, 3))
    return (a, b, draw(SMALL)), draw(options(bias=BOOL)), ((*lead, a), (*lead, b))


@st.composite
def recurrent(draw, cell):
    width, hidden = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    chosen = draw(options(bias=BOOL))
    if cell:
        return (width, hidden), chosen, (draw(st.sampled_from(((2, width), (width,), (2, width + 1), (1, 1, width)))),)
    chosen |= draw(options(num_layers=number(1, 2), batch_first=BOOL, bidirectional=BOOL))
    shape = draw(st.sampled_from(((3, 2, width), (1, 1, width), (4, width), (2, 3, width + 1), (0, 2, width))))
    return (width, hidden), chosen, (shape,)


@st.composite
def attention(draw):
    heads = draw(st.integers(1, 2))
    width = heads * draw(st.integers(1, 3))
    chosen = draw(options(bias=BOOL, add_bias_kv=BOOL, add_zero_attn=BOOL, batch_first=BOOL))
    rows, keys, batch = draw(sizes(3, 1, 3))
    return (width, heads), chosen, ((rows, batch, width), (keys, batch, width), (keys, batch, width))


@st.composite
def encoder(draw):
    heads = draw(st.integers(1, 2))
    width = heads * draw(st.integers(1, 3))
    chosen = draw(options(activation=st.sampled_from(("relu", "gelu")), norm_first=BOOL, batch_first=BOOL, bias=BOOL))
    return (width, heads, draw(SMALL)), {**chosen, "dropout": 0.0}, ((*draw(sizes(2, 1, 3)), width),)


@st.composite
def frame(draw, ndim, low):
    size = draw(st.one_of(st.integers(-1, 3), st.lists(st.integers(low, 3), min_size=2 * ndim, max_size=2 * ndim)))
    return (tuple(size) if isinstance(size, list) else size,), {}, (draw(signal(draw(SMALL), ndim, 4)),)


@st.composite
def shape_of(draw):
    return draw(sizes(draw(st.integers(0, 4)), 0, 4))


def pointwise(**choices):
    return st.tuples(st.just(()), options(**choices), st.tuples(shape_of()))


NUMBER = st.sampled_from((0.5, 1.0, 0.1, -0.2, 2.0))
DIM = st.integers(-3, 3)
FACTOR = st.sampled_from((2, 1, 3, 0))
LAYERS = {
    "Linear": linear(), "Bilinear": bilinear(), "MultiheadAttention": attention(), "TransformerEncoderLayer": encoder(),
    **{f"Conv{d}d": conv(d, False) for d in (1, 2, 3)}, **{f"ConvTranspose{d}d": conv(d, True) for d in (1, 2, 3)},
    **{f"{k}Pool{d}d": pool(d, k) for k in ("Max", "Avg") for d in (1, 2, 3)},
    **{f"Adaptive{k}Pool{d}d": adaptive(d) for k in ("Max", "Avg") for d in (1, 2, 3)},
    **{f"{k}Norm{d}d": norm(d) for k in ("Batch", "Instance") for d in (1, 2, 3)},
    **{name: last(name) for name in ("LayerNorm", "RMSNorm", "GroupNorm", "LocalResponseNorm")},
    **{name: recurrent(False) for name in ("RNN", "LSTM", "GRU")},
    **{name: recurrent(True) for name in ("RNNCell", "LSTMCell", "GRUCell")},
    **{f"{k}Pad{d}d": frame(d, 0 if k == "Circular" else -1) for k in ("Zero", "Reflection", "Replication", "Circular") for d in (1, 2, 3)},
    **{name: pointwise() for name in ("ReLU", "ReLU6", "Sigmoid", "Tanh", "SiLU", "SELU", "Mish", "Hardsigmoid", "Hardswish",
                                      "Softsign", "Tanhshrink", "LogSigmoid", "Identity", "Softmax2d")},
    "ELU": pointwise(alpha=NUMBER), "CELU": pointwise(alpha=st.sampled_from((0.5, 1.0, 2.0))),
    **{name: pointwise(lambd=NUMBER) for name in ("Softshrink", "Hardshrink")},
    **{name: pointwise(dim=DIM) for name in ("Softmax", "LogSoftmax", "Softmin", "GLU")},
    "LeakyReLU": pointwise(negative_slope=NUMBER), "Softplus": pointwise(beta=NUMBER, threshold=NUMBER),
    "GELU": pointwise(approximate=st.sampled_from(("none", "tanh", "x"))), "PReLU": pointwise(num_parameters=SMALL),
    "Hardtanh": pointwise(min_val=NUMBER, max_val=NUMBER), "Flatten": pointwise(start_dim=DIM, end_dim=DIM),
    "Threshold": st.tuples(st.tuples(NUMBER, NUMBER), st.just({}), st.tuples(shape_of())),
    "Unflatten": st.tuples(st.tuples(DIM, sizes(2, -1, 3)), st.just({}), st.tuples(shape_of())),
    "PixelShuffle": st.tuples(st.tuples(FACTOR), st.just({}), st.tuples(shape_of())),
    "PixelUnshuffle": st.tuples(st.tuples(FACTOR), st.just({}), st.tuples(shape_of())),
    "Upsample": pointwise(size=st.integers(0, 5), scale_factor=st.sampled_from((2, 0.5, 1.7)),
                          mode=st.sampled_from(("nearest", "linear", "bilinear")), align_corners=BOOL),
}  # fmt: skip


STRICTER = (
    "_backward(): Expected grad_output to have non-zero size",  # torch pools to nothing, but has no gradient of that
    "smaller than kernel size",  # in three dimensions alone, torch has no ceil_mode of a window that is too large
    "select(): index 0 out of range",  # the running statistics of no samples
)
"""What torch refuses, and what has a plain meaning here."""


def made(m, name, args, chosen, arrays, training):
    """Return the layer and its inputs."""
    layer = getattr(m.nn, name)(*args, **chosen)
    layer.train(training)
    return layer, [m.from_numpy(a.copy()).requires_grad_() for a in arrays]


def tensors(result):
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in tensors(part)]
    return [] if result is None else [result]


def run(layer, inputs):
    """Return results, gradients of inputs and parameters, and the state."""
    results = tensors(layer(*inputs))
    total = sum((r * r).sum() for r in results if r.dtype.is_floating_point)
    if getattr(total, "requires_grad", False):
        total.backward()
    grads = [t.grad for t in (*inputs, *layer.parameters())]
    return [*results, *grads, *layer.state_dict().values()]


def same(got, expected, rtol):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected):
        if theirs is None or ours is None:  # a gradient of nothing and one of zeros are the same
            other = theirs if ours is None else ours
            assert other is None or not other.any()
            continue
        assert tuple(ours.shape) == tuple(theirs.shape)
        assert str(ours.dtype).rpartition(".")[2] == str(theirs.dtype).rpartition(".")[2]
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=rtol, atol=rtol * 10)


@pytest.mark.parametrize("name", LAYERS)
@example
def test_a_layer_is_torchs(name, data):
    args, chosen, shapes = data.draw(LAYERS[name])
    dtype = data.draw(st.sampled_from(("float32", "float64")))
    training = data.draw(BOOL)
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [random.integers(-8, 9, shape).astype(dtype) / 4 + 0.1 for shape in shapes]
    arrays = [a.astype(dtype) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = error = None
        try:
            theirs, given = made(torch, name, args, chosen, arrays, training)
            theirs.to(getattr(torch, dtype))
            for p in theirs.parameters():
                torch.nn.init.uniform_(p, -1, 1, generator=torch.Generator().manual_seed(p.numel()))
            state = {k: v.clone().numpy() for k, v in theirs.state_dict().items()}
            expected = run(theirs, given)
        except Exception as e:
            error = e
        try:
            ours, given = made(mg, name, args, chosen, arrays, training)
            ours.to(getattr(mg, dtype))
            if error is None:
                ours.load_state_dict({k: mg.from_numpy(v) for k, v in state.items()})
            got = run(ours, given)
        except Exception as e:
            if isinstance(e, CLEAN) or type(e) is type(error):
                return
            raise
    lenient = isinstance(error, (NotImplementedError, TypeError)) or any(words in str(error) for words in STRICTER)
    assert error is None or lenient, f"torch raises {error!r}, ours gives {got}"
    if error is None:
        same(got, expected, 1e-4 if dtype == "float32" else 1e-9)
