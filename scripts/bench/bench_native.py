"""Time one call of exported models in C and of the compiled step in Python, on one thread, and print the medians.

Both take turns. A small program in C, compiled with gcc, makes its calls between two looks at the clock.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import mocrograd as mg
from mocrograd import nn
from mocrograd.train.networks import build_network
from report import headline

PROGRAM = """
#include <stdio.h>
#include <time.h>
#include "{name}.h"

static float input[MOCROGRAD_{upper}_INPUT_SIZE({batch})], output[MOCROGRAD_{upper}_OUTPUT_SIZE({batch})];

int main(void) {{
    mocrograd_{name}_model *model;
    struct timespec start, stop;
    if (mocrograd_{name}_create("{name}.weights", &model)) return 1;
    for (int i = 0; i < {calls}; i++) mocrograd_{name}_run(model, {batch}, input, output);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < {calls}; i++) mocrograd_{name}_run(model, {batch}, input, output);
    clock_gettime(CLOCK_MONOTONIC, &stop);
    printf("%.9g\\n", ((stop.tv_sec - start.tv_sec) + 1e-9 * (stop.tv_nsec - start.tv_nsec)) / {calls});
    mocrograd_{name}_free(model);
    return 0;
}}
"""


def networks() -> dict[str, tuple[nn.Module, mg.Tensor]]:
    """Return models with an input each."""
    conv = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip
    return {
        "digits": (build_network("normal"), mg.randn(1, 64)),
        "digits_64": (build_network("normal"), mg.randn(64, 64)),
        "conv": (conv, mg.randn(1, 1, 8, 8)),
        "attention": (nn.Sequential(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)), mg.randn(1, 32, 64)),
    }


def in_python(model: nn.Module, example: mg.Tensor, calls: int) -> float:
    """Return the seconds of one call of the compiled model."""
    step = mg.compile(model, fullgraph=True)
    with mg.no_grad():
        for _ in range(calls):
            step(example)
        start = time.perf_counter()
        for _ in range(calls):
            step(example)
        return (time.perf_counter() - start) / calls


def in_c(folder: Path, example: mg.Tensor, calls: int) -> float:
    """Return the seconds of one call in C."""
    name = folder.name
    program = folder / "timing"
    if not program.exists():
        text = PROGRAM.format(name=name, upper=name.upper(), batch=example.shape[0], calls=calls)
        (folder / "timing.c").write_text(text)
        command = ["gcc", "-O2", "timing.c", "-L.", f"-l{name}", "-Wl,-rpath,$ORIGIN", "-o", program.name]
        subprocess.run(command, cwd=folder, check=True)
    return float(subprocess.run([program], cwd=folder, check=True, capture_output=True).stdout)


def main() -> int:
    """Print a line for each model; return 1 where one is slower in C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", help="the models: digits, digits_64, conv, attention")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each")
    options = parser.parse_args()
    mg.set_num_threads(1)
    print(headline(1))
    slower = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, (model, example) in networks().items():
            if options.only and name not in options.only:
                continue
            model.eval()
            folder = mg.export.native(model, example, Path(scratch, name))
            calls = max(20, int(2e-2 / in_python(model, example, 20)))
            turns = [(in_python(model, example, calls), in_c(folder, example, calls)) for _ in range(options.rounds)]
            python, c = (1e6 * median(column) for column in zip(*turns))
            print(f"{name:10} {python:9.2f} us in Python, {c:9.2f} us in C, {python / c:5.2f} times as fast")
            slower += c > python
    return int(slower > 0)


if __name__ == "__main__":
    sys.exit(main())
