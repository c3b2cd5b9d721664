"""Arguments of wrong types and under other names, most of them found only after a call has failed."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from mocrograd import backend, dtypes
from mocrograd.autograd import Function
from mocrograd.errors import MarkedOperand, NoBatchingRule, SparseOperand
from mocrograd.layout import strided
from mocrograd.tensor import Tensor

_F = TypeVar("_F", bound=Callable[..., Any])
_OTHER_NAMES = {
    "axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input", "x2": "other",
    "split_size": "split_size_or_sections", "dtype": "size",
}  # fmt: skip
"""NumPy's names of arguments, which torch takes too; one that torch's function and method call differently; and what
`view` takes instead of sizes."""
_PARTS = dict.fromkeys(("sections", "indices", "tensor_indices_or_sections"), "indices_or_sections")
_OF_A = (
    "cholesky_ex", "cond", "eigh", "eigvalsh", "householder_product", "ldl_factor", "ldl_factor_ex", "lstsq",
    "matrix_norm", "matrix_rank", "norm", "pinv", "solve_triangular", "tensorinv", "tensorsolve",
)  # fmt: skip
_NAMES_OF: dict[str, dict[str, str]] = {
    **{key: {"input": "A", "b": "B", "other": "B"} for key in _OF_A},
    **{key: {"A": "input"} for key in ("det", "slogdet")},
    **{key: {"input": "b"} for key in ("lu_solve", "triangular_solve")},
    **{key: {"other": "dim"} for key in ("max", "min")},
    **dict.fromkeys(("dsplit", "hsplit", "tensor_split", "vsplit"), _PARTS),
    **{key: {"batch1": "a", "batch2": "b"} for key in ("addbmm_", "baddbmm_")},
    "addmm_": {"mat1": "a", "mat2": "b"},
    "addmv_": {"mat": "a", "vec": "b"},
    "addr_": {"vec1": "a", "vec2": "b"},
    "cholesky_solve": {"input2": "L"},
    "isin": {"element": "elements", "test_element": "test_elements"},
    "orgqr": {"input2": "tau"},
    "vector_norm": {"input": "x"},
    "ormqr": {"input2": "tau", "input3": "other"},
    "result_type": {"tensor": "tensor1", "other": "tensor2", "scalar": "tensor2", "scalar1": "tensor1",
                    "scalar2": "tensor2"},
}  # fmt: skip
"""Names of arguments in other forms of a function, or in torch's schema where its documentation has another one."""
_PYTHON_TYPES: dict[Any, dtypes.dtype] = {bool: dtypes.bool_, int: dtypes.int64, float: dtypes.float64}
"""Types of Python that stand for a dtype."""
_WATCHED = ("dtype", "dim", "keepdim", "indices_or_sections")
_SEVERAL = inspect.Parameter.VAR_POSITIONAL


def checked(function: _F, write: Callable[..., Any] | None = None, module: str | None = None) -> _F:
    """Make a function that takes other names of arguments too, and says which one is no tensor where it fails for that.

    Looking at arguments costs time at every call, and most calls are right. So the function runs first; where it does
    not know a name, or a type of Python as dtype, these are translated; where it trips over an attribute that only
    tensors have, or over an integer that is too large, the arguments are held against its annotations.

    Args:
        function: It has annotations.
        write: (function, arguments, options with `out`) -> result, for a function that does not know `out`.
        module: The module that the result is a name of, as pickles must know, where it is not the function's.

    Returns:
        A function with the same signature, and `out`.
    """

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except NoBatchingRule as error:
            return error.level.loop(call, args, options)  # type: ignore[attr-defined]
        except SparseOperand as error:
            return error.answer(function, args, options)
        except MarkedOperand:
            return Function.resolved(call, args, options)
        except TypeError:
            writer = write if "out" in options else None
            renamed = None if writer else _typed(args, options) or _idle(args, options)
            renamed = renamed or (None if writer else _renamed(function, args, options))
            if renamed is None and writer is None:
                raise
        except (AttributeError, OverflowError, SystemError, ZeroDivisionError) as error:
            writer, renamed = None, _typed(args, options)
            wrong = None if renamed else _wrong(function, args, options) or _lacking(function, error)
            if renamed is None and wrong is None:
                raise
            if wrong is not None:
                raise wrong from None
        if renamed is not None:
            return call(*renamed[0], **renamed[1])
        assert writer is not None
        return writer(call, args, options)

    call.__module__ = module or function.__module__
    return call  # type: ignore[return-value]


class OutOptions(NamedTuple):
    """How the results of a function that does not know `out` get there.

    Attributes:
        cast: Whether a single result is cast to the dtype of `out`; the others ask for their own dtype.
        in_its_dtype: Whether the function computes in the dtype of `out`, unless another is asked for.
    """

    cast: bool = False
    in_its_dtype: bool = False


def takes_out(*, cast: bool = False, in_its_dtype: bool = False) -> Callable[[_F], _F]:
    """Say that the package's form of a function takes `out`, of which the function itself knows nothing; a decorator.

    Args:
        cast: As in `OutOptions`.
        in_its_dtype: As in `OutOptions`.
    """

    def mark(function: _F) -> _F:
        function.takes_out = OutOptions(cast, in_its_dtype)  # type: ignore[attr-defined]
        return function

    return mark


def unchecked(function: Any) -> bool:
    """Whether something is a function that does not check its arguments as it goes."""
    return inspect.isfunction(function) and not hasattr(function, "checks_arguments")


def name_functions(module: str, names: Iterable[str]) -> None:
    """Name functions that makers made after the module that gives them out, where pickles find them.

    Args:
        module: The module, which has been imported.
        names: The functions' names there, and others, which are left out.
    """
    for name in names:
        function = getattr(sys.modules[module], name)
        if inspect.isfunction(function):
            home = sys.modules.get(function.__module__)
            if getattr(home, function.__qualname__, None) is not function:
                function.__module__, function.__qualname__ = module, name


def check_methods() -> None:
    """Check the methods of Tensor whose arguments besides the tensor itself may be wrong or have other names."""
    for name, f in list(vars(Tensor).items()):
        if unchecked(f) and not name.startswith("_"):
            others = list(inspect.signature(f).parameters.values())[1:]
            if any("Tensor" in str(p.annotation) or p.name in _WATCHED or p.kind is _SEVERAL for p in others):
                setattr(Tensor, name, checked(f))


@functools.cache
def _parameters(function: Callable[..., Any]) -> Any:
    return inspect.signature(function).parameters


def _typed(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments with dtypes in place of Python's types; None where there are none of these."""
    given = (*args, *options.values())
    translated = [_PYTHON_TYPES.get(value, value) if isinstance(value, type) else value for value in given]
    if all(new is value for new, value in zip(translated, given)):
        return None
    return tuple(translated[: len(args)]), dict(zip(options, translated[len(args) :]))


def _idle(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments without torch's options of memory that change nothing; None where there are none."""
    idle = {"pin_memory"} | ({"layout"} if options.get("layout") in (None, strided) else set())
    kept = {name: value for name, value in options.items() if name not in idle}
    return None if len(kept) == len(options) else (args, kept)


def _renamed(
    function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments with NumPy's names translated and sizes given by name in order; None for no change."""
    parameters = _parameters(function)
    several = next((name for name, p in parameters.items() if p.kind is _SEVERAL), None)
    others = {**_OTHER_NAMES, **_NAMES_OF.get(function.__name__, {})}
    others = {} if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else others
    given = {name if name in parameters else others.get(name, name): value for name, value in options.items()}
    if (
        len(given) < len(options)
        or not given.keys() <= parameters.keys()
        or (given == options and several not in given)
    ):
        return None
    if several in given:
        before = list(parameters)[len(args) : list(parameters).index(several)]
        if not given.keys() >= set(before):
            return None
        args = (*args, *[given.pop(name) for name in (*before, several)])
    return args, given


def _lacking(function: Callable[..., Any], error: Exception) -> Exception | None:
    """Return an error about a value that lacks what all tensors, or all integers, have."""
    if not isinstance(error, AttributeError) or isinstance(error.obj, Tensor):
        return None
    if error.name not in ("__index__", "_shape", "_size", "dtype"):
        return None
    wanted = "int" if error.name == "__index__" else "Tensor"
    return TypeError(f"{function.__name__}(): an argument must be {wanted}, not {type(error.obj).__name__}")


def number(name: str, argument: str, value: Any) -> float:
    """Return an argument that must be a real number, which a tensor without dimensions and gradient counts as.

    Raises:
        TypeError: It is none.
        OverflowError: It is an integer beyond all floats.
    """
    if type(value) is float:
        return value
    if isinstance(value, Tensor) and not (value._shape or value.requires_grad or value.dtype.is_complex):
        return float(value.item())
    if dtypes.scalar_kind(value) not in (0, 1, 2):
        raise TypeError(f"{name}(): argument '{argument}' must be Number, not {type(value).__name__}")
    return float(value)


def integer(name: str, argument: str, value: Any) -> int:
    """Return an argument that must be an integer.

    Raises:
        TypeError: It is none.
        ValueError: It has more than 64 bits.
    """
    if type(value) is int and -(1 << 63) <= value < 1 << 63:
        return value
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name}(): argument '{argument}' must be int, not {type(value).__name__}")
    return _of_64_bits(name, argument, value.__index__())


def _of_64_bits(name: str, argument: str, value: int) -> int:
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"{name}(): argument '{argument}' must have at most 64 bits, got {value}")
    return value


def device_of(device: Any, input: Any = None) -> Any:
    """Return the device that a call names, that of a tensor, or the one that a program has chosen, if any."""
    if device is not None or (input is None and backend.default == [backend.cpu]):
        return device
    return backend.default[-1] if input is None else input.device


def integers(name: str, argument: str, values: tuple[Any, ...]) -> tuple[int, ...]:
    """Return integers that were given one by one or as a sequence.

    Raises:
        TypeError: Something else is among them, or a sequence holds an integer of more than 64 bits.
        ValueError: An integer that was given by itself has more than 64 bits.
    """
    several = len(values) == 1 and isinstance(values[0], (tuple, list))
    if several:
        values = tuple(values[0])
    for n in values:
        if type(n) is not int or not -(1 << 63) <= n < 1 << 63:
            break
    else:  # the most common ones
        return values
    for n in values:
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"{name}(): argument '{argument}' must be tuple of ints, not {type(n).__name__}")
        if several and not -(1 << 63) <= n.__index__() < 1 << 63:
            raise TypeError(f"{name}(): argument '{argument}' must be tuple of ints of at most 64 bits, got {n}")
    return tuple([_of_64_bits(name, argument, n.__index__()) for n in values])


def _wrong(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Exception | None:
    """Return an error about the first argument that does not match its annotation."""
    parameters = _parameters(function)
    named = zip(parameters.values(), args)
    for p, value in [*named, *((parameters[name], v) for name, v in options.items() if name in parameters)]:
        if value is None and ("None" in str(p.annotation) or p.default is None):
            continue
        try:
            _check(function.__name__, p, value)
        except (TypeError, ValueError) as error:
            return error
    return None


def _check(name: str, p: inspect.Parameter, value: Any) -> None:
    """Compare a value with a parameter's annotation, which is a string.

    Raises:
        TypeError: It is no tensor, no dtype or no number.
        ValueError: It is an integer of more than 64 bits.
    """
    annotation = str(p.annotation)
    alternatives = annotation.split(" | ")
    if p.kind is _SEVERAL:
        return
    if p.name == "dtype":
        right = isinstance(value, dtypes.dtype)
    elif p.name == "generator":
        right = type(value).__name__ == "Generator"  # which is made above this module
    elif "int" in alternatives:
        integer(name, p.name, value)
        return
    elif "float" in alternatives:
        number(name, p.name, value)
        return
    elif "Tensor" in annotation:
        right = isinstance(value, Tensor) or (isinstance(value, (list, tuple)) and "Sequence" in annotation)
    else:
        return
    if not right:
        wanted = {"dtype": "dtype", "generator": "Generator"}.get(p.name, "Tensor")
        raise TypeError(f"{name}(): argument '{p.name}' must be {wanted}, not {type(value).__name__}")
