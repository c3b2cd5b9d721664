"""What the benchmarks write: NAME.json, a Markdown table NAME.md, and NAME.png, speed against size per contender."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import peaks

LIBRARIES = ("numpy", "torch", "torch compiled", "jax")


@dataclass(frozen=True)
class Roofs:
    """The most that the machine does: arithmetic and memory traffic, of all threads and of one.

    `cache` is the most bytes that may lie in a cache from call to call; no floor is told for the traffic of so few.
    """

    threads: int
    gflops: float
    gflops_one: float
    gbytes: float
    gbytes_one: float
    cache: int

    def floor(self, flops: float, nbytes: float) -> float:
        """Return the least seconds of so much arithmetic and traffic by all threads."""
        return max(flops / self.gflops, nbytes / self.gbytes if nbytes > self.cache else 0) / 1e9


@dataclass(frozen=True)
class Row:
    """The time of one contender on one case.

    Attributes:
        group: What is computed: a panel of the chart.
        size: Place on the chart's axis, in elements.
        case: The case in words.
        contender: Implementation or library.
        seconds: Median of a call.
        floor: The least seconds on this machine; 0 where all stays in the caches and nothing is to be computed.
        flops: Operations of a call; 0 where only bytes are moved.
        bytes: The least traffic of a call.
    """

    group: str
    size: int
    case: str
    contender: str
    seconds: float
    floor: float
    flops: float
    bytes: float

    def speed(self, unit: str) -> float:
        """Return the speed in "GB/s" or "GFLOP/s"."""
        return (self.bytes if unit == "GB/s" else self.flops) / self.seconds / 1e9


def _times() -> tuple[float, float, float]:
    """Return seconds: now, of all processors at work on this system, and of this process and its children."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]]
        user, nice, system, _, _, interrupts, soft = (tick / os.sysconf("SC_CLK_TCK") for tick in ticks)
    except (OSError, ValueError):
        return 0.0, 0.0, 0.0
    return time.perf_counter(), user + nice + system + interrupts + soft, sum(os.times()[:4])


_START = _times()


def foreign_cores() -> float:
    """Return how many processors other programs kept at work since this module was loaded; 0 where nobody tells."""
    elapsed, busy, own = (now - start for now, start in zip(_times(), _START))
    return max(0.0, busy - own) / elapsed if elapsed else 0.0


def machine() -> dict[str, Any]:
    """Describe what the numbers were measured on."""
    import mocrograd
    import numpy

    return {
        "system": platform.platform(),
        "processor": processor(),
        "threads": mocrograd.get_num_threads(),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "mocrograd": mocrograd.__version__,
    }


def processor() -> str:
    """Name the processor as the system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def headline(threads: int) -> str:
    """Name the processor, and tell its arithmetic peak."""
    return f"{processor()}, threads: {threads}. {peaks.sentence(threads)}"


def last_cache() -> int:
    """Return the bytes of the last cache as Linux tells them, 32 MiB where it does not."""
    try:
        sizes = [path.read_text().strip() for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")]
        return max(int(size.removesuffix("K")) for size in sizes) << 10
    except (OSError, ValueError):
        return 32 << 20


def table(rows: Sequence[Row], ours: Sequence[str], peak: float = 0) -> str:
    """Put microseconds, and the ratios of the contenders `ours` to the floor and to the libraries, into Markdown.

    Args:
        rows: All rows.
        ours: The contenders whose ratios are shown.
        peak: GFLOP/s, of which the parts that they reach are shown; 0 for none.
    """
    contenders = list(dict.fromkeys(row.contender for row in rows))
    others = [name for name in contenders if name in LIBRARIES]
    mine = [name for name in contenders if name in ours]
    ratios = [(name, other) for name in mine for other in others]
    heads = ["case", "floor us", *(f"{name} us" for name in contenders), *(f"{name} / floor" for name in mine)]
    heads += [f"{name} / {other}" for name, other in ratios]
    heads += [f"{name} of peak" for name in mine] if peak else []
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for case in dict.fromkeys(row.case for row in rows):
        found = {row.contender: row.seconds for row in rows if row.case == case}
        floor = next(row.floor for row in rows if row.case == case)
        cells = [case, _figure(1e6 * floor)]
        cells += [_figure(1e6 * found[name]) if name in found else "" for name in contenders]
        cells += [f"{found[name] / floor:.2f}" if floor else "" for name in mine]
        cells += [f"{found[name] / found[other]:.2f}" if other in found else "" for name, other in ratios]
        speeds = {row.contender: row.speed("GFLOP/s") for row in rows if row.case == case}
        cells += [f"{speeds[name] / peak:.2f}" if name in speeds else "" for name in mine] if peak else []
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def write(
    name: str,
    title: str,
    rows: Sequence[Row],
    roofs: Roofs,
    folder: Path,
    ours: Sequence[str],
    unit: str,
    note: str = "",
) -> None:
    """Print the table, and write it, the rows and the chart.

    Args:
        name: Stem of the files.
        title: Heading of table and chart.
        rows: All rows.
        roofs: What the floors were computed from.
        folder: Where the files go; it is made.
        ours: The contenders whose ratios the table shows, where they take part.
        unit: What the chart shows: "GB/s" or "GFLOP/s".
        note: A sentence more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    foreign = foreign_cores()
    peak = peaks.gflops(roofs.threads)[1] if unit == "GFLOP/s" else 0
    note = f"{note} {peaks.sentence(roofs.threads)}".strip()
    note += f" Other programs kept {foreign:.1f} processors at work meanwhile."
    report = {
        "title": title,
        "note": note,
        "machine": machine(),
        "foreign_cores": foreign,
        "roofs": asdict(roofs),
        "peaks": peaks.gflops(roofs.threads),
        "rows": [asdict(row) for row in rows],
    }
    (folder / f"{name}.json").write_text(json.dumps(report, indent=1) + "\n")
    text = f"# {title}\n\n{_where(roofs)} {note}\n\n{table(rows, ours, peak)}\n"
    (folder / f"{name}.md").write_text(text)
    print(text)
    draw(title, rows, roofs, folder / f"{name}.png", unit)
    print(f"wrote {folder / name}.json, .md and .png")


def _where(roofs: Roofs) -> str:
    return (
        f"{processor()}, {roofs.threads} threads: {roofs.gflops:.0f} GFLOP/s ({roofs.gflops_one:.0f} of one thread), "
        f"{roofs.gbytes:.0f} GB/s ({roofs.gbytes_one:.0f} of one)."
    )


def _pyplot() -> Any:
    """Return matplotlib's pyplot, or None where it is missing, and say so."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("no chart: matplotlib is not installed", file=sys.stderr)
        return None
    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw(title: str, rows: Sequence[Row], roofs: Roofs, path: Path, unit: str) -> None:
    """Draw speed against size: a panel per group, a line per contender, and the roof."""
    pyplot = _pyplot()
    if pyplot is None:
        return
    groups = list(dict.fromkeys(row.group for row in rows))
    wide = min(3, len(groups))
    high = -(-len(groups) // wide)
    figure, panels = pyplot.subplots(
        high, wide, figsize=(5 * wide, 4 * high), layout="constrained", squeeze=False, sharey=True
    )
    for panel, group in zip(panels.flat, groups):
        chosen = [row for row in rows if row.group == group]
        for contender in dict.fromkeys(row.contender for row in chosen):
            line = sorted((row.size, row.speed(unit)) for row in chosen if row.contender == contender)
            panel.plot(*zip(*line), marker="o", markersize=3, label=contender)
        roof = roofs.gbytes if unit == "GB/s" else roofs.gflops
        panel.axhline(roof, color="black", linestyle=":", label="memory" if unit == "GB/s" else "arithmetic")
        panel.set(title=group, xlabel="elements", ylabel=unit, xscale="log", yscale="log")
    for panel in panels.flat[len(groups) :]:
        panel.set_axis_off()
    panels.flat[0].legend(fontsize="small")
    figure.suptitle(title)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def roofline(title: str, rows: Sequence[Row], roofs: Roofs, path: Path) -> None:
    """Draw GFLOP/s against flops per byte: a mark per row, under the roofs of all threads and of one."""
    pyplot = _pyplot()
    if pyplot is None:
        return
    figure, panel = pyplot.subplots(figsize=(8, 5), layout="constrained")
    ends = [min(row.flops / row.bytes for row in rows) / 2, max(row.flops / row.bytes for row in rows) * 2]
    for label, gflops, gbytes, style in (
        (f"{roofs.threads} threads", roofs.gflops, roofs.gbytes, "-"),
        ("one thread", roofs.gflops_one, roofs.gbytes_one, "--"),
    ):
        line = sorted({*ends, gflops / gbytes})
        panel.plot(line, [min(gflops, gbytes * x) for x in line], color="black", linestyle=style, label=label)
    for group in dict.fromkeys(row.group for row in rows):
        chosen = [row for row in rows if row.group == group]
        intensities = [row.flops / row.bytes for row in chosen]
        marks = panel.scatter(intensities, [row.speed("GFLOP/s") for row in chosen], s=20, label=group)
        colour = marks.get_facecolor()[0]
        marks.set(edgecolor=colour, facecolor=[colour if row.bytes > roofs.cache else "none" for row in chosen])
    panel.set(
        title=f"{title}; hollow: from caches", xlabel="flops per byte", ylabel="GFLOP/s", xscale="log", yscale="log"
    )
    panel.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def curves(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], path: Path, axes: tuple[str, str]) -> None:
    """Draw one panel of lines, each of points (x, y), on logarithmic axes."""
    pyplot = _pyplot()
    if pyplot is None:
        return
    figure, panel = pyplot.subplots(figsize=(7, 5), layout="constrained")
    for label, points in lines.items():
        panel.plot(*zip(*points), marker="o", markersize=3, label=label)
    panel.set(title=title, xlabel=axes[0], ylabel=axes[1], xscale="log", yscale="log")
    panel.legend(fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
