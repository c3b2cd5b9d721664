"""torch's module of optimizers for several processes."""

from mocrograd.optim.zero import ZeroRedundancyOptimizer as ZeroRedundancyOptimizer
