"""Measure memory and time of attention, with dropout and without, against the length of the sequence and torch.

Each measurement has a process of its own. Its memory is the peak beyond what the process held after a short sequence
had loaded as much code as possible. Linux reports both.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import contest
import report

HEADS = 8
HEAD = 64
LIBRARIES = ("mocrograd", "torch")
DROPPED = 0.1
VARIANTS = {"": 0.0, " dropout": DROPPED}
"""What follows the name of a library, and the probability that a weight is dropped."""


def attend(m: Any, length: int, p: float) -> None:
    """Compute attention and its three gradients."""
    q, k, v = (m.randn(1, HEADS, length, HEAD, requires_grad=True) for _ in range(3))
    m.nn.functional.scaled_dot_product_attention(q, k, v, dropout_p=p).sum().backward()


def resident(field: str) -> int:
    """Return a number of bytes of this process from Linux: VmRSS, what it holds, or VmHWM, the most it held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))


def alone(library: str, length: int, p: float) -> None:
    """Print the bytes and seconds that one length takes in this process."""
    m = importlib.import_module(library)
    m.set_num_threads(2)
    attend(m, 16, p)
    Path("/proc/self/clear_refs").write_text("5")  # what it held at most so far is forgotten
    before = resident("VmRSS")
    attend(m, length, p)
    most = resident("VmHWM")
    start = time.perf_counter()
    attend(m, length, p)
    print(json.dumps({"bytes": max(0, most - before), "seconds": time.perf_counter() - start}))


def measure(library: str, length: int, p: float) -> dict[str, float]:
    """Return bytes and seconds of one length, by a process of its own."""
    command = [sys.executable, __file__, "--alone", library, str(length), str(p)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def main() -> int:
    """Measure all lengths; write attention.json, attention.md and attention.png."""
    parser = contest.parser(__doc__)
    parser.add_argument("--alone", nargs=3, metavar=("LIBRARY", "LENGTH", "DROPOUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        alone(options.alone[0], int(options.alone[1]), float(options.alone[2]))
        return 0
    if not contest.present("nn.functional.scaled_dot_product_attention"):
        return 0
    if not Path("/proc/self/clear_refs").exists():
        print("only Linux tells what a process held at most", file=sys.stderr)
        return 0
    print(report.headline(2))
    libraries = LIBRARIES if contest.torch_module(2) else LIBRARIES[:1]
    lengths = (64,) if options.quick else (256, 512, 1024, 2048, 4096)
    names = {library + suffix: (library, p) for suffix, p in VARIANTS.items() for library in libraries}
    found = {name: {n: measure(library, n, p) for n in lengths} for name, (library, p) in names.items()}
    rows = [
        {"library": names[name][0], "dropout": names[name][1], "length": n, **some}
        for name, of in found.items()
        for n, some in of.items()
    ]
    heads = ["positions", *(f"{name} MiB" for name in names), *(f"{name} ms" for name in names)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---:|" * len(heads)]
    for n in lengths:
        cells = [f"{found[name][n]['bytes'] / 2**20:.1f}" for name in names]
        cells += [f"{1e3 * found[name][n]['seconds']:.2f}" for name in names]
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    title = f"Memory of attention, {HEADS} heads of {HEAD}, forward and backward; dropout of {DROPPED}"
    text = f"# {title}\n\n{report.processor()}\n\n" + "\n".join(lines) + "\n"
    print(text)
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "attention.md").write_text(text)
    content = {"title": title, "machine": report.machine(), "rows": rows}
    (options.results / "attention.json").write_text(json.dumps(content, indent=1) + "\n")
    curves = {name: [(n, some["bytes"] / 2**20) for n, some in of.items()] for name, of in found.items()}
    report.curves(title, curves, options.results / "attention.png", ("positions", "MiB"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
