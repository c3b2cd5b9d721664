"""Optimizer updates: one call moves all tensors of a group."""

from std.builtin.variadics import TypeList

from mojo_kernels.optim.adam import Adam, Adamax, NAdam, RAdam
from mojo_kernels.optim.plain import ASGD, Adadelta, Adagrad, RMSprop, Rprop, SGD
from mojo_kernels.optim.update import OptimizerOp, Update

comptime OPTIMIZERS = TypeList.of[
    Trait=OptimizerOp, SGD, Adam, NAdam, RAdam, Adamax, Adagrad, Adadelta, RMSprop, ASGD, Rprop
]
"""The optimizers."""
