"""Time saving and loading against torch, in turns, and print the medians in ms.

"open file" and "memory" are the library's own work. "on the disk" is what survives a crash of the machine:
`mocrograd.save` of a path always waits for the disk; torch's file is forced to the disk afterwards. The difference of
the two is the disk's part. Loading reads a file from the system's page cache; "without sums" skips the checksums.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import contest
import report

Action = Callable[[Any, Any, str], Any]


def contents(m: Any, quick: bool) -> dict[str, Any]:
    """Return what is saved, tensors of mocrograd or of torch."""
    many, large = (10, 1000) if quick else (1000, 50_000_000)
    sizes = [1, 1024, 32, 2048] * 75
    return {
        f"{many} tensors of 10 elements": [m.full((10,), float(k)) for k in range(many)],
        f"300 entries, {4 * sum(sizes) / 1e6:.1f} MB": {f"layers.{k}.weight": m.ones(n) for k, n in enumerate(sizes)},
        f"one tensor of {large / 250_000:g} MB": m.ones(large),
    }


def to_memory(m: Any, content: Any, path: str) -> None:
    """Save into memory."""
    m.save(content, io.BytesIO())


def to_open_file(m: Any, content: Any, path: str) -> None:
    """Save into a file that is open, and leave it to the system when it goes to the disk."""
    with open(path + ".open", "wb") as file:
        m.save(content, file)


def to_path(m: Any, content: Any, path: str) -> None:
    """Save to a path."""
    m.save(content, path)


def to_disk(m: Any, content: Any, path: str) -> None:
    """Save so that the file is on the disk."""
    if m.__name__ == "mocrograd":
        m.save(content, path)
        return
    with open(path, "wb") as file:
        m.save(content, file)
        file.flush()
        os.fsync(file.fileno())


def load(m: Any, content: Any, path: str) -> Any:
    """Load from a path."""
    return m.load(path)


def load_without_sums(m: Any, content: Any, path: str) -> Any:
    """Load from a path without a check of sums, which torch never makes."""
    return m.load(path, verify=False) if m.__name__ == "mocrograd" else m.load(path)


ACTIONS: dict[str, Action] = {
    "save: memory": to_memory,
    "save: open file": to_open_file,
    "save: path": to_path,
    "save: on the disk": to_disk,
    "load": load,
    "load without sums": load_without_sums,
}


def medians_of(turns: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender's calls, which take turns, after one that is not timed."""
    taken: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds + 1):
        for name, call in turns.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return {name: median(times[1:]) for name, times in taken.items()}


def main() -> int:
    """Measure all; write save.json and save.md."""
    options = contest.parser(__doc__).parse_args()
    libraries = ["mocrograd", "torch"] if contest.torch_module(2) else ["mocrograd"]
    modules = {name: importlib.import_module(name) for name in libraries}
    saved = {name: contents(m, options.quick) for name, m in modules.items()}
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for case in saved["mocrograd"]:
            rounds = 1 if options.quick else options.rounds * (1 if case.startswith("one") else 5)
            for action, run in ACTIONS.items():
                turns = {n: partial(run, m, saved[n][case], os.path.join(folder, n)) for n, m in modules.items()}
                medians = medians_of(turns, rounds)
                rows += [{"case": f"{case}, {action}", "contender": n, "seconds": s} for n, s in medians.items()]
    lines = ["| case | " + " | ".join(libraries) + " | ratio |", "|---|" + "---:|" * (len(libraries) + 1)]
    for name in dict.fromkeys(row["case"] for row in rows):
        took = [row["seconds"] for row in rows if row["case"] == name]
        lines.append(f"| {name} | " + " | ".join(f"{1e3 * s:.2f}" for s in took) + f" | {took[0] / took[-1]:.2f} |")
    text = f"# Saving and loading, ms\n\n{report.headline(2)}\n\n" + "\n".join(lines) + "\n"
    print(text)
    options.results.mkdir(parents=True, exist_ok=True)
    Path(options.results / "save.md").write_text(text)
    content = {"title": "Saving and loading", "machine": report.machine(), "rows": rows}
    Path(options.results / "save.json").write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
