"""Proves that a wheel runs elsewhere: on other Pythons, on other processors, without a compiler.

    python scripts/wheel_check.py                    # the wheel in dist/, every part
    python scripts/wheel_check.py --only qemu bits   # some parts

    package   what the wheel holds, its tag and size, auditwheel, twine, no trace of this machine
    pythons   on each Python that is here, with NumPy alone and an empty environment: the README's example, training
    qemu      on an emulated processor with AVX2 and on one without, by qemu-user
    bits      the baselines' results for every row of the table of operations

The parts make virtual environments in a temporary folder, which pip fills.
"""

from __future__ import annotations

import argparse
import pickle
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import wheel
from toolchain import LICENCES, ROOT, RUNTIME

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
TESTS = ["pytest", "pytest-xdist", "hypothesis"]


class CheckError(Exception):
    """Something that must hold of a wheel does not."""


def faults(path: Path) -> list[str]:
    """Lists what is wrong with the content of a wheel."""
    found = []
    if path.stat().st_size > wheel.LIMIT:
        found.append(f"{path.name} has {path.stat().st_size} bytes, more than {wheel.LIMIT}")
    if wheel.installed_size(path) > wheel.INSTALLED:
        found.append(f"{path.name} has {wheel.installed_size(path)} bytes installed, more than {wheel.INSTALLED}")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        root = Path(folder)
        kernels = root / "mocrograd" / "_kernels"
        extensions = len(list(root.glob("mocrograd/_sources/mojo_kernels/ext/[!_]*.mojo")))
        for number, name in enumerate(wheel.baselines_here()):
            count = len(list(kernels.glob(f"{name}/*.so")))
            expected = extensions - len(wheel.LEFT_OUT) - number * len(wheel.SHARED)
            if count != expected:
                found.append(f"{name}: expected {expected} extensions, found {count}")
        needed = [*LICENCES.values(), *(f"lib{name}.so" for name in RUNTIME if f"lib{name}.so" != wheel.UNNEEDED)]
        found += [f"{name} is missing" for name in needed if not (kernels / name).is_file()]
        if not extensions:
            found.append("the Mojo sources are missing")
        tag = wheel.tag_of((p.read_bytes() for p in root.rglob("*.so")), platform.machine())
        if not path.stem.endswith(tag):
            found.append(f"expected the tag {tag}")
        for name in needed:  # as MAX's own packages have them
            (kernels / name).unlink(missing_ok=True)
        found += wheel.traces(root, wheel.words_of_this_machine())
    return found


def run(words: Sequence[str | Path], environment: dict[str, str] | None = None, expect: int = 0) -> str:
    """Runs a command in the repository's root; returns what it prints.

    Raises:
        CheckError: It ended with another status than expected.
    """
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != expect:
        raise CheckError(f"{' '.join(map(str, words))}\nended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout


def say(line: str) -> None:
    """Prints a line at once."""
    print(line, flush=True)


def environment(folder: Path, python: str, *packages: str | Path) -> Path:
    """Makes a virtual environment and returns its folder of commands."""
    run([python, "-m", "venv", folder])
    run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
    return folder / "bin"


def find_python(version: str) -> str | None:
    """Returns the path of a Python, from the PATH or from pyenv's versions."""
    for found in (shutil.which(f"python{version}"), *Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(found)
    return None


def check_package(path: Path, folder: Path) -> None:
    """Checks the content, and asks twine and auditwheel."""
    found = faults(path)
    if found:
        raise CheckError("\n".join(found))
    tools = environment(folder / "tools", sys.executable, "twine", "auditwheel")
    run([tools / "twine", "check", "--strict", path])
    said = " ".join(run([tools / "auditwheel", "show", path]).split())
    tag = path.stem.split("-")[-1]
    if f'consistent with the following platform tag: "{tag}"' not in said:
        raise CheckError(f"auditwheel does not agree with {tag}:\n{said}")
    say(f"package: {path.stat().st_size / 1e6:.1f} MB, twine and auditwheel ({tag}) are content, no trace")


def check_pythons(path: Path, folder: Path) -> None:
    """Runs the README's example and the training of the digits on each Python, with nothing in the environment."""
    example = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)[0]
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            say(f"pythons: {version} is not here, not checked")
            continue
        commands = environment(folder / version, python, path)
        accuracy = re.search(r"[01]\.\d+", run([commands / "python", "-c", example], {}))
        if accuracy is None or float(accuracy[0]) < 0.95:
            raise CheckError(f"{version}: the README's example reaches {accuracy and accuracy[0]}")
        trained = run([commands / "mocrograd", "train", "digits", "--quiet"], {}).strip()
        installed = run([commands / "pip", "list", "--format=freeze", "--disable-pip-version-check"]).split()
        say(f"pythons: {version}: README {accuracy[0]}; {trained}; {', '.join(installed)}")


def check_qemu(path: Path, folder: Path) -> None:
    """Imports, tests and trains on emulated processors."""
    emulator = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    if emulator is None:
        raise CheckError("no qemu-x86_64 on the PATH; on Debian and Ubuntu: apt-get install qemu-user-static")
    commands = environment(folder / "qemu", sys.executable, path, *TESTS)
    python = str(commands / "python")
    for forced in ({}, {"MOCROGRAD_CPU": "v3"}):
        on = [emulator, "-cpu", "max", python]
        info = run([*on, "-m", "mocrograd", "info"], forced)
        if "baseline     v3, of v4, v3" not in info:
            raise CheckError(f"expected the baseline v3:\n{info}")
        tests = run([*on, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/test_tiny.py"], forced)
        trained = run([*on, "-m", "mocrograd", "train", "digits", "--epochs", "2", "--quiet"], forced)
        how = " ".join(f"{k}={v} " for k, v in forced.items())
        say(f"qemu: {how}-cpu max: {tests.strip().splitlines()[-1]}; {trained.strip()}")
    said = run([emulator, "-cpu", "Nehalem", python, "-c", "import mocrograd"], {}, expect=1).strip().splitlines()[-1]
    if not re.match(r"ImportError: .*AVX2.*pip install \.", said):
        raise CheckError(f"-cpu Nehalem: {said}")
    say(f"qemu: -cpu Nehalem: {said}")
    said = run([emulator, "-cpu", "max", python, "-c", "import mocrograd"], {"MOCROGRAD_CPU": "v4"}, expect=1)
    say(f"qemu: MOCROGRAD_CPU=v4 -cpu max: {said.strip().splitlines()[-1]}")


def check_bits(path: Path, folder: Path) -> None:
    """Compares the results of the baselines."""
    python = environment(folder / "bits", sys.executable, path) / "python"
    first, *others = wheel.baselines_here()
    results = {}
    for baseline in (first, *others):
        out = folder / baseline
        words = {"MOCROGRAD_CPU": baseline, "PYTHONPATH": str(ROOT / "tests")}
        run([python, "scripts/wheel_bits.py", out], words)
        results[baseline] = pickle.loads(out.read_bytes())
    for other in others:
        compare(first, results[first], other, results[other])


def compare(first: str, a: dict[str, Any], other: str, b: dict[str, Any]) -> None:
    """Says which results are equal bit for bit, and how far the others are apart.

    Raises:
        CheckError: Two are further apart than each may be from the exact result.
    """
    import numpy as np

    if a.keys() != b.keys():
        raise CheckError(f"{first} and {other} have other cases: {sorted(a.keys() ^ b.keys())[:5]}")
    differing = {name for name in a if a[name][0].tobytes() != b[name][0].tobytes()}
    farthest = 0.0
    for name in sorted(differing):
        (x, bounds), (y, _) = a[name], b[name]
        try:
            np.testing.assert_allclose(x, y, bounds["rtol"], bounds["atol"], equal_nan=True)
        except AssertionError as error:
            raise CheckError(f"{name}: {first} and {other} differ: {error}") from None
        finite = np.isfinite(y)
        allowed = bounds["atol"] + bounds["rtol"] * np.abs(y[finite])
        farthest = max(farthest, float((np.abs(x[finite] - y[finite]) / allowed).max(initial=0)))
    operations = sorted({name.split()[0] for name in differing})
    say(f"bits: {len(a) - len(differing)} of {len(a)} results of {first} and {other} are equal")
    say(f"bits: the others are apart by at most {farthest:.2f} of what is allowed: {', '.join(operations)}")


PARTS: dict[str, Callable[[Path, Path], None]] = {
    "package": check_package,
    "pythons": check_pythons,
    "qemu": check_qemu,
    "bits": check_bits,
}


def main(argv: list[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("wheel", type=Path, nargs="?", help="default: the one in dist/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    args = parser.parse_args(argv)
    wheels = [args.wheel] if args.wheel else sorted(wheel.DIST.glob("*.whl"), key=lambda p: p.stat().st_mtime)
    if not wheels:
        print("wheel_check: no wheel in dist/: `scripts/run wheel` builds one", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for part in args.only:
            try:
                PARTS[part](wheels[-1].resolve(), Path(folder))
            except CheckError as error:
                print(f"wheel_check: {part}: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
