"""Pointwise calls as loops whose values stay in registers."""

from __future__ import annotations

from collections.abc import Mapping

from mocrograd import backend
from mocrograd.compiler.generate.catalogue import Struct, struct_of
from mocrograd.compiler.generate.items import Elements, Item
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.passes import elements, in_unit_order, lasting, layout_of
from mocrograd.compiler.trace import Block, Call, Operand

_FLOATS = ("float32", "float64")
Values = dict[tuple[Block, int], str]
"""The variables that hold elements, by their block and offset."""


class Loop(Elements):
    """A loop over vectors."""

    def write(self, to: Function) -> None:
        """Write the loop."""
        body, dtype = f"body_{to.number()}", to.dtype(self.dtype)
        to.comment(
            ", ".join(call.name.rpartition(".")[0] for call in self.calls),
            [o.block for o in self.operands if o.reads],
            [o.block for o in self.operands if o.writes],
        )
        to.write(f"def {body}[w: Int, tail: Bool](i: Int, mask: SIMD[DType.bool, w]) {{imm}}:")
        write_lanes(to, self, "i", {})
        to.write(f"{to.use('each', 'generated.loops')}[{dtype}, {self.count}]({body})")


def pointwise(call: Call) -> list[Item] | None:
    """Return the loop of a pointwise call, or of a chain of them."""
    steps = call.steps or [call]
    dtype = call.name.rpartition(".")[2] if not call.steps else steps[0].name.rpartition(".")[2]
    if dtype not in _FLOATS or not all(_known(step, dtype) for step in steps):
        return None
    held = {operand.block for operand in call.operands}
    inside = {operand.block for step in steps for operand in step.operands}
    return [Loop(steps, call.operands, elements(steps[0]), dtype, inside - held)]


def _known(call: Call, dtype: str) -> bool:
    """Return whether there is text for a pointwise call."""
    op, _, of = call.name.rpartition(".")
    if call.varying or of != dtype or backend.WORDS[call.name].shape < 0 or not _struct(op):
        return False
    return all(in_unit_order(call, k) or (o.reads and _is_single(call, k)) for k, o in enumerate(call.operands))


def _struct(op: str) -> Struct | None:
    name, _, direction = op.rpartition(".")
    return struct_of(name, "elementwise", "UnaryOp", "BinaryOp") if direction in ("forward", "backward") else None


def _is_single(call: Call, number: int) -> bool:
    """Return whether an operand is one element for all."""
    return all(size == 1 or stride == 0 for size, stride in layout_of(call, number))


def write_lanes(to: Function, item: Elements, index: str, values: Values) -> None:
    """Write the statements of pointwise calls for the vector at an index.

    Args:
        to: The function.
        item: The calls.
        index: The variable that holds the number of the first element.
        values: What is in registers before.
    """
    for call in item.calls:
        _Lanes(to, call, index, values, item.local).write()


class _Lanes:
    """The statements of one call."""

    def __init__(self, to: Function, call: Call, index: str, values: Values, local: set[Block]) -> None:
        self._to, self._call, self._index, self._values, self._local = to, call, index, values, local
        op, self._of = call.name.rpartition(".")[::2]
        self._name, _, self._direction = op.rpartition(".")
        struct = _struct(op)
        assert struct is not None
        self._struct = struct
        self._op = to.use(struct.name, struct.module)
        self._dtype = to.dtype(self._of)
        self._at: Mapping[str, int] = backend.WORDS[call.name].names
        self._operands = {operand.word: (number, operand) for number, operand in enumerate(call.operands)}

    def write(self) -> None:
        """Write them."""
        args = f"[{self._dtype}, w]"
        if self._struct.trait == "UnaryOp" and self._direction == "forward":
            self._store("y", f"{self._op}.forward{args}({self._load('x')})")
        elif self._struct.trait == "UnaryOp":
            self._store("dx", f"{self._op}.grad{args}({self._load('x')}, {self._load('y')}, {self._load('dy')})")
        elif self._direction == "forward":
            self._store("y", f"{self._op}.forward{args}({self._load('a', 'scalar')}, {self._load('b', 'scalar')})")
        else:
            both = f"both_{self._to.number()}"
            given = f"{self._load('a', 'scalar')}, {self._load('b', 'scalar')}, {self._load('dy')}"
            self._to.write(f"    var {both} = {self._op}.grad{args}({given})")
            self._store("da", f"{both}[0]")
            self._store("db", f"{both}[1]")

    def _load(self, name: str, scalar: str = "") -> str:
        """Return what holds the lanes of an operand: a variable, a number where it is a scalar, or zeros."""
        if self._at[name] not in self._operands:
            if not scalar:
                return f"SIMD[{self._dtype}, w](0)"
            number = self._to.use("number", "generated.loops")
            return f"{number}[{self._dtype}, w]({self._call.words[self._at[scalar]]})"
        number_of, operand = self._operands[self._at[name]]
        single = not in_unit_order(self._call, number_of)
        key = operand.block, operand.offset
        if key in self._values and not single:
            return self._values[key]
        pointer = self._to.pointer(operand, self._of)
        if single:
            return f"SIMD[{self._dtype}, w]({pointer}[])"
        self._values[key] = self._assign(load(self._to, pointer, self._dtype, self._index))
        return self._values[key]

    def _store(self, name: str, value: str) -> None:
        """Store the lanes of a result, unless it stays in a register."""
        if self._at[name] not in self._operands:
            return
        operand = self._operands[self._at[name]][1]
        fence = self._to.use("fence", "numerics.fence")
        variable = self._assign(f"{fence}({value})")
        self._values[operand.block, operand.offset] = variable
        if operand.block not in self._local:
            store(self._to, self._to.pointer(operand, self._of), self._dtype, self._index, variable)

    def _assign(self, value: str) -> str:
        variable = f"v{self._to.number()}"
        self._to.write(f"    var {variable} = {value}")
        return variable


def load(to: Function, pointer: str, dtype: str, index: str) -> str:
    """Return the expression that loads the vector at an index."""
    return f"{to.use('load_lanes', 'matmul.tile')}[{dtype}, w, tail]({pointer}.unsafe_offset({index}), mask)"


def store(to: Function, pointer: str, dtype: str, index: str, value: str) -> None:
    """Write the statement that stores a vector at an index."""
    to.write(
        f"    {to.use('store_lanes', 'matmul.tile')}[{dtype}, w, tail]({pointer}.unsafe_offset({index}), {value}, mask)"
    )


def reads_as(item: Elements, block: Block, offset: int) -> bool:
    """Return whether a loop reads a block, and everywhere element by element from an offset on."""
    uses = [(call, k, o) for call in item.calls for k, o in enumerate(call.operands) if o.block is block]
    return bool(uses) and all(o.offset == offset and in_unit_order(call, k) for call, k, o in uses)


def stays(operand: Operand, item: Elements) -> bool:
    """Return whether nobody needs what is written to an operand but the item."""
    return operand.block in item.local and not lasting(operand.block)
