"""Wrappers of modules, for scripts that use them: the module runs in this process, on its one device."""

from mocrograd.nn.parallel.data_parallel import DataParallel as DataParallel
from mocrograd.nn.parallel.distributed import DistributedDataParallel as DistributedDataParallel

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
]
