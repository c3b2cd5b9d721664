"""Finds the Mojo compiler and describes the machine that it compiles for.

Standard library only, and nothing of mocrograd: the scripts that build the kernels load this file by its path.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PINS = {"mojo": "1.2.0", "max": "26.7.0"}
"""The versions that the kernels are built with, as in pyproject.toml: their run-time libraries serve no others."""
RUNTIME = ("KGENCompilerRTShared", "AsyncRTMojoBindings", "AsyncRTRuntimeGlobals", "MSupportGlobals")
LICENCES = {"LICENSE": "MAX_LICENSE", "Third-Party-Notices": "MAX_THIRD_PARTY_NOTICES"}
IS_MACOS = sys.platform == "darwin"
ORIGIN = ("-Xlinker", "-rpath", "-Xlinker", "@loader_path" if IS_MACOS else "$ORIGIN")
"""The compiler's flags for a library that looks for the run-time libraries beside itself."""
_SMALL = ("--strip-all", "--as-needed", "-z", "noseparate-code")
SMALL = () if IS_MACOS else tuple(word for option in _SMALL for word in ("-Xlinker", option))
"""The compiler's flags for a library without names that nobody looks up, libraries that it does not use, and padding.

The names were two fifths of a library, the padding between code and data is up to three pages.
"""
_PACKAGE = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    """A build that cannot go on, with a sentence that says why and what helps."""


@dataclass(frozen=True)
class Toolchain:
    """The compiler of one Python environment.

    Attributes:
        mojo: The `mojo` command.
        versions: Version of each package, e.g. {"mojo": "1.2.0", "max": "26.7.0"}.
        libraries: The folder that holds the run-time libraries.
        notices: MAX's licence texts by the name under which they are shipped; empty where none are installed.
    """

    mojo: Path
    versions: dict[str, str]
    libraries: Path
    notices: dict[str, Path]


def find_toolchain(fix: str = '`pip install "mocrograd[kernels]"`') -> Toolchain:
    """Find the compiler that belongs to the running Python.

    Args:
        fix: What the error recommends.

    Raises:
        ImportError: There is none, or not the pinned version.
    """
    from importlib import metadata  # ten milliseconds, which a library from the cache need not wait for

    wanted = " and ".join(f"{name} {version}" for name, version in PINS.items())
    beside = Path(sysconfig.get_path("scripts")) / "mojo"
    command = str(beside) if beside.is_file() else shutil.which("mojo")
    if command is None:
        raise ImportError(f"kernels are compiled by {wanted}, but {sys.executable} has no mojo compiler: {fix}")
    versions = {name: _installed_version(name) for name in PINS}
    if versions != PINS:
        found = " and ".join(f"{name} {version}" for name, version in versions.items())
        raise ImportError(f"kernels are compiled by {wanted}, but {sys.executable} has {found}: {fix}")
    try:
        site = Path(str(metadata.distribution("mojo-compiler").locate_file("")))
        libraries = site / "modular" / "lib"
        info = site / f"max-{PINS['max']}.dist-info"
        notices = {shipped: info / name for name, shipped in LICENCES.items()}
    except metadata.PackageNotFoundError:
        # A conda environment keeps the libraries in its own lib folder, and no licence texts.
        libraries, notices = Path(sys.prefix) / "lib", {}
    return Toolchain(Path(command), PINS, libraries, notices)


def _installed_version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        records = sorted(Path(sys.prefix, "conda-meta").glob(f"{package}-[0-9]*.json"))
        return records[0].name.split("-")[1] if records else None


def sources() -> Path:
    """Return the folder for the compiler's `-I`, which holds mojo_kernels: the checkout, or one inside the package."""
    shipped = _PACKAGE / "_sources"
    return shipped if shipped.is_dir() else _PACKAGE.parent.parent


def cpu_identity() -> str:
    """Name the CPU that code is compiled for; two machines of the same name can share a build."""
    machine = platform.machine()
    if IS_MACOS:
        brand = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        return f"{machine} {brand.stdout.strip()}"
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    fields = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in text.splitlines())}
    features = " ".join(sorted(fields.get("flags", fields.get("Features", "")).split()))
    parts = [fields.get(k, "") for k in ("model name", "cpu family", "model", "CPU part")]
    digest = hashlib.sha256(" ".join([*parts, features]).encode()).hexdigest()[:12]
    return f"{machine} {parts[0] or 'cpu'} {digest}"


def compile_environment(accelerator: str) -> dict[str, str]:
    """Return the environment for the compiler; with "none" it cannot see a GPU of this machine.

    What this process preloads is not for the compiler, which an address sanitizer would end without a word.
    """
    env = {**os.environ, "MODULAR_CRASH_REPORTING_ENABLED": "false"}
    env.pop("LD_PRELOAD", None)
    if accelerator == "none":
        env.update(CUDA_VISIBLE_DEVICES="", HIP_VISIBLE_DEVICES="", ROCR_VISIBLE_DEVICES="")
    return env


def accelerator_flags(accelerator: str) -> list[str]:
    """Return the compiler's flags for a GPU that is not the one of this machine: "sm_80"; none for "none", "local"."""
    named = accelerator != "none" and not accelerator.startswith("local ")
    return ["--target-accelerator", accelerator] if named else []


def compiler_command(toolchain: Toolchain, source: Path, out: Path, flags: Sequence[str]) -> list[str]:
    """Return the command that compiles a file, in the folder in which packages of Mojo are found."""
    return [str(toolchain.mojo), "build", "-I", ".", *flags, str(source), "-o", str(out)]


def run_compiler(
    toolchain: Toolchain,
    source: Path,
    out: Path,
    flags: Sequence[str] = (),
    *,
    root: Path | None = None,
    accelerator: str = "none",
) -> tuple[bool, str]:
    """Compile one Mojo file.

    Args:
        toolchain: The compiler.
        source: The file.
        out: What it becomes.
        flags: The compiler's flags, such as `--emit shared-lib`.
        root: The folder in which packages of Mojo are found; `sources()` without it.
        accelerator: With "none" the compiler cannot see a GPU of this machine.

    Returns:
        Whether `out` is there, and what the compiler said.
    """
    root = root or sources()
    inside = source.relative_to(root) if source.is_relative_to(root) else source
    command = compiler_command(toolchain, inside, out, flags)
    environment = compile_environment(accelerator)
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return not run.returncode and out.is_file(), (run.stdout + run.stderr).strip()


def ship_runtime(toolchain: Toolchain, out: Path) -> None:
    """Copy the run-time libraries that an extension needs, and MAX's licence texts, into `out`."""
    suffix = "dylib" if IS_MACOS else "so"
    files = {f"lib{name}.{suffix}": toolchain.libraries / f"lib{name}.{suffix}" for name in RUNTIME}
    for name, source in {**files, **toolchain.notices}.items():
        target, seen = out / name, source.stat()
        if target.exists() and (target.stat().st_size, int(target.stat().st_mtime)) == (
            seen.st_size,
            int(seen.st_mtime),
        ):
            continue
        new = out / f".{name}.{os.getpid()}"
        shutil.copy2(source, new)
        os.replace(new, target)


def keep_relative_run_path(library: Path, run_path: str = "$ORIGIN") -> None:
    """Take the compiler's own folder out of a library's run path, which leaves a folder relative to the library's.

    Args:
        library: What the compiler has written with `ORIGIN`.
        run_path: What its run path becomes.

    Raises:
        BuildError: The run path is not what `mojo build` writes.
    """
    if IS_MACOS:
        listing = subprocess.run(["otool", "-l", str(library)], capture_output=True, text=True, check=True)
        for path in re.findall(r"cmd LC_RPATH\n.*\n\s+path (/\S+)", listing.stdout):
            subprocess.run(["install_name_tool", "-delete_rpath", path, str(library)], check=True)
        return
    # The run path is one string of the ELF string table; a shorter string in its place needs no other change.
    data, end = library.read_bytes(), run_path.encode() + b"\0"
    found = re.findall(rb"\0((?:/[^\0]*:)?\$ORIGIN\0)", data)
    if len(found) != 1:
        raise BuildError(f"{library.name}: expected one run path that ends in $ORIGIN, found {len(found)}")
    library.write_bytes(data.replace(found[0], end.ljust(len(found[0]), b"\0")))
