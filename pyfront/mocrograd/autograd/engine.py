"""The backward pass through the graph: `backward` and `grad`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import anomaly
from mocrograd.autograd.function import LEAF, Function
from mocrograd.autograd.modes import mode, set_grad_enabled
from mocrograd.backend import recording
from mocrograd.layout import Shape, contiguous_strides
from mocrograd.strides import is_gapless

_ADD = dtypes.KernelNames("add.forward.{}")

under_way: list[Any] = [None]
"""The pass that calls a hook."""
of_edges: dict[type, Any] = {}
"""What makes an edge of an object that stands for one."""


class _Engine:
    """One pass of gradients from outputs to leaves: `backend.run_nodes` goes through it, and calls this class."""

    def __init__(self, retain_graph: bool, create_graph: bool) -> None:
        self.retain = retain_graph
        self.create = create_graph
        self.roots: list[tuple[Any, Any]] = []  # edges to the outputs, and their gradients
        self.leaves: dict[Any, Any] = {}
        self.wanted: set[Any] = set()  # the leaves whose gradients are asked for, where not all are
        self.sums: set[Any] = set()  # the leaves whose gradient is a sum that this engine made
        self.captured: dict[tuple[Any, int], Any] = {}
        self.needed: set[Any] | None = None  # the nodes that lead to what is asked for, where not everything is
        self.spared: list[tuple[Function, Any, Any]] = []  # nodes that lead to none, and what they have saved
        self.after: list[tuple[PostAccumulateHook, Any]] = []  # what to call once leaves hold their gradients
        self.accumulates = False  # whether leaves get what arrives, as in `backward`
        self.accepted: list[int] | None = None  # the identities of the leaves that do, where not all do
        self.taken: set[int] = set()  # the identities of the storages that are somebody's gradient
        self.ending: list[Callable[[], None]] = []  # what to call once all leaves hold their gradients
        self.level: Any = None  # the level of `func.vmap` at which gradients of a graph outside of it are batched
        self.waiting = 0  # what `pending_nodes` takes while `run_nodes` calls this class

    def run(self) -> None:
        """Send gradients back until only leaves hold some."""
        watched = bool(self.captured) or mode.anomaly or self.level is not None
        before, partial = under_way[0], mode.partial
        mode.partial = None if self.needed is None else self
        try:
            unfinished = backend.run_nodes(
                self.roots, self.leaves, bool(self.retain), bool(mode.grad), watched,
                None if self.captured else self.needed, self.wanted, self._observed, self._to_leaf, _refuse_count,
            )  # fmt: skip
            self.waiting = 0
            for leaf in unfinished or ():
                self._finish(leaf)
        finally:
            self.waiting, under_way[0], mode.partial = 0, before, partial
            for node, saved, packed in self.spared:
                node._saved, node._packed = saved, packed

    @property
    def pending(self) -> list[Any]:
        """The nodes that have received gradients and have not run yet."""
        return backend.pending_nodes(self.waiting) if self.waiting else []

    def _to_leaf(self, leaf: Any, grad: Any) -> None:
        """Add a gradient to the one that a leaf has received already."""
        before = self.leaves[leaf]
        if self.create or leaf not in self.sums:
            self.leaves[leaf] = before + grad
            self.sums.add(leaf)
        elif backend.accumulate(_ADD, before, grad) is None:  # nobody else has seen the sum: it may grow in place
            self.leaves[leaf] = before + grad

    def capture(self, inputs: tuple[Any, ...]) -> None:
        """Keep the gradients of results among some inputs, and run only the nodes that lead to inputs.

        Args:
            inputs: The inputs.
        """
        self.captured = {edge_of(t): None for t in inputs if t.grad_fn is not None}
        self.wanted = {t for t in inputs if t.grad_fn is None}
        least = LEAF if self.wanted else min([node.number for node, _ in self.captured], default=LEAF)
        self.needed = backend.leading_nodes(self.roots, self.wanted, self.captured, least)

    def _leading(self, node: Function, results: Any) -> tuple[Any, ...]:
        """Return the gradients of a node's arguments with None for those that lead to no input."""
        results = results if type(results) is tuple else (results,)
        leads = [edge is not None and self._leads(edge) for edge in node.edges]
        return tuple([r if at >= len(leads) or leads[at] else None for at, r in enumerate(results)])

    def wanted_of(self, node: Function) -> tuple[bool, ...]:
        """Return `Function.wanted` of a node."""
        ours = node in (self.needed or ())  # another pass may run it, within a hook or a backward of this one
        return tuple([edge is not None and (not ours or self._leads(edge)) for edge in node.edges])

    def _leads(self, edge: tuple[Any, int]) -> bool:
        """Return whether an edge leads to an input."""
        return edge in self.captured or edge[0] in (self.wanted if edge[1] == LEAF else self.needed or ())

    def settle(self, leaf: Any) -> None:
        """Give a leaf its gradient before the end: no node that is still to run sends it more."""
        if leaf in self.leaves:
            if leaf._grad_hooks or self.leaves[leaf]._shape != leaf._shape:
                self._finish(leaf)
            self.accumulate(leaf, self.leaves.pop(leaf))

    def accumulate(self, leaf: Any, grad: Any) -> None:
        """Add to the `grad` of a leaf, if it is wanted."""
        if self.accepted is not None and id(leaf) not in self.accepted:
            return
        if leaf.grad is not None:
            anew = self.create or (leaf.grad._sparse and not grad._sparse)  # a sparse sum is not dense
            leaf.grad = leaf.grad + grad if anew else leaf.grad.add_(grad)
        elif self.create:
            leaf.grad = grad
        else:
            # Two leaves may have received one tensor, or a view of it: only the first may keep it.
            memory = _memory_of(grad)
            strides = _other_strides(leaf, grad)
            if strides is not None:
                leaf.grad = grad._with_strides(strides)
            else:
                leaf.grad = grad.clone() if memory in self.taken else grad
            self.taken.add(memory)

    def _observed(self, node: Function, grads: list[Any], waiting: int) -> Any:
        """Run the backward of a node with several outputs, or that somebody watches."""
        under_way[0], self.waiting = self, waiting
        if node._grad_hooks is not None:
            for number, hooks in node._grad_hooks.items():
                for hook in tuple(hooks):
                    changed = None if grads[number] is None else hook(grads[number])
                    if changed is not None:
                        grads[number] = _same_kind(hook, changed, grads[number])
        for hook in tuple(node._prehooks or ()):
            grads = list(hook(tuple(grads)) or grads)
        for number, grad in enumerate(grads):
            if (node, number) in self.captured:
                self.captured[node, number] = grad
        if self.needed is not None and node not in self.needed:
            self.spared.append((node, node._saved, node._packed))
            return (None,) * len(node.edges)
        if node.gives is not None:
            known = next(g for g in grads if g is not None)
            grads = [
                known.new_zeros(gives[0], dtype=gives[1]) if grad is None and gives is not None else grad
                for grad, gives in zip(grads, node.gives)
            ]
        results = node.backward(node, *grads) if self.level is None else self.level.backward(node, grads)
        if mode.anomaly:
            anomaly.check(node, results)
        if node.takes is not None:
            results = _checked(node, results if type(results) is tuple else (results,))
        if node._hooks is not None:
            results = results if type(results) is tuple else (results,)
            for hook in tuple(node._hooks):
                changed = hook(results, tuple(grads))
                if changed is not None:
                    pairs = zip(changed if type(changed) is tuple else (changed,), results)
                    results = tuple([c if c is None or r is None else _same_kind(hook, c, r) for c, r in pairs])
        return results if self.needed is None else self._leading(node, results)

    def _finish(self, leaf: Any) -> None:
        """Run the hooks of a leaf, and check its gradient."""
        under_way[0] = self
        for hook in tuple(leaf._grad_hooks or ()):
            if isinstance(hook, PostAccumulateHook):
                self.after.append((hook, leaf))
                continue
            changed = hook(self.leaves[leaf])
            if changed is not None:
                self.leaves[leaf] = _same_kind(hook, changed, self.leaves[leaf])
        if self.leaves[leaf]._shape != leaf._shape:
            raise RuntimeError(
                f"the gradient of a leaf of shape {list(leaf.shape)} has shape {list(self.leaves[leaf].shape)}"
            )


def _other_strides(leaf: Any, grad: Any) -> Shape | None:
    """Return the strides that a leaf's gradient lacks: the leaf's where it has no gaps; None where it has them."""
    if (grad._dense and leaf._dense) or grad._sparse or leaf._sparse:
        return None
    if mode.vmap is not None:
        return None if grad.is_contiguous() else contiguous_strides(grad._shape)
    gapless = is_gapless(leaf._shape, leaf._strides)
    strides: Shape = leaf._strides if gapless else contiguous_strides(leaf._shape)
    right = all(n == 1 or own == other for n, own, other in zip(grad._shape, grad._strides, strides))
    return None if right or 0 in grad._shape else strides


def _memory_of(grad: Any) -> int:
    """Return the identity of what holds a gradient's elements; of the tensor itself where it is sparse."""
    return id(grad if grad._sparse else grad.storage)


def _refuse_count(node: Any, edges: Any) -> None:
    """Raise for a node whose backward returned fewer gradients than it has edges.

    Raises:
        RuntimeError: Always.
    """
    raise RuntimeError(
        f"function {node.name()} returned an incorrect number of gradients (expected {len(edges)}, got fewer)"
    )


class PostAccumulateHook:
    """A hook of a leaf that is called with the leaf, once backward has added to its `grad`."""

    def __init__(self, hook: Any) -> None:
        self.hook = hook

    def __call__(self, leaf: Any) -> None:
        """Call it."""
        self.hook(leaf)


def _same_kind(hook: Any, changed: Any, before: Any) -> Any:
    """Return what a hook made of a gradient.

    Raises:
        TypeError: It is no tensor.
        RuntimeError: It is of another shape, dtype or device.
    """
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(changed, backend.TensorBase):
        raise TypeError(f"hook '{name}' should return a Tensor or None, got {type(changed).__name__}")
    for what, now, then in (
        ("size", changed._shape, before._shape),
        ("type", changed.dtype, before.dtype),
        ("device", changed.device, before.device),
    ):
        if now != then:
            raise RuntimeError(f"hook '{name}' has changed the {what} of value, from {then} to {now}")
    return changed


def _checked(node: Any, results: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the gradients of a user's function, which may be of a shape that the input broadcasts to.

    Raises:
        RuntimeError: There are fewer than inputs, or more that are not None; or one is no tensor, of a shape that does
            not fit, or on another device.
    """
    if len(results) < len(node.takes) or any(extra is not None for extra in results[len(node.takes) :]):
        raise RuntimeError(
            f"function {node.name()} returned an incorrect number of gradients (expected {len(node.takes)}, got "
            f"{len(results)})"
        )
    fitting = list(results)
    for i, (grad, takes) in enumerate(zip(results, node.takes)):
        if grad is None or takes is None:
            continue
        if not isinstance(grad, backend.TensorBase):
            raise RuntimeError(f"{node.name()}: expected Tensor or None at index {i} (got {type(grad).__name__})")
        shape, dtype, device = takes
        if grad._shape != shape or grad.dtype is not dtype or grad.device is not device:
            lead = len(grad._shape or ()) - len(shape)
            fits = grad._shape is not None and lead >= 0
            if not fits or grad.device is not device or any(n not in (1, m) for n, m in zip(shape, grad._shape[lead:])):
                raise RuntimeError(
                    f"Function {node.name()} returned an invalid gradient at index {i} - got {list(grad._shape or ())} "
                    f"on {grad.device} but expected shape compatible with {list(shape)} on {device}"
                )
            if lead or grad._shape != shape:
                wide = [d + lead for d, n in enumerate(shape) if n == 1 and grad._shape[d + lead] != 1]
                grad = grad.sum((*range(lead), *wide), keepdim=True).reshape(shape)
            fitting[i] = grad.to(dtype)
    return tuple(fitting)


def _start(tensors: Any, grads: Any, retain: bool | None, create: bool) -> tuple[_Engine, set[int]]:
    """Return an engine that holds the gradients of the outputs, and the identities of their storages."""
    if grads is None and isinstance(tensors, backend.TensorBase) and tensors.requires_grad and tensors._size == 1:
        engine = _Engine(create if retain is None else retain, create)
        engine.roots.append((edge_of(tensors), tensors._ones()))  # a loss, of which the rest would find the same
        return engine, set()
    tensors = _several(tensors)
    grads = tuple(grads) if isinstance(grads, (list, tuple)) else (grads,) * len(tensors)
    tensors = tuple([standing_for(t, g) if type(t) in of_edges else t for t, g in zip(tensors, grads)])
    if len(grads) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    engine = _Engine(create if retain is None else retain, create)
    given = set()
    for i, (tensor, grad) in enumerate(zip(tensors, grads)):
        _check_tensor("tensors", tensor)
        if grad is not None:
            _check_tensor("gradients", grad)
        if not tensor.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if grad is None:
            if tensor._size != 1:
                raise RuntimeError(
                    "grad can be implicitly created only for scalar outputs, "
                    f"but got an output of shape {list(tensor.shape)}"
                )
            grad = tensor._ones()
        elif grad._shape != tensor._shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {list(grad.shape)} and output[{i}] has a "
                f"shape of {list(tensor.shape)}."
            )
        else:
            given.add(_memory_of(grad))
        if grad.device is not tensor.device:
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but grad_output[{i}] is on {grad.device} and "
                f"output[{i}] on {tensor.device}"
            )
        if grad.dtype is not tensor.dtype:
            grad = grad.to(tensor.dtype)
        engine.roots.append((edge_of(tensor), grad))
    return engine, given


def _several(tensors: Any) -> tuple[Any, ...]:
    single = isinstance(tensors, backend.TensorBase) or type(tensors) in of_edges or not isinstance(tensors, Iterable)
    return (tensors,) if single else tuple(tensors)


def standing_for(mark: Any, like: Any) -> Any:
    """Return a tensor whose gradient arrives at an edge, the leaf itself where there is one.

    Args:
        mark: What stands for an edge.
        like: A tensor whose shape and dtype the new one gets.

    Raises:
        RuntimeError: There is none.
    """
    target, number = of_edges[type(mark)](mark)
    if number == LEAF:
        return target
    if like is None:
        raise RuntimeError("grad can be implicitly created only for scalar outputs, and an edge has no shape")
    made = like.detach()
    made.requires_grad, made.grad_fn, made._edge = True, target, (target, number)
    return made


def _check_tensor(what: str, value: Any) -> None:
    if not isinstance(value, backend.TensorBase):
        raise TypeError(f"autograd: expected {what} to be Tensors, got {type(value).__name__}")


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
        create_graph: Whether to record the backward pass, for higher derivatives.
        inputs: The tensors to accumulate into; all leaves by default. Only the part of the graph that leads to them
            runs. Results among them retain their gradients from then on.

    Raises:
        RuntimeError: A tensor needs no gradient, is no scalar and has no gradient given, or its graph has been freed;
            `inputs` is empty, or one of them needs no gradient.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([2.0], requires_grad=True)
        >>> mg.autograd.backward(x ** 3)
        >>> x.grad
        tensor([12.])
    """
    targets = None if inputs is None else _targets(inputs)
    wanted = None if targets is None else [id(t) for t in targets]
    before = mode.grad
    mode.grad = create_graph
    try:
        engine, taken = _start(tensors, grad_tensors, retain_graph, create_graph)
        engine.accumulates, engine.accepted, engine.taken = True, wanted, taken
        if targets is not None:
            engine.capture(targets)
        engine.run()
        if not engine.retain:
            recording.differentiated(tensors)
        leaves = engine.leaves
        for leaf in leaves if create_graph or wanted is not None else backend.settle(leaves) or ():
            engine.accumulate(leaf, leaves[leaf])
        if engine.ending:
            leaves.clear()
            for end in engine.ending:
                end()
        for post, leaf in engine.after:
            if wanted is None or id(leaf) in wanted:
                post(leaf)
    finally:
        mode.grad = before


def _targets(inputs: Any) -> tuple[Any, ...]:
    """Return the tensors that `backward` accumulates into; results among them retain their gradients."""
    targets = _several(inputs)
    if not targets:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    for tensor in targets:
        _check_tensor("inputs", tensor)
        tensor.retain_grad()
    return targets


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of the sum of `outputs` with respect to `inputs`; no tensor's `grad` changes.

    Args:
        outputs: A tensor or a sequence of them.
        inputs: A tensor or a sequence of them.
        grad_outputs: The gradients of the outputs, of their shapes; 1 for scalars by default.
        retain_graph: Whether to keep what the graph saved, for another backward; by default `create_graph`.
        create_graph: Whether to record the backward pass, for higher derivatives.
        only_inputs: Must be True.
        allow_unused: Whether an input that no output depends on gives None; otherwise it is an error.
        is_grads_batched: Whether gradients of the outputs have a dimension more in front: the results have it too, one
            for each of its elements, computed at once.
        materialize_grads: Whether such an input gives zeros.

    Returns:
        One gradient per input.

    Raises:
        RuntimeError: As `backward`; or an input was not used.
        ValueError: `materialize_grads` is set, and `allow_unused` is False.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([2.0], requires_grad=True)
        >>> mg.autograd.grad(x ** 3, x)
        (tensor([12.]),)
    """
    if is_grads_batched:  # by a map, which is made of operations, and they import this module
        of_vectors = import_module("mocrograd.func.derivatives").gradients_of_vectors
        options = {"allow_unused": allow_unused, "materialize_grads": materialize_grads}
        found: tuple[Any, ...] = of_vectors(outputs, inputs, grad_outputs, retain_graph, create_graph, **options)
        return found
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False.")
    given = inputs = _several(inputs)
    if any(type(tensor) in of_edges for tensor in inputs):
        like = next(t for t in (*_several(outputs), *_several(grad_outputs)) if isinstance(t, backend.TensorBase))
        inputs = tuple([standing_for(t, like) if type(t) in of_edges else t for t in inputs])
    for tensor in inputs:
        _check_tensor("inputs", tensor)
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    arguments = (outputs, inputs, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)
    grads: tuple[Any, ...] = (
        _gradients(*arguments) if mode.vmap is None else mode.vmap.gradients(_gradients, *arguments)
    )
    return grads if given is inputs else tuple([_like(t, grad) for t, grad in zip(given, grads, strict=True)])


def _like(given: Any, grad: Any) -> Any:
    """Return a gradient as a tensor of the kind that it was asked for, where that holds its elements in another one."""
    return given._like(grad) if grad is not None and hasattr(given, "_like") else grad


def _gradients(
    outputs: Any, inputs: tuple[Any, ...], grad_outputs: Any, retain_graph: bool | None, create_graph: bool,
    allow_unused: bool | None, materialize_grads: bool, level: Any = None,
) -> tuple[Any, ...]:  # fmt: skip
    """Return one gradient per input, as `grad`; `level` is one of `func.vmap` that gradients of outputs are batched at.

    Where they are, backward computes with operations, for which there are rules; kernels have none.
    """
    with set_grad_enabled(create_graph or level is not None):
        engine, _ = _start(outputs, grad_outputs, retain_graph, create_graph)
        engine.level = level
        engine.capture(inputs)
        engine.run()
    if not engine.retain:
        recording.differentiated(outputs)
    results = []
    for tensor in inputs:
        found = engine.leaves.get(tensor) if tensor.grad_fn is None else engine.captured[edge_of(tensor)]
        if found is None and materialize_grads:
            found = tensor.detach().new_zeros(*tensor.shape)
        if found is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(found.detach() if level is not None and not create_graph and found is not None else found)
    return tuple(results)
