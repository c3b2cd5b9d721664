"""`torch.futures`: results of calls that have been made."""

from __future__ import annotations

from typing import Any

from mocrograd.torch.jit import Future as Future


def wait_all(futures: list[Future[Any]]) -> list[Any]:
    """Return the results of futures."""
    return [future.wait() for future in futures]
