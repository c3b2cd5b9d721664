"""A report on a plan: a table of its calls, and a graph."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from mocrograd import backend
from mocrograd.compiler.trace import FRESH, Block, Call


def text(calls: Sequence[Call], recorded: int, once: int, memory: Mapping[str, int]) -> str:
    """Return a table of a plan's calls, what happened to the recorded ones, and its memory.

    Args:
        calls: What the plan runs.
        recorded: The number of calls that were recorded.
        once: The number of calls that were run once.
        memory: Its bytes, as `Plan.memory` has them.
    """
    fused = sum(len(call.steps) for call in calls)
    chains = sum(bool(call.steps) for call in calls)
    folded = sum(bool(call.epilogue) for call in calls)
    dead = recorded - once - len(calls) - folded - (fused - chains)
    lines = [
        f"{recorded} calls recorded: {dead} dead, {once} run once as constants, "
        f"{fused} fused into {chains} chains, {folded} activations folded; {len(calls)} run",
        f"{'':4} {'kernel':44} {'flops':>12} {'bytes':>12}  reads -> writes",
    ]
    names = names_of(calls)
    flops = nbytes = 0.0
    for number, call in enumerate(calls):
        here = _cost(call)
        flops, nbytes = flops + here[0], nbytes + here[1]
        reads = ", ".join(dict.fromkeys(names[block] for block in call.reads))
        writes = ", ".join(dict.fromkeys(names[block] for block in call.writes))
        lines.append(f"{number:4} {label(call):44} {here[0]:12,.0f} {here[1]:12,.0f}  {reads} -> {writes}")
    lines.append(f"{'':4} {'in all':44} {flops:12,.0f} {nbytes:12,.0f}")
    parts = ", ".join(f"{name} {memory[name]:,}" for name in ("arena", "constants", "outputs"))
    ratio = memory["peak"] / max(memory["eager_peak"], 1)
    lines.append(
        f"memory in bytes: {parts}; together {memory['peak']:,}, {ratio:.2f} of the "
        f"{memory['eager_peak']:,} that the recorded run held at its peak"
    )
    return "\n".join(lines)


def dot(calls: Sequence[Call]) -> str:
    """Return a plan's calls as a graph in the DOT language: boxes are calls, ellipses memory that outlives the run."""
    names = names_of(calls)
    lines = ["digraph plan {", "  rankdir=TB;", '  node [fontname="sans-serif", fontsize=10];']
    outside: dict[Block, None] = {}
    makers: dict[Block, int] = {}
    arrows = []
    for number, call in enumerate(calls):
        lines.append(f'  call{number} [shape=box, label="{label(call)}"];')
        for block in dict.fromkeys(call.reads):
            if block in makers:
                arrows.append(f'  call{makers[block]} -> call{number} [label="{block.nbytes:,} B"];')
            else:
                outside[block] = None
                arrows.append(f"  memory{list(outside).index(block)} -> call{number};")
        for block in dict.fromkeys(call.writes):
            makers[block] = number
    for block, number in makers.items():
        if block.kind != FRESH or block.role in ("output", "grad"):
            outside[block] = None
            arrows.append(f"  call{number} -> memory{list(outside).index(block)};")
    lines += [f'  memory{i} [shape=ellipse, label="{names[block]}"];' for i, block in enumerate(outside)]
    return "\n".join([*lines, *arrows, "}"])


def label(call: Call) -> str:
    """Return what a call is called."""
    if call.steps:
        return "chain: " + ", ".join(step.name.rpartition(".")[0].removesuffix(".forward") for step in call.steps)
    return call.name + (f" + {call.epilogue}" if call.epilogue else "")


def _cost(call: Call) -> tuple[float, float]:
    """Return the operations of a call and the bytes that it moves; tiles of a chain stay in the cache."""
    if call.steps:
        flops = sum(backend.describe(step.name, step.words).flops for step in call.steps)
        return flops, float(sum(operand.block.nbytes for operand in call.operands))
    words, table = call.words, array("q", call.table)
    if table:
        words = [table.buffer_info()[0], *words[1:]]  # the table of the recorded run is gone
    cost = backend.describe(call.name, words)
    return cost.flops, cost.bytes


def names_of(calls: Sequence[Call]) -> dict[Block, str]:
    """Name the blocks: those outside the plan by their role, temporary ones by number."""
    names: dict[Block, str] = {}
    for call in calls:
        for operand in call.operands:
            block = operand.block
            if block not in names:
                names[block] = block.name or f"{'constant' if block.role == 'constant' else 't'}{len(names)}"
    return names
