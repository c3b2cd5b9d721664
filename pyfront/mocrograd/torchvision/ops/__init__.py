"""`torchvision.ops`: layers that torchvision writes in Python; compiled operations say so where they are used."""

from __future__ import annotations

from typing import Any

from mocrograd.torchvision.ops.misc import FrozenBatchNorm2d as FrozenBatchNorm2d

_COMPILED = {
    "DeformConv2d", "MultiScaleRoIAlign", "PSRoIAlign", "PSRoIPool", "RoIAlign", "RoIPool",
    "batched_nms", "deform_conv2d", "nms", "ps_roi_align", "ps_roi_pool", "roi_align", "roi_pool",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Say why an operation is not here.

    Raises:
        ImportError: torchvision compiles it.
        AttributeError: It is none of torchvision's, or an operation that is not here.
    """
    if name in _COMPILED:
        message = f"torchvision.ops.{name} is compiled against torch itself and does not run over mocrograd"
        raise ImportError(message, name="torchvision.ops")
    raise AttributeError(f"module 'torchvision.ops' has no attribute {name!r}; mocrograd's has FrozenBatchNorm2d")
