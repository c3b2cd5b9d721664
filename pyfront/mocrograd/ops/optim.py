"""Optimizer updates: one kernel call moves all tensors of a group."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from mocrograd import recording
from mocrograd.autograd import clock
from mocrograd.backend import call, device
from mocrograd.dtypes import dtype
from mocrograd.tensor import Tensor


def _sgd_words(options: Mapping[str, Any], first_step: bool) -> tuple[float, ...]:
    """Return the options as the kernel's words."""
    numbers = [float(options[name]) for name in ("lr", "momentum", "dampening", "weight_decay")]
    return (*numbers, int(options["nesterov"]), int(options["maximize"]), int(first_step))


def sgd_(
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    momentum_buffers: Sequence[Tensor],
    options: Mapping[str, Any],
    *,
    first_step: bool,
) -> None:
    """Move parameters against their gradients, as `optim.SGD` describes.

    Args:
        params: The tensors to move.
        grads: Their gradients, of their shapes.
        momentum_buffers: The directions so far, of their shapes, or an empty list without momentum.
        options: lr, momentum, dampening, weight_decay, nesterov and maximize; a replay reads them anew.
        first_step: Whether the buffers are unset, and become the gradients.
    """
    words = _sgd_words(options, first_step)
    groups: dict[tuple[dtype, device], list[int]] = {}
    entries: list[int] = []
    kind = place = None
    dense = []
    clock[0] += 1
    now = clock[0]
    for i, (param, grad) in enumerate(zip(params, grads)):
        if not (grad._dense or grad.is_contiguous()):
            grad = grad.contiguous()
            dense.append(grad)  # keeps the copy until the kernel has run
        if not (param._dense or param.is_contiguous()):
            raise RuntimeError(f"sgd_: parameter {i} of shape {list(param._shape)} is not contiguous")
        buffer = momentum_buffers[i].address if momentum_buffers else 0
        if param.dtype is not kind or param.device is not place:
            kind, place = param.dtype, param.device
            entries = groups.setdefault((kind, place), [])
        entries += (param.address, grad.address, buffer, param._size)
        param._shared_stamp()[0] = now
    for (kind, place), entries in groups.items():
        table = array("q", entries)
        kernel = place.table[f"sgd.{kind.name}"]
        work = sum(entries[3::4])
        recording.varies(2, len(words), lambda: _sgd_words(options, False), table)
        call(kernel, work, table.buffer_info()[0], len(entries) // 4, *words, place.context)
