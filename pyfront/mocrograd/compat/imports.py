"""Gives mocrograd to programs and packages that import torch, torchvision, micrograd or safetensors."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from mocrograd.backend import device
from mocrograd.overriding import watch_classes
from mocrograd.renamed import Aliases
from mocrograd.shown import show_as

VERSION = "2.13.0"
"""The version of torch whose names, arguments and behaviour the library follows."""
_PACKAGES = {
    "torch": "mocrograd.torch",
    "torchvision": "mocrograd.torchvision",
    "micrograd": "mocrograd.scalar",
    "safetensors": "mocrograd.safetensors",
}
"""The packages that programs import, and what stands for them."""
_COMPILED = ("bitsandbytes", "flash_attn", "torchaudio", "triton", "xformers")
"""Packages whose extensions are compiled against torch."""
_CHILDREN = Path(__file__).parent.parent / "as_torch" / "children"


def _ours(name: str) -> str | None:
    """Return the name that a module of those packages has here, layers of torch in `nn` itself; None for others.

    Raises:
        ModuleNotFoundError: It is one that there is none of here.
    """
    package, _, rest = name.partition(".")
    if package not in _PACKAGES:
        return None
    ours = f"{_PACKAGES[package]}.{rest}" if rest else _PACKAGES[package]
    if _exists(ours):
        return ours
    ours = ours.replace(_PACKAGES[package], "mocrograd", 1)
    layers = "mocrograd.nn.modules"
    if ours == layers or ours.startswith(layers + "."):
        ours = ours.replace(layers, "mocrograd.nn", 1)
    if _exists(ours):
        return ours
    parent, _, last = ours.rpartition(".")
    bound = getattr(import_module(parent), last, None) if _exists(parent) else None
    if not isinstance(bound, ModuleType):
        raise ModuleNotFoundError(f"No module named {name!r}: mocrograd has no {ours}", name=name)
    return bound.__name__


def _exists(module: str) -> bool:
    """Tell whether there is a module of a dotted name."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class _Names(Aliases):
    """Finds these packages and what `importlib.metadata` says of torch.

    Who asks by `importlib.util.find_spec` whether torchvision is there hears no. Packages ask so before they use parts
    of torchvision that there are none of here, and have other ways without it.

    Attributes:
        explain: Says why there is no module of a path in torch, once torch has been imported.
    """

    explain: Callable[[str], str] | None = None

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec where the name is one of these packages'.

        Raises:
            ImportError: It is a package that is installed and needs torch's compiled parts.
        """
        asked = _is_question(sys._getframe(1))
        if fullname == "torchvision" and asked:
            return None
        if fullname in _COMPILED and not asked:
            self._refuse(fullname, path)
        try:
            return super().find_spec(fullname, path, target)
        except ModuleNotFoundError as error:
            if asked:
                return None
            package, _, path = fullname.partition(".")
            if package == "torch" and self.explain is not None:
                error.msg = f"No module named {fullname!r}: {self.explain(path)}"
            raise

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a module, which from now on explains the names of torch's that it lacks."""
        module = super().create_module(spec)
        package, _, path = spec.name.partition(".")
        if package == "torch":
            explaining = sys.modules["mocrograd.torch.missing"]
            explaining.attach(module, path) if path else explaining.explain_all()
        return module

    def _refuse(self, package: str, path: Any) -> None:
        others = (finder for finder in sys.meta_path if finder is not self)
        if any(finder.find_spec(package, path) is not None for finder in others if hasattr(finder, "find_spec")):
            raise ImportError(
                f"{package} is compiled against torch's own libraries, which mocrograd, here under the name torch, "
                "does not have: use what the program does without it",
                name=package,
            )

    def find_distributions(self, context: Any = None) -> Iterator[Distribution]:
        """Yield torch's distribution where it is asked for, or where all are."""
        if getattr(context, "name", None) in (None, "torch"):
            yield _Torch()


class _Torch(Distribution):
    """What `importlib.metadata` finds of torch: a name, a version and a module."""

    def read_text(self, filename: str) -> str | None:
        """Return the text of a file of the distribution, None where it has no such file."""
        summary = "mocrograd, under the name of the library whose programs it runs"
        return {
            "METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {VERSION}\nSummary: {summary}\n",
            "top_level.txt": "torch\n",
        }.get(filename)

    def locate_file(self, path: Any) -> Path:
        """Return where a file of the distribution would be."""
        return Path(__file__).parent.parent / path


def _is_question(frame: FrameType | None) -> bool:
    """Tell whether `importlib.util.find_spec` asks, so that nothing will be imported.

    Args:
        frame: What called the finder.
    """
    while frame is not None and frame.f_globals.get("__name__") in ("importlib._bootstrap", "sitecustomize"):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "importlib.util"


def _answering(name: str, package: str | None = None) -> ModuleSpec | None:
    """Return what `importlib.util.find_spec` returns; for torchvision None, also where it has been imported."""
    return None if name == "torchvision" else find_spec(name, package)


NAMES = _Names(_ours)
"""Finds these packages and what is in them under the names that mocrograd's modules have."""


def install() -> None:
    """Make `import torch`, torchvision, micrograd and safetensors give mocrograd from here on.

    So they do in the whole process and in those that it starts with this Python. GPUs are called cuda, and objects show
    themselves as torch's.

    Raises:
        RuntimeError: One of them has been imported already.
    """
    if NAMES in sys.meta_path:
        return
    for package in _PACKAGES:
        if package in sys.modules:
            raise RuntimeError(f"{package} has been imported already: its name is taken")
    sys.meta_path.insert(0, NAMES)
    importlib.util.find_spec = _answering
    watch_classes()
    show_as("torch")
    device.call_gpus("cuda")
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(_CHILDREN), *[folder for folder in folders if folder and folder != str(_CHILDREN)]]
    )
    os.environ["MOCROGRAD_AS_TORCH"] = sys.prefix
