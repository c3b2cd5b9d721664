"""An older name of `mocrograd.distributed.tensor`."""

from mocrograd.distributed.tensor import DeviceMesh as DeviceMesh
from mocrograd.distributed.tensor import DTensor as DTensor
from mocrograd.distributed.tensor import Partial as Partial
from mocrograd.distributed.tensor import Placement as Placement
from mocrograd.distributed.tensor import Replicate as Replicate
from mocrograd.distributed.tensor import Shard as Shard
from mocrograd.distributed.tensor import distribute_module as distribute_module
from mocrograd.distributed.tensor import distribute_tensor as distribute_tensor
