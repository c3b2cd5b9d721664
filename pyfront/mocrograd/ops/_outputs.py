"""`out=`: results written into the caller's tensors, which are resized to fit."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

from mocrograd.autograd import mode
from mocrograd.ops._arguments import checked, unchecked
from mocrograd.ops._inplace import check_writable
from mocrograd.ops.cast import to_dtype
from mocrograd.tensor import Tensor

WRITERS = frozenset(
    (
        "all", "amax", "amin", "aminmax", "any", "arange", "argmax", "argmin", "bernoulli", "bucketize",
        "chain_matmul", "cholesky", "cholesky_inverse", "cholesky_solve", "cross", "cummax", "cummin", "det",
        "diff", "empty", "eye", "frexp", "full", "heaviside", "histc", "index_select", "inverse", "isneginf",
        "isposinf", "kron", "kthvalue", "linspace", "log_softmax", "logcumsumexp", "logical_and", "logical_not",
        "logical_or", "logical_xor", "logspace", "logsumexp", "masked_select", "matrix_power", "max", "mean",
        "median", "min", "mode", "msort", "multinomial", "nanmean", "nanmedian", "nanquantile", "nansum",
        "narrow_copy", "nonzero", "norm", "normal", "ones", "prod", "qr", "quantile", "rand", "randint", "randn",
        "randperm", "renorm", "searchsorted", "signbit", "slogdet", "softmax", "sort", "square", "std", "sum",
        "svd", "topk", "var", "where", "zeros",
    )
)  # fmt: skip
"""The package's functions that take `out` without knowing of it; pointwise ones and products write there themselves."""
_OF_ITS_DTYPE = frozenset(
    (
        "arange", "empty", "eye", "full", "linspace", "logspace", "normal", "ones", "prod", "rand", "randint", "randn",
        "randperm", "sum", "zeros",
    )
)  # fmt: skip
"""Those that compute in the dtype of `out`, unless another is asked for."""
_CAST = frozenset(
    (
        "diff", "kron", "logical_and", "logical_not", "logical_or", "logical_xor", "logsumexp", "max", "mean", "min",
        "nanmean", "nansum", "square", "std", "threshold", "var",
    )
)  # fmt: skip
"""Those whose single results are cast to the dtype of `out`; the others ask for their own dtype."""


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
    if out is None:
        return function(*args, **rest)
    several = isinstance(out, (tuple, list))
    outs = tuple(out) if several else (out,)
    for o in outs:
        if not isinstance(o, Tensor):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(o).__name__}")
    if name in _OF_ITS_DTYPE and rest.get("dtype") is None:
        rest["dtype"] = outs[0].dtype
        if "device" in inspect.signature(function).parameters:
            rest.setdefault("device", outs[0].device)
    result = function(*args, **rest)
    results = tuple(result) if isinstance(result, tuple) else (result,)
    if several is not isinstance(result, tuple) or len(outs) != len(results):
        wanted = f"a tuple of {len(results)} Tensors" if isinstance(result, tuple) else "Tensor"
        raise TypeError(f"{name}(): argument 'out' must be {wanted}, not {len(outs) if several else 'a'} Tensor")
    for o, r in zip(outs, results):
        deliver(name, o, r, several or name not in _CAST)
    return out if not several else type(result)(*outs) if hasattr(result, "_fields") else outs


def checked_functions(module: Any, names: list[str]) -> dict[str, Any]:
    """Return the functions of a module that do not check their arguments as they go, checked, and with `out`.

    Args:
        module: Where they are.
        names: Their names, and others, which are left out.
    """
    functions = {name: getattr(module, name) for name in names}
    return {name: writing(f) if name in WRITERS else checked(f) for name, f in functions.items() if unchecked(f)}


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
