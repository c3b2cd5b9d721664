"""Optimizer updates: one kernel call moves all tensors of a group."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from mocrograd import backend, dtypes
from mocrograd.autograd import clock
from mocrograd.backend import call, device, recording
from mocrograd.dtypes import dtype
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.ops._marked import elements
from mocrograd.ops._memory import move
from mocrograd.ops.cast import rearranged
from mocrograd.strides import is_gapless
from mocrograd.tensor import Tensor

__all__: list[str] = []

Words = Callable[[], tuple[float, ...]]
_WORDS = {
    name.rpartition(".")[0]: words
    for name, words in backend.WORDS.items()
    if words.cells and name.endswith(f".{dtypes.float32.name}")
}
"""What the words of each optimizer's kernel are."""
_STATES = {name: (words.cells.count("u") - 1, words.cells.count("U")) for name, words in _WORDS.items()}
"""How many states each optimizer has: of the parameters' shapes, and of one element per parameter."""
_OPTIONS = {name: words.at("count") + 1 for name, words in _WORDS.items()}
_NAMES = {name: {d: f"{name}.{d.to_real().name}" for d in (*dtypes.ALL, *dtypes.COMPLEX)} for name in _STATES}
"""The kernels; that of the parts moves complex numbers, whose real and imaginary parts are two numbers."""


def update_(
    name: str,
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    states: Sequence[Sequence[Tensor]],
    words: Words,
    again: Words | None = None,
) -> None:
    """Update parameters by their gradients, in one call per dtype and device.

    States of complex parameters are complex, and those of one element real.

    Args:
        name: The optimizer, as the kernel table calls it.
        params: The tensors to move.
        grads: Their gradients, of their shapes.
        states: As many lists as the optimizer has states: of tensors of the parameters' shapes, then of tensors of one
            element, which are moved on; an empty list where a state is not kept.
        words: Gives the options as the kernel's words.
        again: Gives them for a replay, where that differs.

    Raises:
        RuntimeError: The gradient or a state of a parameter does not fit it.
    """
    whole, single = _STATES[name]
    assert len(states) == whole + single
    options = words()
    clock[0] += 1
    _update(name, params, grads, states, options, again or words)


def _update(
    name: str,
    params: Sequence[Tensor],
    grads: Sequence[Tensor],
    states: Sequence[Sequence[Tensor]],
    options: tuple[float, ...],
    again: Words,
) -> None:
    whole = _STATES[name][0]
    counted_whole = not params[0].dtype.is_complex  # the table counts elements, not their parts
    entries = backend.table(clock[0], whole, params, grads, *states) if counted_whole else None
    if entries is not None:
        _run(name, entries, params[0], sum([param._size for param in params]), options, again)
        return
    groups: dict[tuple[dtype, device], list[int]] = {}
    moved: list[tuple[Tensor, Tensor]] = []  # what does not lie as its parameter, and copies that do
    for i, (param, grad) in enumerate(zip(params, grads)):
        if grad._shape != param._shape or grad.dtype is not param.dtype or grad.device is not param.device:
            raise RuntimeError(
                f"{name}: parameter {i} is {param.dtype.name} of shape {list(param._shape)} on {param.device}, its "
                f"gradient {grad.dtype.name} of shape {list(grad._shape)} on {grad.device}"
            )
        parts, number = param.dtype.to_real(), number_dtype(param)
        for column, s in enumerate(states):
            size, kind = (param._size, param.dtype) if column < whole else (1, number)
            fits = not s or s[i]._shape == param._shape or s[i].is_contiguous()
            if s and (s[i]._size != size or s[i].dtype is not kind or not fits):
                raise RuntimeError(
                    f"{name}: a state of parameter {i}, {param.dtype.name} of shape {list(param._shape)}, must have "
                    f"{size} elements of {kind.name}, contiguous, and is {s[i].dtype.name} of shape {list(s[i]._shape)}"
                )
        rows = contiguous_strides(param._shape)
        whole_states = [s[i] for s in states[:whole] if s]
        same = all(s._shape == param._shape for s in whole_states)
        strides = param._strides if same and is_gapless(param._shape, param._strides) else rows
        group = groups.setdefault((param.dtype, param.device), [])
        size = param._size * (1 if parts is param.dtype else 2)
        lying = [_lying(x, strides, moved).address for x in (param, grad)]
        for column, s in enumerate(states):
            lying.append(0 if not s else s[i].address if column >= whole else _lying(s[i], strides, moved).address)
        group += (*lying, size)
        param._shared_stamp()[0] = clock[0]
    width = len(_WORDS[name].cells)
    for (kind, target), group in groups.items():
        some = next(param for param in params if param.dtype is kind and param.device is target)
        _run(name, array("q", group).tobytes(), some, sum(group[width - 1 :: width]), options, again)
    for x, copy in moved:
        if not any(x is grad for grad in grads):
            move(x, copy)


def _lying(x: Tensor, strides: Shape, moved: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Return a tensor of some strides: the one that is given, or a copy, which is noted."""
    own = x._strides if len(x._shape) == len(strides) else strides  # one of another shape is contiguous
    if not x._marks and (own == strides or all(n == 1 or a == b for n, a, b in zip(x._shape, own, strides))):
        return x
    moved.append((x, rearranged(elements(x), strides)))
    return moved[-1][1]


def number_dtype(param: Tensor) -> dtype:
    """Return the dtype of states of one element, such as the number of steps: that of a parameter's parts.

    It is float32 for parameters of 16 bits, which count no further than 256 or 2048.
    """
    return param.dtype.wide or param.dtype.to_real()


def _run(name: str, entries: bytes, like: Tensor, work: int, options: tuple[float, ...], again: Words) -> None:
    """Run the kernel on the tensors of one dtype and device."""
    kernel = like.device.table[_NAMES[name][like.dtype]]
    recording.varies(_OPTIONS[name], len(options), again, entries)
    call(kernel, work, entries, len(entries) // (8 * len(_WORDS[name].cells)), *options, like.device.context)
