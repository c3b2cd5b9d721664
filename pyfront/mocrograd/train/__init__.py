"""Training: the loop, its history, callbacks, metrics, checkpoints, and the example networks."""

from mocrograd.train.averaging import StochasticWeightAveraging as StochasticWeightAveraging
from mocrograd.train.callbacks import Callback as Callback
from mocrograd.train.callbacks import CSVLogger as CSVLogger
from mocrograd.train.callbacks import EarlyStopping as EarlyStopping
from mocrograd.train.callbacks import LearningRateMonitor as LearningRateMonitor
from mocrograd.train.checkpoints import CheckpointError as CheckpointError
from mocrograd.train.faults import NotFiniteError as NotFiniteError
from mocrograd.train.history import History as History
from mocrograd.train.metrics import AUROC as AUROC
from mocrograd.train.metrics import F1 as F1
from mocrograd.train.metrics import MAE as MAE
from mocrograd.train.metrics import R2 as R2
from mocrograd.train.metrics import RMSE as RMSE
from mocrograd.train.metrics import Accuracy as Accuracy
from mocrograd.train.metrics import ConfusionMatrix as ConfusionMatrix
from mocrograd.train.metrics import Metric as Metric
from mocrograd.train.metrics import Perplexity as Perplexity
from mocrograd.train.metrics import Precision as Precision
from mocrograd.train.metrics import Recall as Recall
from mocrograd.train.metrics import TopK as TopK
from mocrograd.train.metrics import accuracy as accuracy
from mocrograd.train.metrics import l2_penalty as l2_penalty
from mocrograd.train.rates import LearningRateFinder as LearningRateFinder
from mocrograd.train.saving import ModelCheckpoint as ModelCheckpoint
from mocrograd.train.trainer import Trainer as Trainer
