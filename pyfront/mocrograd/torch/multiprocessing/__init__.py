"""`torch.multiprocessing`: Python's own, whose processes share the memory of tensors, and `spawn`."""

from __future__ import annotations

import multiprocessing as _python
from multiprocessing import *  # noqa: F403
from typing import Any

from mocrograd.torch.multiprocessing.reductions import init_reductions
from mocrograd.torch.multiprocessing.spawn import ProcessContext as ProcessContext
from mocrograd.torch.multiprocessing.spawn import ProcessExitedException as ProcessExitedException
from mocrograd.torch.multiprocessing.spawn import ProcessRaisedException as ProcessRaisedException
from mocrograd.torch.multiprocessing.spawn import spawn as spawn
from mocrograd.torch.multiprocessing.spawn import start_processes as start_processes

init_reductions()
_STRATEGIES = {"file_descriptor", "file_system"}


def get_all_sharing_strategies() -> set[str]:
    """Return the names of torch's ways to share memory."""
    return set(_STRATEGIES)


def get_sharing_strategy() -> str:
    """Return "file_descriptor"."""
    return "file_descriptor"


def set_sharing_strategy(new_strategy: str) -> None:
    """Do nothing: memory is shared by file descriptors.

    Raises:
        AssertionError: The name is unknown.
    """
    assert new_strategy in _STRATEGIES, f"invalid sharing strategy {new_strategy!r}, expected one of {_STRATEGIES}"


def __getattr__(name: str) -> Any:
    """Give what Python's module has."""
    return getattr(_python, name)
