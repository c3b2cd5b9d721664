"""The layers as functions: torch's names, arguments and defaults over `mocrograd.ops`. A file per family."""

import inspect
import sys

from mocrograd.nn.functional.activation import log_softmax as log_softmax
from mocrograd.nn.functional.activation import relu as relu
from mocrograd.nn.functional.activation import sigmoid as sigmoid
from mocrograd.nn.functional.activation import softmax as softmax
from mocrograd.nn.functional.activation import tanh as tanh
from mocrograd.nn.functional.attention import multi_head_attention_forward as multi_head_attention_forward
from mocrograd.nn.functional.conv import conv1d as conv1d
from mocrograd.nn.functional.conv import conv2d as conv2d
from mocrograd.nn.functional.conv import conv3d as conv3d
from mocrograd.nn.functional.conv import conv_transpose1d as conv_transpose1d
from mocrograd.nn.functional.conv import conv_transpose2d as conv_transpose2d
from mocrograd.nn.functional.conv import conv_transpose3d as conv_transpose3d
from mocrograd.nn.functional.loss import cross_entropy as cross_entropy
from mocrograd.nn.functional.loss import mse_loss as mse_loss
from mocrograd.nn.functional.loss import nll_loss as nll_loss
from mocrograd.nn.functional.noise import dropout as dropout
from mocrograd.nn.functional.normalization import batch_norm as batch_norm
from mocrograd.nn.functional.normalization import group_norm as group_norm
from mocrograd.nn.functional.normalization import instance_norm as instance_norm
from mocrograd.nn.functional.normalization import layer_norm as layer_norm
from mocrograd.nn.functional.normalization import local_response_norm as local_response_norm
from mocrograd.nn.functional.normalization import rms_norm as rms_norm
from mocrograd.nn.functional.options import check_probability as check_probability
from mocrograd.nn.functional.options import refuse as refuse
from mocrograd.nn.functional.pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from mocrograd.nn.functional.pooling import adaptive_avg_pool2d as adaptive_avg_pool2d
from mocrograd.nn.functional.pooling import adaptive_avg_pool3d as adaptive_avg_pool3d
from mocrograd.nn.functional.pooling import adaptive_max_pool1d as adaptive_max_pool1d
from mocrograd.nn.functional.pooling import adaptive_max_pool2d as adaptive_max_pool2d
from mocrograd.nn.functional.pooling import adaptive_max_pool3d as adaptive_max_pool3d
from mocrograd.nn.functional.pooling import avg_pool1d as avg_pool1d
from mocrograd.nn.functional.pooling import avg_pool2d as avg_pool2d
from mocrograd.nn.functional.pooling import avg_pool3d as avg_pool3d
from mocrograd.nn.functional.pooling import max_pool1d as max_pool1d
from mocrograd.nn.functional.pooling import max_pool2d as max_pool2d
from mocrograd.nn.functional.pooling import max_pool3d as max_pool3d
from mocrograd.nn.functional.products import bilinear as bilinear
from mocrograd.nn.functional.products import linear as linear
from mocrograd.nn.functional.resample import interpolate as interpolate
from mocrograd.nn.functional.resample import pixel_shuffle as pixel_shuffle
from mocrograd.nn.functional.resample import pixel_unshuffle as pixel_unshuffle
from mocrograd.nn.functional.sparse import one_hot as one_hot
from mocrograd.ops.arguments import checked as _checked
from mocrograd.ops.attention import scaled_dot_product_attention as scaled_dot_product_attention
from mocrograd.ops.embedding import embedding as embedding
from mocrograd.ops.embedding import embedding_bag as embedding_bag

for _name, _function in list(globals().items()):
    if inspect.isfunction(_function) and _function is not _checked:
        globals()[_name] = _checked(_function)
        setattr(sys.modules[_function.__module__], _name, globals()[_name])  # one object under both names: pickles work
