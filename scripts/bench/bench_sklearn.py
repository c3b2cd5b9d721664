"""Time training of a classifier of digits against scikit-learn's MLPClassifier, in turns, and print the medians in ms.

Both have the same parameters, weights at first and batches; 80 % of the digits are trained on, and the accuracy on the
others is told. One case runs a number of epochs, the other until the loss stays the same; the last one predicts. The
BLAS library of scikit-learn is timed with its own choice of threads and with one, which is quicker where batches are
small. float64 is what both compute in by default; float32 is what they compute in for inputs of float32.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import contest
import report

THREADS = (None, 1)
"""How many threads BLAS may use in a turn; None is what it chooses."""


def contenders() -> dict[str, Callable[[dict[str, Any]], Any]]:
    """Return what makes an estimator of parameters, by name."""
    from mocrograd.sklearn import MLPClassifier
    from sklearn import neural_network

    return {"mocrograd": MLPClassifier, "scikit-learn": neural_network.MLPClassifier}


def turn(make: Any, case: str, options: dict[str, Any], data: Any, threads: int | None) -> tuple[float, float]:
    """Return the seconds of one contender on a case, and its accuracy on digits that it was not trained on."""
    from threadpoolctl import threadpool_limits

    x, other, y, digit = data
    estimator = make(random_state=0, **options)
    time.sleep(contest.PAUSE)
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that training has not converged
        start = time.perf_counter()
        estimator.fit(x, y)
        seconds = time.perf_counter() - start
        if case == "predict":
            start = time.perf_counter()
            estimator.predict_proba(x)
            seconds = time.perf_counter() - start
    return seconds, float(estimator.score(other, digit))


def measure(case: str, options: dict[str, Any], data: Any, rounds: int) -> list[dict[str, Any]]:
    """Return median seconds and accuracy of each contender on a case, which take turns after one that is not timed.

    Raises:
        SystemExit: The accuracies differ.
    """
    taken: dict[str, list[float]] = {}
    accuracies: dict[str, float] = {}
    for _ in range(rounds + 1):
        for name, make in contenders().items():
            for threads in THREADS if name == "scikit-learn" else (None,):
                contender = f"{name}, one thread" if threads else name
                seconds, accuracies[contender] = turn(make, case, options, data, threads)
                taken.setdefault(contender, []).append(seconds)
    if max(accuracies.values()) - min(accuracies.values()) > 0.01:
        raise SystemExit(f"{case}: the accuracies differ: {accuracies}")
    return [
        {"case": case, "contender": name, "seconds": median(times[1:]), "accuracy": accuracies[name]}
        for name, times in taken.items()
    ]


def main() -> int:
    """Measure all; write sklearn.json and sklearn.md."""
    options = contest.parser(__doc__).parse_args()
    print(report.headline(2))
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    epochs, most = (2, 3) if options.quick else (30, 200)
    cases: dict[str, dict[str, Any]] = {
        f"{epochs} epochs": {"max_iter": epochs},
        "to the end": {"max_iter": most},
        "predict": {"max_iter": 2},
    }
    rows: list[dict[str, Any]] = []
    for dtype in (np.float64, np.float32):
        data = train_test_split(x.astype(dtype), y, test_size=0.2, random_state=0)
        for case, parameters in cases.items():
            found = measure(case, parameters, data, 1 if options.quick else options.rounds)
            rows += [{**row, "case": f"{case}, {dtype.__name__}"} for row in found]
    write(rows, options.results)
    return 0


def write(rows: list[dict[str, Any]], folder: Path) -> None:
    """Print the table, and write it and the rows."""
    names = list(dict.fromkeys(row["contender"] for row in rows))
    heads = [*(f"{name} ms" for name in names), "accuracies", "ratio to the quicker"]
    lines = ["| case | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for case in dict.fromkeys(row["case"] for row in rows):
        found = {row["contender"]: row for row in rows if row["case"] == case}
        seconds = [found[name]["seconds"] for name in names]
        cells = [*(f"{1e3 * s:.2f}" for s in seconds), " ".join(f"{found[name]['accuracy']:.4f}" for name in names)]
        lines.append(f"| {case} | " + " | ".join(cells) + f" | {min(seconds[1:]) / seconds[0]:.2f} |")
    foreign = report.foreign_cores()
    where = f"{report.processor()}. Other programs kept {foreign:.1f} processors at work meanwhile."
    text = f"# Classifiers of digits\n\n{where}\n\n" + "\n".join(lines) + "\n"
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sklearn.md").write_text(text)
    content = {"title": "Classifiers", "machine": report.machine(), "foreign_cores": foreign, "rows": rows}
    (folder / "sklearn.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
