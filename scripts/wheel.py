"""Builds the wheel that runs on other machines than this one, into dist/.

The kernels are built for each baseline of this architecture, and mocrograd/_kernels/__init__.py chooses one of them by
the processor. The tag says which C library the wheel needs.
"""

from __future__ import annotations

import argparse
import getpass
import json
import platform
import re
import shutil
import socket
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from build_kernels import Settings, build_all, core_count, say
from toolchain import IS_MACOS, LICENCES, ROOT, BuildError, find_toolchain

if sys.version_info >= (3, 11):
    import tomllib
else:
    from pip._vendor import tomli as tomllib

BASELINES = {"x86_64": {"v3": "x86-64-v3", "v4": "x86-64-v4"}, "aarch64": {"v8": "generic"}}
"""The processors to build for, by architecture and by the name of the folder in the wheel."""
SHARED = (
    "complex", "division", "embedding", "fft", "gathering", "higher", "indexing", "narrow", "normalization", "optim",
    "random", "reduce", "resample", "scalar", "scan", "sorting", "sparse", "ternary",
)  # fmt: skip
"""Extensions that are built for the first baseline alone.

What they compute takes less than 1.1 times as long with it as with the second one's, in the mean over small and large
calls (docs/performance.md). `complex` and `higher`, the special functions beyond the usual ones, take up to 1.2 times
as long, and `division` up to 1.6 times; they have 1.5 MB, and are seldom used.
"""
LEFT_OUT = ("max_threads",)
"""Extensions that a wheel lacks: this one brings a second kind of threads, to compare with."""
UNNEEDED = "libAsyncRTMojoBindings.so"
"""The run-time library, of 1.3 MB, that only those, and kernels for GPUs, need."""
BUILD, DIST = ROOT / "build" / "wheel", ROOT / "dist"
LIMIT = 15_000_000
"""The most bytes that a wheel may have."""
INSTALLED = 25_000_000
"""The most bytes that its files may have when it is installed."""
KEPT = ("versions", "cpu", "accelerator", "seconds")
"""What stays of the record of a build: what `mocrograd info` shows."""


def baselines_here() -> dict[str, str]:
    """Returns the processors to build for, by the name of their baseline.

    Raises:
        BuildError: Wheels are not built on such a system.
    """
    if IS_MACOS or platform.machine() not in BASELINES:
        raise BuildError(f"wheels are built on Linux, {' or '.join(BASELINES)}, not on {platform.platform()}")
    return BASELINES[platform.machine()]


def build_baselines(settings: Settings, baselines: dict[str, str]) -> None:
    """Builds the extensions for each baseline, those of `SHARED` for the first, into folders below `settings.out`.

    Raises:
        BuildError: Some did not compile.
    """
    for i, (name, target) in enumerate(baselines.items()):
        say(f"baseline {name} ({target}), {i + 1} of {len(baselines)}")
        failed = build_all(replace(settings, target=target, out=settings.out / name, only=built_for(i, settings)), say)
        if failed:
            raise BuildError(f"could not build {', '.join(failed)} for {target}")


def built_for(number: int, settings: Settings) -> tuple[str, ...]:
    """Returns the names of the extensions that a baseline has, by its number in the order of `BASELINES`."""
    names = sorted(source.stem for source in settings.root.glob("mojo_kernels/ext/[!_]*.mojo"))
    return tuple(name for name in names if name not in LEFT_OUT and (number == 0 or name not in SHARED))


def stage(settings: Settings, baselines: Iterable[str]) -> Path:
    """Lays out mocrograd/_kernels as the wheel has it.

    Args:
        settings: Those of the build.
        baselines: The names of the baselines that were built.

    Returns:
        The folder.

    Raises:
        BuildError: MAX's licence texts are missing, or a file tells of this machine.
    """
    build, staged = settings.out, settings.out / "staged"
    missing = [name for name in LICENCES.values() if not (build / name).is_file()]
    if missing:
        raise BuildError(f"a wheel ships MAX's libraries, so it needs {', '.join(missing)}: install max with pip")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for path in sorted(build.glob("*")):
        if path.is_file() and not path.name.startswith("."):
            shutil.copyfile(path, staged / path.name)
    for number, baseline in enumerate(baselines):
        (staged / baseline).mkdir()
        names = built_for(number, settings)
        for library in sorted(p for p in build.glob(f"{baseline}/*.so") if p.stem in names):
            data = without_folder(library.read_bytes(), settings.root)
            if re.search(rb"[^./]/mojo_kernels/", data):
                raise BuildError(f"{library} was built for sources in another folder: remove {library.parent}")
            (staged / baseline / library.name).write_bytes(data)
            stamp = json.loads(library.with_suffix(".json").read_text(encoding="utf-8"))
            (staged / baseline / f"{library.stem}.json").write_text(json.dumps({key: stamp[key] for key in KEPT}))
        found = traces(staged / baseline, words_of_this_machine())
        if found:
            raise BuildError("the wheel would tell of this machine:\n" + "\n".join(found))
    remove_unused(staged, UNNEEDED)
    return staged


def remove_unused(staged: Path, name: str) -> None:
    """Removes a run-time library where no extension below a folder needs it; those for GPUs do."""
    library, mark = staged / name, f"\0{name}\0".encode()
    if not any(mark in path.read_bytes() for path in staged.rglob("*.so") if path != library):
        library.unlink(missing_ok=True)


def tag_of(libraries: Iterable[bytes], machine: str) -> str:
    """Returns the wheel's tag: any Python 3, and Linux with the newest glibc that a library asks for.

    Args:
        libraries: The contents of all libraries.
        machine: The architecture.
    """
    versions = [int(minor) for data in libraries for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?=[.\d]*\0)", data)]
    return f"py3-none-manylinux_2_{max(versions, default=17)}_{machine}"


def without_folder(library: bytes, folder: Path) -> bytes:
    """Returns a library that names its sources relative to a folder: "/home/me/x.mojo" becomes "./././././x.mojo".

    Code knows how long the names are, so they keep their lengths.
    """
    old = f"{folder}/".encode()
    return library.replace(old, b"./" * (len(old) // 2) + b"/" * (len(old) % 2))


def traces(folder: Path, words: Iterable[str]) -> list[str]:
    """Lists the files below a folder whose text says one of the words; short text may be numbers."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        text = b"\n".join(re.findall(rb"[\t\n\x20-\x7e]{6,}", path.read_bytes()))
        for word in words:
            if re.search(rb"(?<!\w)" + re.escape(word.encode()) + rb"(?!\w)", text):
                found.append(f"{path.relative_to(folder)}: {word}")
    return found


def words_of_this_machine() -> list[str]:
    """Returns what no file of a wheel may say: where this machine keeps things, its name and its user's."""
    words = {str(ROOT), str(Path.home()), sys.prefix, sys.base_prefix, f"/{getpass.getuser()}", socket.gethostname()}
    return sorted(words - {"/"})


def make_wheel(staged: Path, tag: str, out: Path) -> Path:
    """Makes the wheel of the package with the extensions that are staged.

    Returns:
        Its path.
    """
    from hatchling.builders.wheel import WheelBuilder

    with open(ROOT / "pyproject.toml", "rb") as file:
        config = tomllib.load(file)
    hook = config["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    hook.update(baselines=str(staged), tag=tag)
    builder = WheelBuilder(str(ROOT), config=config)
    (made,) = builder.build(directory=str(out), versions=["standard"])
    return Path(made)


def installed_size(wheel: Path) -> int:
    """Returns the bytes of a wheel's files when it is installed."""
    with zipfile.ZipFile(wheel) as archive:
        return sum(item.file_size for item in archive.infolist())


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    option = parser.add_argument
    option("--accelerator", default="none", help="sm_80, gfx942, ... or none (default): the GPU to build for as well")
    option("--jobs", type=int, default=core_count(), help="compilers at a time (default: one for each core)")
    option("--strict", action="store_true", help="take compiler warnings for errors")
    args = parser.parse_args(argv)
    try:
        baselines = baselines_here()
        settings = Settings(find_toolchain(), args.accelerator, out=BUILD, jobs=max(1, args.jobs), strict=args.strict)
        build_baselines(settings, baselines)
        staged = stage(settings, baselines)
        tag = tag_of((path.read_bytes() for path in staged.rglob("*.so")), platform.machine())
        wheel = make_wheel(staged, tag, DIST)
        size, installed = wheel.stat().st_size, installed_size(wheel)
        if size > LIMIT or installed > INSTALLED:
            raise BuildError(f"{wheel.name} has {size} bytes, {installed} installed, more than {LIMIT} or {INSTALLED}")
    except BuildError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    say(f"{wheel.relative_to(ROOT)}: {size / 1e6:.1f} MB, {installed / 1e6:.1f} MB installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
