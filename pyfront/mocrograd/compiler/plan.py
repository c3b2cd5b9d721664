"""A plan: optimised calls over laid-out memory, executed in one call of Mojo, and its report on itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from mocrograd import backend
from mocrograd.autograd import clock
from mocrograd.compiler import explain, passes
from mocrograd.compiler.memory import ALIGNMENT, lay_out, lifetimes
from mocrograd.compiler.program import Program
from mocrograd.compiler.trace import FRESH, Block, Call, Trace
from mocrograd.compiler.tree import in_memory, owners
from mocrograd.tensor import Tensor


def _asked() -> int:
    """Return what `sys.getrefcount` says of a variable: 2, and 1 from Python 3.14 on, where calls borrow references."""
    variable = object()
    return sys.getrefcount(variable)


_HELD = 2 + _asked()
"""References to a gradient that are ours: its leaf, the plan, a variable, the question."""


@dataclass(eq=False)
class Gradient:
    """The `grad` that a run leaves at a leaf: None, or a tensor in a block that the plan writes."""

    leaf: Tensor
    grad: Tensor | None
    block: Block | None


class Plan:
    """The calls of one recorded run, ready to run again.

    Attributes:
        calls: What runs, in order.
        once: What was run once, because it gives the same each time.
        recorded: The number of calls that were recorded.
        outputs: The blocks that each run hands out.
        changed_arguments: The numbers of the arguments that a run changes.
        storages: The identities of the storages that it uses besides.
        addresses: The addresses of the blocks that never move.
        offsets: Where in the arena each temporary block lies.
        arena_bytes: The size of the arena.
        lock: Held while it runs: its memory serves one run at a time.
        memory: Bytes: "arena" (gradients included), "constants", "outputs", their sum "peak", and "eager_peak", what
            the recorded run held at most.
    """

    def __init__(
        self,
        trace: Trace,
        arguments: Sequence[Block],
        outputs: Sequence[Block],
        gradients: Sequence[Gradient],
        captured: Sequence[Tensor],
        keep: Sequence[object],
        optimize: bool,
    ) -> None:
        """Improve the calls of a trace and lay out their memory.

        Args:
            trace: The recorded run, whose blocks have their roles.
            arguments: The blocks of the arguments, which lie elsewhere at each run.
            outputs: The blocks that each run hands out in fresh memory.
            gradients: Leaves whose `grad` the run exchanges.
            captured: The tensors whose memory the run touches.
            keep: Further objects that keep memory alive.
            optimize: Whether calls may be fused and folded; otherwise only dead ones go.
        """
        self.recorded = len(trace.calls)
        self.outputs = list(outputs)
        self._gradients = list(gradients)
        self.lock = Lock()
        self._keep = (captured, keep, [tensor.storage for tensor in captured])
        self.storages = set(owners(captured))
        self._varying = [varying for call in trace.calls for varying in call.varying]
        letters = [call.letters(varying) for call in trace.calls for varying in call.varying]
        self.calls = passes.drop_dead(trace.calls)
        self.once: list[Call] = []
        if optimize:
            self.once, self.calls = passes.fold_constants(self.calls)
            self.calls = passes.fuse_chains(passes.fold_activations(self.calls))
        self._work = sum(call.work for call in self.calls)
        self._constants, self.addresses = self._make_constants(trace)
        values = [*arguments, *outputs, *[(v, k) for v in self._varying for k in range(v.count)]]
        addressed = "w" * (len(arguments) + len(outputs))
        self._program = Program(self.calls, self.addresses, values, addressed + "".join(letters))
        used = {o.block: None for call in self.calls for o in call.operands if o.block.role in ("", "grad")}
        temporary = [block for block in used if block.kind == FRESH]
        self.offsets, self.arena_bytes = lay_out(lifetimes(self.calls, temporary))
        self._settle()
        held = {
            "arena": self.arena_bytes,
            "constants": sum(_rounded(block) for call in self.once for block in call.writes),
            "outputs": sum(block.nbytes for block in outputs),
        }
        self.memory = {**held, "peak": sum(held.values()), "eager_peak": trace.peak}
        written = {block for call in self.calls for block in call.writes}
        self.changed_arguments = [i for i, block in enumerate(arguments) if block in written]
        spans = [(block.address, block.address + block.nbytes) for block in trace.captured if block in written]
        changed = [t for t in captured if any(start <= t.address < stop for start, stop in spans)]
        self._stamps = [tensor._shared_stamp() for tensor in changed]

    def _make_constants(self, trace: Trace) -> tuple[object, dict[Block, int]]:
        """Run the calls whose results never change; return their storage, and the addresses of all fixed blocks."""
        made = {block: None for call in self.once for block in call.writes}
        storage, address = backend.allocate(sum(_rounded(block) for block in made), backend.cpu)
        addresses = {block: block.address for block in trace.captured}
        addresses |= {block: block.address for block in trace.live.values() if block.role == "data"}
        for block in made:
            addresses[block] = address
            address += _rounded(block)
        Program(self.once, addresses).run(sum(call.work for call in self.once), ())
        return storage, addresses

    def _settle(self) -> None:
        """Allocate the arena, and lay temporary blocks and gradients into it."""
        self._arena, base = backend.allocate(max(self.arena_bytes, 1), backend.cpu)
        for block, offset in self.offsets.items():
            self._program.move(block, base + offset)
        for gradient in self._gradients:
            if gradient.block is not None and gradient.grad is not None:
                gradient.grad = in_memory(gradient.grad, self._arena, base + self.offsets[gradient.block])
        self._references = sys.getrefcount(self._arena)

    def _gradients_are_held(self) -> bool:
        """Return whether somebody else holds a gradient of the last run, or a view of one."""
        if sys.getrefcount(self._arena) != self._references:
            return True
        for gradient in self._gradients:
            grad = gradient.grad
            if grad is not None and sys.getrefcount(grad) - _HELD + (gradient.leaf.grad is not grad) > 0:
                return True
        return False

    def run(self, arguments: Sequence[Tensor]) -> list[tuple[object, int]]:
        """Run all calls.

        Args:
            arguments: Tensors of the recorded layouts.

        Returns:
            Storage and address of each output.
        """
        if self._gradients_are_held():
            self._settle()  # what they hold keeps its values
        values: list[float] = [tensor.address for tensor in arguments]
        fresh_memory = [backend.allocate_host(block.nbytes) for block in self.outputs]
        values += [address for _, address in fresh_memory]
        for varying in self._varying:
            values += varying.values()
        self._program.run(self._work, values)
        clock[0] += 1
        for stamp in self._stamps:
            stamp[0] = clock[0]
        for i in self.changed_arguments:
            arguments[i]._changed()
        for gradient in self._gradients:
            if gradient.leaf.grad is not gradient.grad:
                gradient.leaf.grad = gradient.grad
        return fresh_memory

    def explain(self) -> str:
        """Return the calls with what was fused, their bytes and predicted operations, and the memory, as text."""
        return explain.text(self.calls, self.recorded, len(self.once), self.memory)

    def to_dot(self) -> str:
        """Return the calls and the memory between them as a graph in the DOT language."""
        return explain.dot(self.calls)


def _rounded(block: Block) -> int:
    return -(-max(block.nbytes, 1) // ALIGNMENT) * ALIGNMENT
