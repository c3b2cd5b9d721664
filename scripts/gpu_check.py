"""Checks and times mocrograd on this machine's GPU, and writes what it found as Markdown and JSON.

    python scripts/build_kernels.py            # finds the GPU and compiles for it
    python scripts/gpu_check.py --out gpu      # gpu/gpu.md and gpu/gpu.json, and Markdown on the screen
    python scripts/gpu_check.py --parts training times

Parts, in this order; each is saved as it ends, so a run that is cut short leaves what it found:

- operations: every row of the table of operations under each implementation, values against float64 references
- gradients: those of the rows that have some, against the CPU's
- compiled: every row as a compiled call, against the eager one, bit by bit
- training: some steps of the normal network, a CNN and a transformer on the GPU, eager and compiled, against the CPU's
- memory: whether many steps take no more of the card's memory than a few, and indices outside are found
- times: operations and training steps, eager and compiled, in float32 and bfloat16, beside torch where it is installed

No part begins where --seconds are over, and those that take long stop there. The exit status is 1 where something is
wrong.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import mocrograd as mg
from gpu.checks import check_compiled, check_gradients, check_values
from gpu_times import BATCH, TIMED, Networks, convolutional, labels, normal, numbers, seconds, step_of, transformer
from opcases import ROWS

GRIDS = ("original", "fixed:64", "dynamic")
SMALL = 200
"""Elements of a checked case, and of a timed operation, under --small."""
LIMIT = 420.0
"""Seconds after which nothing is begun."""
Report = dict[str, Any]


class Run:
    """A run of the parts: how large cases and networks are, and until when it lasts."""

    def __init__(self, small: bool, limit: float) -> None:
        self.small = small
        self.most: float = SMALL if small else math.inf
        self.networks = Networks(2, 8, 8, 1, 3) if small else Networks()
        self.until = time.monotonic() + limit

    @property
    def over(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() > self.until


def _rows(run: Run, check: Callable[[Any, float], int], grids: tuple[str, ...], rows: list[Any]) -> Report:
    """Runs a check of the rows of the table under implementations."""
    wrong: list[str] = []
    table = []
    for grid in grids:
        count, before, left = 0, len(wrong), 0
        with mg.kernels(grid):
            for i, row in enumerate(rows):
                if run.over:
                    left = len(rows) - i
                    break
                try:
                    count += check(row, run.most)
                except Exception as error:  # whatever goes wrong with one row, the others still tell something
                    words = " ".join(str(error).split())
                    wrong.append(f"{grid}, {row.name}, {check.__name__}: {type(error).__name__}: {words[:300]}")
        table.append({"implementation": grid, "cases": count, "wrong": len(wrong) - before, "rows not reached": left})
    return {"table": table, "wrong": wrong}


def operations(run: Run) -> Report:
    """Checks the values of all rows."""
    return _rows(run, check_values, GRIDS, list(ROWS))


def gradients(run: Run) -> Report:
    """Checks the gradients of the rows that have some."""
    return _rows(run, check_gradients, GRIDS, [row for row in ROWS if row.differentiable])


def compiled(run: Run) -> Report:
    """Checks compiled calls of all rows, of a small case each."""
    return _rows(run, lambda row, most: check_compiled(row, SMALL), ("dynamic",), list(ROWS))


MODELS = {"normal": normal, "CNN": convolutional, "transformer": transformer}


def _losses(name: str, device: str, run: Run, is_compiled: bool, steps: int = 6) -> list[float]:
    mg.manual_seed(5)
    model, shape = MODELS[name](mg, run.networks)
    batch = 2 if run.small else 32
    x = numbers(mg, device, "float32", batch, *shape)
    step = step_of(mg, model, x, labels(mg, batch, device), device, "float32")
    step = mg.compile(step) if is_compiled else step
    return [step().item() for _ in range(steps)]


def training(run: Run) -> Report:
    """Checks the losses of some steps of three networks against the CPU's."""
    table, wrong = [], []
    for name in MODELS:
        like = _losses(name, "cpu", run, False)
        eager, replayed = (_losses(name, "gpu", run, is_compiled) for is_compiled in (False, True))
        difference = max(abs(a - b) for a, b in zip(eager, like)) / like[0]
        table.append({"network": name, "relative difference of losses": difference, "compiled": replayed == eager})
        if difference > 1e-3:
            wrong.append(f"{name}: losses {eager} on the GPU, {like} on the CPU")
        if replayed != eager:
            wrong.append(f"{name}: losses {replayed} compiled, {eager} eager")
    return {"table": table, "wrong": wrong}


def memory(run: Run) -> Report:
    """Checks that steps leave no memory behind, and that indices outside of a tensor are found and touch nothing."""
    wrong, table = [], []
    for is_compiled in (False, True):
        model, shape = normal(mg, run.networks)
        x, y = numbers(mg, "gpu", "float32", 64, *shape), labels(mg, 64, "gpu")
        step = step_of(mg, model, x, y, "gpu", "float32")
        step = mg.compile(step) if is_compiled else step
        counts = []
        for steps in (4, 4 if run.small else 1000):
            for _ in range(steps):
                step()
            mg.cuda.synchronize()
            counts.append((mg.cuda.memory_allocated(), mg.cuda.mem_get_info()[0]))
        (few, free), (many, left) = counts
        table.append(
            {"steps": "compiled" if is_compiled else "eager", "bytes": few, "later": many, "lost": free - left}
        )
        if few != many or free - left > 64 << 20:
            wrong.append(f"{table[-1]}: steps left memory behind")
    x = mg.arange(8.0, device="gpu")
    x.index_add_(0, mg.tensor([3, 1 << 40], device="gpu"), mg.ones(2, device="gpu"))
    try:
        mg.cuda.synchronize()
        wrong.append("an index of 2^40 was not found")
    except IndexError as error:
        if "index_add" not in str(error):
            wrong.append(f"an index outside was told of as: {error}")
    if x.tolist() != [0, 1, 2, 4, 4, 5, 6, 7]:
        wrong.append(f"an index outside changed a tensor to {x.tolist()}")
    return {"table": table, "wrong": wrong}


def times(run: Run) -> Report:
    """Times operations and steps, in microseconds."""
    torch = _torch()
    table: list[dict[str, Any]] = []
    for timed in TIMED:
        for size in sorted({int(min(size, run.most)) for size in timed.sizes}):
            for dtype in ("float32", "bfloat16"):
                if run.over:
                    return {"table": table, "wrong": [], "note": "the time was over"}
                row = {"operation": timed.name, "size": size, "dtype": dtype}
                for name, call, wait in _contestants(run, timed, size, dtype, torch):
                    try:
                        row[name] = round(1e6 * seconds(call(), wait, 0.0 if run.small else BATCH), 1)
                    except Exception as error:  # one that does not run leaves the others their times
                        row[name] = f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
                table.append(row)
    return {"table": table, "wrong": []}


def _contestants(run: Run, timed: Any, size: int, dtype: str, torch: Any) -> list[tuple[str, Callable[[], Any], Any]]:
    """Returns what is timed: a name, what makes the call, and what waits for it."""
    wait = mg.device("gpu").synchronize
    found: list[tuple[str, Callable[[], Any], Any]] = []
    found.append(("eager", lambda: timed.make(mg, size, "gpu", dtype, run.networks), wait))
    if timed.compiled:
        found.append(("compiled", lambda: mg.compile(timed.make(mg, size, "gpu", dtype, run.networks)), wait))
    if torch:
        found.append(("torch", lambda: timed.make(torch, size, "cuda", dtype, run.networks), torch.cuda.synchronize))
    return found


def _torch() -> Any:
    """Returns torch where it can use this GPU, with matmul in float32 as here, else None."""
    try:
        import torch
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return torch


PARTS: dict[str, Callable[[Run], Report]] = {
    part.__name__: part for part in (operations, gradients, compiled, training, memory, times)
}


def markdown(reports: dict[str, Report]) -> str:
    """Returns the reports of parts as Markdown."""
    build = mg.backend.build_info()["core"]
    versions = ", ".join(f"{name} {version}" for name, version in build["versions"].items())
    lines = ["# mocrograd on a GPU", "", f"Kernels built for {build['accelerator']} with {versions}.", ""]
    for part, report in reports.items():
        unit = ", in microseconds" if part == "times" else ""
        lines += [f"## {part.capitalize()}{unit} ({report['seconds']} s)", ""]
        columns = list({column: None for row in report["table"] for column in row})
        lines += ["| " + " | ".join(columns) + " |", "| " + " | ".join("---" for _ in columns) + " |"]
        lines += ["| " + " | ".join(str(row.get(column, "")) for column in columns) + " |" for row in report["table"]]
        lines += ["", *(f"- {words}" for words in [*report["wrong"], *filter(None, [report.get("note")])]), ""]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--small", action="store_true", help="small sizes only, as a simulated GPU needs")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to run")
    parser.add_argument("--out", type=Path, default=None, help="a folder for gpu.md and gpu.json")
    parser.add_argument("--seconds", type=float, default=LIMIT, help="when nothing more is begun")
    options = parser.parse_args(argv)
    if not mg.backend.device_count():
        print(f"gpu_check: {mg.backend.device_report()[-1]}", file=sys.stderr)
        return 1
    run = Run(options.small, options.seconds)
    reports: dict[str, Report] = {}
    for name in options.parts:
        started = time.monotonic()
        if run.over:
            reports[name] = {"table": [], "wrong": [], "note": "not begun: the time was over"}
        else:
            try:
                reports[name] = PARTS[name](run)
            except Exception as error:  # a part that fails leaves the others their say
                reports[name] = {"table": [], "wrong": [f"{type(error).__name__}: {error}"]}
        reports[name]["seconds"] = round(time.monotonic() - started, 1)
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / "gpu.json").write_text(json.dumps(reports, indent=1), encoding="utf-8")
            (options.out / "gpu.md").write_text(markdown(reports), encoding="utf-8")
    print(markdown(reports))
    return 1 if any(report["wrong"] for report in reports.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
