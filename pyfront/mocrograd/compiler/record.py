"""Recording: run a function once while kernel calls and memory are logged, and make a plan of it, or report why not."""

from __future__ import annotations

import gc
import sys
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
from mocrograd.compiler.arguments import Moved, come_back
from mocrograd.compiler.guards import Surroundings
from mocrograd.compiler.outside import Outside
from mocrograd.compiler.plan import Gradient, Plan
from mocrograd.compiler.reachable import UNCHANGING
from mocrograd.compiler.shortcut import Pause
from mocrograd.compiler.trace import ARGUMENT, CAPTURED, Block, Decoder, Note, Trace, Unrecordable, Varying
from mocrograd.compiler.tree import (
    Given,
    Layout,
    Result,
    extent,
    is_made_anew,
    map_tensors,
    owners,
    parts_of,
    release,
    tensors_of,
)
from mocrograd.compiler.watch import PLAIN
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
        graded: The numbers of the arguments that require a gradient, and whether they had one.
        errors: What makes the errors of the checks that each run ends with, behind whose result the checks stand.
    """

    result: Any
    around: Surroundings
    reason: str = ""
    plan: Plan | None = None
    rebuild: Result | None = None
    errors: Sequence[Callable[[Any], Exception]] = ()
    pause: Pause = field(default_factory=Pause)
    graded: Sequence[tuple[int, bool]] = ()

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
        if self.graded and any((arguments[number].grad is None) is has for number, has in self.graded):
            return False
        return around.holds() and around.has_grads() and plan.storages.isdisjoint(owners(arguments))

    def difference(self) -> str:
        """Return why the plan does not fit."""
        return self.around.changed() or self.around.moved() or "memory that an argument shares"


def record(arguments: Sequence[Tensor], call: Callable[[], Any], around: Surroundings, strict: bool) -> Recorded:
    """Run a function once, and make a plan of the calls.

    Args:
        arguments: The tensors among its arguments, which lie apart from each other.
        call: Calls it.
        around: What it depends on besides.
        strict: Whether to raise where something cannot be replayed.

    Returns:
        The result, with the plan or the reason why there is none.
    """
    listener = Listener(strict)
    if around.obstacle:
        listener.give_up(around.obstacle)
        return Recorded(call(), around, listener.reason)
    for tensor, name in around.tensors.values():
        ours = [tensor] if tensor.grad is None else [tensor, tensor.grad]
        if any(shares_memory(x, argument) for x in ours for argument in arguments):
            return Recorded(call(), around, f"an argument shares memory with {name}")
    reached = [tensor for tensor, _ in around.tensors.values() if tensor.grad_fn is None]
    leaves = [tensor for tensor in reached if tensor.requires_grad or tensor.grad is not None]
    before = [_Before(leaf.grad) for leaf in leaves]
    graded = [(i, argument.grad is not None) for i, argument in enumerate(arguments) if argument.requires_grad]
    moved: list[Moved] = []
    result = placed = None
    try:
        moved.extend(map(Moved, arguments))
        blocks = [Block(ARGUMENT, m.away.address, extent(m.away), i, name=f"argument {i}") for i, m in enumerate(moved)]
        known = [*blocks, *_captured_blocks(around, leaves)]
        with _asked_for_attributes(arguments, listener):
            result = _heard(call, listener, around)
        placed = _placed((result, listener.checks) if listener.errors else result, moved, listener, around)
    finally:
        changed_more = come_back(moved, result)
    recorded = Recorded(result, around, listener.reason, graded=graded)
    changed = "more of an argument than its elements" if changed_more else around.changed()
    if changed is not None and not recorded.reason:
        recorded.reason = f"it changes {changed}"
    if not recorded.reason:
        try:
            trace = Decoder(known, listener.notes, get_native_id()).decode(listener.log)
            gradients = _gradients(trace, leaves, before, around)
            recorded.errors = listener.errors
            outputs, recorded.rebuild = _outputs(trace, placed)
            _account_for(trace, listener.written)
            captured, borrowed = _owners(trace, around, leaves)
            fuse = backend.current_kernels() != "original"
            recorded.plan = Plan(trace, blocks, outputs, gradients, captured, borrowed, listener.written, fuse)
        except Unrecordable as error:
            recorded.reason = str(error)
    return recorded


def _heard(call: Callable[[], Any], listener: Listener, around: Surroundings) -> Any:
    """Return what a call returns, which is listened to."""
    with _all_young(), listener:
        with Outside(listener.give_up, around.streams):
            result = call()
        if not _release(result, listener.take_roots()):
            listener.give_up(
                "its result is part of a graph that is still to be differentiated "
                "(compile the whole step, or run it without gradients)"
            )
        gc.collect(0)  # what only a cycle still holds would look as if somebody kept it
    return result


def _is_of_a_run(part: Any, around: Surroundings) -> bool:
    """Return whether a part of a result is what a run of a plan would return too.

    It is a tensor, a container that is made anew, something that cannot change, or an object that the function reaches.
    """
    if isinstance(part, (Tensor, *PLAIN, *UNCHANGING, type)):
        return True
    if isinstance(part, (tuple, list, dict)):
        return not around.reaches(part) and is_made_anew(part)
    return around.reaches(part)


def _placed(result: Any, moved: Sequence[Moved], listener: Listener, around: Surroundings) -> Any:
    """Return a result in which it says where arguments and their views go; give up where no run could return it."""
    lasting = next((part for part in parts_of(result) if not _is_of_a_run(part, around)), None)
    if lasting is not None:
        listener.give_up(f"it returns a {type(lasting).__name__}, which each run would have to make anew")
        return None
    if any(tensor._marks for tensor in tensors_of(result)):
        listener.give_up("it returns a conjugate or negative view")
        return None
    known: dict[int, Given] = {}

    def mark(tensor: Tensor) -> Any:
        for number, one in enumerate(moved):
            if tensor is one.tensor:
                return Given(number)
            if one.holds(tensor):
                view = Given(number, tensor.address - one.away.address, Layout.of(tensor))
                return known.setdefault(id(tensor), view)
        return tensor

    return map_tensors(mark, result)


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


@contextmanager
def _asked_for_attributes(arguments: Sequence[Tensor], listener: Listener) -> Iterator[None]:
    """Give up where a function asks an argument for an attribute that it lacks: the next one may have it.

    Replays do not look at attributes that a program gives tensors, which would cost more than the other guards. By what
    this package asks for it tells its own classes apart, and guards look at those.
    """

    def asked(tensor: Tensor, name: str) -> Any:
        by_program = not sys._getframe(1).f_globals.get("__name__", "").startswith("mocrograd.")
        if by_program and not name.startswith("__") and any(tensor is one for one in arguments):
            listener.give_up(f"it asks an argument for an attribute that it lacks, {name}")
        raise AttributeError(f"{type(tensor).__name__!r} object has no attribute {name!r}", name=name, obj=tensor)

    Tensor.__getattr__ = asked  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del Tensor.__getattr__  # type: ignore[attr-defined]


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


def _outputs(trace: Trace, placed: Any) -> tuple[list[Block], Result]:
    """Return the blocks that hold a result, and how to build it."""
    outputs: list[Block] = []

    def output_of(tensor: Tensor) -> tuple[int, int] | None:
        block = trace.block_at(tensor.address)
        if block is None:
            return None
        if type(tensor) is not Tensor:
            raise Unrecordable(f"it makes a {type(tensor).__name__}, and a plan makes tensors alone")
        if block.role == "grad":
            raise Unrecordable("its result shares memory with a gradient")
        if block not in outputs:
            block.role, block.name = "output", f"output {len(outputs)}"
            outputs.append(block)
        return outputs.index(block), tensor.address - block.address

    return outputs, Result(placed, output_of)


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
