"""Time an operation of a user's own kernel against the same formula composed of operations.

The operation is that of docs/own_kernels.md, on a million elements of float32; the two take turns.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import mocrograd as mg
from report import headline

PAGE = Path(__file__).resolve().parents[2] / "docs" / "own_kernels.md"
SIZE = 1_000_000
LEAST = 3


def composed(x: Any) -> Any:
    """Compute the formula from operations."""
    return x * x * (-x * x).exp()


def load() -> Any:
    """Return the library of the page's first file."""
    source = re.findall(r"^```mojo\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "my_ops.mojo")
        file.write_text(source, encoding="utf-8")
        return mg.kernel_library(file)


def forward(function: Callable[[Any], Any], x: Any) -> None:
    """Compute the results."""
    with mg.no_grad():
        function(x)


def both(function: Callable[[Any], Any], x: Any, upstream: Any) -> None:
    """Compute the results and the gradient."""
    x.grad = None
    function(x).backward(upstream)


def main() -> int:
    """Print the times; return 1 where the own kernel is not fast enough."""
    rounds = 5 if "--quick" in sys.argv else 41
    print(headline(mg.get_num_threads()))
    lib = load()
    x, upstream = mg.randn(SIZE, requires_grad=True), mg.randn(SIZE)
    enough = True
    for what, run in (("forward", lambda f: forward(f, x)), ("with its gradient", lambda f: both(f, x, upstream))):
        seconds: dict[str, list[float]] = {"own": [], "composed": []}
        for _ in range(rounds):
            for name, function in (("own", lib.bell), ("composed", composed)):
                run(function)
                start = time.perf_counter()
                for _ in range(10):
                    run(function)
                seconds[name].append((time.perf_counter() - start) / 10)
        own, other = median(seconds["own"]), median(seconds["composed"])
        print(f"{what}: own kernel {own * 1e6:.0f} us, composed {other * 1e6:.0f} us, {other / own:.1f} times as fast")
        enough = enough and other / own >= LEAST
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
