"""How calls of functions and of Tensor's methods go to `__torch_function__` of their arguments' classes, or of a mode.

A program pays nothing until it needs this. Then `install` replaces the code of the functions, not their names, so that
whoever has imported a name before gives such calls away too.
"""

from __future__ import annotations

import builtins
import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import FunctionType
from typing import Any

_MODULES = ("ops", "compat.inplace", "nn.functional", "nn.init", "linalg", "special")
_OF_LAYERS = {
    "ops.conv": ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    "ops.matmul": ("linear",), "ops.normalization": ("batch_norm",), "ops.recurrent": ("run_layers", "run_step"),
}  # fmt: skip
"""What layers call instead of a public function, which has the same name in nn.functional."""
NOT_OF_TENSORS = {"broadcast_shapes", "calculate_gain", "can_cast", "promote_types", "result_type", "set_printoptions"}
_AS_THEY_ARE = {"as_subclass", "__init_subclass__", "__new__", "__torch_function__"}
_SPECIAL = {
    "__array__", "__bool__", "__complex__", "__contains__", "__deepcopy__", "__dlpack__", "__dlpack_device__",
    "__float__", "__format__", "__getitem__", "__index__", "__int__", "__len__", "__reduce_ex__", "__repr__",
    "__setitem__", "__setstate__",
}  # fmt: skip
_OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "matmul": "matmul", "and": "__and__", "or": "__or__",
    "xor": "__xor__", "mod": "remainder", "pow": "pow", "floordiv": "__floordiv__", "lshift": "__lshift__",
    "rshift": "__rshift__",
}  # fmt: skip
"""Python's operators of two operands, and the method that torch gives to `__torch_function__` for each."""
_OF_ONE = {"neg": "neg", "pos": "positive", "abs": "abs", "invert": "bitwise_not"}
_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")


class _State(threading.local):
    """What a thread has switched off, and its modes from the outermost to the innermost."""

    def __init__(self) -> None:
        self.off = False
        self.modes_off = False
        self.modes: list[Any] = []
        self.skips = False  # whether the next call is not given away


state = _State()
_overrides: dict[type, bool] = {}
"""Whether a class has its own way with functions, for classes that have been seen."""
installed: list[type] = []
"""The class of tensors, once functions look for what overrides them."""
_originals: dict[int, FunctionType] = {}
"""What functions did before their code was replaced, by the functions' numbers."""


def disabled_torch_function(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """Call a function; a class whose `__torch_function__` this is does not override functions.

    Args:
        func: The function.
        types: The classes that override it.
        args: Its arguments.
        kwargs: Its arguments by name.
    """
    before, state.off = state.off, True
    try:
        return func(*args, **(kwargs or {}))
    finally:
        state.off = before


def is_of_torch(func: Any) -> bool:
    """Return whether a function is one of torch itself, which knows no tensors of mocrograd.

    Args:
        func: The function.
    """
    torch = sys.modules.get("torch")  # in programs that `mocrograd run` runs this is mocrograd
    home = getattr(getattr(func, "__objclass__", func), "__module__", None)
    return getattr(torch, "__name__", None) == "torch" and str(home).partition(".")[0] == "torch"


def overrides(kind: type) -> bool:
    """Return whether a class has its own way with functions.

    Args:
        kind: The class.
    """
    known = _overrides.get(kind)
    if known is None:
        own = getattr(kind, "__torch_function__", disabled_torch_function)
        of_torch = any((base.__module__, base.__name__) == ("torch", "Tensor") for base in kind.__mro__)
        known = kind not in installed and own is not disabled_torch_function and not of_torch
        if kind is not list and kind is not tuple:  # what is in these counts
            _overrides[kind] = known
    return known


def overriding(args: Iterable[Any]) -> list[Any]:
    """Return the first argument of each class that overrides functions, one of a subclass before one of its base.

    Args:
        args: The arguments; lists and tuples among them are looked into.
    """
    found: list[Any] = []
    if not state.off:
        for arg in args:
            kind = type(arg)
            if kind is list or kind is tuple:
                for one in arg:
                    if overrides(type(one)):
                        _insert(found, one)
            elif overrides(kind):
                _insert(found, arg)
    return found


def _insert(found: list[Any], arg: Any) -> None:
    kind = type(arg)
    if all(kind is not type(one) for one in found):
        base = (at for at, one in enumerate(found) if issubclass(kind, type(one)))
        found.insert(next(base, len(found)), arg)


def dispatch(function: Any, found: list[Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what the innermost mode, or the first argument that does not return NotImplemented, makes of a call.

    Args:
        function: The public function.
        found: The arguments that override it.
        args: All arguments.
        options: All arguments by name.

    Raises:
        TypeError: Nobody takes the call.
    """
    kinds = tuple([type(one) for one in found])
    modes = state.modes
    if modes and not state.modes_off:
        mode = modes.pop()
        try:
            result = mode.__torch_function__(function, kinds, args, options)
        finally:
            modes.append(mode)
        if result is not NotImplemented:
            return result
    for one in found:
        result = one.__torch_function__(function, kinds, args, options)
        if result is not NotImplemented:
            return result
    name = getattr(function, "__name__", function)
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {list(kinds)}")


def wanted(args: Iterable[Any]) -> bool:
    """Return whether a call is another one's: of a mode, or of a class among its arguments.

    Args:
        args: The arguments.
    """
    return watched() or bool(overriding(args))


def watched() -> bool:
    """Return whether a mode sees calls."""
    return bool(state.modes) and not state.modes_off


# ------------------------------------------------------------------------------------- installation


def install() -> None:
    """Make functions and methods look for arguments that override them, and for modes; once for the whole process."""
    if installed:
        return
    tensor: Any = import_module("mocrograd.tensor").Tensor
    installed.append(tensor)
    _overrides.clear()
    functions = {id(function): function for function in _public_functions()}
    for function in functions.values():
        _replace(function, function)
    for path, names in _OF_LAYERS.items():
        for name in names:
            inner = getattr(import_module(f"mocrograd.{path}"), name)
            _replace(inner, getattr(import_module("mocrograd.nn.functional"), name, inner))
    _install_methods(tensor, functions)


def _public_functions() -> Iterator[FunctionType]:
    for path in _MODULES:
        module = import_module(f"mocrograd.{path}")
        package = import_module("mocrograd") if path == "ops" else module
        for name in getattr(module, "__all__", None) or vars(module):
            function = getattr(package, name, None)
            if isinstance(function, FunctionType) and not name.startswith("_") and name not in NOT_OF_TENSORS:
                yield function


def _install_methods(tensor: Any, functions: dict[int, FunctionType]) -> None:
    methods = {name: f for name, f in vars(tensor).items() if isinstance(f, FunctionType) and name not in _AS_THEY_ARE}
    done = set(functions)
    for name, method in methods.items():
        if name.startswith("_") and name not in _SPECIAL and name[2:-2] not in _COMPARING:
            continue
        if id(method) in done:  # so that each method is told apart from functions, and from others
            method = copy_of(_originals.get(id(method), method))
            setattr(tensor, name, method)
        if name in ("__eq__", "__ne__"):
            method.__name__ = name if name == "__eq__" else "ne"  # as in torch
        done.add(id(method))
        _replace(method, method)
    for name, public in _operators().items():
        if name in methods:
            operator = copy_of(_originals.get(id(methods[name]), methods[name]))
            operator.__name__ = name.replace("rtruediv", "rdiv")
            setattr(tensor, name, operator)
            _replace(operator, getattr(tensor, public) if public in methods else operator)
    for name, member in list(vars(tensor).items()):
        if isinstance(member, property) and isinstance(member.fget, FunctionType) and not name.startswith("_"):
            _replace(member.fget, member.__get__)


def _operators() -> dict[str, str]:
    """Return the methods of Python's operators, and which method `__torch_function__` gets for each."""
    found = {f"__{name}__": public for name, public in (*_OPERATORS.items(), *_OF_ONE.items())}
    found |= {f"__i{name}__": f"{public}_" for name, public in _OPERATORS.items()}
    return found | {f"__r{name}__": public if name in ("add", "mul") else "" for name, public in _OPERATORS.items()}


def copy_of(function: FunctionType) -> FunctionType:
    """Return another function of the same code."""
    made = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(made, function)
    del made.__wrapped__  # type: ignore[attr-defined]
    vars(made).update(vars(function))
    return made


def _replace(function: FunctionType, public: Any) -> None:
    """Make a function give away the calls that its arguments' classes, or a mode, want."""
    original = _originals[id(function)] = copy_of(function)
    known = _overrides.get

    def call(*args: Any, **options: Any) -> Any:
        if not options and not state.modes:  # the usual call, in half the time
            for arg in args:
                if known(type(arg), True):
                    break
            else:
                return original(*args)
        if state.skips:
            state.skips = False
            return original(*args, **options)
        found = overriding((*args, *options.values()) if options else args)
        if found or (state.modes and not state.modes_off):
            return dispatch(public, found, args, options)
        return original(*args, **options)

    function.__code__ = forwarding_code(len(function.__closure__ or ()))
    function.__kwdefaults__ = {"_call": call}
    function.__wrapped__ = original  # type: ignore[attr-defined]


@functools.cache
def forwarding_code(free: int) -> Any:
    """Return the code of a function that calls its option `_call`, with as many variables of a closure as asked for."""
    names = ", ".join(f"_{number}" for number in range(free))
    text = f"def make({names}):\n def forward(*args, _call=None, **options):\n  return _call(*args, **options)\n"
    text += f"  {names}\n return forward\n" if free else " return forward\n"
    made: dict[str, Any] = {}
    exec(text, made)
    return made["make"](*range(free)).__code__


# ------------------------------------------------------------------------- classes that are no tensors


def watch_classes(instead: Callable[[], None] = install) -> None:
    """Call `install` when the first object of a class with `__torch_function__` is made that is defined from here on.

    Classes of tensors call it themselves, and modes when they are entered.

    Args:
        instead: What is called.
    """
    build = builtins.__build_class__

    def build_class(function: Any, name: str, /, *bases: Any, **options: Any) -> Any:
        made = build(function, name, *bases, **options)
        members = getattr(made, "__dict__", {})
        if "__torch_function__" in members and isinstance(made, type) and not hasattr(made, "__enter__"):
            _call_at_first_object(made, instead)
        return made

    builtins.__build_class__ = build_class


def _call_at_first_object(kind: Any, called: Callable[[], None]) -> None:
    before = vars(kind).get("__init__")

    @functools.wraps(kind.__init__)
    def first(self: Any, *args: Any, **options: Any) -> None:
        called()
        if before is None:
            del kind.__init__
        else:
            kind.__init__ = before
        self.__init__(*args, **options)

    kind.__init__ = first
