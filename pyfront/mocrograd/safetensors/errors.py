"""What goes wrong with safetensors files."""

from __future__ import annotations


class SafetensorError(ValueError):
    """A file is no safetensors file, is damaged, or does not have what was asked for."""
