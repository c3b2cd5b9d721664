"""`torch.storage`: the memory behind tensors."""

from __future__ import annotations

from mocrograd.ops._storage import UntypedStorage as UntypedStorage
from mocrograd.torch._refused import Absent


class TypedStorage(Absent):
    """Memory that knows the type of its elements; there is none, `Tensor.untyped_storage` gives the bytes."""

    _instead = "use Tensor.untyped_storage()"
