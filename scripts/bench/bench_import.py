"""Time `import mocrograd` beyond `import numpy`, each time in a new process, and print the medians."""

from __future__ import annotations

import subprocess
import sys
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
    runs = [
        [
            float(word)
            for word in subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True).stdout.split()
        ]
        for _ in range(15)
    ]
    numpy_alone, beyond = (1e3 * median(column) for column in zip(*runs))
    print(f"import numpy {numpy_alone:.0f} ms; import mocrograd {beyond:.0f} ms more")


if __name__ == "__main__":
    main()
