"""Where the time of training steps goes: the profiler's calls as a flame chart and as a table."""

from __future__ import annotations

from mocrograd import notebook, optim
from mocrograd.profiler import profile
from mocrograd.train.charts import Box, duration, flame

_ROWS = 15
_OPTIMIZERS = {name.lower() for name, kind in vars(optim).items() if isinstance(kind, type)}


def kernel_boxes(measured: profile) -> Box:
    """Return the time in kernels: what it was spent on, operations below that, kernels below those."""
    root = Box("kernels")
    for event in measured.events:
        if event.name.startswith("chain"):
            root.add(event.seconds, "fused chains", event.name.removeprefix("chain: "))
            continue
        op, _, rest = event.name.partition(".")
        kind = "optimizer" if op in _OPTIMIZERS else "backward" if rest.startswith("backward") else "forward"
        root.add(event.seconds, kind, op, event.name)
    return root


def where_time_went(measured: profile, name: str) -> str:
    """Return a flame chart and a table of kernels, as HTML.

    Args:
        measured: What the profiler measured.
        name: What the whole time is called.
    """
    rows = measured.rows()
    inside = sum(row.seconds for row in rows) or 1.0
    lines = [
        [
            row.name,
            f"{row.calls:,}",
            duration(row.seconds),
            duration(row.seconds / row.calls),
            f"{row.seconds / inside:.1%}",
            f"{row.flops / max(row.seconds, 1e-9) / 1e9:.1f}",
            f"{row.bytes / max(row.seconds, 1e-9) / 1e9:.1f}",
        ]
        for row in rows[:_ROWS]
    ]
    heads = ["kernel", "calls", "time", "per call", "share", "GFLOP/s", "GB/s"]
    table = notebook.table(lines, heads, texts=1)
    left = len(rows) - _ROWS
    more = f'<p class="muted">and {left} other kernel{"s" * (left > 1)}</p>' if left > 0 else ""
    kernels, whole = kernel_boxes(measured), Box(name)
    whole.add(kernels.seconds, "kernels")
    whole.add(max(measured.seconds - kernels.seconds, 0.0), "Python, and between kernels")
    return f'{flame(whole)}{flame(kernels)}<div class="scroll">{table}</div>{more}'
