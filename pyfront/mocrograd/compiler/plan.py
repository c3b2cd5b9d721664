"""A plan: optimised calls over laid-out memory, executed in one call of Mojo, and its report on itself."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from mocrograd import backend
from mocrograd.autograd import clock
from mocrograd.backend import recording
from mocrograd.compiler import explain, passes
from mocrograd.compiler.in_place import lay_out_in_place
from mocrograd.compiler.memory import ALIGNMENT, lay_out, lifetimes
from mocrograd.compiler.program import Program
from mocrograd.compiler.shortcut import Shortcut
from mocrograd.compiler.trace import FRESH, Block, Call, Trace, Unrecordable, Varying
from mocrograd.compiler.tree import in_memory, owners
from mocrograd.ops._streams import Draw, Generator
from mocrograd.tensor import Tensor

if TYPE_CHECKING:
    from mocrograd.compiler.generate.generation import Generation


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
        device: Where its memory is and its calls run.
        changed_arguments: The numbers of the arguments that a run changes.
        storages: The identities of the storages that it uses besides.
        addresses: The addresses of the blocks that never move.
        offsets: Where in the arena each temporary block lies.
        arena: The storage of temporary results and gradients.
        arena_bytes: The size of the arena.
        gradients: What each run leaves at leaves.
        stamps: The stamps of the tensors from before that each run changes.
        varying: What gives the values that differ from run to run, and their letters.
        shortcut: What runs it in one crossing from Python, where there is such a thing.
        changed: Address and bytes of the memory from before that each run changes, gradients of leaves left out.
        work: What a run costs, in units of about a nanosecond, or less.
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
        borrowed: Sequence[Tensor],
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
            borrowed: Gradients whose memory it touches, which only their leaves keep alive; guards see to it that the
                leaves still have them when the plan runs.
            keep: Further objects that keep memory alive.
            optimize: Whether calls may be fused and folded; otherwise only dead ones go.

        Raises:
            Unrecordable: It computes on several devices.
        """
        self.recorded = len(trace.calls)
        self.outputs = list(outputs)
        self.gradients = list(gradients)
        self.lock = Lock()
        self._keep = (captured, keep, [tensor.storage for tensor in captured])
        self._borrowed = [weakref.ref(grad) for grad in borrowed]
        self.shortcut: Shortcut | None = None
        captured = [*captured, *borrowed]
        self.storages = set(owners(captured))
        self._varying = [varying for call in trace.calls for varying in call.varying]
        letters = [call.letters(varying) for call in trace.calls for varying in call.varying]
        self.varying = [(varying.values, text) for varying, text in zip(self._varying, letters)]
        self.calls = passes.drop_dead(trace.calls)
        self.device = _device_of(self.calls, outputs)
        self.once: list[Call] = []
        if optimize:
            self.once, self.calls = passes.fold_constants(self.calls)
            self.calls = passes.fuse_chains(passes.fold_activations(self.calls))
        self.work = sum(call.work for call in self.calls)
        self._constants, self.addresses = self._make_constants(trace)
        self._given = [*arguments, *outputs]
        self._letters = "w" * len(self._given) + "".join(letters)
        self._program = self._program_of(self.calls, {})
        self._programs = [self._program]
        self._generation: Generation | None = None
        lives = lifetimes(self.calls, self._temporary())
        self.offsets, self.arena_bytes = lay_out_in_place(self.calls, lives) if optimize else lay_out(lives)
        self._settle()
        held = {
            "arena": self.arena_bytes,
            "constants": sum(_rounded(block) for call in self.once for block in call.writes),
            "outputs": sum(block.nbytes for block in outputs),
        }
        self.memory = {**held, "peak": sum(held.values()), "eager_peak": trace.peak}
        written = {block for call in self.calls for block in call.writes}
        self.changed_arguments = [i for i, block in enumerate(arguments) if block in written]
        lent = [grad.address for grad in borrowed]
        self.changed = [
            (block.address, block.nbytes)
            for block in trace.captured
            if block in written and not any(block.address <= grad < block.address + block.nbytes for grad in lent)
        ]
        spans = [(block.address, block.address + block.nbytes) for block in trace.captured if block in written]
        changed = [t for t in captured if any(start <= t.address < stop for start, stop in spans)]
        self.stamps = [tensor._shared_stamp() for tensor in changed]

    @property
    def program(self) -> Program:
        """What runs where nothing is tried."""
        used = self._generation is not None and self._generation.state == "used"
        return self._programs[1] if used else self._program

    @property
    def is_settled(self) -> bool:
        """Whether the next run is like the last one: the compiler has nothing new, and no programs take turns."""
        return self._generation is None or self._generation.state in ("waiting", "used", "slower")

    @property
    def borrows(self) -> bool:
        """Whether it uses gradients from before."""
        return bool(self._borrowed)

    @property
    def references(self) -> int:
        """The references to the arena where nobody else holds a gradient."""
        return self._references - 1  # the question's own

    @property
    def streams(self) -> set[Generator]:
        """The generators that each run draws from."""
        draws = [getattr(varying.values, "__self__", None) for varying in self._varying]
        return {draw.stream for draw in draws if isinstance(draw, Draw)}

    def _program_of(self, calls: Sequence[Call], moved: Mapping[Varying, Varying]) -> Program:
        """Return the words of calls; `moved` holds the varying words that stand for those of recorded calls."""
        values = [*self._given, *[(moved.get(v, v), k) for v in self._varying for k in range(v.count)]]
        return Program(calls, self.addresses, values, self._letters)

    def _temporary(self) -> list[Block]:
        """Return the blocks that lie in the arena."""
        used = {o.block: None for call in self.calls for o in call.operands if o.block.role in ("", "grad")}
        return [block for block in used if block.kind == FRESH]

    def _make_constants(self, trace: Trace) -> tuple[object, dict[Block, int]]:
        """Run the calls whose results never change; return their storage, and the addresses of all fixed blocks."""
        made = {block: None for call in self.once for block in call.writes}
        storage, address = backend.allocate(sum(_rounded(block) for block in made), self.device)
        addresses = {block: block.address for block in trace.captured}
        addresses |= {block: block.address for block in trace.live.values() if block.role == "data"}
        for block in made:
            addresses[block] = address
            address += _rounded(block)
        Program(self.once, addresses).run(sum(call.work for call in self.once), ())
        return storage, addresses

    def _settle(self) -> None:
        """Allocate the arena, and lay temporary blocks and gradients into it."""
        self.leave_shortcut()
        self.arena, base = backend.allocate(max(self.arena_bytes, 1), self.device)
        for block, offset in self.offsets.items():
            for program in self._programs:
                program.move(block, base + offset)
        for gradient in self.gradients:
            if gradient.block is not None and gradient.grad is not None:
                gradient.grad = in_memory(gradient.grad, self.arena, base + self.offsets[gradient.block])
        self._references = sys.getrefcount(self.arena)

    def leave_shortcut(self) -> None:
        """Have calls go the long way, since a shortcut knows an arena and a program that are no longer in use."""
        if self.shortcut is not None:
            self.shortcut.retire()
            self.shortcut = None

    def _gradients_are_held(self) -> bool:
        """Return whether somebody else holds a gradient of the last run, or a view of one."""
        if sys.getrefcount(self.arena) != self._references:
            return True
        for gradient in self.gradients:
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
        if self._generation is not None and self._generation.state in ("ready", "failed"):
            self._take_over(self._generation)
        if self._gradients_are_held():
            self._settle()  # what they hold keeps its values
        borrowed = [grad() for grad in self._borrowed]  # nobody else may let go of their memory while the calls run
        if None in borrowed:
            raise RuntimeError("another thread dropped a gradient that a compiled function was about to use")
        values: list[float] = [tensor.address for tensor in arguments]
        if self.device is backend.cpu:
            fresh_memory = [backend.allocate_host(block.nbytes) for block in self.outputs]
        else:
            fresh_memory = [backend.allocate(block.nbytes, self.device) for block in self.outputs]
        values += [address for _, address in fresh_memory]
        for varying in self._varying:
            values += varying.values()
        if self._generation is None or recording.kept is not None:  # a profile shows the calls
            self._program.run(self.work, values)
        else:
            self._run_generated(self._generation, values)
        clock[0] += 1
        for stamp in self.stamps:
            stamp[0] = clock[0]
        for i in self.changed_arguments:
            arguments[i]._changed()
        for gradient in self.gradients:
            if gradient.leaf.grad is not gradient.grad:
                gradient.leaf.grad = gradient.grad
        return fresh_memory

    def _take_over(self, generation: Generation) -> None:
        """Take the compiled program beside the replay, in memory that serves both; or warn that there is none."""
        if generation.state == "failed":
            self._generation = None
            generation.warn()
            return
        written = generation.text()
        calls, moved = written.calls(generation.entries)
        self._programs.append(self._program_of(calls, moved))
        temporary = self._temporary()
        items = [Call("", "", 0, [], 0, item.operands) for item in written.items]
        self.offsets, self.arena_bytes = lay_out(lifetimes(self.calls, temporary), lifetimes(items, temporary))
        self.memory["arena"] = self.arena_bytes
        self._settle()
        generation.state = "tried"

    def _run_generated(self, generation: Generation, values: Sequence[float]) -> None:
        """Run the generated program where it is chosen, or the replay; while it is tried, one of the two."""
        replay = self._programs[0]
        if generation.state == "used":
            self._programs[1].run(self.work, values)
        elif generation.state == "tried":
            generated = self._programs[1]
            generation.turn(lambda: replay.run(self.work, values), lambda: generated.run(self.work, values))
        else:
            replay.run(self.work, values)

    def generate(self) -> None:
        """Have the plan compiled as a program of its own, in the background; it runs once it is found to be faster.

        The program is kept in the cache's folder. Where it cannot be made, the replay goes on, and a warning says why.

        Raises:
            NotImplementedError: The plan runs on a GPU.
        """
        if self.device is not backend.cpu:
            raise NotImplementedError("programs are generated for the CPU alone: a GPU's plan is a queue of launches")
        from mocrograd.compiler.generate.generation import Generation

        if self._generation is None:
            self._generation = Generation(self.calls)
            self._generation.start(self.leave_shortcut)

    def wait_generated(self, timeout: float | None = None) -> bool:
        """Wait for the compiler.

        Args:
            timeout: The most seconds to wait, None for as long as it takes.

        Returns:
            Whether the generated program is there; the next runs try it.

        Raises:
            RuntimeError: Nobody has asked for it: `compile(generate=True)` and `generate` do.
        """
        if self._generation is None:
            raise RuntimeError("nothing is generated: compile(generate=True) or plan.generate() ask for it")
        return self._generation.wait(timeout)

    def source(self) -> str:
        """Return the program of Mojo that the plan becomes when it is generated.

        Raises:
            NotImplementedError: No code is generated for any of its calls.
        """
        from mocrograd.compiler.generate.generation import Generation

        written = (self._generation or Generation(self.calls)).text()
        if written.text is None:
            raise NotImplementedError("no code is generated for any of the plan's calls")
        return written.text

    def explain(self) -> str:
        """Return the calls with what was fused, their bytes and predicted operations, and the memory, as text."""
        return explain.text(self.calls, self.recorded, len(self.once), self.memory)

    def to_dot(self) -> str:
        """Return the calls and the memory between them as a graph in the DOT language."""
        return explain.dot(self.calls)


def _device_of(calls: Sequence[Call], outputs: Sequence[Block]) -> backend.device:
    """Return the device that the memory of calls is on, but for what Python wrote and what existed before.

    Raises:
        Unrecordable: It is on several.
    """
    used = [operand.block for call in calls for operand in call.operands]
    handles = {block.handle for block in (*used, *outputs) if block.kind == FRESH and block.role != "data"}
    if len(handles) > 1:
        raise Unrecordable("it computes on several devices")
    handle = next(iter(handles), 0)
    return next(device for device in backend.device.opened.values() if device.handle == handle)


def _rounded(block: Block) -> int:
    return -(-max(block.nbytes, 1) // ALIGNMENT) * ALIGNMENT
