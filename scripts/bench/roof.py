"""Measure the machine's peak rates, and draw kernels of mocrograd below them: a roofline.

Arithmetic: the best matrix product, and a loop that only multiplies and adds in registers, in as many processes as
threads. Memory: reading 512 MiB, by `sum`. Both with all threads and with one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import contest
import peaks
import report


def cases(quick: bool) -> Iterator[tuple[str, int, int, int, Callable[[], Any]]]:
    """Yield kernels: group, size, flops, bytes and what is called."""
    import mocrograd as mg

    for n in (16, 64) if quick else (16, 32, 64, 128, 256, 512, 1024, 2048):
        yield "matmul, square", n * n, 2 * n**3, 12 * n * n, contest.square_of(mg.randn(n, n))
    for m in (1, 8) if quick else (1, 8, 32):
        x, w = mg.randn(m, 4096), mg.randn(4096, 4096)
        yield f"linear, {m} rows", m * 4096, 2 * m * 4096**2, 4 * 4096**2, partial(mg.nn.functional.linear, x, w)
    for n in (1 << 12,) if quick else (1 << 12, 1 << 18, 1 << 24):
        x, y = mg.randn(n), mg.randn(n)
        rows = x.reshape(-1, 64)
        yield "add", n, n, 12 * n, partial(x.add, y)
        yield "sum", n, n, 4 * n, x.sum
        # a maximum, a difference, an exponential of some ten operations, a sum and a quotient per element
        yield "softmax, 64 columns", n, 14 * n, 8 * n, partial(mg.softmax, rows, 1)


def main() -> None:
    """Print the roofs, and write roof.json, roof.md and roof.png."""
    options = contest.parser(__doc__).parse_args()
    contest.keep_memory()
    import mocrograd as mg

    roofs = contest.measure_roofs(options.quick)
    one, everyone = peaks.gflops(roofs.threads)
    rows = []
    for group, size, flops, nbytes, run in cases(options.quick):
        turns = {
            "dynamic": contest.Turn(partial(mg.kernels, "dynamic"), run),
            "fixed 1": contest.Turn(partial(mg.kernels, "fixed:1"), run),
        }
        for contender, seconds in contest.medians(turns, 1 if options.quick else options.rounds).items():
            floor = roofs.floor(flops, nbytes)
            rows.append(report.Row(group, size, f"{group} {size}", contender, seconds, floor, flops, nbytes))
    title = "Kernels under the roofs of this machine"
    report.write("roof", title, rows, roofs, options.results, ("dynamic",), "GFLOP/s")
    highest = replace(roofs, gflops=max(everyone, roofs.gflops), gflops_one=max(one, roofs.gflops_one))
    chosen = [row for row in rows if row.contender == "dynamic"]
    report.roofline("Roofline, all threads", chosen, highest, options.results / "roofline.png")


if __name__ == "__main__":
    main()
