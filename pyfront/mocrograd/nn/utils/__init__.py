"""Helpers: clipping of gradients, vectors of parameters, normalised weights, fusion, sequences of several lengths."""

import sys as _sys

from mocrograd.nn.utils import parametrizations as parametrizations
from mocrograd.nn.utils import parametrize as parametrize
from mocrograd.nn.utils import rnn as rnn
from mocrograd.nn.utils import stateless as stateless
from mocrograd.nn.utils.clipping import clip_grad_norm_ as clip_grad_norm_
from mocrograd.nn.utils.clipping import clip_grad_value_ as clip_grad_value_
from mocrograd.nn.utils.clipping import clip_grads_with_norm_ as clip_grads_with_norm_
from mocrograd.nn.utils.clipping import get_total_norm as get_total_norm
from mocrograd.nn.utils.fusion import fuse_conv_bn_eval as fuse_conv_bn_eval
from mocrograd.nn.utils.fusion import fuse_conv_bn_weights as fuse_conv_bn_weights
from mocrograd.nn.utils.fusion import fuse_linear_bn_eval as fuse_linear_bn_eval
from mocrograd.nn.utils.fusion import fuse_linear_bn_weights as fuse_linear_bn_weights
from mocrograd.nn.utils.memory_format import convert_conv2d_weight_memory_format as convert_conv2d_weight_memory_format
from mocrograd.nn.utils.memory_format import convert_conv3d_weight_memory_format as convert_conv3d_weight_memory_format
from mocrograd.nn.utils.parameters import parameters_to_vector as parameters_to_vector
from mocrograd.nn.utils.parameters import skip_init as skip_init
from mocrograd.nn.utils.parameters import vector_to_parameters as vector_to_parameters
from mocrograd.nn.utils.reparametrize import remove_spectral_norm as remove_spectral_norm
from mocrograd.nn.utils.reparametrize import remove_weight_norm as remove_weight_norm
from mocrograd.nn.utils.reparametrize import spectral_norm as spectral_norm
from mocrograd.nn.utils.reparametrize import weight_norm as weight_norm
from mocrograd.nn.utils.tuples import _ntuple as _ntuple
from mocrograd.nn.utils.tuples import _pair as _pair
from mocrograd.nn.utils.tuples import _quadruple as _quadruple
from mocrograd.nn.utils.tuples import _reverse_repeat_tuple as _reverse_repeat_tuple
from mocrograd.nn.utils.tuples import _single as _single
from mocrograd.nn.utils.tuples import _triple as _triple
from mocrograd.nn.utils.tuples import consume_prefix_in_state_dict_if_present as consume_prefix_in_state_dict_if_present

clip_grad = convert_parameters = init = _sys.modules[__name__]
"""Files of torch whose functions lie in others here."""
