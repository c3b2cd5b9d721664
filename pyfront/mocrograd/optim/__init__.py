"""Optimizers, with torch's names and state layout."""

from mocrograd.optim.optimizer import Optimizer as Optimizer
from mocrograd.optim.sgd import SGD as SGD
