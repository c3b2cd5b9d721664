"""The part of a node of the graph that lies in C fields, and how a result becomes the output of a node.

`NodeBase` is a Python type with fields at fixed offsets; `Function` in autograd/function.py derives from it. A node that
a direct call made has a specification too: a tuple that begins with the class, whose further items the `Rule` knows by
which `backward.mojo` computes gradients without Python. It does what the `backward` of the class says, on what the class
keeps.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, fail, none, runtime_of
from mojo_kernels.python.kinds import (
    Cells,
    Kind,
    LONGLONG,
    OBJECT,
    READONLY,
    SSIZE,
    WRITABLE,
    clear_fields,
    drop,
    field,
    free_object,
    hold,
    none_object,
    store,
    visit_fields,
)
from mojo_kernels.python.tensor import EDGE, GRAD_FN, REQUIRES_GRAD, STAMP, flag, is_plain

# Fields.
comptime EDGES = 2
"""A tuple, of an edge or None for each argument of forward. This one and the next three: not set where it is empty."""
comptime SAVED = 3
"""A tuple of tensors and None; None once they have been freed."""
comptime PACKED = 4
"""A tuple of what hooks made of the saved tensors."""
comptime SAVED_OUTPUTS = 5
"""A tuple of pairs: positions in `SAVED` and numbers of outputs that stand there."""
comptime HOOKS = 6
"""The hooks of the node, None or not set where there are none."""
comptime GRAD_HOOKS = 7
"""The hooks of its outputs' gradients."""
comptime KEPT = 8
"""Other values that backward needs."""
comptime SPEC = 9
"""The specification; not set where `backward` is to be called."""
comptime _DICT = 10
"""The dict of other attributes, which is made when the first one is set."""
comptime _OBJECTS_END = 11
comptime NUMBER = 11
"""The number, greater than those of all nodes that it depends on."""
comptime TIME = 12
"""The clock when the tensors were saved."""
comptime MORE = 13
"""How many outputs it has besides the first."""
comptime RULE = 14
"""The rule that computes its gradients; 0 where `backward` is to be called."""
comptime _WORDS = 15
comptime LEAF = -1
"""The output number of an edge that leads to a leaf."""

# What the attributes that are tuples need to know, in words.
comptime _FIELD = 0
comptime _EMPTY = 1
comptime _NONE = 2
comptime _TUPLE = 3


@always_inline
def _known(known: Int, i: Int) -> Int:
    return Cells(unsafe_from_address=known).unsafe_load(i)


def _get_tuple(self_: Object, known: Int) abi("C") -> Object:
    """Returns a field that is a tuple."""
    var held = field(self_, _known(known, _FIELD))
    return hold(held if held != 0 else _known(known, _EMPTY))


def _set_tuple(self_: Object, value: Object, known: Int) abi("C") -> Int32:
    """Sets a field to the tuple of a sequence, or what was saved to None."""
    var at = _known(known, _FIELD)
    if value == 0:
        _ = fail("TypeError", String("a node's fields cannot be deleted"))
        return -1
    var taken = hold(value)
    if field(value, 1) != _known(known, _TUPLE) and not (at == SAVED and value == _known(known, _NONE)):
        drop(taken)
        taken = external_call["PySequence_Tuple", Object](value)
        if taken == 0:
            return -1
    store(self_, at, taken)
    return 0


def _get_dict(self_: Object, known: Int) abi("C") -> Object:
    """Returns the dict of other attributes."""
    return external_call["PyObject_GenericGetDict", Object](self_, Int(0))


def _set_dict(self_: Object, value: Object, known: Int) abi("C") -> Int32:
    """Replaces the dict of other attributes."""
    return external_call["PyObject_GenericSetDict", Int32](self_, value, Int(0))


def _get_outputs(self_: Object, known: Int) abi("C") -> Object:
    """Returns the number of outputs."""
    return external_call["PyLong_FromLongLong", Object](field(self_, MORE) + 1)


def _set_outputs(self_: Object, value: Object, known: Int) abi("C") -> Int32:
    """Sets the number of outputs."""
    var count = external_call["PyLong_AsLongLong", Int](value) if value != 0 else 0
    if external_call["PyErr_Occurred", Object]() != 0:
        return -1
    if count < 0:
        _ = fail("ValueError", String("a node has no fewer than 0 outputs"))
        return -1
    Cells(unsafe_from_address=self_).unsafe_store(MORE, count - 1)
    return 0


def _traverse(self_: Object, visit: Int, arg: Object) abi("C") -> Int32:
    """Shows the garbage collector what a node refers to."""
    return visit_fields(self_, _OBJECTS_END, visit, arg)


def _clear(self_: Object) abi("C") -> Int32:
    """Drops what a node refers to."""
    return clear_fields(self_, _OBJECTS_END)


def _dealloc(self_: Object) abi("C"):
    """Frees a node."""
    free_object(self_, _OBJECTS_END)


def make_node_type() -> Object:
    """Makes the type NodeBase.

    Returns:
        A new reference; or NULL with an exception set.
    """
    var kind = Kind(6, 6)
    kind.member("__dictoffset__", SSIZE, 8 * _DICT, READONLY)
    kind.member("number", LONGLONG, 8 * NUMBER, WRITABLE)
    kind.member("_time", LONGLONG, 8 * TIME, WRITABLE)
    kind.member("_hooks", OBJECT, 8 * HOOKS, WRITABLE)
    kind.member("_grad_hooks", OBJECT, 8 * GRAD_HOOKS, WRITABLE)
    kind.member("kept", OBJECT, 8 * KEPT, WRITABLE)
    var empty = external_call["PyTuple_New", Object](Int(0))
    var nothing = none_object()
    comptime for i in range(4):
        comptime NAME: StaticString = "edges" if i == 0 else "_saved" if i == 1 else (
            "_packed" if i == 2 else "_saved_outputs"
        )
        var known = Cells(unsafe_from_address=external_call["malloc", Int](Int(32)))
        known.unsafe_store(_FIELD, EDGES + i)
        known.unsafe_store(_EMPTY, empty)
        known.unsafe_store(_NONE, nothing)
        known.unsafe_store(_TUPLE, field(empty, 1))
        kind.attribute(NAME, _get_tuple, _set_tuple, Int(known))
    kind.attribute("__dict__", _get_dict, _set_dict, 0)
    kind.attribute("_outputs", _get_outputs, _set_outputs, 0)
    return kind.make("mocrograd._kernels.core.NodeBase", _WORDS, _traverse, _clear, _dealloc)


@always_inline
def is_node(runtime: RuntimePointer, o: Object) -> Bool:
    """Returns whether an object is a node.

    Args:
        runtime: The runtime.
        o: Any object.

    Returns:
        Whether its type derives from NodeBase.
    """
    return external_call["PyType_IsSubtype", Int32](field(o, 1), runtime[].node_type) != 0


@always_inline
def recording(runtime: RuntimePointer) -> Bool:
    """Returns whether operations are recorded in this thread.

    Args:
        runtime: The runtime.

    Returns:
        `mode.grad`.
    """
    var grad = external_call["PyObject_GetAttr", Object](runtime[].mode, runtime[].grad_name)
    drop(grad)
    return grad == runtime[].true_object or (grad != 0 and external_call["PyObject_IsTrue", Int32](grad) == 1)


@always_inline
def edge_of(runtime: RuntimePointer, tensor: Object) -> Object:
    """Returns the edge to a tensor that requires a gradient.

    Args:
        runtime: The runtime.
        tensor: The tensor.

    Returns:
        A new reference to a tuple.
    """
    var edge = field(tensor, EDGE)
    return hold(edge) if edge != 0 and edge != runtime[].none else pair(hold(tensor), LEAF)


@always_inline
def pair(first: Object, number: Int) -> Object:
    """Returns a tuple of an object and a number.

    Args:
        first: A new reference, which the tuple takes over.
        number: The number.

    Returns:
        A new reference.
    """
    var made = external_call["PyTuple_New", Object](Int(2))
    _ = external_call["PyTuple_SetItem", Int32](made, Int(0), first)
    _ = external_call["PyTuple_SetItem", Int32](
        made, Int(1), external_call["PyLong_FromLongLong", Object](number)
    )
    return made


@always_inline
def edges_of(runtime: RuntimePointer, tensors: Objects, count: Int) -> Object:
    """Returns the edges of a node.

    Args:
        runtime: The runtime.
        tensors: The arguments of forward; 0 stands for one that has no gradient.
        count: Their number.

    Returns:
        A new reference to a tuple of edges and None; 0 where there is no edge.
    """
    var edges = 0
    for i in range(count):
        var tensor = tensors.unsafe_load(i)
        if tensor == 0 or not flag(tensor, REQUIRES_GRAD):
            continue
        if edges == 0:
            edges = external_call["PyTuple_New", Object](count)
        _ = external_call["PyTuple_SetItem", Int32](edges, i, edge_of(runtime, tensor))
    if edges != 0:
        for i in range(count):
            if external_call["PyTuple_GetItem", Object](edges, i) == 0:
                _ = external_call["PyTuple_SetItem", Int32](edges, i, none(runtime))
    return edges


def new_node(spec: Object, edges: Object) -> Object:
    """Makes a node.

    Args:
        spec: The specification.
        edges: The edges, a new reference, which the node takes over.

    Returns:
        A new reference; or NULL with an exception set.
    """
    var node = external_call["PyType_GenericAlloc", Object](
        external_call["PyTuple_GetItem", Object](spec, Int(0)), Int(0)
    )
    if node == 0:
        drop(edges)
        return 0
    var cells = Cells(unsafe_from_address=node)
    cells.unsafe_store(EDGES, edges)
    cells.unsafe_store(SPEC, hold(spec))
    return node


@always_inline
def time_now(runtime: RuntimePointer) -> Int:
    """Returns how often tensors were changed in place so far.

    Args:
        runtime: The runtime.

    Returns:
        The clock.
    """
    return external_call["PyLong_AsLongLong", Int](
        external_call["PyList_GetItem", Object](runtime[].clock, Int(0))
    )


def begin(runtime: RuntimePointer, node: Object) -> Bool:
    """Numbers a node, and packs what it saved where hooks are set.

    Args:
        runtime: The runtime.
        node: The node.

    Returns:
        False with an exception set.
    """
    var cells = Cells(unsafe_from_address=node)
    runtime[].nodes += 1
    cells.unsafe_store(NUMBER, runtime[].nodes)
    cells.unsafe_store(TIME, time_now(runtime))
    if external_call["PyList_Size", Int](runtime[].packers) == 0:
        return True
    var given = stack_allocation[1, Object]()
    given[unsafe_offset=0] = node
    var done = external_call["PyObject_VectorcallDict", Object](runtime[].pack, Int(given), Int(1), Int(0))
    drop(done)
    return done != 0


def link(tensor: Object, node: Object, number: Int):
    """Makes a tensor an output of a node.

    Args:
        tensor: The tensor.
        node: The node.
        number: Which output it is.
    """
    MutPointer[UInt8, MutAnyOrigin](unsafe_from_address=tensor).unsafe_store(REQUIRES_GRAD, UInt8(1))
    store(tensor, GRAD_FN, hold(node))
    store(tensor, EDGE, pair(hold(node), number))


def attached(runtime: RuntimePointer, node: Object, result: Object) -> Object:
    """Makes a new tensor the one result of a new node, which saved no output.

    Args:
        runtime: The runtime.
        node: The node, a new reference, which the tensor takes over.
        result: The tensor, a new reference.

    Returns:
        The tensor; or NULL with an exception set.
    """
    var done = begin(runtime, node)
    if done:
        link(result, node, 0)
    drop(node)
    if done:
        return result
    drop(result)
    return 0


def _both(runtime: RuntimePointer, objects: Objects) -> Bool:
    """Tells whether there are a node and a tensor; sets TypeError where not."""
    if is_node(runtime, objects.unsafe_load(0)) and (
        external_call["PyType_IsSubtype", Int32](field(objects.unsafe_load(1), 1), runtime[].tensor_type) != 0
    ):
        return True
    _ = fail("TypeError", String("expected a node and a tensor"))
    return False


def attach(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a tensor the one result of a node that saved no output: (node, tensor) -> None.

    Args:
        self_: The runtime.
        objects: A node whose edges are set, and the tensor.
        count: 2.

    Returns:
        None; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    if count != 2 or not _both(runtime, objects) or not begin(runtime, objects.unsafe_load(0)):
        return 0
    link(objects.unsafe_load(1), objects.unsafe_load(0), 0)
    return none(runtime)


def number_node(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Numbers a node: (node) -> None.

    Args:
        self_: The runtime.
        objects: A node that is about to get outputs.
        count: 1.

    Returns:
        None; or NULL with TypeError set.
    """
    var runtime = runtime_of(self_)
    var node = objects.unsafe_load(0)
    if not is_node(runtime, node):
        return fail("TypeError", String("expected a node"))
    runtime[].nodes += 1
    Cells(unsafe_from_address=node).unsafe_store(NUMBER, runtime[].nodes)
    Cells(unsafe_from_address=node).unsafe_store(TIME, time_now(runtime))
    return none(runtime)


def recorded_edges(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Finds the edges of a node: (arguments of forward) -> edges.

    Args:
        self_: The runtime.
        objects: A tuple of arguments, of which any may be no tensors.
        count: 1.

    Returns:
        A tuple of an edge or None for each argument, empty where nothing is to be recorded; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var arguments = objects.unsafe_load(0)
    if count != 1 or field(arguments, 1) != runtime[].tuple_type:
        return fail("TypeError", String("expected a tuple of arguments"))
    var edges = 0
    var number = external_call["PyTuple_Size", Int](arguments)
    for i in range(number):
        var edge = _edge_of_any(runtime, external_call["PyTuple_GetItem", Object](arguments, i))
        if edge == runtime[].none:
            continue
        if edge != 0 and edges == 0:
            if not recording(runtime):
                drop(edge)
                break
            edges = external_call["PyTuple_New", Object](number)
        if edge == 0 or edges == 0:
            drop(edges)
            return 0
        _ = external_call["PyTuple_SetItem", Int32](edges, i, edge)
    if edges == 0:
        return external_call["PyTuple_New", Object](Int(0))
    for i in range(number):
        if external_call["PyTuple_GetItem", Object](edges, i) == 0:
            _ = external_call["PyTuple_SetItem", Int32](edges, i, none(runtime))
    return edges


def _edge_of_any(runtime: RuntimePointer, x: Object) -> Object:
    """Returns the edge to an argument, a new reference; None, borrowed, where it has none; or NULL with an exception set.

    Classes that derive from Tensor may define the attributes that are fields of a tensor, so they are asked.
    """
    var kind = field(x, 1)
    if kind == runtime[].tensor_type:
        return edge_of(runtime, x) if flag(x, REQUIRES_GRAD) else runtime[].none
    if external_call["PyType_IsSubtype", Int32](kind, runtime[].tensor_type) == 0:
        return runtime[].none
    var required = external_call["PyObject_GetAttr", Object](x, runtime[].requires_name)
    drop(required)
    if required != runtime[].true_object:
        return 0 if required == 0 else runtime[].none
    var edge = external_call["PyObject_GetAttr", Object](x, runtime[].edge_name)
    if edge != runtime[].none:
        return edge
    drop(edge)
    return pair(hold(x), LEAF)


def record(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes new tensors the results of a node: (node, tensor or tuple of them) -> whether it could.

    Args:
        self_: The runtime.
        objects: A node whose edges are set, and its results.
        count: 2.

    Returns:
        False, with nothing done, where a result is no plain tensor or was saved by the node, or what was saved is a
        conjugate or negative view; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var node = objects.unsafe_load(0)
    var results = objects.unsafe_load(1)
    if count != 2 or not is_node(runtime, node):
        return fail("TypeError", String("expected a node and its results"))
    if field(results, 1) != runtime[].tuple_type:
        if not _is_new(runtime, node, results):
            return external_call["PyBool_FromLong", Object](Int(0))
        if not begin(runtime, node):
            return 0
        link(results, node, 0)
        return external_call["PyBool_FromLong", Object](Int(1))
    var number = external_call["PyTuple_Size", Int](results)
    for i in range(number):
        if not _is_new(runtime, node, external_call["PyTuple_GetItem", Object](results, i)):
            return external_call["PyBool_FromLong", Object](Int(0))
    if not begin(runtime, node):
        return 0
    Cells(unsafe_from_address=node).unsafe_store(MORE, number - 1)
    for i in range(number):
        link(external_call["PyTuple_GetItem", Object](results, i), node, i)
    return external_call["PyBool_FromLong", Object](Int(1))


def _is_new(runtime: RuntimePointer, node: Object, result: Object) -> Bool:
    """Returns whether a result of a node is a plain tensor, that the node has not saved, and whether its memory holds all
    that the node has saved."""
    if field(result, 1) != runtime[].tensor_type:
        return False
    var saved = field(node, SAVED)
    if saved == 0 or saved == runtime[].none:
        return True
    for i in range(external_call["PyTuple_Size", Int](saved)):
        var one = external_call["PyTuple_GetItem", Object](saved, i)
        if one == result or (field(one, 1) == runtime[].tensor_type and not is_plain(one)):
            return False
    return True


def set_up_graph(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells the runtime how autograd records: (NodeBase, mode, names, True, clock, packers, pack) -> None.

    Args:
        self_: The runtime.
        objects: The type of nodes, the switches of threads, the names "grad" of the one that counts, "backward" of the
            method that computes gradients, "requires_grad" and "_edge" of a tensor's attributes, True, the clock's list,
            the hooks that pack what is saved and the function that does; they live as long as the process.
        count: 10.

    Returns:
        None.
    """
    var runtime = runtime_of(self_)
    for i in range(count):
        external_call["Py_IncRef", NoneType](objects.unsafe_load(i))
    runtime[].node_type = objects.unsafe_load(0)
    runtime[].mode = objects.unsafe_load(1)
    runtime[].grad_name = objects.unsafe_load(2)
    runtime[].backward_name = objects.unsafe_load(3)
    runtime[].requires_name = objects.unsafe_load(4)
    runtime[].edge_name = objects.unsafe_load(5)
    runtime[].true_object = objects.unsafe_load(6)
    runtime[].clock = objects.unsafe_load(7)
    runtime[].packers = objects.unsafe_load(8)
    runtime[].pack = objects.unsafe_load(9)
    return none(runtime)


def unchanged_since(runtime: RuntimePointer, saved: Object, time: Int) -> Bool:
    """Tells whether saved tensors are tensors that were not changed in place since.

    Args:
        runtime: The runtime.
        saved: A tuple of tensors and None.
        time: The clock when they were saved.

    Returns:
        Whether they are; where it is False, Python looks closer.
    """
    var later = time_now(runtime) != time
    for i in range(external_call["PyTuple_Size", Int](saved)):
        var tensor = external_call["PyTuple_GetItem", Object](saved, i)
        if tensor == runtime[].none:
            continue
        if external_call["PyType_IsSubtype", Int32](field(tensor, 1), runtime[].tensor_type) == 0:
            return False
        var stamp = field(tensor, STAMP) if later else 0
        if stamp == 0 or stamp == runtime[].none:
            continue
        if field(stamp, 1) != runtime[].list_type or external_call["PyList_Size", Int](stamp) == 0:
            return False
        var changed = external_call["PyList_GetItem", Object](stamp, Int(0))
        if external_call["PyLong_AsLongLong", Int](changed) > time:
            return False
    return True
