"""Saving and loading: tensors and Python's containers in one file, which loads without running code of its own.

The files are PyTorch's: what `save` writes, `torch.load` reads, and the other way round, without torch at hand.
"""

from __future__ import annotations

import io
import os
import pickle
from typing import IO, Any

from mocrograd import recording
from mocrograd.autograd import no_grad
from mocrograd.serialization import archive, legacy, writer
from mocrograd.serialization.placement import placement

__all__ = ["load", "save"]

_ZIP = b"PK\x03\x04"
_BEFORE_ZIP = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How the files begin that torch wrote up to version 1.5: a number in a pickle."""


def save(obj: object, f: Any, *, pickle_protocol: int = 2) -> None:
    """Write an object to a file: tensors, state dicts, and whatever pickle writes; `torch.load` reads it too.

    Args:
        obj: What to save. Tensors are saved with their values, strides, dtype, device and `requires_grad`, not with
            their graphs. Those that share memory share it when they are loaded.
        f: A path, or a file that is open for writing bytes.
        pickle_protocol: The version of pickle's format; torch reads 2 with `weights_only`.

    Raises:
        ValueError: There is no such version, or it is below 2.
    """
    path = isinstance(f, (str, os.PathLike))
    if not path and not hasattr(f, "write"):
        raise AttributeError(f"save(): expected a path or a file with 'write', got {type(f).__name__}")
    recording.cannot_replay("it saves to a file")
    with no_grad():
        content = writer.pickled(obj, pickle_protocol)
        if path:
            with open(f, "wb") as file:
                writer.write(file, *content)
        else:
            writer.write(f, *content)


def load(f: Any, map_location: Any = None, *, weights_only: bool = True) -> Any:
    """Return what `save` or `torch.save` wrote.

    Of torch's types there are tensors, parameters, shapes, dtypes and devices. Elements of float16 and bfloat16 become
    float32, those of int8 and int16 become int32, uint16 too.

    Args:
        f: A path, or a file that is open for reading bytes.
        map_location: The device for the tensors: a device, its name, a dict from names of saved devices to others, or a
            function of a tensor with the elements and the name of its device that returns the tensor where it shall
            be; by default the device that each was on.
        weights_only: Whether to refuse everything but tensors and containers of plain values. A file with anything else
            can run any code when it is loaded: give False for files whose origin you trust.

    Raises:
        pickle.UnpicklingError: The file was not written by `save` or `torch.save`, is damaged, or holds what
            `weights_only` refuses or mocrograd does not have.
        EOFError: The file is empty.
        RuntimeError: A tensor was on a device that does not exist here, and `map_location` names no other.

    Example:
        >>> import io
        >>> import mocrograd as mg
        >>> file = io.BytesIO()
        >>> mg.save({"step": 3, "weight": mg.ones(2)}, file)
        >>> mg.load(file)
        {'step': 3, 'weight': tensor([1., 1.])}
    """
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as opened:
            return load(opened, map_location, weights_only=weights_only)
    if not hasattr(f, "read"):
        raise AttributeError(f"load(): expected a path or a file with 'read', got {type(f).__name__}")
    recording.cannot_replay("it loads a file")
    file = _seekable(f)
    start = file.tell()
    head = file.read(len(_BEFORE_ZIP))
    if head.startswith(_ZIP):
        start = 0  # a zip file is read from its end
    elif head == _BEFORE_ZIP:
        raise pickle.UnpicklingError(
            "torch wrote this file in the format that it had before version 1.6, which mocrograd does not read: load "
            "it with torch and save it again"
        )
    file.seek(start)
    reader: Any = archive.Archive if head.startswith(_ZIP) else legacy.Pickle
    with no_grad():
        return reader(file, placement(map_location), weights_only).load()


def _seekable(f: Any) -> IO[bytes]:
    """Return a file that can be read at any position: the same one, or its bytes in memory."""
    if all(hasattr(f, name) for name in ("seek", "tell", "readinto", "readline")) and f.seekable():
        file: IO[bytes] = f
        return file
    return io.BytesIO(f.read())
