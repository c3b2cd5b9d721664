"""Helpers: modules without initial values, clipping of gradients, sequences of different lengths."""

from mocrograd.nn.utils import rnn as rnn
from mocrograd.nn.utils.parameters import clip_grad_norm_ as clip_grad_norm_
from mocrograd.nn.utils.parameters import skip_init as skip_init
