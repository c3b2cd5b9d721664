"""Reverse-mode differentiation: the graph that operations leave behind, and the walk back through it.

A differentiable operation is a `Function`: `forward` directly above `backward`. Applying it records one node (an
instance of the function) whose edges lead to the nodes of its inputs. Nodes are numbered as they are made, so
descending numbers are a topological order, and the walk is a loop. A node frees what it saved as soon as it is used,
unless the graph is retained.

This module knows tensors only by their attributes (`requires_grad`, `grad_fn`, `grad`, `detach`, ...), so that
tensor.py can stand above it.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])


class _Mode(threading.local):
    grad = True


mode = _Mode()
_numbers = itertools.count()
clock = [0]
"""How often tensors were changed in place so far; each change stamps the tensor with its number."""
LEAF = -1
"""The output number of an edge that leads to a leaf: (tensor, LEAF) instead of (node, output number)."""


class _Switch:
    """A grad mode: a context manager, and a decorator."""

    _grad = False

    def __enter__(self) -> None:
        self._before = mode.grad
        mode.grad = self._grad

    def __exit__(self, *exception: object) -> None:
        mode.grad = self._before

    def __call__(self, function: _F) -> _F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


class no_grad(_Switch):
    """Record nothing inside: results do not require gradients. Also a decorator."""


class enable_grad(_Switch):
    """Record again inside a `no_grad`. Also a decorator."""

    _grad = True


class inference_mode(_Switch):
    """Record nothing inside, as `no_grad`. Also a decorator."""


class set_grad_enabled(_Switch):
    """Switch recording on or off, as a call or for the body of a `with`.

    Args:
        mode: Whether to record.
    """

    def __init__(self, mode: bool) -> None:
        """Switch now."""
        self._grad = mode
        self.__enter__()

    def __enter__(self) -> None:
        """Remember the mode before, and switch."""
        if not hasattr(self, "_before"):
            super().__enter__()


def is_grad_enabled() -> bool:
    """Return whether operations are recorded in this thread."""
    return mode.grad


class Function:
    """A differentiable operation: override `forward` and `backward`, run it with `apply`.

    `ctx`, the first argument of both, is the node: save tensors with `ctx.save_for_backward(...)` and read them from
    `ctx.saved_tensors`; other values may be kept as attributes. `backward` receives the gradient of each output and
    returns the gradient of each argument of `forward`, None where there is none. With `create_graph=True` it runs
    recorded, so what it computes from differentiable operations can be differentiated again.

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

    number: int
    edges: Sequence[Any] = ()  # per argument of forward: (node, output number), (leaf, LEAF), or None
    _saved: tuple[Any, ...] | None = ()
    _time = 0  # the clock when the tensors were saved
    _saved_outputs: tuple[tuple[int, int], ...] = ()
    _outputs = 1
    _hooks: list[Callable[..., Any]] | None = None
    _grad_hooks: dict[int, list[Callable[..., Any]]] | None = None
    _undifferentiable: tuple[Any, ...] = ()

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

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, which notices when they are changed in place before then."""
        self._saved = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._undifferentiable = tensors

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
        if not self._saved_outputs or not mode.grad:
            return self._saved
        saved = list(self._saved)
        for place, number in self._saved_outputs:  # saved without its node, which a recorded backward needs
            saved[place] = saved[place].detach()
            saved[place].requires_grad = True
            saved[place].grad_fn = self
            saved[place]._edge = (self, number)
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

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient and recording is on."""
        recording = mode.grad
        ctx = cls()
        ctx.edges = _edges(args) if recording else [None] * len(args)
        mode.grad = False
        try:
            out = cls.forward(ctx, *args)
        finally:
            mode.grad = recording
        if any(ctx.edges):
            record(ctx, out)
        return out

    @classmethod
    def run(cls, *args: Any) -> Any:
        """Apply a function whose forward computes with kernels alone, so that recording need not be switched off.

        Where nothing is recorded, `ctx.edges` is empty.
        """
        ctx = cls()
        if mode.grad:
            edges = _edges(args)
            if any(edges):
                ctx.edges = edges
                out = cls.forward(ctx, *args)
                record(ctx, out)
                return out
        return cls.forward(ctx, *args)

    def name(self) -> str:
        """Return the node's name, as torch writes it."""
        return f"{type(self).__name__}Backward0"

    def register_hook(self, hook: Callable[..., Any]) -> None:
        """Call `hook(grad_inputs, grad_outputs)` after this node's backward."""
        self._hooks = [*(self._hooks or ()), hook]

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that this node's gradients go to, each with the number of its output."""
        return tuple(edge if edge is not None else (None, 0) for edge in self.edges)

    def __repr__(self) -> str:
        """Return "<AddBackward0>"."""
        return f"<{self.name()}>"


def _edges(args: Sequence[Any]) -> list[Any]:
    return [(arg._edge or (arg, LEAF)) if getattr(arg, "requires_grad", False) else None for arg in args]


def record(node: Function, out: Any) -> None:
    """Make `out` (a tensor or a tuple of them) the result of `node`, whose edges are set."""
    node.number = next(_numbers)
    node._time = clock[0]
    if type(out) is not tuple:
        _attach(node, 0, out)
        return
    node._outputs = len(out)
    for number, tensor in enumerate(out):
        if not any(tensor is t for t in node._undifferentiable):
            _attach(node, number, tensor)


def _attach(node: Function, number: int, tensor: Any) -> None:
    tensor.requires_grad = True
    tensor.grad_fn = node
    tensor._edge = (node, number)
    if node._saved:
        for place, saved in enumerate(node._saved):
            if saved is tensor:  # with its node, the two would keep each other alive
                node._saved_outputs += ((place, number),)
                node._saved = (*node._saved[:place], saved.detach(), *node._saved[place + 1 :])


# ---------------------------------------------------------------------------------------------- the walk


class _Walk:
    """One pass of gradients from outputs to leaves.

    A node's number is greater than those of all nodes it depends on. So the pending node with the greatest number has
    received all its gradients, and a heap yields nodes in a right order.
    """

    def __init__(self, retain_graph: bool, create_graph: bool) -> None:
        self.retain = retain_graph
        self.create = create_graph
        self.heap: list[tuple[int, Function]] = []
        self.pending: dict[Function, list[Any]] = {}
        self.leaves: dict[Any, Any] = {}
        self.captured: dict[tuple[Any, int], Any] = {}

    def send(self, edge: tuple[Any, int], grad: Any) -> None:
        """Add a gradient to what has arrived at an edge's end."""
        target, number = edge
        if number == LEAF:
            before = self.leaves.get(target)
            self.leaves[target] = grad if before is None else before + grad
        elif target not in self.pending:
            grads = self.pending[target] = [None] * target._outputs
            grads[number] = grad
            heapq.heappush(self.heap, (-target.number, target))
        else:
            grads = self.pending[target]
            before = grads[number]
            grads[number] = grad if before is None else before + grad

    def run(self) -> None:
        """Send gradients back until only leaves hold some."""
        while self.heap:
            node = heapq.heappop(self.heap)[1]
            self._through(node, self.pending.pop(node))
        for leaf, grad in self.leaves.items():
            if leaf._grad_hooks is not None:
                for hook in leaf._grad_hooks:
                    changed = hook(self.leaves[leaf])
                    if changed is not None:
                        self.leaves[leaf] = changed
            if self.leaves[leaf]._shape != leaf._shape:
                raise RuntimeError(f"the gradient of a leaf of shape {list(leaf.shape)} has shape {list(grad.shape)}")

    def _through(self, node: Function, grads: list[Any]) -> None:
        if node._grad_hooks is not None:
            for number, hooks in node._grad_hooks.items():
                for hook in hooks:
                    changed = None if grads[number] is None else hook(grads[number])
                    if changed is not None:
                        grads[number] = changed
        if self.captured:
            for number, grad in enumerate(grads):
                if (node, number) in self.captured:
                    self.captured[node, number] = grad
        results = node.backward(node, *grads)
        if type(results) is not tuple:
            results = (results,)
        edges = node.edges
        if len(results) < len(edges) and any(edges[len(results) :]):
            raise RuntimeError(
                f"function {node.name()} returned an incorrect number of gradients "
                f"(expected {len(node.edges)}, got {len(results)})"
            )
        if node._hooks is not None:
            for hook in node._hooks:
                changed = hook(results, tuple(grads))
                results = results if changed is None else changed
        if not self.retain:
            node._saved = None if node._saved else ()
        for edge, grad in zip(edges, results):
            if edge is not None and grad is not None:
                self.send(edge, grad)


def _start(tensors: Any, grads: Any, retain: bool | None, create: bool) -> tuple[_Walk, list[int]]:
    """Return a walk that holds the gradients of the outputs, and the identities of their storages."""
    tensors = tuple(tensors) if isinstance(tensors, (list, tuple)) else (tensors,)
    grads = tuple(grads) if isinstance(grads, (list, tuple)) else (grads,) * len(tensors)
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    walk = _Walk(create if retain is None else retain, create)
    given = []
    for i, (tensor, grad) in enumerate(zip(tensors, grads)):
        if not tensor.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if grad is None:
            if tensor._size != 1:
                raise RuntimeError(
                    "grad can be implicitly created only for scalar outputs, "
                    f"but got an output of shape {list(tensor.shape)}"
                )
            grad = tensor.detach()._ones()
        elif grad._shape != tensor._shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {list(grad.shape)} and output[{i}] has a "
                f"shape of {list(tensor.shape)}."
            )
        else:
            given.append(id(grad.storage))
        if grad.dtype is not tensor.dtype:
            grad = grad.to(tensor.dtype)
        walk.send(edge_of(tensor), grad)
    return walk, given


def edge_of(tensor: Any) -> tuple[Any, int]:
    """Return where the gradient of a tensor goes: its node and output number, or itself for a leaf."""
    return tensor._edge or (tensor, LEAF)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of the sum of `tensors`, weighted by `grad_tensors`, to the `grad` of the leaves.

    Args:
        tensors: A tensor or a sequence of them.
        grad_tensors: Their gradients, of their shapes; 1 for scalars by default.
        retain_graph: Whether to keep what the graph saved, for another backward; by default `create_graph`.
        create_graph: Whether to record the walk, for higher derivatives.
        inputs: The leaves to accumulate into; all by default.

    Raises:
        RuntimeError: A tensor needs no gradient, is no scalar and has no gradient given, or its graph has been freed.
    """
    wanted = None if inputs is None else [id(t) for t in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
    before = mode.grad
    mode.grad = create_graph
    try:
        walk, taken = _start(tensors, grad_tensors, retain_graph, create_graph)
        walk.run()
        for leaf, grad in walk.leaves.items():
            if wanted is not None and id(leaf) not in wanted:
                continue
            if leaf.grad is not None:
                leaf.grad = leaf.grad + grad if create_graph else leaf.grad.add_(grad)
            elif create_graph:
                leaf.grad = grad
            else:
                # Two leaves may have received one tensor, or a view of it: only the first may keep it.
                shared = id(grad.storage) in taken or not (grad._dense or grad.is_contiguous())
                leaf.grad = grad.clone() if shared else grad
                taken.append(id(grad.storage))
    finally:
        mode.grad = before


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of the sum of `outputs` with respect to `inputs`; no tensor's `grad` changes.

    Args:
        outputs: A tensor or a sequence of them.
        inputs: A tensor or a sequence of them.
        grad_outputs: The gradients of the outputs, of their shapes; 1 for scalars by default.
        retain_graph: Whether to keep what the graph saved, for another backward; by default `create_graph`.
        create_graph: Whether to record the walk, for higher derivatives.
        allow_unused: Whether an input that no output depends on gives None; otherwise it is an error.

    Returns:
        One gradient per input.

    Raises:
        RuntimeError: As `backward`; or an input was not used.
    """
    inputs = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    for tensor in inputs:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    with set_grad_enabled(create_graph):
        walk, _ = _start(outputs, grad_outputs, retain_graph, create_graph)
        walk.captured = {edge_of(t): None for t in inputs if t.grad_fn is not None}
        walk.run()
    results = []
    for tensor in inputs:
        found = walk.leaves.get(tensor) if tensor.grad_fn is None else walk.captured[edge_of(tensor)]
        if found is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(found)
    return tuple(results)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of `func` with central differences.

    Args:
        func: Takes the inputs, returns a tensor.
        inputs: A tensor or a sequence of them; those that require a gradient should be float64.
        eps: The step of the differences.
        atol: The absolute difference that is allowed.
        rtol: The relative difference that is allowed.
        raise_exception: Whether to raise on a difference, or to return False.

    Returns:
        Whether all gradients agree.

    Raises:
        RuntimeError: They do not; the message names the input and the largest difference.
    """
    inputs = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    out = func(*inputs)
    # A weight per output element tells elements apart that a plain sum would let cancel.
    weights = out.detach().new_tensor([0.5 + (0.37 * i) % 1.0 for i in range(out._size)]).reshape(out._shape)
    leaves = [t for t in inputs if getattr(t, "requires_grad", False)]
    analytic = grad(out, leaves, weights, allow_unused=True)
    for number, (leaf, got) in enumerate(zip(leaves, analytic)):
        values = leaf.detach().reshape(-1).tolist()
        got_values = [0.0] * len(values) if got is None else got.detach().reshape(-1).tolist()
        for i, value in enumerate(values):
            sides = []
            for step in (eps, -eps):
                moved = leaf.detach().new_tensor([*values[:i], value + step, *values[i + 1 :]])
                args = [moved.reshape(leaf._shape) if t is leaf else t for t in inputs]
                with no_grad():
                    sides.append((func(*args) * weights).sum().item())
            numeric = (sides[0] - sides[1]) / (2 * eps)
            if not abs(numeric - got_values[i]) <= atol + rtol * abs(numeric):
                if not raise_exception:
                    return False
                raise RuntimeError(
                    f"Jacobian mismatch for input {number}, element {i}: "
                    f"numerical {numeric:.8g}, analytical {got_values[i]:.8g}"
                )
    return True
