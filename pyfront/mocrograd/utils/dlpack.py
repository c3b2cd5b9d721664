"""Memory that libraries share, by the protocol DLPack."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from mocrograd.ops import from_dlpack as from_dlpack
from mocrograd.tensor import Tensor


class DLDeviceType(IntEnum):
    """Where memory is, as the protocol numbers it."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


def to_dlpack(tensor: Tensor) -> Any:
    """Return a capsule over a tensor's memory, which `from_dlpack` takes once.

    Args:
        tensor: A tensor in host memory.

    Raises:
        TypeError: It is no tensor.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"to_dlpack(): argument 'tensor' must be Tensor, not {type(tensor).__name__}")
    return tensor.__dlpack__()
