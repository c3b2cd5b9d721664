"""torch's module of groups and exchanges: what `mocrograd.distributed` has."""

from typing import Any

from mocrograd import distributed
from mocrograd.distributed.world import world as _get_default_group  # noqa: F401


def __getattr__(name: str) -> Any:
    return getattr(distributed, name)
