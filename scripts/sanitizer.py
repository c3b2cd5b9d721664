"""The address sanitizer: the compiler's flags for it, its options, and the libraries of gcc that it needs."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

FLAGS = ["--sanitize", "address", "-D", "MOCROGRAD_SANITIZE=1"]
"""What the compiler gets: every block of memory comes from the system, so that the sanitizer sees each of them."""
OPTIONS = "detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1"
"""ASAN_OPTIONS: Python frees little at its end, Mojo's lists are annotated in places that the sanitizer refuses, and a
tensor that is too large raises MemoryError."""


@cache
def gcc_library(name: str) -> Path | None:
    """Returns a library of gcc, such as libasan.so, which sanitized code is linked against; None where it has none."""
    try:
        found = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    path = Path(found.stdout.strip())
    return path.resolve() if path.is_absolute() and path.exists() else None
