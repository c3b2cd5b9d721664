"""Tensors whose parts lie in several processes; there are none."""

from mocrograd.distributed._alone import NeedsProcesses, needs_processes
from mocrograd.distributed.device_mesh import DeviceMesh as DeviceMesh
from mocrograd.distributed.tensor.placement_types import Partial as Partial
from mocrograd.distributed.tensor.placement_types import Placement as Placement
from mocrograd.distributed.tensor.placement_types import Replicate as Replicate
from mocrograd.distributed.tensor.placement_types import Shard as Shard


class DTensor(NeedsProcesses):
    """A tensor in parts; there are none."""


distribute_tensor = needs_processes("distribute_tensor")
distribute_module = needs_processes("distribute_module")
