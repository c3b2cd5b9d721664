"""Exceptions of our own."""


class OutOfMemoryError(RuntimeError, MemoryError):
    """There is not enough memory: what torch raises, a RuntimeError, and Python's MemoryError at once."""
