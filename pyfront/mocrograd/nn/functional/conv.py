"""Convolutions as functions."""

from mocrograd.ops.conv import conv1d as conv1d
from mocrograd.ops.conv import conv2d as conv2d
from mocrograd.ops.conv import conv3d as conv3d
from mocrograd.ops.conv import conv_transpose1d as conv_transpose1d
from mocrograd.ops.conv import conv_transpose2d as conv_transpose2d
from mocrograd.ops.conv import conv_transpose3d as conv_transpose3d
