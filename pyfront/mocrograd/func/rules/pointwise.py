"""Rules of what is computed element by element: operands are given the ranks with which samples broadcast."""

from __future__ import annotations

from typing import Any

from mocrograd.func.batched import Job
from mocrograd.ops._inplace import Copy
from mocrograd.ops._marked import Conj, NegView, Resolved
from mocrograd.ops._pointwise import Conjugate, Pointwise
from mocrograd.ops.cast import Cast, Rearranged, ToDevice
from mocrograd.ops.compare import Where
from mocrograd.ops.complex import Angle, Direction, Modulus
from mocrograd.ops.higher import _Density, _Igamma, _Igammac, _Zeta
from mocrograd.ops.loss import BinaryCrossEntropy, Variance, _CrossEntropySlope
from mocrograd.ops.ternary import Ternary
from mocrograd.ops.transcendental import _Entr, _Xlog1py


def _broadcast(job: Job) -> Any:
    rank = max(job.rank(i) for i in range(len(job.args)))
    return job.call(*[job.aligned(i, rank) for i in range(len(job.args))])


def _function(job: Job) -> Any:
    """Call the public function, which computes what it can in one direct call."""
    args, mapped = job.args, job.mapped
    if len(args) == 1:
        return job.kind.function(args[0])
    a, b = args
    if mapped[0] and mapped[1] and len(a._shape) == len(b._shape):
        return job.kind.function(a, b)
    rank = max(job.rank(0), job.rank(1))
    like = a if mapped[0] else b
    # the function would take a number that stands for a bool for an integer
    call = job.kind.function if like.dtype.kind == 2 else job.call
    return call(job.aligned(0, rank), job.aligned(1, rank))


def _alike(job: Job) -> Any:
    """Compute an operation of contiguous tensors of one shape."""
    whole = [job.whole(i) for i in range(len(job.args))]
    return job.call(*[x.contiguous() if hasattr(x, "_shape") else x for x in whole])


def _in_place(job: Job, name: str, function: Any, count: int, aligned: bool) -> None:
    rank = job.rank(0)
    if any(job.rank(i) > rank for i in range(1, len(job.args))):
        shapes = [list(x._shape[m:]) for x, m in zip(job.args, job.mapped) if hasattr(x, "_shape")]
        raise RuntimeError(f"{name}: output with shape {shapes[0]} doesn't match the shapes of operands {shapes[1:]}")
    input, *others = [job.aligned(i, rank) for i in range(len(job.args))]
    job.call(name, input, function, tuple(others[:count]), tuple(others[count:]), aligned)


RULES = {
    Pointwise: _function, Ternary: _broadcast, Where: _broadcast, Cast: _broadcast, ToDevice: _broadcast,
    Rearranged: _broadcast,
    "compare": _broadcast, BinaryCrossEntropy: _alike, _CrossEntropySlope: _alike, _Entr: _alike,
    _Xlog1py: _alike, Variance: _alike, Conjugate: _alike, Modulus: _alike, Direction: _alike, Angle: _alike,
    Conj: _broadcast, NegView: _broadcast, Resolved: _broadcast,
    _Zeta: _alike, _Igamma: _alike, _Igammac: _alike, _Density: _alike,
}  # fmt: skip
IN_PLACE = {Pointwise: _in_place, Ternary: _in_place, Copy: _in_place}
