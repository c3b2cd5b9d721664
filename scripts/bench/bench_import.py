"""Time `import numpy` and `import mocrograd` in new processes that take turns, and print the medians and their parts.

Each figure is that of whole processes, their ends included: time on the clock, and the processor's, which says more
where others work too.

Bytecode is kept between the processes, as it is where the package is installed. The parts are those that Python's
`-X importtime` tells, which makes imports some tenths slower: time in the modules of NumPy, in loading and registering
the compiled extensions, in the other modules of mocrograd, and in what these use of Python's library.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from operator import itemgetter
from statistics import median

from report import headline

MODULES = 12
"""How many modules are listed."""
_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)$")


def main() -> None:
    """Run the imports in turn."""
    print(headline(1))
    rounds = 5 if "--quick" in sys.argv else 20
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = bytecode
        codes = ("pass", "import numpy", "import mocrograd")
        runs: dict[str, list[tuple[float, float]]] = {code: [] for code in codes}
        for number in range(rounds + 1):
            for code in codes:
                taken = _seconds(code, environment)
                if number:  # the first ones write the bytecode
                    runs[code].append(taken)
        profiles = [_self_times(environment) for _ in range(rounds)]
    for number, kind in enumerate(("on the clock", "of the processor")):
        nothing, numpy, mocrograd = (1e3 * median(taken[number] for taken in runs[code]) for code in codes)
        print(
            f"{kind}: a process that does nothing takes {nothing:.0f} ms, import numpy {numpy - nothing:.0f} ms more, ",
            end="",
        )
        print(f"import mocrograd {mocrograd - numpy:.0f} ms more than that")
    modules = {name: median(profile[name] for profile in profiles) / 1e3 for name in profiles[0]}
    parts: dict[str, float] = defaultdict(float)
    for name, milliseconds in modules.items():
        parts[_part(name)] += milliseconds
    for part, milliseconds in sorted(parts.items(), key=itemgetter(1), reverse=True):
        print(f"{milliseconds:7.1f} ms  {part}")
    print("of these, in ms:")
    own = {name: taken for name, taken in modules.items() if not _part(name).startswith("NumPy")}
    for name, milliseconds in sorted(own.items(), key=itemgetter(1), reverse=True)[:MODULES]:
        print(f"{milliseconds:7.1f}     {name}")


def _seconds(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """Return what a new process with some code takes: seconds on the clock and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _self_times(environment: dict[str, str]) -> Counter[str]:
    """Return the microseconds that each module takes without those that it imports, after NumPy."""
    command = [sys.executable, "-X", "importtime", "-c", "import numpy; import mocrograd"]
    report = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr
    found: Counter[str] = Counter()
    mine = False
    for line in report.splitlines():
        if match := _LINE.match(line):
            name = match[2]
            found[name if mine or name.startswith("numpy") else f"numpy and before: {name}"] += int(match[1])
            mine = mine or name == "numpy"
    return found


def _part(module: str) -> str:
    if module.startswith("numpy"):
        return "NumPy, what it needs, and Python's start"
    if module.startswith(("mocrograd._kernels", "mocrograd.backend.extensions")):
        return "compiled extensions"
    return "modules of mocrograd" if module.startswith("mocrograd") else "modules of Python's library"


if __name__ == "__main__":
    main()
