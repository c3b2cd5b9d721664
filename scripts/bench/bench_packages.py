"""Time training steps of models of transformers over mocrograd and over torch, which take turns, and compare memory.

The same program (`packages_step.py`) runs over both, two threads each: one process per library, of which one works
while the other waits. Prints the median of a step, its ratio to torch's, and the MiB that a process takes at most: in
all, and for the model and its steps alone. Then the time that importing GPT-2 takes new processes, in turns too.

Needs the environment that `scripts/run packages` makes, and torch in this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from report import processor

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from packages.both import way  # noqa: E402

MODELS = ("gpt2", "llama", "bert", "vit")
LIBRARIES = ("mocrograd", "torch")
STEPS = 3
"""Steps that one library does before it is the other's turn."""


def _command(over: str, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command of a program beside this one, and its environment, without torchvision over both libraries."""
    command, environment = way(over)
    environment["PYTHONPATH"] = environment["PYTHONPATH"].split(os.pathsep)[0]
    environment["OMP_NUM_THREADS"] = "2"
    return [*command, str(Path(__file__).with_name(program)), *arguments], environment


class Stepping:
    """A process that does steps of a model when it is asked to."""

    def __init__(self, over: str, model: str) -> None:
        """Start it."""
        command, environment = _command(over, "packages_step.py", model, "2")
        self.process: subprocess.Popen[str] = subprocess.Popen(
            command, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, steps: int) -> list[float]:
        """Return the milliseconds of so many steps."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return self._answer()

    def end(self) -> list[float]:
        """End the process; return the MiB that it took at most, before the model was made and in the end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self._answer()

    def _answer(self) -> list[float]:
        assert self.process.stdout is not None
        found: list[float] = json.loads(self.process.stdout.readline())
        return found


def steps(model: str, rounds: int) -> None:
    """Print the line of a model."""
    processes = {over: Stepping(over, model) for over in LIBRARIES}
    times: dict[str, list[float]] = {over: [] for over in LIBRARIES}
    for process in processes.values():
        process.ask(2)  # memory is taken, and caches are filled
    for _ in range(rounds):
        for over, process in processes.items():
            times[over] += process.ask(STEPS)
    ours, theirs = (median(times[over]) for over in LIBRARIES)
    memory = [process.end() for process in processes.values()]
    print(f"| {model} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |", end="")
    print("".join(f" {peak:.0f} | {peak - before:.0f} |" for before, peak in memory), flush=True)


def imports(rounds: int) -> None:
    """Print what importing GPT-2 takes."""
    times: dict[str, list[float]] = {over: [] for over in LIBRARIES}
    for number in range(rounds + 1):
        for over in LIBRARIES:
            command, environment = _command(over, "packages_import.py")
            begun = time.perf_counter()
            subprocess.run(command, env=environment, check=True)
            if number:
                times[over].append(time.perf_counter() - begun)
    ours, theirs = (median(times[over]) for over in LIBRARIES)
    print(f"import of transformers.models.gpt2: {ours:.2f} s over mocrograd, {theirs:.2f} s over torch")


def main() -> None:
    """Run all models, or those named on the command line."""
    rounds = 3 if "--quick" in sys.argv else 12
    named = [name for name in sys.argv[1:] if name in MODELS]
    print(f"{processor()}, two threads; milliseconds of a step, MiB at most (in all, and besides imports)\n")
    print("| model | mocrograd | torch | ratio | MiB | of it the steps' | torch's MiB | of it the steps' |")
    print("|---|---|---|---|---|---|---|---|")
    for model in named or MODELS:
        steps(model, rounds)
    if not named:
        imports(rounds)


if __name__ == "__main__":
    main()
