"""Utilities beside the layers: `mocrograd.utils.data` and `mocrograd.utils.checkpoint`."""

from mocrograd.utils import checkpoint as checkpoint
from mocrograd.utils import data as data
