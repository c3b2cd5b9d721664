"""Mixed precision under the name of before; see `mocrograd.amp`."""

from __future__ import annotations

from typing import Any

from mocrograd import amp
from mocrograd.amp import GradScaler as GradScaler


class autocast(amp.autocast):
    """Do as `mocrograd.amp.autocast` of "cuda"."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


def custom_fwd(fwd: Any = None, *, cast_inputs: Any = None) -> Any:
    """Do as `mocrograd.amp.custom_fwd`."""
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Any = None) -> Any:
    """Do as `mocrograd.amp.custom_bwd`."""
    return amp.custom_bwd(bwd, device_type="cuda")
