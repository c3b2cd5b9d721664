"""Recording: run a function once while kernel calls and memory are logged, and make a plan of it, or report why not."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident, get_native_id
from typing import Any

from mocrograd import backend
from mocrograd.autograd import Function
from mocrograd.backend import recording
from mocrograd.backend.recording import Values
from mocrograd.compiler.guards import Surroundings
from mocrograd.compiler.outside import Outside
from mocrograd.compiler.plan import Gradient, Plan
from mocrograd.compiler.shortcut import Pause
from mocrograd.compiler.trace import ARGUMENT, CAPTURED, Block, Decoder, Note, Trace, Unrecordable, Varying
from mocrograd.compiler.tree import (
    Result,
    bytes_of,
    copy_layout,
    extent,
    from_arguments,
    map_tensors,
    owners,
    release,
    tensors_of,
)
from mocrograd.ops._inplace import shares_memory
from mocrograd.tensor import Tensor


class Listener:
    """Listens to one run of a function; eager code reports through `recording` what happens outside of kernels."""

    def __init__(self, strict: bool) -> None:
        """Listen in this thread; `strict` raises at the first thing that cannot be replayed."""
        self.thread = get_ident()
        self.reason = ""
        self.notes: list[Note] = []
        self.written: list[Any] = []
        self.checks: list[tuple[Any, Any]] = []
        self.errors: list[Callable[[Any], Exception]] = []
        self._roots: list[Any] = []
        self.log = b""
        self._strict = strict

    def __enter__(self) -> Listener:
        recording.active = self
        self._first_call = backend.tape_calls()
        self._start = backend.tape_start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop listening; `log` holds what was heard."""
        recording.active = None
        self.log = backend.tape_stop(self._start)

    def give_up(self, reason: str) -> None:
        """Note why this run cannot be replayed."""
        self.reason = self.reason or reason
        if self._strict:
            raise RuntimeError(f"compile(fullgraph=True): {reason}")

    def varies(self, word: int, count: int, values: Values, table: object) -> None:
        """Note that words of the next call come from `values` at each run."""
        self.notes.append(Note(backend.tape_calls() - self._first_call, Varying(word, count, values), table))

    def data(self, tensor: object) -> None:
        """Note a tensor whose values Python wrote."""
        self.written.append(tensor)

    def copied(self, target: Any, source: Any) -> None:
        """Note a tensor that was copied to another device: it holds the same at each replay where Python wrote it."""
        if any(source.storage is other.storage for other in self.written):
            self.written.append(target)
        else:
            self.give_up("it copies a tensor from one device to another")

    def requires(self, flag: Any, parts: Any, error: Callable[[Any], Exception]) -> None:
        """Note that each run shall raise the error of `parts` where a tensor of one bool is false."""
        self.checks.append((flag, map_tensors(self._made_here, parts)))
        self.errors.append(error)

    def _made_here(self, tensor: Tensor) -> Tensor:
        """Return a tensor, or a copy that a kernel makes where Python wrote it: a plan hands out what kernels write."""
        return tensor.clone() if any(tensor.storage is other.storage for other in self.written) else tensor

    def differentiated(self, tensors: Sequence[Any]) -> None:
        """Note that the graphs of tensors were differentiated and released."""
        self._roots += [tensor.grad_fn for tensor in tensors]

    def take_roots(self) -> list[Any]:
        """Return the nodes whose graphs were differentiated, and forget them."""
        roots, self._roots = self._roots, []
        return roots


@dataclass(eq=False)
class Recorded:
    """A recorded run: its result, and a plan or the reason why there is none.

    Attributes:
        pause: When a shortcut is made anew.
        errors: What makes the errors of the checks that each run ends with, behind whose result the checks stand.
    """

    result: Any
    around: Surroundings
    reason: str = ""
    plan: Plan | None = None
    rebuild: Result | None = None
    errors: Sequence[Callable[[Any], Exception]] = ()
    pause: Pause = field(default_factory=Pause)

    def built(self, arguments: Sequence[Tensor], memory: Sequence[tuple[object, int]]) -> Any:
        """Return the result of a run, given its arguments and the memory of its outputs.

        Raises:
            Exception: A check fails.
        """
        assert self.rebuild is not None
        result = self.rebuild.build(arguments, memory)
        if not self.errors:
            return result
        result, checks = result
        for error, (flag, parts) in zip(self.errors, checks, strict=True):
            if not flag:
                raise error(parts)
        return result

    def holds(self, arguments: Sequence[Tensor]) -> bool:
        """Return whether the plan fits a call: nothing it depends on changed, no argument is memory that it uses."""
        around, plan = self.around, self.plan
        assert plan is not None
        return around.holds() and around.has_grads() and plan.storages.isdisjoint(owners(arguments))

    def difference(self) -> str:
        """Return why the plan does not fit."""
        return self.around.changed() or self.around.moved() or "memory that an argument shares"


def record(
    arguments: Sequence[Tensor], call: Callable[[Sequence[Tensor]], Any], around: Surroundings, strict: bool
) -> Recorded:
    """Run a function once, and make a plan of the calls.

    Args:
        arguments: The tensors among its arguments, which lie apart from each other.
        call: Calls it with these tensors replaced by others.
        around: What it depends on besides.
        strict: Whether to raise where something cannot be replayed.

    Returns:
        The result, with the plan or the reason why there is none.
    """
    for tensor, name in around.tensors.values():
        ours = [tensor] if tensor.grad is None else [tensor, tensor.grad]
        if any(shares_memory(x, argument) for x in ours for argument in arguments):  # whose copies would not
            return Recorded(call(arguments), around, f"an argument shares memory with {name}")
    copies = [copy_layout(tensor) for tensor in arguments]
    reached = [tensor for tensor, _ in around.tensors.values() if tensor.grad_fn is None]
    leaves = [tensor for tensor in reached if tensor.requires_grad or tensor.grad is not None]
    before = [_Before(leaf.grad) for leaf in leaves]
    blocks = [Block(ARGUMENT, c.address, extent(c), i, name=f"argument {i}") for i, c in enumerate(copies)]
    known = [*blocks, *_captured_blocks(around, leaves)]
    listener = Listener(strict)
    try:
        with _all_young(), listener:
            if around.obstacle:
                listener.give_up(around.obstacle)
            with Outside(listener.give_up, around.streams):
                result = call(copies)
            if not _release(result, listener.take_roots()):
                listener.give_up(
                    "its result is part of a graph that is still to be differentiated "
                    "(compile the whole step, or run it without gradients)"
                )
            gc.collect(0)  # what only a cycle still holds would look as if somebody kept it
    finally:
        for copy, tensor in zip(copies, arguments):
            if bytes_of(copy) != bytes_of(tensor):
                tensor._changed()
                backend.copy_bytes(tensor.address, tensor.device, copy.address, copy.device, extent(copy))
    recorded = Recorded(from_arguments(result, copies, arguments), around, listener.reason)
    changed = around.changed()
    if changed is not None and not recorded.reason:
        recorded.reason = f"it changes {changed}"
    if not recorded.reason:
        try:
            trace = Decoder(known, listener.notes, get_native_id()).decode(listener.log)
            gradients = _gradients(trace, leaves, before, around)
            recorded.errors = listener.errors
            whole = (result, listener.checks) if listener.errors else result
            outputs, recorded.rebuild = _outputs(trace, whole, copies)
            _account_for(trace, listener.written)
            captured, borrowed = _owners(trace, around, leaves)
            fuse = backend.current_kernels() != "original"
            recorded.plan = Plan(trace, blocks, outputs, gradients, captured, borrowed, listener.written, fuse)
        except Unrecordable as error:
            recorded.reason = str(error)
    return recorded


@contextmanager
def _all_young() -> Iterator[None]:
    """Keep new objects in the youngest generation, whose collection is quick however large the process is."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Before:
    """The gradient of a leaf before the run; the run may drop it, so nothing here keeps it alive."""

    def __init__(self, grad: Tensor | None) -> None:
        self.address = 0 if grad is None else grad.address
        self._reference = weakref.ref(grad) if grad is not None else None

    def is_still(self, grad: Tensor | None) -> bool:
        """Return whether a gradient is what there was before."""
        return grad is None if self._reference is None else grad is not None and grad is self._reference()


def _captured_blocks(around: Surroundings, leaves: Sequence[Tensor]) -> list[Block]:
    """Return the memory of the tensors that a function may touch; where they overlap, one block for all."""
    spans = [(t.address, t.address + extent(t), name) for t, name in around.tensors.values()]
    for leaf in leaves:
        if leaf.grad is not None:
            name = around.tensors[id(leaf)][1]
            spans.append((leaf.grad.address, leaf.grad.address + extent(leaf.grad), f"{name}.grad"))
    blocks: list[Block] = []
    for start, stop, name in sorted(spans):
        if blocks and start < blocks[-1].address + blocks[-1].nbytes:
            blocks[-1].nbytes = max(blocks[-1].nbytes, stop - blocks[-1].address)
        else:
            blocks.append(Block(CAPTURED, start, stop - start, name=name))
    return blocks


def _release(result: Any, roots: Sequence[Any]) -> bool:
    """Cut results off their graphs; return False where a graph has not been differentiated."""
    reached: set[Any] = set()
    rest = list(roots)
    while rest:
        node = rest.pop()
        if node in reached:
            continue
        reached.add(node)
        rest += [edge[0] for edge in node.edges if edge is not None and isinstance(edge[0], Function)]
    tensors = [tensor for tensor in tensors_of(result) if tensor.grad_fn is not None]
    if any(tensor.grad_fn not in reached for tensor in tensors):
        return False
    for tensor in tensors:
        release(tensor)
    return True


def _gradients(
    trace: Trace, leaves: Sequence[Tensor], before: Sequence[_Before], around: Surroundings
) -> list[Gradient]:
    """Return the leaves whose `grad` the run exchanged, and require the same `grad` where the run changed it."""
    touched = {block.address for block in trace.captured}
    found = []
    for leaf, old in zip(leaves, before):
        grad = leaf.grad
        if old.is_still(grad):
            if old.address in touched:
                around.require_grad(leaf)
            continue
        if old.address in touched:
            raise Unrecordable("it reads a gradient and then drops it")
        block = None if grad is None else trace.block_at(grad.address)
        if grad is not None and (block is None or block.role):
            raise Unrecordable("a gradient shares memory with something else")
        if block is not None:
            block.role, block.name = "grad", f"{around.tensors[id(leaf)][1]}.grad"
        found.append(Gradient(leaf, grad, block))
    return found


def _outputs(trace: Trace, result: Any, copies: Sequence[Tensor]) -> tuple[list[Block], Result]:
    """Return the blocks that hold the result, and how to build it."""
    outputs: list[Block] = []

    def output_of(tensor: Tensor) -> tuple[int, int] | None:
        block = trace.block_at(tensor.address)
        if block is None:
            return None
        if block.role == "grad":
            raise Unrecordable("its result shares memory with a gradient")
        if block not in outputs:
            block.role, block.name = "output", f"output {len(outputs)}"
            outputs.append(block)
        return outputs.index(block), tensor.address - block.address

    return outputs, Result(result, copies, output_of)


def _account_for(trace: Trace, written: Sequence[Tensor]) -> None:
    """Give the tensors that Python wrote their role, and look for tensors that the plan does not know the holder of."""
    for tensor in written:
        block = trace.block_at(tensor.address)
        if block is None:
            continue
        if block.role or any(block in call.writes for call in trace.calls):
            raise Unrecordable("it returns or changes a tensor made from Python data")
        block.role, block.name = "data", "data from Python"
    for block in trace.live.values():
        if not block.role:
            raise Unrecordable(f"a tensor of {block.nbytes} bytes that it makes is kept by other Python code")


def _owners(trace: Trace, around: Surroundings, leaves: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Return the tensors whose memory the run touched: those that the function reaches, and gradients of leaves."""
    spans = [(block.address, block.address + block.nbytes) for block in trace.captured]
    reached = [tensor for tensor, _ in around.tensors.values()]
    grads = [leaf.grad for leaf in leaves if leaf.grad is not None and id(leaf.grad) not in around.tensors]
    found = [[t for t in some if any(start <= t.address < stop for start, stop in spans)] for some in (reached, grads)]
    return found[0], found[1]
