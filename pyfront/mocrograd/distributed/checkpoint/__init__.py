"""Checkpoints of several processes: `save` and `load`, and the states of models by torch's functions."""

from mocrograd.distributed.checkpoint.sharded import CheckpointException as CheckpointException
from mocrograd.distributed.checkpoint.sharded import Part as Part
from mocrograd.distributed.checkpoint.sharded import load as load
from mocrograd.distributed.checkpoint.sharded import save as save
