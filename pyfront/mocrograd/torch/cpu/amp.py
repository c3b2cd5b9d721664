"""Mixed precision of the CPU under the name of before; see `mocrograd.amp`."""

from __future__ import annotations

from typing import Any

from mocrograd import amp


class autocast(amp.autocast):
    """Do as `mocrograd.amp.autocast` of "cpu"."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """Do as `mocrograd.amp.GradScaler` of "cpu"."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__("cpu", *args, **options)
