"""The text of a generated program: functions over words, with what they import."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from mocrograd.compiler.trace import Block, Call, Operand, Varying

DTYPES = {"float32": "F32", "float64": "F64", "int64": "I64"}
"""What generated code calls dtypes."""
_TAKEN = re.compile(
    r"words|i|j|e|w|tail|mask|sum|var|ref|comptime|mut|out|self|struct|trait|fn|alias|at|each|fence|number|product|update|update_lanes|"
    r"extension|table|Table|Object|register_entry|new_signature|load_lanes|store_lanes|sum_all|sum_rows|cross_entropy(_backward)?|"
    r"v\d+|(finish|body|rule|status|both|segment)_\d+"
)
"""Names that a variable may not have, since the program has them."""


class Source:
    """A generated program.

    Args:
        names: What explanations call the blocks.

    Attributes:
        functions: Its functions, in the order in which they run.
    """

    def __init__(self, names: Mapping[Block, str]) -> None:
        self.names = names
        self.functions: list[Function] = []
        self._imports: dict[str, set[str]] = {}
        for module, name in (("types", "OK"), ("types", "Words"), ("words", "new_signature")):
            self.use(f"mojo_kernels.runtime.{module}", name)
        self.use("mojo_kernels.python.extension", "extension")
        self.use("mojo_kernels.python.register", "register_entry")
        self.use("mojo_kernels.python.table", "Object")
        self.use("mojo_kernels.python.table", "Table")

    def use(self, module: str, name: str) -> str:
        """Import a name, and return it."""
        self._imports.setdefault(module, set()).add(name)
        return name

    def function(self) -> Function:
        """Return a new function."""
        self.functions.append(Function(self, f"segment_{len(self.functions)}"))
        return self.functions[-1]

    def text(self, title: str) -> str:
        """Return the program; `{module}` stands for the module's name."""
        imports = [
            f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self._imports.items())
        ]
        dtypes = [f"comptime {short} = DType.{name}" for name, short in DTYPES.items()]
        entries = [f'    register_entry(table, "{f.name}", {f.name}, new_signature("", True))' for f in self.functions]
        return "\n".join(
            [
                f'"""{title}"""\n',
                *imports,
                "",
                *dtypes,
                *[f"\n\n{function.text()}" for function in self.functions],
                "\n\ndef _fill(table: Table):",
                *entries,
                '\n\n@export\ndef PyInit_{module}() abi("C") -> Object:',
                '    return extension("{module}", _fill)\n',
            ]
        )


class Function:
    """A function of a generated program: consecutive items of a plan.

    Attributes:
        source: The program.
        name: Its name.
        words: What its words hold, where these are no addresses.
        operands: The addresses among its words.
        varying: Its words that differ from run to run, with those of the recorded call that they stand for.
        lines: Its statements.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.source, self.name = source, name
        self.words: list[int] = []
        self.operands: list[Operand] = []
        self.varying: list[tuple[Varying, Varying]] = []
        self.lines: list[str] = []
        self._pointers: dict[tuple[Block, int, str], str] = {}
        self._declared: list[str] = []
        self._count = 0

    def number(self) -> int:
        """Return a number that no other name of the function has."""
        self._count += 1
        return self._count - 1

    def use(self, name: str, module: str) -> str:
        """Import a name of mojo_kernels, and return it."""
        return self.source.use(f"mojo_kernels.{module}", name)

    def dtype(self, name: str) -> str:
        """Return what the program calls a dtype."""
        return DTYPES[name]

    def pointer(self, operand: Operand, dtype: str) -> str:
        """Return the variable that points to an operand."""
        key = operand.block, operand.offset, dtype
        if key not in self._pointers:
            name = self.source.names.get(operand.block, "memory")
            self._pointers[key] = variable = self._variable(name, operand.offset)
            self.use("at", "generated.loops")
            behind = f" + {operand.offset} bytes" if operand.offset else ""
            self._declared.append(
                f"    var {variable} = at[{DTYPES[dtype]}](words, {len(self.words)})  # {name}{behind}"
            )
            self.operands.append(Operand(len(self.words), "u", operand.block, operand.offset))
            self.words.append(0)
        return self._pointers[key]

    def options(self, call: Call) -> int:
        """Take over all words of a call, those that vary too; return the index of the first one."""
        start = len(self.words)
        self.words += call.words[:-1]
        for varying in call.varying:
            self.varying.append((Varying(start + varying.word, varying.count, varying.values), varying))
        return start

    def write(self, *lines: str) -> None:
        """Add statements."""
        self.lines += [f"    {line}" if line else "" for line in lines]

    def comment(self, label: str, reads: Sequence[Block], writes: Sequence[Block]) -> None:
        """Say which operation follows."""
        names = [
            ", ".join(dict.fromkeys(self.source.names.get(b, "a register") for b in blocks))
            for blocks in (reads, writes)
        ]
        self.write("", f"# {label}: {names[0]} -> {names[1]}")

    def text(self) -> str:
        """Return the function."""
        head = f'def {self.name}(words: Words) abi("C") -> Int64:'
        return "\n".join([head, *self._declared, *self.lines, "    return OK"])

    def _variable(self, name: str, offset: int) -> str:
        variable = re.sub(r"\W+", "_", name if not offset else f"{name}_{offset}").strip("_").lower() or "memory"
        if variable[0].isdigit() or keyword.iskeyword(variable) or _TAKEN.fullmatch(variable):
            variable = f"m_{variable}"
        taken = set(self._pointers.values())
        number, free = 1, variable
        while free in taken:
            number += 1
            free = f"{variable}_{number}"
        return free
