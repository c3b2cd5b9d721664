"""Layers, losses and containers, with torch's names and module paths."""

import sys as _sys

from mocrograd.nn import functional as functional
from mocrograd.nn import grad as grad
from mocrograd.nn import init as init
from mocrograd.nn import parallel as parallel
from mocrograd.nn import utils as utils
from mocrograd.nn.activation import *  # noqa: F403
from mocrograd.nn.adaptive_softmax import *  # noqa: F403
from mocrograd.nn.attention import *  # noqa: F403
from mocrograd.nn.batchnorm import *  # noqa: F403
from mocrograd.nn.container import *  # noqa: F403
from mocrograd.nn.conv import *  # noqa: F403
from mocrograd.nn.distance import *  # noqa: F403
from mocrograd.nn.dropout import *  # noqa: F403
from mocrograd.nn.flatten import *  # noqa: F403
from mocrograd.nn.folding import *  # noqa: F403
from mocrograd.nn.lazy import *  # noqa: F403
from mocrograd.nn.linear import *  # noqa: F403
from mocrograd.nn.loss import *  # noqa: F403
from mocrograd.nn.module import *  # noqa: F403
from mocrograd.nn.normalization import *  # noqa: F403
from mocrograd.nn.padding import *  # noqa: F403
from mocrograd.nn.parallel import *  # noqa: F403
from mocrograd.nn.parameter import *  # noqa: F403
from mocrograd.nn.pooling import *  # noqa: F403
from mocrograd.nn.rnn import *  # noqa: F403
from mocrograd.nn.sparse import *  # noqa: F403
from mocrograd.nn.transformer import *  # noqa: F403
from mocrograd.nn.upsampling import *  # noqa: F403

modules = _sys.modules[__name__]
"""torch's folder of layers: the files of this one have the same names."""
channelshuffle = fold = instancenorm = pixelshuffle = adaptive = modules
"""Files of torch whose layers lie in others here."""

for _file, _names in {
    "activation": ["MultiheadAttention"],
    "batchnorm": ["LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d"],
    "conv": [f"Lazy{_kind}{_count}d" for _kind in ("Conv", "ConvTranspose") for _count in (1, 2, 3)],
    "linear": ["LazyLinear"],
    "loss": ["CosineEmbeddingLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss"],
}.items():  # layers that torch has in these files
    for _name in _names:
        setattr(_sys.modules[f"{__name__}.{_file}"], _name, globals()[_name])
