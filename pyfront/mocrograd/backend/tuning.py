"""Which register tile products use, and how large their blocks are: measured once per processor, kept in a file.

The kernels ask at the first product that is big enough (mojo_kernels/runtime/tuning.mojo). What is chosen changes no
bit of a result. `MOCROGRAD_TUNING=off` leaves the built-in choice.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mocrograd.backend.costs import contents
from mocrograd.backend.devices import cpu
from mocrograd.backend.extensions import AMX, FORMS, TILE_SHAPES, TUNING, load
from mocrograd.backend.setting import setting

SECONDS = (0.2, 0.06)
"""How long shapes and blocks are measured."""
GAIN = 0.97
"""A choice replaces the built-in one where it takes less than this share of its time."""
TURNS = 4
"""Candidates that had fewer turns replace nothing: the machine is too busy to tell."""
SIDE = 512
"""Columns of the measured products, and the length of their sums; rows are as many for each thread, up to `ROWS`."""
ROWS = 4096
LARGEST_BLOCK = 512 << 10
"""The most bytes of a packed block, which lies on the stack (BLOCK of mojo_kernels/matmul/cpu.mojo)."""


class Choice(NamedTuple):
    """Numbers of the shapes of tiles for float32 and float64, and the bytes of a packed block."""

    float32: int
    float64: int
    block: int


class Row(NamedTuple):
    """A measured candidate: the least of its times, and multiplications and additions in a second."""

    dtype: str
    shape: int
    block: int
    turns: int
    seconds: float
    rate: float


class Busy(RuntimeError):
    """Another process measures."""


def built_in() -> Choice:
    """Return the choice where nothing is measured: the first shape, and half of a core's second-level cache."""
    return Choice(0, 0, int(min(max(setting.costs.near_cache / 2, 64 << 10), LARGEST_BLOCK)))


def shape_name(shape: int) -> str:
    """Return a shape as "8 x 2": rows and vectors of columns; "8 x 2 b" where the copied block is of b."""
    rows, vectors, block_of_b = TILE_SHAPES[shape]
    return f"{rows} x {vectors}{' b' if block_of_b else ''}"


def current() -> Choice:
    """Return the choice in use."""
    choice = Choice(*(ctypes.c_int64 * 4).from_address(TUNING)[1:])
    return choice if choice.block else built_in()


def use(choice: Choice) -> None:
    """Let all products use a choice from here on."""
    words = (ctypes.c_int64 * 4).from_address(TUNING)
    words[1], words[2], words[3] = choice


def folder() -> Path:
    """Return the folder of the choices: in MOCROGRAD_CACHE_DIR, or in the user's cache folder."""
    chosen = os.environ.get("MOCROGRAD_CACHE_DIR")
    if chosen:
        return Path(chosen) / "tuning"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mocrograd" / "tuning"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mocrograd" / "tuning"


def processor_model() -> str:
    """Return what tells this model of a processor from others, as the system has it."""
    import platform

    try:
        lines = contents("/proc/cpuinfo").partition("\n\n")[0].splitlines()
    except OSError:
        lines = []
    wanted = (
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "stepping",
        "CPU implementer",
        "CPU part",
        "CPU variant",
    )
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    found = ", ".join(f"{name} {value}" for name, value in pairs if name in wanted)
    return found or platform.processor() or platform.machine()


def key() -> dict[str, Any]:
    """Return what a measurement holds for: the processor, its caches, the threads, and the kernels."""
    return {
        "processor": processor_model(),
        "near_cache": setting.costs.near_cache,
        "threads": setting.threads,
        "shapes": [list(shape) for shape in TILE_SHAPES],
        "kernels": hashlib.sha256(Path(load("matmul").__file__).read_bytes()).hexdigest(),
    }


def path_of(found: dict[str, Any]) -> Path:
    """Return the file for a key."""
    text = json.dumps(found, sort_keys=True)
    return folder() / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"


def read(path: Path, found: dict[str, Any]) -> Choice | None:
    """Return the choice that a file holds, None where there is no file.

    Raises:
        ValueError: The file holds something else.
        OSError: It cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("key") != found or not isinstance(data.get("choice"), list):
        raise ValueError("it holds no choice for this processor")
    numbers = data["choice"]
    if len(numbers) != 3 or not all(type(number) is int for number in numbers):
        raise ValueError("its choice is no three integers")
    choice = Choice(*numbers)
    shapes = range(len(TILE_SHAPES))
    if choice.float32 not in shapes or choice.float64 not in shapes or not 0 < choice.block <= LARGEST_BLOCK:
        raise ValueError("its choice is out of range")
    return choice


def write(path: Path, found: dict[str, Any]) -> tuple[Choice, list[Row]]:
    """Measure, and keep the choice in a file, which comes into its folder by a rename.

    That the folder can be written is found out before anything is measured.

    Raises:
        Busy: Another process measures.
        OSError: The folder cannot be written.
    """
    (ctypes.c_int64 * 4).from_address(TUNING)[0] = 0  # what is measured asks for no measurement
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent / ".lock"):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                choice, rows = measure()
                json.dump({"key": found, "choice": choice, "measured": [row._asdict() for row in rows]}, file, indent=1)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    return choice, rows


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("another process measures") from None
        yield


def measure() -> tuple[Choice, list[Row]]:
    """Return the fastest shapes, then the fastest block for that of float32, and the times of all candidates."""
    first = built_in()
    products = {dtype: _Product(dtype) for dtype in ("float32", "float64")}
    shapes = range(len(TILE_SHAPES))
    rows = _race(products, [(dtype, shape, first.block) for dtype in products for shape in shapes], SECONDS[0])
    best = [_fastest([row for row in rows if row.dtype == dtype]) for dtype in products]
    blocks = [first.block, *(b for b in (first.block // 2, 2 * first.block) if b <= LARGEST_BLOCK)]
    others = _race(products, [("float32", best[0].shape, block) for block in blocks], SECONDS[1])
    return Choice(best[0].shape, best[1].shape, _fastest(others).block), [*rows, *others[1:]]


def _race(products: dict[str, _Product], candidates: list[tuple[str, int, int]], seconds: float) -> list[Row]:
    """Return the least time of each candidate; they take turns, one at least.

    Products run on as many threads as any others. Those of other Python threads may run with any candidate meanwhile.
    """
    before = current()
    turns: list[list[float]] = [[] for _ in candidates]
    try:
        for product in products.values():
            product.run()  # wakes the workers and touches the memory
        end = time.perf_counter() + seconds
        while not turns[0] or time.perf_counter() < end:
            for (dtype, shape, block), times in zip(candidates, turns):
                use(Choice(shape, shape, block))
                start = time.perf_counter()
                products[dtype].run()
                times.append(time.perf_counter() - start)
    finally:
        use(before)
    rows = []
    for (dtype, shape, block), times in zip(candidates, turns):
        rate = 2 * products[dtype].multiplications / min(times)
        rows.append(Row(dtype, shape, block, len(times), min(times), rate))
    return rows


def _fastest(rows: list[Row]) -> Row:
    """Return the fastest candidate; the first, which is the built-in one, where none is clearly faster."""
    best = min(rows, key=lambda row: row.seconds)
    return best if best.seconds < GAIN * rows[0].seconds and best.turns >= TURNS else rows[0]


_told: list[bool] = []
"""Whether a warning was given: one is enough."""


def ask() -> None:
    """Use what was measured on this processor; measure where nothing was.

    Warns:
        RuntimeWarning: It could not be measured or kept; the built-in choice is used.
    """
    try:
        found = key()
        path = path_of(found)
        use(read(path, found) or write(path, found)[0])
    except (OSError, ValueError, Busy) as fault:
        use(built_in())
        if _told:
            return
        _told.append(True)
        warnings.warn(
            f"products of matrices use the built-in tiles, since the measured ones could not be read or kept: {fault}; "
            f"`mocrograd tune` measures again, MOCROGRAD_CACHE_DIR names another folder than {folder()}, and "
            "MOCROGRAD_TUNING=off asks for the built-in tiles",
            RuntimeWarning,
            stacklevel=3,
        )


def tune() -> tuple[Choice, list[Row], Path]:
    """Measure anew, keep the choice and use it.

    Returns:
        The choice, the time of each candidate, and the file.

    Raises:
        RuntimeError: Another process measures.
        OSError: The choice cannot be kept.
    """
    found = key()
    path = path_of(found)
    choice, rows = write(path, found)
    use(choice)
    return choice, rows, path


def half() -> str:
    """Return in a few words how products of bfloat16 are computed."""
    if AMX:
        return "products by the processor's tiles (AMX)"
    if "matmul.forward.bfloat16" in FORMS["tiled"]:
        return "products by dot products of pairs (AVX512_BF16)"
    return "products in float32, between conversions" + (", MOCROGRAD_AMX is off" if setting.amx == "off" else "")


def state() -> str:
    """Return in a line what products use, or will, and why."""
    choice, why = built_in(), "not measured yet"
    if setting.tuning == "off":
        why = "built in, MOCROGRAD_TUNING is off"
    else:
        try:
            found = key()
            kept = read(path_of(found), found)
            choice, why = (kept, "measured") if kept else (choice, why)
        except (OSError, ValueError) as fault:
            why = f"built in: {fault}"
    shapes = f"{shape_name(choice.float32)} for float32, {shape_name(choice.float64)} for float64"
    return f"{shapes}, blocks of {choice.block >> 10} KiB; {why}"


class _Product:
    """A product of zeros, called below everything that records or counts calls."""

    def __init__(self, dtype: str) -> None:
        rows = min(SIDE * setting.threads, ROWS)
        side = SIDE if dtype == "float32" else SIDE // 2
        size = struct.calcsize("f" if dtype == "float32" else "d")
        self.multiplications = rows * side * side
        self.memory = [
            ctypes.create_string_buffer(count * size + 64) for count in (rows * side, rows * side, side * side)
        ]
        y, a, b = (-(-ctypes.addressof(memory) // 64) * 64 for memory in self.memory)
        one = struct.unpack("q", struct.pack("d", 1.0))[0]
        words = [y, a, b, 0, rows, side, side, side, 1, side, 1, 0, 0, one, 1, 1, 0, 0, cpu.context]
        self.words = (ctypes.c_int64 * len(words))(*words)
        entry = (ctypes.c_int64 * 2).from_address(FORMS["tiled"][f"matmul.forward.{dtype}"])[0]
        self.function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(entry)

    def run(self) -> None:
        """Compute it."""
        self.function(self.words)
