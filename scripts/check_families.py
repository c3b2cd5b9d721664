"""Fails where a family of operations does not bear one name from its kernels to its tests.

A family is a file of pyfront/mocrograd/ops. By its name it has kernels (a file or folder of mojo_kernels, or of
mojo_kernels/elementwise), rows in tests/opcases and bad calls in tests/badcalls; tests of its own are
tests/ops/test_NAME*.py. The lists below are what may differ; an entry that is no longer needed fails too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("pyfront/mocrograd")
KERNELS = Path("mojo_kernels")

COMPOSED = {
    "calculus", "cast", "contractions", "creation", "decompositions", "diagonals", "eigen", "informed", "ldl", "linalg",
    "lu", "norms", "padding", "properties", "rearrange", "reflections", "segments", "signal", "splitting", "views",
}  # fmt: skip
"""Families without kernels of their own: they are composed of other families' or change how memory is read."""
WITHOUT_ROWS = {"optim"}
"""Families whose functions no tensor operation calls: tests/optim holds optimizers against torch's."""
HOUSES = {"elementwise", "ext", "generated", "native", "numerics", "python", "runtime", "scalar"}
"""Folders of mojo_kernels that are no family."""
SHARED = {
    "tests/opcases": {"catalogue", "integers", "table"},
    "tests/badcalls": {"autograd", "huge", "table"},
    "tests/ops": {
        "argument_names", "channels_last", "copying", "degenerate", "dtype_rules", "dtypes", "edges",
        "hostile_fields", "hostile_values", "invariants", "number_out", "numpy_inputs", "opcases", "operators", "out",
        "out_aliases", "out_direct", "parity", "parity_single", "printing_options", "refusals",
        "small_integers", "special_inputs", "special_points",
    },
}  # fmt: skip
"""Files of tests that are about all families."""


def main(root: Path = ROOT) -> int:
    """Prints what does not agree; returns 1 where there is any."""
    found = list(faults(root))
    print("\n".join(found) if found else "families bear one name")
    return 1 if found else 0


def faults(root: Path) -> Iterator[str]:
    """Yields a line for each missing or misnamed file, and for each needless entry of the lists."""
    families = names(root / PACKAGE / "ops")
    layers = names(root / PACKAGE / "nn") | names(root / PACKAGE / "nn/functional") | names(root / PACKAGE / "optim")
    kernels = names(root / KERNELS) - HOUSES
    yield from _kernels(families, kernels, names(root / KERNELS / "elementwise"))
    for folder, without in (("tests/opcases", WITHOUT_ROWS), ("tests/badcalls", set())):
        files = names(root / folder)
        for family in sorted(families - files - without):
            yield f"{folder}/{family}.py is missing: {PACKAGE}/ops has that family"
        for family in sorted(without & files | without - families):
            yield f"scripts/check_families.py: take {family} off the list of families without rows"
        yield from _strangers(folder, files, families | layers)
    tests = {name.removeprefix("test_") for name in names(root / "tests/ops") if name.startswith("test_")}
    own = {name for name in tests if any(f"{name}_".startswith(f"{family}_") for family in families)}
    yield from _strangers("tests/ops", tests, own, "test_")


def _kernels(families: set[str], kernels: set[str], elementwise: set[str]) -> Iterator[str]:
    """Holds families against kernels, and the other way round."""
    for family in sorted(families - kernels - elementwise - COMPOSED):
        yield f"{KERNELS}/{family} is missing: name the kernels as ops/{family}.py, or add it to COMPOSED"
    for family in sorted(COMPOSED & (kernels | elementwise) | COMPOSED - families):
        yield f"scripts/check_families.py: take {family} off COMPOSED"
    for name in sorted(kernels - families):
        yield f"{KERNELS}/{name}: {PACKAGE}/ops has no family of that name"


def _strangers(folder: str, files: set[str], known: set[str], prefix: str = "") -> Iterator[str]:
    """Yields the files that bear no known name and are not shared, and the entries of shared ones that are needless."""
    for name in sorted(files - known - SHARED[folder]):
        yield f"{folder}/{prefix}{name}.py: no family of ops, nn or optim has that name"
    for name in sorted(SHARED[folder] & known | SHARED[folder] - files):
        yield f"scripts/check_families.py: take {name} off the shared files of {folder}"


def names(folder: Path) -> set[str]:
    """Returns the public modules of a folder of Python or Mojo, files and folders."""
    if not folder.is_dir():
        return set()
    return {
        path.stem
        for path in folder.iterdir()
        if not path.name.startswith(("_", "."))
        and (path.suffix in (".py", ".mojo") or any((path / f"__init__{s}").exists() for s in (".py", ".mojo")))
    }


if __name__ == "__main__":
    sys.exit(main())
