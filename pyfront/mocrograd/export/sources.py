"""The Mojo code of a C library: the registrations of the extensions that it needs, and its exported functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

from mocrograd import backend
from mocrograd.build.library import source_of
from mocrograd.build.own_source import registration
from mocrograd.export.processor import masks
from mocrograd.export.program import CHAIN, Program, names_of
from mocrograd.export.recorded import Recording

_SHARED = "register_pointwise"
"""The file of registrations that those of extensions import."""
_BY_ADDRESS = re.compile(r"register_(entry|forms|cost)\b")


def write_sources(folder: Path, root: Path, name: str, program: Program, recording: Recording) -> Path:
    """Write the code of a library.

    Args:
        folder: Where the files go; the compiler must look for packages there, and in `root`.
        root: The folder that holds mojo_kernels.
        name: The model's name in C.
        program: Its plans.
        recording: What goes in and out.

    Returns:
        The file to compile.
    """
    kernels = root / "mojo_kernels"
    extensions = sorted({backend.EXTENSIONS[kernel] for kernel in names_of(program)})
    _write(folder / f"{_SHARED}.mojo", _over_native(kernels / "python" / f"{_SHARED}.mojo"))
    for extension in extensions:
        own = source_of(extension)
        if own is not None:
            _write(folder / f"source_{extension}.mojo", own[1])
        text = _own(extension, *own) if own else _over_native(kernels / "ext" / f"{extension}.mojo")
        _write(folder / f"kernels_{extension}.mojo", text)
    messages = status_messages(root, recording.sizes())
    source = folder / "native_main.mojo"
    _write(source, _library(name, program, recording, extensions, messages))
    return source


def status_messages(root: Path, sizes: str) -> dict[str, tuple[int, str]]:
    """Return what the functions of a library return: by name the number and the message."""
    text = (root / "mojo_kernels" / "native" / "status.mojo").read_text(encoding="utf-8")
    found = re.findall(r'^comptime (\w+) = Int32\((\d+)\)\n"""(.*)"""$', text, re.MULTILINE)
    messages = {name: (int(number), message.rstrip(".")) for name, number, message in found}
    number, message = messages["BATCH"]
    messages["BATCH"] = number, f"{message}; there are plans for {sizes}"
    return messages


def folders(program: Program) -> list[Path]:
    """Return the folders of the users' files that a program needs, which may import what lies beside them.

    Raises:
        RuntimeError: Two of its kernels have one name.
    """
    names = [_own_name(kernel) for kernel in names_of(program)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RuntimeError(f"native(): the model uses kernels of two libraries that are both called {twice[0]}")
    found = [source_of(backend.EXTENSIONS[kernel]) for kernel in names_of(program)]
    return list(dict.fromkeys(path.parent for path, _ in filter(None, found)))


def _own_name(kernel: str) -> str:
    """Return how a struct calls itself: where several have one name, the kernel table numbers them."""
    return re.sub(r"#\d+", "", kernel)


def defines(program: Program, threads: int, cpu: str | None) -> list[str]:
    """Return the compiler's flags for a library (mojo_kernels/native)."""
    # Without assertions no kernel needs a run-time library, which would print what failed.
    values = {
        "ASSERT": "none",
        "MOCROGRAD_KERNELS": ",".join(map(_own_name, program.kernels)),
        "MOCROGRAD_PARTS": ",".join(map(_own_name, program.parts)),
        "MOCROGRAD_THREADS": str(threads),
        **{f"MOCROGRAD_CPUID_{register}": str(bits) for register, bits in masks(cpu).items()},
    }
    return [word for key, value in values.items() for word in ("-D", f"{key}={value}")]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _over_native(path: Path) -> str:
    """Return the registrations of a file, made into those of a C library: another table, and no module of Python."""
    text = path.read_text(encoding="utf-8").split("\n@export\n")[0]
    text = re.sub(r"^from mojo_kernels\.python\.(extension|table) import .*\n", "", text, flags=re.MULTILINE)
    text = text.replace(f"mojo_kernels.python.{_SHARED}", _SHARED)
    text = re.sub(
        r"^from mojo_kernels\.python\.register import .*$",
        "from mojo_kernels.native.table import register",
        text,
        flags=re.MULTILINE,
    )
    head, *functions = text.split("\n\n\ndef ")
    functions = [f for f in functions if "(table: Table" in f]  # others make objects of Python
    # what is registered by its address, not as a kernel, serves training alone
    functions = [f.partition(":\n")[0] + ":\n    pass\n" if _BY_ADDRESS.search(f) else f for f in functions]
    return "\n\n\ndef ".join([f"{head}\nfrom mojo_kernels.native.table import Table", *functions])


def _own(extension: str, path: Path, text: str) -> str:
    """Return the registrations of a user's file."""
    found = registration(text, path.name)
    calls = [re.sub(r"\(tables, .*\)$", "(table)", call.replace("own_", "register_")) for call in found.calls]
    body = indent("\n".join(calls), "    ").replace("register_kernel[", "register[")
    names = ", ".join(found.names)
    return _OWN.format(name=path.name, extension=extension, names=names, body=body, shared=_SHARED)


def _library(
    name: str,
    program: Program,
    recording: Recording,
    extensions: Sequence[str],
    messages: dict[str, tuple[int, str]],
) -> str:
    imports = [f"from kernels_{extension} import _fill as fill_{extension}" for extension in extensions]
    fills = [f"    fill_{extension}(table)" for extension in extensions]
    fills += ["    register[Chain](table)"] if CHAIN in program.kernels else []
    ports = (*recording.inputs, *recording.outputs)
    stores = [f"    pointers.unsafe_store({i}, Int64(p{i}))" for i in range(len(ports))]
    texts = [f'    if status == {number}:\n        return _text("{text}\\0")' for number, text in messages.values()]
    return _TEMPLATE.format(
        name=name,
        imports="\n".join(imports),
        fills="\n".join(fills) or "    pass",
        lines=indent("\n".join(program.lines), "    "),
        plans=len(recording.plans),
        words=program.words,
        patches=program.patches,
        pointers=len(ports),
        inputs=len(recording.inputs),
        arena=program.arena,
        weights=len(program.weights),
        identity=program.identity,
        arguments="".join(f", p{i}: Int" for i in range(len(ports))),
        stores="\n".join(stores),
        texts="\n".join(texts),
    )


_OWN = '''"""Registers what {name} has."""

from mojo_kernels.native.table import Table, register
from source_{extension} import {names}
from {shared} import register_binary, register_unary


def _fill(table: Table):
{body}
'''
_TEMPLATE = '''"""The model `{name}`: plans over kernels, and the functions that C calls. Generated; see {name}.h."""

from std.memory import stack_allocation

from mojo_kernels.native.model import create, free, run
from mojo_kernels.native.processor import is_fit
from mojo_kernels.native.program import Program
from mojo_kernels.native.status import PROCESSOR
from mojo_kernels.native.table import Table, register
from mojo_kernels.runtime.chain import Chain
from mojo_kernels.runtime.types import Words
{imports}

comptime PLANS: StaticString = """
{lines}
"""
comptime PROGRAM = Program(
    PLANS,
    plans={plans},
    words={words},
    patches={patches},
    pointers={pointers},
    inputs={inputs},
    arena={arena},
    weights={weights},
    identity={identity},
)


def _fill(table: Table):
{fills}


def _text(text: StaticString) -> Int:
    return Int(text.unsafe_ptr())


@export
def mocrograd_{name}_create(path: Int, model: Int) abi("C") -> Int32:
    # nothing else runs before this is known
    return create(PROGRAM, _fill, path, model) if is_fit() else PROCESSOR


@export
def mocrograd_{name}_run(model: Int, batch: Int64{arguments}) abi("C") -> Int32:
    var pointers = stack_allocation[{pointers}, Int64]()
{stores}
    return run(PROGRAM, model, batch, Words(unsafe_from_address=Int(pointers)))


@export
def mocrograd_{name}_free(model: Int) abi("C"):
    free(model)


@export
def mocrograd_{name}_error(status: Int32) abi("C") -> Int:
{texts}
    return _text("no status of this library\\0")
'''
