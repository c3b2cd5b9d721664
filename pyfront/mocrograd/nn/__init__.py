"""Layers, losses and containers, with torch's names and module paths."""

from mocrograd.nn import functional as functional
from mocrograd.nn import init as init
from mocrograd.nn import utils as utils
from mocrograd.nn.activation import LogSoftmax as LogSoftmax
from mocrograd.nn.activation import ReLU as ReLU
from mocrograd.nn.activation import Sigmoid as Sigmoid
from mocrograd.nn.activation import Softmax as Softmax
from mocrograd.nn.activation import Tanh as Tanh
from mocrograd.nn.container import ModuleList as ModuleList
from mocrograd.nn.container import Sequential as Sequential
from mocrograd.nn.conv import Conv1d as Conv1d
from mocrograd.nn.conv import Conv2d as Conv2d
from mocrograd.nn.conv import Conv3d as Conv3d
from mocrograd.nn.conv import ConvTranspose1d as ConvTranspose1d
from mocrograd.nn.conv import ConvTranspose2d as ConvTranspose2d
from mocrograd.nn.conv import ConvTranspose3d as ConvTranspose3d
from mocrograd.nn.dropout import Dropout as Dropout
from mocrograd.nn.flatten import Flatten as Flatten
from mocrograd.nn.linear import Identity as Identity
from mocrograd.nn.linear import Linear as Linear
from mocrograd.nn.loss import CrossEntropyLoss as CrossEntropyLoss
from mocrograd.nn.loss import MSELoss as MSELoss
from mocrograd.nn.loss import NLLLoss as NLLLoss
from mocrograd.nn.module import Module as Module
from mocrograd.nn.parameter import Parameter as Parameter
