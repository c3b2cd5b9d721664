"""The cache of a user's compiled files: a library for each source, compiler, processor and flags.

Processes that want the same library wait for the one that compiles it. A library comes into the folder by a rename, so
that it is whole, and is never written over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mocrograd.build.imports import closure
from mocrograd.build.own_source import MODULE, extension_text, registration
from mocrograd.build.toolchain import (
    PINS,
    SMALL,
    accelerator_flags,
    cpu_identity,
    find_toolchain,
    run_compiler,
    sources,
)
from mocrograd.errors import KernelBuildError

KEPT_DAYS = 60
"""How long a library stays that nobody loads."""


def folder() -> Path:
    """Return the folder of the cache: MOCROGRAD_CACHE_DIR, or mocrograd in the user's cache folder."""
    chosen = os.environ.get("MOCROGRAD_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mocrograd"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mocrograd"


def built(path: Path, accelerator: str) -> Path:
    """Return the library of a user's file, compiled where the cache does not have it.

    Args:
        path: The file.
        accelerator: The GPU that the kernels were built for, or "none".

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It has nothing to register.
        ImportError: It must be compiled, and there is no compiler.
        KernelBuildError: It does not compile.
        OSError: The cache cannot be written.
    """
    text = path.read_bytes()
    found = registration(text.decode("utf-8", "replace"), path.name)
    flags = ["--emit", "shared-lib", *accelerator_flags(accelerator)]
    flags += SMALL
    key = _key(path, text, extension_text(found, ""), [*flags, accelerator])
    extension = f"own_{key}"
    home = folder() / "kernels"
    library = home / f"{extension}.so"
    if not library.exists():
        _make(home)
        with _locked(home / f"{extension}.lock"):
            if not library.exists():  # another process may have compiled it while this one waited
                _compile(path, text, extension_text(found, extension), library, flags, accelerator)
                _remove_old(home)
    with suppress(OSError):  # the cache may be shared and read-only
        os.utime(library)
    return library


def _key(path: Path, text: bytes, wrapper: str, flags: list[str]) -> str:
    """Return a name for everything that a build depends on."""
    root = sources()
    files = closure(path, root, root / "mojo_kernels" / "python" / "own.mojo")
    key = hashlib.sha256(text)
    for part in (wrapper, PINS, cpu_identity(), flags):
        key.update(repr(part).encode())
    for file in files:
        if file != path:
            key.update(hashlib.sha256(file.read_bytes()).digest())
    return key.hexdigest()[:24]


def _compile(path: Path, text: bytes, wrapper: str, library: Path, flags: list[str], accelerator: str) -> None:
    """Compile a copy of a user's file, so that its name need not be one of a module, and the rest of the extension."""
    toolchain = find_toolchain()
    with tempfile.TemporaryDirectory(dir=library.parent, prefix=".building-") as made:
        source, main, out = (Path(made, name) for name in (f"{MODULE}.mojo", "own_main.mojo", library.name))
        source.write_bytes(text)
        main.write_text(wrapper, encoding="utf-8")
        beside = ["-I", str(path.parent)]  # not in the library's name: equal files elsewhere are the same library
        good, messages = run_compiler(toolchain, main, out, [*flags, *beside], accelerator=accelerator)
        if not good:
            raise KernelBuildError(f"{path} does not compile:\n{messages.replace(str(source), str(path))}")
        os.replace(out, library)


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(
            error.errno,
            f"the cache of compiled kernels cannot be made; MOCROGRAD_CACHE_DIR names another folder: {home}",
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_old(home: Path) -> None:
    """Remove libraries that nobody has loaded for long."""
    oldest = time.time() - KEPT_DAYS * 86400
    for path in home.glob("own_*"):
        with suppress(OSError):  # another process may remove it
            if path.stat().st_mtime < oldest:
                path.unlink()
