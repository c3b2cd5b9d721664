"""Time exchanges and steps of 1, 2 and 4 ranks on this machine, and print medians and ratios.

"alone" is forward and backward without exchange, "by MPI" with one all_reduce of all gradients after backward, "behind"
with DistributedDataParallel's exchange after it, "beside" with that exchange while backward goes on. What is hidden is
the part of the time that MPI's exchange adds to "alone" which "beside" does not add. Where each rank has one core, and
the exchange is copying in that machine, nothing can run beside backward: what is hidden then is work that is not done.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = str(Path(__file__).with_name("distributed_ranks.py"))


def measure(ranks: int, what: str, rounds: int) -> dict[str, Any]:
    """Return what the ranks have measured."""
    launch = [sys.executable, "-m", "mocrograd", "launch", "-n", str(ranks), "--timeout", "120", PROGRAM]
    said = subprocess.run([*launch, what, str(rounds)], check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    return found


def main() -> int:
    """Print the tables, and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="default results")
    parser.add_argument("--quick", action="store_true", help="a few rounds")
    options = parser.parse_args()
    rounds = 5 if options.quick else 50
    rows = []
    print("all_reduce of 4.5 MB     ours   mpi4py  ratio")
    for ranks in (2, 4):
        row = measure(ranks, "reductions", rounds)
        rows.append({"what": "all_reduce"} | row)
        ours, raw = row["all_reduce"], row["mpi4py"]
        print(f"{ranks} ranks              {1e3 * ours:7.3f}  {1e3 * raw:7.3f}  {ours / raw:5.2f}   ms")
    print("step                    alone   by MPI   behind   beside  hidden")
    for what in ("cnn", "wide"):
        for ranks in (1, 2, 4):
            row = measure(ranks, what, rounds)
            rows.append({"what": what} | row)
            alone, by_mpi, behind, beside = (row[name] for name in ("alone", "by_mpi", "behind", "beside"))
            hidden = f"{100 * (by_mpi - beside) / (by_mpi - alone):5.0f} %" if ranks > 1 else ""
            times = "  ".join(f"{1e3 * t:7.3f}" for t in (alone, by_mpi, behind, beside))
            print(f"{what:5} {ranks} ranks        {times}  {hidden}  x{beside / alone:.3f} of alone")
    print("a batch, shared by       2 threads   2 ranks  ratio")
    threads, two = measure(1, "whole batches", rounds), measure(2, "whole batches", rounds)
    rows += [{"what": "whole batches"} | row for row in (threads, two)]
    for what in ("normal", "cnn", "gpt"):
        print(f"{what:22}  {1e3 * threads[what]:8.3f}  {1e3 * two[what]:8.3f}  {two[what] / threads[what]:5.2f}   ms")
    options.results.mkdir(parents=True, exist_ok=True)
    (options.results / "bench_distributed.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
