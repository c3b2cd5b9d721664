"""Optimizers, with torch's names and state layout."""

from mocrograd.optim import lr_scheduler as lr_scheduler
from mocrograd.optim import swa_utils as swa_utils
from mocrograd.optim.adam import Adam as Adam
from mocrograd.optim.adam import Adamax as Adamax
from mocrograd.optim.adam import AdamW as AdamW
from mocrograd.optim.adam import NAdam as NAdam
from mocrograd.optim.adam import RAdam as RAdam
from mocrograd.optim.adaptive import ASGD as ASGD
from mocrograd.optim.adaptive import Adadelta as Adadelta
from mocrograd.optim.adaptive import Adagrad as Adagrad
from mocrograd.optim.adaptive import RMSprop as RMSprop
from mocrograd.optim.adaptive import Rprop as Rprop
from mocrograd.optim.factored import Adafactor as Adafactor
from mocrograd.optim.factored import Muon as Muon
from mocrograd.optim.lbfgs import LBFGS as LBFGS
from mocrograd.optim.optimizer import Optimizer as Optimizer
from mocrograd.optim.sgd import SGD as SGD
