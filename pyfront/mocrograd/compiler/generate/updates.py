"""Optimizers' updates, tensor by tensor of a known size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mocrograd import backend
from mocrograd.compiler.generate.catalogue import struct_of
from mocrograd.compiler.generate.items import Item
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.trace import Block, Call, Operand

_MOST_ELEMENTS = 1 << 16
"""Updates of more elements may be worth a second worker."""


class Moved(NamedTuple):
    """A tensor that an optimizer's step moves.

    Attributes:
        param: The tensor.
        grad: Its gradient.
        states: Its states, None for one that is not kept.
        elements: How many elements it has.
    """

    param: Operand
    grad: Operand
    states: tuple[Operand | None, ...]
    elements: int

    @property
    def changes(self) -> set[Block]:
        """The blocks that the step writes."""
        return {operand.block for operand in (self.param, *self.states) if operand is not None}


class Update(Item):
    """One step of an optimizer."""

    def __init__(self, call: Call) -> None:
        super().__init__([call], call.operands)
        self.dtype = call.name.rpartition(".")[2]
        self.rest = list(_moved(call))
        self._rules: dict[Function, str] = {}

    def write(self, to: Function) -> None:
        """Write the update of each tensor, but for those that epilogues of products move."""
        if not self.rest:
            return
        (call,) = self.calls
        blocks = {operand.block for moved in self.rest for operand in (moved.param, moved.grad)}
        to.comment(call.name.rpartition(".")[0], [b for b in call.reads if b in blocks], call.writes)
        op, rule = self._rule(to)
        update = to.use("update", "generated.update")
        for moved in self.rest:
            given = f"{rule}, {to.pointer(moved.param, self.dtype)}, {to.pointer(moved.grad, self.dtype)}"
            given += self._states(to, moved)
            to.write(f"{update}[{op}, {to.dtype(self.dtype)}, {moved.elements}]({given})")

    def write_rule(self, to: Function) -> None:
        """Write the optimizer's options as a variable, unless the function has it."""
        self._rule(to)

    def write_lanes(self, to: Function, moved: Moved, grad: str) -> None:
        """Write the update of the vector at `e`, in a body with `w`, `tail` and `mask`, given its gradient."""
        op, rule = self._rule(to)
        update = to.use("update_lanes", "generated.update")
        given = f"{rule}, e, mask, {to.pointer(moved.param, self.dtype)}, {grad}{self._states(to, moved)}"
        to.write(f"    {update}[{op}, {to.dtype(self.dtype)}, w, tail]({given})")

    def _rule(self, to: Function) -> tuple[str, str]:
        (call,) = self.calls
        struct = struct_of(call.name.rpartition(".")[0], "optim", "OptimizerOp")
        assert struct is not None
        op = to.use(struct.name, struct.module)
        if to not in self._rules:
            self._rules[to] = rule = f"rule_{to.number()}"
            to.write(f"var {rule} = {op}(words.unsafe_offset({to.options(call)}))")
        return op, self._rules[to]

    def _states(self, to: Function, moved: Moved) -> str:
        states = ["0" if s is None else f"Int({to.pointer(s, self.dtype)})" for s in moved.states]
        return "".join(f", {state}" for state in states)


def _moved(call: Call) -> Iterator[Moved]:
    """Yield the tensors of an optimizer's table."""
    width = len(backend.WORDS[call.name].cells)
    at: dict[int, Operand] = {operand.word: operand for operand in call.operands if operand.in_table}
    for entry in range(0, len(call.table), width):
        param, grad, *states, count = range(entry, entry + width)
        if call.table[count]:
            yield Moved(at[param], at[grad], tuple([at.get(cell) for cell in states]), call.table[count])


def updates(call: Call) -> list[Item] | None:
    """Return the item of an optimizer's step whose tensors keep no numbers of their own."""
    name, dtype = call.name.rpartition(".")[::2]
    if not call.table or dtype not in ("float32", "float64") or struct_of(name, "optim", "OptimizerOp") is None:
        return None
    cells = backend.WORDS[call.name].cells
    elements = sum(call.table[len(cells) - 1 :: len(cells)])
    return [Update(call)] if "U" not in cells and elements <= _MOST_ELEMENTS else None
