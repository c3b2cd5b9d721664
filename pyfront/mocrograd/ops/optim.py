"""Optimizer updates: one kernel call moves all tensors of a group."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from mocrograd import backend, dtypes, recording
from mocrograd.autograd import clock
from mocrograd.backend import call, device
from mocrograd.dtypes import dtype
from mocrograd.tensor import Tensor

_SGD = {d: f"sgd.{d.name}" for d in dtypes.ALL}


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
    clock[0] += 1
    entries = backend.table(clock[0], params, grads, momentum_buffers)
    if entries is not None:
        _run_sgd(entries, params[0], sum([param._size for param in params]), words, options)
        return
    groups: dict[tuple[dtype, device], list[int]] = {}
    dense = []
    for i, (param, grad) in enumerate(zip(params, grads)):
        if not grad.is_contiguous():
            grad = grad.contiguous()
            dense.append(grad)  # keeps the copy until the kernel has run
        if not param.is_contiguous():
            raise RuntimeError(f"sgd_: parameter {i} of shape {list(param._shape)} is not contiguous")
        buffer = momentum_buffers[i].address if momentum_buffers else 0
        group = groups.setdefault((param.dtype, param.device), [])
        group += (param.address, grad.address, buffer, param._size)
        param._shared_stamp()[0] = clock[0]
    for (kind, place), group in groups.items():
        some = next(param for param in params if param.dtype is kind and param.device is place)
        _run_sgd(array("q", group).tobytes(), some, sum(group[3::4]), words, options)


def _run_sgd(entries: bytes, like: Tensor, work: int, words: tuple[float, ...], options: Mapping[str, Any]) -> None:
    """Run the kernel on the tensors of one dtype and device."""
    recording.varies(2, len(words), lambda: _sgd_words(options, False), entries)
    kernel = like.device.table[_SGD[like.dtype]]
    call(kernel, work, entries, len(entries) // 32, *words, like.device.context)
