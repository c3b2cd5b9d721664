"""Time `import mocrograd` beyond `import numpy`, each time in a new process, and print the medians.

Bytecode is kept between the processes, as it is where the package is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

CODE = """
import time
start = time.perf_counter()
import numpy
middle = time.perf_counter()
import mocrograd
print(middle - start, time.perf_counter() - middle)
"""


def main() -> None:
    """Run the imports in turn."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = bytecode
        runs = [_seconds(environment) for _ in range(16)][1:]
    numpy_alone, beyond = (1e3 * median(column) for column in zip(*runs))
    print(f"import numpy {numpy_alone:.0f} ms; import mocrograd {beyond:.0f} ms more")


def _seconds(environment: dict[str, str]) -> list[float]:
    """Return what both imports took in a new process."""
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True, env=environment)
    return [float(word) for word in run.stdout.split()]


if __name__ == "__main__":
    main()
