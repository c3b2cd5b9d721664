"""Results written into existing tensors: into the caller's `out`, which is resized to fit, and in place.

`deliver` copies a result there, `compute_into` lets a pointwise kernel write there at once, `written` gives `out` to a
function that does not know of it, and `in_place_of` makes the in-place form of a composed function.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import mode
from mocrograd.backend import into
from mocrograd.layout import broadcast_shapes
from mocrograd.ops._arguments import OutOptions, checked, unchecked
from mocrograd.ops._inplace import before, check_writable, overlap
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor, method


def deliver(name: str, out: Any, result: Tensor, exact: bool = False) -> Tensor:
    """Copy a result into a tensor, which takes its shape.

    Args:
        name: The operation, for messages.
        out: The tensor.
        result: What is written.
        exact: Whether it must be of the result's dtype.

    Raises:
        TypeError: `out` is no tensor.
        RuntimeError: Something would have to be differentiated, or its dtype does not take the result's.
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if mode.grad and (out.requires_grad or result.requires_grad):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    check_writable(name, out)
    if exact and out.dtype is not result.dtype:
        raise RuntimeError(f"{name}: Expected out tensor to have dtype {result.dtype.name}, but got {out.dtype.name}")
    if result.dtype.kind > out.dtype.kind:
        raise RuntimeError(
            f"{name}: result type {result.dtype.name} can't be cast to the desired output type {out.dtype.name}"
        )
    if out._shape == result._shape:
        return out.copy_(result)
    if out._size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(out._shape)}, which does not "
            f"match the required output shape {list(result._shape)}.",
            stacklevel=4,
        )
    out._set_data(to_dtype(result, out.dtype))
    return out


def compute_into(node: Any, out: Any, args: tuple[Any, ...]) -> Tensor:
    """Write a result into a tensor, which takes its shape; without a temporary where dtypes and shapes agree.

    Args:
        node: The operation.
        out: The tensor.
        args: Tensors and numbers.

    Raises:
        TypeError: `out` is no tensor.
        RuntimeError: Something would have to be differentiated, or the result's dtype is of a higher kind than out's.
    """
    done: Tensor | None = into(node.forwards, out, *args)
    if done is not None:
        return done
    name = node.op
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    tensors = [x for x in args if isinstance(x, Tensor)]
    if mode.grad and (out.requires_grad or any(x.requires_grad for x in tensors)):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    check_writable(name, out)
    if mode.vmap is not None:
        return deliver(name, out, node.general(*args))
    args = tuple([x.clone() if isinstance(x, Tensor) and overlap(out, x) else x for x in args])
    dtype = out.dtype
    shape = broadcast_shapes(*[x._shape for x in tensors])
    if shape != out._shape and any(x is out for x in args):
        raise RuntimeError(f"output with shape {list(out._shape)} doesn't match the broadcast shape {list(shape)}")
    alike = all(x.dtype is dtype and x.device is out.device for x in tensors)
    of_kind: tuple[type, ...] = (int, float) if dtype.kind == 2 else (int,)
    numbers = all(type(x) in of_kind for x in args if not isinstance(x, Tensor))
    if alike and numbers and tensors and dtype.kind >= (1 if node.integral else 2) and shape == out._shape:
        out._changed()
        node.run(*[x if isinstance(x, Tensor) else dtypes.wrapped(x, dtype) for x in args], out)
        return out
    return deliver(name, out, node.general(*args))


def written(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a function without its `out`, and write there what it returns.

    Args:
        function: One that does not know `out`.
        args: Its arguments.
        options: Its options, with `out`: a tensor, or as many tensors as it returns.

    Returns:
        `out`, the tensors as the function's tuple of them.

    Raises:
        TypeError: `out` is something else.
        RuntimeError: As for `deliver`.
    """
    rest = dict(options)
    out, name = rest.pop("out"), function.__name__
    how = getattr(function, "takes_out", OutOptions())
    if out is None:
        return function(*args, **rest)
    several = isinstance(out, (tuple, list))
    outs = tuple(out) if several else (out,)
    for o in outs:
        if not isinstance(o, Tensor):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(o).__name__}")
    if how.in_its_dtype and rest.get("dtype") is None:
        rest["dtype"] = outs[0].dtype
        if "device" in inspect.signature(function).parameters:
            rest.setdefault("device", outs[0].device)
    result = function(*args, **rest)
    results = tuple(result) if isinstance(result, tuple) else (result,)
    if several is not isinstance(result, tuple) or len(outs) != len(results):
        wanted = f"a tuple of {len(results)} Tensors" if isinstance(result, tuple) else "Tensor"
        raise TypeError(f"{name}(): argument 'out' must be {wanted}, not {len(outs) if several else 'a'} Tensor")
    for o, r in zip(outs, results):
        deliver(name, o, r, several or not how.cast)
    return out if not several else type(result)(*outs) if hasattr(result, "_fields") else outs


def checked_functions(module: Any, names: list[str]) -> dict[str, Any]:
    """Return the functions of a module that do not check their arguments as they go, checked, and with `out`.

    Args:
        module: Where they are.
        names: Their names, and others, which are left out.
    """
    functions = {name: getattr(module, name) for name in names}
    return {
        name: writing(f) if hasattr(f, "takes_out") else checked(f) for name, f in functions.items() if unchecked(f)
    }


def writing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with `out`, checked."""
    made = checked(function, written)
    signature = inspect.signature(function)
    kind = "Tensor | None" if signature.return_annotation == "Tensor" else "Tensor | tuple[Tensor, ...] | None"
    out = inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
    options = [p for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD]
    others = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    made.__signature__ = signature.replace(parameters=[*others, out, *options])  # type: ignore[attr-defined]
    return made


def in_place_of(function: Callable[..., Tensor]) -> Any:
    """Make the in-place method of a composed function of one tensor and more, and return it."""

    @functools.wraps(function)
    def in_place(input: Tensor, *args: Any, **options: Any) -> Tensor:
        check_writable(name, input)
        if "out" in options:
            raise TypeError(f"{name}() got an unexpected keyword argument 'out'")
        operands = before(input, *args, *options.values())
        count = 1 + len(args)
        result = function(*operands[:count], **dict(zip(options, operands[count:])))
        return deliver_in_place(name, input, result)

    name = function.__name__ + "_"
    in_place.__name__ = in_place.__qualname__ = name
    in_place.__doc__ = f"Replace the elements by what `{function.__name__}` returns, and return the tensor itself."
    return method(in_place)


def deliver_in_place(name: str, input: Tensor, result: Tensor) -> Tensor:
    """Replace the elements of a tensor by those of a result of its own shape."""
    if result.dtype.kind > input.dtype.kind:
        raise RuntimeError(
            f"{name}: result type {result.dtype.name} can't be cast to the desired output type {input.dtype.name}"
        )
    if result._shape != input._shape:
        raise RuntimeError(
            f"{name}: output with shape {list(input._shape)} doesn't match the broadcast shape {list(result._shape)}"
        )
    return input.copy_(result)
