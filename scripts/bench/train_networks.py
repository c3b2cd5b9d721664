"""Train the example networks under each implementation: a table, results/benchmark.json and a bar chart."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from report import headline, machine

# Threads of every contender when peers take part.
THREADS = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="run_benchmark.sh", description=__doc__)
    parser.add_argument("epochs", type=int, nargs="?", default=10)
    parser.add_argument("samples", type=int, nargs="?", default=1000)
    parser.add_argument("--peers", action="store_true", help="add NumPy and torch, two threads each")
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default results")
    options = parser.parse_args()
    if options.peers:
        # BLAS libraries read this once, when NumPy is imported: hence the imports below.
        os.environ.update(OPENBLAS_NUM_THREADS=str(THREADS), MKL_NUM_THREADS=str(THREADS))
    from mocrograd.train import benchmark

    builders = dict(benchmark.IMPLEMENTATIONS)
    if options.peers:
        import mocrograd
        from peers import peers

        mocrograd.set_num_threads(THREADS)
        builders |= peers(THREADS)
    try:
        rows = benchmark.run_all(builders, options.epochs, options.samples)
    except ValueError as fault:
        parser.error(str(fault))
    print(f"\n{headline(THREADS)}\n\n" + benchmark.table(rows) + "\n")
    options.results.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    (options.results / "benchmark.json").write_text(json.dumps(report, indent=2) + "\n")
    print(f"wrote {options.results / 'benchmark.json'}")
    draw(rows, options.results / "benchmark.png")
    return 0


def draw(rows: list[Any], path: Path) -> None:
    """Draw one panel of bars per network; say so where matplotlib is missing."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("no bar chart: matplotlib is not installed", file=sys.stderr)
        return
    mpl.use("Agg")
    from matplotlib import pyplot

    networks = list(dict.fromkeys(row.network for row in rows))
    figure, panels = pyplot.subplots(1, len(networks), figsize=(4.5 * len(networks), 4), layout="constrained")
    for panel, network in zip(panels, networks, strict=True):
        chosen = [row for row in rows if row.network == network][::-1]
        bars = panel.barh([row.contender for row in chosen], [row.seconds for row in chosen], color="#4c72b0")
        panel.bar_label(bars, [f"{row.seconds:.3g}" for row in chosen], padding=3)
        panel.set_title(f"{network}: {chosen[0].samples} samples, {chosen[0].epochs} epochs")
        panel.set_xlabel("seconds")
        panel.margins(x=0.2)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    print(f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main())
