"""How a tensor would be divided among processes."""

from __future__ import annotations

from dataclasses import dataclass


class Placement:
    """What a process has of a tensor."""

    def is_shard(self, dim: int | None = None) -> bool:
        """Return whether it is a part, along a dimension."""
        return isinstance(self, Shard) and dim in (None, self.dim)

    def is_replicate(self) -> bool:
        """Return whether it is all of it."""
        return isinstance(self, Replicate)

    def is_partial(self, reduce_op: str | None = None) -> bool:
        """Return whether it is a term of a sum, or of another reduction."""
        return isinstance(self, Partial) and reduce_op in (None, self.reduce_op)


@dataclass(frozen=True)
class Shard(Placement):
    """A part, along a dimension."""

    dim: int


@dataclass(frozen=True)
class _StridedShard(Shard):
    split_factor: int = 1


@dataclass(frozen=True)
class Replicate(Placement):
    """All of it."""


@dataclass(frozen=True)
class Partial(Placement):
    """A term of a sum, or of another reduction."""

    reduce_op: str = "sum"
