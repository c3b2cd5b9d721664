"""`native`: a model as a C library that needs no Python."""

from __future__ import annotations

import copy
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mocrograd.build import compile_mojo, find_toolchain, sources
from mocrograd.export.header import write_c_files
from mocrograd.export.program import program_of
from mocrograd.export.recorded import check_name, record_all
from mocrograd.export.sources import defines, folders, status_messages, write_sources
from mocrograd.nn import Module
from mocrograd.tensor import Tensor

_MOST_THREADS = 256
"""The most threads of a team (mojo_kernels/runtime/team.mojo)."""


def native(
    model: Callable[..., Any],
    example: Tensor | Sequence[Any],
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    batch_sizes: Sequence[int] | None = None,
    batch_dims: Mapping[str, int | None] | None = None,
    output_names: Sequence[str] | None = None,
    threads: int = 1,
    cpu: str | None = None,
    training: bool = False,
) -> Path:
    """Make a C library of a model: its plan over the same kernels, compiled, with no need of Python.

    The folder receives `libNAME.so`, `NAME.h`, `NAME.weights`, `CMakeLists.txt`, `example.c` and `example.cpp`. The
    library needs the C library alone. A run computes what the model computes without gradients, for the batch sizes
    that are named here; for others it returns an error code.

    Args:
        model: A module in evaluation mode, or a function of tensors.
        example: A tensor, or a tuple of the model's arguments. Tensors become inputs; other values stay as they are.
        folder: Where the files go; made where it is missing.
        name: The model's name in C; the folder's name without it.
        batch_sizes: The batch sizes that a run may have, each with a plan of its own; that of the example without them.
        batch_dims: Which dimension is the batch, of inputs by name: 0 in those that are not named, None where an input
            has none.
        output_names: The names of the outputs in C. Without them: the keys of a dict or the fields of a named tuple,
            else "output", or "output_0" and so on.
        threads: The most threads that a run uses.
        cpu: The processor to compile for, such as "x86-64-v3"; this machine's without it.
        training: Whether a module in training mode is exported as it is.

    Returns:
        The folder.

    Raises:
        TypeError: An argument is of a wrong type.
        ValueError: A name is none in C, or sizes do not fit the model.
        RuntimeError: The model is in training mode, or its run cannot be recorded.
        ImportError: There is no Mojo compiler.
        KernelBuildError: The compiler refuses the code.
    """
    if not callable(model):
        raise TypeError(f"native(): expected a module or a function, got {type(model).__name__}")
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"native(): expected threads as an int, got {type(threads).__name__}")
    if not 1 <= threads <= _MOST_THREADS:
        raise ValueError(f"native(): threads must be from 1 to {_MOST_THREADS}, got {threads}")
    if not isinstance(example, (Tensor, tuple, list)):
        raise TypeError(f"native(): expected the example as a tensor or a tuple, got {type(example).__name__}")
    if cpu is not None and not isinstance(cpu, str):
        raise TypeError(f"native(): expected cpu as a str, got {type(cpu).__name__}")
    _check_mode(model, training)
    target = Path(folder).resolve()
    name = check_name(target.name if name is None else name, "the model's name")
    find_toolchain()
    args = (example,) if isinstance(example, Tensor) else tuple(example)
    if training:
        model = copy.deepcopy(model)  # the runs that are recorded may change what a module keeps
    recording = record_all(model, args, batch_sizes, dict(batch_dims or {}), output_names)
    program = program_of(recording)
    beside = folders(program)
    home = target if target.is_dir() else target.parent  # on the same disk
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=f".{name}-") as scratch:
        made, written = Path(scratch, "made"), Path(scratch, "sources")
        made.mkdir()
        written.mkdir()
        library = made / f"lib{name}.so"
        source = write_sources(written, sources(), name, program, recording)
        flags = ["--emit", "shared-lib", "-Xlinker", "--strip-all"]
        flags += [word for path in (written, *beside) for word in ("-I", str(path))]
        flags += ["-Xlinker", "-soname", "-Xlinker", library.name, *defines(program, threads, cpu)]
        flags += ["--target-cpu", cpu] if cpu is not None else []
        compile_mojo(source, library, flags)
        _drop_run_path(library)
        (made / f"{name}.weights").write_bytes(program.file())
        write_c_files(made, name, recording, status_messages(sources(), recording.sizes()))
        target.mkdir(exist_ok=True)
        for path in made.iterdir():
            os.replace(path, target / path.name)
    return target


def _check_mode(model: Callable[..., Any], training: bool) -> None:
    if not isinstance(model, Module) or training:
        return
    for path, module in model.named_modules():
        if module.training:
            where = f"its layer {path} is" if path else "it is"
            raise RuntimeError(f"native(): call eval() on the model first, {where} in training mode (or training=True)")


def _drop_run_path(library: Path) -> None:
    """Empty the run path, the compiler's folder, which no user has."""
    data = library.read_bytes()
    for found in set(re.findall(rb"\0(/[^\0]*/modular/lib)\0", data)):
        data = data.replace(found, bytes(len(found)))
    library.write_bytes(data)
