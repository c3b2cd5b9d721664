"""The GPU, of any maker, under the name that scripts written for torch know: "cuda" means "gpu"."""

from __future__ import annotations

from typing import Any

from mocrograd import accelerator
from mocrograd.accelerator import device_count as device_count
from mocrograd.accelerator import is_available as is_available
from mocrograd.accelerator import synchronize as synchronize
from mocrograd.amp import GradScaler as GradScaler
from mocrograd.errors import OutOfMemoryError as OutOfMemoryError
from mocrograd.ops.random import manual_seed as _manual_seed


def current_device() -> int:
    """Return the number of the GPU that "cuda" means.

    Raises:
        RuntimeError: There is none.
    """
    return accelerator.current_device_index()


def set_device(device: Any) -> None:
    """Check that a device is the GPU that "cuda" means, which is always the first one.

    Raises:
        RuntimeError: There is no such GPU.
        NotImplementedError: It is not the first one.
    """
    found = accelerator.gpu(device)
    if found.index:
        raise NotImplementedError(f'set_device: "cuda" is always gpu:0; write "{found}" where another one is meant')


def manual_seed(seed: int) -> None:
    """Set the seed of random numbers, which CPU and GPU share."""
    _manual_seed(seed)


def manual_seed_all(seed: int) -> None:
    """Set the seed of random numbers, which all devices share."""
    _manual_seed(seed)


def empty_cache() -> None:
    """Do nothing: the driver pools the memory of a GPU."""


def is_bf16_supported() -> bool:
    """Return False: there is no bfloat16."""
    return False


def __getattr__(name: str) -> Any:
    """Give the old constructors of one dtype, as torch.cuda.FloatTensor."""
    from mocrograd.compat.typed import on_gpu

    return on_gpu(name)
