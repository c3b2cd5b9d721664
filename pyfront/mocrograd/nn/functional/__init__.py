"""The layers as functions: torch's names, arguments and defaults over `mocrograd.ops`. A file per family."""

from mocrograd.nn.functional.activation import *  # noqa: F403
from mocrograd.nn.functional.attention import *  # noqa: F403
from mocrograd.nn.functional.distance import *  # noqa: F403
from mocrograd.nn.functional.dropout import *  # noqa: F403
from mocrograd.nn.functional.linear import *  # noqa: F403
from mocrograd.nn.functional.loss import *  # noqa: F403
from mocrograd.nn.functional.margin_loss import *  # noqa: F403
from mocrograd.nn.functional.normalization import *  # noqa: F403
from mocrograd.nn.functional.pooling import *  # noqa: F403
from mocrograd.nn.functional.resample import *  # noqa: F403
from mocrograd.nn.functional.sparse import *  # noqa: F403
from mocrograd.ops import attention as _attention
from mocrograd.ops import conv as _conv
from mocrograd.ops import distance as _distance
from mocrograd.ops import embedding as _embedding
from mocrograd.ops import normalization as _normalization
from mocrograd.ops import padding as _padding
from mocrograd.ops import resample as _resample
from mocrograd.ops._arguments import checked as _checked

# Operations as users call them; the module tells pickle where they stand.
scaled_dot_product_attention = _checked(_attention.scaled_dot_product_attention, module=__name__)
conv1d = _checked(_conv.conv1d, module=__name__)
conv2d = _checked(_conv.conv2d, module=__name__)
conv3d = _checked(_conv.conv3d, module=__name__)
conv_transpose1d = _checked(_conv.conv_transpose1d, module=__name__)
conv_transpose2d = _checked(_conv.conv_transpose2d, module=__name__)
conv_transpose3d = _checked(_conv.conv_transpose3d, module=__name__)
cosine_similarity = _checked(_distance.cosine_similarity, module=__name__)
pairwise_distance = _checked(_distance.pairwise_distance, module=__name__)
pdist = _checked(_distance.pdist, module=__name__)
embedding = _checked(_embedding.embedding, module=__name__)
embedding_bag = _checked(_embedding.embedding_bag, module=__name__)
group_norm = _checked(_normalization.group_norm, module=__name__)
layer_norm = _checked(_normalization.layer_norm, module=__name__)
rms_norm = _checked(_normalization.rms_norm, module=__name__)
fold = _checked(_padding.fold, module=__name__)
pad = _checked(_padding.pad, module=__name__)
unfold = _checked(_padding.unfold, module=__name__)
interpolate = _checked(_resample.interpolate, module=__name__)
