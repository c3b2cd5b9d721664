"""What Python imports at its start in the children of a program for which torch is mocrograd: in them it is, too.

The folder of this file is on the PYTHONPATH of such programs. Nothing is imported before somebody asks for torch.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing takes longer than all of this
    from typing import Any

FOLDER = os.path.dirname(__file__)
PACKAGES = ("torch", "torchvision", "micrograd", "safetensors")


class AtFirstUse:
    """Gives torch's name to mocrograd when somebody asks for it, and lets the finder of that answer."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """Return the spec that mocrograd has for a module of torch's."""
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        return _installed(self).find_spec(fullname, path, target)

    def find_distributions(self, context: Any = None) -> Any:
        """Return what `importlib.metadata` finds of torch."""
        if getattr(context, "name", None) not in (None, "torch"):
            return iter(())
        return _installed(self).find_distributions(context)


def _installed(asked: AtFirstUse) -> Any:
    """Give torch's name to mocrograd, and return what finds it."""
    sys.meta_path.remove(asked)
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(FOLDER))))  # the parent's, wherever it found it
    try:
        from mocrograd.compat import imports
    finally:
        del sys.path[0]
    imports.install()
    return imports.NAMES


def _import_other() -> None:
    """Import the sitecustomize that this one stands in front of, if there is one."""
    sys.path[:] = [folder for folder in sys.path if folder != FOLDER]
    own = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, own)


if os.environ.get("MOCROGRAD_AS_TORCH") == sys.prefix:  # another Python may have no mocrograd
    sys.meta_path.insert(0, AtFirstUse())
_import_other()
