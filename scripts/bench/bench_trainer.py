"""Time an epoch of the normal network by Trainer with bar, CSV file and metrics against the same steps in a plain loop.

Both train on batches of 32 of the digits from memory, from the same weights, and read the loss back after each step.
They take turns; the medians are compared. The goal is at most 2 % more.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from report import headline

GOAL = 1.02


def contenders(folder: Path) -> dict[str, Any]:
    """Return by name functions that train for one epoch."""
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

    def plain() -> None:
        for x, y in batches:
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            loss.item()

    def trainer(metrics: dict[str, Any], callbacks: list[Any]) -> Any:
        fitted, own = network()
        fitting = train.Trainer(fitted, loss_function, own, metrics=metrics, callbacks=callbacks)
        fitting.train_loader, fitting.epochs = batches, 1 << 30
        fitting.hooks = Hooks(callbacks)
        fitting.hooks.call("on_fit_start", fitting)
        fitting.hooks.call("on_train_start", fitting)
        return fitting._epoch

    extras = {"accuracy": train.Accuracy()}
    return {
        "plain loop": plain,
        "Trainer": trainer({}, []),
        "Trainer, bar, CSV, metric": trainer(extras, [TextProgress(), train.CSVLogger(folder / "log.csv")]),
    }


def main() -> None:
    """Time and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    import contextlib
    import io

    from mocrograd import get_num_threads

    print(headline(get_num_threads()))

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        named = contenders(Path(folder))
        seconds: dict[str, list[float]] = {name: [] for name in named}
        for _ in range(options.rounds):
            for name, epoch in named.items():
                epoch()
                start = time.perf_counter()
                epoch()
                seconds[name].append(time.perf_counter() - start)
    base = median(seconds["plain loop"])
    for name, values in seconds.items():
        ratio = median(a / b for a, b in zip(values, seconds["plain loop"]))
        print(f"{name:28} {1e3 * median(values):8.3f} ms   {median(values) / base:6.4f} x (pairs: {ratio:6.4f} x)")
    print(f"goal: {GOAL} x")


if __name__ == "__main__":
    main()
