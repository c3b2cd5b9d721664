"""Optimizers, with torch's names and state layout."""

from mocrograd.optim import lr_scheduler as lr_scheduler
from mocrograd.optim import swa_utils as swa_utils
from mocrograd.optim.adam import *  # noqa: F403
from mocrograd.optim.adaptive import *  # noqa: F403
from mocrograd.optim.factored import *  # noqa: F403
from mocrograd.optim.lbfgs import *  # noqa: F403
from mocrograd.optim.optimizer import *  # noqa: F403
from mocrograd.optim.sgd import *  # noqa: F403
