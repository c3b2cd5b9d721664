"""Models that leave Python: `native` makes a C library of one."""

from mocrograd.export.library import native

__all__ = ["native"]
