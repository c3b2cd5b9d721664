"""The host code of extensions for the simulated device, from the LLVM text that holds their kernels.

`mojo build --emit llvm` writes an extension's host code beside its kernels. Clang makes a library of it in half of the
time that a second build by Mojo takes. It optimises little: the time of these libraries goes into simulated kernels.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __package__:
    from gpusim.older import older
else:  # of a program in this folder
    from older import older

LIBRARIES = ("KGENCompilerRTShared", "AsyncRTMojoBindings")
"""Mojo's run-time libraries, which host code calls."""
FLAGS = ("-w", "-x", "ir", "-O1", "-fPIC")


def build(llvm: Path, out: Path, clang: str) -> None:
    """Compiles each LLVM/NAME/NAME.ll to OUT/NAME.so, unless OUT/NAME.key says that it is of this text.

    Args:
        llvm: Where `build_kernels.py --emit llvm` wrote.
        out: Where Mojo's run-time libraries lie already.
        clang: The compiler.

    Raises:
        RuntimeError: The compiler or the linker refused, with their words.
    """
    sources = sorted(path for path in llvm.glob("*/*.ll") if path.stem == path.parent.name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda source: _compile(source, out, clang), sources))


def _compile(source: Path, out: Path, clang: str) -> None:
    name, text = source.stem, source.read_text(encoding="utf-8")
    key = hashlib.sha256((str(FLAGS) + Path(__file__).with_name("older.py").read_text() + text).encode()).hexdigest()
    shutil.copy2(source.parent.with_suffix(".json"), out)  # what `build_info` tells
    mark = out / f"{name}.key"
    if mark.exists() and mark.read_text() == key and (out / f"{name}.so").exists():
        return
    with tempfile.TemporaryDirectory(dir=out) as folder:
        ir, code, library = (Path(folder, f"{name}.{suffix}") for suffix in ("ll", "o", "so"))
        ir.write_text(older(text), encoding="utf-8")
        _run(clang, *FLAGS, "-c", ir, "-o", code)
        links = [f"-l{found}" for found in LIBRARIES]
        _run(clang, "-shared", "-s", code, "-o", library, f"-L{out}", *links, "-Wl,-rpath,$ORIGIN", "-lm")
        library.replace(out / library.name)
    mark.write_text(key)


def _run(*command: object) -> None:
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
