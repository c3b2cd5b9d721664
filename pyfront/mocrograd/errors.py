"""The package's own exceptions."""


class OutOfMemoryError(RuntimeError, MemoryError):
    """There is not enough memory: what torch raises, a RuntimeError, and Python's MemoryError at once."""
