"""The table of what compiled functions may not freeze; its rows stand in frozen_*.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# A row makes a function of x, and what is done before call number k: the same for the function and for its compiled form.
ROWS: dict[str, Callable[[], tuple[Callable[[Any], Any], Callable[[int], Any]]]] = {}


def row(make: Any) -> Any:
    ROWS[make.__name__] = make
    return make


def nothing(k: int) -> None:
    pass
