"""Rules of reductions: the same dimensions, each one further back."""

from __future__ import annotations

from typing import Any

from mocrograd.func.batched import Job
from mocrograd.func.rules.views import later
from mocrograd.ops._reduction import Sum
from mocrograd.ops.norms import Count, Norm
from mocrograd.ops.reduce import Extreme, ExtremeAlong, NanSum, Prod


def _moved(position: int) -> Any:
    """Make the rule of a reduction whose dimensions are the argument at `position`."""

    def rule(job: Job) -> Any:
        args = list(job.args)
        args[position] = later(args[position])
        return job.call(*args)

    return rule


def _extreme_along(job: Job) -> Any:
    name, x, dim, keepdim = job.args
    if len(x._shape) == 1:
        return job.call(name, x.unsqueeze(1), 1, False)
    return job.call(name, x, dim + 1, keepdim)


def _truth(job: Job) -> Any:
    name, kernel, empty, x, dim, keepdim = job.args
    ndim = len(x._shape) - 1
    dims = dim if isinstance(dim, tuple) else tuple(range(ndim)) if dim is None else (dim,)
    return job.call(name, kernel, empty, x, later(tuple([d % ndim for d in dims])) if ndim else (), keepdim)


def _position(job: Job) -> Any:
    name, x, dim, keepdim = job.args
    ndim = len(x._shape) - 1
    if dim is None or not ndim:
        found = job.call(name, x.reshape(job.size, -1), 1, False)
        return found.reshape(job.size, *[1] * ndim) if keepdim else found
    return job.call(name, x, dim % ndim + 1, keepdim)


def _count(job: Job) -> Any:
    x, dims = job.args
    return job.call(x, later(dims))


RULES = {
    Sum: _moved(1), Prod: _moved(1), NanSum: _moved(1), Count: _moved(1), Norm: _moved(2), Extreme: _moved(2),
    ExtremeAlong: _extreme_along, "truth": _truth, "position": _position, "count": _count,
}  # fmt: skip
