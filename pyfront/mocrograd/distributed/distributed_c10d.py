"""torch's module of groups and exchanges: what `mocrograd.distributed` has."""

from typing import Any

from mocrograd import distributed


def _get_default_group() -> Any:
    return distributed.get_rank()


def __getattr__(name: str) -> Any:
    return getattr(distributed, name)
