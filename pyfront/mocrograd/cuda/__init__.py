"""The GPU, of any maker, under the name that scripts written for torch know: "cuda" means "gpu"."""

from __future__ import annotations

from typing import Any

from mocrograd import accelerator, backend
from mocrograd.accelerator import device_count as device_count
from mocrograd.accelerator import is_available as is_available
from mocrograd.accelerator import synchronize as synchronize
from mocrograd.amp import GradScaler as GradScaler
from mocrograd.cuda import amp as amp
from mocrograd.cuda import graphs as graphs
from mocrograd.cuda import memory as memory
from mocrograd.cuda import nvtx as nvtx
from mocrograd.cuda import random as random
from mocrograd.cuda import streams as streams
from mocrograd.cuda.graphs import *  # noqa: F403
from mocrograd.cuda.memory import *  # noqa: F403
from mocrograd.cuda.random import *  # noqa: F403
from mocrograd.cuda.streams import *  # noqa: F403
from mocrograd.errors import OutOfMemoryError as OutOfMemoryError

default_generators: tuple[Any, ...] = ()


def current_device() -> int:
    """Return the number of the GPU that "cuda" means.

    Raises:
        RuntimeError: There is none.
    """
    return accelerator.current_device_index()


def set_device(device: Any) -> None:
    """Choose the GPU that "cuda" means from here on; a negative number does nothing.

    Raises:
        RuntimeError: There is no such GPU.
    """
    if not (isinstance(device, int) and device < 0):
        backend.device.current = accelerator.gpu(device).index or 0


class device:
    """Choose, as a context, the GPU that "cuda" means; None or a negative number does nothing.

    Args:
        device: A GPU, its name or its number.
    """

    def __init__(self, device: Any) -> None:
        self.idx = device
        self.prev_idx = -1

    def __enter__(self) -> None:
        self.prev_idx = backend.device.current
        if self.idx is not None:
            set_device(self.idx)

    def __exit__(self, *exception: object) -> None:
        backend.device.current = self.prev_idx


def is_initialized() -> bool:
    """Return whether there is a GPU, which needs no preparation."""
    return is_available()


def init() -> None:
    """Check that there is a GPU.

    Raises:
        RuntimeError: There is none.
    """
    accelerator.gpu(None)


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Return False: a GPU computes numbers of bfloat16 in float32.

    Example:
        >>> import mocrograd as mg
        >>> mg.cuda.is_bf16_supported()
        False
    """
    return False


def get_device_name(device: Any = None) -> str:
    """Return "gpu:0" and the like.

    Raises:
        RuntimeError: There is no such GPU.
    """
    return str(accelerator.gpu(device))


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Raise NotImplementedError: the driver is not asked what a GPU can do.

    Raises:
        RuntimeError: There is no such GPU.
    """
    raise NotImplementedError(f"get_device_capability: the driver is not asked what {accelerator.gpu(device)} can do")


def get_device_properties(device: Any = None) -> Any:
    """Raise NotImplementedError: the driver is not asked what a GPU can do.

    Raises:
        RuntimeError: There is no such GPU.
    """
    raise NotImplementedError(f"get_device_properties: the driver is not asked what {accelerator.gpu(device)} can do")


def get_arch_list() -> list[str]:
    """Return an empty list."""
    return []


def __getattr__(name: str) -> Any:
    """Give the old constructors of one dtype, as torch.cuda.FloatTensor."""
    from mocrograd.compat.typed import on_gpu

    return on_gpu(name)
