"""What must be equal in all processes: models, and the form of their batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mocrograd import distributed as dist
from mocrograd import ops
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


def compare(group: Any, what: str, own: Sequence[tuple[str, str]]) -> None:
    """Compare descriptions with those of the other processes.

    Args:
        group: The processes.
        what: What is described, for messages.
        own: Names and descriptions.

    Raises:
        RuntimeError: They differ; the message names the first one that does, and the rank.
    """
    every: list[Any] = [None] * group.size()
    dist.all_gather_object(every, list(own), group)
    first = every[0]
    for rank, other in zip(group.ranks, every):
        if other == first:
            continue
        for i in range(max(len(first), len(other))):
            here, there = (side[i] if i < len(side) else ("nothing", "") for side in (first, other))
            if here != there:
                raise RuntimeError(
                    f"{what} differ between processes: number {i} is {' '.join(here).strip()} on rank "
                    f"{group.ranks[0]} and {' '.join(there).strip()} on rank {rank}"
                )


def describe(tensor: Tensor, batched: bool = False) -> str:
    """Return dtype and shape of a tensor, without the number of samples of a batch."""
    sizes = ["N", *map(str, tensor._shape[1:])] if batched and tensor._shape else list(map(str, tensor._shape))
    return f"{tensor.dtype.name}[{', '.join(sizes)}]"


def compare_models(group: Any, module: Module) -> None:
    """Compare names, shapes and dtypes of parameters and buffers, and which of them are trained.

    Raises:
        RuntimeError: They differ.
    """
    described = [(name, describe(p)) for name, p in module.named_parameters()]
    frozen = [(name, "requires no gradient") for name, p in module.named_parameters() if not p.requires_grad]
    compare(group, "parameters", described)
    compare(group, "frozen parameters", frozen)
    compare(group, "buffers", [(name, describe(b)) for name, b in module.named_buffers()])


def copy_from(group: Any, tensors: Sequence[Tensor], source: int = 0) -> None:
    """Give tensors the values that they have in one process, those of a dtype and device in one exchange.

    Args:
        group: The processes.
        tensors: The tensors.
        source: The number of that process in the group.
    """
    kinds: dict[Any, list[Tensor]] = {}
    for tensor in tensors:
        kinds.setdefault((tensor.dtype, tensor.device), []).append(tensor.detach())
    for some in kinds.values():
        flat = ops.cat([t.reshape(-1) for t in some])
        dist.broadcast(flat, group=group, group_src=source)
        if group.rank() != source:
            position = 0
            for tensor in some:
                tensor.copy_(flat[position : position + tensor.numel()].view(tensor.shape))
                position += tensor.numel()
