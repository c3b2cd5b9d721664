"""Rules of indexing: where each sample has an index of its own, its rows lie behind those of the samples before."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.func.batched import Job
from mocrograd.ops.embedding import Embedding
from mocrograd.ops.gathering import AddInto, Gather, Scatter, _Reduced
from mocrograd.ops.indexing import IndexAdd, IndexSelect, PutRows
from mocrograd.tensor import Tensor


def _moved(x: Tensor, dim: int) -> Tensor:
    """Return a value with the samples in front of a dimension of the sample."""
    return x.movedim(0, dim) if dim else x


def _further(index: Tensor, rows: int, low: int) -> Tensor:
    """Return indices of rows as those of the rows of all samples.

    Raises:
        IndexError: One is out of range.
    """
    if index._size and bool(((index < low) | (index >= rows)).any()):
        bad = next(i for i in index.reshape(-1).tolist() if not low <= i < rows)
        raise IndexError(f"index {bad} is out of bounds for dimension with size {rows}")
    index = ops.where(index < 0, index + rows, index)
    start = ops.arange(index._shape[0], device=index.device) * rows
    return (index + start.reshape(-1, *[1] * (len(index._shape) - 1))).contiguous()


def _index_select(job: Job) -> Any:
    x, index, first, count, shape, wraps = job.args
    if not job.mapped[1]:
        return job.call(x.contiguous(), index, first + 1, count, shape, wraps)
    if not job.mapped[0]:
        found = job.call(x, index.contiguous().reshape(-1), first, count, (job.size, *shape), wraps)
        return found.movedim(first, 0)
    own = math.prod(x._shape[1 + first : 1 + first + count])
    further = _further(index.reshape(job.size, -1), own, -own * wraps).reshape(-1)
    return job.call(_moved(x, first).contiguous(), further, first, count + 1, (job.size, *shape), 0).movedim(first, 0)


def _index_add(job: Job) -> Any:
    x, index, first, count, shape = job.args
    if not job.mapped[1]:
        return job.call(x.contiguous(), index, first + 1, count, shape)
    further = _further(index.reshape(job.size, -1), math.prod(shape), -math.prod(shape)).reshape(-1)
    moved = _moved(job.whole(0), first).contiguous()
    return job.call(moved, further, first, count + 1, (job.size, *shape)).movedim(first, 0)


def _rows_to_put(job: Job) -> tuple[Any, ...]:
    """Return old, values, target and the rest of `PutRows` for all samples, and whether samples lie at `first`."""
    old, values, target = [job.whole(i) for i in range(3)]
    index, first, count, add, wraps = job.args[3:]
    if not job.mapped[3]:
        return old, values.contiguous(), target, index, first + 1, count, add, wraps
    own = math.prod(target._shape[1 + first : 1 + first + count])
    further = _further(index.reshape(job.size, -1), own, -own * wraps).reshape(-1)
    return (
        _moved(old, first), _moved(values, first).contiguous(), _moved(target, first), further, first, count + 1, add, 0
    )  # fmt: skip


def _put_rows(job: Job) -> Any:
    out = job.call(*_rows_to_put(job))
    return out.movedim(job.args[4], 0) if job.mapped[3] else out


def _put_rows_in_place(job: Job, name: str, function: Any, count: int, aligned: bool) -> None:
    job.args.insert(2, job.args[0])
    job.mapped.insert(2, job.mapped[0])
    _, values, target, *rest = _rows_to_put(job)
    job.call(name, target, function, (values,), tuple(rest), aligned)


def _gather(job: Job) -> Any:
    return job.call(job.whole(0), job.whole(1).contiguous(), job.args[2] + 1)


def _add_into(job: Job) -> Any:
    return job.call(job.whole(0).contiguous(), job.whole(1).contiguous(), job.args[2] + 1, (job.size, *job.args[3]))


def _reduced(job: Job) -> Any:
    x, src, index = [job.whole(i).contiguous() for i in range(3)]
    return job.call(x, src, index, job.args[3] + 1, job.args[4])


def _scattered(job: Job, i: int, index: Tensor) -> Tensor:
    """Return what is scattered: of the index's shape, or one number for all."""
    x: Tensor = job.whole(i)
    return (x if x._shape == index._shape else job.args[i].unsqueeze(0)).contiguous()


def _scatter(job: Job) -> Any:
    old, target, index = job.whole(0), job.whole(2), job.whole(3).contiguous()
    return job.call(old, _scattered(job, 1, index), target, index, job.args[4] + 1, job.args[5])


def _scatter_in_place(job: Job, name: str, function: Any, count: int, aligned: bool) -> None:
    index = job.whole(2).contiguous()
    values = (_scattered(job, 1, index),)
    job.call(name, job.args[0], function, values, (index, job.args[3] + 1, job.args[4]), aligned)


def _embedding(job: Job) -> Any:
    weight, index, padding, by_frequency = job.args
    if by_frequency:
        return NotImplemented  # each sample counts its own
    if not job.mapped[0]:
        return job.call(weight, index.contiguous(), padding, by_frequency)
    _, rows, columns = weight._shape
    every = _further(job.whole(1), rows, 0)
    found = job.call(weight.contiguous().reshape(job.size * rows, columns), every, -1, False)
    if padding < 0:
        return found
    return ops.where((job.whole(1) == padding).unsqueeze(-1), found.detach(), found)


def _flat_index(job: Job) -> Any:
    shape, sizes, *indices = job.args
    wide = [job.aligned(i, len(shape)).expand(job.size, *shape) for i in range(2, len(job.args))]
    return job.call((job.size, *shape), sizes, *wide) if indices else NotImplemented


RULES = {
    IndexSelect: _index_select, IndexAdd: _index_add, PutRows: _put_rows, Gather: _gather, AddInto: _add_into,
    Scatter: _scatter, Embedding: _embedding, "flat_index": _flat_index,
    _Reduced: _reduced,
}  # fmt: skip
IN_PLACE = {PutRows: _put_rows_in_place, Scatter: _scatter_in_place}
