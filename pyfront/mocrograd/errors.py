"""The package's own exceptions."""


class OutOfMemoryError(RuntimeError, MemoryError):
    """There is not enough memory: what torch raises, a RuntimeError, and Python's MemoryError at once."""


class KernelBuildError(RuntimeError):
    """A file of Mojo did not compile; the text is the compiler's."""
