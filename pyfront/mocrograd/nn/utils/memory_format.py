"""Formats of the filters of convolutions."""

from __future__ import annotations

from typing import Any

from mocrograd.nn.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Order the elements of all filters of images in a format.

    Args:
        module: A module; those in it count too.
        memory_format: `channels_last` or `contiguous_format`.

    Returns:
        The module itself.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import nn
        >>> conv = nn.utils.convert_conv2d_weight_memory_format(nn.Conv2d(3, 4, 3), mg.channels_last)
        >>> conv.weight.is_contiguous(memory_format=mg.channels_last)
        True
    """
    return _convert(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Order the elements of all filters of volumes in a format.

    Args:
        module: A module; those in it count too.
        memory_format: `channels_last_3d` or `contiguous_format`.

    Returns:
        The module itself.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import nn
        >>> conv = nn.utils.convert_conv3d_weight_memory_format(nn.Conv3d(3, 4, 3), mg.channels_last_3d)
        >>> conv.weight.is_contiguous(memory_format=mg.channels_last_3d)
        True
    """
    return _convert(module, memory_format, (Conv3d, ConvTranspose3d))


def _convert(module: Any, memory_format: Any, kinds: Any) -> Any:
    for layer in module.modules():
        if isinstance(layer, kinds):
            weight: Any = layer.weight
            weight.data = weight.detach().clone(memory_format=memory_format)
    return module
