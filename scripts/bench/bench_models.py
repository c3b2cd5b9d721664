"""Time training steps of a convolutional network, an LSTM and a transformer block, eager and compiled, against torch.

A step is zero_grad, forward, loss, backward, the optimizer and reading the loss back. All contenders start from the
same weights, and their losses over the first steps must agree. What mocrograd does not have is left out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import contest
import report

OURS = ("mocrograd", "mocrograd compiled")
AGREE = 1e-3
CHECKED = 5


class Model(NamedTuple):
    """A network with its data.

    Attributes:
        needs: What mocrograd must have.
        build: Given the module, makes the network.
        loss: Given the module, the network's output and the targets.
        optimizer: The name in `optim`.
        rate: Its learning rate.
        inputs: Shape of the inputs.
        classes: Number of classes of a target; 0 where the targets look like the inputs.
        flops: Operations of a step: those of its matrix products.
    """

    needs: tuple[str, ...]
    build: Callable[[Any], Any]
    loss: Callable[[Any, Any, Any], Any]
    optimizer: str
    rate: float
    inputs: tuple[int, ...]
    classes: int
    flops: int


def convolutional(m: Any) -> Any:
    """Return a network of two convolutions, a pool and two linear layers for images of 28 x 28."""
    nn = m.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def recurrent(m: Any) -> Any:
    """Return an LSTM of 128 units whose last output is classified."""

    class Network(m.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = m.nn.LSTM(32, 128, batch_first=True)
            self.head = m.nn.Linear(128, 10)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(x)[0][:, -1])

    return Network()


def transformer(m: Any) -> Any:
    """Return a block of attention with 4 heads and a feed-forward part, of 128 features."""
    nn, functional = m.nn, m.nn.functional

    class Block(nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.before, self.between = nn.LayerNorm(128), nn.LayerNorm(128)
            self.qkv, self.mix = nn.Linear(128, 384), nn.Linear(128, 128)
            self.wide, self.narrow = nn.Linear(128, 512), nn.Linear(512, 128)

        def forward(self, x: Any) -> Any:
            batch, positions, _ = x.shape
            q, k, v = self.qkv(self.before(x)).view(batch, positions, 3, 4, 32).permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(q, k, v)
            x = x + self.mix(seen.transpose(1, 2).reshape(batch, positions, 128))
            return x + self.narrow(functional.gelu(self.wide(self.between(x))))

    return Block()


def cross_entropy(m: Any, scores: Any, targets: Any) -> Any:
    """Return the loss of classes."""
    return m.nn.functional.cross_entropy(scores, targets)


def squared_error(m: Any, values: Any, targets: Any) -> Any:
    """Return the mean of squares."""
    return m.nn.functional.mse_loss(values, targets)


def models(quick: bool) -> dict[str, Model]:
    """Return the networks; the quick ones have smaller batches."""
    images, sequences, texts = (2, 2, 2) if quick else (64, 32, 16)
    positions = 8 if quick else 128
    steps = 4 if quick else 64
    # per image: products of the second convolution and the linear layers forward and twice backward, the first's twice
    image = 2 * (2 * 26 * 26 * 32 * 9 + 3 * (24 * 24 * 64 * 288 + 9216 * 128 + 1280))
    position = 3 * 2 * (128 * 384 + 128 * 128 + 2 * 128 * 512 + 2 * positions * 128)
    return {
        "CNN": Model(("nn.Conv2d", "nn.MaxPool2d", "optim.Adam"), convolutional, cross_entropy, "Adam", 1e-3,
                     (images, 1, 28, 28), 10, images * image),
        "LSTM": Model(("nn.LSTM",), recurrent, cross_entropy, "SGD", 0.1,
                      (sequences, steps, 32), 10, sequences * steps * 3 * 2 * 512 * 160),
        "transformer block": Model(
            ("nn.LayerNorm", "nn.functional.scaled_dot_product_attention", "nn.functional.gelu", "optim.Adam"),
            transformer, squared_error, "Adam", 1e-3, (texts, positions, 128), 0, texts * positions * position),
    }  # fmt: skip


def step_of(model: Model, m: Any, compiled: bool = False) -> contest.Run:
    """Return a training step of one module, from the first weights on, that returns the loss as a number."""
    import numpy as np

    rng = np.random.default_rng(0)
    network = model.build(m)
    with m.no_grad():
        for param in network.parameters():
            shape = tuple(param.shape)
            scale = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 100)
            param.copy_(m.from_numpy((scale * rng.standard_normal(shape)).astype(np.float32)))
    x = m.from_numpy(rng.standard_normal(model.inputs, np.float32))
    if model.classes:
        y = m.from_numpy(rng.integers(0, model.classes, model.inputs[0]))
    else:
        y = m.from_numpy(rng.standard_normal(model.inputs, np.float32))
    optimizer = getattr(m.optim, model.optimizer)(network.parameters(), lr=model.rate)

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = model.loss(m, network(x), y)
        loss.backward()
        optimizer.step()
        return loss.detach()

    if compiled:
        step = m.compile(step)
    return lambda: step(x, y).item()


def turns_of(name: str, model: Model, threads: int) -> tuple[dict[str, contest.Turn], int]:
    """Return the contenders' turns, after comparing their first losses, and the number of weights."""
    import mocrograd as mg

    steps = {OURS[0]: step_of(model, mg), OURS[1]: step_of(model, mg, compiled=True)}
    torch = contest.torch_module(threads)
    if torch:
        steps["torch"] = step_of(model, torch)
    losses = {contender: [step() for _ in range(CHECKED)] for contender, step in steps.items()}
    for contender, some in losses.items():
        if any(abs(a - b) > AGREE * max(1, abs(b)) for a, b in zip(some, losses[OURS[0]])):
            raise SystemExit(f"{name}: the losses of {contender} do not agree: {losses}")
    size = sum(param.numel() for param in model.build(mg).parameters())
    return {contender: contest.Turn(contextlib.nullcontext, step) for contender, step in steps.items()}, size


def main() -> None:
    """Check and time the networks; write models.json, models.md and models.png."""
    options = contest.parser(__doc__).parse_args()
    contest.keep_memory()
    roofs = contest.measure_roofs(options.quick)
    rows = []
    for name, model in models(options.quick).items():
        if not contest.present(*model.needs):
            continue
        turns, size = turns_of(name, model, roofs.threads)
        for contender, seconds in contest.medians(turns, 1 if options.quick else options.rounds).items():
            floor = roofs.floor(model.flops, 12 * size)
            rows.append(report.Row("step", size, name, contender, seconds, floor, model.flops, 12 * size))
    if rows:
        title = "Training steps of models, the loss read back"
        report.write("models", title, rows, roofs, options.results, OURS, "GFLOP/s")


if __name__ == "__main__":
    main()
