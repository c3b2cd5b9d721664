"""Exchanges of tensors on GPUs, a card for each rank, against NumPy: all collectives, dtypes and operations."""

import os
import sys
import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import distributed as dist
from mocrograd.distributed import ReduceOp

warnings.simplefilter("error")
local = int(os.environ["LOCAL_RANK"])
dist.init_process_group("nccl")
mg.cuda.set_device(local)
assert mg.cuda.current_device() == local
CARD = mg.device("cuda")
own, size = dist.get_rank(), dist.get_world_size()
SHAPES = [(), (1,), (5,), (3, 7), (0, 4), (1000,)]


def values(rank, shape, dtype, seed=0):
    """What a rank has: every rank can compute it."""
    rng = np.random.default_rng([seed, rank])
    name = "float32" if dtype == "bfloat16" else dtype
    numbers = rng.integers(-3, 4, shape) if dtype != "uint8" else rng.integers(0, 5, shape)
    if dtype.startswith("complex"):
        return (numbers + 1j * rng.integers(-3, 4, shape)).astype(name)
    return np.asarray(numbers > 0 if dtype == "bool" else numbers).astype(name)


def card(array, dtype):
    result = mg.tensor(np.asarray(array)).to(getattr(mg, dtype)).to(CARD)
    assert result.device.index == local
    return result


def check(tensor, expected, what):
    assert tensor.device.index == local
    found = tensor.cpu()
    if found.dtype is mg.bfloat16:
        found, expected = found.float(), mg.tensor(expected).to(mg.bfloat16).float().numpy()
    found = found.numpy()
    assert found.shape == expected.shape, what
    np.testing.assert_array_equal(found, expected, err_msg=str(what))


REDUCED = {
    ReduceOp.SUM: lambda parts: sum(parts[1:], parts[0]),
    ReduceOp.PRODUCT: lambda parts: np.prod(parts, axis=0, dtype=parts[0].dtype),
    ReduceOp.MIN: lambda parts: np.minimum.reduce(parts),
    ReduceOp.MAX: lambda parts: np.maximum.reduce(parts),
    ReduceOp.AVG: lambda parts: (sum(parts[1:], parts[0]) / len(parts)).astype(parts[0].dtype),
}
NUMBERS = ["float16", "bfloat16", "float32", "float64", "int8", "uint8", "int32", "int64"]
calls = 0


def reductions(dtype, op):
    global calls
    for shape in SHAPES:
        what = dtype, op, shape
        parts = [values(rank, shape, dtype) for rank in range(size)]
        expected = REDUCED[op](parts)
        tensor = card(parts[own], dtype)
        work = dist.all_reduce(tensor, op, async_op=calls % 2 == 0)
        assert (work is None) is (calls % 2 == 1)
        if work is not None:
            assert work.wait()
            assert work.is_success()
        check(tensor, expected, what)
        root = calls % size
        tensor = card(parts[own], dtype)
        dist.reduce(tensor, root, op)
        if own == root:
            check(tensor, expected, what)
        blocks = [values(rank, (size, *shape), dtype) for rank in range(size)]
        output = card(np.zeros(shape), dtype)
        dist.reduce_scatter_tensor(output, card(blocks[own], dtype), op)
        check(output, REDUCED[op](blocks)[own], what)
        output = card(np.zeros(shape), dtype)
        dist.reduce_scatter(output, [card(block, dtype) for block in blocks[own]], op)
        check(output, REDUCED[op](blocks)[own], what)
        calls += 4


def moves(dtype):
    global calls
    for shape in SHAPES:
        parts = [values(rank, shape, dtype) for rank in range(size)]
        zeros = np.zeros(shape)
        root = calls % size
        tensor = card(parts[own], dtype)
        dist.broadcast(tensor, root)
        check(tensor, parts[root], dtype)
        outputs = [card(zeros, dtype) for _ in range(size)]
        dist.all_gather(outputs, card(parts[own], dtype))
        for output, part in zip(outputs, parts):
            check(output, part, dtype)
        whole = card(np.zeros((size, *shape)), dtype)
        dist.all_gather_into_tensor(whole, card(parts[own], dtype))
        check(whole, np.stack(parts), dtype)
        whole = card(np.zeros((size, *shape)), dtype)  # its own part of the output
        dist.scatter(whole[own], [card(part, dtype) for part in parts] if own == 0 else None, 0)
        dist.all_gather_into_tensor(whole, whole[own])
        check(whole, np.stack(parts), dtype)
        outputs = [card(zeros, dtype) for _ in range(size)] if own == root else None
        dist.gather(card(parts[own], dtype), outputs, root)
        for output, part in zip(outputs or [], parts):
            check(output, part, dtype)
        output = card(zeros, dtype)
        dist.scatter(output, [card(part, dtype) for part in parts] if own == root else None, root)
        check(output, parts[own], dtype)
        outputs = [card(zeros, dtype) for _ in range(size)]
        dist.all_to_all(outputs, [card(values(own, shape, dtype, to), dtype) for to in range(size)])
        for rank, output in enumerate(outputs):
            check(output, values(rank, shape, dtype, own), dtype)
        calls += 8
    sent = [own + 1 + to for to in range(size)]
    came = [rank + 1 + own for rank in range(size)]
    given = [values(own, (n, 3), dtype, to) for to, n in enumerate(sent)]
    output = card(np.zeros((sum(came), 3)), dtype)
    dist.all_to_all_single(output, card(np.concatenate(given), dtype), came, sent)
    check(output, np.concatenate([values(rank, (n, 3), dtype, own) for rank, n in enumerate(came)]), dtype)
    other = (own + 1) % size, (own - 1) % size
    tensor, output = card(values(own, (4, 2), dtype), dtype), card(np.zeros((4, 2)), dtype)
    works = [dist.isend(tensor, other[0], tag=3), dist.irecv(output, other[1], tag=3)]
    for work in works:
        work.wait()
    check(output, values(other[1], (4, 2), dtype), dtype)
    calls += 3


for dtype in NUMBERS:
    for op in REDUCED:
        if op is ReduceOp.AVG and "int" in dtype:
            continue
        reductions(dtype, op)
for dtype in ("complex64", "complex128"):
    reductions(dtype, ReduceOp.SUM)
for op, expected in ((ReduceOp.SUM, np.logical_or), (ReduceOp.PRODUCT, np.logical_and), (ReduceOp.MAX, np.logical_or)):
    parts = [values(rank, (9,), "bool") for rank in range(size)]
    tensor = card(parts[own], "bool")
    dist.all_reduce(tensor, op)
    check(tensor, expected.reduce(parts), op)
for dtype in [*NUMBERS, "int16", "bool", "complex64", "complex128"]:
    moves(dtype)

# Groups: one of its own, and one of a part of the processes.
pair = dist.new_group([0, 1])
if own < 2:
    tensor = card(np.full(3, own + 1.0), "float32")
    dist.all_reduce(tensor, group=pair)
    check(tensor, np.full(3, 3, np.float32), "group")
dist.destroy_process_group(pair) if own < 2 else None
with pytest.raises(ValueError, match="must be contiguous"):
    dist.all_reduce(card(np.zeros((3, 4)), "float32").T)
dist.all_reduce(mg.ones(3))  # the CPU's go on by MPI
dist.barrier()
dist.destroy_process_group()
print(f"rank {own} of {size}: {calls} calls are right on {CARD} {sys.argv[1:]}")
