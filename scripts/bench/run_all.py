"""Run the benchmarks one after the other: roofs, whole steps, and each family of kernels."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FAMILIES = (
    "matmul",
    "elementwise",
    "reduce",
    "softmax",
    "random",
    "optim",
    "loss",
    "movement",
    "operators",
    "layers",
    "conv",
    "fft",
)
NAMES = (
    "step",
    "models",
    "attention",
    "vmap",
    "save",
    "integers",
    "half",
    "sparse",
    "sklearn",
    "distributed",
    *FAMILIES,
)
SCRIPTS = {"roof": "roof.py"} | {name: f"bench_{name}.py" for name in NAMES}


def main() -> int:
    """Run what is named, or all; return 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of {', '.join(SCRIPTS)}")
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default results")
    parser.add_argument("--quick", action="store_true", help="short forms")
    options = parser.parse_args()
    unknown = set(options.names) - set(SCRIPTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    options.results.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, script in SCRIPTS.items():
        if options.names and name not in options.names:
            continue
        arguments = ["--results", str(options.results), *(["--quick"] if options.quick else [])]
        print(f"\n{script}", flush=True)
        if subprocess.call([sys.executable, str(Path(__file__).with_name(script)), *arguments]):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
