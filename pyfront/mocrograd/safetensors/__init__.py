"""The safetensors format: named tensors in a file with a JSON header, in which many weights are published.

The functions have the names of the packages `safetensors` and `safetensors.torch`, which are not needed. The format has
no checksums: a file whose tensor bytes have changed loads as other numbers.
"""

from mocrograd.safetensors.errors import SafetensorError
from mocrograd.safetensors.files import deserialize, load, load_file, save, save_file
from mocrograd.safetensors.models import load_model, save_model
from mocrograd.safetensors.opened import safe_open

__all__ = [
    "SafetensorError",
    "deserialize",
    "load",
    "load_file",
    "load_model",
    "safe_open",
    "save",
    "save_file",
    "save_model",
]
