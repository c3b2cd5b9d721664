"""Sums, and losses over rows of scores."""

from __future__ import annotations

import math
import struct

from mocrograd import backend
from mocrograd.compiler.generate.items import Item
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.trace import Call, Operand

_FLOATS = ("float32", "float64")
_LEAF = 2048
"""Elements that a reduction adds up one by one (mojo_kernels/reduce)."""
_LOSS_ELEMENTS = 1 << 14


class _Sum(Item):
    """A sum of the rows of a matrix.

    Args:
        call: The recorded call.
        y: Where sums go.
        x: The matrix.
        sizes: Its rows and columns.
        scale: What sums are multiplied with.
    """

    def __init__(self, call: Call, y: Operand, x: Operand, sizes: tuple[int, int], scale: float) -> None:
        super().__init__([call], [y, x])
        self._y, self._x, self._sizes, self._scale = y, x, sizes, scale
        self._of = call.name.rpartition(".")[2]

    def _begin(self, to: Function) -> tuple[str, str, str]:
        to.comment(self.calls[0].name.rpartition(".")[0], [self._x.block], [self._y.block])
        bits = struct.unpack("q", struct.pack("d", self._scale))[0]
        dtype = to.dtype(self._of)
        scale = f"{to.use('number', 'generated.loops')}[{dtype}, 1]({bits})"
        return to.pointer(self._y, self._of), to.pointer(self._x, self._of), scale


class SumAll(_Sum):
    """The sum of all elements of a contiguous matrix."""

    def write(self, to: Function) -> None:
        """Write the sum."""
        y, x, scale = self._begin(to)
        name = to.use("sum_all", "generated.sums")
        to.write(f"{y}[] = {name}[{to.dtype(self._of)}, {math.prod(self._sizes)}]({x}, {scale})")


class SumRows(_Sum):
    """The sums of the columns of a contiguous matrix."""

    def write(self, to: Function) -> None:
        """Write the sums."""
        y, x, scale = self._begin(to)
        name = to.use("sum_rows", "generated.sums")
        to.write(f"{name}[{to.dtype(self._of)}, {self._sizes[0]}, {self._sizes[1]}]({y}, {x}, {scale})")


def sums(call: Call) -> list[Item] | None:
    """Return the item of a sum of all elements, or of the rows of a contiguous matrix."""
    op, dtype = call.name.rpartition(".")[::2]
    if op != "sum.forward" or dtype not in _FLOATS or call.varying:
        return None
    words, names = call.words, backend.WORDS[call.name].names
    outputs = names["outputs"]
    reduced = outputs + 1 + 2 * words[outputs]
    if words[names["scratch"]] or words[outputs] != 1 or words[reduced] != 1:
        return None
    (columns, step), (rows, down) = words[outputs + 1 : outputs + 3], words[reduced + 1 : reduced + 3]
    at = {operand.word: operand for operand in call.operands}
    scale = struct.unpack("d", struct.pack("q", words[names["scale"]]))[0]
    given = call, at[names["y"]], at[names["x"]], (rows, columns), scale
    if columns == 1 and down == 1 and 0 < rows <= backend.REDUCE_BLOCK:
        return [SumAll(*given)]
    if step == 1 and down == columns > 1 and 0 < rows <= _LEAF:
        return [SumRows(*given)]
    return None


class CrossEntropy(Item):
    """Cross-entropy of rows, or its gradient."""

    may_fail = True  # a target may be no class

    def __init__(self, call: Call) -> None:
        super().__init__([call], call.operands)

    def write(self, to: Function) -> None:
        """Write the loss or its gradient."""
        (call,) = self.calls
        op, of = call.name.rpartition(".")[::2]
        to.comment(op, call.reads, call.writes)
        names = backend.WORDS[call.name].names
        at = {operand.word: operand for operand in call.operands}
        forward = op == "cross_entropy.forward"
        order = (
            ("total", "losses", "lse", "count", "x", "target")
            if forward
            else ("dx", "x", "lse", "count", "target", "dy")
        )
        # without a reduction there is no total, and nothing is written there
        given = [at.get(names[name], at[names[order[1]]]) for name in order]
        pointers = ", ".join(to.pointer(o, "int64" if name == "target" else of) for name, o in zip(order, given))
        word = {name: call.words[index] for name, index in names.items()}
        sizes = f"rows={word['rows']}, columns={word['columns']}, ignore={word['ignore_index']}"
        sizes += f", reduction={word['reduction']}"
        if forward:
            name = to.use("cross_entropy", "generated.losses")
            status = f"status_{to.number()}"
            to.write(f"var {status} = {name}[{to.dtype(of)}, {sizes}]({pointers})")
            to.write(f"if {status} != OK:", f"    return {status}")
        else:
            name = to.use("cross_entropy_backward", "generated.losses")
            to.write(f"{name}[{to.dtype(of)}, {sizes}, dy_stride={word['dy_stride']}]({pointers})")


def losses(call: Call) -> list[Item] | None:
    """Return the item of a cross-entropy without smoothing, or of its gradient."""
    op, dtype = call.name.rpartition(".")[::2]
    if op not in ("cross_entropy.forward", "cross_entropy.backward") or dtype not in _FLOATS or call.varying:
        return None
    names = backend.WORDS[call.name].names
    rows, columns = call.words[names["rows"]], call.words[names["columns"]]
    fits = 0 < rows * columns <= _LOSS_ELEMENTS and not call.words[names["smoothing"]]
    return [CrossEntropy(call)] if fits else None
