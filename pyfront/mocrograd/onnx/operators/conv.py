"""Convolutions, and what windows they and pooling have."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import functional
from mocrograd.onnx.operators.registry import Form, operator
from mocrograd.tensor import Tensor

CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_TRANSPOSED = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}


class Window:
    """The attributes of windows.

    Attributes:
        strides: Their distances, or None for 1.
        dilations: The distances of elements in a window, or None for 1.
        auto: How pads are chosen.
        pads: Those before all dimensions, then those behind, or None for 0.
    """

    def __init__(self, node: Any) -> None:
        self.strides = node.attribute("strides", None)
        self.dilations = node.attribute("dilations", None)
        self.auto = node.choice("auto_pad", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
        self.pads = node.attribute("pads", None)
        if any(n < 1 for n in [*(self.strides or ()), *(self.dilations or ())]):
            raise node.unsupported("strides and dilations must be at least 1")

    def rates(self, rank: int) -> tuple[list[int], list[int]]:
        """Return strides and dilations of some dimensions.

        Raises:
            ValueError: There are others.
        """
        found = self.strides or [1] * rank, self.dilations or [1] * rank
        for name, numbers in zip(("strides", "dilations"), found):
            if len(numbers) != rank:
                raise ValueError(f"expected {rank} {name}, got {numbers}")
        return found

    def around(self, sizes: tuple[int, ...], kernel: list[int]) -> list[tuple[int, int]]:
        """Return the pads before and behind each dimension.

        Args:
            sizes: The sizes of the input.
            kernel: Those of a window.
        """
        rank = len(sizes)
        strides, dilations = self.rates(rank)
        if self.auto.startswith("SAME"):
            found = []
            for size, k, stride, dilation in zip(sizes, kernel, strides, dilations):
                total = max(0, (-(-size // stride) - 1) * stride + (k - 1) * dilation + 1 - size)
                half = total // 2
                found.append((half, total - half) if self.auto == "SAME_UPPER" else (total - half, half))
            return found
        pads = self.pads if self.pads and self.auto == "NOTSET" else [0] * (2 * rank)
        if len(pads) != 2 * rank:
            raise ValueError(f"expected {2 * rank} pads, got {pads}")
        return list(zip(pads[:rank], pads[rank:]))


def padded(x: Tensor, pads: list[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Return a tensor with pads around its last dimensions."""
    if not any(n for pair in pads for n in pair):
        return x
    return functional.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def spatial(x: Tensor, node: Any, forms: Any) -> Any:
    """Return what computes tensors of a rank, of forms by number of dimensions.

    Raises:
        UnsupportedNodeError: There are too many dimensions.
    """
    if x.ndim - 2 not in forms:
        raise node.unsupported(f"the input has {x.ndim} dimensions; supported are 3 to 5")
    return forms[x.ndim - 2]


@operator("Conv")
def _conv(node: Any) -> Form:
    window, group, shape = Window(node), node.attribute("group", 1), node.attribute("kernel_shape", None)

    def conv(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        function = spatial(x, node, CONV)
        kernel = list(weight.shape[2:])
        if shape is not None and kernel != shape:
            raise ValueError(f"kernel_shape is {shape}, but the weight has {kernel}")
        strides, dilations = window.rates(len(kernel))
        pads = window.around(x.shape[2:], kernel)
        if all(low == high for low, high in pads):
            return function(x, weight, bias, strides, [low for low, _ in pads], dilations, group)
        return function(padded(x, pads), weight, bias, strides, 0, dilations, group)

    return conv


@operator("ConvTranspose")
def _conv_transpose(node: Any) -> Form:
    window, group, shape = Window(node), node.attribute("group", 1), node.attribute("kernel_shape", None)
    more, wanted = node.attribute("output_padding", None), node.attribute("output_shape", None)

    def conv(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        function = spatial(x, node, _TRANSPOSED)
        kernel = list(weight.shape[2:])
        if shape is not None and kernel != shape:
            raise ValueError(f"kernel_shape is {shape}, but the weight has {kernel}")
        rank = len(kernel)
        strides, dilations = window.rates(rank)
        extra = more or [0] * rank
        full = [
            (n - 1) * s + (k - 1) * d + 1 + e for n, s, k, d, e in zip(x.shape[2:], strides, kernel, dilations, extra)
        ]
        if wanted is not None or window.auto.startswith("SAME"):
            sizes = [n * s for n, s in zip(x.shape[2:], strides)] if wanted is None else wanted[-rank:]
            pads = []
            for have, size in zip(full, sizes):
                total, upper = have - size, window.auto == "SAME_UPPER"
                low = total // 2 if upper else total - total // 2
                pads.append((low, total - low))
        else:
            pads = window.around(x.shape[2:], kernel)
        fits = all(e < max(s, d) for e, s, d in zip(extra, strides, dilations))
        if fits and all(low == high >= 0 for low, high in pads):
            return function(x, weight, bias, strides, [low for low, _ in pads], extra, group, dilations)
        made = function(x, weight, bias, strides, 0, [0] * rank, group, dilations)
        # More elements than a window reaches get the bias alone.
        cut = [(-low, e - high) for (low, high), e in zip(pads, extra)]
        if bias is None or all(high <= 0 and low <= 0 for low, high in cut):
            return padded(made, cut)
        bare = function(x, weight, None, strides, 0, [0] * rank, group, dilations)
        return padded(bare, cut) + bias.reshape([-1, *[1] * rank])

    return conv
