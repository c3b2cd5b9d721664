"""Tensors in safetensors files: the functions of the package's module `safetensors.torch`."""

from mocrograd.safetensors.files import load, load_file, save, save_file
from mocrograd.safetensors.models import load_model, save_model

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model"]
