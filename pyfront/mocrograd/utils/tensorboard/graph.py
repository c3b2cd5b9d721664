"""A model's graph for TensorBoard: the operations of one run, in boxes for its layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from mocrograd.autograd import enable_grad
from mocrograd.nn import Module
from mocrograd.tensor import Tensor


def graph_definition(model: Module, inputs: Any) -> Any:
    """Run a model in evaluation mode, and return TensorBoard's definition of its graph.

    Args:
        model: The model.
        inputs: Its input, or a tuple of inputs.

    Raises:
        ValueError: No output depends on an input or a parameter by operations that have gradients.
    """
    args = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    args = tuple(_leaf(arg) for arg in args)
    boxes: dict[int, str] = {}
    held: list[Any] = []  # so that an id stays that of one object
    scopes = dict(_scopes(model, type(model).__name__))

    def after(module: Module, inputs: Any, output: Any) -> None:
        for node in _nodes(output):
            held.append(node)
            boxes.setdefault(id(node), scopes[module])

    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with ExitStack() as hooks, enable_grad():
            for module in scopes:
                hooks.enter_context(module.register_forward_hook(after))
            output = model(*args)
    finally:
        for module, training in modes:
            module.training = training
    parameters = {id(p): f"{scopes[model]}/{name.replace('.', '/')}" for name, p in model.named_parameters()}
    leaves = {id(arg): f"input/{i}" for i, arg in enumerate(args)}
    return _definition(output, boxes, parameters, leaves)


def _definition(output: Any, boxes: dict[int, str], parameters: dict[int, str], leaves: dict[int, str]) -> Any:
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.compat.proto.node_def_pb2 import NodeDef
    from tensorboard.compat.proto.versions_pb2 import VersionDef

    nodes = list(_nodes(output))
    if not nodes:
        raise ValueError("add_graph(): no output depends on an input or a parameter by operations that have gradients")
    names: dict[int, str] = {}
    made = []

    def name_of(node: Any) -> str:
        """Return a node's name; that of a tensor comes with its own definition."""
        if id(node) not in names:
            if isinstance(node, Tensor):
                names[id(node)] = parameters.get(id(node)) or leaves.get(id(node)) or f"constant/{len(names)}"
                kind = "Parameter" if id(node) in parameters else "Input" if id(node) in leaves else "Constant"
                made.append(NodeDef(name=names[id(node)], op=kind, attr=_shape(node)))
            else:
                kind = node.name().removesuffix("Backward0")
                names[id(node)] = f"{boxes[id(node)]}/{kind}_{len(names)}"
        return names[id(node)]

    for node in reversed(nodes):
        before = [name_of(edge[0]) for edge in node.edges if edge is not None]
        made.append(NodeDef(name=name_of(node), op=node.name().removesuffix("Backward0"), input=before))
    for i, tensor in enumerate(_tensors(output)):
        if tensor.grad_fn is not None:
            before = [name_of(tensor.grad_fn)]
            made.append(NodeDef(name=f"output/{i}", op="Output", input=before, attr=_shape(tensor)))
    return GraphDef(node=made, versions=VersionDef(producer=22))


def _shape(tensor: Tensor) -> dict[str, Any]:
    """Return the attribute that tells a tensor's shape."""
    from tensorboard.compat.proto.attr_value_pb2 import AttrValue
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in tensor.shape])
    return {"_output_shapes": AttrValue(list=AttrValue.ListValue(shape=[shape]))}


def _leaf(argument: Any) -> Any:
    """Return an input that the graph can be followed to."""
    if isinstance(argument, Tensor) and argument.is_floating_point():
        return argument.detach().requires_grad_()
    return argument


def _scopes(module: Module, scope: str) -> Iterator[tuple[Module, str]]:
    """Iterate over a module and those below it, with the names of their boxes."""
    yield module, scope
    for name, child in module._modules.items():
        if child is not None:
            yield from _scopes(child, f"{scope}/{type(child).__name__}[{name}]")


def _tensors(output: Any) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output]
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else ()
    return [tensor for part in parts for tensor in _tensors(part)]


def _nodes(output: Any) -> Iterator[Any]:
    """Iterate over the operations that outputs came from, each after those that read it."""
    waiting = [tensor.grad_fn for tensor in _tensors(output) if tensor.grad_fn is not None]
    order, seen = [], set()
    stack = [(node, False) for node in waiting]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(edge[0], False) for edge in node.edges if edge is not None and not isinstance(edge[0], Tensor)]
    return reversed(order)
