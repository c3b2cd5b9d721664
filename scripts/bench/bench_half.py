"""Time training steps and operations in bfloat16 against float32 and torch's bfloat16.

Steps run under `autocast`, with parameters in float32; operations run on tensors of 16 bits. The floor of an operation
is its least traffic.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import contest
import report

BATCH, POSITIONS, WIDTH, HEADS = 8, 128, 256, 8
HIDDEN = (784, 1024, 1024, 10)
ROWS = 128
COLUMNS = 1024
CHANNELS = 64
IMAGES, SIDE = 64, 28
STEPS, BATCH_ROWS, UNITS = 64, 32, 128
CONVOLUTIONS = {
    "Conv2d 3 x 3": (32, 56, 64, 64, 3, 1, 1),
    "Conv2d 1 x 1": (32, 56, 64, 256, 1, 1, 0),
    "Conv2d 3 x 3, stride 2": (32, 56, 64, 128, 3, 2, 1),
    "Conv2d 32 to 64, 3 x 3, 8 x 28 x 28": (8, 28, 32, 64, 3, 1, 1),
    "Conv2d 64 to 64, 3 x 3, 16 x 14 x 14": (16, 14, 64, 64, 3, 1, 1),
    "Conv2d 256 to 256, 3 x 3, 2 x 7 x 7": (2, 7, 256, 256, 3, 1, 1),
    "Conv2d 16 to 32, 5 x 5, 8 x 28 x 28": (8, 28, 16, 32, 5, 1, 2),
    "Conv2d 128 to 256, 1 x 1, 4 x 14 x 14": (4, 14, 128, 256, 1, 1, 0),
    "Conv2d 3 to 32, 3 x 3, 8 x 32 x 32": (8, 32, 3, 32, 3, 1, 1),
}
"""Images, their height and width, channels, filters, window, stride and padding; the first three are 32 x 56 x 56."""
POINTWISE = ("exp", "gelu", "silu", "tanh", "sigmoid", "add", "mul", "dropout", "where")
Run = Callable[[], Any]


def region(m: Any, half: bool) -> Any:
    """Return a region of autocast, or nothing."""
    return m.autocast("cpu", dtype=m.bfloat16) if half else nullcontext()


def classifier(m: Any, model: Any, x: Any, y: Any, half: bool) -> Run:
    """Return a training step of a network whose results are scores of classes."""
    optimizer = m.optim.SGD(model.parameters(), lr=0.01)

    def step() -> float:
        optimizer.zero_grad()
        with region(m, half):
            loss = m.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def mlp(m: Any, half: bool) -> Run:
    """Return a training step of a network of linear layers."""
    layers: list[Any] = []
    for a, b in itertools.pairwise(HIDDEN):
        layers += [m.nn.Linear(a, b), m.nn.ReLU()]
    model = m.nn.Sequential(*layers[:-1])
    x, y = m.randn(ROWS, HIDDEN[0]), m.arange(ROWS) % HIDDEN[-1]
    return classifier(m, model, x, y, half)


def block(m: Any, half: bool) -> Run:
    """Return a training step of a transformer block, whose norms come first."""
    model = m.nn.TransformerEncoderLayer(
        WIDTH, HEADS, 4 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    optimizer = m.optim.AdamW(model.parameters(), lr=1e-4)
    x = m.randn(BATCH, POSITIONS, WIDTH)

    def step() -> float:
        optimizer.zero_grad()
        with region(m, half):
            loss = model(x).float().square().mean()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def cnn(m: Any, half: bool) -> Run:
    """Return a training step of a small convolutional network."""
    nn = m.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * (SIDE // 4) ** 2, HIDDEN[-1]),
    )  # fmt: skip
    x, y = m.randn(IMAGES, 1, SIDE, SIDE), m.arange(IMAGES) % HIDDEN[-1]
    return classifier(m, model, x, y, half)


def lstm(m: Any, half: bool) -> Run:
    """Return a training step of an LSTM."""
    model = m.nn.LSTM(UNITS // 4, UNITS, batch_first=True)
    optimizer = m.optim.SGD(model.parameters(), lr=0.01)
    x = m.randn(BATCH_ROWS, STEPS, UNITS // 4)

    def step() -> float:
        optimizer.zero_grad()
        with region(m, half):
            loss = model(x)[0].float().square().mean()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def convolution(images: int, side: int, channels: int, *layer_sizes: int) -> Callable[[Any, bool], Run]:
    """Return what makes a convolution and its gradients."""

    def make(m: Any, half: bool) -> Run:
        x = tensor(m, half, images, channels, side, side).requires_grad_()
        layer = m.nn.Conv2d(channels, *layer_sizes).to(x.dtype)
        upstream = m.ones_like(layer(x).detach())

        def run() -> Any:
            x.grad = layer.weight.grad = layer.bias.grad = None
            layer(x).backward(upstream)
            return x.grad

        return run

    return make


def pointwise(name: str, size: int, trained: bool) -> Callable[[Any, bool], Run]:
    """Return what makes a pointwise operation, with its gradient where it is trained."""

    def make(m: Any, half: bool) -> Run:
        x, other = tensor(m, half, size).requires_grad_(), tensor(m, half, size)
        f, mask = m.nn.functional, other > 0
        calls: dict[str, Callable[[Any], Any]] = {
            "add": lambda x: x + other,
            "mul": lambda x: x * other,
            "dropout": lambda x: f.dropout(x, 0.5),
            "where": lambda x: m.where(mask, x, other),
            "gelu": f.gelu,
            "silu": f.silu,
        }
        call, plain = calls.get(name) or getattr(m, name), x.detach()
        upstream = m.ones_like(plain)

        def run() -> Any:
            x.grad = None
            call(x).backward(upstream)
            return x.grad

        return run if trained else lambda: call(plain)

    return make


def tensor(m: Any, half: bool, *shape: int) -> Any:
    """Return random numbers."""
    return m.randn(*shape).to(m.bfloat16 if half else m.float32)


def forward(name: str, *shape: int) -> Callable[[Any, bool], Run]:
    """Return what makes an operation on a tensor, without a gradient."""
    calls: dict[str, Callable[[Any, Any], Any]] = {
        "sum": lambda m, x: x.sum(),
        "sum of columns": lambda m, x: x.sum(0),
        "mean of rows": lambda m, x: x.mean(-1),
        "var of rows": lambda m, x: x.var(-1),
        "amax of rows": lambda m, x: x.amax(-1),
        "logsumexp of rows": lambda m, x: m.logsumexp(x, -1),
    }

    def make(m: Any, half: bool) -> Run:
        x = tensor(m, half, *shape)
        return lambda: calls[name](m, x)

    return make


def gradient(name: str, *shape: int) -> Callable[[Any, bool], Run]:
    """Return what makes an operation and its gradient."""

    def make(m: Any, half: bool) -> Run:
        x = tensor(m, half, *shape).requires_grad_()
        f, last = m.nn.functional, shape[-1]
        weight, bias = (tensor(m, half, last).requires_grad_() for _ in range(2))
        channels = [tensor(m, half, shape[1]).requires_grad_() for _ in range(2)]
        y = m.arange(shape[0]) % last
        calls: dict[str, Callable[[], Any]] = {
            "softmax": lambda: f.softmax(x, -1),
            "log_softmax": lambda: f.log_softmax(x, -1),
            "layer_norm": lambda: f.layer_norm(x, (last,), weight, bias),
            "rms_norm": lambda: f.rms_norm(x, (last,), weight, 1e-5),
            "group_norm": lambda: f.group_norm(x, 8, *channels),
            "batch_norm": lambda: f.batch_norm(x, None, None, *channels, True),
            "max_pool2d": lambda: f.max_pool2d(x, 2),
            "max_pool2d 3 x 3": lambda: f.max_pool2d(x, 3, 2, 1),
            "avg_pool2d": lambda: f.avg_pool2d(x, 2),
            "avg_pool2d 3 x 3": lambda: f.avg_pool2d(x, 3, 1, 1),
            "cross_entropy": lambda: f.cross_entropy(x, y),
        }
        upstream = m.ones_like(calls[name]().detach())

        def run() -> Any:
            x.grad = None
            calls[name]().backward(upstream)
            return x.grad

        return run

    return make


def updates(name: str, size: int) -> Callable[[Any, bool], Run]:
    """Return what makes an optimizer's step on one tensor."""

    def make(m: Any, half: bool) -> Run:
        p = tensor(m, half, size).requires_grad_()
        p.grad = tensor(m, half, size)
        fused = {"fused": True} if m.__name__ == "torch" else {}
        options = {"SGD": {"lr": 0.01, "momentum": 0.9}, "AdamW": {"lr": 1e-4}}[name]
        step: Run = getattr(m.optim, name)([p], **options, **fused).step
        return step

    return make


def cases(quick: bool) -> Iterator[tuple[str, int, int, Callable[[Any, bool], Run]]]:
    """Yield what is computed, of how many elements, the least traffic in 16 bits, and what makes a case."""
    yield f"MLP, batch {ROWS}, SGD", 0, 0, mlp
    yield f"transformer block, {BATCH} x {POSITIONS} x {WIDTH}, AdamW", 0, 0, block
    yield f"CNN, {IMAGES} x {SIDE} x {SIDE}, SGD", 0, 0, cnn
    yield f"LSTM, {STEPS} steps of {UNITS // 4}, {UNITS} units, batch {BATCH_ROWS}, SGD", 0, 0, lstm
    for name, sizes in () if quick else CONVOLUTIONS.items():
        yield name, 0, 0, convolution(*sizes)
    for name, trained in itertools.product(POINTWISE, (False, True)):
        size, operands = 1 << (12 if quick else 22), 2 + (name in ("add", "mul", "where")) + 3 * trained
        label = f"{name} and its gradient" if trained else name
        yield label, size, 2 * operands * size, pointwise(name, size, trained)
    for size in (1 << 12,) if quick else (1 << 20, 1 << 22, 1 << 24):
        rows = size // COLUMNS
        for name in ("sum", "sum of columns", "mean of rows", "var of rows", "amax of rows", "logsumexp of rows"):
            yield name, size, 2 * size, forward(name, rows, COLUMNS)
        for name in ("softmax", "log_softmax", "layer_norm", "rms_norm"):
            yield name, size, 10 * size, gradient(name, rows, COLUMNS)
        yield "cross_entropy", size, 6 * size, gradient("cross_entropy", rows, COLUMNS)
        for name in ("max_pool2d", "max_pool2d 3 x 3", "avg_pool2d", "avg_pool2d 3 x 3"):
            yield name, size, 10 * size, gradient(name, max(size // (CHANNELS * SIDE**2), 1), CHANNELS, SIDE, SIDE)
        for name in ("group_norm", "batch_norm"):
            yield name, size, 10 * size, gradient(name, max(rows // CHANNELS, 1), CHANNELS, COLUMNS)
        yield "SGD with momentum", size, 10 * size, updates("SGD", size)
        yield "AdamW", size, 14 * size, updates("AdamW", size)


def main() -> None:
    """Measure all cases; write half.json, half.md and half.png."""
    import mocrograd as mg

    parser = contest.parser(__doc__)
    parser.add_argument("--groups", nargs="+", metavar="GROUP", help="only the cases whose names begin so")
    options = parser.parse_args()
    contest.keep_memory()
    roofs = contest.measure_roofs(options.quick)
    torch = contest.torch_module(roofs.threads)
    rows = []
    for group, size, nbytes, make in cases(options.quick):
        if options.groups and not group.startswith(tuple(options.groups)):
            continue
        runs = {"mocrograd": make(mg, True), "mocrograd float32": make(mg, False)}
        if torch:
            runs["torch"] = make(torch, True)
        turns = {name: contest.Turn(nullcontext, run) for name, run in runs.items()}
        label, floor = f"{group} {size}" if size else group, roofs.floor(0, nbytes)
        for name, seconds in contest.medians(turns, 1 if options.quick else options.rounds).items():
            rows.append(report.Row(group, size, label, name, seconds, floor, 0, nbytes))
    title = (__doc__ or "").splitlines()[0].rstrip(".")
    report.write("half", title, rows, roofs, options.results, ("mocrograd",), "GB/s")


if __name__ == "__main__":
    main()
