"""Writes docs/pytorch_names.md: which of torch's public names are the same here, with limits, or refused.

    python scripts/pytorch_page.py           # writes the page; it needs torch
    python scripts/pytorch_page.py --check   # fails where it is out of date; without torch it compares what is refused

Each name is tried as programs use it (`scripts/torch_describe.py`), in torch and under `mocrograd run`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mocrograd.compat import imports
from mocrograd.torch import missing

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "pytorch_names.md"
DESCRIBE = ROOT / "scripts" / "torch_describe.py"
MOST = 8
"""Members of a class that a limit names."""
HEAD = """# Names of PyTorch

Every public name of torch {version}, and what `mocrograd run` gives for it.
`scripts/pytorch_page.py` writes this page from what it finds by trying; the tests compare it.
[Coming from PyTorch](pytorch.md) is the page to read first.

- **Same**: the name is there, is of the same kind, does not refuse its work, takes each parameter
  that torch's takes, and a class has each public member of torch's.
- **With limits**: it is there, and the limit says what it lacks.
- **Refused**: asking for it, or calling it, raises an error that says what it is, whether it is
  planned, and what to use.

What no program can see, such as values in corners, is in the [list of what
differs](pytorch.md#what-differs); operations, with their dtypes and derivatives, are in the [table
of operations](operators.md).
"""
LIMITS = {
    "manual_seed Generator cuda.manual_seed* random.manual_seed": "the same seed gives other numbers than torch's",
    "use_deterministic_algorithms backends.cudnn.* backends.cuda.*": "changes nothing",
    "compile": "`backend`, `mode` and `dynamic` change nothing",
    "compiler.*": "changes nothing, or answers that nothing is being compiled",
    "jit.script jit.trace jit.trace_module jit.freeze jit.optimize_for_inference": "returns the Python function itself",
    "inference_mode autograd.inference_mode Tensor.is_inference": "makes ordinary tensors: `is_inference()` is False",
    "from_numpy as_tensor tensor": "uint16 becomes int32, uint32 and uint64 become int64",
    "load serialization.load": "refuses files whose checksums do not match",
    "nn.CrossMapLRN2d": "gradients are those of its values; torch's are others",
    "nn.attention.flex_attention.flex_attention": "calls functions once, with all indices as tensors",
    "func.vmap vmap": "an operation without a batching rule runs once for each sample, with a warning",
    "distributed.init_process_group": "MPI moves the data, whatever backend is asked for",
    "cuda.Stream cuda.stream cuda.current_stream cuda.default_stream": "there is one stream",
}
"""Limits that no program finds, by patterns of names."""


def main() -> int:
    """Writes the page, or compares it; returns 1 where it is out of date."""
    parser = argparse.ArgumentParser(description="Write docs/pytorch_names.md.")
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    if find_spec("torch") is None:
        wrong = difference()
    else:
        text = page()
        wrong = "" if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else PAGE.name
        if not check:
            PAGE.write_text(text, encoding="utf-8")
            return 0
    print(f"out of date, run scripts/run pytorch-page: {wrong}" if wrong else f"docs/{PAGE.name} is up to date")
    return 1 if wrong else 0


# -------------------------------------------------------------------------------------- what is found


def described(*command: str) -> dict[str, dict[str, Any]]:
    """Returns what a run of Python prints as JSON."""
    with tempfile.TemporaryDirectory() as folder:  # what is called may write files
        done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found


def ours(tried: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Returns what mocrograd gives, tried with torch's parameters where they are known."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(tried or {}, file)
        file.flush()
        return described("-m", "mocrograd", "run", str(DESCRIBE), file.name)


def reason(path: str, here: dict[str, Any]) -> str:
    """Returns why a name is refused; nothing for one that is not."""
    if here["kind"] == "absent":
        return missing.explain(path)
    if path == "nn.Module.forward":  # abstract in torch too
        return ""
    text = " ".join(here.get("refuses", "").split())
    return re.sub(r"^[\w.]+ is not available: ", "", text)


def limits(path: str, here: dict[str, Any], there: dict[str, Any]) -> list[str]:
    """Returns what a name that is here lacks."""
    found = []
    if here["kind"] != there["kind"] and there["kind"] != "absent":
        found.append(f"a {here['kind']} here, a {there['kind']} in torch")
    else:
        lacking = [name for name in there.get("takes", ()) if name not in here["takes"] and not name.startswith("_")]
        lacking = list(dict.fromkeys(lacking))
        found += ["without " + listed(lacking, 99)] if lacking else []
        members = [name for name in there.get("members", ()) if name not in here["has"]]
        found += ["without the members " + listed(members, MOST)] if members else []
    if there.get("made") and not here["made"]:
        found.append("a name: there are no tensors of it")
    return found + [text for names, text in LIMITS.items() if any(fnmatchcase(path, name) for name in names.split())]


def listed(names: list[str], most: int) -> str:
    """Returns names as code, at most so many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"`{name}`" for name in names[:most]) + more


# --------------------------------------------------------------------------------------------- the page


def page() -> str:
    """Returns the page's text."""
    there = described(str(DESCRIBE))
    here = ours(there)
    rows, sections = [], []
    counts = [0, 0, 0]
    for module, names in missing._names().items():
        same, limited, refused = [], defaultdict(list), defaultdict(list)
        for name in sorted(names):
            path = f"{module}.{name}".lstrip(".")
            if why := reason(path, here[path]):
                refused[why].append(name)
            elif lacking := limits(path, here[path], there[path]):
                limited["; ".join(lacking)].append(name)
            else:
                same.append(name)
        numbers = len(same), sum(map(len, limited.values())), sum(map(len, refused.values()))
        counts = [a + b for a, b in zip(counts, numbers, strict=True)]
        title = f"torch.{module}".rstrip(".")
        rows.append(f"| [{title}](#{title.replace('.', '').lower()}) | " + " | ".join(map(str, numbers)) + " |")
        sections += section(title, same, limited, refused)
    whole = sum(counts)
    figures = f"Of {whole} names {counts[0]} are the same, {counts[1]} have limits and {counts[2]} are refused."
    head = HEAD.format(version=imports.VERSION)
    table = ["| module | same | with limits | refused |", "| --- | ---: | ---: | ---: |", *rows]
    return "\n".join([head, figures, "", *table, "", *sections]).rstrip() + "\n"


def section(title: str, same: list[str], limited: dict[str, list[str]], refused: dict[str, list[str]]) -> list[str]:
    """Returns the lines of a module."""
    lines = [f"## {title}", ""]
    lines += [wrapped("**Same**: " + listed(same, len(same))), ""] if same else []
    for what, groups in (("With limits", limited), ("Refused", refused)):
        if groups:
            lines += [f"**{what}**", ""]
            lines += [wrapped(f"- {text}: {listed(names, len(names))}", "  ") for text, names in groups.items()]
            lines.append("")
    return lines


def wrapped(text: str, indent: str = "") -> str:
    """Returns a text in lines of at most 100 characters."""
    return textwrap.fill(text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def refused_on_the_page() -> dict[str, str]:
    """Returns the names that the page says are refused, with the reasons."""
    found: dict[str, str] = {}
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        module = part.partition("\n")[0].partition(".")[2]
        for item in part.partition("**Refused**")[2].split("\n- ")[1:]:
            text, _, names = " ".join(item.split()).rpartition(": `")
            for name in re.findall(r"[\w]+", names):
                found[f"{module}.{name}".lstrip(".")] = text
    return found


def difference() -> str:
    """Returns the names that are refused and not on the page so, or the other way round, or for another reason."""
    truth = {path: why for path, found in ours().items() if (why := " ".join(reason(path, found).split()))}
    shown = refused_on_the_page()
    return " ".join(sorted(path for path in truth.keys() | shown.keys() if truth.get(path) != shown.get(path)))


if __name__ == "__main__":
    sys.exit(main())
