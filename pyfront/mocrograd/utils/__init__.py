"""Utilities beside the layers: `mocrograd.utils.data`."""

from mocrograd.utils import data as data
