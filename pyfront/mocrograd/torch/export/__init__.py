"""`torch.export`: names for imports and `isinstance`; `mocrograd.export` and `mocrograd.onnx` write models down."""

from __future__ import annotations

from typing import Any

from mocrograd.torch._refused import Absent, refused

_INSTEAD = "mocrograd.onnx.export writes a model as an ONNX file, mocrograd.export as a library of C"

export = refused("torch.export.export", _INSTEAD)
export_for_training = refused("torch.export.export_for_training", _INSTEAD)
save = refused("torch.export.save", _INSTEAD)
load = refused("torch.export.load", _INSTEAD)
register_dataclass = refused("torch.export.register_dataclass", "use torch.utils._pytree.register_dataclass")


class ExportedProgram(Absent):
    """A program that torch exported; there are none."""

    _instead = _INSTEAD


class Dim:
    """The name of a size that may vary, for `dynamic_shapes`.

    Args:
        name: Its name.
        min: The least size.
        max: The greatest size.
    """

    AUTO = "AUTO"
    STATIC = "STATIC"
    DYNAMIC = "DYNAMIC"

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None) -> None:
        self.__name__, self.min, self.max = name, 0 if min is None else min, max

    def __repr__(self) -> str:
        return f"Dim('{self.__name__}', min={self.min}, max={self.max})"


def dims(*names: str, min: int | None = None, max: int | None = None) -> tuple[Dim, ...]:
    """Return several sizes that may vary."""
    return tuple([Dim(name, min=min, max=max) for name in names])


def is_exporting(*_: Any) -> bool:
    """Return False."""
    return False
