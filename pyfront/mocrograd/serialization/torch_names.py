"""Objects that are pickled under torch's names, although torch is not there.

Python's pickler in C imports what it names. Up to version 2 of the format it then renames what Python 2 called
otherwise, by a table, which the objects here are added to.
"""

from __future__ import annotations

from _compat_pickle import REVERSE_NAME_MAPPING

from mocrograd import dtypes
from mocrograd.serialization.names import STORAGES


def _marker(module: str, name: str) -> type:
    """Return a class that is pickled under another name."""
    made = type(name, (), {"__module__": __name__})
    globals()[name] = made
    REVERSE_NAME_MAPPING[__name__, name] = module, name
    return made


TENSOR = _marker("torch._utils", "_rebuild_tensor_v2")
WITH_ATTRIBUTES = _marker("torch._tensor", "_rebuild_from_type_v2")
CLASS = _marker("torch", "Tensor")
PARAMETER = _marker("torch._utils", "_rebuild_parameter")
PARAMETER_WITH_ATTRIBUTES = _marker("torch._utils", "_rebuild_parameter_with_state")
SIZE = _marker("torch", "Size")
DEVICE = _marker("torch", "device")
SUBCLASS = _marker("mocrograd.serialization", "subclass")
MEMORY = {element: _marker("torch", name) for name, element in STORAGES.items()}
"""By the name of the elements' dtype."""
DTYPES = {found: name for name, found in vars(dtypes).items() if isinstance(found, dtypes.dtype) and name[:1] != "_"}
"""What dtypes are called in their module."""
for _found, _name in DTYPES.items():
    REVERSE_NAME_MAPPING[dtypes.__name__, _name] = "torch", _found.name


def renamed(module: str, name: str) -> tuple[str, str] | None:
    """Return the name that an object of a module is pickled under, None for its own."""
    ours = module in (__name__, dtypes.__name__)
    return REVERSE_NAME_MAPPING.get((module, name)) if ours else None
