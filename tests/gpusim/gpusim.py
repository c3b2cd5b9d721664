#!/usr/bin/env python3
"""A simulated CUDA device: runs Mojo GPU code, host side and kernels, on a machine without a GPU.

    mojo build FILE --emit llvm --target-accelerator sm_80 -o DIR/FILE/FILE.ll   # and one *.nvptx.ll per GPU kernel
    python gpusim.py host DIR OUT                                                 # OUT/FILE.so, the extension itself
    python gpusim.py run DIR [DIR ...] -- COMMAND                                 # COMMAND sees one GPU
    python gpusim.py build DIR ...                                                # only translate and compile

Kernels become host code: special registers, barriers, shuffles and PTX approximations turn into calls of runtime.c,
shared memory into ordinary memory that is poisoned (all bits one: nan) before each block, and every GPU thread of a
block into a fiber that yields at barriers and warp operations. Blocks run one after the other. driver.c and nvml.c
stand in for libcuda and libnvidia-ml, so DeviceContext, its buffers and launches work unchanged.

- GPUSIM_ORDER=forward|reverse|alternate|SEED: the order in which the threads of a block run between barriers; in turn
  from block to block and launch to launch. A kernel that needs a barrier it does not have gives different results
  under different orders.
- A launch whose arguments hold an address of host memory, or of device memory that was freed, is refused.
- GPUSIM_LOG=1 prints the driver's calls. GPUSIM_CACHE names the folder of compiled kernels, GPUSIM_CLANG the compiler.

It checks what kernels compute, never how fast. Unknown are asynchronous-copy instructions, clusters and
textures; of matrix instructions all but `MATRIX`: such kernels are named, with the intrinsic, when they are translated. From Python, one kernel alone:

    k = load("DIR/..._add_kernel_....nvptx.ll")
    k.launch(grid=(4,), block=(256,), args=[a, b, c, 1024])      # NumPy arrays for pointers, numbers for scalars

Needs gcc and clang 19 or later (Debian: clang-19).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

if __package__:
    from gpusim import host
    from gpusim.older import older
else:  # run as a program, with its own folder on the path
    import host
    from older import older

HERE = Path(__file__).resolve().parent
CLANG = os.environ.get("GPUSIM_CLANG", "clang-19")
STAND_INS = {"libcuda.so.1": "driver.c", "libnvidia-ml.so.1": "nvml.c", "libnccl.so.2": "nccl.c"}
SCALARS = {
    "i64": ctypes.c_int64,
    "i32": ctypes.c_int32,
    "i16": ctypes.c_int16,
    "i8": ctypes.c_int8,
    "i1": ctypes.c_bool,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
}
EXACT_BLOCKS = {"MODULAR_DEVICE_CONTEXT_MEMORY_MANAGER_SIZE": "0"}
"""Makes the runtime ask the driver for each block, of its very size, so that the driver's fences lie at its ends."""
FAILURES = {
    1: "threads of one block wait at different barriers, or some left before it",
    2: "out of memory",
    3: "more than 1024 threads in a block",
}


# ------------------------------------------------------------------------------------- translation


def translate(ir: str) -> tuple[str, str, list[str]]:
    """Turns the NVVM IR of one kernel into host IR with an entry point.

    Returns:
        The text, the kernel's name and the types of its parameters.
    """
    head = re.search(r"define [^\n]*ptx_kernel void @([\w.$]+)\((.*)\)[^()\n]*\{", ir)
    if head is None:
        raise ValueError("there is no kernel in this file")
    name, parameters = head.group(1), [_type(p) for p in _split(head.group(2))]
    ir, shared = _shared_memory(older(ir))
    ir = _calls(_plain(ir))
    entry = [_entry(name, parameters), _clear(shared)]
    return _matrix("\n".join([*_declared_once(ir), *entry])), name, [kind for kind, _ in parameters]


def _shared_memory(ir: str) -> tuple[str, dict[str, str]]:
    """Turns shared memory into globals; returns the text and each one's type. An open-ended array gets 256 KiB."""
    shared: dict[str, str] = {}

    def own(match: re.Match[str]) -> str:
        name, kind, align = match.groups()
        shared[name] = "[262144 x i8]" if kind.startswith("[0 x") else kind
        return f"@{name} = global {shared[name]} zeroinitializer{align or ''}"

    pattern = (
        r"^@([\w.$]+) = [^\n=]*addrspace\(3\) global (\[[^\n]*?\]|\w+)"
        r"(?: undef| poison| zeroinitializer)?(, align \d+)?$"
    )
    return re.sub(pattern, own, ir, flags=re.M), shared


def _plain(ir: str) -> str:
    """Removes what a host knows nothing of: targets, address spaces, attributes of functions."""
    ir = re.sub(r"^target .*$", "", ir, flags=re.M)
    ir = re.sub(r"\s*addrspace\(\d+\)", "", ir).replace("ptx_kernel ", "")
    ir = re.sub(r"addrspacecast ptr (\S+) to ptr", r"bitcast ptr \1 to ptr", ir)
    ir = re.sub(r"^attributes #\d+ = .*$", "", ir, flags=re.M)
    return re.sub(r" #\d+(?=[ \n{]|$)", "", ir, flags=re.M)


def _calls(ir: str) -> str:
    """Turns PTX assembly and NVVM intrinsics into calls of runtime.c."""

    def call(match: re.Match[str]) -> str:
        return f"call {match.group(1)} @sim_asm_{match.group(2).replace('.', '_')}("

    ir = re.sub(r'call (\w+) asm (?:sideeffect )?"([\w.]+) [^"]*", "[^"]*"\(', call, ir)
    ir = re.sub(r"@llvm\.nvvm\.([\w.]+)", lambda match: "@sim_" + match.group(1).replace(".", "_"), ir)
    for kind, function, arguments in sorted(set(re.findall(r"call (\w+) (@sim_asm_\w+)\(([^)]*)\)", ir))):
        ir += f"\ndeclare {kind} {function}({', '.join(a.split()[0] for a in _split(arguments))})"
    return ir


MATRIX = {"m16n8k16_row_col_f32_f32": 0, "m16n8k16_row_col_bf16": 1, "m16n8k8_row_col_tf32": 2}
"""Matrix instructions that runtime.c knows, and its numbers for them."""


def _matrix(ir: str) -> str:
    """Defines the matrix instructions that are declared: a host returns four numbers in another way than LLVM does."""

    def entry(match: re.Match[str]) -> str:
        name, given = match.group(1), _split(match.group(2))
        if name not in MATRIX:
            return match.group(0)
        names = ", ".join(f"{kind} %x{i}" for i, kind in enumerate(given))
        lines = [f"define {{ float, float, float, float }} @sim_mma_{name}({names}) {{", "  %at = alloca [10 x i32]"]
        for i, kind in enumerate(given):
            lines += [f"  %p{i} = getelementptr i32, ptr %at, i64 {i}", f"  store {kind} %x{i}, ptr %p{i}"]
        lines.append(f"  call void @sim_matrix(i32 {MATRIX[name]}, ptr %p0, ptr %p4, ptr %p6)")
        result = "poison"
        for i in range(4):
            lines += [f"  %d{i} = load float, ptr %p{6 + i}",
                      f"  %r{i} = insertvalue {{ float, float, float, float }} {result}, float %d{i}, {i}"]  # fmt: skip
            result = f"%r{i}"
        lines += [f"  ret {{ float, float, float, float }} {result}", "}"]
        return "\n".join(lines)

    pattern = r"^declare \{ float, float, float, float \} @sim_mma_(\w+)\(([^\n]*)\)[^\n)]*$"
    defined = re.sub(pattern, entry, ir, flags=re.M)
    return defined if defined == ir else defined + "\ndeclare void @sim_matrix(i32, ptr, ptr, ptr)\n"


def _declared_once(ir: str) -> list[str]:
    """Returns the lines without second declarations of a function."""
    seen: set[str] = set()
    lines = []
    for line in ir.split("\n"):
        match = re.match(r"declare .*?(@[\w.$]+)\(", line)
        if not match or match.group(1) not in seen:
            lines.append(line)
        if match:
            seen.add(match.group(1))
    return lines


def _entry(name: str, parameters: list[tuple[str, str | None]]) -> str:
    """Returns a function that calls the kernel with CUDA's array of arguments, and the arguments' sizes."""
    lines, values = ["define void @sim_entry(ptr %a) {"], []
    for i, (kind, pointee) in enumerate(parameters):
        lines += [f"  %s{i} = getelementptr ptr, ptr %a, i64 {i}", f"  %p{i} = load ptr, ptr %s{i}"]
        if pointee:
            values.append(f"ptr byval({pointee}) %p{i}")
        else:
            lines.append(f"  %v{i} = load {kind}, ptr %p{i}, align 1")
            values.append(f"{kind} %v{i}")
    sizes = [f"i64 {_size(pointee or kind)}" for kind, pointee in parameters]
    return "\n".join(
        [
            *lines,
            f"  call void @{name}({', '.join(values)})",
            "  ret void",
            "}",
            f"@sim_count = constant i64 {len(sizes)}",
            f"@sim_sizes = constant [{len(sizes)} x i64] [{', '.join(sizes)}]",
        ]
    )


def _size(kind: str) -> str:
    """Returns a type's size in bytes, as a constant of LLVM."""
    return f"ptrtoint (ptr getelementptr ({kind}, ptr null, i32 1) to i64)"


def _clear(shared: dict[str, str]) -> str:
    """Returns a function that poisons the shared memory."""
    lines = ["declare void @sim_poison(ptr, i64)", "define void @sim_clear() {"]
    for name, kind in shared.items():
        lines.append(f"  call void @sim_poison(ptr @{name}, i64 {_size(kind)})")
    return "\n".join([*lines, "  ret void", "}", ""])


def _split(text: str) -> list[str]:
    """Splits at the commas of the outermost level."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in "{[(<") - (c in "}])>")
        if c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [part for part in [*parts, text[start:].strip()] if part]


def _type(parameter: str) -> tuple[str, str | None]:
    """Returns a parameter's type, and the type behind the pointer where it is passed by value."""
    if parameter[0] in "{[<":
        return parameter[: _close(parameter, 0) + 1], None
    at = parameter.find("byval(")
    return parameter.split()[0], parameter[at + 6 : _close(parameter, at + 5)] if at >= 0 else None


def _close(text: str, i: int) -> int:
    """Returns the index of the bracket that closes the one at `i`."""
    depth = 0
    for j in range(i, len(text)):
        depth += (text[j] in "{[<(") - (text[j] in "}]>)")
        if depth == 0:
            return j
    raise ValueError(f"unbalanced brackets: {text}")


# ------------------------------------------------------------------------------------- compilation


def compile_kernel(path: Path, out: Path) -> tuple[Path, list[str]]:
    """Compiles one *.nvptx.ll file to OUT/KERNEL.so unless that is there already.

    Returns:
        The file and the types of the kernel's parameters.

    Raises:
        RuntimeError: The compiler or the linker refused, with their words.
    """
    ir, name, parameters = translate(path.read_text())
    runtime = _runtime(out)
    key = hashlib.sha256((ir + runtime.name).encode()).hexdigest()[:16]
    library, mark = out / f"{name}.so", out / f"{name}.key"
    if not (library.exists() and mark.exists() and mark.read_text() == key):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "kernel.ll")
            source.write_text(ir)
            _run(CLANG, "-O1", "-shared", "-fPIC", "-w", source, runtime, "-Wl,-z,defs", "-lm", "-o", library)
        mark.write_text(key)
    return library, parameters


def _runtime(out: Path) -> Path:
    """Returns runtime.c as an object file, compiled unless it is there already; its name says from what."""
    source = HERE / "runtime.c"
    target = out / f"runtime-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}.o"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=out) as folder:
            made = Path(folder, "runtime.o")
            _run(CLANG, "-O1", "-c", "-fPIC", "-w", source, "-o", made)
            os.replace(made, target)
    return target


def _run(*command: object) -> None:
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if run.returncode:
        found = re.findall(r"undefined reference to `(\w+)'|error: (.*)", run.stderr)
        raise RuntimeError("; ".join(sorted({a or b for a, b in found})[:5] or [run.stderr[-400:]]))


def build(folders: Sequence[str], out: Path) -> list[str]:
    """Compiles every kernel under `folders` and the two stand-in libraries into `out`; returns the failures."""
    out.mkdir(parents=True, exist_ok=True)
    for library, source in STAND_INS.items():
        target = out / library
        if not target.exists() or target.stat().st_mtime < (HERE / source).stat().st_mtime:
            _run("gcc", "-w", "-O1", "-shared", "-fPIC", HERE / source, "-ldl", "-lm", "-lpthread", "-o", target)
    _runtime(out)
    files = sorted({path for folder in folders for path in Path(folder).rglob("*.nvptx.ll")})

    def one(path: Path) -> str | None:
        try:
            compile_kernel(path, out)
        except (RuntimeError, ValueError) as error:
            return f"{path.name}: {error}"
        return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [failure for failure in pool.map(one, files) if failure]
    print(f"gpusim: {len(files) - len(failures)} of {len(files)} kernels ready in {out}", file=sys.stderr)
    for failure in failures:
        print(f"gpusim: not simulated: {failure}", file=sys.stderr)
    return failures


# ---------------------------------------------------------------------------------- one kernel alone


class Kernel:
    """One compiled kernel, to launch on NumPy arrays."""

    def __init__(self, library: Path, parameters: list[str]) -> None:
        """Loads the kernel.

        Args:
            library: Its shared library.
            parameters: The types of its parameters, in LLVM's words.
        """
        self.library, self.parameters = ctypes.CDLL(str(library)), parameters

    def launch(self, grid: tuple[int, ...], block: tuple[int, ...], args: Sequence[Any]) -> None:
        """Runs the whole grid.

        Args:
            grid: Blocks in up to three dimensions.
            block: Threads of a block in up to three dimensions.
            args: In the kernel's order NumPy arrays for pointers, numbers for scalars.

        Raises:
            TypeError: The number of arguments is wrong.
            RuntimeError: The block got stuck at a barrier.
        """
        if len(args) != len(self.parameters):
            raise TypeError(f"the kernel takes {len(self.parameters)} arguments, got {len(args)}")
        cells: list[Any] = [
            ctypes.c_void_p(arg.ctypes.data) if kind == "ptr" else SCALARS[kind](arg)
            for arg, kind in zip(args, self.parameters)
        ]
        array = (ctypes.c_void_p * max(1, len(cells)))(*[ctypes.addressof(cell) for cell in cells])
        sizes = (*grid, 1, 1, 1)[:3] + (*block, 1, 1, 1)[:3]
        status = self.library.sim_launch(*sizes, array)
        if status:
            raise RuntimeError(FAILURES[status])


def load(path: str | Path) -> Kernel:
    """Translates, compiles and loads the kernel of one *.nvptx.ll file."""
    return Kernel(*compile_kernel(Path(path), Path(tempfile.mkdtemp())))


def main(argv: list[str]) -> int:
    """Runs the command line and returns the exit status."""
    if len(argv) < 2 or argv[0] not in ("run", "build", "host"):
        raise SystemExit(__doc__)
    if argv[0] == "host":
        host.build(Path(argv[1]), Path(argv[2]), CLANG)
        return 0
    cut = argv.index("--") if "--" in argv else len(argv)
    folders, command = argv[1:cut], argv[cut + 1 :]
    out = Path(os.environ.get("GPUSIM_CACHE") or Path(folders[0]) / "gpusim").resolve()
    failures = build(folders, out)
    if argv[0] == "build":
        return int(bool(failures))
    paths = [str(out), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    environment = {**os.environ, "GPUSIM_DIR": str(out), "LD_LIBRARY_PATH": ":".join(paths), **EXACT_BLOCKS}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
