"""Differentiable operations: `Function`, and how applying one records a node of the graph."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from threading import get_ident
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from mocrograd import backend
from mocrograd.autograd.modes import mode
from mocrograd.backend import TensorBase
from mocrograd.errors import MarkedOperand, NoKernel, SparseOperand

_F = TypeVar("_F", bound=Callable[..., Any])

clock = [0]
"""How often tensors were changed in place so far; each change stamps the tensor with its number."""
LEAF = -1
"""The output number of an edge that leads to a leaf: (tensor, LEAF) instead of (node, output number)."""
packers: list[tuple[int, Callable[..., Any], Callable[..., Any]]] = []
"""What `graph.saved_tensors_hooks` has set: a thread, and functions that pack what it saves and unpack it."""


class _Packed:
    """A saved tensor as a hook has packed it, with its place in the graph."""

    def __init__(self, tensor: Any, pack: Callable[..., Any], unpack: Callable[..., Any]) -> None:
        self._edge = (tensor._edge or (tensor, LEAF)) if tensor.requires_grad else None
        self._value, self._unpack = pack(tensor.detach()), unpack

    def unpacked(self) -> Any:
        """Return the tensor, which takes part in the graph as before."""
        tensor = self._unpack(self._value)
        if self._edge is not None:
            tensor = tensor.detach()
            tensor.requires_grad, tensor._edge = True, self._edge
            tensor.grad_fn = None if self._edge[1] == LEAF else self._edge[0]
        return tensor


def _pack(node: Function) -> None:
    """Pack what a node has saved, where hooks are set in this thread."""
    found = next((hooks for hooks in reversed(packers) if hooks[0] == get_ident()), None)
    if found is not None and node._saved:
        node._packed = tuple([None if t is None else _Packed(t, *found[1:]) for t in node._saved])
        node._saved = ()


attach = backend.attach
"""Make a tensor the one result of a node, whose edges are set and which saved no output: `attach(node, tensor)`."""


class HookHandle:
    """The handle of a registered hook, by which it can be removed.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([1.0], requires_grad=True)
        >>> handle = x.register_hook(lambda grad: grad * 10)
        >>> handle.remove()
        >>> x.backward()
        >>> x.grad
        tensor([1.])
    """

    def __init__(self, hooks: list[Any], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        self._entry = hook
        hooks.append(hook)

    def remove(self) -> None:
        """Remove the hook."""
        if self._entry in self._hooks:
            self._hooks.remove(self._entry)


if TYPE_CHECKING:

    class NodeBase:
        """The fields of a node, which mojo_kernels/python/node.mojo has.

        Attributes:
            number: Greater than the numbers of the nodes that it depends on.
            edges: For each argument of forward (node, output number), (leaf, LEAF), or None.
            kept: What backward needs besides saved tensors.
        """

        number: int
        edges: Sequence[Any]
        kept: Any
        _saved: tuple[Any, ...] | None  # None: freed
        _packed: tuple[_Packed | None, ...]
        _time: int  # the clock when the tensors were saved
        _saved_outputs: tuple[tuple[int, int], ...]
        _outputs: int
        _hooks: list[Callable[..., Any]] | None
        _grad_hooks: dict[int, list[Callable[..., Any]]] | None

else:
    NodeBase = backend.NodeBase


class Function(NodeBase):
    """A differentiable operation: override `forward` and `backward`, run it with `apply`.

    `ctx`, the first argument of both, is the node: save tensors with `ctx.save_for_backward(...)` and read them from
    `ctx.saved_tensors`; other values may be kept as attributes. `backward` receives the gradient of each output, zeros
    where nothing depends on it, and returns the gradient of each argument of `forward`, None where there is none. With
    `create_graph=True` it runs recorded, so what it computes from differentiable operations can be differentiated
    again. A class that overrides `setup_context` has a `forward` without `ctx`.

    Example:
        >>> import mocrograd as mg
        >>> class Cube(mg.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...     @staticmethod
        ...     def backward(ctx, grad_out):
        ...         (x,) = ctx.saved_tensors
        ...         return grad_out * 3 * x * x
        >>> x = mg.tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    __slots__ = ("__weakref__",)
    _prehooks: list[Callable[..., Any]] | None = None
    torch_name: str = ""  # what torch calls the node, where it is not the name of the class
    torch_number: int | None = None  # which of the forms that torch numbers it is, where `_number` does not say it
    next_functions: ClassVar[Any]  # the nodes that the gradients go to, each with the number of its output
    takes: list[Any] | None = None  # shape, dtype and device of the inputs, where a user applied it
    gives: list[Any] | None = None  # shape and dtype of the outputs, where backward wants zeros for what is not used
    _undifferentiable: tuple[Any, ...] = ()
    _changed: tuple[Any, ...] = ()
    _materialize = True
    of_complex: ClassVar[Callable[..., Any] | None] = (
        None  # does what forward does, of complex numbers, which it refuses
    )
    widened: ClassVar[Callable[..., Any] | None] = None  # set by ops/_narrow.py: runs a function on wider operands
    resolved: ClassVar[Callable[..., Any]]  # set by ops/_marked.py: calls again with operands without marks
    forward_mode: ClassVar[Callable[..., Any] | None] = None  # set within `forward_ad.dual_level`: runs `jvp`

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Compute the output or a tuple of outputs.

        Raises:
            NotImplementedError: The function has no forward.
        """
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradient of each argument of forward.

        Raises:
            NotImplementedError: The function has no backward.
        """
        raise NotImplementedError("You must implement the backward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what backward needs, where `forward` takes no `ctx`.

        Args:
            ctx: The node.
            inputs: The arguments of `forward`.
            output: What it returned.
        """

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`, which a function without `backward` is differentiated by.

        Args:
            *tensors: The tensors, or None.
        """
        if type(self).backward is Function.backward:
            self.save_for_backward(*tensors)

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, which notices when they are changed in place before then."""
        self._saved = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._undifferentiable = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which arguments `forward` changes in place; it must return them."""
        self._changed = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Choose whether the gradient of an output that nothing depends on is zeros, as by default, or None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The saved tensors.

        Raises:
            RuntimeError: They were freed by an earlier backward, or changed in place.
        """
        if self._saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after "
                "they have already been freed). Saved intermediate values of the graph are freed when you call "
                ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
                "graph a second time or if you need to access saved tensors after calling backward."
            )
        if clock[0] != self._time:
            self._check_unchanged()
        kept: tuple[Any, ...] = tuple([p and p.unpacked() for p in self._packed]) if self._packed else self._saved
        if not self._saved_outputs or not mode.grad:
            return kept
        saved = list(kept)
        for position, number in self._saved_outputs:  # saved without its node, which a recorded backward needs
            saved[position] = saved[position].detach()
            saved[position].requires_grad = True
            saved[position].grad_fn = self
            saved[position]._edge = (self, number)
        return tuple(saved)

    def _check_unchanged(self) -> None:
        for tensor in self._saved or ():
            if tensor is not None and tensor._version > self._time:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace "
                    f"operation: a tensor of shape {list(tensor.shape)} that {self.name()} saved was changed since"
                )

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """Whether each argument of forward requires a gradient."""
        return tuple([edge is not None for edge in self.edges])

    @property
    def wanted(self) -> tuple[bool, ...]:
        """Whether the gradient of each argument of forward leads to one that the backward pass asks for."""
        return self.needs_input_grad if mode.partial is None else mode.partial.wanted_of(self)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient and recording is on.

        Args:
            args: The arguments of forward.
            kwargs: More of them, by name, where the class overrides `setup_context`.

        Raises:
            RuntimeError: A leaf that requires a gradient was changed in place.
        """
        recording = mode.grad
        ctx = cls()
        apart = cls.setup_context is not Function.setup_context
        if apart:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        if mode.vmap is not None and (found := mode.vmap.run(cls, cls.apply, args)) is not None:
            return found
        if Function.forward_mode is not None and cls.backward is Function.backward and hasattr(cls, "jvp"):
            found = Function.forward_mode(cls, args)
            if found is not None:
                return found
        edges = backend.recorded_edges(args)
        ctx.edges = edges or (None,) * len(args)
        mode.grad = False
        try:
            if apart:
                out = cls.forward(*args)
                cls.setup_context(ctx, args, out)
            else:
                out = cls.forward(ctx, *args, **kwargs)
        except NoKernel as error:
            mode.grad = recording
            if isinstance(error, SparseOperand):
                return error.answer(cls, args, {})
            if isinstance(error, MarkedOperand):
                return Function.resolved(cls.apply, args, kwargs)
            if _is_complex(cls, args):
                return cls.of_complex(*args)  # type: ignore[misc]
            if apart or kwargs or cls.widened is None or (wide := cls.widened(cls.apply, args)) is None:
                raise
            return wide[0]
        finally:
            mode.grad = recording
        return _recorded_own(ctx, args, out) if edges else out

    @classmethod
    def run(cls, *args: Any) -> Any:
        """Apply a function whose forward computes with kernels alone, so that recording need not be switched off.

        Where nothing is recorded, `ctx.edges` is empty. Where there are no kernels of a narrow dtype, those of the wide
        one compute (`widened`).
        """
        if mode.vmap is not None and (found := mode.vmap.run(cls, cls.run, args)) is not None:
            return found
        ctx = cls()
        edges = backend.recorded_edges(args)
        if edges:
            ctx.edges = edges
        try:
            out = cls.forward(ctx, *args)
        except NoKernel as error:
            if isinstance(error, SparseOperand):
                return error.answer(cls, args, {})
            if isinstance(error, MarkedOperand):
                return Function.resolved(cls.run, args)
            if _is_complex(cls, args):
                return cls.of_complex(*args)  # type: ignore[misc]
            if cls.widened is None or (wide := cls.widened(cls.run, args)) is None:
                raise
            return wide[0]
        if edges:
            record(ctx, out)
        return out

    def name(self) -> str:
        """Return the node's name, as torch writes it: that of a user's function has no number."""
        if self.takes is not None and not self.torch_name:
            return f"{self._kind()}Backward"
        number = self._number() if self.torch_number is None else self.torch_number
        return f"{self.torch_name or self._kind()}Backward{number}"

    def _number(self) -> int:
        """Return which of the forms that torch numbers the node is, where `torch_number` does not say it."""
        return 0

    def _kind(self) -> str:
        """Return what the node does, where `torch_name` does not say it."""
        return type(self).__name__

    def register_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this node's backward; the returned handle removes it."""
        self._hooks = self._hooks or []
        return HookHandle(self._hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call `hook(grad_outputs)` before this node's backward; a tuple that it returns takes the gradients' place."""
        self._hooks = self._hooks or []  # so that the node is looked at
        self._prehooks = self._prehooks or []
        return HookHandle(self._prehooks, hook)

    @property
    def metadata(self) -> dict[Any, Any]:
        """What the user keeps with the node."""
        self._metadata: dict[Any, Any] = getattr(self, "_metadata", None) or {}
        return self._metadata

    def __repr__(self) -> str:
        """Return "<AddBackward0>"."""
        return f"<{self.name().rpartition('::')[2]}>"


def _is_complex(cls: type[Function], args: Sequence[Any]) -> bool:
    """Return whether a function that found no kernel has another way with its arguments, which are complex."""
    return cls.of_complex is not None and any(isinstance(x, TensorBase) and x.dtype.is_complex for x in args)


def called(name: str, out: Any) -> Any:
    """Return a result whose node shows itself under torch's name of the operation, which is composed of several."""
    if out.grad_fn is not None:
        out.grad_fn.torch_name, out.grad_fn.torch_number = name, 0
    return out


def shows(name: str) -> Callable[[_F], _F]:
    """Name the node of what a function of several operations returns, as `called` does; a decorator."""

    def decorate(function: _F) -> _F:
        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            out = function(*args, **options)
            for x in out if isinstance(out, tuple) else (out,):
                if x.grad_fn is not None and not any(x is arg for arg in args):
                    called(name, x)
            return out

        return call  # type: ignore[return-value]

    return decorate


def record(node: Function, out: Any) -> None:
    """Make `out` (a tensor or a tuple of them) the result of `node`, whose edges are set."""
    if not node._undifferentiable and backend.record(node, out):
        return
    if node.takes is None:  # kernels of backward read memory; a user's function has what it saved
        node._saved = tuple([x.clone() if isinstance(x, TensorBase) and x._marks else x for x in node._saved or ()])
    backend.number_node(node)
    if type(out) is tuple:
        node._outputs = len(out)
    for number, tensor in enumerate(out if type(out) is tuple else (out,)):
        if node._undifferentiable and any(tensor is t for t in node._undifferentiable):
            continue
        tensor.requires_grad = True
        tensor.grad_fn = node
        tensor._edge = (node, number)
        for saved in node._saved or ():
            if saved is tensor:
                _cut_off(node, number, tensor)
    if packers:
        _pack(node)


def _recorded_own(ctx: Function, args: tuple[Any, ...], out: Any) -> Any:
    """Record a user's function: what it returns may be an argument, of which a view is given, or no tensor."""
    ctx.takes = [None if e is None else (a._shape, a.dtype, a.device) for e, a in zip(ctx.edges, args)]
    ctx._hooks = []  # so that what backward returns is looked at
    several = type(out) is tuple
    outs = [_own_output(ctx, args, x) for x in (out if several else (out,))]
    ctx._undifferentiable += tuple([x for x in outs if not isinstance(x, TensorBase)])
    record(ctx, tuple(outs) if several else outs[0])
    if several and ctx._materialize:
        ctx.gives = [(x._shape, x.dtype) if isinstance(x, TensorBase) else None for x in outs]
    return tuple(outs) if several else outs[0]


def _own_output(ctx: Function, args: tuple[Any, ...], x: Any) -> Any:
    if not any(x is a for a in args) or any(x is t for t in ctx._undifferentiable):
        return x
    if not any(x is t for t in ctx._changed):
        return x.detach() if isinstance(x, TensorBase) else x
    if x.requires_grad and x.grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    return x


def _cut_off(node: Function, number: int, output: Any) -> None:
    """Save an output without its node: with it, the two would keep each other alive."""
    saved = node._saved or ()
    if len(saved) == 1:
        node._saved_outputs = ((0, number),)
        node._saved = (output.detach(),)
        return
    node._saved_outputs += tuple([(position, number) for position, t in enumerate(saved) if t is output])
    node._saved = tuple([t.detach() if t is output else t for t in saved])


_NAMES = ("grad", "backward", "requires_grad", "_edge")
backend.set_up_graph(NodeBase, mode, *map(sys.intern, _NAMES), True, clock, packers, _pack)
