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
from mocrograd.nn.utils.parameters import parameters_to_vector as parameters_to_vector
from mocrograd.nn.utils.parameters import skip_init as skip_init
from mocrograd.nn.utils.parameters import vector_to_parameters as vector_to_parameters
from mocrograd.nn.utils.reparametrize import remove_spectral_norm as remove_spectral_norm
from mocrograd.nn.utils.reparametrize import remove_weight_norm as remove_weight_norm
from mocrograd.nn.utils.reparametrize import spectral_norm as spectral_norm
from mocrograd.nn.utils.reparametrize import weight_norm as weight_norm

clip_grad = convert_parameters = init = _sys.modules[__name__]
"""Files of torch whose functions lie in others here."""
