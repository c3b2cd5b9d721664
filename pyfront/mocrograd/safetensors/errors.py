"""What goes wrong with safetensors files."""

from __future__ import annotations


class SafetensorError(ValueError):
    """A file is no safetensors file, is damaged, or does not have what was asked for.

    Example:
        >>> import mocrograd as mg
        >>> with open("broken.safetensors", "wb") as file:
        ...     size = file.write(b"no tensors")
        >>> try:
        ...     mg.safetensors.load_file("broken.safetensors")
        ... except mg.safetensors.SafetensorError as error:
        ...     print(type(error).__name__)
        SafetensorError
    """
