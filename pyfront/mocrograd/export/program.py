"""Plans as the text and the bytes that a C library takes (mojo_kernels/native/program.mojo, weights.mojo)."""

from __future__ import annotations

import ctypes
import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from mocrograd import backend
from mocrograd.compiler.memory import ALIGNMENT
from mocrograd.compiler.plan import Plan
from mocrograd.compiler.trace import ARGUMENT, Block, Call, Operand
from mocrograd.export.recorded import Recording

_MAGIC = 0x53544857524F4D31
CHAIN = "chain"
"""The kernel that runs a chain."""


@dataclass
class Program:
    """The plans of a model as text.

    Attributes:
        lines: The items, a plan's head or a call in each line.
        kernels: The kernels that it calls, by their numbers.
        parts: The kernels that are steps of its chains, by their numbers.
        words: The number of words.
        patches: The number of words that each run gives.
        arena: The bytes of temporary results.
        weights: The numbers, each tensor at a multiple of 64 bytes.
    """

    lines: list[str] = field(default_factory=list)
    kernels: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    words: int = 0
    patches: int = 0
    arena: int = 0
    weights: bytearray = field(default_factory=bytearray)
    _known: dict[bytes, int] = field(default_factory=dict)

    @property
    def identity(self) -> int:
        """A number that no other program has."""
        digest = hashlib.sha256("\n".join([*self.lines, *self.kernels, *self.parts]).encode()).digest()
        return int(struct.unpack("<q", digest[:8])[0])

    def file(self) -> bytes:
        """Return the file of weights."""
        payload = bytes(self.weights)
        return struct.pack("<qqqq32x", _MAGIC, self.identity, len(payload), zlib.crc32(payload)) + payload

    def offset_of(self, address: int, nbytes: int) -> int:
        """Return where numbers stand among the weights; the same numbers stand there once."""
        content = ctypes.string_at(address, nbytes)
        key = hashlib.sha256(content).digest()
        if key not in self._known:
            self._known[key] = len(self.weights)
            self.weights += content + bytes(-nbytes % ALIGNMENT)
        return self._known[key]


def program_of(recording: Recording) -> Program:
    """Return the text of all plans and the numbers that they read."""
    program = Program()
    for number, plan in enumerate(recording.plans):
        ports = (*recording.inputs, *recording.outputs)
        sizes = " ".join(f"{port.nbytes(number)} {port.dtype.itemsize}" for port in ports)
        program.lines.append(f"B{recording.batches[number]} {sizes}")
        program.arena = max(program.arena, plan.arena_bytes)
        for call in plan.calls:
            _add(program, plan, call, len(recording.inputs))
    return program


def _add(program: Program, plan: Plan, call: Call, inputs: int) -> None:
    """Write one call."""
    items = [str(word) for word in call.words]
    items[-1] = "C"
    if call.steps:
        _write_steps(program, call, items)
    for operand in call.operands:
        items[operand.word] = _address(program, plan, operand, inputs)
    program.patches += sum(item.startswith("X") for item in items)
    program.words += 2 + len(items)
    number = program.kernels.setdefault(CHAIN if call.steps else call.name, len(program.kernels))
    program.lines.append(f"K{number}+{len(items)} {' '.join(items)}")


def _write_steps(program: Program, call: Call, items: list[str]) -> None:
    """Write what the steps of a chain have besides numbers and operands (mojo_kernels/runtime/chain.mojo)."""
    head, tile = len(backend.CHAIN_STEP.letters), len(backend.CHAIN_TILE.letters)
    at = len(backend.CHAIN_HEAD.letters)
    for step in call.steps:
        items[at + backend.CHAIN_STEP.at("part")] = f"P{program.parts.setdefault(step.name, len(program.parts))}"
        tiles = range(at + head, at + head + tile * call.words[at + backend.CHAIN_STEP.at("tiles")], tile)
        for cell in tiles:
            items[tiles.stop + call.words[cell + backend.CHAIN_TILE.at("word")]] = "0"  # the chain writes the address
        at = tiles.stop + call.words[at + backend.CHAIN_STEP.at("words")]
        items[at - 1] = "C"


def _address(program: Program, plan: Plan, operand: Operand, inputs: int) -> str:
    """Return the item for an address."""
    block: Block = operand.block
    if block.kind == ARGUMENT:
        return f"X{block.owner}+{operand.offset}"
    if block.role == "output":
        return f"X{inputs + plan.outputs.index(block)}+{operand.offset}"
    if block in plan.offsets:
        return f"A{plan.offsets[block] + operand.offset}"
    return f"W{program.offset_of(plan.addresses[block], block.nbytes) + operand.offset}"


def names_of(program: Program) -> Sequence[str]:
    """Return all kernels that a program needs, but that of chains."""
    return [name for name in dict.fromkeys((*program.kernels, *program.parts)) if name != CHAIN]
