"""What a run depends on: versions, the machine and the seed."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np

from mocrograd import backend
from mocrograd.ops.random import initial_seed


def processor() -> str:
    """Return the processor's name, as the system has it."""
    found = Path("/proc/cpuinfo")
    lines = found.read_text(encoding="utf-8").splitlines() if found.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def facts() -> list[tuple[str, str]]:
    """Return names and values of what this process depends on."""
    from mocrograd import __version__

    return [
        ("mocrograd", __version__),
        ("kernels", backend.current_kernels()),
        ("Python", f"{platform.python_version()} on {platform.platform()}"),
        ("NumPy", np.__version__),
        ("processor", f"{processor()}, vectors of {backend.VECTOR_BITS} bits, {backend.get_num_threads()} threads"),
        ("seed", str(initial_seed())),
        ("command", " ".join([Path(sys.argv[0]).name.replace("__main__.py", "mocrograd"), *sys.argv[1:]])),
    ]
