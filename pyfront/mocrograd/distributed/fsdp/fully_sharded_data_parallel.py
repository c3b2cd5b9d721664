"""Modules in parts, for `isinstance`: there are none."""

from __future__ import annotations

from typing import Any

from mocrograd.distributed._alone import NeedsProcesses


class FullyShardedDataParallel(NeedsProcesses):
    """A module in parts; there are none."""

    @staticmethod
    def fsdp_modules(module: Any, root_only: bool = False) -> list[Any]:
        """Return the modules in parts within a module: none."""
        return []


class FSDPModule(NeedsProcesses):
    """A module in parts; there are none."""
