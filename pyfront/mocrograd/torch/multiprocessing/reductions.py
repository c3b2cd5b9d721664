"""How tensors travel between processes: their memory is moved to where both see it, and only its descriptor is sent."""

from __future__ import annotations

from multiprocessing import reduction
from typing import Any

from mocrograd.nn.parameter import Parameter
from mocrograd.ops._sharing import SharedMemory, mapped, over
from mocrograd.tensor import Tensor


def reduce_tensor(tensor: Tensor) -> Any:
    """Return what makes the tensor at the other end, for Python's `ForkingPickler`.

    Args:
        tensor: The tensor. One on the CPU is in shared memory afterwards.

    Raises:
        RuntimeError: An operation made it, and its gradient is wanted.
    """
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries. If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    memory: Any = tensor.share_memory_().storage
    if not isinstance(memory, SharedMemory):
        return tensor.__reduce_ex__(2)
    offset = tensor.address - memory.__array_interface__["data"][0]
    layout = (offset, tuple(tensor.shape), tensor.stride(), tensor.dtype)
    return rebuild_tensor, (
        type(tensor),
        reduction.DupFd(memory.file.number),
        memory.nbytes,
        layout,
        tensor.requires_grad,
    )


def rebuild_tensor(kind: type[Tensor], descriptor: Any, size: int, layout: Any, requires_grad: bool) -> Tensor:
    """Make a tensor over the memory of another process.

    Args:
        kind: The tensor's class.
        descriptor: What gives the memory's file.
        size: The bytes of it.
        layout: The tensor's offset, shape, strides and dtype.
        requires_grad: Whether its gradient is wanted.
    """
    made = over(mapped(descriptor.detach(), size), *layout)
    return Parameter(made, requires_grad) if issubclass(kind, Parameter) else made.requires_grad_(requires_grad)


def init_reductions() -> None:
    """Let Python's queues, pipes and processes send tensors so."""
    for kind in (Tensor, Parameter):
        reduction.ForkingPickler.register(kind, reduce_tensor)
