"""Files for TensorBoard, written with its own package: `pip install "mocrograd[tensorboard]"`."""

from mocrograd.utils.tensorboard.writer import SummaryWriter as SummaryWriter
