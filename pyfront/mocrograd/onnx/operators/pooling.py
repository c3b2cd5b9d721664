"""Pooling."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.nn import functional
from mocrograd.onnx.operators.conv import CONV, Window, padded, spatial
from mocrograd.onnx.operators.registry import Form, operator, plain
from mocrograd.tensor import Tensor

_MAX = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVERAGE = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}


class Pooling(Window):
    """The attributes of pooling.

    Attributes:
        kernel: The sizes of a window.
        ceil: Whether a window may reach beyond the end.
    """

    def __init__(self, node: Any) -> None:
        super().__init__(node)
        self.kernel = node.attribute("kernel_shape")
        self.ceil = bool(node.attribute("ceil_mode", 0))

    def plain(self, pads: list[tuple[int, int]]) -> bool:
        """Return whether torch's pooling has such pads."""
        return all(low == high and 0 <= low <= k // 2 for (low, high), k in zip(pads, self.kernel))

    def reached(self, sizes: tuple[int, ...], pads: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return pads that the last windows need, where they may reach beyond the end."""
        if not self.ceil:
            return pads
        found = []
        for size, (low, high), k, stride, dilation in zip(sizes, pads, self.kernel, *self.rates(len(sizes))):
            span = (k - 1) * dilation + 1
            count = -(-(size + low + high - span) // stride) + 1
            if (count - 1) * stride >= size + low:
                count -= 1  # a window must begin before the pads behind
            found.append((low, max(high, (count - 1) * stride + span - size - low)))
        return found

    def sums(self, x: Tensor, node: Any) -> Tensor:
        """Return the sum of each window of a padded input."""
        strides, dilations = self.rates(len(self.kernel))
        ones = ops.ones(1, 1, *self.kernel, dtype=x.dtype, device=x.device)
        flat = ops.reshape(x, [-1, 1, *x.shape[2:]])
        made = spatial(x, node, CONV)(flat, ones, None, strides, 0, dilations)
        return ops.reshape(made, [*x.shape[:2], *made.shape[2:]])


@operator("MaxPool")
def _max_pool(node: Any) -> Form:
    pool = Pooling(node)
    if node.attribute("storage_order", 0):
        raise node.unsupported("the attribute storage_order is 1; supported is 0")
    indices = node.wanted(1)

    def run(x: Tensor) -> Any:
        options: tuple[Any, ...]
        function = spatial(x, node, _MAX)
        pads = pool.around(x.shape[2:], pool.kernel)
        strides, dilations = pool.rates(len(pool.kernel))
        source = x
        if pool.plain(pads):
            options = (pool.kernel, strides, [low for low, _ in pads], dilations, pool.ceil)
        else:
            least = -math.inf if x.dtype.is_floating_point else x.dtype.limits[0]
            pads = pool.reached(x.shape[2:], pads)
            source, options = padded(x, pads, least), (pool.kernel, strides, 0, dilations, False)
        if not indices:
            return function(source, *options)
        values, found = function(source, *options, True)
        where = ops.reshape(ops.arange(0, x.numel(), device=x.device), x.shape)
        if source is not x:
            where = padded(where, pads)
        flat = ops.gather(ops.flatten(where, 2), 2, ops.flatten(found, 2))
        return values, ops.reshape(flat, found.shape)

    return run


@operator("AveragePool")
def _average_pool(node: Any) -> Form:
    pool = Pooling(node)
    with_pads = bool(node.attribute("count_include_pad", 0))

    def run(x: Tensor) -> Tensor:
        pads = pool.around(x.shape[2:], pool.kernel)
        strides, dilations = pool.rates(len(pool.kernel))
        if pool.plain(pads) and all(d == 1 for d in dilations):
            low = [low for low, _ in pads]
            return spatial(x, node, _AVERAGE)(x, pool.kernel, strides, low, pool.ceil, with_pads)
        reach = pool.reached(x.shape[2:], pads)
        ones = ops.ones(1, 1, *x.shape[2:], dtype=x.dtype, device=x.device)
        if with_pads:
            ones = padded(ones, pads, 1.0)
            rest = [(0, far - high) for (_, high), (_, far) in zip(pads, reach)]
        else:
            rest = reach
        return pool.sums(padded(x, reach), node) / pool.sums(padded(ones, rest), node)

    return run


@operator("LpPool")
def _lp_pool(node: Any) -> Form:
    pool, p = Pooling(node), node.attribute("p", 2)

    def run(x: Tensor) -> Tensor:
        pads = pool.reached(x.shape[2:], pool.around(x.shape[2:], pool.kernel))
        return ops.pow(pool.sums(padded(ops.pow(ops.abs(x), p), pads), node), 1 / p)

    return run


def _dims(x: Tensor) -> list[int]:
    return list(range(2, x.ndim))


plain("GlobalAveragePool", lambda x: ops.mean(x, _dims(x), True))
plain("GlobalMaxPool", lambda x: ops.amax(x, _dims(x), True))


@operator("GlobalLpPool")
def _global_lp_pool(node: Any) -> Form:
    p = node.attribute("p", 2)
    return lambda x: ops.pow(ops.sum(ops.pow(ops.abs(x), p), _dims(x), True), 1 / p)


@operator("MaxUnpool", numbers=(2,))
def _max_unpool(node: Any) -> Form:
    kernel, pads = node.attribute("kernel_shape"), node.attribute("pads", None) or [0] * 6
    strides = node.attribute("strides", None) or [1] * len(kernel)

    def run(x: Tensor, found: Tensor, shape: Any = None) -> Tensor:
        rank = len(kernel)
        least = [
            (n - 1) * s + k - low - high
            for n, s, k, low, high in zip(x.shape[2:], strides, kernel, pads[:rank], pads[rank : 2 * rank])
        ]
        sizes = least if shape is None else shape.tolist()[2:]
        planes = math.prod(x.shape[:2])
        # The indices count elements of a tensor that has no more than the windows reach.
        offsets = ops.reshape(ops.arange(0, planes, device=x.device) * math.prod(least), [planes, 1])
        inside = ops.reshape(found, [planes, -1]) - offsets
        flat = ops.zeros(planes, math.prod(least), dtype=x.dtype, device=x.device)
        made = ops.reshape(ops.scatter(flat, 1, inside, ops.reshape(x, [planes, -1])), [*x.shape[:2], *least])
        return padded(made, [(0, size - n) for size, n in zip(sizes, least)])

    return run


@operator("Col2Im", numbers=(1, 2))
def _col2im(node: Any) -> Form:
    dilations, pads, strides = (
        node.attribute("dilations", None),
        node.attribute("pads", None),
        node.attribute("strides", None),
    )

    def run(x: Tensor, shape: Any, block: Any) -> Tensor:
        rank = len(block)
        if rank != 2:
            raise node.unsupported(f"blocks have {rank} dimensions; supported are 2")
        low = pads or [0] * 4
        if low[:2] != low[2:]:
            shape = [n + a + b for n, a, b in zip(shape.tolist(), low[:2], low[2:])]
            made = functional.fold(x, shape, block.tolist(), dilations or 1, 0, strides or 1)
            return padded(made, [(-a, -b) for a, b in zip(low[:2], low[2:])])
        return functional.fold(x, shape.tolist(), block.tolist(), dilations or 1, low[:2], strides or 1)

    return run
