"""Writes the public names of torch into the list by which errors tell them from names of a newer torch.

    python scripts/torch_names.py           # writes the list
    python scripts/torch_names.py --check   # fails where it is out of date

It needs torch, of the version whose names the library follows. A name is public where its module says so in `__all__`;
without that, where it is defined in torch. Submodules are names of their packages.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

LIST = Path(__file__).resolve().parent.parent / "pyfront" / "mocrograd" / "torch" / "names.txt"
MODULES = [
    "accelerator", "amp", "autograd", "autograd.forward_ad", "autograd.functional", "autograd.graph",
    "autograd.profiler", "backends", "backends.cpu", "backends.cuda", "backends.cudnn", "backends.mkldnn",
    "backends.mps", "compiler", "cpu", "cpu.amp", "cuda", "cuda.amp", "distributed", "distributions", "export",
    "fft", "func", "functional", "futures", "fx", "hub", "jit", "library", "linalg", "masked", "monitor", "mps",
    "mtia", "multiprocessing", "nested", "nn", "nn.attention", "nn.attention.bias", "nn.attention.flex_attention",
    "nn.functional", "nn.init", "nn.parallel", "nn.parameter", "nn.utils",
    "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.prune", "nn.utils.rnn", "nn.utils.stateless",
    "onnx", "optim", "optim.lr_scheduler", "optim.swa_utils", "overrides", "package", "profiler", "quantization",
    "random", "serialization", "signal", "signal.windows", "sparse", "special", "storage", "testing",
    "torch_version", "types", "utils", "utils.benchmark", "utils.checkpoint", "utils.cpp_extension", "utils.data",
    "utils.dlpack", "utils.hooks", "utils.mobile_optimizer", "utils.model_zoo", "version", "xpu",
]  # fmt: skip
"""The modules that are walked, besides torch itself."""


def main() -> int:
    """Writes the list, or compares it; returns 1 where it is out of date."""
    text = "".join(f"{path}: {' '.join(found)}\n" for path, found in names().items())
    if "--check" not in sys.argv[1:]:
        LIST.write_text(text, encoding="utf-8")
    elif LIST.read_text(encoding="utf-8") != text:
        print(f"{LIST.name} is out of date: python scripts/torch_names.py")
        return 1
    return 0


def names() -> dict[str, list[str]]:
    """Returns the public names of each module and of two classes, by dotted path without "torch."."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch

        found = {"": sorted(public(torch))}
        found |= {path: sorted(public(importlib.import_module(f"torch.{path}"))) for path in MODULES}
        for path, kind in (("Tensor", torch.Tensor), ("nn.Module", torch.nn.Module)):
            found[path] = [name for name in dir(kind) if not name.startswith("_")]
    return found


def public(module: ModuleType) -> Iterator[str]:
    """Yields the public names of a module, and those of its submodules."""
    listed = set(getattr(module, "__all__", ()))
    submodules = {found.name for found in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    all_listed = bool(listed) and module.__name__ != "torch"
    for name in {*dir(module), *listed, *submodules}:
        value = getattr(module, name, None)
        inside = isinstance(value, ModuleType) and value.__name__ == f"{module.__name__}.{name}"
        own = name in listed or (not all_listed and not isinstance(value, ModuleType) and _is_of_torch(value))
        if not name.startswith("_") and (name in submodules or inside or own):
            yield name


def _is_of_torch(value: Any) -> bool:
    """Tells whether a value without a list of public names is torch's own."""
    home = getattr(value, "__module__", None)
    return str(home).partition(".")[0] == "torch" if home is not None else callable(value)


if __name__ == "__main__":
    sys.exit(main())
