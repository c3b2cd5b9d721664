"""Finds the Mojo compiler and describes the machine that it compiles for. Standard library only."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ("KGENCompilerRTShared", "AsyncRTMojoBindings", "AsyncRTRuntimeGlobals", "MSupportGlobals")
LICENCES = {"LICENSE": "MAX_LICENSE", "Third-Party-Notices": "MAX_THIRD_PARTY_NOTICES"}
IS_MACOS = sys.platform == "darwin"
PYTEST = [sys.executable, "-m", "pytest", "-n", "auto", "--dist", "worksteal"]
"""pytest on all cores, as the tasks of pixi.toml start it."""


class BuildError(Exception):
    """A build that cannot start, with a sentence that says why and what helps."""


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


def find_toolchain() -> Toolchain:
    """Finds the compiler that belongs to the running Python.

    Raises:
        BuildError: There is none, or not the pinned version.
    """
    pins = pinned_versions((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = " and ".join(f"{name} {version}" for name, version in pins.items())
    fix = "pip install " + " ".join(f"{name}=={version}" for name, version in pins.items())
    beside = Path(sysconfig.get_path("scripts")) / "mojo"
    command = str(beside) if beside.is_file() else shutil.which("mojo")
    versions = {name: _installed_version(name) for name in pins}
    if command is None:
        raise BuildError(
            f"the kernels need {wanted}, but {sys.executable} has no mojo compiler: use `scripts/run build`, or `{fix}`"
        )
    if versions != pins:
        found = " and ".join(f"{name} {version}" for name, version in versions.items())
        raise BuildError(f"the kernels need {wanted}, but {sys.executable} has {found}: `{fix}`")
    try:
        site = Path(str(metadata.distribution("mojo-compiler").locate_file("")))
        libraries = site / "modular" / "lib"
        info = site / f"max-{pins['max']}.dist-info"
        notices = {shipped: info / name for name, shipped in LICENCES.items()}
    except metadata.PackageNotFoundError:
        # A conda environment keeps the libraries in its own lib folder, and no licence texts.
        libraries, notices = Path(sys.prefix) / "lib", {}
    return Toolchain(Path(command), pins, libraries, notices)


def pinned_versions(pyproject: str) -> dict[str, str]:
    """Reads the exact versions of mojo and max from the text of pyproject.toml."""
    return {name: re.findall(rf'"{name}==([^"]+)"', pyproject)[0] for name in ("mojo", "max")}


def _installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        records = sorted(Path(sys.prefix, "conda-meta").glob(f"{package}-[0-9]*.json"))
        return records[0].name.split("-")[1] if records else None


def cpu_identity() -> str:
    """Names the CPU that code is compiled for; two machines of the same name can share a build."""
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


def local_gpu(root: Path = Path("/")) -> str | None:
    """Names the first GPU of this machine that the compiler can target, from the drivers' own files."""
    for info in sorted(root.glob("proc/driver/nvidia/gpus/*/information")):
        model = re.search(r"Model:\s*(.+)", info.read_text(encoding="utf-8"))
        return model.group(1).strip() if model else "NVIDIA GPU"
    if (root / "dev/nvidiactl").exists():
        return "NVIDIA GPU"  # a container that hides the driver's folder
    for node in sorted(root.glob("sys/class/kfd/kfd/topology/nodes/*/properties")):
        version = re.search(r"gfx_target_version (\d+)", node.read_text(encoding="utf-8"))
        if version and int(version.group(1)):
            return f"AMD gfx {version.group(1)}"
    return None


def accelerator_identity(choice: str) -> str:
    """Resolves `--accelerator`: "auto" becomes "local NAME" or "none"; a name stays itself."""
    if choice != "auto":
        return choice
    gpu = local_gpu()
    return f"local {gpu}" if gpu else "none"


def compile_environment(accelerator: str) -> dict[str, str]:
    """Returns the environment for the compiler; with "none" it cannot see a GPU of this machine."""
    env = {**os.environ, "MODULAR_CRASH_REPORTING_ENABLED": "false"}
    if accelerator == "none":
        env.update(CUDA_VISIBLE_DEVICES="", HIP_VISIBLE_DEVICES="", ROCR_VISIBLE_DEVICES="")
    return env


def ship_runtime(toolchain: Toolchain, out: Path) -> None:
    """Copies the run-time libraries that an extension needs, and MAX's licence texts, into `out`."""
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


def keep_relative_run_path(library: Path) -> None:
    """Takes the compiler's own folder out of a library's run path, which leaves the library's folder.

    Raises:
        BuildError: The run path is not what `mojo build` writes.
    """
    if IS_MACOS:
        listing = subprocess.run(["otool", "-l", str(library)], capture_output=True, text=True, check=True)
        for path in re.findall(r"cmd LC_RPATH\n.*\n\s+path (/\S+)", listing.stdout):
            subprocess.run(["install_name_tool", "-delete_rpath", path, str(library)], check=True)
        return
    # The run path is one string of the ELF string table; a shorter string in its place needs no other change.
    data, end = library.read_bytes(), b"$ORIGIN\0"
    found = re.findall(rb"\0((?:/[^\0]*:)?\$ORIGIN\0)", data)
    if len(found) != 1:
        raise BuildError(f"{library.name}: expected one run path that ends in $ORIGIN, found {len(found)}")
    library.write_bytes(data.replace(found[0], end.ljust(len(found[0]), b"\0")))
