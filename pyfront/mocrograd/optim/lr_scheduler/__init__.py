"""Schedules of learning rates, with torch's names, state and warnings."""

from mocrograd.optim.lr_scheduler.base import LRScheduler as LRScheduler
from mocrograd.optim.lr_scheduler.base import LRScheduler as _LRScheduler  # noqa: F401  (as torch calls it too)
from mocrograd.optim.lr_scheduler.combined import ChainedScheduler as ChainedScheduler
from mocrograd.optim.lr_scheduler.combined import SequentialLR as SequentialLR
from mocrograd.optim.lr_scheduler.cyclic import CosineAnnealingLR as CosineAnnealingLR
from mocrograd.optim.lr_scheduler.cyclic import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from mocrograd.optim.lr_scheduler.cyclic import CyclicLR as CyclicLR
from mocrograd.optim.lr_scheduler.cyclic import OneCycleLR as OneCycleLR
from mocrograd.optim.lr_scheduler.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from mocrograd.optim.lr_scheduler.scaling import ConstantLR as ConstantLR
from mocrograd.optim.lr_scheduler.scaling import ExponentialLR as ExponentialLR
from mocrograd.optim.lr_scheduler.scaling import LambdaLR as LambdaLR
from mocrograd.optim.lr_scheduler.scaling import LinearLR as LinearLR
from mocrograd.optim.lr_scheduler.scaling import MultiplicativeLR as MultiplicativeLR
from mocrograd.optim.lr_scheduler.scaling import MultiStepLR as MultiStepLR
from mocrograd.optim.lr_scheduler.scaling import PolynomialLR as PolynomialLR
from mocrograd.optim.lr_scheduler.scaling import StepLR as StepLR
