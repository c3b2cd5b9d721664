"""A user's own kernels: a file of Mojo becomes functions of tensors."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mocrograd import backend
from mocrograd.build.cache import built
from mocrograd.build.guarded import call_guarded, ranges_of
from mocrograd.build.guarded_ops import GuardedBinary, GuardedUnary
from mocrograd.build.words import packed
from mocrograd.ops._pointwise import BOTH, Binary, Unary, binary, unary
from mocrograd.tensor import Tensor

_FORWARD = ".forward.float32.original"
_lock = threading.Lock()
_loaded: dict[str, dict[str, Op]] = {}
"""The ops of each library that is in this process, by its name in the cache."""
_sources: dict[str, tuple[Path, str]] = {}
"""The file that each library was compiled from, and its text."""
_taken: dict[str, int] = {}
"""How many libraries of this process have an op or a kernel of a name."""


class Op(NamedTuple):
    """A struct of a user's file.

    Attributes:
        kind: "unary", "binary" or "kernel".
        struct: Its name.
        name: The name that it gives itself: of a kernel "op.direction.dtype".
        registered: Its name in the kernel table, another one where a library before had the same.
    """

    kind: str
    struct: str
    name: str
    registered: str


class KernelLibrary:
    """The functions of a user's file of Mojo, each an attribute under the name of its op.

    Attributes:
        path: The file.
        debug: Whether its kernels run in guarded memory.
        kernels: The names of its kernels in the kernel table, by the names that the file gives them.
    """

    def __init__(self, path: Path, debug: bool, kernels: dict[str, str]) -> None:
        self.path = str(path)
        self.debug = debug
        self.kernels = kernels

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def call(self, kernel: str, /, **words: Any) -> None:
        """Run a kernel of the file, which is not recorded: in a Function's forward and backward, or under no_grad().

        Args:
            kernel: Its name, "op.direction.dtype".
            **words: What its WORDS declare, by name: a contiguous Tensor for an address (None where the operand is
                absent), an integer, a float, a tuple where a name has several letters, and for a shape a tuple of its
                tensors. A floating tensor is of the kernel's dtype.

        Raises:
            KeyError: The file has no such kernel.
            TypeError: A word is missing, unknown, or of a wrong type or dtype.
            ValueError: There is a wrong number of numbers, or a tensor is not contiguous.
            RuntimeError: Tensors are on two devices or require a gradient while operations are recorded, or the kernel
                fails; in a library with `debug=True` also where it reaches beyond its operands.
            NotImplementedError: There is no such kernel for the device.
        """
        if kernel not in self.kernels:
            have = ", ".join(self.kernels) or "none"
            raise KeyError(f"{self.path} has no kernel {kernel!r}; it has {have}")
        registered = self.kernels[kernel]
        given, written, device = packed(registered, words, kernel)
        entry = device.table[registered]
        work = max((word._size for word in given if isinstance(word, Tensor)), default=0)
        addresses = [word.address if isinstance(word, Tensor) else 0 if word is None else word for word in given]
        for tensor in written:
            tensor._changed()
        if self.debug and device is backend.cpu:
            call_guarded(kernel, entry, work, addresses, ranges_of(given, written))
        else:
            backend.call(entry, work, *addresses, device.context)

    def __repr__(self) -> str:
        """Return the file and what it has."""
        functions = [name for name in vars(self) if name not in ("path", "debug", "kernels")]
        return f"KernelLibrary({self.path!r}: {', '.join([*functions, *self.kernels])})"


def kernel_library(
    path: str | os.PathLike[str],
    *,
    methods: bool = False,
    derivatives: Mapping[str, Callable[..., Any]] | None = None,
    debug: bool = False,
) -> KernelLibrary:
    """Compile a file of Mojo, and return its ops as functions of tensors.

    Each struct of the file that implements `UnaryOp` or `BinaryOp` (mojo_kernels/elementwise/traits.mojo) becomes a
    function under its NAME, which is differentiated by its `grad`. Those that implement `Kernel`
    (mojo_kernels/runtime/kernel.mojo) are run by `call`. What was compiled before is taken from a cache.

    Args:
        path: The file.
        methods: Whether the functions become methods of Tensor too, also in place.
        derivatives: By the name of an op, its derivative in operations, for `create_graph=True`: of one operand
            (grad_out, x) -> grad, of two (grad_out, a, b) -> (grad_a, grad_b).
        debug: Whether each kernel runs in a process of its own, with its operands between protected pages, so that one
            that reaches beyond them raises RuntimeError. It takes milliseconds for each call, on the CPU alone.

    Returns:
        The library.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The file must be compiled, and there is no compiler.
        KernelBuildError: It does not compile; the text is the compiler's. What was loaded before stays.
        TypeError: A derivative is no function.
        ValueError: It has no ops, or the name of one is taken or none for a function.

    Example:
        >>> import mocrograd as mg
        >>> lib = mg.kernel_library("my_ops.mojo")  # doctest: +SKIP
        >>> lib.softsquare(mg.tensor([1.0]))  # doctest: +SKIP
        tensor([0.5000])
    """
    file, given = Path(path).absolute(), dict(derivatives or {})
    for name, derivative in given.items():
        if not callable(derivative):
            raise TypeError(f"derivatives: {name} must be a function, not {type(derivative).__name__}")
    with _lock:
        ops = _load(file)
    library = KernelLibrary(file, debug, {op.name: op.registered for op in ops.values() if op.kind == "kernel"})
    for op in ops.values():
        if op.kind == "kernel":
            continue
        if hasattr(library, op.name):
            raise ValueError(f"{file.name}: no op may be called {op.name!r}, which a library has itself")
        setattr(library, op.name, _function(op, library, given.pop(op.name, None), methods))
    if given:
        raise ValueError(f"derivatives: {file.name} has no op called {', '.join(sorted(given))}")
    return library


def source_of(extension: str) -> tuple[Path, str] | None:
    """Return a user's file of an extension and its text; None for an extension of mocrograd."""
    return _sources.get(extension)


def _load(file: Path) -> dict[str, Op]:
    """Load a file's library and register its kernels, once in a process; return its ops by name."""
    accelerator = backend.build_info().get("core", {}).get("accelerator", "none")
    library = built(file, accelerator)
    if library.stem not in _loaded:
        tables: dict[str, dict[str, Any]] = backend.load_library(library.stem, library).kernels
        ops: dict[str, Op] = {}
        for label, table in tables.items():
            op = _op(label, table)
            _check_name(op, ops, file)
            ops[op.name] = op
        for first in {_first(name) for name in ops}:
            _taken[first] = _taken.get(first, 0) + 1
        for op, table in zip(ops.values(), tables.values()):
            renamed = {op.registered + key[len(op.name) :]: entry for key, entry in table.items()}
            backend.add_kernels(library.stem, renamed)
        _sources[library.stem] = file, file.read_text(encoding="utf-8", errors="replace")
        _loaded[library.stem] = ops
    return _loaded[library.stem]


def _first(name: str) -> str:
    return name.partition(".")[0]


def _op(label: str, table: dict[str, Any]) -> Op:
    """Describe a struct by what it has registered."""
    kind, _, struct = label.partition(" ")
    ending = ".original" if kind == "kernel" else _FORWARD
    (name,) = [key.removesuffix(ending) for key in table if key.endswith(ending)]
    first = _first(name)
    count = _taken.get(first, 0)
    return Op(kind, struct, name, f"{first}#{count + 1}{name[len(first) :]}" if count else name)


def _check_name(op: Op, before: dict[str, Op], file: Path) -> None:
    """Refuse a name that cannot be used.

    Raises:
        ValueError: Another struct of the file has it, mocrograd has it, or it is none of Python's.
    """
    first = _first(op.name)
    for other in before.values():
        if op.name == other.name or (first == _first(other.name) and not op.kind == other.kind == "kernel"):
            raise ValueError(f"{file.name}: {other.struct} and {op.struct} are both called {op.name!r}")
    if not op.name.replace(".", "_").isidentifier() or (op.kind != "kernel" and ("." in op.name or iskeyword(op.name))):
        raise ValueError(f"{file.name}: the NAME of {op.struct} must be one for a function of Python, not {op.name!r}")
    if first not in _taken and any(_first(name) == first for name in backend.FORMS["original"]):
        raise ValueError(
            f"{file.name}: {op.struct} is called {op.name!r}, which exists in mocrograd; give it another NAME"
        )


def _function(op: Op, library: KernelLibrary, derivative: Callable[..., Any] | None, methods: bool) -> Any:
    """Make the function of an op.

    Raises:
        ValueError: It should become a method, and Tensor has one of that name.
    """
    there = getattr(Tensor, op.name, None)
    if methods and there is not None and getattr(there, "kernel_file", None) != library.path:
        raise ValueError(f"{library.path}: Tensor has a method or attribute called {op.name!r} already")
    doc = f"Return what {op.struct} of {Path(library.path).name} computes of each element."
    of = derivative or _missing(op)
    endings = BOTH if methods else ()
    if op.kind == "unary":
        one = GuardedUnary if library.debug else Unary
        made = unary(op.name, doc, "x", lambda g, x, y: of(g, x), True, endings, op.registered, one)
    else:
        two = GuardedBinary if library.debug else Binary
        of_a, of_b = (lambda g, a, b: of(g, a, b)[0]), (lambda g, a, b: of(g, a, b)[1])
        made = binary(op.name, doc, of_a, of_b, "ab", "ab", True, endings, op.registered, two)
    made.kernel_file = library.path
    return made


def _missing(op: Op) -> Callable[..., Any]:
    """Return a derivative that says that there is none."""
    operands = "x" if op.kind == "unary" else "a, b"

    def refuse(*given: Any) -> Any:
        raise RuntimeError(
            f"the gradient of {op.name} cannot be differentiated again (create_graph=True): give its derivative in "
            f"operations, kernel_library(..., derivatives={{{op.name!r}: lambda grad, {operands}: ...}})"
        )

    return refuse
