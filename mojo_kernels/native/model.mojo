"""A model of a C library: its weights, its memory and its plans, in blocks of its own.

Nothing is shared between models, so each may run in a thread of its own.
"""

from std.atomic import Atomic
from std.collections import Array
from std.memory import stack_allocation
from std.sys import size_of

from mojo_kernels.native.program import PATCH_WORDS, PLAN_WORDS, Bases, Program, write
from mojo_kernels.native.schedule import THREADS
from mojo_kernels.native.status import BATCH, BUSY, FAILED, MEMORY, NULL, OK, OVERLAP, UNALIGNED, of_kernel
from mojo_kernels.native.table import KERNELS, PARTS, Table, count_of
from mojo_kernels.native.team import dismiss, new_team
from mojo_kernels.native.weights import load, take
from mojo_kernels.runtime.context import Context
from mojo_kernels.runtime.system import free_block
from mojo_kernels.runtime.types import KernelEntry, OK as KERNEL_OK, Words

comptime _IDLE = Int64(0)
comptime _RUNNING = Int64(1)


struct Model(Movable):
    """What a handle of C points to."""

    var running: Int64
    """1 while a thread runs it."""
    var weights: Int64
    """The address of the weights."""
    var arena: Int
    """The address of temporary results."""
    var words: Int
    """The address of the words of all calls."""
    var patches: Int
    """The address of what each run writes into them."""
    var plans: Int
    """The address of the plans."""
    var context: Context
    """The context of all calls."""

    def __init__(out self):
        """Makes a model without memory."""
        self.running = 0
        self.weights = 0
        self.arena = 0
        self.words = 0
        self.patches = 0
        self.plans = 0
        self.context = Context(1, THREADS, 0, 0)


comptime ModelPointer = MutPointer[Model, MutAnyOrigin]
"""The address of a model."""


@always_inline
def _at(address: Int) -> Words:
    return Words(unsafe_from_address=address)


@no_inline
def create(program: Program, fill: def(Table) thin -> None, path: Int, target: Int) -> Int32:
    """Makes a model.

    Args:
        program: Its plans.
        fill: Puts its kernels into a table.
        path: The address of the name of its file of weights.
        target: Where the model's address goes; 0 goes there where there is none.

    Returns:
        `OK`, or why there is none.
    """
    if target == 0:
        return NULL
    _at(target)[] = 0
    if path == 0:
        return NULL
    var address = take(size_of[Model]())
    if address == 0:
        return MEMORY
    var model = ModelPointer(unsafe_from_address=address)
    model.unsafe_write(Model())
    var status = load(path, program.identity, program.weights, Words(to=model[].weights))
    if status == OK:
        status = _set_up(program, fill, model)
    if status != OK:
        free(address)
        return status
    _at(target)[] = Int64(address)
    return OK


def _set_up(program: Program, fill: def(Table) thin -> None, model: ModelPointer) -> Int32:
    """Takes the memory of a model whose weights are there, and writes its plans."""
    var plan_words = program.plans * (PLAN_WORDS + 2 * program.pointers)
    model[].words = take(8 * (program.words + PATCH_WORDS * program.patches + plan_words))
    model[].patches = model[].words + 8 * program.words
    model[].plans = model[].patches + 8 * PATCH_WORDS * program.patches
    model[].arena = take(program.arena)
    if model[].words == 0 or model[].arena == 0:
        return MEMORY
    comptime if THREADS > 1:
        model[].context.team = new_team()
        if model[].context.team == 0:
            return MEMORY
    comptime KERNEL_COUNT = count_of(KERNELS)
    comptime COUNT = KERNEL_COUNT + count_of(PARTS)
    var cells = stack_allocation[COUNT, Int64]()
    var table = Table(unsafe_from_address=Int(cells))
    for i in range(COUNT):
        table.unsafe_store(i, 0)
    fill(table)
    for i in range(COUNT):
        if table.unsafe_load(i) == 0:
            return FAILED
    var context = Int(MutPointer(to=model[].context))
    var bases = Bases(Int(table), KERNEL_COUNT, Int(model[].weights), model[].arena, context)
    write(program, bases, _at(model[].words), _at(model[].patches), _at(model[].plans))
    return OK


def free(address: Int):
    """Gives back all memory of a model, and ends its threads.

    Args:
        address: The model's address, or 0.
    """
    if address == 0:
        return
    var model = ModelPointer(unsafe_from_address=address)
    comptime if THREADS > 1:
        dismiss(model[].context.team)
    free_block(Int(model[].weights))
    free_block(model[].words)
    free_block(model[].arena)
    free_block(address)


def run(program: Program, address: Int, batch: Int64, pointers: Words) -> Int32:
    """Runs a model.

    Args:
        program: Its plans.
        address: The model's address.
        batch: The batch size.
        pointers: The addresses of inputs, then of outputs.

    Returns:
        `OK`, or what is wrong.
    """
    if address == 0:
        return NULL
    for i in range(program.pointers):
        if pointers.unsafe_load(i) == 0:
            return NULL
    var model = ModelPointer(unsafe_from_address=address)
    var size = PLAN_WORDS + 2 * program.pointers
    for i in range(program.plans):
        var plan = _at(model[].plans).unsafe_offset(i * size)
        if plan[] == batch:
            var status = _check(program, plan.unsafe_offset(PLAN_WORDS), pointers)
            return status if status != OK else _run_alone(model, plan, pointers)
    return BATCH


def _check(program: Program, sizes: Words, pointers: Words) -> Int32:
    """Looks for addresses that no kernel may follow."""
    for i in range(program.pointers):
        if pointers.unsafe_load(i) % sizes.unsafe_load(2 * i + 1) != 0:
            return UNALIGNED
    for i in range(program.inputs, program.pointers):
        var start = pointers.unsafe_load(i)
        for j in range(i):
            var other = pointers.unsafe_load(j)
            if start < other + sizes.unsafe_load(2 * j) and other < start + sizes.unsafe_load(2 * i):
                return OVERLAP
    return OK


def _run_alone(model: ModelPointer, plan: Words, pointers: Words) -> Int32:
    """Runs a plan, unless another thread runs one of the model."""
    var seen = _IDLE
    if not Atomic.compare_exchange(MutPointer(to=model[].running), seen, _RUNNING):
        return BUSY
    var words = _at(model[].words)
    for i in range(Int(plan.unsafe_load(3)), Int(plan.unsafe_load(4))):
        var patch = _at(model[].patches).unsafe_offset(PATCH_WORDS * i)
        var value = pointers.unsafe_load(Int(patch.unsafe_load(1))) + patch.unsafe_load(2)
        words.unsafe_store(Int(patch.unsafe_load(0)), value)
    var at = Int(plan.unsafe_load(1))
    var stop = Int(plan.unsafe_load(2))
    var status = KERNEL_OK
    while at < stop and status == KERNEL_OK:
        var entry = words.unsafe_load(at)
        status = MutPointer(to=entry).unsafe_bitcast[KernelEntry]()[](words.unsafe_offset(at + 2))
        at += 2 + Int(words.unsafe_load(at + 1))
    Atomic.store(MutPointer(to=model[].running), _IDLE)
    return of_kernel(status)
