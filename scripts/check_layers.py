"""Fails on an import that points up or closes a circle: Python in pyfront/mocrograd, Mojo in mojo_kernels."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from mojo_imports import imported_files

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "mocrograd"

# From the bottom up: a module may import what stands on its own line or on a lower one.
LAYERS = (
    ("_kernels", "errors", "renamed", "scalar", "shown"),
    ("backend", "dtypes", "layout", "notebook", "overriding", "strides"),
    ("scalar.compiled",),
    ("autograd",),
    ("tensor",),
    ("types",),
    ("ops",),
    (
        "autograd.forward_ad",
        "autograd.functional",
        "build",
        "datasets",
        "distributed",
        "fft",
        "func",
        "linalg",
        "nn",
        "optim",
        "return_types",
        "safetensors",
        "serialization",
        "signal",
        "sparse",
        "special",
        "utils",
        "wrapping",
    ),
    ("accelerator", "amp", "backends", "distributions", "masked", "nested", "random", "testing"),
    ("compat", "compiler", "cuda", "profiler", "transforms"),
    ("model_summary", "utils.flop_counter"),
    ("__init__", "export", "onnx", "sklearn", "train"),
    ("autograd.profiler", "torch"),
    ("playground", "torchvision"),
    ("__main__", "as_torch", "cli", "distributed.start"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
MOJO_RANK = {"runtime": 0, "__init__": 0, "numerics": 1, "python": 3, "ext": 4}
MOJO_KERNELS_RANK = 2


def main(root: Path = ROOT) -> int:
    """Prints every import that points up and every circle; returns 1 where there is one."""
    found = [*python_violations(root), *mojo_violations(root)]
    for graph in (python_graph(root), mojo_graph(root)):
        found += [f"imports in a circle: {' -> '.join(circle)}" for circle in circles(graph)]
    print("\n".join(found) if found else "imports point down")
    return 1 if found else 0


def python_violations(root: Path) -> Iterator[str]:
    """Yields a line for each forbidden import of the Python package."""
    package = root / "pyfront" / PACKAGE
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        dotted = ".".join(inside.with_suffix("").parts)
        layer = dotted if dotted in RANK else inside.parts[0].removesuffix(".py")
        where = str(path.relative_to(root))
        if layer not in RANK:
            yield f"{where}: {layer} has no layer yet; give it one in scripts/check_layers.py"
            continue
        for line, target in imports_of(path, package):
            # What is no module is a name that the package itself gives out.
            name = target if target in RANK else "__init__"
            if name == "_kernels" and layer != "_kernels" and dotted != "backend.extensions":
                yield f"{where}:{line}: only backend/extensions.py may import the compiled extensions"
            elif RANK[name] > RANK[layer]:
                yield f"{where}:{line}: {layer} must not import {PACKAGE}.{name}, which stands above it"


def python_graph(root: Path) -> dict[str, set[str]]:
    """Returns for each module of the package the modules that it imports, when it runs or for type checkers."""
    package = root / "pyfront" / PACKAGE
    modules = {path: module_of(path, package) for path in sorted(package.rglob("*.py"))}
    known = set(modules.values())
    graph: dict[str, set[str]] = {}
    for path, module in modules.items():
        here = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        graph[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                start = here[: len(here) - node.level + 1] if node.level else []
                source = ".".join([*start, *([node.module] if node.module else [])])
                names = [f"{source}.{alias.name}" for alias in node.names]
                names = [name if name in known else source for name in names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            graph[module].update(name for name in names if name in known and name != module)
    return graph


def module_of(path: Path, package: Path) -> str:
    """Returns a module's dotted name."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def mojo_graph(root: Path) -> dict[str, set[str]]:
    """Returns for each Mojo file of the kernels the files that it imports, without the packages that it lies in."""
    kernels = root / "mojo_kernels"
    return {
        str(path.relative_to(root)): {
            str(p.relative_to(root))
            for p in imported_files(path, root)
            if p != path
            and not (p.name == "__init__.mojo" and p.parent in path.parents)  # imported with each file in it
        }
        for path in sorted(kernels.rglob("*.mojo"))
    }


def circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yields a circle through each group of nodes that reach each other: its names, the first one again at the end."""
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        came_from: dict[str, str] = {}
        waiting = [start]
        while waiting:  # the shortest way back to the start
            node = waiting.pop(0)
            for target in sorted(graph.get(node, ())):
                if target not in came_from and target not in done:
                    came_from[target] = node
                    waiting.append(target)
        done.add(start)
        if start in came_from:
            circle = [start, came_from[start]]
            while circle[-1] != start:
                circle.append(came_from[circle[-1]])
            yield circle[::-1]


def imports_of(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Yields the line of each import and the name it takes from the package, but none for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    here = [PACKAGE, *path.parent.relative_to(package).parts]
    for node in ast.walk(tree):
        if id(node) in for_types or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{module}.{name}" for name in names] if module == PACKAGE else [module]
        for name in names:
            first, _, rest = name.partition(".")
            if first == PACKAGE:
                yield node.lineno, rest.split(".")[0]


def mojo_violations(root: Path) -> Iterator[str]:
    """Yields a line for each Mojo import that points up: runtime is the lowest, then numerics, kernels, python, ext."""
    kernels = root / "mojo_kernels"

    def rank(path: Path) -> int:
        return MOJO_RANK.get(path.relative_to(kernels).parts[0].removesuffix(".mojo"), MOJO_KERNELS_RANK)

    for path in sorted(kernels.rglob("*.mojo")):
        for target in sorted(imported_files(path, root)):
            if rank(target) > rank(path):
                above = target.relative_to(root)
                yield f"{path.relative_to(root)}: must not import {above}, which stands above it"


if __name__ == "__main__":
    sys.exit(main())
