"""Optimizers, with torch's names and state layout."""

import sys as _sys
from typing import Any as _Any

from mocrograd.optim import lr_scheduler as lr_scheduler
from mocrograd.optim import swa_utils as swa_utils
from mocrograd.optim.adam import *  # noqa: F403
from mocrograd.optim.adaptive import *  # noqa: F403
from mocrograd.optim.factored import *  # noqa: F403
from mocrograd.optim.lbfgs import *  # noqa: F403
from mocrograd.optim.optimizer import *  # noqa: F403
from mocrograd.optim.sgd import *  # noqa: F403
from mocrograd.optim.sparse import *  # noqa: F403

adadelta = adagrad = adamax = adamw = asgd = nadam = radam = rmsprop = rprop = sparse_adam = _sys.modules[__name__]
"""Files of torch whose optimizers lie in others here."""


def __getattr__(name: str) -> _Any:
    """Import the optimizer of several processes at its first use."""
    if name == "ZeroRedundancyOptimizer":
        from mocrograd.optim.zero import ZeroRedundancyOptimizer

        return ZeroRedundancyOptimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
