"""Collects each tests/mojo/test_*.mojo as one pytest item, compiled anew only when its sources changed.

Where gcc has the address sanitizer, the programs are compiled for it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from mojo_imports import closure
from sanitizer import FLAGS, OPTIONS, gcc_library
from toolchain import (
    ROOT,
    BuildError,
    accelerator_identity,
    compile_environment,
    cpu_identity,
    find_toolchain,
)

CACHE = ROOT / ".cache" / "mojo-tests"
OF_THE_POOL = "test_storage.mojo"  # what it tests is not in code for the sanitizer, whose blocks come from the system


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix == ".mojo" and file_path.name.startswith("test_"):
        return MojoFile.from_parent(parent, path=file_path)
    return None


class MojoFile(pytest.File):
    """A Mojo test program."""

    def collect(self):
        yield MojoItem.from_parent(self, name="TestSuite")


class MojoItem(pytest.Item):
    """The run of a Mojo test program; all its test functions together."""

    def runtest(self) -> None:
        try:
            program = compiled(self.path)
        except BuildError as error:
            pytest.skip(str(error))
        environment = {**os.environ, "ASAN_OPTIONS": OPTIONS}
        run = subprocess.run([str(program)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise MojoFailure(f"exit status {run.returncode}\n{run.stdout}{run.stderr}")

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, MojoFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, 0, self.path.stem


class MojoFailure(Exception):
    """A Mojo test program that did not compile or did not pass, with its output."""


def compiled(source: Path) -> Path:
    """Compiles a test program, unless the same sources were compiled before; returns the program."""
    toolchain = find_toolchain()
    accelerator = accelerator_identity(os.environ.get("MOCROGRAD_ACCELERATOR", "auto"))
    flags = FLAGS if source.name != OF_THE_POOL and gcc_library("libasan.so") else []
    key = hashlib.sha256(f"{toolchain} {accelerator} {cpu_identity()} {flags}".encode())
    for path in closure(source, ROOT):
        key.update(path.read_bytes())
    program = CACHE / f"{source.stem}-{key.hexdigest()[:16]}"
    if program.exists():
        return program
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in CACHE.glob(f"{source.stem}-*"):
        old.unlink()
    new = CACHE / f".{source.stem}.{os.getpid()}"
    command = [str(toolchain.mojo), "build", "-I", ".", "--num-threads", "1", *flags]
    command += [str(source.relative_to(ROOT)), "-o", str(new)]
    environment = compile_environment(accelerator)
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise MojoFailure(f"does not compile\n{run.stdout}{run.stderr}")
    os.replace(new, program)
    return program
