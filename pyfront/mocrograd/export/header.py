"""The files in C beside a library: its header, an example in C and in C++, and how CMake finds them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from mocrograd.export import examples
from mocrograd.export.recorded import C_TYPES, Port, Recording


def write_c_files(folder: Path, name: str, recording: Recording, messages: Mapping[str, tuple[int, str]]) -> None:
    """Write all files of C.

    Args:
        folder: Where they go.
        name: The model's name in C.
        recording: What goes in and out.
        messages: What the functions return: by name the number and the message.
    """
    ports = [
        examples.Array(
            f"{port.name}_data", C_TYPES[port.dtype.name], f"{_macro(name, port)}(BATCH)", i < len(recording.inputs)
        )
        for i, port in enumerate((*recording.inputs, *recording.outputs))
    ]
    batch = recording.batches[0]
    texts = {
        f"{name}.h": _header(name, recording, messages),
        "example.c": examples.in_c(name, batch, ports),
        "example.cpp": examples.in_cpp(name, batch, ports),
        "CMakeLists.txt": examples.for_cmake(name),
    }
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")


def _macro(name: str, port: Port) -> str:
    return f"MOCROGRAD_{name}_{port.name}_SIZE".upper()


def _size_of(port: Port, batches: Sequence[int]) -> str:
    """Return the number of elements as an expression of C."""
    dims = port.dims(batches)
    factors = [str(math.prod(number for number, _ in dims))]
    factors += ["(size_t)(batch)" for _, batched in dims if batched]
    return f"((size_t){' * '.join(factors)})"


def _shape_of(port: Port, batches: Sequence[int]) -> str:
    """Return the shape as text, such as "(batch, 10)"."""
    shown = [("batch" if number == 1 else f"{number} * batch") if batched else str(number)
             for number, batched in port.dims(batches)]  # fmt: skip
    return f"({', '.join(shown)})"


def _parameters(recording: Recording) -> str:
    inputs = [f"const {C_TYPES[port.dtype.name]} *{port.name}" for port in recording.inputs]
    outputs = [f"{C_TYPES[port.dtype.name]} *{port.name}" for port in recording.outputs]
    return ", ".join([*inputs, *outputs])


def _header(name: str, recording: Recording, messages: Mapping[str, tuple[int, str]]) -> str:
    upper = f"MOCROGRAD_{name}".upper()
    batches = recording.batches
    ports = (*recording.inputs, *recording.outputs)
    width = max(len(key) for key in messages)
    statuses = "\n".join(
        f"    {upper}_{key:{width}} = {number}{',' if i < len(messages) - 1 else ''} /* {text}. */"
        for i, (key, (number, text)) in enumerate(messages.items())
    )
    sizes = "\n".join(f"#define {_macro(name, port)}(batch) {_size_of(port, batches)}" for port in ports)
    uses = ["read"] * len(recording.inputs) + ["written"] * len(recording.outputs)
    arrays = "\n".join(
        f" *   {port.name}: {use}, {port.dtype.name}, shape {_shape_of(port, batches)}"
        for port, use in zip(ports, uses)
    )
    return _HEADER.format(
        name=name,
        upper=upper,
        statuses=statuses,
        sizes=sizes,
        arrays=arrays,
        sizes_of_batches=recording.sizes(),
        parameters=_parameters(recording),
    )


_HEADER = """\
/* The model `{name}`, exported by mocrograd. Link with lib{name}.so, which needs the C library alone. */
#ifndef {upper}_H
#define {upper}_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* A model with memory of its own. Models share nothing: each may run in a thread of its own. */
typedef struct mocrograd_{name}_model mocrograd_{name}_model;

/* What the functions return. */
enum {{
{statuses}
}};

/* The number of elements of each input and output. The batch size is one of: {sizes_of_batches}. */
{sizes}

/* Load a model from its file of weights, {name}.weights; the address of the model goes to *model, or NULL. */
int32_t mocrograd_{name}_create(const char *path, mocrograd_{name}_model **model);

/* Run a model. Elements lie in the order of rows, the last dimension next to each other; arrays may not overlap.
{arrays}
 */
int32_t mocrograd_{name}_run(mocrograd_{name}_model *model, int64_t batch, {parameters});

/* Give back all memory of a model. NULL is ignored. */
void mocrograd_{name}_free(mocrograd_{name}_model *model);

/* Return what a status means, as text that stays. */
const char *mocrograd_{name}_error(int32_t status);

#ifdef __cplusplus
}}
#endif

#endif
"""
