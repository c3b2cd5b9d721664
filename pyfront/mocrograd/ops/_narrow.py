"""Narrow dtypes (float16, bfloat16, int8, int16) in operations that have no kernels of them.

The operands are converted to the dtype that the narrow one is computed in, which has all its values; the operation runs
on those, and its results are rounded once. Conversions are recorded like all others, so gradients have the dtypes of
the operands. What lacks kernels of a dtype finds that out when it looks for them (`NoKernel`), so no operation says
which dtypes it has, and others pay nothing. An operation that is composed of several is marked with `computed_wide`, or
each of them would round its result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from mocrograd import dtypes
from mocrograd.autograd import Function
from mocrograd.backend import LONGEST_ROW
from mocrograd.errors import MarkedOperand, NoKernel
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor

_F = TypeVar("_F", bound=Callable[..., Any])


def computed(x: Tensor) -> Tensor:
    """Return a tensor, or an unrecorded copy in the dtype that a narrow one is computed in."""
    return x if x.dtype.wide is None else to_dtype(x.detach(), x.dtype.wide)


def row_kernel(name: str, x: Tensor, columns: int) -> int:
    """Return a kernel of contiguous rows.

    Raises:
        NoKernel: There is none of the dtype on the device, or rows of 16 bits are longer than its scratch.
    """
    kernel: int = x.device.table[f"{name}.{x.dtype.name}"]
    if columns > LONGEST_ROW and x.dtype.wide is not None:
        raise NoKernel(f"{name}: rows of {x.dtype.name} have at most {LONGEST_ROW} elements, got {columns}")
    return kernel


def _tensors(values: Any) -> list[Tensor]:
    """Return the tensors among values and in the sequences among them."""
    found = []
    for x in values:
        if isinstance(x, Tensor):
            found.append(x)
        elif type(x) in (tuple, list):
            found += [y for y in x if isinstance(y, Tensor)]
    return found


def _narrow_of(tensors: list[Tensor]) -> dtypes.dtype | None:
    """Return the narrow dtype that all tensors of the highest kind have; None where there is no such one."""
    kind = max([x.dtype.kind for x in tensors], default=0)
    found = {x.dtype for x in tensors if x.dtype.kind == kind}
    narrow = found.pop() if len(found) == 1 else None
    return narrow if narrow is not None and narrow.wide is not None else None


class _Widened:
    """The operands of one call in the wide dtype, and what becomes of its results."""

    def __init__(self, narrow: dtypes.dtype) -> None:
        self.narrow = narrow
        self._copies: dict[int, Tensor] = {}
        self._given: dict[int, Tensor] = {}

    def operand(self, x: Any) -> Any:
        """Return an operand in the wide dtype; what is of another dtype as it is."""
        if x is self.narrow:
            return self.narrow.wide
        if type(x) in (tuple, list) and any(isinstance(y, Tensor) for y in x):
            return type(x)([self.operand(y) for y in x])
        if not isinstance(x, Tensor) or x.dtype is not self.narrow:
            return x
        assert self.narrow.wide is not None
        if id(x) not in self._copies:
            copy = self._copies[id(x)] = to_dtype(x, self.narrow.wide)
            self._given[id(copy)] = x
        return self._copies[id(x)]

    def result(self, x: Any) -> Any:
        """Return a result in the narrow dtype: the operand itself where the call wrote into its copy."""
        if isinstance(x, (tuple, list)):
            parts = [self.result(y) for y in x]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        if not isinstance(x, Tensor) or x.dtype is not self.narrow.wide:
            return x
        target = self._given.get(id(x))
        rounded = to_dtype(x, self.narrow)
        if target is None:
            return rounded
        from mocrograd.ops._inplace import Copy  # which is made of operations above this module

        Copy.run(target.detach(), rounded, target)
        return target


def widened(run: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any] | None:
    """Run a function on wider operands.

    Args:
        run: It has found no kernels of the dtype of its operands.
        args: Its arguments.

    Returns:
        The result in a tuple; None where no dtype is a narrow one that could be widened.
    """
    narrow = _narrow_of([x for x in _tensors(args) if x.dtype.wide is not None])
    if narrow is None:
        return None
    call = _Widened(narrow)
    return (call.result(run(*[call.operand(x) for x in args])),)


def retried_wide(function: _F) -> _F:
    """Decorate a function that calls kernels outside of a `Function`: without them it runs on wide operands."""

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except MarkedOperand:
            return Function.resolved(function, args, options)
        except NoKernel:
            if (found := widened(functools.partial(function, **options), args)) is None:
                raise
            return found[0]

    return call  # type: ignore[return-value]


def computed_wide(function: _F) -> _F:
    """Decorate a function composed of several operations: it computes in the wide dtype and rounds once."""

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        for x in args:  # most tensors are not narrow
            if isinstance(x, Tensor) and x.dtype.wide is None and x.dtype.kind == 2:
                return function(*args, **options)
        out = options.pop("out", None)
        narrow = _narrow_of(_tensors((*args, *options.values())))
        if out is not None:
            options["out"] = out
        if narrow is None:
            return function(*args, **options)
        call = _Widened(narrow)
        given = {name: value if name == "out" else call.operand(value) for name, value in options.items()}
        return call.result(function(*[call.operand(x) for x in args], **given))

    return call  # type: ignore[return-value]


Function.widened = staticmethod(widened)
