"""Tensors in safetensors files: the functions of the package's module `safetensors.torch`."""

from mocrograd.safetensors.files import load, load_file, save, save_file
from mocrograd.safetensors.models import load_model, save_model
from mocrograd.tensor import Tensor

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model", "storage_ptr", "storage_size"]


def storage_ptr(tensor: Tensor) -> int:
    """Return the address of the memory that a tensor is in; 0 where it has none."""
    return int(tensor.untyped_storage().data_ptr())


def storage_size(tensor: Tensor) -> int:
    """Return the number of bytes of the memory that a tensor is in."""
    return int(tensor.untyped_storage().nbytes())
