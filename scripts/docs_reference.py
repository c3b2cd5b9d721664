"""Writes the reference from the docstrings: a page for each public module and for each package of kernels."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import logging
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    "mocrograd": "Operations, dtypes, devices, modes",
    "mocrograd.Tensor": "The methods of tensors",
    "mocrograd.linalg": "Linear algebra",
    "mocrograd.special": "Special functions",
    "mocrograd.fft": "Fourier transforms",
    "mocrograd.signal.windows": "Windows of signals",
    "mocrograd.sparse": "Sparse tensors",
    "mocrograd.autograd": "Differentiation",
    "mocrograd.func": "Functions of functions: grad, vmap, jacobians",
    "mocrograd.nn": "Layers",
    "mocrograd.nn.functional": "Layers as functions",
    "mocrograd.nn.init": "Initial weights",
    "mocrograd.nn.utils": "Gradients' norms, packed sequences, parametrizations",
    "mocrograd.optim": "Optimizers",
    "mocrograd.optim.lr_scheduler": "Learning rates over time",
    "mocrograd.distributions": "Probability distributions",
    "mocrograd.utils.data": "Loading data",
    "mocrograd.utils.tensorboard": "Files for TensorBoard",
    "mocrograd.datasets": "Data sets",
    "mocrograd.transforms": "Preparing images",
    "mocrograd.train": "Training loops, callbacks, metrics, reports",
    "mocrograd.amp": "Mixed precision",
    "mocrograd.serialization": "Checkpoints",
    "mocrograd.safetensors": "Files of the safetensors format",
    "mocrograd.export": "Models as C libraries and graphs of MAX",
    "mocrograd.onnx": "Models as ONNX files",
    "mocrograd.scalar": "Automatic differentiation of single numbers",
    "mocrograd.sklearn": "Estimators for scikit-learn",
    "mocrograd.random": "Random numbers",
    "mocrograd.testing": "Comparing tensors",
    "mocrograd.profiler": "Where the time goes, kernel by kernel",
    "mocrograd.distributed": "Processes that train together",
    "mocrograd.backends": "What the library was built with",
    "mocrograd.cuda": "GPUs by torch's names",
}
"""The public modules, in the order of the navigation, and what each is for."""


def resolve(path: str) -> Any:
    """Returns the module or object of a dotted path."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        parent, _, name = path.rpartition(".")
        return getattr(resolve(parent), name)


def public_names(owner: Any) -> list[str]:
    """Lists the public names of a module: those in `__all__`, or what it or its parts define or import for others."""
    listed = getattr(owner, "__all__", None)
    if listed is not None:
        return sorted(set(listed))
    if inspect.isclass(owner):  # Tensor, whose methods come from the operations
        return [n for n in dir(owner) if not n.startswith("_") and callable(getattr(owner, n)) and n != "mro"]
    imports = [node for node in ast.parse(inspect.getsource(owner)).body if isinstance(node, ast.ImportFrom)]
    given = {alias.name for node in imports for alias in node.names if alias.asname == alias.name}
    return sorted(
        name
        for name, found in vars(owner).items()
        if not name.startswith("_")
        and not inspect.ismodule(found)
        and str(getattr(found, "__module__", "")).startswith("mocrograd" if name in given else owner.__name__)
    )


def signature(found: Any) -> str:
    """Returns the arguments of a function or class in parentheses; nothing for other objects."""
    if not callable(found):
        return ""
    try:
        text = str(inspect.signature(found))
    except (TypeError, ValueError):
        return "(...)"
    return re.sub(
        r"<[^<>]* at 0x[0-9a-f]+>|<(?:class|function) '?([\w.]+)[^>]*>", r"\1", text.replace("mocrograd.", "")
    )


def docstring(text: str | None) -> Iterator[str]:
    """Yields the Markdown of a docstring of Google's style."""
    import griffe

    logging.getLogger("griffe").setLevel(logging.CRITICAL)
    for section in griffe.Docstring(inspect.cleandoc(text or ""), lineno=1).parse("google"):
        kind, value = section.kind.value, section.value
        if kind == "text":
            yield safe(value)
        elif kind == "examples":
            yield "**Examples**\n"
            for part, content in value:
                yield f"```pycon\n{content}\n```" if part.value == "examples" else safe(content)
        elif kind == "admonition":
            yield f"**{section.title or value.kind}** {safe(value.contents)}"
        else:
            yield f"**{kind.capitalize()}**\n"
            for item in value:
                name = getattr(item, "name", "") or str(getattr(item, "annotation", "") or "")
                meaning = safe(" ".join(item.description.split()))
                yield f"- `{name}`: {meaning}" if name else f"- {meaning}"
        yield ""


def safe(text: str) -> str:
    """Returns a text whose stars, brackets and angles Markdown leaves alone, outside of code, also of indented code."""
    parts = re.split(r"(`[^`]*`|^ {4}.*$)", text, flags=re.MULTILINE)
    return "".join(p if i % 2 else re.sub(r"([*_\[\]<>|])", r"\\\1", p) for i, p in enumerate(parts))


def told_elsewhere(path: str, name: str, found: Any) -> str | None:
    """Returns a sentence about a method that is a function, or the form in place of one; None for all others."""
    functions = resolve("mocrograd")
    in_place = re.match(r"Replace the elements by what `(\w+)` returns", found.__doc__ or "")
    same = getattr(getattr(functions, name, None), "__doc__", None) == found.__doc__
    of = in_place[1] if in_place else name
    if path != "mocrograd.Tensor" or of not in functions.__all__ or not (in_place or same):
        return None
    return f"[mocrograd.{of}](mocrograd.md#mocrograd.{of}) of this tensor{', in place' if in_place else ''}."


def entry(path: str, name: str, found: Any) -> Iterator[str]:
    """Yields the Markdown of a public object."""
    yield f"## {safe(name)} {{ #{path}.{name} }}\n"
    elsewhere = told_elsewhere(path, name, found)
    if elsewhere:
        yield f"```python\n{name}{signature(found)}\n```\n\n{elsewhere}\n"
    elif callable(found):
        kind = "class " if inspect.isclass(found) else ""
        yield f"```python\n{kind}{name}{signature(found)}\n```\n"
        yield from docstring(found.__doc__)
    elif isinstance(found, int | float | str | bool | type(None)):
        yield f"`{found!r}`\n"
    else:
        yield f"{safe(type(found).__name__)}: `{found}`\n" if " object at 0x" not in repr(found) else ""
    if inspect.isclass(found):
        for method, member in sorted(vars(found).items()):
            plain = inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
            if plain and not method.startswith("_") and member.__doc__:
                first = safe(inspect.cleandoc(member.__doc__).split("\n\n")[0])
                yield f"- `{method}{signature(getattr(found, method))}`: {' '.join(first.split())}"
        yield ""


def python_page(path: str) -> str:
    """Returns the page of a module."""
    owner = resolve(path)
    names = public_names(owner)
    lines = [f"# {path}\n", f"{MODULES[path]}.\n", *docstring(owner.__doc__)]
    for name in names:
        lines += [*entry(path, name, getattr(owner, name)), ""]
    return "\n".join(lines)


def mojo_declarations() -> dict[str, Any]:
    """Returns what `mojo doc` says about the kernels."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kernels.json"
        subprocess.run(["mojo", "doc", "-o", str(file), "mojo_kernels"], cwd=ROOT, check=True)
        return json.loads(file.read_text(encoding="utf-8"))["decl"]


def mojo_packages(declaration: dict[str, Any], path: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yields each package of kernels by its path, with its modules."""
    here = f"{path}.{declaration['name']}" if path else declaration["name"]
    yield here, declaration["modules"]
    for package in declaration["packages"]:
        yield from mojo_packages(package, here)


def mojo_page(path: str, modules: list[dict[str, Any]]) -> str:
    """Returns the page of a package of kernels."""
    lines = [f"# {path}\n"]
    for module in modules:
        text = "\n\n".join(filter(None, (module["summary"], module["description"])))
        if module["name"] == "__init__":
            lines.append(f"{safe(text)}\n")
            continue
        lines += [f"## {path}.{module['name']}\n".replace("_", r"\_"), f"{safe(text)}\n"]
        for struct in [*module["traits"], *module["structs"]]:
            lines += [
                f"### {safe(struct['name'])}\n",
                f"```mojo\n{struct.get('signature') or struct['kind'] + ' ' + struct['name']}\n```\n",
            ]
            lines += [safe(struct["summary"]), "", safe(struct["description"]), ""]
            lines += [mojo_item(f) for f in struct["functions"] if not f["name"].startswith("_")]
            lines.append("")
        lines += [mojo_item(item) for item in [*module["functions"], *module["aliases"]]]
        lines.append("")
    return "\n".join(lines)


def mojo_item(item: dict[str, Any]) -> str:
    """Returns a line about a function or a constant."""
    overload = item["overloads"][0] if item["kind"] == "function" else item
    return f"- `{overload['signature']}`: {safe(' '.join(overload['summary'].split()))}"


def pages() -> dict[str, str]:
    """Returns the pages of the reference, by their names below `reference/`."""
    written = {f"python/{path}.md": python_page(path) for path in MODULES}
    rows = [f"| [{path}](python/{path}.md) | {what} |" for path, what in MODULES.items()]
    kernels = []
    for path, modules in mojo_packages(mojo_declarations()):
        if not path.startswith("mojo_kernels.ext"):
            written[f"mojo/{path}.md"] = mojo_page(path, modules)
            names = ", ".join(f"`{m['name']}`" for m in modules if m["name"] != "__init__")
            kernels.append(f"| [{path}](mojo/{path}.md) | {names} |")
    written["index.md"] = "\n".join(
        [
            "# Reference\n",
            "Every public name, from the docstrings of the installed version.\n",
            "## Python\n",
            "| module | what it has |\n|---|---|",
            *rows,
            "\n## Mojo\n",
            "The kernels; the pages come from `mojo doc`.\n",
            "| package | modules |\n|---|---|",
            *kernels,
            "",
        ]
    )
    return written
