"""Layers and functions that are exported: each with inputs whose first dimension is the batch."""

from __future__ import annotations

import mocrograd as mg
from mocrograd import nn
from mocrograd.nn import functional as F

R = mg.randn
SEQUENCE = (2, 6, 5)
LAYERS = {}
"""name -> (module, inputs)."""


def layer(name, *args, inputs=(SEQUENCE,), key="", **options):
    LAYERS[f"{name}{key}"] = (
        getattr(nn, name)(*args, **options),
        [R(*i) if isinstance(i, tuple) else i for i in inputs],
    )


for n in (1, 2, 3):
    image = ((2, 4, *[9] * n),)
    layer(f"Conv{n}d", 4, 6, 3, stride=2, padding=1, groups=2, inputs=image)
    layer(f"Conv{n}d", 4, 6, 4, padding="same", dilation=2, inputs=image, key=" same")
    for mode in ("reflect", "replicate", "circular"):
        layer(f"Conv{n}d", 4, 6, 3, padding=2, padding_mode=mode, inputs=image, key=f" {mode}")
    layer(f"ConvTranspose{n}d", 4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, inputs=image)
    layer(f"MaxPool{n}d", 3, 2, 1, ceil_mode=True, inputs=image)
    layer(f"MaxPool{n}d", 3, 2, return_indices=True, inputs=image, key=" indices")
    layer(f"AvgPool{n}d", 3, 2, 1, count_include_pad=False, inputs=image)
    layer(f"AvgPool{n}d", 2, 2, ceil_mode=True, inputs=image, key=" ceil")
    layer(f"AdaptiveAvgPool{n}d", 3, inputs=image)
    layer(f"AdaptiveAvgPool{n}d", 4, inputs=image, key=" uneven")
    layer(f"MaxPool{n}d", 2, 3, 1, ceil_mode=True, return_indices=True, inputs=((2, 4, *[8] * n),), key=" cut")
    layer(f"AvgPool{n}d", 2, 3, 1, ceil_mode=True, inputs=((2, 4, *[8] * n),), key=" cut")
    layer(f"AdaptiveMaxPool{n}d", 1, inputs=image)
    layer(f"AdaptiveMaxPool{n}d", 4, inputs=image, key=" uneven")
    layer(f"AdaptiveMaxPool{n}d", 3, return_indices=True, inputs=image, key=" indices")
    layer(f"LPPool{n}d", 2, 3, inputs=image)
    layer(f"LPPool{n}d", 2, 2, 3, ceil_mode=True, inputs=image, key=" ceil")
    layer(f"BatchNorm{n}d", 4, inputs=image)
    layer(f"InstanceNorm{n}d", 4, affine=True, inputs=image)
    layer(f"Dropout{n}d", inputs=image)
    for kind in ("Zero", "Reflection", "Replication", "Circular"):
        layer(f"{kind}Pad{n}d", 2, inputs=image)
    layer(f"ConstantPad{n}d", 2, 1.5, inputs=image)
for name in [
    "ReLU",
    "ReLU6",
    "LeakyReLU",
    "ELU",
    "CELU",
    "SELU",
    "GELU",
    "SiLU",
    "Mish",
    "Softplus",
    "Softsign",
    "Softshrink",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LogSigmoid",
    "Tanhshrink",
    "Sigmoid",
    "Tanh",
    "PReLU",
    "RReLU",
    "Identity",
    "Dropout",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "Flatten",
]:
    layer(name)
layer("PReLU", 6, key=" channels")
layer("GELU", "tanh", key=" tanh")
layer("Softplus", 2, key=" beta")
layer("Threshold", 0.1, 2.0)
layer("GLU", 1)
layer("Softmax", 1)
layer("LogSoftmax", -1)
layer("Softmin", -1)
layer("Softmax2d", inputs=((2, 3, 4, 4),))
layer("LayerNorm", 5)
layer("LayerNorm", (6, 5), elementwise_affine=False, key=" plain")
layer("GroupNorm", 3, 6)
layer("RMSNorm", 5)
layer("LocalResponseNorm", 3, inputs=((2, 6, 5, 5),))
layer("LocalResponseNorm", 2, key=" even")
layer("CrossMapLRN2d", 3, inputs=((2, 6, 5, 5),))
layer("Linear", 5, 4)
layer("Linear", 5, 4, bias=False, inputs=((2, 5),), key=" plain")
layer("Bilinear", 5, 5, 3, inputs=((2, 5), (2, 5)))
layer("Embedding", 7, 4, padding_idx=0, inputs=(mg.randint(0, 5, (2, 3)),))
layer("EmbeddingBag", 7, 4, inputs=(mg.randint(0, 5, (2, 3)),))
for mode in ("sum", "mean", "max"):
    layer("EmbeddingBag", 7, 4, mode=mode, padding_idx=1, inputs=(mg.tensor([[0, 1], [1, 1]]),), key=f" padded {mode}")
layer("LSTM", 5, 4, 2, bidirectional=True, batch_first=True)
layer("LSTM", 5, 4, proj_size=2, batch_first=True, key=" projected")
layer("GRU", 5, 4, 2, batch_first=True)
layer("RNN", 5, 4, nonlinearity="relu", bidirectional=True, batch_first=True)
for name in ("LSTMCell", "GRUCell", "RNNCell"):
    layer(name, 5, 4, inputs=((2, 5),))
layer("MultiheadAttention", 6, 2, batch_first=True, inputs=((2, 3, 6),) * 3)
layer("TransformerEncoderLayer", 6, 2, 8, batch_first=True, inputs=((2, 3, 6),))
layer("TransformerDecoderLayer", 6, 2, 8, batch_first=True, inputs=((2, 3, 6), (2, 4, 6)))
layer("Transformer", 6, 2, 1, 1, 8, batch_first=True, inputs=((2, 3, 6), (2, 4, 6)))
LAYERS["TransformerEncoder"] = (
    nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), 2), [R(2, 3, 6)]
)  # fmt: skip
LAYERS["TransformerDecoder"] = (
    nn.TransformerDecoder(nn.TransformerDecoderLayer(6, 2, 8, batch_first=True), 2), [R(2, 3, 6), R(2, 4, 6)]
)  # fmt: skip
layer("Upsample", scale_factor=2, inputs=((2, 3, 4, 4),))
layer("Upsample", scale_factor=2, mode="bilinear", inputs=((2, 3, 4, 4),), key=" bilinear")
layer("Upsample", size=(7, 5), mode="bilinear", align_corners=True, inputs=((2, 3, 4, 4),), key=" corners")
layer("Upsample", scale_factor=2, mode="bicubic", inputs=((2, 3, 4, 4),), key=" bicubic")
layer("Upsample", scale_factor=2, mode="linear", inputs=((2, 3, 4),), key=" linear")
layer("Upsample", scale_factor=2, mode="trilinear", inputs=((2, 3, 4, 4, 4),), key=" trilinear")
layer("Upsample", size=(1, 1), mode="bilinear", inputs=((2, 3, 4, 4),), key=" one")
layer("Upsample", size=(3, 5), mode="area", inputs=((2, 3, 4, 4),), key=" area")
layer("UpsamplingNearest2d", scale_factor=2, inputs=((2, 3, 4, 4),))
layer("UpsamplingBilinear2d", scale_factor=2, inputs=((2, 3, 4, 4),))
layer("PixelShuffle", 2, inputs=((2, 8, 3, 3),))
layer("PixelUnshuffle", 2, inputs=((2, 2, 4, 4),))
layer("ChannelShuffle", 2, inputs=((2, 4, 3, 3),))
layer("Fold", (4, 5), 2, inputs=((2, 12, 12),))
layer("Unfold", 2, padding=1, stride=2, inputs=((2, 3, 4, 5),))
layer("Unflatten", 1, (2, 3))
layer("CosineSimilarity", 1, inputs=(SEQUENCE, SEQUENCE))
layer("PairwiseDistance", inputs=((2, 5), (2, 5)))
layer("MSELoss", inputs=(SEQUENCE, SEQUENCE))
layer("L1Loss", inputs=(SEQUENCE, SEQUENCE))
layer("HuberLoss", inputs=(SEQUENCE, SEQUENCE))
layer("SmoothL1Loss", inputs=(SEQUENCE, SEQUENCE))
PAIR = ((2, 5), mg.rand(2, 5))
for name in ("BCELoss", "GaussianNLLLoss"):
    layer(name, inputs=(mg.rand(2, 5), *[mg.rand(2, 5)] * (2 if name[0] == "G" else 1)))
for name in [
    "BCEWithLogitsLoss",
    "HingeEmbeddingLoss",
    "SoftMarginLoss",
    "PoissonNLLLoss",
    "MultiLabelSoftMarginLoss",
    "KLDivLoss",
]:
    layer(name, **({"reduction": "sum"} if name == "KLDivLoss" else {}), inputs=PAIR)
for name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss"):
    layer(name, inputs=((2, 5), (2, 5), (2, 5)))
layer("MarginRankingLoss", inputs=((5,), (5,), mg.ones(5)))
layer("CosineEmbeddingLoss", inputs=((2, 5), (2, 5), mg.ones(2)))
layer("MultiMarginLoss", inputs=((2, 5), mg.tensor([1, 2])))
layer("CrossEntropyLoss", inputs=((2, 5), mg.tensor([1, 2])))
layer("LinearCrossEntropyLoss", 5, 7, inputs=((2, 5), mg.tensor([1, 2])))
layer("DataParallel", nn.Linear(5, 4), inputs=((2, 5),))
layer("DistributedDataParallel", nn.Linear(5, 4), inputs=((2, 5),))
layer("SyncBatchNorm", 3, inputs=((2, 3, 4),))
layer("NLLLoss", inputs=((2, 5), mg.tensor([1, 2])))
LAYERS["Sequential"] = (
    nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(64, 10), nn.Softmax(-1),
    ), [R(2, 1, 8, 8)],
)  # fmt: skip

FUNCTIONS = {
    "norms": lambda x: (x.norm(dim=1), mg.linalg.vector_norm(x, 1, dim=2), F.normalize(x, dim=1)),
    "variances": lambda x: (x.var(1), x.std(2, unbiased=False), x.var((1, 2), keepdim=True)),
    "reductions": lambda x: (
        x.sum(), x.mean((1, 2)), x.amax(1), x.prod(2), x.logsumexp(1), (x > 0).all(1), (x > 0).any(2), x.min(1)[1],
        x.argmin(),
    ),
    "products": lambda x: (
        x @ x.mT, mg.bmm(x, x.transpose(1, 2)), mg.matmul(x, mg.ones(4)), mg.baddbmm(mg.ones(1, 3, 3), x, x.mT),
    ),
    "shapes": lambda x: (
        x.flatten(1), x.reshape(x.shape[0], -1), x.unsqueeze(1).squeeze(1), x.permute(2, 0, 1), x.movedim(0, -1),
        x.expand(3, *x.shape), x.repeat(1, 2, 1), x.flip(1), x.roll(1, 2), x.tile(2, 1, 1), x.repeat_interleave(2, 1),
        x.unflatten(2, (2, 2)), x.mT, x.view(x.size(0) * 3, 4),
    ),
    "pieces": lambda x: (
        *x.chunk(2, 1), *x.split(2, 2), *x.unbind(2)[:2], x.narrow(2, 1, 2), x.select(1, 2), mg.stack([x, x], 1),
        mg.cat([x, x], 0), mg.hstack([x, x]), mg.vstack([x, x]),
    ),
    "comparisons": lambda x: (
        mg.where(x > 0, x, -x), x.clamp(-0.5, 0.5), x.clamp(min=0), (x > 0) & (x < 1), ~(x > 0), mg.maximum(x, -x),
        (x == x).float(), x.isnan(), mg.logical_or(x > 0, x < -1), x.ne(0), x.ge(0), x.le(0),
    ),
    "arithmetic": lambda x: (
        x / 2, 2 / x, x - 1, 1 - x, x * x, x**2, (x.abs() + 1) ** 0.5, x % 2, x // 2, mg.fmod(x, 2),
        mg.div(x, 2, rounding_mode="trunc"), mg.addcmul(x, x, x, value=0.5), mg.lerp(x, x * 2, 0.3), x.square(),
        x.reciprocal(), mg.rsqrt(x.abs() + 1), x.trunc(), x.round(), mg.add(x, x, alpha=2),
    ),
    "mathematics": lambda x: (
        x.exp(), x.abs().log1p(), x.expm1(), x.sin(), x.cos(), x.erf(), mg.erfc(x), x.floor(), x.ceil(), x.sign(),
        x.atan(), mg.exp2(x), mg.log2(x.abs() + 1), mg.sinh(x), mg.special.expit(x),
    ),
    "more mathematics": lambda x: (
        mg.heaviside(x.round(), x), F.softplus(x, 3.0, 1.0), mg.atan2(x, x.flip(1)), mg.atan2(x * 0, x), mg.hypot(x, x + 1),
        mg.logaddexp(x, x + 1), mg.logaddexp2(x, -x), x.frac(), x.sigmoid().logit(), x.logit(0.1), mg.sinc(x),
        mg.nan_to_num(x / 0), mg.nan_to_num(x / 0, 1.0, 2.0, 3.0), (x * 9).long() & 3, (x * 9).int() | 3, ~(x * 9).int(),
        (x * 9).long() ^ 3, (x * 9).long().floor(),
    ),
    "running": lambda x: (x.cumprod(1), x.logcumsumexp(2), mg.count_nonzero(x.round(), 1), x.cumprod(0)),
    "variances of all": lambda x: (x.std(), x.var(0, unbiased=False), x.var((0, 1))),
    "indices": lambda x: (
        x[:, 1:], x[:, ::2], x[..., 0], x[:, None], x[:, [0, 2]], x[:, mg.tensor([2, 0])], x[: x.shape[0] // 2 + 1],
        x.index_select(1, mg.tensor([0, 0])), x.tril(), x.triu(1), x.diagonal(dim1=1, dim2=2),
        mg.trace(x[0]),
        mg.take_along_dim(x, x.argsort(2), 2),
    ),
    "gathering": lambda x: (
        x.gather(2, x.argsort(2)), F.one_hot(x.argmax(2), 5), mg.zeros_like(x).scatter(2, x.argsort(2), x),
        mg.zeros_like(x).scatter_add(2, x.argsort(2), x), x.cumsum(1), x.topk(2), x.sort(1, descending=True),
    ),
    "creation": lambda x: (
        mg.arange(x.shape[1]) + x.sum(), mg.full_like(x, 3.0), x.new_zeros(x.shape[0], 2), mg.ones(x.shape[0], 1) * 2,
        mg.eye(3) @ x, mg.linspace(0, 1, 4) * x, mg.tensor(x.shape[0]) + x, mg.arange(x.shape[0])[:, None, None] + x,
        mg.triu(mg.full((x.shape[0], x.shape[0]), -9.0), 1),
    ),
    "attention": lambda x: (
        F.scaled_dot_product_attention(x, x, x, is_causal=True),
        F.scaled_dot_product_attention(x, x, x, mg.ones(3, 3).tril().bool()),
        F.scaled_dot_product_attention(mg.stack([x, x], 1), x[:, None], x[:, None], enable_gqa=True),
    ),
    "contractions": lambda x: (mg.einsum("bij,bkj->bik", x, x), mg.tensordot(x, x[0], dims=([1, 2], [0, 1]))),
    "casts": lambda x: (x.to(mg.float64), x.long().float(), x.double().sum(1), (x > 0).int(), x.bool(), x.type_as(x)),
    "activations": lambda x: (
        F.relu(x), F.gelu(x), F.silu(x), F.elu(x), F.leaky_relu(x), F.glu(x, 2), F.softplus(x), F.softmax(x, 1),
        F.log_softmax(x, 1), F.hardtanh(x), F.relu6(x), F.threshold(x, 0, 1.0), F.selu(x), F.celu(x),
    ),
    "masks": lambda x: x.masked_fill(mg.triu(mg.ones(3, 4), 1).bool(), -9.0),
    "padding": lambda x: (F.pad(x, (1, 2)), F.pad(x, (1, 1), mode="reflect"), F.pad(x, (1, -1, 0, 1), value=2.0)),
}  # fmt: skip


def changed(x):
    y = x + 1
    y.mul_(2)
    y += 3
    y.relu_()
    y[:, 0] = 5.0
    y[:, 1:, ::2] = x[:, 1:, ::2] * 2
    z = F.leaky_relu(x * 2, inplace=True)
    return y, z


FUNCTIONS["in place"] = changed


def through_views(x):
    y = x + 1
    z = y.view(-1)
    z.add_(1)
    w = y.transpose(1, 2)
    w[:, 0].mul_(3)
    first, second = y.chunk(2, -1)
    second.zero_()
    y[..., 1] += 2
    return y, z, w, first, second


def changed_constants(x):
    mask = mg.ones(3, 3)
    mask[0, 1] = 5
    mask[1:] = 2
    return (
        mask @ x + mg.arange(4.0).add_(1),
        mg.tensor([1.0, 2.0, 3.0, 4.0]).mul_(3) * x,
        mg.linspace(0, 1, 4).exp_() * x,
    )


def indices_of_several(x):
    rows, columns = mg.arange(x.shape[0]), mg.tensor([0, 2])
    y = x.clone()
    y[rows, 0] = 0
    y[:, [0, 1], [1, 2]] = x[:, 0, :2]
    y.index_fill_(1, columns, 5.0)
    return (
        x[:, columns, mg.tensor([1, -1])], x[rows, 0], x[rows, x.sum(2).argmax(1)], x[rows, :, 1], x[rows[:, None], columns],
        x[0, :, columns], x[:, 1, columns], x[:, [0, 1], None, [1, 2]], x[None, :, [0, 1], [1, 2]], y,
        x.index_add(2, columns, x[:, :, :2], alpha=2), x.index_copy(2, columns, x[:, :, :2]),
    )  # fmt: skip


def changed_shapes(x):
    y = x.clone()
    z = y * 2
    y.unsqueeze_(1)
    y.transpose_(1, 3)
    return y, z, mg.exp(x, out=mg.empty(0))


FUNCTIONS.update(
    {
        "views": through_views,
        "constants": changed_constants,
        "shapes in place": changed_shapes,
        "indices of several": indices_of_several,
    }
)
