"""Saving and loading: tensors and Python containers in one file, which loads without running code from it.

The files are PyTorch's: `torch.load` reads what `save` writes, and the other way round, without torch installed.
"""

from __future__ import annotations

import io
import os
import pickle
import warnings
from typing import IO, Any

from mocrograd.autograd import no_grad
from mocrograd.backend import recording
from mocrograd.serialization import archive, legacy, stream, writer, zipped
from mocrograd.serialization.files import replacement
from mocrograd.serialization.names import warn_of_wider
from mocrograd.serialization.objects import Objects
from mocrograd.serialization.placement import placement
from mocrograd.serialization.safe import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]


def save(obj: object, f: Any, *, pickle_protocol: int = 2) -> None:
    """Write an object to a file: tensors, state dicts, and whatever pickle writes; `torch.load` reads it too.

    Args:
        obj: What to save. Tensors are saved with their values, strides, dtype, device and `requires_grad`, not with
            their graphs. Those that share memory share it when they are loaded.
        f: A path, or a file that is open for writing bytes. A file at a path is replaced when the new one is whole and
            on the disk, so that an exception or the end of the process leaves the old one.
        pickle_protocol: The version of pickle's format; torch reads 2 with `weights_only`.

    Raises:
        ValueError: There is no such version, or it is below 2.

    Example:
        >>> import mocrograd as mg
        >>> mg.save({"weight": mg.ones(2)}, "state.pt")
        >>> mg.load("state.pt")
        {'weight': tensor([1., 1.])}
    """
    path = isinstance(f, (str, os.PathLike))
    if not path and not hasattr(f, "write"):
        raise AttributeError(f"save(): expected a path or a file with 'write', got {type(f).__name__}")
    recording.cannot_replay("it saves to a file")
    with no_grad():
        content = writer.pickled(obj, pickle_protocol)
        if path:
            with replacement(f) as file:
                writer.write(file, *content)
        else:
            writer.write(f, *content)


def load(
    f: Any,
    map_location: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool = False,
    verify: bool | None = None,
) -> Any:
    """Return what `save` or `torch.save` wrote, whichever version.

    Of torch's types there are tensors, parameters, shapes, dtypes and devices. Elements that tensors do not have become
    wider, with one warning for a file: floats of 16 and 8 bits become float32, int8, int16 and uint16 become int32,
    uint32 and uint64 become int64.

    Args:
        f: A path, or a file that is open for reading bytes.
        map_location: The device for the tensors: a device, its name, a dict from names of saved devices to others, or a
            function of a tensor with the elements and the name of its device that returns the tensor where it shall
            be; by default the device that each was on.
        weights_only: Whether to refuse everything but tensors, containers of plain values and what
            `serialization.add_safe_globals` allows, as by default. A file with anything else can run any code when it
            is loaded: give False for files whose origin you trust. TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 in the
            environment makes False the default, with a warning; TORCH_FORCE_WEIGHTS_ONLY_LOAD=1 makes it True always.
        mmap: Whether tensors of the CPU lie in the file, mapped into memory, so that what nobody looks at is not read;
            writing to them does not change the file. The file must be given by its path.
        verify: Whether to hold what is read against the sums in the file, so that a damaged one is refused. By default
            yes, except for tensors that `mmap` leaves in the file; with True those too, which reads them. Files of
            before torch's version 1.6 have no sums, nor do those that torch was told to write without.

    Raises:
        pickle.UnpicklingError: The file was not written by `save` or `torch.save`, is damaged, or holds what
            `weights_only` refuses or mocrograd does not have.
        EOFError: The file is empty.
        ValueError: `mmap` and a file that is open.
        RuntimeError: A tensor was on a device that does not exist here, and `map_location` names no other.

    Example:
        >>> import io
        >>> import mocrograd as mg
        >>> file = io.BytesIO()
        >>> mg.save({"step": 3, "weight": mg.ones(2)}, file)
        >>> _ = file.seek(0)
        >>> mg.load(file)
        {'step': 3, 'weight': tensor([1., 1.])}
    """
    recording.cannot_replay("it loads a file")
    weights_only = _only_weights(weights_only)
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as opened:
            try:
                return _loaded(opened, map_location, weights_only, mmap, verify)
            except pickle.UnpicklingError as error:
                error.args = (f"{os.fspath(f)}: {error}",)
                raise
    if not hasattr(f, "read"):
        raise AttributeError(f"load(): expected a path or a file with 'read', got {type(f).__name__}")
    if mmap:
        raise ValueError(f"load(): mmap=True expected the path of a file, got {type(f).__name__}")
    return _loaded(_seekable(f), map_location, weights_only, mmap, verify)


def _only_weights(asked: bool | None) -> bool:
    """Return whether everything but weights is refused, as the call or the environment asks.

    Raises:
        RuntimeError: The environment asks for both.
    """
    always, never = (
        os.environ.get(f"TORCH_FORCE_{name}WEIGHTS_ONLY_LOAD", "0").lower() in ("1", "y", "yes", "true")
        for name in ("", "NO_")
    )
    if always and never:
        raise RuntimeError(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, but both "
            "were set."
        )
    if never and asked is None:
        warnings.warn(
            "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD is set and load() was not told `weights_only`: files may run any code",
            UserWarning,
            stacklevel=3,
        )
        return False
    return always or asked is None or bool(asked)


def _loaded(file: IO[bytes], map_location: Any, weights_only: bool, mmap: bool, verify: bool | None) -> Any:
    move = placement(map_location)
    start = file.tell()
    head = file.read(len(stream.MAGIC))
    file.seek(start)
    source: archive.Archive | stream.Stream | legacy.Pickle
    if head.startswith(zipped.BEGINNING):
        source = archive.Archive(file, move, weights_only, mmap, verify)
    elif mmap:
        raise RuntimeError("load(): mmap=True expected a file in the zip format that save() and torch.save() write")
    else:
        if head and not head.startswith(pickle.PROTO):
            raise pickle.UnpicklingError(f"a file of neither save() nor torch.save(): it begins with {head!r}")
        source = (stream.Stream if head == stream.MAGIC else legacy.Pickle)(file, move, weights_only)
    with no_grad():
        found = source.load()
    if isinstance(source, Objects):
        warn_of_wider(source.elements, 3)
    return found


def _seekable(f: Any) -> IO[bytes]:
    """Return a file that can be read at any position: the same one, or its bytes in memory."""
    if all(hasattr(f, name) for name in ("seek", "tell", "readinto", "readline")) and f.seekable():
        file: IO[bytes] = f
        return file
    return io.BytesIO(f.read())
