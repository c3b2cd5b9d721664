"""The memory of tensors, as MPI sees it: no copy is made. That of GPUs is NCCL's part (`cards.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.backend import recording
from mocrograd.distributed import mpi
from mocrograd.tensor import Tensor

_TYPES = {
    "float32": "FLOAT", "float64": "DOUBLE", "int64": "INT64_T", "int32": "INT32_T", "int16": "INT16_T",
    "int8": "INT8_T", "uint8": "UINT8_T", "bool": "C_BOOL",
}  # fmt: skip


def check(name: str, parameter: str, *tensors: Any) -> None:
    """Check that arguments are tensors whose memory can be sent.

    Args:
        name: The function.
        parameter: Its argument, for messages.
        tensors: What was given.

    Raises:
        TypeError: One is no tensor.
        NotImplementedError: One has no memory.
        RuntimeError: They are on several devices.
        ValueError: One has gaps, or its elements are in another order.
    """
    recording.cannot_replay("it exchanges data with other processes")
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(
                f"Invalid function argument. Expected parameter `{parameter}` of {name} to be of type torch.Tensor, "
                f"got {type(tensor).__name__}"
            )
        if tensor.device is backend.meta:
            raise NotImplementedError(f"distributed.{name} on {tensor.device}: there is no memory that can be sent")
        if not tensor.is_contiguous():
            raise ValueError(f"{name}: Tensors must be contiguous, got strides {tensor.stride()}")
    one_device(name, tensors)


def one_device(name: str, tensors: Iterable[Tensor]) -> backend.device:
    """Return the device that tensors are on; the CPU without any.

    Raises:
        RuntimeError: They are on several.
    """
    found = list(dict.fromkeys(tensor.device for tensor in tensors)) or [backend.cpu]
    if len(found) > 1:
        raise RuntimeError(f"{name}: expected tensors on one device, got some on {' and '.join(map(str, found))}")
    return found[0]


def check_list(name: str, parameter: str, tensors: Any, count: int) -> None:
    """Check a list with a tensor for each process.

    Args:
        name: The function.
        parameter: Its argument, for messages.
        tensors: What was given.
        count: How many there must be.

    Raises:
        TypeError: It is no list of tensors.
        ValueError: There are more or fewer.
    """
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{parameter}` of {name} to be of type List[torch.Tensor], "
            f"got {type(tensors).__name__}"
        )
    if len(tensors) != count:
        raise ValueError(f"{name}: expected {count} tensors in {parameter}, one for each rank, got {len(tensors)}")
    check(name, parameter, *tensors)


def as_bytes(tensor: Tensor) -> Any:
    """Return the memory of a tensor as bytes."""
    MPI = mpi.load()
    return [MPI.buffer.fromaddress(tensor.address, tensor.nbytes), MPI.BYTE]


def as_numbers(tensor: Tensor) -> Any:
    """Return the memory of a tensor as elements of MPI's type.

    Raises:
        RuntimeError: MPI has no such type.
    """
    MPI = mpi.load()
    if tensor.dtype.name not in _TYPES:
        raise RuntimeError(f"MPI does not compute with elements of {tensor.dtype.name}")
    return [MPI.buffer.fromaddress(tensor.address, tensor.nbytes), getattr(MPI, _TYPES[tensor.dtype.name])]


def computes(dtype: dtypes.dtype) -> bool:
    """Return whether MPI computes with elements of a type; others are sent as float32."""
    return dtype.name in _TYPES


def told(tensor: Tensor) -> str:
    """Return type and shape of a tensor, and whether it is on a GPU, for messages."""
    return f"{tensor.dtype.name}{list(tensor._shape)}{device_text(tensor.device)}"


def device_text(device: backend.device) -> str:
    """Return what messages add to a tensor on a GPU."""
    return " on a GPU" if device.handle else ""
