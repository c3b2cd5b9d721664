"""Tensors that share memory: which names do, and which of them are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mocrograd.ops._memory import span
from mocrograd.tensor import Tensor


def shared_names(tensors: Mapping[str, Tensor]) -> list[list[str]]:
    """Return the names in groups: those whose tensors lie in overlapping ranges of memory are together."""
    groups: list[list[str]] = []
    last, stop = None, 0
    for device, start, end, name in sorted((str(t.device), *_range(t), name) for name, t in tensors.items()):
        if device == last and start < min(stop, end):
            groups[-1].append(name)
            stop = max(stop, end)
        else:
            groups.append([name])
            last, stop = device, end
    return [sorted(names) for names in groups]


def dropped_names(tensors: Mapping[str, Tensor], preferred: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return for each name that is kept of a group those that are dropped.

    Kept is the first name of a tensor that covers all memory of its group.

    Args:
        tensors: Tensors by name.
        preferred: Names that are kept before others.

    Raises:
        RuntimeError: No tensor covers all memory of its group.
    """
    preferred = set(preferred)
    dropped: dict[str, list[str]] = {}
    for names in shared_names(tensors):
        if len(names) > 1:
            ranges = [_range(tensors[name]) for name in names]
            length = max(stop for _, stop in ranges) - min(start for start, _ in ranges)
            covering = [name for name in names if tensors[name].nbytes == length]
            if not covering:
                raise RuntimeError(
                    f"no suitable name to keep for saving amongst {names}: they share memory, and none of them covers "
                    "all of it. Save the tensor that they are parts of, or copies of them (`.clone()`)."
                )
            kept = min(preferred.intersection(covering) or covering)
            dropped[kept] = [name for name in names if name != kept]
    return dropped


def _range(tensor: Tensor) -> tuple[int, int]:
    """Return the address of a tensor's first byte and the one after its last."""
    return tensor.address, tensor.address + span(tensor._shape, tensor._strides) * tensor.itemsize
