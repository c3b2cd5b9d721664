"""Time training steps of models of transformers over mocrograd and over torch, which take turns, and compare memory.

    bench_packages.py [--quick] [--threads N] [model ...]

The same program (`packages_step.py`) runs over both, on two threads each: one process per library, of which one works
while the other waits. Prints medians: of a step on the clock and of the processor, which says more on one thread where
others work too, and the MiB that a process takes at most, in all and since the libraries were imported. Then the time
that importing GPT-2 takes new processes, in turns too.

Needs the environment that `scripts/run packages` makes, and torch in this one.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from report import foreign_cores, headline

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from packages.both import way  # noqa: E402

MODELS = ("gpt2", "llama", "bert", "vit")
LIBRARIES = ("mocrograd", "torch")
STEPS = 3
"""Steps that one library does before it is the other's turn."""
COLUMNS = ("model", "ms", "torch", "ratio", "processor's ms", "torch", "ratio", "MiB", "torch", "since import", "torch")


def main() -> None:
    """Run all models and the import, or the models named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rounds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("models", nargs="*", help=", ".join(MODELS))
    options = parser.parse_args()
    rounds = 3 if options.quick else 12
    print(f"{headline(options.threads)}\n\n| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for model in options.models or MODELS:
        steps(model, rounds, options.threads)
    if not options.models:
        imports(rounds, options.threads)
    print(f"Other programs kept {foreign_cores():.1f} processors at work meanwhile.")


class Stepping:
    """A process that does steps of a model when it is asked to."""

    def __init__(self, over: str, model: str, threads: int) -> None:
        """Start it."""
        command, environment = _command(over, threads, "packages_step.py", model, str(threads))
        self.process: subprocess.Popen[str] = subprocess.Popen(
            command, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, steps: int) -> list[tuple[float, float]]:
        """Return the milliseconds of so many steps, on the clock and of the processor."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        found: list[tuple[float, float]] = self._answer()
        return found

    def end(self) -> tuple[float, float]:
        """End the process; return the MiB that it took at most, before the model was made and in the end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        before, after = self._answer()
        self.process.wait()
        return before, after

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


def _command(over: str, threads: int, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command of a program beside this one, and its environment, without torchvision over both libraries."""
    command, environment = way(over)
    environment["PYTHONPATH"] = environment["PYTHONPATH"].split(os.pathsep)[0]
    environment["OMP_NUM_THREADS"] = str(threads)
    return [*command, str(Path(__file__).with_name(program)), *arguments], environment


def steps(model: str, rounds: int, threads: int) -> None:
    """Print the line of a model."""
    processes = {over: Stepping(over, model, threads) for over in LIBRARIES}
    times: dict[str, list[tuple[float, float]]] = {over: [] for over in LIBRARIES}
    for process in processes.values():
        process.ask(2)  # memory is taken, and caches are filled
    for _ in range(rounds):
        for over, process in processes.items():
            times[over] += process.ask(STEPS)
    print(f"| {model} |", end="")
    for kind in range(2):
        ours, theirs = (median(taken[kind] for taken in times[over]) for over in LIBRARIES)
        print(f" {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |", end="")
    (before, ours), (torchs, theirs) = (process.end() for process in processes.values())
    print(f" {ours:.0f} | {theirs:.0f} | {ours - before:.0f} | {theirs - torchs:.0f} |", flush=True)


def imports(rounds: int, threads: int) -> None:
    """Print what importing GPT-2 takes."""
    times: dict[str, list[tuple[float, float]]] = {over: [] for over in LIBRARIES}
    for number in range(rounds + 1):
        for over in LIBRARIES:
            taken = _seconds(*_command(over, threads, "packages_import.py"))
            if number:  # the first ones write the bytecode
                times[over].append(taken)
    for kind, name in enumerate(("on the clock", "of the processor")):
        ours, theirs = (median(taken[kind] for taken in times[over]) for over in LIBRARIES)
        print(f"import of transformers.models.gpt2 {name}: {ours:.2f} s over mocrograd, {theirs:.2f} s over torch")


def _seconds(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds that a process takes, on the clock and of the processor."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=environment, check=True)
    taken, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
