"""The part of a backward pass that no hook, anomaly search or captured gradient looks at, in one call.

    run_nodes(tools, heap, pending, leaves, retain, send) -> None, or (node, gradient, results)

It takes node after node from the heap, runs the node's `backward` and hands each gradient on, as `_Engine.run` of
autograd/engine.py says. It stops where that engine must do a step itself: before a node that has several outputs or
hooks, whose results it then returns as None, and after one that returned too few gradients.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, runtime_of
from mojo_kernels.runtime.words import Names

comptime TOOLS: StaticString = (
    "heappop heappush backward edges _saved _packed _outputs _hooks _grad_hooks number"
)
"""What `tools` holds, in order: two functions of heapq, then the names of a node's attributes."""
comptime _TOOL = Names[TOOLS]()
comptime _LEAF = -1
comptime _Cells = MutPointer[Int, MutAnyOrigin]


@always_inline
def _drop(o: Object):
    external_call["Py_DecRef", NoneType](o)


@always_inline
def _hold(o: Object) -> Object:
    external_call["Py_IncRef", NoneType](o)
    return o


@always_inline
def _item(tuple: Object, i: Int) -> Object:
    return external_call["PyTuple_GetItem", Object](tuple, i)


@always_inline
def _size(sequence: Object) -> Int:
    return external_call["PySequence_Size", Int](sequence)


@always_inline
def _type(o: Object) -> Object:
    return _Cells(unsafe_from_address=o).unsafe_load(1)


@always_inline
def _fill(tuple: Object, i: Int, item: Object):
    """Puts an item into a new tuple, which takes over the reference."""
    _ = external_call["PyTuple_SetItem", Int32](tuple, i, item)


@always_inline
def _call(function: Object, a: Object, b: Object) -> Object:
    """Calls a function of two arguments; returns a new reference or NULL."""
    var block = stack_allocation[3, Int]()
    var cells = _Cells(unsafe_from_address=Int(block))
    cells.unsafe_store(0, 0)
    cells.unsafe_store(1, a)
    cells.unsafe_store(2, b)
    return external_call["PyObject_Vectorcall", Object](function, Int(cells) + 8, Int(2), Int(0))


@always_inline
def _attribute(node: Object, tools: Object, which: Int) -> Object:
    """Returns an attribute of a node, a new reference; NULL with an exception set."""
    return external_call["PyObject_GetAttr", Object](node, _item(tools, which))


@always_inline
def _is(node: Object, tools: Object, which: Int, value: Object) -> Bool:
    """Tells whether an attribute is an object that somebody else keeps alive."""
    var found = _attribute(node, tools, which)
    if found == 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    _drop(found)
    return found == value


struct _Pass(TrivialRegisterPassable):
    """The arguments of `run_nodes`, borrowed."""

    var none: Object
    var tuple_type: Object
    var tools: Object
    var heap: Object
    var pending: Object
    var leaves: Object
    var retain: Bool
    var send: Object
    var one: Object
    """The number 1, which is one object."""

    def __init__(out self, runtime: RuntimePointer, objects: Objects):
        self.none = runtime[].none
        self.tuple_type = runtime[].tuple_type
        self.tools = objects.unsafe_load(0)
        self.heap = objects.unsafe_load(1)
        self.pending = objects.unsafe_load(2)
        self.leaves = objects.unsafe_load(3)
        self.retain = external_call["PyObject_IsTrue", Int32](objects.unsafe_load(4)) != 0
        self.send = objects.unsafe_load(5)
        self.one = external_call["PyLong_FromLong", Object](Int(1))
        _drop(self.one)

    def next(self) -> Object:
        """Takes the node with the greatest number from the heap.

        Returns:
            The node, a new reference; or NULL with an exception set.
        """
        var entry = external_call["PyObject_CallOneArg", Object](_item(self.tools, _TOOL.heappop), self.heap)
        if entry == 0:
            return 0
        var node = _hold(_item(entry, 1))
        _drop(entry)
        return node

    def is_plain(self, node: Object) -> Bool:
        """Tells whether a node has one output and no hooks."""
        return (
            _is(node, self.tools, _TOOL._outputs, self.one)
            and _is(node, self.tools, _TOOL._hooks, self.none)
            and _is(node, self.tools, _TOOL._grad_hooks, self.none)
        )

    def run(self, node: Object, grad: Object) -> Object:
        """Runs a node's backward, and frees what it saved unless the graph is retained.

        Returns:
            A tuple of what it returned, a new reference; or NULL with an exception set.
        """
        var backward = _attribute(node, self.tools, _TOOL.backward)
        if backward == 0:
            return 0
        var results = _call(backward, node, grad)
        _drop(backward)
        if results == 0:
            return 0
        if _type(results) != self.tuple_type:
            var single = external_call["PyTuple_New", Object](Int(1))
            _fill(single, 0, results)
            results = single
        if not self.retain and not self.free(node):
            _drop(results)
            return 0
        return results

    def free(self, node: Object) -> Bool:
        """Forgets what a node saved, and says so with None in `_saved`; False after an exception."""
        var saved = self.is_true(node, _TOOL._saved)
        var packed = self.is_true(node, _TOOL._packed)
        if saved < 0 or packed < 0:
            return False
        if packed == 1:
            var empty = external_call["PyTuple_New", Object](Int(0))
            var status = external_call["PyObject_SetAttr", Int32](
                node, _item(self.tools, _TOOL._packed), empty
            )
            _drop(empty)
            if status != 0:
                return False
        if saved == 0 and packed == 0:
            return True
        return external_call["PyObject_SetAttr", Int32](node, _item(self.tools, _TOOL._saved), self.none) == 0

    def is_true(self, node: Object, which: Int) -> Int32:
        """Tells whether an attribute is true: 1, 0, or -1 after an exception."""
        var held = _attribute(node, self.tools, which)
        if held == 0:
            return -1
        var found = external_call["PyObject_IsTrue", Int32](held)
        _drop(held)
        return found

    def deliver(self, edges: Object, results: Object) -> Bool:
        """Hands a tuple of results on along as many edges; False after an exception."""
        for i in range(_size(results)):
            var edge = external_call["PySequence_GetItem", Object](edges, i)
            if edge == 0:
                return False
            var sent = self.hand_on(edge, _item(results, i))
            _drop(edge)
            if not sent:
                return False
        return True

    def hand_on(self, edge: Object, result: Object) -> Bool:
        """Hands a gradient on along an edge; False after an exception."""
        if edge == self.none or result == self.none:
            return True
        var target = _item(edge, 0)
        var number = external_call["PyLong_AsLong", Int](_item(edge, 1))
        if number == _LEAF:
            if not external_call["PyDict_Contains", Int32](self.leaves, target):
                return external_call["PyDict_SetItem", Int32](self.leaves, target, result) == 0
        elif number == 0 and _is(target, self.tools, _TOOL._outputs, self.one):
            if not external_call["PyDict_Contains", Int32](self.pending, target):
                return external_call["PyDict_SetItem", Int32](
                    self.pending, target, result
                ) == 0 and self.push(target)
        var done = _call(self.send, edge, result)
        if done == 0:
            return False
        _drop(done)
        return True

    def push(self, node: Object) -> Bool:
        """Puts a node onto the heap; False after an exception."""
        var number = _attribute(node, self.tools, _TOOL.number)
        if number == 0:
            return False
        var entry = external_call["PyTuple_New", Object](Int(2))
        _fill(entry, 0, external_call["PyNumber_Negative", Object](number))
        _fill(entry, 1, _hold(node))
        _drop(number)
        var done = _call(_item(self.tools, _TOOL.heappush), self.heap, entry)
        _drop(entry)
        if done == 0:
            return False
        _drop(done)
        return True


def run_nodes(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Runs the nodes on a heap until it is empty, or a step is the caller's.

    Args:
        self_: The runtime.
        objects: `TOOLS`; a heap of (-number, node); dicts of the gradients of nodes and of leaves; whether to keep what
            nodes saved; and a function of an edge and a gradient, for what is not simple.
        count: 6.

    Returns:
        None; (node, gradient, None) before a node or (node, gradient, results) after one; or NULL with an exception.
    """
    var backward = _Pass(runtime_of(self_), objects)
    while external_call["PyList_Size", Int](backward.heap) > 0:
        var node = backward.next()
        if node == 0:
            return 0
        var grad = _hold(external_call["PyDict_GetItemWithError", Object](backward.pending, node))
        _ = external_call["PyDict_DelItem", Int32](backward.pending, node)
        var results = backward.run(node, grad) if backward.is_plain(node) else _hold(backward.none)
        var edges = _attribute(node, backward.tools, _TOOL.edges) if results != 0 else 0
        var count_of_edges = _size(edges) if edges != 0 else -1
        var failed = results == 0 or count_of_edges < 0
        var mine = not failed and results != backward.none and _size(results) == count_of_edges
        if mine:
            failed = not backward.deliver(edges, results)
        if edges != 0:
            _drop(edges)
        if mine or failed:
            _drop(node)
            _drop(grad)
            if results != 0:
                _drop(results)
            if failed:
                return 0
        else:
            return _triple(node, grad, results)
    return _hold(backward.none)


def _triple(a: Object, b: Object, c: Object) -> Object:
    """Returns a tuple of three objects; takes over the references to them."""
    var tuple = external_call["PyTuple_New", Object](Int(3))
    _fill(tuple, 0, a)
    _fill(tuple, 1, b)
    _fill(tuple, 2, c)
    return tuple
