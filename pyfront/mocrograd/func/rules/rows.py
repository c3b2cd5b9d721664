"""Rules of operations of rows, planes or matrices: samples are more of them."""

from __future__ import annotations

from typing import Any

from mocrograd.func.batched import Job
from mocrograd.ops._indices import Pick, Unpick
from mocrograd.ops._transforms import Complex, FromReal, ToReal
from mocrograd.ops.decompositions import QR, SVD, Eigh, Pinv
from mocrograd.ops.distance import Cdist
from mocrograd.ops.eigen import Eig
from mocrograd.ops.informed import Minors
from mocrograd.ops.ldl import LDLFactor, LDLSolve
from mocrograd.ops.linalg import Cholesky, Cofactors, Det, Inverse, Slogdet, Solve, SolveTriangular
from mocrograd.ops.lu import LUFactor, Rows
from mocrograd.ops.moments import LogSumExp, Moments
from mocrograd.ops.pool import AvgPool, AvgPoolSpread, MaxPool, PoolGather, PoolScatter
from mocrograd.ops.reflections import Geqrf
from mocrograd.ops.resample import Resample, Spread
from mocrograd.ops.scan import CumProd, CumSum, LogCumSumExp, Running, ScaledSums
from mocrograd.ops.segments import Extreme, Product
from mocrograd.ops.softmax import LogSoftmax, Softmax
from mocrograd.ops.sorting import Chosen, Nth, Sort, TopK
from mocrograd.tensor import Tensor


def _leading(job: Job) -> Any:
    """Compute an operation of the last dimensions, of which there may be any number in front."""
    whole = [job.whole(i) for i in range(len(job.args))]
    return job.call(*[x.contiguous() if isinstance(x, Tensor) else x for x in whole])


def _pooled(job: Job) -> Any:
    """Compute a pooling, whose images are row-major here: samples are more images in front."""
    *tensors, windows = [job.whole(i) for i in range(len(job.args))]
    return job.call(*[x.contiguous() for x in tensors], windows._replace(last=False))


def _folded(job: Job) -> Any:
    """Compute an operation for which the first dimension is one of many: samples become part of it."""
    whole = [job.whole(i) for i in range(len(job.args))]
    rows = next(x._shape[1] for x in whole if isinstance(x, Tensor))

    def fold(x: Any) -> Any:
        return x.contiguous().reshape(job.size * rows, *x._shape[2:]) if isinstance(x, Tensor) else x

    def unfold(x: Tensor) -> Tensor:
        return x.reshape(job.size, rows, *x._shape[1:])

    found = job.call(*[fold(x) for x in whole])
    return tuple([unfold(x) for x in found]) if isinstance(found, tuple) else unfold(found)


def _pairs(job: Job) -> Any:
    """Compute an operation of two matrices, whose dimensions in front broadcast."""
    rank = max(job.rank(0), job.rank(1))
    return job.call(job.aligned(0, rank), job.aligned(1, rank), *job.args[2:])


def _factors(job: Job) -> Any:
    """Solve by factors and pivots, whose dimensions in front broadcast with those of the right sides."""
    rank = max(job.rank(0), job.rank(2))
    return job.call(job.aligned(0, rank), job.aligned(1, rank - 1), job.aligned(2, rank), *job.args[3:])


def _nth(job: Job) -> Any:
    """Select an element of each row; the shape of the result is an argument."""
    x, position, shape = job.args
    return job.call(x.contiguous(), position, (job.size, *shape))


def _along(job: Job) -> Any:
    """Compute an operation along a dimension, which is the argument behind the tensor."""
    args = list(job.args)
    at = next(i for i, x in enumerate(args) if isinstance(x, Tensor))
    args[at], args[at + 1] = args[at].contiguous(), args[at + 1] + 1
    return job.call(*args)


def _scaled(job: Job) -> Any:
    """Compute sums along a dimension, the argument behind the numbers and both logarithms."""
    return job.call(*[job.whole(i) for i in range(3)], job.args[3] + 1, job.args[4])


def _search(job: Job) -> Any:
    sorted, values, behind = job.args
    if not job.mapped[0] and len(sorted._shape) == 1:
        return job.call(sorted, values.contiguous(), behind)
    sorted, values = job.whole(0), job.whole(1)
    if len(sorted._shape) == 2 and len(values._shape) != 2:  # one row for all values of a sample
        flat = values.contiguous().reshape(job.size, -1)
        return job.call(sorted.contiguous(), flat, behind).reshape(values._shape)
    return job.call(sorted.contiguous(), values.contiguous(), behind)


RULES: dict[Any, Any] = {
    **dict.fromkeys((Softmax, LogSoftmax), _leading),
    **dict.fromkeys((MaxPool, AvgPool, AvgPoolSpread, PoolGather, PoolScatter), _pooled),
    **dict.fromkeys((Sort, TopK, "sort_rows", Resample, Spread, Chosen), _leading),
    **dict.fromkeys((Inverse, Det, Cofactors, Slogdet, Cholesky, QR, SVD, Eig, Eigh, Pinv), _leading),
    **dict.fromkeys((LUFactor, LDLFactor, Geqrf, Minors, Rows, Complex, FromReal, ToReal), _leading),
    **dict.fromkeys((Solve, SolveTriangular), _pairs),
    LDLSolve: _factors,
    "search": _search,
    Nth: _nth,
    ScaledSums: _scaled,
    **dict.fromkeys((CumSum, CumProd, LogCumSumExp, Running), _along),
    **dict.fromkeys((Pick, Unpick, Moments, LogSumExp, Cdist, Extreme, Product), _folded),
}
