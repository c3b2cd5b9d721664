"""Builds the Python extensions of mojo_kernels/ext whose sources, flags, compiler or machine have changed.

Each mojo_kernels/ext/NAME.mojo becomes OUT/NAME.so, and OUT/NAME.json records what it was built from: sources,
flags, compiler, machine. A build that fails leaves the last good one in place.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sanitizer
from mojo_imports import closure
from progress import Progress, given_seconds, shown
from toolchain import (
    ORIGIN,
    ROOT,
    SMALL,
    BuildError,
    Toolchain,
    accelerator_flags,
    accelerator_identity,
    cpu_identity,
    find_toolchain,
    keep_relative_run_path,
    run_compiler,
    ship_runtime,
)

DEFAULT_OUT = Path("pyfront/mocrograd/_kernels")
SUFFIX = {"shared-lib": "so", "llvm": "ll", "asm": "s"}


@dataclass(frozen=True)
class Settings:
    """What to build and how: the command line, resolved."""

    toolchain: Toolchain
    accelerator: str
    target: str = ""
    """The processor to build for, such as "x86-64-v3"; this machine's without it."""
    root: Path = ROOT
    out: Path = ROOT / DEFAULT_OUT
    emit: str = "shared-lib"
    jobs: int = 2
    only: tuple[str, ...] = ()
    strict: bool = False
    sanitize: bool = False

    @property
    def run_path(self) -> str:
        """Where a library finds the run-time libraries: several builds that are shipped together share them."""
        return "$ORIGIN/.." if self.target else "$ORIGIN"


@dataclass
class Extension:
    """One extension: its source, where its build stands, and why that is stale ("" where it is fresh)."""

    name: str
    source: Path
    recipe: dict[str, Any]
    stamp: dict[str, Any]
    reason: str = ""

    @property
    def expected_seconds(self) -> float:
        """The last build's time; for a first build that of the table."""
        return float(self.stamp.get("seconds", given_seconds(self.name)))


def find_extensions(settings: Settings) -> list[Extension]:
    """Reads every extension under mojo_kernels/ext and compares it with its last build.

    Raises:
        BuildError: `only` names an extension that does not exist.
    """
    sources = sorted(settings.root.glob("mojo_kernels/ext/[!_]*.mojo"))
    unknown = set(settings.only) - {s.stem for s in sources}
    if unknown:
        names = ", ".join(s.stem for s in sources)
        raise BuildError(f"no extension is called {', '.join(sorted(unknown))}; there are: {names}")
    cpu = settings.target or cpu_identity()
    extensions = []
    for source in sources:
        if settings.only and source.stem not in settings.only:
            continue
        files = closure(source, settings.root)
        digests = {str(f.relative_to(settings.root)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
        recipe = {
            "files": digests,
            "flags": flags(settings),
            "accelerator": settings.accelerator,
            "cpu": cpu,
            "versions": settings.toolchain.versions,
        }
        extension = Extension(source.stem, source, recipe, read_stamp(settings, source.stem))
        extension.reason = stale_because(extension, settings)
        extensions.append(extension)
    return extensions


def flags(settings: Settings) -> list[str]:
    """Returns the compiler's flags, without input and output."""
    out = ["--emit", settings.emit]
    if settings.emit == "shared-lib":
        out += ORIGIN
    if settings.sanitize:
        out += sanitizer.FLAGS
    elif settings.emit == "shared-lib":
        out += SMALL
    if settings.target:
        out += ["--target-cpu", settings.target]
    return out + accelerator_flags(settings.accelerator)


def output_of(settings: Settings, name: str) -> Path:
    """Returns what an extension is built to: a library, or a folder with the code of host and GPU kernels."""
    return settings.out / (f"{name}.so" if settings.emit == "shared-lib" else name)


def read_stamp(settings: Settings, name: str) -> dict[str, Any]:
    """Returns what the last good build of an extension was made from; empty where there is none."""
    try:
        stamp: dict[str, Any] = json.loads((settings.out / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if output_of(settings, name).exists() else {}


def stale_because(extension: Extension, settings: Settings) -> str:
    """Says in a few words why an extension must be built again; "" where its last build is good."""
    stamp, recipe = extension.stamp, extension.recipe
    if not stamp:
        return "not built yet"
    old, new = stamp["files"], recipe["files"]
    changed = [f for f in new if f in old and old[f] != new[f]]
    for files, verb in ((changed, "changed"), (new.keys() - old, "is new"), (old.keys() - new, "is gone")):
        if files:
            first, *rest = sorted(files)
            return f"{first} {verb}" + (f", and {len(rest)} more" if rest else "")
    for key in ("accelerator", "cpu", "versions", "flags"):
        if stamp[key] != recipe[key]:
            return f"{key}: {_shown(stamp[key])} -> {_shown(recipe[key])}"
    if settings.strict and stamp["warnings"]:
        return f"its last build gave {stamp['warnings']} warning(s)"
    return ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return " ".join(value) if isinstance(value, list) else str(value)


def build_all(settings: Settings, say: Callable[[str], None]) -> list[str]:
    """Builds the stale extensions, slowest first, and returns the names of those that failed."""
    settings.out.mkdir(parents=True, exist_ok=True)
    if settings.emit == "shared-lib":
        ship_runtime(settings.toolchain, settings.out.parent if settings.target else settings.out)
    if not any(e.reason for e in find_extensions(settings)):
        return []
    with _locked(settings.out):
        # Looked at anew: another process may have built them while this one waited.
        stale = [e for e in find_extensions(settings) if e.reason]
        if not stale:
            return []
        stale.sort(key=lambda e: e.expected_seconds, reverse=True)
        progress = Progress({e.name: e.expected_seconds for e in stale}, settings.jobs)
        say(f"{len(stale)} extensions to build, {progress.workers} at a time, about {shown(progress.total())}")
        started, failed = time.monotonic(), []
        pool = ThreadPoolExecutor(settings.jobs)
        try:
            runs = {pool.submit(build_one, extension, settings, progress, say): extension for extension in stale}
            failed = [runs[run].name for run in as_completed(runs) if not run.result()]
        finally:
            pool.shutdown(cancel_futures=True)
        count = len(stale) - len(failed)
        say(f"built {count} of {len(stale)} extensions in {time.monotonic() - started:.1f} s")
    return sorted(failed)


def build_one(extension: Extension, settings: Settings, progress: Progress, say: Callable[[str], None]) -> bool:
    """Compiles one extension into a new folder and, when that went well, moves it into place."""
    name, started = extension.name, time.monotonic()
    say(f"{name}: {extension.reason}")
    with tempfile.TemporaryDirectory(dir=settings.out, prefix=f".{name}-") as folder:
        made = Path(folder, name)
        made.mkdir()
        library = made / f"{name}.{SUFFIX[settings.emit]}"
        options = [*flags(settings), *(["--Werror"] if settings.strict else [])]
        # Threads cost a sixth more time of the cores, so compilers that share the cores have one each.
        options += ["--num-threads", str(max(1, settings.jobs // progress.workers))]
        root, accelerator = settings.root, settings.accelerator
        made_it, messages = run_compiler(
            settings.toolchain, extension.source, library, options, root=root, accelerator=accelerator
        )
        seconds = round(time.monotonic() - started, 1)
        told = progress.finish(name, seconds)
        if not made_it:
            say(f"{name}: failed ({told}); the last good build stays\n{messages}")
            return False
        if messages:
            say(f"{name}: the compiler says\n{messages}")
        if settings.emit == "shared-lib":
            keep_relative_run_path(library, settings.run_path)
        _put_in_place(library if settings.emit == "shared-lib" else made, output_of(settings, name))
        stamp = {
            **extension.recipe,
            "seconds": seconds,
            "warnings": len(re.findall(r": warning:", messages)),
        }
        new = Path(folder, "stamp")
        new.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        os.replace(new, settings.out / f"{name}.json")
    say(f"{name}: built in {seconds} s ({told})")
    return True


def _put_in_place(made: Path, target: Path) -> None:
    # A library may be loaded by a running process, so it is replaced by name and never written over.
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(made, target)


def remove_orphans(settings: Settings, say: Callable[[str], None]) -> None:
    """Removes the builds of extensions whose source is gone."""
    for stamp in settings.out.glob("*.json"):
        if not (settings.root / f"mojo_kernels/ext/{stamp.stem}.mojo").exists():
            say(f"{stamp.stem}: removed, its source is gone")
            _remove(settings, stamp.stem)


def _remove(settings: Settings, name: str) -> None:
    (settings.out / f"{name}.json").unlink()
    output = output_of(settings, name)
    shutil.rmtree(output) if output.is_dir() else output.unlink(missing_ok=True)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    with open(out / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    """Prints a line of progress at once."""
    # One write, so that the lines of parallel builds do not mix.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    option = parser.add_argument
    accelerator = os.environ.get("MOCROGRAD_ACCELERATOR", "auto")
    option("--accelerator", default=accelerator, help="sm_80, gfx942, ..., none, or auto: this machine's GPU")
    option(
        "--cpu", default="", help="build for a processor such as x86-64-v3, into build/cpu (default: for this machine)"
    )
    option("--out", type=Path, help="where to build to")
    option("--emit", choices=SUFFIX, default="shared-lib", help="what to make")
    option("--jobs", type=int, default=core_count(), help="compilers at a time (default: one for each core)")
    option("--only", nargs="+", default=(), metavar="NAME", help="build these extensions alone")
    option("--strict", action="store_true", help="take compiler warnings for errors")
    option("--sanitize", action="store_true", help="build for the address sanitizer")
    option("--clean", action="store_true", help="remove what was built, build nothing")
    option("--check", action="store_true", help="build nothing, exit 1 where something is stale")
    args = parser.parse_args(argv)
    try:
        settings = Settings(
            find_toolchain(),
            accelerator_identity(args.accelerator),
            target=args.cpu,
            out=(args.out or ROOT / (Path("build/cpu", args.cpu) if args.cpu else DEFAULT_OUT)).resolve(),
            emit=args.emit,
            jobs=max(1, args.jobs),
            only=tuple(args.only),
            strict=args.strict,
            sanitize=args.sanitize,
        )
        if args.clean:
            for stamp in settings.out.glob("*.json"):
                _remove(settings, stamp.stem)
            return 0
        if args.check:
            stale = [e for e in find_extensions(settings) if e.reason]
            for extension in stale:
                say(f"{extension.name}: {extension.reason}")
            return 1 if stale else 0
        remove_orphans(settings, say)
        failed = build_all(settings, say)
    except BuildError as error:
        print(f"build_kernels: {error}", file=sys.stderr)
        return 1
    if failed:
        print(f"build_kernels: could not build {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def core_count() -> int:
    """Counts the cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
