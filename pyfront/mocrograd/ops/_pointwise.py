"""Makers of pointwise operations: one call each gives a function, its method, its in-place method and its node.

The fused backward kernel stands beside the forward one in mojo_kernels/elementwise. The derivative given to a maker is
used where a backward is itself recorded (`create_graph=True`); the tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import binary as direct_binary
from mocrograd.backend import binary_backward, binary_in_place, call, unary_backward, unary_in_place
from mocrograd.backend import unary as direct_unary
from mocrograd.ops._inplace import before, mutate
from mocrograd.ops._outputs import compute_into
from mocrograd.ops._reduction import sum_to
from mocrograd.ops.cast import promoted, to_dtype
from mocrograd.strides import zip_kept
from mocrograd.tensor import Tensor, fresh_with, method
from mocrograd.types import Operand

Derivative = Callable[..., Any]
_NOT_OF_BOOLS = {
    "neg": "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
    "the `~` or `logical_not()` operator instead.",
    "relu": "Boolean inputs not supported for relu",
}
_OF_BOOLS = {
    "add": "bitwise_or", "mul": "bitwise_and", "maximum": "bitwise_or", "minimum": "bitwise_and", "fmax": "bitwise_or",
    "fmin": "bitwise_and", "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor",
}  # fmt: skip
"""The operations of two bools, and what they are of bytes of 0 and 1."""

_TORCH_NAMES = {
    "relu6": "Hardtanh", "selu": "Elu", "log_ndtr": "SpecialLogNdtr", "erfcx": "SpecialErfcx", "i0e": "SpecialI0E",
    "i1": "SpecialI1", "i1e": "SpecialI1E", "prelu": "PreluKernel", "polygamma1": "Polygamma",
    "polygamma2": "Polygamma", "gelu_tanh": "Gelu", "ndtri": "SpecialNdtri", "frexp_mantissa": "Frexp",
    "div_floor": "Div", "div_trunc": "Div", "cube": "Pow", "pow_half": "Pow", "pow_minus_one": "Pow",
}  # fmt: skip
"""What torch calls the nodes of operations, where it is not their name."""

_FORMS = {
    "pow": (1, 0, 2), "fmod": (1, 0, 1), "remainder": (1, 0, 1), "copysign": (0, 1, 0), "div_floor": (2, 2, 2),
    "div_trunc": (2, 2, 2),
}  # fmt: skip
"""Torch's numbers of the forms of operations: of two tensors, of a tensor and a number, of a number and a tensor."""

BOTH = ("", "_")
"""The endings of the names of a method, and of one in place."""


class Pointwise(Function):
    """The node of a pointwise operation; `unary` and `binary` make a subclass for each.

    Attributes:
        op: The operation's name, also in the kernel table.
        function: The function that was made of it.
        forwards: The names of its forward kernels, by dtype.
        backwards: Those of its backward kernels.
        integral: Whether there are kernels of integers; without them integers become the default dtype.
    """

    op: ClassVar[str]
    function: ClassVar[Callable[..., Any]]
    forwards: ClassVar[dict[dtypes.dtype, str]]
    backwards: ClassVar[dict[dtypes.dtype, str]]
    integral: ClassVar[bool]


def _node(kind: type[Pointwise], name: str, kernel: str, integral: bool, of_bools: str | None, **fields: Any) -> Any:
    """Make the node of an operation, `of_bools` of which is its kernel of bools, None where it has none."""
    forwards = dtypes.KernelNames(kernel + ".forward.{}", 1 if integral else 2)
    if integral and of_bools is not None:
        forwards[dtypes.bool_] = of_bools
    backwards = dtypes.KernelNames(kernel + ".backward.{}")
    fields |= {
        "op": name,
        "torch_name": _TORCH_NAMES.get(name, ""),
        "forwards": forwards,
        "backwards": backwards,
        "integral": integral,
    }
    return type(name.title().replace("_", ""), (kind,), {**fields, "__module__": __name__})


def bind(name: str, function: Any, in_place: Any, doc: str, methods: Sequence[str] = BOTH) -> Any:
    """Name the function of an operation and its form in place, and make methods of them.

    Args:
        name: The operation.
        function: It checks its arguments as it goes.
        in_place: Its form in place, which becomes an attribute of the function.
        doc: The function's docstring.
        methods: The endings of the methods that Tensor gets.
    """
    function.__doc__ = doc
    function.checks_arguments = True
    function.in_place = in_place
    in_place.__doc__ = f"Replace the elements by what `{name}` returns, and return the tensor itself."
    for form, ending in ((function, ""), (in_place, "_")):
        form.__name__ = form.__qualname__ = name + ending
        if ending in methods:
            method(form)
    return function


def shown(example: str) -> str:
    """Return the example of a docstring, of a line like "relu([-1.0, 2.0]) -> [0., 2.]": lists stand for tensors."""
    code, arrow, result = example.partition(" -> ")
    code = re.sub(r"\[.*?\]", r"mg.tensor(\g<0>)", code)
    lines = "Example:", "    >>> import mocrograd as mg", f"    >>> mg.{code}", f"    tensor({result})"
    return "\n".join(["\n", *("    " + line for line in lines), "    "]) if arrow else ""


# ------------------------------------------------------------------------------------- one operand


class Conjugate(Function):
    """The complex conjugate."""

    torch_name = "ConjPhysical"

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Run the kernel."""
        shape, strides, size, words = zip_kept(x._shape, x._strides)
        out = fresh_with(shape, strides, size, x.dtype, x.device)
        if size:
            device = x.device
            call(device.table[f"conj.forward.{x.dtype.name}"], size, out.address, x.address, words, device.context)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Conjugate the gradient."""
        return conjugated(grad)


def conjugated(x: Tensor) -> Tensor:
    """Return the complex conjugate of a tensor: itself, where it is real.

    The gradient of a holomorphic function by torch's convention is conj(conj(grad) f'(x)).
    """
    conjugate: Tensor = Conjugate.run(x) if x.dtype.is_complex else x
    return conjugate


class Unary(Pointwise):
    """The node of an operation of one operand.

    Attributes:
        saves: What backward needs: "x", "y" or "".
        derivative: (grad_out, x, y) -> grad, in operations.
        direct: The forward kernel in one call of Mojo; it returns None where the general code must go on.
        direct_backward: The backward kernel, likewise.
    """

    saves: ClassVar[str]
    derivative: ClassVar[Derivative]
    direct: ClassVar[Callable[..., Any]] = staticmethod(direct_unary)
    direct_backward: ClassVar[Callable[..., Any]] = staticmethod(unary_backward)

    @staticmethod
    def forward(ctx: Any, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        if out is None:
            shape, strides, size, words = zip_kept(x._shape, x._strides)
            out = fresh_with(shape, strides, size, x.dtype, x.device)
        else:
            words = out_words(out, x._shape, x._strides)
        device = x.device
        kernel = device.table[ctx.forwards[x.dtype]]
        if x._size:
            call(kernel, x._size, out.address, x.address, words, device.context)
        if ctx.saves and ctx.edges:
            ctx._saved = (x if ctx.saves == "x" else out,)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Run the fused kernel, or operations where they are recorded."""
        saves = ctx.saves
        saved = ctx.saved_tensors[0] if saves else None
        if grad.dtype.is_complex:
            return conjugated(ctx.derivative(conjugated(grad), saved, saved))
        if mode.grad or saved is None:
            gradient: Tensor = ctx.derivative(grad, saved, saved)
            return gradient
        dx: Tensor | None = ctx.direct_backward(ctx.backwards, saved, grad, saves == "x")
        return ctx.fused(grad, saved) if dx is None else dx

    @classmethod
    def fused(cls, grad: Tensor, saved: Tensor) -> Tensor:
        """Run the fused kernel on tensors of any layout."""
        of_input = cls.saves == "x"
        layout = (saved._shape, saved._strides)
        layouts = (*layout, (), ()) if of_input else ((), (), *layout)
        shape, strides, size, words = zip_kept(*layouts, grad._shape, grad._strides)
        dx = fresh_with(shape, strides, size, grad.dtype, grad.device)
        if size:
            x, y = (saved.address, 0) if of_input else (0, saved.address)
            kernel = grad.device.table[cls.backwards[grad.dtype]]
            call(kernel, size, dx.address, x, y, grad.address, words, grad.device.context)
        return dx

    @classmethod
    def general(cls, input: Any) -> Tensor:
        """Compute the operation of any tensor.

        Raises:
            TypeError: The operand is no tensor.
            RuntimeError: It is of bools, of which there is no such operation.
        """
        if not isinstance(input, Tensor):
            raise TypeError(f"{cls.op}(): argument 'input' must be Tensor, not {type(input).__name__}")
        if input.dtype.kind == 0 and cls.op in _NOT_OF_BOOLS:
            raise RuntimeError(_NOT_OF_BOOLS[cls.op])
        wide = input.dtype if cls.integral or input.dtype.kind >= 2 else dtypes.get_default_dtype()
        out: Tensor = cls.run(to_dtype(input, wide))
        return out


def unary(
    name: str,
    doc: str,
    saves: str,
    derivative: Derivative,
    integral: bool = False,
    methods: Sequence[str] = BOTH,
    kernel: str = "",
    kind: type[Unary] = Unary,
    example: str = "",
) -> Any:
    """Make a pointwise function of one tensor, and its methods; its `in_place` is the form in place.

    Args:
        name: Its name, also in the kernel table.
        doc: What it returns.
        saves: What backward needs: "x", "y" or "".
        derivative: (grad_out, x, y) -> grad, in operations.
        integral: Whether there are integer kernels; without them integers become the default dtype.
        methods: The endings of the methods that Tensor gets: "" and "_" (in place).
        kernel: The name in the kernel table of an operation that has no kernels of bools, in a user's own library.
        kind: What its node is made from.
        example: A call and what it prints, for the docstring, as "relu([-1.0, 2.0]) -> [0., 2.]".
    """
    of_bools = None if name in _NOT_OF_BOOLS else f"{kernel}.forward.bool" if kernel else f"{name}.forward.uint8"
    node = _node(kind, name, kernel or name, integral, of_bools, saves=saves, derivative=staticmethod(derivative))
    direct, name_in_place = node.direct, name + "_"
    spec = (node, node.forwards, node.backwards, ("", "x", "y").index(saves))

    def function(input: Tensor, *, out: Tensor | None = None) -> Tensor:
        if out is not None:
            return compute_into(node, out, (input,))
        out = direct(spec, input)
        return node.general(input) if out is None else out

    node.function, function.node = staticmethod(function), node  # type: ignore[attr-defined]

    def in_place(input: Tensor) -> Tensor:
        if unary_in_place(spec, input) is not None:
            return input
        if input.dtype.kind < 2 and not (integral and input.dtype.kind == 1):
            raise RuntimeError(
                f"{name}_: result type float32 can't be cast to the desired output type {input.dtype.name}"
            )
        return mutate(name_in_place, input, node)

    text = (
        f"{doc}\n\n    Args:\n        input: A tensor of any shape.\n        out: Where the result is written.\n\n"
        f"    Returns:\n        A tensor of its shape.{shown(example)}"
    )
    return bind(name, function, in_place, text, methods)


# ------------------------------------------------------------------------------------ two operands

_NEGATED = dtypes.KernelNames("neg.forward.{}")


def _needs(a_needs: str, b_needs: str, passes: str) -> int:
    """Return what gradients are made of, as the direct call takes it (mojo_kernels/python/direct/record.mojo)."""
    needs = ("a" in a_needs, "a" in b_needs, "b" in a_needs, "b" in b_needs, bool(passes), passes == "-")
    return sum(bit << position for position, bit in enumerate(needs))


_SHAPELESS: tuple[int, ...] = ()


def _layout_of(x: Any) -> tuple[Any, Any, int, Any]:
    """Return shape, strides, address and the scalar word of an operand, which may be a number or missing."""
    if isinstance(x, Tensor):
        return x._shape, x._strides, x.address, None
    return _SHAPELESS, _SHAPELESS, 0, x


class Binary(Pointwise):
    """The node of an operation of two operands, which broadcast.

    It keeps the operands that are numbers, None for tensors, and the shapes of both where one was broadcast, else None.

    Attributes:
        da: (grad_out, a, b) -> gradient of a, in operations.
        db: (grad_out, a, b) -> gradient of b, in operations.
        has_kernel: Whether a fused kernel computes both.
        keeps_a: Whether the gradients of a and of b need a.
        keeps_b: Whether they need b.
        direct: The forward kernel in one call of Mojo; it returns None where the general code must go on.
        direct_backward: The backward kernel, likewise.
    """

    da: ClassVar[Derivative]
    db: ClassVar[Derivative]
    has_kernel: ClassVar[bool]
    keeps_a: ClassVar[tuple[bool, bool]]
    keeps_b: ClassVar[tuple[bool, bool]]
    direct: ClassVar[Callable[..., Any]] = staticmethod(direct_binary)
    direct_backward: ClassVar[Callable[..., Any]] = staticmethod(binary_backward)

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any, out: Tensor | None = None) -> Tensor:
        """Run the forward kernel."""
        shape_a, strides_a, address_a, value_a = _layout_of(a)
        shape_b, strides_b, address_b, value_b = _layout_of(b)
        first: Tensor = b if value_a is not None else a
        device, dtype = first.device, first.dtype
        shape, strides, size, words = zip_kept(shape_a, strides_a, shape_b, strides_b)
        kernel = device.table[ctx.forwards[dtype]]
        if out is None:
            out = fresh_with(shape, strides, size, dtype, device)
        else:
            words = out_words(out, shape_a, strides_a, shape_b, strides_b)
        if size:
            scalar = value_b if value_a is None else value_a
            call(
                kernel, size, out.address, address_a, address_b, 0 if scalar is None else scalar, words, device.context,
            )  # fmt: skip
        if ctx.edges:
            ctx.remember(a, b, out)
        return out

    def remember(self, a: Any, b: Any, out: Tensor) -> None:
        """Keep what backward needs; the edges are set."""
        a_tensor, b_tensor = isinstance(a, Tensor), isinstance(b, Tensor)
        shape, shapes = out._shape, None
        if (a_tensor and a._shape != shape) or (b_tensor and b._shape != shape):
            shapes = a._shape if a_tensor else (), b._shape if b_tensor else ()
        if shapes is not None or (self.has_kernel and not (a_tensor and b_tensor)):
            self.kept = None if a_tensor else a, None if b_tensor else b, shapes
        if self.has_kernel:
            wants_a, wants_b = self.edges[0] is not None, self.edges[1] is not None
            keep_a = a_tensor and ((wants_a and self.keeps_a[0]) or (wants_b and self.keeps_a[1]))
            keep_b = b_tensor and ((wants_a and self.keeps_b[0]) or (wants_b and self.keeps_b[1]))
            self._saved = (a if keep_a else None, b if keep_b else None)

    def _number(self) -> int:
        """Return which form of the operation it is, of one or two tensors, where torch numbers these."""
        if self.op not in _FORMS:
            return 0
        of_a, of_b = (True, True) if self.kept is None else (self.kept[0] is None, self.kept[1] is None)
        return _FORMS[self.op][0 if of_a and of_b else 1 if of_a else 2]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Run the fused kernel, or operations where they are recorded or there is none."""
        wants_a, wants_b = ctx.wanted[:2]
        has_kernel = ctx.has_kernel
        a, b, shapes = ctx.kept or (None, None, None)
        if has_kernel:
            saved_a, saved_b = ctx.saved_tensors
            a = a if saved_a is None else saved_a
            b = b if saved_b is None else saved_b
        if grad.dtype.is_complex:
            grad = conjugated(grad)
            grad_a = conjugated(ctx.da(grad, a, b)) if wants_a else None
            grad_b = conjugated(ctx.db(grad, a, b)) if wants_b else None
        elif mode.grad or not has_kernel:
            grad_a = ctx.da(grad, a, b) if wants_a else None
            grad_b = ctx.db(grad, a, b) if wants_b else None
        else:
            pair = ctx.direct_backward(ctx.backwards, a, b, grad, wants_a, wants_b)
            grad_a, grad_b = ctx.fused(grad, a, b, wants_a, wants_b) if pair is None else pair
        if shapes is not None:
            if wants_a:
                grad_a = sum_to(grad_a, shapes[0])
            if wants_b:
                grad_b = sum_to(grad_b, shapes[1])
        return grad_a, grad_b

    @classmethod
    def fused(cls, grad: Tensor, a: Any, b: Any, wants_a: bool, wants_b: bool) -> tuple[Tensor | None, Tensor | None]:
        """Run the fused kernel on tensors of any layout, and numbers."""
        shape_a, strides_a, address_a, value_a = _layout_of(a)
        shape_b, strides_b, address_b, value_b = _layout_of(b)
        shape, strides, size, words = zip_kept(
            shape_a, strides_a, shape_b, strides_b, grad._shape, grad._strides, grad._shape, grad._strides
        )
        ndim = words[0]
        words = (*words[: 1 + ndim], *words[1 + 2 * ndim : 1 + 5 * ndim])  # the outputs lie as the kernel goes
        device, dtype = grad.device, grad.dtype
        grad_a = fresh_with(shape, strides, size, dtype, device) if wants_a else None
        grad_b = fresh_with(shape, strides, size, dtype, device) if wants_b else None
        if size:
            scalar = value_b if value_a is None else value_a
            call(
                device.table[cls.backwards[dtype]], size,
                0 if grad_a is None else grad_a.address, 0 if grad_b is None else grad_b.address,
                address_a, address_b, grad.address, 0 if scalar is None else scalar, words, device.context,
            )  # fmt: skip
        return grad_a, grad_b

    @classmethod
    def general(cls, input: Any, other: Any) -> Tensor:
        """Compute the operation of any tensors and numbers."""
        if (
            not isinstance(input, Tensor)
            or not isinstance(other, Tensor)
            or input.dtype is not other.dtype
            or input.device is not other.device
            or input.dtype.kind < 2
        ):
            input, other = cls.ready(input, other)
        out: Tensor = cls.run(input, other)
        return out

    @classmethod
    def ready(cls, input: Any, other: Any) -> tuple[Any, Any]:
        """Return the operands in one dtype and on one device.

        Raises:
            NotImplementedError: They are bools, of which there is no such operation.
        """
        a, b = promoted(cls.op, input, other, cls.integral)
        if (a if isinstance(a, Tensor) else b).dtype.kind == 0 and cls.op not in _OF_BOOLS:
            raise NotImplementedError(f'"{cls.op}" not implemented for bool')
        return a, b

    @classmethod
    def cast_in_place(cls, input: Tensor, other: Any) -> Tensor:
        """Replace the elements of a tensor by a result that was computed in another dtype.

        Raises:
            RuntimeError: The tensor's dtype cannot hold the result's.
        """
        result = cls.general(*before(input, other))
        if result.dtype.kind > input.dtype.kind:
            raise RuntimeError(
                f"result type {result.dtype.name} can't be cast to the desired output type {input.dtype.name}"
            )
        return input.copy_(result)


class Signed(Binary):
    """Keeps its result, as torch does, and not the operand that the signs were taken from: that may be overwritten."""

    @staticmethod
    def direct(spec: Any, a: Any, b: Any) -> Any:
        """Leave what is recorded to the general way, since a direct call keeps operands alone."""
        recorded = mode.grad and any(isinstance(x, Tensor) and x.requires_grad for x in (a, b))
        return None if recorded else direct_binary(spec, a, b)

    def remember(self, a: Any, b: Any, out: Tensor) -> None:
        """Keep the result, whose signs are those of b."""
        super().remember(a, b, out)
        if self._saved and self._saved[1] is not None:
            self._saved = self._saved[0], out


def binary(
    name: str,
    doc: str,
    da: Derivative,
    db: Derivative,
    a_needs: str = "",
    b_needs: str = "",
    integral: bool = True,
    methods: Sequence[str] = BOTH,
    kernel: str = "",
    kind: type[Binary] = Binary,
    passes: str = "",
    example: str = "",
) -> Any:
    """Make a pointwise function of two operands that broadcast, and its methods; its `in_place` is the form in place.

    Args:
        name: Its name, also in the kernel table.
        doc: What it returns.
        da: (grad_out, a, b) -> gradient of a, in operations.
        db: (grad_out, a, b) -> gradient of b, in operations.
        a_needs: Which operands the gradient of a needs: "", "b" or "ab". Where neither needs any, there is no
            backward kernel, because the derivative is one operation or none.
        b_needs: Which operands the gradient of b needs.
        integral: Whether there are integer kernels; without them integers become the default dtype.
        methods: The endings of the methods that Tensor gets: "" and "_" (in place).
        kernel: The name in the kernel table of an operation in a user's own library.
        kind: What its node is made from.
        passes: "+" where both gradients are the output's, "-" where the second one is that negated.
        example: A call and what it prints, for the docstring, as "maximum([1.0, 2.0], [3.0, 0.0]) -> [3., 2.]".
    """
    of_bools = f"{_OF_BOOLS[name]}.forward.uint8" if name in _OF_BOOLS else None
    node = _node(
        kind, name, kernel or name, integral, of_bools, da=staticmethod(da), db=staticmethod(db),
        has_kernel=bool(a_needs or b_needs),
        keeps_a=("a" in a_needs, "a" in b_needs), keeps_b=("b" in a_needs, "b" in b_needs),
    )  # fmt: skip
    direct, ready, name_in_place = node.direct, node.ready, name + "_"
    spec = (node, node.forwards, node.backwards, _needs(a_needs, b_needs, passes), _NEGATED)

    def function(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
        if out is not None:
            return compute_into(node, out, (input, other))
        out = direct(spec, input, other)
        return node.general(input, other) if out is None else out

    node.function, function.node = staticmethod(function), node  # type: ignore[attr-defined]

    def in_place(input: Tensor, other: Operand) -> Tensor:
        if binary_in_place(spec, input, other) is not None:
            return input
        a, b = ready(input, other)
        if a is not input:
            return node.cast_in_place(input, other)
        return mutate(name_in_place, input, node, (b,), aligned=True)

    text = (
        f"{doc}\n\n    Args:\n        input: A tensor or a number.\n"
        "        other: A tensor or a number; the two broadcast.\n        out: Where the result is written.\n\n"
        "    Returns:\n"
        "        A tensor of the broadcast shape and the promoted dtype.\n\n    Raises:\n"
        f"        RuntimeError: The shapes do not broadcast, or the devices differ.{shown(example)}"
    )
    return bind(name, function, in_place, text, methods)


def out_words(out: Tensor, *layouts: tuple[int, ...]) -> tuple[int, ...]:
    """Return the words of a layout whose first operand is an existing tensor of any strides.

    Raises:
        RuntimeError: The operands broadcast to another shape.
    """
    shape, _, _, words = zip_kept(out._shape, out._strides, *layouts)
    if shape != out._shape:
        raise RuntimeError(f"output with shape {list(out._shape)} doesn't match the broadcast shape {list(shape)}")
    ndim = words[0]
    return (*words[: 1 + ndim], *words[1 + 2 * ndim :])
