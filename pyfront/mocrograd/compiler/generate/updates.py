"""Optimizers' updates, tensor by tensor of a known size."""

from __future__ import annotations

from mocrograd import backend
from mocrograd.compiler.generate.catalogue import struct_of
from mocrograd.compiler.generate.items import Item
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.trace import Call, Operand

_MOST_ELEMENTS = 1 << 16
"""Updates of more elements may be worth a second worker."""


class Update(Item):
    """One step of an optimizer."""

    def __init__(self, call: Call) -> None:
        super().__init__([call], call.operands)

    def write(self, to: Function) -> None:
        """Write the update of each tensor."""
        (call,) = self.calls
        name, of = call.name.rpartition(".")[::2]
        to.comment(name, call.reads, call.writes)
        struct = struct_of(name, "optim", "OptimizerOp")
        assert struct is not None
        op, update = to.use(struct.name, struct.module), to.use("update", "generated.update")
        rule = f"rule_{to.number()}"
        to.write(f"var {rule} = {op}(words.unsafe_offset({to.options(call)}))")
        width = len(backend.WORDS[call.name].cells)
        at: dict[int, Operand] = {operand.word: operand for operand in call.operands if operand.in_table}
        for entry in range(0, len(call.table), width):
            *cells, count = range(entry, entry + width)
            if call.table[count] == 0:
                continue
            pointers = [to.pointer(at[cell], of) if cell in at else "" for cell in cells]
            states = [f"Int({pointer})" if pointer else "0" for pointer in pointers[2:]]
            given = ", ".join([rule, *pointers[:2], *states])
            to.write(f"{update}[{op}, {to.dtype(of)}, {call.table[count]}]({given})")


def updates(call: Call) -> list[Item] | None:
    """Return the item of an optimizer's step whose tensors keep no numbers of their own."""
    name, dtype = call.name.rpartition(".")[::2]
    if not call.table or dtype not in ("float32", "float64") or struct_of(name, "optim", "OptimizerOp") is None:
        return None
    cells = backend.WORDS[call.name].cells
    elements = sum(call.table[len(cells) - 1 :: len(cells)])
    return [Update(call)] if "U" not in cells and elements <= _MOST_ELEMENTS else None
