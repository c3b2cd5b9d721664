"""Frames around tensors, and windows of images as columns."""

from mocrograd.ops.padding import pad as pad
from mocrograd.ops.windows import fold as fold
from mocrograd.ops.windows import unfold as unfold
