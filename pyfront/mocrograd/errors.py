"""The package's own exceptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class OutOfMemoryError(RuntimeError, MemoryError):
    """There is not enough memory: what torch raises, a RuntimeError, and Python's MemoryError at once.

    Example:
        >>> import mocrograd as mg
        >>> try:
        ...     mg.empty(1 << 50)
        ... except mg.OutOfMemoryError as error:
        ...     print(type(error).__mro__[1:3])
        (<class 'RuntimeError'>, <class 'MemoryError'>)
    """


class InvalidBackend(RuntimeError):
    """`compile` was asked for a backend that neither torch has nor is called itself."""


class NoKernel(NotImplementedError):
    """There is no kernel of a dtype on a device; what is computed in a wider dtype is then tried in that one."""


class SparseOperand(NoKernel):
    """An operation looked at the memory of a sparse tensor; it runs by its form for sparse tensors then, if it has one.

    Attributes:
        answer: (function or class of a Function, arguments, options) -> what that form returns.
    """

    def __init__(self, message: str, answer: Callable[..., Any]) -> None:
        super().__init__(message)
        self.answer = answer


class MarkedOperand(NoKernel):
    """An operation asked where a conjugate or negative view has its elements, which no memory holds.

    `Function.run` and the check of arguments call it again with copies that hold them (ops/_marked.py).
    """


class KernelBuildError(RuntimeError):
    """A file of Mojo did not compile; the text is the compiler's.

    Example:
        >>> import mocrograd as mg
        >>> issubclass(mg.KernelBuildError, RuntimeError)
        True
    """


class NoBatchingRule(RuntimeError):
    """An operation looked at the memory of a tensor that `func.vmap` maps over: it runs once for each sample then.

    Attributes:
        level: The level of `vmap` that the tensor belongs to.
    """

    def __init__(self, message: str, level: object) -> None:
        super().__init__(message)
        self.level = level
