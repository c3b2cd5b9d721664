"""Modules whose parameters lie in parts in several processes; there are none."""

from mocrograd.distributed._alone import needs_processes
from mocrograd.distributed.fsdp.fully_sharded_data_parallel import FSDPModule as FSDPModule
from mocrograd.distributed.fsdp.fully_sharded_data_parallel import FullyShardedDataParallel as FullyShardedDataParallel

fully_shard = needs_processes("fully_shard")
