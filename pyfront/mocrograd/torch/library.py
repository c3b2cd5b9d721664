"""`torch.library`: operations of one's own, in Python, that programs call as `torch.ops.namespace.name`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd.autograd import Function
from mocrograd.tensor import Tensor

_operations: dict[str, CustomOpDef] = {}


class CustomOpDef:
    """An operation: its Python function, and how it is differentiated.

    Args:
        qualname: "namespace::name".
        function: What computes it; may be set later, by `impl`.
    """

    def __init__(self, qualname: str, function: Callable[..., Any] | None = None) -> None:
        self._qualname = qualname
        self._namespace, _, self._name = qualname.partition("::")
        self.__name__ = self._name
        self._implementations: dict[str, Callable[..., Any]] = {} if function is None else {"": function}
        self._backward: Callable[..., Any] | None = None
        self._setup: Callable[..., Any] | None = None
        self.default = self

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def overloads(self) -> list[str]:
        """Return the names of its forms: one."""
        return ["default"]

    def register_kernel(self, device_types: Any, func: Callable[..., Any] | None = None, /) -> Any:
        """Set what computes it on devices of a type; also a decorator."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            for name in [device_types] if isinstance(device_types, str) or device_types is None else device_types:
                self._implementations[_device(name)] = function
            return function

        return register if func is None else register(func)

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Set what gives the shapes of results, which is used for tensors without memory."""
        self._implementations["meta"] = fn
        return fn

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Set how it is differentiated.

        Args:
            backward: Called with a context and the gradients of results; returns the gradients of the arguments.
            setup_context: Called with a context, the arguments and the result, to save what backward needs.
        """
        self._backward, self._setup = backward, setup_context

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Compute it.

        Raises:
            NotImplementedError: It has no implementation for the device of its tensors.
        """
        device = next((a.device.type for a in (*args, *options.values()) if isinstance(a, Tensor)), "cpu")
        function = self._implementations.get(_device(device), self._implementations.get(""))
        if function is None:
            raise NotImplementedError(f"Could not run '{self._qualname}' with arguments from the '{device}' backend")
        if self._backward is None:
            return function(*args, **options)
        return _differentiable(self, function).apply(*args, *options.values(), tuple(options))


def _device(name: str | None) -> str:
    """Return the type of device that a dispatch key or a name means; "" for all."""
    known = {"CUDA": "gpu", "cuda": "gpu", "CPU": "cpu", "Meta": "meta"}
    everything = {None, "CompositeExplicitAutograd", "CompositeImplicitAutograd", "default", ""}
    return "" if name in everything else known.get(str(name), str(name))


def _differentiable(operation: CustomOpDef, function: Callable[..., Any]) -> type[Function]:
    """Return the function of autograd that computes an operation by `function`; its last argument is the keywords."""

    class Custom(Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            names, given = args[-1], args[:-1]
            positional = given[: len(given) - len(names)]
            result = function(*positional, **dict(zip(names, given[len(positional) :])))
            if operation._setup is not None:
                operation._setup(ctx, given, result)
            return result

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            assert operation._backward is not None
            found = operation._backward(ctx, *grads)
            return (*found, None) if isinstance(found, tuple) else (found, None)

    Custom.__name__ = Custom.__qualname__ = operation._name
    return Custom


def find(qualname: str) -> CustomOpDef | None:
    """Return the operation of a name, "namespace::name", None where there is none."""
    return _operations.get(qualname)


def _definition(qualname: str) -> CustomOpDef:
    qualname = qualname.split("(")[0].split(".")[0].strip()
    if not re.fullmatch(r"\w+::\w+", qualname):
        raise ValueError(f"Expected `name` to be of the form `namespace::name`, got {qualname!r}")
    return _operations.setdefault(qualname, CustomOpDef(qualname))


def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Any,
    device_types: str | Sequence[str] | None = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """Make an operation of a Python function; also a decorator.

    Args:
        name: "namespace::name".
        fn: What computes it.
        mutates_args: Accepted: the names of arguments that it changes.
        device_types: The devices it is for; all by default.
        schema: Accepted.
        tags: Accepted.

    Returns:
        The operation, which is called as the function.
    """

    def define(function: Callable[..., Any]) -> CustomOpDef:
        operation = _definition(name)
        operation._implementations.clear()
        operation.register_kernel(device_types, function)
        operation.__doc__ = function.__doc__
        return operation

    return define if fn is None else define(fn)


triton_op = custom_op


def _of(op: Any) -> CustomOpDef:
    return op if isinstance(op, CustomOpDef) else _definition(str(op))


def register_fake(op: Any, func: Any = None, /, **options: Any) -> Any:
    """Set what gives the shapes of an operation's results; also a decorator."""
    return _of(op).register_fake if func is None else _of(op).register_fake(func)


def register_kernel(op: Any, device_types: Any, func: Any = None, /, **options: Any) -> Any:
    """Set what computes an operation on devices of a type; also a decorator."""
    return _of(op).register_kernel(device_types, func) if func else _of(op).register_kernel(device_types)


def register_autograd(op: Any, backward: Any, /, *, setup_context: Any = None, lib: Any = None) -> None:
    """Set how an operation is differentiated; see `CustomOpDef.register_autograd`."""
    _of(op).register_autograd(backward, setup_context=setup_context)


def define(qualname: str, schema: str = "", *, lib: Any = None, tags: Any = ()) -> None:
    """Make an operation, which `impl` gives a function."""
    _definition(qualname)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Any = None) -> Any:
    """Set what computes an operation on devices of a type; also a decorator."""
    return register_kernel(qualname, types, func) if func else _of(qualname).register_kernel(types)


def wrap_triton(triton_kernel: Any, /) -> Any:
    """Raise NotImplementedError: there is no Triton."""
    raise NotImplementedError("wrap_triton is not available: kernels are written in Mojo, see mocrograd.kernel_library")


def opcheck(op: Any, args: Any, kwargs: Any = None, **options: Any) -> dict[str, str]:
    """Call an operation, and return which checks it passed: that it can be called."""
    _of(op)(*args, **(kwargs or {}))
    return {"test_schema": "SUCCESS"}


class Library:
    """Operations of a namespace.

    Args:
        ns: The namespace.
        kind: "DEF", "IMPL" or "FRAGMENT".
        dispatch_key: The device that implementations are for; all by default.
    """

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("DEF", "IMPL", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Make an operation of a schema, "name(Tensor x) -> Tensor", and return its name."""
        name = schema.split("(")[0].strip()
        _definition(f"{self.ns}::{name}")
        return name

    def impl(self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", **options: Any) -> None:
        """Set what computes an operation."""
        name = op_name._name if isinstance(op_name, CustomOpDef) else str(op_name).rpartition("::")[2]
        _definition(f"{self.ns}::{name}").register_kernel(dispatch_key or self.dispatch_key, fn)
