"""Draws the pictures of the pages from real runs: docs_figures.py [NAME...] writes docs/images/NAME.svg."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS = ("#3b5bdb", "#d9480f", "#2b8a3e", "#862e9c", "#5c5f66")


def axes(rows: int = 1, columns: int = 1, width: float = 7.0, height: float = 4.0) -> tuple[Any, Any]:
    """Returns a figure and its axes, in a style that reads on light and dark pages."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "mocrograd", "font.size": 11})
    figure, grid = pyplot.subplots(rows, columns, figsize=(width, height), layout="constrained")
    for each in figure.axes:
        each.set_prop_cycle(color=COLOURS)
        each.spines[["top", "right"]].set_visible(False)
    return figure, grid


def median_seconds(work: Callable[[], object], least: float = 0.05) -> float:
    """Returns the median time of a call, from calls that together take some time."""
    work()
    times: list[float] = []
    while sum(times) < least or len(times) < 3:
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)[len(times) // 2]


def implementations() -> Any:
    """Times one matrix product of each size under the three implementations."""
    import mocrograd as mg

    figure, ax = axes()
    sizes = [8, 16, 32, 64, 128, 256, 512, 1024]
    ways = {"original": {}, "fixed, 1 worker": {"workers": 1}, "fixed, 2 workers": {"workers": 2}, "dynamic": {}}
    for name, options in ways.items():
        own = sizes[:-2] if name == "original" else sizes
        seconds = []
        for size in own:
            a, b = mg.randn(size, size), mg.randn(size, size)
            with mg.kernels(name.partition(",")[0], **options):
                seconds.append(median_seconds(partial(mg.matmul, a, b)))
        ax.loglog(own, [1e6 * s for s in seconds], marker="o", label=name, base=10)
    ax.set(xlabel="rows and columns", ylabel="microseconds for a product")
    ax.set_xticks(sizes, [str(s) for s in sizes])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return figure


def roofline() -> Any:
    """Draws the limits of this machine and some kernels below them, as the profiler reports them."""
    import mocrograd as mg

    x, rows = mg.randn(4096, 4096), mg.randn(4096, 4096)
    small = mg.randn(128, 128)
    calls = {
        "add": lambda: x + rows,
        "exp": lambda: x.exp(),
        "softmax": lambda: x.softmax(1),
        "sum": lambda: x.sum(1),
        "product of 128": lambda: small @ small,
        "product of 4096": lambda: x @ rows,
    }
    figure, ax = axes()
    points = {}
    for name, call in calls.items():
        median_seconds(call)
        with mg.profile() as profile:
            for _ in range(5):
                call()
        best = max(profile.events, key=lambda event: event.flops / event.seconds)
        points[name] = (best.flops / best.bytes, best.flops / best.seconds / 1e9)
    peak = max(rate for _, rate in points.values()) * 1.05
    stream = max(rate / intensity for intensity, rate in points.values() if intensity < 2)
    ends = [0.05, peak / stream, 1000]
    ax.loglog(ends, [min(peak, stream * i) for i in ends], color=COLOURS[4])
    ax.text(0.06, stream * 0.13, f"memory: {stream:.0f} GB/s", rotation=35, color=COLOURS[4])
    ax.text(30, peak * 1.15, f"arithmetic: {peak:.0f} GFLOP/s", color=COLOURS[4])
    for colour, (name, (intensity, rate)) in zip([*COLOURS, "#1864ab"], points.items()):
        ax.plot([intensity], [rate], "o", color=colour)
        ax.annotate(name, (intensity, rate), textcoords="offset points", xytext=(7, -12), color=colour)
    ax.set(xlabel="operations per byte", ylabel="GFLOP/s", ylim=(5, peak * 2.5))
    ax.grid(alpha=0.3)
    return figure


def decision() -> Any:
    """Trains networks of several widths on two moons, and draws what they answer in the plane."""
    import mocrograd as mg
    from mocrograd import nn, optim
    from mocrograd.datasets import make_moons

    points, labels = make_moons(200, noise=0.1, seed=0)
    targets = (labels > 0).float()
    across, down = mg.linspace(-1.6, 2.6, 42), mg.linspace(-1.1, 1.6, 30)
    plane = mg.stack([across.repeat(30, 1), down.reshape(30, 1).repeat(1, 42)], 2).reshape(-1, 2)
    figure, grid = axes(1, 3, width=9.0, height=2.7)
    for ax, width in zip(grid, (1, 4, 16)):
        mg.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        optimizer = optim.Adam(model.parameters(), lr=0.03)
        for _ in range(300):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(model(points).squeeze(1), targets)
            loss.backward()
            optimizer.step()
        with mg.no_grad():
            answers = model(plane).sigmoid().reshape(30, 42).numpy()
        ax.contourf(across.numpy(), down.numpy(), answers, levels=6, cmap="coolwarm", alpha=0.7)
        ax.scatter(*points.numpy().T, c=targets.numpy(), cmap="coolwarm", s=8, edgecolors="black", linewidths=0.2)
        ax.set(title=f"2-{width}-{width}-1: loss {loss.item():.2f}", xticks=[], yticks=[])
    return figure


def filters() -> Any:
    """Trains the network of chapter 5 on the digits, and draws the filters of its first layer."""
    import mocrograd as mg
    from mocrograd import nn, optim
    from mocrograd.datasets import load_digits

    mg.manual_seed(0)
    images, digits = load_digits()
    first = nn.Conv2d(1, 16, 3, padding=1)
    head = [nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10)]
    model = nn.Sequential(first, *head)
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images.reshape(-1, 1, 8, 8)), digits).backward()
        optimizer.step()
    figure, grid = axes(2, 8, width=7.0, height=2.0)
    largest = first.weight.abs().max().item()
    for ax, weights in zip(grid.flat, first.weight.detach().numpy()):
        ax.pcolormesh(weights[0, ::-1], cmap="gray", vmin=-largest, vmax=largest)
        ax.set(xticks=[], yticks=[], aspect="equal")
    return figure


def losses() -> Any:
    """Trains one network on the digits with several optimizers, and draws the losses."""
    import mocrograd as mg
    from mocrograd import nn, optim
    from mocrograd.datasets import load_digits

    images, digits = load_digits()
    ways: dict[str, Callable[[Any], Any]] = {
        "SGD, rate 0.001": lambda p: optim.SGD(p, lr=0.001),
        "SGD, rate 0.1": lambda p: optim.SGD(p, lr=0.1),
        "SGD, rate 0.1, momentum 0.9": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
        "Adam, rate 0.01": lambda p: optim.Adam(p, lr=0.01),
        "Adam, rate 0.3": lambda p: optim.Adam(p, lr=0.3),
    }
    figure, ax = axes()
    for name, make in ways.items():
        mg.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
        optimizer, curve = make(model.parameters()), []
        for _ in range(150):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), digits)
            loss.backward()
            optimizer.step()
            curve.append(loss.item())
        ax.semilogy(curve, label=name)
    ax.set(xlabel="step", ylabel="loss", ylim=(1e-3, 20))
    ax.grid(alpha=0.3)
    ax.legend(frameon=False, fontsize=9)
    return figure


def fusion() -> Any:
    """Draws the kernel calls of a formula, eager and from its plan, as the profiler counts their bytes."""
    import mocrograd as mg

    x = mg.randn(1 << 16)

    def formula(x: Any) -> Any:
        return (x.exp() * 2 + 1).log() - x

    compiled = mg.compile(formula)
    for _ in range(3):
        compiled(x)
    figure, ax = axes(width=7.0, height=2.4)
    for row, (name, function) in enumerate({"eager": formula, "plan": compiled}.items()):
        with mg.profile() as profile:
            function(x)
        start = 0.0
        for event, colour in zip(profile.events, COLOURS):
            size = event.bytes / 1024
            ax.barh(row, size, left=start, color=colour, edgecolor="white", height=0.6)
            label = event.name.partition(".")[0] if name == "eager" else "chain of 5"
            ax.text(start + size / 2, row, label, ha="center", va="center", color="white")
            start += size
        ax.text(start + 15, row, f"{start:.0f} KiB", va="center")
    ax.set(yticks=[0, 1], yticklabels=["eager", "compiled"], xlabel="KiB read and written, 65,536 elements")
    ax.set_xlim(0, start * 7.5 if start < 700 else None)
    ax.invert_yaxis()
    return figure


def trip() -> Any:
    """Draws which layers of the library one addition goes through, and what each adds to its time."""
    import mocrograd as mg
    from mocrograd import backend

    a, b = mg.randn(8, 8), mg.randn(8, 8)
    whole = 1e9 * median_seconds(lambda: [a + b for _ in range(1000)]) / 1000
    with mg.profile() as profile:
        for _ in range(200):
            a + b
    kernel = 1e9 * sorted(event.seconds for event in profile.events)[100]
    steps = [
        ("Python: a + b", "Tensor.__add__"),
        ("direct call: python/direct", "checks shapes and dtypes, takes memory"),
        (
            "kernel table: " + next(k for k in backend.WORDS if k == "add.forward.float32"),
            "address of the compiled loop",
        ),
        ("loop: elementwise/kernels.mojo", "vectors of w numbers"),
        ("struct Add: elementwise/arithmetic", "forward: return a + b"),
    ]
    figure, ax = axes(width=7.0, height=4.2)
    for i, (what, detail) in enumerate(steps):
        ax.annotate(
            f"{what}\n{detail}", (0.42, -i), ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.5", "facecolor": "#edf2ff" if i < 2 else "#fff4e6", "edgecolor": COLOURS[4]},
        )  # fmt: skip
        if i:
            ax.annotate("", (0.42, -i + 0.32), (0.42, -i + 0.68), arrowprops={"arrowstyle": "->"})
    ax.annotate("", (0.9, 0), (0.9, -4), arrowprops={"arrowstyle": "->", "color": COLOURS[2]})
    ax.text(0.92, -2, "result", color=COLOURS[2], va="center")
    ax.set(xlim=(0, 1.05), ylim=(-4.5, 0.6), title=f"8 x 8: {whole:.0f} ns in all, {kernel:.0f} ns in the kernel")
    ax.axis("off")
    return figure


def attention() -> Any:
    """Trains the GPT of examples/char_gpt.py, and draws which letters each one attends to in the last block."""
    import mocrograd as mg

    sys.path.insert(0, str(ROOT / "examples"))
    char_gpt = importlib.import_module("char_gpt")

    _, model = char_gpt.train(600)
    text = "Shall I compare thee to"
    letters = mg.tensor([[char_gpt.PLACE[letter] for letter in text]])
    last = model.blocks[-1]
    kept = []
    last.ln1.register_forward_hook(lambda module, inputs, output: kept.append(output))
    with mg.no_grad():
        model(letters)
        q, k, _ = last.attention.qkv(kept[0]).reshape(len(text), 3, 4, -1).permute(1, 2, 0, 3)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
        later = mg.ones(len(text), len(text)).triu(1).bool()
        weights = scores.masked_fill(later, -float("inf")).softmax(-1).numpy()
    figure, grid = axes(1, 2, width=8.5, height=4.3)
    shown = [letter if letter != " " else "_" for letter in text]
    for head, ax in enumerate(grid):
        ax.imshow(weights[head], cmap="Blues", vmin=0, vmax=0.6)
        ax.set_xticks(range(len(text)), shown)
        ax.set_yticks(range(len(text)), shown)
        ax.tick_params(length=0, labelsize=9)
        ax.set(title=f"head {head + 1}", xlabel="what it looks at", ylabel="letter")
    return figure


def scale() -> Any:
    """Draws what the model of the step predicts for many ranks."""
    from scale import figure

    return figure()


_ALL = (implementations, roofline, decision, filters, losses, fusion, trip, attention, scale)
FIGURES = {f.__name__: f for f in _ALL}


def write(name: str, folder: Path = IMAGES) -> Path:
    """Draws a picture into a folder; returns its path."""
    figure = FIGURES[name]()
    path = folder / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Creator": None}, facecolor="white")
    text = "\n".join(line.rstrip() for line in path.read_text(encoding="utf-8").splitlines())
    path.write_text(text + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name in sys.argv[1:] or FIGURES:
        print(write(name).relative_to(ROOT), flush=True)
