"""Programs in C and C++ that run a model, and the file by which CMake builds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Array(NamedTuple):
    """An input or an output as an example has it: its variable, its type in C, its number of elements, what it is."""

    name: str
    ctype: str
    size: str
    is_input: bool


_FORMATS = {
    "float": '%.9g\\n", ',
    "double": '%.17g\\n", ',
    "int64_t": '%lld\\n", (long long)',
    "int32_t": '%ld\\n", (long)',
    "uint8_t": '%d\\n", ',
    "int8_t": '%d\\n", ',
    "int16_t": '%d\\n", ',
    "uint16_t": '%u\\n", (unsigned)',
}
"""How C prints an element: the format's end, and a cast."""


def in_c(name: str, batch: int, arrays: Sequence[Array]) -> str:
    """Return a program in C that reads inputs from files and prints the outputs."""
    declared = "".join(f"static {a.ctype} {a.name}[{a.size}];\n" for a in arrays)
    reads = "".join(
        f"    if (!read_input(argc, argv, {2 + i}, {a.name}, sizeof {a.name})) return 1;\n"
        for i, a in enumerate(a for a in arrays if a.is_input)
    )
    prints = "".join(
        f'    for (i = 0; i < {a.size}; i++) printf("{_FORMATS[a.ctype]}{a.name}[i]);\n'
        for a in arrays
        if not a.is_input
    )
    return _C.format(
        name=name,
        upper=f"MOCROGRAD_{name}".upper(),
        batch=batch,
        declared=declared,
        reads=reads,
        prints=prints,
        arrays=", ".join(a.name for a in arrays),
    )


def in_cpp(name: str, batch: int, arrays: Sequence[Array]) -> str:
    """Return a program in C++ that does the same."""
    declared = "".join(f"        std::vector<{a.ctype}> {a.name}({a.size});\n" for a in arrays)
    reads = "".join(
        f"        read_input(arguments, {1 + i}, {a.name});\n" for i, a in enumerate(a for a in arrays if a.is_input)
    )
    prints = "".join(
        f"        for (const auto value : {a.name}) std::cout << {'+' * ('int8' in a.ctype)}value << '\\n';\n"
        for a in arrays
        if not a.is_input
    )
    return _CPP.format(
        name=name,
        batch=batch,
        declared=declared,
        reads=reads,
        prints=prints,
        arrays=", ".join(f"{a.name}.data()" for a in arrays),
    )


def for_cmake(name: str) -> str:
    """Return what CMake needs to build both programs."""
    return _CMAKE.format(name=name)


_C = """\
/* Runs the model `{name}` and prints its outputs.
 *
 *     gcc example.c -L. -l{name} -Wl,-rpath,'$ORIGIN' -o example
 *     ./example [weights [input ...]]
 *
 * Each input is a file of its elements as they lie in memory; without files they are zero.
 */
#include <stdio.h>

#include "{name}.h"

#define BATCH {batch}

{declared}
static int read_input(int argc, char **argv, int number, void *data, size_t nbytes) {{
    FILE *file;
    size_t read;
    if (number >= argc) return 1;
    file = fopen(argv[number], "rb");
    read = file ? fread(data, 1, nbytes, file) : 0;
    if (file) fclose(file);
    if (read != nbytes) fprintf(stderr, "%s: cannot read %lu bytes\\n", argv[number], (unsigned long)nbytes);
    return read == nbytes;
}}

int main(int argc, char **argv) {{
    mocrograd_{name}_model *model;
    size_t i;
    int32_t status = mocrograd_{name}_create(argc > 1 ? argv[1] : "{name}.weights", &model);
    if (status != {upper}_OK) {{
        fprintf(stderr, "%s\\n", mocrograd_{name}_error(status));
        return 1;
    }}
{reads}\
    status = mocrograd_{name}_run(model, BATCH, {arrays});
    mocrograd_{name}_free(model);
    if (status != {upper}_OK) {{
        fprintf(stderr, "%s\\n", mocrograd_{name}_error(status));
        return 1;
    }}
{prints}\
    return 0;
}}
"""

_CPP = """\
// Runs the model `{name}` and prints its outputs.
//
//     g++ -std=c++11 example.cpp -L. -l{name} -Wl,-rpath,'$ORIGIN' -o example_cpp
//     ./example_cpp [weights [input ...]]
//
// Each input is a file of its elements as they lie in memory; without files they are zero.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "{name}.h"

namespace {{

constexpr std::int64_t BATCH = {batch};

using Handle = std::unique_ptr<mocrograd_{name}_model, decltype(&mocrograd_{name}_free)>;

void check(std::int32_t status) {{
    if (status != 0) throw std::runtime_error(mocrograd_{name}_error(status));
}}

Handle load(const std::string &path) {{
    mocrograd_{name}_model *model = nullptr;
    check(mocrograd_{name}_create(path.c_str(), &model));
    return Handle(model, &mocrograd_{name}_free);
}}

template <typename T>
void read_input(const std::vector<std::string> &arguments, std::size_t number, std::vector<T> &data) {{
    if (number >= arguments.size()) return;
    std::ifstream file(arguments[number], std::ios::binary);
    const auto nbytes = static_cast<std::streamsize>(data.size() * sizeof(T));
    if (!file.read(reinterpret_cast<char *>(data.data()), nbytes)) {{
        throw std::runtime_error(arguments[number] + ": cannot read " + std::to_string(nbytes) + " bytes");
    }}
}}

}}  // namespace

int main(int argc, char **argv) {{
    try {{
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        const Handle model = load(arguments.empty() ? "{name}.weights" : arguments[0]);
{declared}{reads}\
        check(mocrograd_{name}_run(model.get(), BATCH, {arrays}));
        std::cout << std::setprecision(std::numeric_limits<double>::max_digits10);
{prints}\
        return 0;
    }} catch (const std::exception &error) {{
        std::cerr << error.what() << '\\n';
        return 1;
    }}
}}
"""

_CMAKE = """\
# Other projects: add_subdirectory(this folder), then target_link_libraries(your_target PRIVATE {name}).
cmake_minimum_required(VERSION 3.15)
project({name}_examples LANGUAGES C CXX)

add_library({name} SHARED IMPORTED GLOBAL)
set_target_properties({name} PROPERTIES
    IMPORTED_LOCATION "${{CMAKE_CURRENT_SOURCE_DIR}}/lib{name}.so"
    IMPORTED_SONAME "lib{name}.so"
    INTERFACE_INCLUDE_DIRECTORIES "${{CMAKE_CURRENT_SOURCE_DIR}}")

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
    set(CMAKE_CXX_STANDARD 11)
    add_executable({name}_example example.c)
    target_link_libraries({name}_example PRIVATE {name})
    add_executable({name}_example_cpp example.cpp)
    target_link_libraries({name}_example_cpp PRIVATE {name})
endif()
"""
