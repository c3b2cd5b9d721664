"""The compiled extensions: the table of kernels with their declared words, and Python's other calls into Mojo.

No other module imports them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mocrograd import _kernels
from mocrograd.backend.words import Words, declared

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AMX",
    "BASELINE",
    "BASELINES",
    "CHAIN",
    "CONSTANTS",
    "EXTENSIONS",
    "FORMS",
    "TILE_SHAPES",
    "TUNING",
    "WORDS",
    "Cost",
    "NodeBase",
    "TensorBase",
    "accumulate",
    "add_entries",
    "attach",
    "binary",
    "binary_backward",
    "binary_in_place",
    "build_info",
    "call",
    "compare",
    "copy_into",
    "count_right",
    "cross_entropy",
    "describe",
    "fill_with",
    "filled_like",
    "fits",
    "fold_crc",
    "into",
    "join",
    "leading_nodes",
    "linear",
    "linear_backward",
    "load_library",
    "matmul",
    "max_runner",
    "new_alias",
    "new_tensor",
    "new_view",
    "number",
    "number_node",
    "part_of",
    "pending_nodes",
    "record",
    "recorded_edges",
    "recorded_view",
    "replay",
    "row_norm",
    "run_nodes",
    "run_shortcut",
    "set_memory",
    "set_up",
    "set_up_graph",
    "settle",
    "softmax",
    "sum_all",
    "sum_along",
    "table",
    "tape_calls",
    "tape_start",
    "tape_stop",
    "unary",
    "unary_backward",
    "unary_in_place",
    "unchanged",
    "view_of",
]


def load(name: str) -> Any:
    """Return a compiled extension.

    Raises:
        ImportError: It is not there, or does not fit this machine.
    """
    try:
        return importlib.import_module(f"mocrograd._kernels.{name}")
    except ImportError as error:
        raise ImportError(
            f"the compiled kernels are missing or do not fit this machine ({error}); "
            "build them with `scripts/run build`, or reinstall mocrograd"
        ) from error


BASELINE = _kernels.BASELINE
"""The baseline of the processor that the extensions were built for; None where it was this machine."""
BASELINES = _kernels.OFFERED
"""The baselines that there are to choose from, best first."""

core = load("core")
call: Callable[..., None] = core.call
replay: Callable[..., None] = core.replay
fits: Callable[..., bool] = core.fits
run_shortcut: Callable[[int, tuple[Any, ...]], Any] = core.run_shortcut
unchanged: Callable[[bytes, tuple[Any, ...], tuple[Any, ...]], bool] = core.unchanged
tape_start: Callable[[], int] = core.tape_start
tape_stop: Callable[[int], bytes] = core.tape_stop
tape_calls: Callable[[], int] = core.tape_calls
TensorBase: Any = core.TensorBase
"""The C fields of a Tensor; calls below fill them without Python (mojo_kernels/python)."""
NodeBase: Any = core.NodeBase
"""The C fields of a node of the graph, likewise."""
new_tensor: Callable[..., Any] = core.fresh
number: Callable[[Any], Any] = core.number
new_view: Callable[..., Any] = core.view
view_of: Callable[..., Any] = core.view_of
part_of: Callable[..., Any] = core.part_of
recorded_view: Callable[..., Any] = core.recorded_view
filled_like: Callable[..., Any] = core.filled_like
new_alias: Callable[..., Any] = core.alias
set_memory: Callable[..., None] = core.set_memory
accumulate: Callable[..., Any] = core.accumulate
set_up: Callable[..., None] = core.set_up
unary: Callable[..., Any] = core.unary
unary_backward: Callable[..., Any] = core.unary_backward
binary: Callable[..., Any] = core.binary
binary_backward: Callable[..., Any] = core.binary_backward
unary_in_place: Callable[..., Any] = core.unary_in_place
binary_in_place: Callable[..., Any] = core.binary_in_place
compare: Callable[..., Any] = core.compare
into: Callable[..., Any] = core.into
"""Write a function into a tensor: `into(names of kernels, target, *operands)`; None where the general way must."""
copy_into: Callable[..., Any] = core.copy_into
fill_with: Callable[..., Any] = core.fill_with
join: Callable[..., Any] = core.join
linear: Callable[..., Any] = core.linear
linear_backward: Callable[..., Any] = core.linear_backward
matmul: Callable[..., Any] = core.matmul
cross_entropy: Callable[..., Any] = core.cross_entropy
sum_all: Callable[..., Any] = core.sum_all
sum_along: Callable[..., Any] = core.sum_along
softmax: Callable[..., Any] = core.softmax
row_norm: Callable[..., Any] = core.row_norm
count_right: Callable[[Any, Any], int | None] = core.count_right
table: Callable[..., bytes | None] = core.table
attach: Callable[[Any, Any], None] = core.attach
number_node: Callable[[Any], None] = core.number_node
record: Callable[[Any, Any], bool] = core.record
recorded_edges: Callable[[tuple[Any, ...]], tuple[Any, ...]] = core.recorded_edges
"""The edges to arguments of a function: None for one that has none, `()` where nothing is to be recorded."""
run_nodes: Callable[..., list[Any] | None] = core.run_nodes
set_up_graph: Callable[..., None] = core.set_up_graph
pending_nodes: Callable[[int], list[Any]] = core.pending_nodes
leading_nodes: Callable[[list[Any], set[Any], dict[Any, Any], int], set[Any] | None] = core.leading_nodes
settle: Callable[[dict[Any, Any]], list[Any] | None] = core.settle
fold_crc: Callable[[int, int, int, int], None] = core.fold_crc
CONSTANTS: dict[str, Any] = core.constants
"""Numbers that kernels declare; constants.py names them."""
CHAIN: int = core.chain
"""The address of the kernel that runs a chain of pointwise calls."""

# "add.forward.float32.tiled" -> address, taken apart into one table per form of a kernel. Two tables are no forms:
# "part" does some units of a pointwise kernel, "cost" tells what a call costs.
FORMS: dict[str, dict[str, int]] = {"original": {}, "tiled": {}, "gpu": {}, "part": {}, "cost": {}}
WORDS: dict[str, Words] = {}
"""What each kernel's words are."""
EXTENSIONS: dict[str, str] = {}
"""The extension that has each kernel."""


def add_entries(extension: str, kernels: dict[str, Any]) -> None:
    """Put the kernels of an extension into the tables: entries by "name.form"."""
    for key, entry in kernels.items():
        name, _, form = key.rpartition(".")
        if form == "words":
            text, shape, itemsizes = entry
            WORDS[name] = declared(text, shape, tuple(itemsizes))
            EXTENSIONS[name] = extension
        else:
            FORMS[form][name] = entry


def _restore_environment() -> None:
    """Undo what Mojo's start sets for its own Python, past os.environ: other programs would become another Python."""
    for name in ("PYTHONEXECUTABLE", "PYTHONPATH"):
        if name in os.environ:
            os.putenv(name, os.environ[name])
        else:
            os.unsetenv(name)


def load_library(name: str, path: Path) -> Any:
    """Return a compiled extension that lies elsewhere, such as one of a user's own kernels."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)  # runs what the extension does at its start
    _restore_environment()
    return module


_ALIKE = {"float16": "int16", "bfloat16": "int16", "int8": "bool", "complex64": "int64", "complex128": "uint128"}
"""Dtypes whose elements are moved by the kernels of another one of their size."""
_MOVES = ("gather", "scatter_set", "join", "reverse", "tril", "triu", "index_select", "index_copy")


def share_moves() -> None:
    """Enter the kernels that move elements for dtypes that have none of their own."""
    for dtype, other in _ALIKE.items():
        pairs = [(f"{op}.forward.{dtype}", f"{op}.forward.{other}") for op in (*_MOVES, "where")]
        pairs += [(f"fill.{dtype}", f"fill.{other}"), (f"cast.{dtype}.{dtype}", f"cast.{other}.{other}")]
        for name, moves in pairs:
            if name not in WORDS and moves in WORDS:
                WORDS[name], EXTENSIONS[name] = WORDS[moves], EXTENSIONS[moves]
                for table in FORMS.values():
                    if moves in table:
                        table[name] = table[moves]


for _extension in sorted(module.name for module in pkgutil.iter_modules(_kernels.__path__)):
    # The run-time libraries lie beside the extensions; `max_threads` has no kernels.
    if _extension not in ("core", "max_threads") and not _extension.startswith("lib"):
        add_entries(_extension, load(_extension).kernels)
share_moves()
_restore_environment()
TUNING: int = load("matmul").tuning
"""The address of the words that tell products their tiles (mojo_kernels/runtime/tuning.mojo)."""
TILE_SHAPES: list[tuple[int, int, bool]] = [
    (int(rows), int(vectors), bool(block_of_b)) for rows, vectors, block_of_b in load("matmul").shapes
]
"""Rows and vectors of columns of each shape of register tiles."""
AMX: bool = bool(load("matmul").amx)
"""Whether products of bfloat16 use the processor's tiles (mojo_kernels/matmul/amx.mojo)."""


class Cost(NamedTuple):
    """The cost of a call."""

    units: int
    grain: int
    flops: float
    bytes: float
    arithmetic: float


def describe(name: str, words: Sequence[int]) -> Cost:
    """Return the cost of a kernel call: units of work, flops, bytes, nanoseconds of one worker in cache."""
    units, grain, *bits = core.describe(FORMS["cost"][name], tuple(words))
    return Cost(units, grain, *struct.unpack("3d", struct.pack("3q", *bits)))


def max_runner() -> int:
    """Return the address of what runs the shares of calls on max's threads.

    Raises:
        ImportError: A wheel leaves it out.
    """
    try:
        found: int = load("max_threads").runner
    except ImportError as error:
        raise ImportError(
            "max's threads (MOCROGRAD_TEAM=max) are not in a wheel: `pip install .` in a copy of mocrograd's sources "
            f"builds them ({error})"
        ) from error
    _restore_environment()
    return found


def build_info() -> dict[str, dict[str, Any]]:
    """Return, per extension, how it was built: compiler versions, processor, accelerator, seconds."""
    import json
    from pathlib import Path

    folder = Path(core.__file__).parent
    stamps = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return {name: stamp for name, stamp in stamps.items() if isinstance(stamp, dict)}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=core.forget_threads)
