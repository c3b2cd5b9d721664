"""Other people's packages over mocrograd: installs them without torch, tests them, and writes docs/packages.md.

scripts/run packages                 install into .venv-packages what is missing, run tests/packages
scripts/run packages --install       install alone
scripts/run packages --write         run the tests in one process, which times them, and write the page
"""

from __future__ import annotations

import argparse
import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-packages"
COMPLETE = ENVIRONMENT / "complete"
RESULTS = ROOT / "results" / "packages"
PROGRAMS = ROOT / "tests" / "packages" / "programs"
PAGE = ROOT / "docs" / "packages.md"

PACKAGES = (
    "datasets==5.2.0", "einops==0.8.2", "frozendict", "jinja2", "joblib", "loguru", "numpy", "pandas", "pillow",
    "psutil", "safetensors==0.8.0", "scikit-learn", "scipy", "sympy", "tensorboard", "transformers==5.24.0",
)  # fmt: skip
"""What asks for no torch; pip brings what these need."""
FOR_TORCH = (
    "accelerate==1.15.0", "einx", "lightning==2.6.6", "lightning-utilities==0.15.3", "peft==0.21.2",
    "pytorch-lightning==2.6.6", "sentence-transformers==6.2.0", "skorch==1.4.0", "tabulate", "timm==1.0.31",
    "torch-einops-utils", "torchdiffeq==0.2.5", "torchinfo==1.8.0", "torchmetrics==1.9.0", "vit-pytorch==1.26.14",
    "x-transformers==2.31.10",
)  # fmt: skip
"""What asks for torch, and so is installed without what it asks for."""

REFERENCE = ("torchvision==0.28.0",)
"""What only torch has beside it, for mocrograd stands for these packages itself."""


def main() -> int:
    """Does what the arguments say; returns the tests' exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="install alone")
    parser.add_argument("--write", action="store_true", help="write docs/packages.md from what the tests measured")
    options, arguments = parser.parse_known_args()
    install()
    if options.install:
        return 0
    processes = ["-n", "0"] if options.write else ["-n", "auto"]
    status = subprocess.call([sys.executable, "-m", "pytest", *processes, "tests/packages", *arguments], cwd=ROOT)
    if options.write and not status:
        PAGE.write_text(page(), encoding="utf-8")
    return status


def install() -> None:
    """Makes the environment, unless exactly these packages are in it."""
    wanted = json.dumps([PACKAGES, FOR_TORCH, REFERENCE, sys.version])
    if COMPLETE.exists() and COMPLETE.read_text(encoding="utf-8") == wanted:
        return
    print(f"scripts/other_packages.py: installing other people's packages into {ENVIRONMENT.name}", file=sys.stderr)
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    subprocess.run([*pip, *PACKAGES], check=True)
    subprocess.run([*pip, "--no-deps", *FOR_TORCH], check=True)
    target = ["--target", str(ENVIRONMENT / "reference")]
    subprocess.run([*pip, "--no-deps", *target, *REFERENCE], check=True)
    COMPLETE.write_text(wanted, encoding="utf-8")


# ------------------------------------------------------------------------------------------------ the page

TOP = """# Packages over mocrograd

Written by `scripts/run packages --write` from the programs in `tests/packages/programs`. Each one
is plain torch code. It runs twice from the same weights, over mocrograd in an environment without
torch, and over torch; the tests compare every number that it reports.
"""


def page() -> str:
    """Returns the text of the page, from the reports of the tests."""
    sys.path.insert(0, str(ROOT / "scripts" / "bench"))
    import report

    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    lines = [TOP, f"Times: {report.processor()}, two threads, one after the other.", ""]
    lines += [
        "| packages | what was tried | largest difference | step, ms | torch's | ratio |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name, both in reports.items():
        packages = ", ".join(f"{package} {version}" for package, version in both["mocrograd"]["versions"].items())
        ours, theirs = both["mocrograd"]["step_ms"], both["torch"]["step_ms"]
        times = f"{ours:.2f} | {theirs:.2f} | {ours / theirs:.2f}" if ours and theirs else "| |"
        lines.append(f"| {packages} | {tried(name)} | {difference(both):.0e} | {times} |")
    return "\n".join([*lines, "", *megabytes(reports)]) + "\n"


def tried(name: str) -> str:
    """Returns what a program does, the first sentence of its docstring, with its arguments."""
    path = max((p for p in PROGRAMS.glob("*.py") if name.startswith(p.stem)), key=lambda p: len(p.stem))
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    sentence = " ".join(text.split("\n\n")[0].split()).rstrip(".")
    arguments = name[len(path.stem) :].strip("-")
    return sentence + (f" ({arguments})" if arguments else "")


def difference(both: dict[str, Any]) -> float:
    """Returns the largest difference between numbers of the two reports, relative to 1 where they are small."""
    pairs = []
    for name, expected in both["torch"]["figures"].items():
        got = both["mocrograd"]["figures"][name]
        some = zip(got, expected) if isinstance(expected, list) else [(got, expected)]
        pairs += [(a, b) for a, b in some if isinstance(b, float)]
    return max((abs(a - b) / max(1.0, abs(b)) for a, b in pairs), default=0.0)


def megabytes(reports: dict[str, Any]) -> Iterable[str]:
    """Yields a table of what is installed with each package: over mocrograd, and over torch."""
    site = next(ENVIRONMENT.glob("lib/python3*/site-packages"))
    sizes = {
        canonical(d.metadata["Name"]): (size(d), needs(d)) for d in importlib.metadata.distributions(path=[str(site)])
    }
    own = sum(path.stat().st_size for path in (ROOT / "pyfront").rglob("*") if path.is_file() and path.suffix != ".pyc")
    torch = closure(
        "torch", {canonical(d.metadata["Name"]): (size(d), needs(d)) for d in importlib.metadata.distributions()}
    )
    yield f"mocrograd takes {own / 1e6:.0f} MB on the disk, torch {torch / 1e6:.0f} MB with what it needs."
    yield ""
    yield "| package | it and what it needs, MB | with mocrograd | with torch |"
    yield "|---|--:|--:|--:|"
    for package in sorted({name for both in reports.values() for name in both["mocrograd"]["versions"]}):
        rest = closure(canonical(package), sizes)
        yield f"| {package} | {rest / 1e6:.0f} | {(rest + own) / 1e6:.0f} | {(rest + torch) / 1e6:.0f} |"


def canonical(name: str) -> str:
    """Returns a distribution's name as packages write it when they ask for it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def size(distribution: importlib.metadata.Distribution) -> int:
    """Returns the bytes of a distribution's files, without bytecode."""
    paths = [Path(str(file.locate())) for file in distribution.files or () if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def needs(distribution: importlib.metadata.Distribution) -> list[str]:
    """Returns the distributions that one asks for, without extras."""
    asked = [line for line in distribution.requires or () if "extra ==" not in line]
    return [canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in asked]


def closure(name: str, sizes: dict[str, tuple[int, list[str]]]) -> int:
    """Returns the bytes of a distribution and of all that it needs and that is there."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in sizes and one not in found:
            found.add(one)
            waiting += sizes[one][1]
    return sum(sizes[one][0] for one in found)


if __name__ == "__main__":
    sys.exit(main())
