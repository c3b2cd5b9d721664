"""Random layers: what draws the options of each, and its inputs."""

import numpy as np
from hypothesis import strategies as st

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
    if kind == "Max" and "padding" not in chosen:  # a window of padding alone makes torch write outside of its memory
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
def decoder(draw):
    heads = draw(st.integers(1, 2))
    width = heads * draw(st.integers(1, 3))
    chosen = draw(options(activation=st.sampled_from(("relu", "gelu")), norm_first=BOOL, batch_first=BOOL, bias=BOOL))
    rows, keys, batch = draw(sizes(3, 1, 3))
    first = chosen.get("batch_first", False)
    shapes = [(batch, n, width) if first else (n, batch, width) for n in (rows, keys)]
    odd = draw(st.integers(0, 9))
    shapes[1] = shapes[1][1:] if odd == 0 else (*shapes[1][:-1], width + 1) if odd == 1 else shapes[1]
    return (width, heads, draw(SMALL)), {**chosen, "dropout": 0.0}, tuple(shapes)


@st.composite
def transformer(draw):
    (width, heads, inner), chosen, shapes = draw(decoder())
    layers = {"num_encoder_layers": draw(number(1, 2)), "num_decoder_layers": draw(number(1, 2))}
    return (width, heads), {**chosen, **layers, "dim_feedforward": inner}, shapes


@st.composite
def table(draw, bag):
    rows, width = draw(st.integers(1, 5)), draw(number(1, 3))
    chosen = draw(
        options(
            padding_idx=st.integers(-6, 5),
            max_norm=st.sampled_from((0.5, 2.0)),
            norm_type=st.sampled_from((1.0, 2.0, 3.0)),
        )
    )
    if not bag:  # in bags torch divides the gradients of rows by how often other rows are named
        chosen |= draw(options(scale_grad_by_freq=BOOL))
    if bag:
        chosen |= draw(options(mode=st.sampled_from(("sum", "mean", "max", "x")), include_last_offset=BOOL))
        shapes = draw(st.sampled_from((((2, 3),), ((5,), (2,)), ((4,), (1,)), ((0,), (2,)), ((3, 0),), ((5,),))))
        high = max(rows, 1)
        parts = [Whole(shapes[0], 0, high)]
        if len(shapes) == 2:
            parts.append(Offsets(shapes[1], shapes[0][0], chosen.get("include_last_offset", False)))
        return (rows, width), chosen, tuple(parts)
    shape = draw(st.sampled_from(((3,), (2, 3), (), (0, 2), (1, 1, 4))))
    return (rows, width), chosen, (Whole(shape, 0, rows + draw(st.sampled_from((0, 0, 0, 1)))),)


@st.composite
def drop(draw, ndim):
    shape = draw(signal(draw(SMALL), ndim, 4)) if ndim else draw(shape_of())
    return (draw(st.sampled_from((0.0, 1.0, 0.5, -0.1, 1.5))),), draw(options(inplace=BOOL)), (shape,)


REDUCTION = st.sampled_from(("mean", "sum", "none", "median"))


@st.composite
def pairwise(draw, count, target="float", signs=False, **choices):
    """Draw inputs of one shape, now and then of others, and a target."""
    shape = draw(sizes(draw(st.integers(0, 3)), 0, 4))
    odd = draw(st.integers(0, 11))
    other = shape[1:] if odd == 0 else (*shape, 2) if odd == 1 else (1, *shape[1:]) if odd == 2 and shape else shape
    made = {"float": Real, "signs": Signs, "share": Share}[target]
    inputs = [shape] * (count - 1)
    return (), draw(options(reduction=REDUCTION, **choices)), (*inputs, made(other))


@st.composite
def classes(draw, name):
    count, batch = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    rest = draw(sizes(draw(st.integers(0, 2)), 1, 3))
    single = draw(st.integers(0, 5)) == 0
    x, y = ((count,), ()) if single else ((batch, count, *rest), (batch, *rest))
    odd = draw(st.integers(0, 14))
    y = (*y, 2) if odd == 0 else (batch + 1, *rest) if odd == 1 else y
    chosen = draw(options(reduction=REDUCTION, ignore_index=st.integers(-1, 3)))
    low, high = (-1 if odd == 2 else 0), count + (odd == 3)
    if draw(BOOL):
        chosen["weight"] = Factors(count + (odd == 4))
    if name == "CrossEntropyLoss":
        chosen |= draw(options(label_smoothing=st.sampled_from((0.0, 0.2, 1.0, 1.5))))
        if draw(st.integers(0, 3)) == 0:
            chosen.pop("ignore_index", None)
            return (), chosen, (x, Share(x))
    return (), chosen, (x, Whole(y, low, high))


@st.composite
def margins(draw, name):
    count, batch = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    single = draw(st.integers(0, 4)) == 0
    x = (count,) if single else (batch, count)
    odd = draw(st.integers(0, 14))
    chosen = draw(options(reduction=REDUCTION))
    if name == "MultiMarginLoss":
        chosen |= draw(options(p=st.sampled_from((1, 2, 3)), margin=NUMBER))
        if draw(BOOL):
            chosen["weight"] = Factors(count + (odd == 0))
        y = () if single else (batch + (odd == 1),)
        return (), chosen, (x, Whole(y, -1 if odd == 2 else 0, count + (odd == 3)))
    if name == "MultiLabelMarginLoss":
        return (), chosen, (x, Whole((*x[:-1], count + (odd == 1)), -1 - (odd == 2), count + (odd == 3)))
    if draw(BOOL):
        chosen["weight"] = Factors(count + (odd == 0))
    return (), chosen, (x, Share(x))


@st.composite
def vectors(draw, count, target, **choices):
    """Draw batches of vectors, now and then a single one, and a target for each."""
    batch, width = draw(st.integers(0, 3)), draw(st.integers(1, 4))
    x = (width,) if draw(st.integers(0, 4)) == 0 else (batch, width)
    odd = draw(st.integers(0, 11))
    inputs = [x] * count
    inputs[-1] = (1, width) if odd == 0 else (batch + 1, width) if odd == 1 else (width,) if odd == 2 else x
    chosen = draw(options(**choices))
    return (), chosen, (*inputs, *([Signs(x[:-1])] if target else []))


@st.composite
def ctc(draw):
    steps, batch, symbols = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(2, 4))
    longest = draw(st.integers(1, 3))
    chosen = draw(options(reduction=REDUCTION, zero_infinity=BOOL, blank=st.integers(-1, 2)))
    blank = chosen.get("blank", 0)
    low, high = (1, symbols) if blank <= 0 else (0, blank)  # torch reads outside of the probabilities at other labels
    odd = draw(st.integers(0, 9))
    shape = (steps, batch, symbols)
    lengths = Whole((batch,), 1, steps + 1 + (odd == 0)), Whole((batch + (odd == 1),), 0, longest + 1 + (odd == 2))
    return (), chosen, (LogShares(shape), Whole((batch, longest), low, high), *lengths)


class Values:
    """An input that is no plain array of floats."""

    def __init__(self, shape):
        self.shape = tuple(shape)

    def __repr__(self):
        return f"{type(self).__name__}{vars(self)}"

    def array(self, random, dtype):
        raise NotImplementedError


class Whole(Values):
    def __init__(self, shape, low, high):
        super().__init__(shape)
        self.low, self.high = low, high

    def array(self, random, dtype):
        return random.integers(self.low, max(self.high, self.low + 1), self.shape)


class Offsets(Values):
    def __init__(self, shape, length, last):
        super().__init__(shape)
        self.length, self.last = length, last

    def array(self, random, dtype):
        starts = np.sort(random.integers(0, self.length + 1, self.shape))
        if self.last:
            starts[-1:] = self.length  # means are divided as if it were so in any case
        starts[:1] = 0
        return starts


class Real(Values):
    def array(self, random, dtype):
        return random.integers(-8, 9, self.shape).astype(dtype) / 4


class Signs(Values):
    def array(self, random, dtype):
        return (random.integers(0, 2, self.shape) * 2 - 1).astype(dtype)


class Share(Values):
    def array(self, random, dtype):
        return random.uniform(0.1, 0.9, self.shape).astype(dtype)


class LogShares(Values):
    """Floats whose gradient is asked for too."""

    def array(self, random, dtype):
        x = random.normal(size=self.shape)
        return (x - np.log(np.exp(x).sum(-1, keepdims=True))).astype(dtype)


class Factors:
    """An option that is a tensor of so many factors."""

    def __init__(self, count):
        self.count = count

    def __repr__(self):
        return f"Factors({self.count})"

    def tensor(self, m, dtype):
        return m.from_numpy((np.arange(self.count) + 1).astype(dtype) / 2)


@st.composite
def frame(draw, ndim, low):
    size = draw(st.one_of(st.integers(low, 3), st.lists(st.integers(low, 3), min_size=2 * ndim, max_size=2 * ndim)))
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
    # negative reflections in three dimensions make torch read outside of its memory
    **{f"{k}Pad{d}d": frame(d, 0 if k == "Circular" or (k, d) == ("Reflection", 3) else -1) for k in ("Zero", "Reflection", "Replication", "Circular") for d in (1, 2, 3)},
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
    "TransformerDecoderLayer": decoder(), "Transformer": transformer(), "Embedding": table(False), "EmbeddingBag": table(True),
    **{name: drop(d) for name, d in (("Dropout", 0), ("AlphaDropout", 0), ("Dropout1d", 1), ("Dropout2d", 2), ("Dropout3d", 3),
                                     ("FeatureAlphaDropout", 1))},
    **{name: pairwise(2) for name in ("MSELoss", "L1Loss")},
    "SmoothL1Loss": pairwise(2, beta=NUMBER), "HuberLoss": pairwise(2, delta=NUMBER), "SoftMarginLoss": pairwise(2, "signs"),
    "HingeEmbeddingLoss": pairwise(2, "signs", margin=NUMBER), "MarginRankingLoss": pairwise(3, "signs", margin=NUMBER),
    "PoissonNLLLoss": pairwise(2, log_input=BOOL, full=BOOL, eps=st.just(0.1)), "KLDivLoss": pairwise(2, "share", log_target=BOOL),
    "BCEWithLogitsLoss": pairwise(2, "share"), "GaussianNLLLoss": pairwise(3, "share", full=BOOL, eps=st.just(0.1)),
    **{name: classes(name) for name in ("CrossEntropyLoss", "NLLLoss")},
    **{name: margins(name) for name in ("MultiMarginLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss")},
    "CosineEmbeddingLoss": vectors(2, True, reduction=REDUCTION, margin=NUMBER),
    "TripletMarginLoss": vectors(3, False, reduction=REDUCTION, margin=NUMBER, p=st.sampled_from((1.0, 2.0, 3.0)), swap=BOOL),
    "TripletMarginWithDistanceLoss": vectors(3, False, reduction=REDUCTION, margin=NUMBER, swap=BOOL),
    "CosineSimilarity": vectors(2, False, dim=st.integers(-3, 2), eps=st.sampled_from((1e-3, 1.0))),
    "PairwiseDistance": vectors(2, False, p=st.sampled_from((1.0, 2.0, 3.0)), eps=st.just(0.1), keepdim=BOOL),
    "CTCLoss": ctc(),
    "Unfold": st.tuples(st.tuples(number(1, 3)), options(dilation=number(1, 2), padding=number(0, 1), stride=number(1, 2)),
                        st.tuples(SMALL.flatmap(lambda c: signal(c, 2)))),
    "ChannelShuffle": st.tuples(st.tuples(FACTOR), st.just({}), st.tuples(shape_of())),
    "Upsample": pointwise(size=st.integers(0, 5), scale_factor=st.sampled_from((2, 0.5, 1.7)),
                          mode=st.sampled_from(("nearest", "linear", "bilinear")), align_corners=BOOL),
}  # fmt: skip
