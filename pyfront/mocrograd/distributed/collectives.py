"""Exchanges of tensors between all members of a group, from and into the tensors' own memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from mocrograd.distributed import mpi, nccl
from mocrograd.distributed.calls import Agree, exchange, member, move, overlap, peer
from mocrograd.distributed.groups import ProcessGroup
from mocrograd.distributed.memory import as_bytes, as_numbers, check, check_list, device_text, one_device, told
from mocrograd.distributed.reductions import ReduceOp, operation
from mocrograd.distributed.work import Work
from mocrograd.tensor import Tensor


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Reduce the tensors of all processes; each gets the result in place.

    Args:
        tensor: A tensor, of one shape and dtype in all processes.
        op: How elements are reduced; MIN and MAX keep NaN on the CPU, where NCCL drops it.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Raises:
        RuntimeError: Processes make different calls, or there is no such reduction of this dtype.
        NotImplementedError: NCCL has no such reduction of a tensor on a GPU.
        ImportError: The tensor is on a GPU, and NCCL is missing.

    Example:
        >>> x = mg.tensor([1.0, 2.0]) * (dist.get_rank() + 1)
        >>> dist.all_reduce(x)
        >>> x
        tensor([3., 6.])
    """
    check("all_reduce", "tensor", tensor)
    found = member("all_reduce", group)
    how = operation_of(op, tensor, found)
    if found is None:
        return None

    def operate(comm: Any, agree: Agree) -> None:
        comm.Allreduce(mpi.load().IN_PLACE, as_numbers(tensor), how())
        _divide(op, tensor, found.size())

    return exchange(
        found, ("all_reduce", told(tensor), op.name), operate, [tensor], async_op,
        on_cards=lambda cards: cards.all_reduce(tensor, how), device=tensor.device,
    )  # fmt: skip


def operation_of(op: ReduceOp, tensor: Tensor, group: ProcessGroup | None) -> Any:
    """Return a function that gives MPI's operation, or NCCL's; a wrong one raises now, also where there is no MPI."""
    if tensor.device.handle and group is not None and group.size() > 1:
        return nccl.reduction(op, tensor.dtype)
    if not isinstance(op, ReduceOp):
        raise TypeError(f"expected a ReduceOp, got {op!r}")
    return lambda: operation(op, tensor.dtype)


def _divide(op: ReduceOp, tensor: Tensor, count: int) -> None:
    if op is ReduceOp.AVG:
        array = tensor._as_numpy()
        np.divide(array, count, out=array)


def reduce(
    tensor: Tensor, dst: int | None = None, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Reduce the tensors of all processes into that of one; the others keep theirs.

    Args:
        tensor: A tensor, of one shape and dtype in all processes.
        dst: The rank that gets the result.
        op: How elements are reduced.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.
        group_dst: Instead of `dst`, the number in the group.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> x = mg.tensor([dist.get_rank() + 1.0])
        >>> dist.reduce(x, dst=0)
        >>> x.item() == (3.0 if dist.get_rank() == 0 else 2.0)
        True
    """
    check("reduce", "tensor", tensor)
    found = member("reduce", group)
    how = operation_of(op, tensor, found)
    if found is None:
        return None
    root = peer(found, dst, group_dst, "dst")
    own = found.rank() == root

    def operate(comm: Any, agree: Agree) -> None:
        numbers = as_numbers(tensor)
        comm.Reduce(mpi.load().IN_PLACE if own else numbers, numbers if own else None, how(), root)
        if own:
            _divide(op, tensor, found.size())

    call = ("reduce", told(tensor), op.name, f"dst={root}")
    return exchange(
        found, call, operate, [tensor] if own else [], async_op, result=tensor,
        on_cards=lambda cards: cards.reduce([(root, tensor, tensor)], how), device=tensor.device,
    )  # fmt: skip


def broadcast(
    tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """Copy the tensor of one process into those of the others.

    Args:
        tensor: A tensor, of one shape and dtype in all processes.
        src: The rank whose tensor is sent.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.
        group_src: Instead of `src`, the number in the group.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> x = mg.tensor([7.0]) if dist.get_rank() == 0 else mg.zeros(1)
        >>> dist.broadcast(x, src=0)
        >>> x
        tensor([7.])
    """
    check("broadcast", "tensor", tensor)
    found = member("broadcast", group)
    if found is None:
        return None
    root = peer(found, src, group_src, "src")
    call = ("broadcast", told(tensor), f"src={root}")
    written = [] if found.rank() == root else [tensor]
    return exchange(
        found, call, lambda comm, agree: comm.Bcast(as_bytes(tensor), root), written, async_op, result=tensor,
        on_cards=lambda cards: cards.broadcast(tensor, root), device=tensor.device,
    )  # fmt: skip


def all_gather(tensor_list: Sequence[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """Collect the tensors of all processes in each; `all_gather_into_tensor` is faster among many.

    Args:
        tensor_list: A tensor for each rank, which it fills; shapes may differ.
        tensor: What this process gives, of the dtype and number of elements of its tensor in the list.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> parts = [mg.zeros(1), mg.zeros(1)]
        >>> dist.all_gather(parts, mg.tensor([dist.get_rank() * 10.0]))
        >>> parts
        [tensor([0.]), tensor([10.])]
    """
    check("all_gather", "tensor", tensor)
    found = member("all_gather", group)
    if found is None:
        return None
    check_list("all_gather", "tensor_list", tensor_list, found.size())
    device = one_device("all_gather", (tensor, *tensor_list))
    own = found.rank()
    _fits("all_gather", tensor_list[own], tensor)
    given = tensor if not any(overlap(tensor, t) for t in tensor_list) else tensor.detach().clone()
    others = [(rank, t) for rank, t in enumerate(tensor_list) if rank != own]

    def operate(comm: Any, agree: Agree) -> None:
        move(comm, [(rank, given) for rank, _ in others], others)

    _copy_own(found, tensor_list[own], given)
    call = ("all_gather", *map(told, tensor_list))
    return exchange(
        found, call, operate, tensor_list, async_op, device=device,
        on_cards=lambda cards: cards.move([(rank, given) for rank in range(found.size())], enumerate(tensor_list)),
    )  # fmt: skip


def _fits(name: str, target: Tensor, given: Tensor) -> None:
    if target.dtype is not given.dtype or target.numel() != given.numel():
        raise ValueError(f"{name}: expected tensors of one dtype and size, got {told(target)} and {told(given)}")


def _copy_own(group: ProcessGroup, target: Tensor, given: Tensor) -> None:
    """Copy what a process gives to itself; on GPUs it is a message of NCCL, which needs no kernel."""
    if not target.device.handle or group.size() == 1:
        _copy(target, given)


def _copy(target: Tensor, given: Tensor) -> None:
    if target.device.handle:
        target.detach().copy_(given.detach().reshape(target._shape))
    elif target.numel():
        np.copyto(target._as_numpy(), given._as_numpy().reshape(target._shape))


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Collect the tensors of all processes in one, in the order of ranks.

    Args:
        output_tensor: What it fills, with as many elements as all inputs together.
        input_tensor: What this process gives; it may be its own part of the output.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> whole = mg.zeros(4)
        >>> dist.all_gather_into_tensor(whole, mg.full((2,), dist.get_rank() + 1.0))
        >>> whole
        tensor([1., 1., 2., 2.])
    """
    check("all_gather_into_tensor", "output_tensor", output_tensor, input_tensor)
    found = member("all_gather_into_tensor", group)
    if found is None:
        return None
    _sized("all_gather_into_tensor", output_tensor, input_tensor, found.size())
    there = output_tensor.address + found.rank() * input_tensor.nbytes
    in_place = input_tensor.address == there
    given = input_tensor.detach().clone() if overlap(output_tensor, input_tensor) and not in_place else input_tensor

    def operate(comm: Any, agree: Agree) -> None:
        comm.Allgather(mpi.load().IN_PLACE if in_place else as_bytes(given), as_bytes(output_tensor))

    call = ("all_gather_into_tensor", told(input_tensor))
    return exchange(
        found, call, operate, [output_tensor], async_op, lambda: _copy(output_tensor, given),
        on_cards=lambda cards: cards.all_gather(output_tensor, given), device=input_tensor.device,
    )  # fmt: skip


def _sized(name: str, whole: Tensor, part: Tensor, count: int) -> None:
    if whole.dtype is not part.dtype:
        raise TypeError(f"{name}: expected tensors of one dtype, got {whole.dtype.name} and {part.dtype.name}")
    if whole.numel() != part.numel() * count:
        raise ValueError(
            f"{name}: the larger tensor must have the elements of {count} smaller ones, got {told(whole)} and "
            f"{told(part)}"
        )


def gather(
    tensor: Tensor, gather_list: Sequence[Tensor] | None = None, dst: int | None = None, group: Any = None,
    async_op: bool = False, group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Collect the tensors of all processes in one process.

    Args:
        tensor: What this process gives, of one shape and dtype in all processes.
        gather_list: A tensor for each rank, which it fills; only in the process that collects.
        dst: The rank that collects.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.
        group_dst: Instead of `dst`, the number in the group.

    Returns:
        A `Work` where `async_op` is set.

    Raises:
        ValueError: The list is missing where it collects, or given elsewhere.

    Example:
        >>> parts = [mg.zeros(1), mg.zeros(1)] if dist.get_rank() == 0 else None
        >>> dist.gather(mg.tensor([dist.get_rank() * 10.0]), parts, dst=0)
        >>> parts is None or parts == [mg.tensor([0.0]), mg.tensor([10.0])]
        True
    """
    check("gather", "tensor", tensor)
    found = member("gather", group)
    if found is None:
        return None
    root, own = peer(found, dst, group_dst, "dst"), found.rank()
    targets = _only_at(root, own, "gather", "gather_list", gather_list, tensor, found.size())
    given = tensor.detach().clone() if any(overlap(tensor, t) for t in targets) else tensor

    sends = [] if own == root else [(root, given)]
    others = [(rank, t) for rank, t in enumerate(targets) if rank != root]
    device = one_device("gather", (tensor, *targets))
    if own == root:
        _copy_own(found, targets[own], given)
    return exchange(
        found, ("gather", told(tensor), f"dst={root}"), lambda comm, agree: move(comm, sends, others), targets,
        async_op, on_cards=lambda cards: cards.move([(root, given)], enumerate(targets)), device=device,
    )  # fmt: skip


def _only_at(
    root: int, own: int, name: str, parameter: str, tensors: Sequence[Tensor] | None, like: Tensor, count: int
) -> Sequence[Tensor]:
    """Return a list that one process has; an empty one in the others."""
    if own != root:
        if tensors:
            raise ValueError(f"{name}: `{parameter}` must be given by rank {root} of the group alone")
        return ()
    if tensors is None:
        raise ValueError(f"{name}: rank {root} of the group must give `{parameter}`")
    check_list(name, parameter, tensors, count)
    for tensor in tensors:
        _fits(name, tensor, like)
    return tensors


def scatter(
    tensor: Tensor, scatter_list: Sequence[Tensor] | None = None, src: int | None = None, group: Any = None,
    async_op: bool = False, group_src: int | None = None,
) -> Work | None:  # fmt: skip
    """Send each process a tensor from one process.

    Args:
        tensor: What it fills, of one shape and dtype in all processes.
        scatter_list: A tensor for each rank; only in the process that sends.
        src: The rank that sends.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.
        group_src: Instead of `src`, the number in the group.

    Returns:
        A `Work` where `async_op` is set.

    Raises:
        ValueError: The list is missing where it sends, or given elsewhere.

    Example:
        >>> x = mg.zeros(1)
        >>> dist.scatter(x, [mg.tensor([0.0]), mg.tensor([1.0])] if dist.get_rank() == 0 else None, src=0)
        >>> x.item() == dist.get_rank()
        True
    """
    check("scatter", "tensor", tensor)
    found = member("scatter", group)
    if found is None:
        return None
    root, own = peer(found, src, group_src, "src"), found.rank()
    given = _only_at(root, own, "scatter", "scatter_list", scatter_list, tensor, found.size())
    if any(overlap(tensor, t) for t in given):
        given = [t.detach().clone() for t in given]

    others = [(rank, t) for rank, t in enumerate(given) if rank != root]
    receives = [] if own == root else [(root, tensor)]
    device = one_device("scatter", (tensor, *given))
    if own == root:
        _copy_own(found, tensor, given[own])
    return exchange(
        found, ("scatter", told(tensor), f"src={root}"), lambda comm, agree: move(comm, others, receives), [tensor],
        async_op, on_cards=lambda cards: cards.move(enumerate(given), [(root, tensor)]), device=device,
    )  # fmt: skip


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Reduce the tensors of all processes, and give each process its part of the result.

    Args:
        output: What it fills.
        input: What this process gives: as many elements as all outputs together.
        op: How elements are reduced.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> part = mg.zeros(1)
        >>> dist.reduce_scatter_tensor(part, mg.tensor([10.0, 20.0]))
        >>> part.item() == (20.0, 40.0)[dist.get_rank()]
        True
    """
    check("reduce_scatter_tensor", "output", output, input)
    found = member("reduce_scatter_tensor", group)
    how = operation_of(op, input, found)
    if found is None:
        return None
    _sized("reduce_scatter_tensor", input, output, found.size())
    given = input.detach().clone() if overlap(input, output) else input

    def operate(comm: Any, agree: Agree) -> None:
        comm.Reduce_scatter_block(as_numbers(given), as_numbers(output), how())
        _divide(op, output, found.size())

    call = ("reduce_scatter_tensor", told(input), told(output), op.name)
    return exchange(
        found, call, operate, [output], async_op, lambda: _copy(output, given),
        on_cards=lambda cards: cards.reduce_scatter(output, given, how), device=input.device,
    )  # fmt: skip


def reduce_scatter(
    output: Tensor, input_list: Sequence[Tensor], op: ReduceOp = ReduceOp.SUM, group: Any = None,
    async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Reduce lists of tensors, and give each process one of the results; MPI wants the list as one copy.

    Args:
        output: What it fills.
        input_list: A tensor for each rank; shapes may differ, but not from process to process.
        op: How elements are reduced.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> part = mg.zeros(1)
        >>> dist.reduce_scatter(part, [mg.tensor([10.0]), mg.tensor([20.0])])
        >>> part.item() == (20.0, 40.0)[dist.get_rank()]
        True
    """
    check("reduce_scatter", "output", output)
    found = member("reduce_scatter", group)
    how = operation_of(op, output, found)
    if found is None:
        return None
    check_list("reduce_scatter", "input_list", input_list, found.size())
    _fits("reduce_scatter", output, input_list[found.rank()])
    if any(t.dtype is not output.dtype for t in input_list):
        raise TypeError(f"reduce_scatter: expected tensors of one dtype, got {[t.dtype.name for t in input_list]}")
    device = one_device("reduce_scatter", (output, *input_list))
    on_gpu = bool(device.handle)
    flat = None if on_gpu else np.concatenate([t._as_numpy().ravel() for t in input_list])
    counts = [t.numel() for t in input_list]
    overlapping = on_gpu and any(overlap(output, t) for t in input_list)
    given = [t.detach().clone() for t in input_list] if overlapping else list(input_list)
    own = found.rank()
    parts = [(rank, t, output if rank == own else t) for rank, t in enumerate(given)]

    def operate(comm: Any, agree: Agree) -> None:
        numbers = as_numbers(output)
        comm.Reduce_scatter([flat, numbers[1]], numbers, counts, how())
        _divide(op, output, found.size())

    call = ("reduce_scatter", *map(told, input_list), op.name)
    return exchange(
        found, call, operate, [output], async_op, lambda: _copy(output, input_list[0]),
        on_cards=lambda cards: cards.reduce(parts, how), device=device,
    )  # fmt: skip


def all_to_all(
    output_tensor_list: Sequence[Tensor], input_tensor_list: Sequence[Tensor], group: Any = None, async_op: bool = False
) -> Work | None:
    """Send each process a tensor, and receive one from each.

    Args:
        output_tensor_list: A tensor for each rank, which it fills.
        input_tensor_list: A tensor for each rank, which is sent there; shapes may differ.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Raises:
        RuntimeError: What a process sends is not of the size that the other one expects.

    Example:
        >>> sent = [mg.tensor([dist.get_rank() + 0.0]), mg.tensor([dist.get_rank() + 10.0])]
        >>> received = [mg.zeros(1), mg.zeros(1)]
        >>> dist.all_to_all(received, sent)
        >>> [x.item() - 10 * dist.get_rank() for x in received]
        [0.0, 1.0]
    """
    found = member("all_to_all", group)
    if found is None:
        return None
    check_list("all_to_all", "output_tensor_list", output_tensor_list, found.size())
    check_list("all_to_all", "input_tensor_list", input_tensor_list, found.size())
    dtypes = {t.dtype.name for t in (*output_tensor_list, *input_tensor_list)}
    if len(dtypes) > 1:
        raise TypeError(f"all_to_all: expected tensors of one dtype, got {sorted(dtypes)}")
    own, given = found.rank(), list(input_tensor_list)
    if any(overlap(a, b) for a in output_tensor_list for b in given):
        given = [t.detach().clone() for t in given]
    _fits("all_to_all", output_tensor_list[own], given[own])
    device = one_device("all_to_all", (*output_tensor_list, *given))
    others = [rank for rank in range(found.size()) if rank != own]
    sends, receives = [(r, given[r]) for r in others], [(r, output_tensor_list[r]) for r in others]
    sizes = [t.numel() for t in given], [t.numel() for t in output_tensor_list]

    def operate(comm: Any, agree: Agree) -> None:
        _check_sizes(comm, agree, *sizes)
        move(comm, sends, receives)

    def on_cards(cards: Any) -> None:
        _check_sizes(found.comm, found.agree, *sizes)
        cards.move(enumerate(given), enumerate(output_tensor_list))

    _copy_own(found, output_tensor_list[own], given[own])
    call = ("all_to_all", *[name + device_text(device) for name in dtypes])
    return exchange(found, call, operate, output_tensor_list, async_op, on_cards=on_cards, device=device)


def _check_sizes(comm: Any, agree: Agree, sent: Sequence[int], expected: Sequence[int]) -> None:
    """Compare what each process expects with what the others send."""
    coming = np.zeros(len(sent), np.int64)
    comm.Alltoall(np.asarray(sent, np.int64), coming)
    wrong = [f"{n} instead of {m} elements from rank {r}" for r, (n, m) in enumerate(zip(coming, expected)) if n != m]
    agree("sizes", *(["gets", *wrong] if wrong else ["fit"]))


def all_to_all_single(
    output: Tensor, input: Tensor, output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None, group: Any = None, async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Cut a tensor along its first dimension, send each process a part, and receive one from each.

    Args:
        output: What it fills.
        input: What is sent.
        output_split_sizes: The lengths of the parts that come; equal by default.
        input_split_sizes: The lengths of the parts that are sent; equal by default.
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.

    Returns:
        A `Work` where `async_op` is set.

    Raises:
        ValueError: Parts do not make the whole.
        RuntimeError: What a process sends is not of the size that the other one expects.

    Example:
        >>> received = mg.zeros(2)
        >>> dist.all_to_all_single(received, mg.tensor([0.0, 10.0]) + dist.get_rank())
        >>> received - 10 * dist.get_rank()
        tensor([0., 1.])
    """
    check("all_to_all_single", "output", output, input)
    found = member("all_to_all_single", group)
    if found is None:
        return None
    if output.dtype is not input.dtype:
        raise TypeError(f"all_to_all_single: expected one dtype, got {output.dtype.name} and {input.dtype.name}")
    received = _split(output, output_split_sizes, found.size())
    sent = _split(input, input_split_sizes, found.size())
    given = input.detach().clone() if overlap(output, input) else input

    def operate(comm: Any, agree: Agree) -> None:
        _check_sizes(comm, agree, sent, received)
        width = input.itemsize
        parts = [[n * width for n in sent], [n * width for n in received]]
        comm.Alltoallv(
            [as_bytes(given)[0], parts[0], mpi.load().BYTE], [as_bytes(output)[0], parts[1], mpi.load().BYTE]
        )

    def on_cards(cards: Any) -> None:
        _check_sizes(found.comm, found.agree, sent, received)
        width = input.itemsize
        cards.move_bytes(_pieces(given.address, sent, width), _pieces(output.address, received, width))

    call = ("all_to_all_single", input.dtype.name + device_text(input.device))
    return exchange(
        found, call, operate, [output], async_op, lambda: _copy(output, given), on_cards=on_cards, device=input.device
    )


def _pieces(address: int, counts: Sequence[int], width: int) -> list[tuple[int, int, int]]:
    """Return the parts of a tensor that go to each process, or come from it: (process, address, bytes)."""
    starts = np.cumsum([0, *counts]) * width + address
    return [(rank, int(start), count * width) for rank, (start, count) in enumerate(zip(starts, counts))]


def _split(tensor: Tensor, sizes: Sequence[int] | None, count: int) -> list[int]:
    """Return how many elements each part of a tensor has."""
    length = tensor._shape[0] if tensor._shape else 1
    if not sizes:
        if length % count:
            raise ValueError(f"Tensor's dim 0 does not divide equally across group size: {length} by {count}")
        sizes = [length // count] * count
    if len(sizes) != count or sum(sizes) != length or min(sizes) < 0:
        raise ValueError(f"Split sizes doesn't match total dim 0 size: {list(sizes)} for {length}, {count} ranks")
    row = tensor.numel() // length if length else 0
    return [size * row for size in sizes]


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Wait until all processes have come here.

    Args:
        group: The processes; all by default.
        async_op: Whether this process goes on meanwhile.
        device_ids: Accepted.

    Returns:
        A `Work` where `async_op` is set.

    Example:
        >>> dist.barrier()
    """
    found = member("barrier", group)
    return None if found is None else exchange(found, ("barrier",), lambda comm, agree: None, [], async_op)


def monitored_barrier(group: Any = None, timeout: timedelta | None = None, wait_all_ranks: bool = False) -> None:
    """Wait until all processes have come here, for a limited time; the message names those who are missing.

    Args:
        group: The processes; all by default.
        timeout: How long; the timeout of the group by default.
        wait_all_ranks: Accepted: all who are missing are named.

    Raises:
        RuntimeError: The time is over.

    Example:
        >>> from datetime import timedelta
        >>> dist.monitored_barrier(timeout=timedelta(seconds=60))
    """
    found = member("monitored_barrier", group)
    if found is None or found.size() == 1:
        return
    before = found.timeout
    try:
        found.timeout = before if timeout is None else timeout.total_seconds()
        found.agree("monitored_barrier")
    finally:
        found.timeout = before
