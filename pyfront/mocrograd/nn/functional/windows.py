"""Frames around tensors, and windows of images as columns."""

from mocrograd.ops.padding import fold as fold
from mocrograd.ops.padding import pad as pad
from mocrograd.ops.padding import unfold as unfold
