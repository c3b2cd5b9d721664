"""Signals, under torch's names: `mg.signal.windows`."""

from mocrograd.signal import windows

__all__ = ["windows"]
