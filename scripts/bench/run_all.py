"""Run the benchmarks one after the other: roofs, whole steps, and each family of kernels."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CHARTED = {"roof": "roof.py"} | {
    name: f"bench_{name}.py" for name in ("step", "random", "optim", "loss", "movement")
}  # --results and --quick
LISTED = {name: f"bench_{name}.py" for name in ("matmul", "elementwise", "reduce", "softmax")}  # --json


def main() -> int:
    """Run what is named, or all; return 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of {', '.join(CHARTED | LISTED)}")
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default results")
    parser.add_argument("--quick", action="store_true", help="short forms, of those that have one")
    options = parser.parse_args()
    unknown = set(options.names) - {*CHARTED, *LISTED}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    options.results.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, script in (CHARTED | LISTED).items():
        if options.names and name not in options.names:
            continue
        if name in CHARTED:
            arguments = ["--results", str(options.results), *(["--quick"] if options.quick else [])]
        else:
            arguments = ["--json", str(options.results / f"{name}.json")]
        print(f"\n{script}", flush=True)
        if subprocess.call([sys.executable, str(Path(__file__).with_name(script)), *arguments]):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
