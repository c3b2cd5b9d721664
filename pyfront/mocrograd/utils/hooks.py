"""Handles of hooks."""

from __future__ import annotations

import itertools
from typing import Any

_ids = itertools.count()


class RemovableHandle:
    """Removes its hook again; usable as a context manager.

    Args:
        hooks_dict: The hooks by number, one of which will be this handle's.
        extra_dict: Further dicts by the same number, one or a list of them.
    """

    def __init__(self, hooks_dict: dict[int, Any], *, extra_dict: Any = None) -> None:
        self.id = next(_ids)
        extra = [] if extra_dict is None else [extra_dict] if isinstance(extra_dict, dict) else list(extra_dict)
        self._dicts = [hooks_dict, *extra]

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        for hooks in self._dicts:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
