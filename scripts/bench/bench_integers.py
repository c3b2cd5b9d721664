"""Measure operations on small integers and bools against torch: the time of a call, and its additional memory.

Times are medians in turns, with freed memory kept as in the other benchmarks. Memory is how far a process grows beyond
the operands during one call, its result included, where no freed memory is kept (the system's high-water mark, Linux).
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import contest
import report

LARGE = {"uint8": 200_000_000, "int32": 50_000_000, "bool": 200_000_000}
SMALL = 1000
Action = Callable[[Any, Any, Any], Any]
"""(module, x, another tensor of the same dtype and shape) -> a result."""

NUMBERS: dict[str, Action] = {
    "add_(1)": lambda m, x, y: x.add_(1),
    "add_(tensor)": lambda m, x, y: x.add_(y),
    "mul_(3)": lambda m, x, y: x.mul_(3),
    "clamp_(3, 99)": lambda m, x, y: x.clamp_(3, 99),
    "x + y": lambda m, x, y: x + y,
    "255 - x": lambda m, x, y: 255 - x,
    "x * y": lambda m, x, y: x * y,
    "x // 3": lambda m, x, y: x // 3,
    "x % y": lambda m, x, y: x % y,
    "maximum": lambda m, x, y: m.maximum(x, y),
    "clamp(3, 99)": lambda m, x, y: x.clamp(3, 99),
    "x & 7": lambda m, x, y: x & 7,
    "x ^ y": lambda m, x, y: x ^ y,
    "~x": lambda m, x, y: ~x,
    "x >> 2": lambda m, x, y: x >> 2,
    "-x": lambda m, x, y: -x,
    "x == 3": lambda m, x, y: x == 3,
    "x < y": lambda m, x, y: x < y,
    "where": lambda m, x, y: m.where(x < y, x, y),
    "max": lambda m, x, y: x.max(),
    "argmax": lambda m, x, y: x.argmax(),
    "sum": lambda m, x, y: x.sum(),
    "sum(0) of rows": lambda m, x, y: x.reshape(-1, 1000).sum(0),
    "mean(dtype=float32)": lambda m, x, y: x.mean(dtype=m.float32),
    "count_nonzero": lambda m, x, y: m.count_nonzero(x),
    "any": lambda m, x, y: x.any(),
    "cumsum": lambda m, x, y: x.reshape(-1, 1000).cumsum(1),
}
BOOLS: dict[str, Action] = {
    "x & y": lambda m, x, y: x & y,
    "x | y": lambda m, x, y: x | y,
    "x &= y": lambda m, x, y: x.bitwise_and_(y),
    "x ^ y": lambda m, x, y: x ^ y,
    "~x": lambda m, x, y: ~x,
    "x == y": lambda m, x, y: x == y,
    "sum": lambda m, x, y: x.sum(),
    "sum(0) of rows": lambda m, x, y: x.reshape(-1, 1000).sum(0),
    "all": lambda m, x, y: x.all(),
    "any": lambda m, x, y: x.any(),
    "cumsum": lambda m, x, y: x.reshape(-1, 1000).cumsum(1),
}


def operands(m: Any, dtype: str, size: int) -> tuple[Any, Any]:
    """Return two tensors without zeros, of numbers up to 100."""
    first = (m.arange(1000).remainder(100) + 1).to(m.uint8)
    pair = [part.to(getattr(m, dtype)).repeat(size // 1000) for part in (first, first.flip(0))]
    return pair[0], pair[1]


def growth(m: Any, call: Callable[[], Any]) -> float:
    """Return the MiB by which the process grew during a call; nan where the system does not tell."""
    if m.__name__ == "mocrograd":
        m.empty_cache()
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the mark is what is in use now
        before = _high_water()
        kept = call()
        after = _high_water()
    except OSError:
        return math.nan
    del kept
    return (after - before) / 1024


def _high_water() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def calls(quick: bool) -> Iterator[tuple[str, str, int, dict[str, Any], dict[str, Callable[[], Any]]]]:
    """Yield (case, dtype, size, modules, what each library calls)."""
    import mocrograd

    torch = contest.torch_module(2)
    modules = {"mocrograd": mocrograd} | ({"torch": torch} if torch else {})
    for dtype, large in LARGE.items():
        for size in (20_000, SMALL) if quick else (large, SMALL):
            pairs = {name: operands(m, dtype, size) for name, m in modules.items()}
            for label, action in (BOOLS if dtype == "bool" else NUMBERS).items():
                yield f"{dtype} {label}", dtype, size, modules, {
                    name: partial(action, m, *pairs[name]) for name, m in modules.items()
                }  # fmt: skip


def tell_growth(quick: bool) -> None:
    """Print what each library's call takes, as JSON, for `main`."""
    found = [
        {name: growth(modules[name], call) for name, call in run.items()} for _, _, _, modules, run in calls(quick)
    ]
    print(json.dumps(found))


def main() -> int:
    """Measure all; write integers.json and integers.md."""
    options = contest.parser(__doc__).parse_args()
    contest.keep_memory()
    print(report.headline(2))
    surroundings = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"} | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    }
    command = [sys.executable, "-c", f"import bench_integers; bench_integers.tell_growth({options.quick})"]
    told = subprocess.run(command, env=surroundings, check=True, stdout=subprocess.PIPE, text=True)
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for (case, _, size, modules, run), grown in zip(calls(options.quick), json.loads(told.stdout), strict=True):
        turns = {name: contest.Turn(contextlib.nullcontext, call) for name, call in run.items()}
        seconds = contest.medians(turns, 1 if options.quick else options.rounds)
        names = list(modules)
        if not lines:
            heads = [f"{name}, {unit}" for unit in ("us", "MiB") for name in names]
            lines = [
                f"| case | elements | {' | '.join([*heads, 'time', 'memory'])} |",
                "|---|" + "---:|" * (len(heads) + 3),
            ]
        rows += [
            {"case": f"{case}, {size}", "contender": n, "seconds": seconds[n], "mebibytes": grown[n]} for n in names
        ]
        cells = [f"{1e6 * seconds[n]:.4g}" for n in names] + [f"{grown[n]:.0f}" for n in names]
        less = f"{grown[names[0]] / grown[names[-1]]:.2f}" if grown[names[-1]] > 1 else "-"
        lines.append(
            f"| {case} | {size} | {' | '.join(cells)} | {seconds[names[0]] / seconds[names[-1]]:.2f} | {less} |"
        )
        print(lines[-1], flush=True)
    options.results.mkdir(parents=True, exist_ok=True)
    text = f"# Small integers\n\n{report.processor()}\n\n" + "\n".join(lines) + "\n"
    Path(options.results / "integers.md").write_text(text)
    content = {"title": "Small integers", "machine": report.machine(), "rows": rows}
    Path(options.results / "integers.json").write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
