"""Rules of views, of regions of memory, and of joining."""

from __future__ import annotations

import math
from typing import Any

from mocrograd.autograd import mode
from mocrograd.func.batched import Job
from mocrograd.layout import Shape
from mocrograd.ops._memory import overlaps, span
from mocrograd.ops._parts import AsComplex, AsReal, Part
from mocrograd.ops._regions import Cleared, LaidOut, Parts, Slice, Unslice, Whole, is_full
from mocrograd.ops.diagonals import Triangle
from mocrograd.ops.joining import Cat
from mocrograd.ops.padding import Framed
from mocrograd.ops.rearrange import Flip, Roll
from mocrograd.ops.views import Expand, Permute, View
from mocrograd.tensor import Tensor


def later(dims: Shape) -> Shape:
    """Return dimensions of samples as those of a value."""
    return tuple([d + 1 for d in dims])


def _view(job: Job) -> Any:
    x, shape, strides = job.args
    return View.run(x, (job.size, *shape), (x._strides[0], *strides))


def _permute(job: Job) -> Any:
    return job.call(job.args[0], (0, *later(job.args[1])))


def _expand(job: Job) -> Any:
    shape = job.args[1]
    return job.aligned(0, len(shape)).expand(job.size, *shape)


def _apart(x: Tensor) -> Tensor:
    """Return a tensor whose samples lie apart, each with the strides it has."""
    if not x._size or (
        not overlaps(x._shape[:1], x._strides[:1]) and x._strides[0] >= span(x._shape[1:], x._strides[1:])
    ):
        return x
    if not x.requires_grad or not mode.grad:
        return x
    out: Tensor = LaidOut.run(x, (span(x._shape[1:], x._strides[1:]), *x._strides[1:]))
    return out


def _slice(job: Job) -> Any:
    x = _apart(job.args[0])
    shape, strides, offset = job.args[1]
    step = x._strides[0]
    return job.call(x, ((job.size, *shape), (step, *strides), offset if job.size else 0))


def _unslice(job: Job) -> Any:
    x, (whole, steps), (shape, strides, offset) = job.args
    reach = span(whole, steps)
    if not math.prod(whole):
        return x.new_zeros(job.size, *whole)
    return job.call(x, ((job.size, *whole), (reach, *steps)), ((job.size, *shape), (reach, *strides), offset))


def _later(regions: Any, size: int, step: int) -> Any:
    """Return regions of each sample as those of a value, whose samples are `step` apart."""
    return [((size, *shape), (step, *strides), offset) for shape, strides, offset in regions]


def _parts_of(job: Job) -> Any:
    x, regions = _apart(job.args[0]), job.args[1]
    regions = _later(regions, job.size, x._strides[0])
    if is_full(x):
        return job.call(x, regions)
    return tuple([Slice.run(x, region) for region in regions])


def _whole(job: Job) -> Any:
    (shape, strides), regions, *_ = job.args
    reach = math.prod(shape)
    wholes = [job.whole(i) for i in range(2, len(job.args))]
    return job.call(((job.size, *shape), (reach, *strides)), _later(regions, job.size, reach), *wholes)


def _laid_out(job: Job) -> Any:
    x, strides = job.args
    return job.call(x, (span(x._shape[1:], strides), *strides))


def _cleared(job: Job) -> Any:
    x, (shape, strides, offset) = job.args
    reach = span(x._shape[1:], x._strides[1:])
    x = LaidOut.run(x, (reach, *x._strides[1:]))
    return job.call(x, ((job.size, *shape), (reach, *strides), offset))


def _cat(job: Job) -> Any:
    dim, shape, new, *_ = job.args
    tensors = [job.whole(i).contiguous() for i in range(3, len(job.args))]
    return job.call(dim + 1, (job.size, *shape), new, *tensors)


def _framed(job: Job) -> Any:
    x, sizes, value = job.args
    return job.call(x, ((0, 0), *sizes), value)


def _flip(job: Job) -> Any:
    return job.call(job.args[0], later(job.args[1]))


def _roll(job: Job) -> Any:
    return job.call(job.args[0], (0, *job.args[1]))


def _triangle(job: Job) -> Any:
    x, diagonal, kind = job.args
    return job.call(x, diagonal, kind)


def _parts(job: Job) -> Any:
    return job.call(*job.args)


def _as_complex(job: Job) -> Any:
    x = job.args[0]
    return job.call(x.contiguous() if x._strides[0] % 2 else x)


def _as_strided(job: Job) -> Any:
    x, size, stride, offset = job.args
    return job.call(x, (job.size, *size), (x._strides[0], *stride), offset)


def _reinterpreted(job: Job) -> Any:
    x, dtype = job.args
    if len(x._shape) == 1 and x.dtype.itemsize != dtype.itemsize:
        raise RuntimeError(f"self.dim() cannot be 0 to view {x.dtype.name} as {dtype.name} (different element sizes)")
    return job.call(x, dtype)


RULES = {
    View: _view, Permute: _permute, Expand: _expand, Slice: _slice, Unslice: _unslice, LaidOut: _laid_out,
    Parts: _parts_of, Whole: _whole,
    Cleared: _cleared, Cat: _cat, Framed: _framed, Flip: _flip, Roll: _roll, Triangle: _triangle,
    AsReal: _parts, Part: _parts, AsComplex: _as_complex, "as_strided": _as_strided,
    "reinterpreted": _reinterpreted,
}  # fmt: skip
