"""The compiled libraries of generated programs, in the folder of the cache.

A library is named by a hash of its source, the kernels' sources, the compiler, the processor and the flags. It comes
into the folder by a rename. Beside it lies the hash of its bytes, without which nothing is loaded: a file that is not
whole ends a process that loads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from mocrograd import backend
from mocrograd.build import sources
from mocrograd.build.cache import KEPT_DAYS, folder
from mocrograd.build.toolchain import (
    IS_MACOS,
    PINS,
    compile_environment,
    compiler_command,
    cpu_identity,
    find_toolchain,
)
from mocrograd.errors import KernelBuildError

Run = Callable[[list[str], Path, dict[str, str]], "tuple[int, str]"]
"""Runs a command in a folder with an environment; returns its status and what it said."""
_BUILDING = ".building-"
_loaded: dict[Path, dict[str, int]] = {}
"""The functions of the libraries that are in this process."""


def run_command(command: list[str], cwd: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command to its end."""
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def library_of(module: str, text: str, run: Run = run_command) -> dict[str, int]:
    """Return the functions of a program, by name, compiled where the cache does not have it.

    Args:
        module: The module's name.
        text: The program.
        run: Runs the compiler.

    Raises:
        ImportError: It must be compiled, and there is no compiler.
        KernelBuildError: It does not compile.
        OSError: The cache cannot be written.
    """
    flags = ["--emit", "shared-lib", *([] if IS_MACOS else ["-Xlinker", "--strip-all"])]
    home = folder() / "generated"
    library = home / f"{module}_{_key(text, flags)}.so"
    if not _is_whole(library):
        home.mkdir(parents=True, exist_ok=True)
        with _locked(library.with_suffix(".lock")):
            if not _is_whole(library):  # another process may have compiled it while this one waited
                _compile(module, text, library, flags, run)
                _remove_old(home)
    with suppress(OSError):  # the cache may be shared and read-only
        os.utime(library)
    if library not in _loaded:
        _loaded[library] = backend.load_library(module, library).kernels
    return _loaded[library]


def _key(text: str, flags: list[str]) -> str:
    key = hashlib.sha256(text.encode())
    for part in (_kernels(), PINS, cpu_identity(), flags):
        key.update(repr(part).encode())
    return key.hexdigest()[:24]


@cache
def _kernels() -> str:
    """Return a hash of all sources of kernels."""
    found = hashlib.sha256()
    for path in sorted(Path(sources(), "mojo_kernels").rglob("*.mojo")):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _is_whole(library: Path) -> bool:
    """Return whether a library is there, byte for byte as it was written."""
    try:
        said = library.with_suffix(".sha256").read_text(encoding="ascii")
        return hashlib.sha256(library.read_bytes()).hexdigest() == said
    except (OSError, UnicodeDecodeError):
        return False


def _compile(module: str, text: str, library: Path, flags: list[str], run: Run) -> None:
    toolchain = find_toolchain()
    with tempfile.TemporaryDirectory(dir=library.parent, prefix=_BUILDING) as made:
        source, out, digest = (Path(made, name) for name in (f"{module}.mojo", "out.so", "out.sha256"))
        source.write_text(text, encoding="utf-8")
        command = compiler_command(toolchain, source, out, flags)
        nice = shutil.which("nice")
        status, messages = run(
            [nice, "-n", "19", *command] if nice else command, sources(), compile_environment("none")
        )
        if status or not out.is_file():
            said = messages.strip() or f"the compiler ended with status {status}"
            raise KernelBuildError(f"a generated program does not compile:\n{said}")
        digest.write_text(hashlib.sha256(out.read_bytes()).hexdigest(), encoding="ascii")
        os.replace(out, library)
        os.replace(digest, library.with_suffix(".sha256"))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_old(home: Path) -> None:
    """Remove libraries that nobody has loaded for long, and what compilers have left that were killed."""
    now = time.time()
    for path in home.iterdir():
        with suppress(OSError):  # another process may remove it
            age = (now - path.stat().st_mtime) / 86400
            if path.name.startswith(_BUILDING) and age > 1:
                shutil.rmtree(path, ignore_errors=True)
            elif age > KEPT_DAYS:
                path.unlink()
