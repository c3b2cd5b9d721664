"""Training: the loop, its history, callbacks, and the example networks."""

from mocrograd.train.callbacks import Callback as Callback
from mocrograd.train.history import History as History
from mocrograd.train.metrics import accuracy as accuracy
from mocrograd.train.metrics import l2_penalty as l2_penalty
from mocrograd.train.trainer import Trainer as Trainer
