"""Reads a user's file of Mojo and writes the rest of an extension: which structs it has, and their registration."""

from __future__ import annotations

import re
from typing import NamedTuple

TRAITS = {"UnaryOp": "unary", "BinaryOp": "binary", "Kernel": "kernel"}
LISTS = {"UNARY": "unary", "BINARY": "binary", "KERNELS": "kernel"}
MODULE = "own_source"
"""What the user's file is called beside the generated one."""
_IGNORED = re.compile(r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|#[^\n]*', re.DOTALL)
_STRUCT = re.compile(r"^struct\s+(\w+)\s*(\[[^(]*\])?\s*\(([^)]*)\)\s*:", re.MULTILINE)
_LIST = re.compile(rf"^comptime\s+({'|'.join(LISTS)})\s*=", re.MULTILINE)
_DTYPE = re.compile(r"\[\s*\w+\s*:\s*DType\s*,?\s*\]")
_FILE = '''"""Registers what own_source has."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.own import own_binary, own_kernel, own_unary
from mojo_kernels.python.table import Object, Table
from {module} import {names}


def _fill(tables: Table):
{calls}


@export
def PyInit_{extension}() abi("C") -> Object:
    return extension("{extension}", _fill)
'''


class Registration(NamedTuple):
    """What a file has to register.

    Attributes:
        names: The names to import from it.
        calls: The statements that register what they name.
    """

    names: list[str]
    calls: list[str]


def registration(text: str, file: str) -> Registration:
    """Find the structs of a file that implement UnaryOp, BinaryOp or Kernel, or its lists of them.

    A list (`comptime KERNELS = TypeList.of[...]`) says all that the file has of its kind. Without one, a struct of one
    parameter, a dtype, is taken for float32 and float64.

    Args:
        text: The file's text.
        file: Its name, for errors.

    Raises:
        ValueError: There are none, or one has other parameters.
    """
    code = _IGNORED.sub("''", text)
    found = Registration([], [])
    listed = dict.fromkeys(_LIST.findall(code))
    for name in listed:
        kind = LISTS[name]
        found.names.append(name)
        found.calls.append(f"comptime for i in range({name}.length):")
        found.calls.append(f'    own_{kind}[{name}()[i]](tables, String("{kind} {name}[", i, "]"))')
    for name, parameters, bases in _STRUCT.findall(code):
        implemented = [base.strip().rpartition(".")[2] for base in re.split(r"[,&]", bases)]
        kinds = {TRAITS[base] for base in implemented if base in TRAITS}
        for kind in sorted(kinds - {LISTS[name] for name in listed}):
            if parameters and not (kind == "kernel" and _DTYPE.fullmatch(parameters)):
                wanted = next(name for name, of in LISTS.items() if of == kind)
                raise ValueError(
                    f"{file}: struct {name} has parameters {parameters}; say which of it are meant, as "
                    f"`comptime {wanted} = TypeList.of[Trait=..., {name}[...]]`"
                )
            found.names.append(name)
            for given in ("[DType.float32]", "[DType.float64]") if parameters else ("",):
                found.calls.append(f'own_{kind}[{name}{given}](tables, "{kind} {name}{given}")')
    if not found.names:
        raise ValueError(f"{file} has no struct that implements UnaryOp, BinaryOp or Kernel")
    return found


def extension_text(found: Registration, extension: str) -> str:
    """Return the text of the file that makes an extension of a user's file."""
    calls = "\n".join(f"    {call}" for call in found.calls)
    return _FILE.format(module=MODULE, names=", ".join(found.names), calls=calls, extension=extension)
