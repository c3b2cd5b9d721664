"""Time an epoch of the normal network by Trainer with bar, CSV file and metrics against the same steps in a plain loop.

Both train on batches of 32 of the digits from memory, from the same weights, and read the loss back after each step.
Eager training is compared with a plain eager loop, and `compile=True` with a loop over one compiled step. They take
turns; the medians are compared. The goal, for both, is at most 2 % more than the plain loop.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from report import headline

GOAL = 1.02


def contenders(folder: Path, compile: bool) -> dict[str, Any]:
    """Return by name functions that train for one epoch, the plain loop first."""
    import mocrograd as mg
    from mocrograd import nn, train
    from mocrograd.train.benchmark import RATE, digits_batches
    from mocrograd.train.callbacks import TextProgress
    from mocrograd.train.hooks import Hooks
    from mocrograd.train.networks import build_network

    batches = [(mg.from_numpy(x), mg.from_numpy(y)) for x, y in digits_batches(56 * 32)]
    loss_function = nn.CrossEntropyLoss()

    def network() -> tuple[Any, Any]:
        mg.manual_seed(0)
        model = build_network("normal")
        return model, mg.optim.SGD(model.parameters(), lr=RATE)

    model, optimizer = network()

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    compiled = mg.compile(step)

    def plain() -> None:
        for x, y in batches:
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            loss.item()

    def plain_compiled() -> None:
        for x, y in batches:
            compiled(x, y).item()

    def trainer(metrics: dict[str, Any], callbacks: list[Any]) -> Any:
        fitted, own = network()
        fitting = train.Trainer(fitted, loss_function, own, metrics=metrics, callbacks=callbacks, compile=compile)
        fitting.train_loader, fitting.epochs = batches, 1 << 30
        fitting.hooks = Hooks(callbacks)
        fitting.hooks.call("on_fit_start", fitting)
        fitting.hooks.call("on_train_start", fitting)
        return fitting._epoch

    callbacks = [TextProgress(), train.CSVLogger(folder / f"{compile}.csv")]
    return {
        "plain loop": plain_compiled if compile else plain,
        "Trainer": trainer({}, []),
        "Trainer, bar, CSV, metric": trainer({"accuracy": train.Accuracy()}, callbacks),
    }


def main() -> None:
    """Time and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--threads", type=int, help="threads of a step; all by default")
    options = parser.parse_args()

    from mocrograd import get_num_threads, set_num_threads

    if options.threads:
        set_num_threads(options.threads)
    print(headline(get_num_threads()))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        kinds = {kind: contenders(Path(folder), kind == "compiled") for kind in ("eager", "compiled")}
        seconds: dict[tuple[str, str], list[float]] = {(kind, name): [] for kind in kinds for name in kinds[kind]}
        for _ in range(options.rounds):
            for (kind, name), values in seconds.items():
                epoch = kinds[kind][name]
                epoch()
                start = time.perf_counter()
                epoch()
                values.append(time.perf_counter() - start)
    for (kind, name), values in seconds.items():
        base = seconds[kind, "plain loop"]
        ratio = median(a / b for a, b in zip(values, base))
        shown = f"{median(values) / median(base):6.4f} x (pairs: {ratio:6.4f} x)"
        print(f"{kind:9} {name:26} {1e3 * median(values):8.3f} ms   {shown}")
    print(f"goal: {GOAL} x of each plain loop")


if __name__ == "__main__":
    main()
