"""A backward pass below Python: `run_nodes` goes through the graph, `settle` hands the leaves their gradients.

A node's number is greater than those of all nodes it depends on. So the pending node with the greatest number has
received all its gradients, and pending nodes in the order of their numbers yield a right order. A node's gradients come
from its rule (rules.mojo) or its `backward`. Where somebody watches a node, and for nodes of several outputs, the
engine's own method runs it (autograd/engine.py).
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, fail, none, runtime_of
from mojo_kernels.python.direct.pointwise import REFUSED, drop_all, is_tensor, same_shape
from mojo_kernels.python.kinds import Cells, Results, drop, field, hold, store
from mojo_kernels.python.node import (
    EDGES,
    GRAD_HOOKS as NODE_GRAD_HOOKS,
    HOOKS,
    LEAF,
    MORE,
    NUMBER,
    PACKED,
    RULE,
    SAVED,
    is_node,
)
from mojo_kernels.python.rules import MOST_RESULTS, gradients_of
from mojo_kernels.python.tensor import DENSE, GRAD, GRAD_HOOKS, STORAGE, fits_as_grad, flag, is_plain

comptime _ENTRY = 3
"""Words of an entry: the node's number, the node, and its gradient or the list of those of its outputs."""
comptime _FIRST_ROOM = 16
comptime _COUNT_OF_REFERENCES = 0xFFFFFFFF
"""The bits of an object's first word that count references in every CPython."""


@always_inline
def _item(tuple: Object, i: Int) -> Object:
    return external_call["PyTuple_GetItem", Object](tuple, i)


@always_inline
def _size(tuple: Object) -> Int:
    return external_call["PyTuple_Size", Int](tuple) if tuple != 0 else 0


@always_inline
def _call(function: Object, a: Object, b: Object, c: Object = 0) -> Object:
    """Calls a function of two or three arguments; returns a new reference or NULL."""
    var block = stack_allocation[4, Int]()
    var cells = Cells(unsafe_from_address=Int(block))
    cells.unsafe_store(0, 0)
    cells.unsafe_store(1, a)
    cells.unsafe_store(2, b)
    cells.unsafe_store(3, c)
    return external_call["PyObject_VectorcallDict", Object](function, Int(cells) + 8, 2 + Int(c != 0), Int(0))


struct _Pending(Movable):
    """The nodes that have received gradients, in ascending order of number and address."""

    var entries: Cells
    var count: Int
    var room: Int

    def __init__(out self):
        """Makes room for a few."""
        self.entries = Cells(unsafe_from_address=external_call["malloc", Int](8 * _ENTRY * _FIRST_ROOM))
        self.count = 0
        self.room = _FIRST_ROOM

    def release(mut self):
        """Drops what is pending, and frees the memory."""
        while self.count > 0:
            self.count -= 1
            drop(self.at(self.count).unsafe_load(1))
            drop(self.at(self.count).unsafe_load(2))
        external_call["free", NoneType](self.entries)

    @always_inline
    def at(self, i: Int) -> Cells:
        """Returns an entry."""
        return self.entries.unsafe_offset(_ENTRY * i)

    def index_of(self, node: Object) -> Int:
        """Returns the index of the first entry that is not before a node's."""
        var number = field(node, NUMBER)
        var low = 0
        var high = self.count
        while low < high:
            var middle = (low + high) // 2
            var there = self.at(middle).unsafe_load(0)
            if there < number or (there == number and self.at(middle).unsafe_load(1) < node):
                low = middle + 1
            else:
                high = middle
        return low

    @always_inline
    def holds(self, i: Int, node: Object) -> Bool:
        """Tells whether an entry is a node's."""
        return i < self.count and self.at(i).unsafe_load(1) == node

    def insert(mut self, i: Int, node: Object, grad: Object):
        """Adds an entry in front of another one; takes over the reference to the gradient."""
        if self.count == self.room:
            self.room *= 2
            self.entries = Cells(
                unsafe_from_address=external_call["realloc", Int](self.entries, 8 * _ENTRY * self.room)
            )
        _ = external_call["memmove", Int](self.at(i + 1), self.at(i), 8 * _ENTRY * (self.count - i))
        self.at(i).unsafe_store(0, field(node, NUMBER))
        self.at(i).unsafe_store(1, hold(node))
        self.at(i).unsafe_store(2, grad)
        self.count += 1


struct _Pass(Movable):
    """A backward pass."""

    var shared: Int
    """The address of the runtime."""
    var pending: _Pending
    var leaves: Object
    var retain: Bool
    var by_rules: Bool
    """Whether rules compute gradients: nothing is recorded."""
    var watched: Bool
    """Whether the engine runs every node."""
    var needed: Object
    """A set of the nodes that lead to what is asked for, None where all gradients are."""
    var asked: Object
    """A set of the leaves whose gradients are asked for, where not all are."""
    var run_watched: Object
    var add_to_leaf: Object
    var refuse_count: Object

    def __init__(out self, runtime: RuntimePointer, objects: Objects):
        self.shared = Int(runtime)
        self.pending = _Pending()
        self.leaves = objects.unsafe_load(1)
        self.retain = objects.unsafe_load(2) == runtime[].true_object
        self.by_rules = objects.unsafe_load(3) != runtime[].true_object
        self.watched = objects.unsafe_load(4) == runtime[].true_object
        self.needed = objects.unsafe_load(5)
        self.asked = objects.unsafe_load(6)
        self.run_watched = objects.unsafe_load(7)
        self.add_to_leaf = objects.unsafe_load(8)
        self.refuse_count = objects.unsafe_load(9)

    @always_inline
    def runtime(self) -> RuntimePointer:
        """Returns the runtime."""
        return RuntimePointer(unsafe_from_address=self.shared)

    def run(mut self) -> Bool:
        """Runs nodes until none is pending; False after an exception."""
        while self.pending.count > 0:
            self.pending.count -= 1
            var last = self.pending.at(self.pending.count)
            var node = last.unsafe_load(1)
            var grad = last.unsafe_load(2)
            var done = self.step(node, grad)
            drop(node)
            drop(grad)
            if not done:
                return False
        return True

    @always_inline
    def is_plain(self, node: Object) -> Bool:
        """Tells whether a node has one output, and nobody watches it."""
        var hooks = field(node, HOOKS)
        var grad_hooks = field(node, NODE_GRAD_HOOKS)
        var nothing = self.runtime()[].none
        return (
            not self.watched
            and field(node, MORE) == 0
            and (hooks == 0 or hooks == nothing)
            and (grad_hooks == 0 or grad_hooks == nothing)
        )

    def step(mut self, node: Object, grad: Object) -> Bool:
        """Runs a node and hands its gradients on; False after an exception."""
        var results: Object
        if self.is_plain(node):
            if self.by_rules and field(node, RULE) != 0:
                var block = stack_allocation[MOST_RESULTS, Int]()
                var found = Results(unsafe_from_address=Int(block))
                var count = gradients_of(self.runtime(), node, grad, self.asked_of(node), found)
                if count != REFUSED:
                    return count > 0 and self.deliver(node, found, count)
            var backward = external_call["PyObject_GetAttr", Object](node, self.runtime()[].backward_name)
            if backward == 0:
                return False
            results = _call(backward, node, grad)
            drop(backward)
        else:
            var grads: Object
            if field(grad, 1) == self.runtime()[].list_type:
                grads = hold(grad)
            else:
                grads = external_call["PyList_New", Object](Int(1))
                _ = external_call["PyList_SetItem", Int32](grads, Int(0), hold(grad))
            var waiting = external_call["PyLong_FromLongLong", Object](Int(MutPointer(to=self.pending)))
            results = _call(self.run_watched, node, grads, waiting)
            drop(waiting)
            drop(grads)
        if results == 0:
            return False
        if field(results, 1) != self.runtime()[].tuple_type:
            var single = external_call["PyTuple_New", Object](Int(1))
            _ = external_call["PyTuple_SetItem", Int32](single, Int(0), results)
            results = single
        self.free(node)
        var edges = hold(field(node, EDGES))
        var done = self.are_enough(node, edges, _size(results))
        for i in range(min(_size(results), _size(edges))):
            done = done and self.hand_on(_item(edges, i), _item(results, i))
        drop(edges)
        drop(results)
        return done

    @always_inline
    def deliver(mut self, node: Object, results: Results, count: Int) -> Bool:
        """Hands the gradients of a rule on, and drops them; False after an exception."""
        self.free(node)
        var edges = hold(field(node, EDGES))
        var done = True
        for i in range(min(count, _size(edges))):
            if results.unsafe_load(i) != 0:
                done = done and self.hand_on(_item(edges, i), results.unsafe_load(i))
        drop(edges)
        drop_all(count, results)
        return done

    @always_inline
    def free(self, node: Object):
        """Forgets what a node saved, unless the graph is retained, and says so with None in `SAVED`."""
        if self.retain:
            return
        var saved = field(node, SAVED)
        if (saved != self.runtime()[].none and _size(saved) > 0) or _size(field(node, PACKED)) > 0:
            store(node, PACKED, 0)
            store(node, SAVED, none(self.runtime()))

    def are_enough(self, node: Object, edges: Object, count: Int) -> Bool:
        """Tells whether there is a gradient for each edge; False with an exception set."""
        for i in range(count, _size(edges)):
            if _item(edges, i) != self.runtime()[].none:
                var raised = _call(self.refuse_count, node, edges)
                drop(raised)
                return raised != 0
        return True

    @always_inline
    def leads(self, edge: Object) -> Bool:
        """Tells whether an edge, which is not None, leads to what is asked for."""
        if self.needed == self.runtime()[].none:
            return True
        var leaf = external_call["PyLong_AsLong", Int](_item(edge, 1)) == LEAF
        return (
            external_call["PySet_Contains", Int32](self.asked if leaf else self.needed, _item(edge, 0)) == 1
        )

    def asked_of(self, node: Object) -> Int:
        """Returns which gradients of a node are asked for, as bits."""
        if self.needed == self.runtime()[].none:
            return -1
        var edges = field(node, EDGES)
        var asked = 0
        for i in range(_size(edges)):
            var edge = _item(edges, i)
            if edge != self.runtime()[].none and self.leads(edge):
                asked |= 1 << i
        return asked

    def hand_on(mut self, edge: Object, grad: Object) -> Bool:
        """Hands a gradient on along an edge that leads to what is asked for; False after an exception."""
        var nothing = self.runtime()[].none
        if edge == nothing or grad == nothing:
            return True
        if not _is_edge(self.runtime(), edge):
            return _no_edge()
        if not self.leads(edge):
            return True
        if is_tensor(self.runtime(), grad) and not is_plain(grad):
            return self.hand_plain(edge, grad)
        var target = _item(edge, 0)
        var number = external_call["PyLong_AsLong", Int](_item(edge, 1))
        if number == LEAF:
            if external_call["PyErr_Occurred", Object]() != 0:
                return False
            return self.to_leaf(target, grad)
        if not is_node(self.runtime(), target):
            return _no_edge()
        var i = self.pending.index_of(target)
        var several = field(target, MORE) != 0
        if not self.pending.holds(i, target):
            self.pending.insert(
                i, target, _list_of(self.runtime(), field(target, MORE) + 1) if several else hold(grad)
            )
            return self.into_list(i, number, grad) if several else True
        if several:
            return self.into_list(i, number, grad)
        var sum = external_call["PyNumber_Add", Object](self.pending.at(i).unsafe_load(2), grad)
        if sum == 0:
            return False
        store(Int(self.pending.at(i)), 2, sum)
        return True

    def hand_plain(mut self, edge: Object, grad: Object) -> Bool:
        """Hands on a copy of a gradient whose elements are not what its memory holds: kernels of backward read it.
        """
        comptime CLONE: StaticString = "clone"
        var clone = external_call["PyObject_GetAttrString", Object](grad, CLONE.unsafe_ptr())
        if clone == 0:
            return False
        var copy = external_call["PyObject_CallNoArgs", Object](clone)
        drop(clone)
        var done = copy != 0 and self.hand_on(edge, copy)
        drop(copy)
        return done

    def into_list(self, i: Int, number: Int, grad: Object) -> Bool:
        """Adds a gradient to that of one of several outputs; False after an exception."""
        var grads = self.pending.at(i).unsafe_load(2)
        var before = external_call["PyList_GetItem", Object](grads, number)
        if before == 0:
            return False
        var sum = hold(grad) if before == self.runtime()[].none else external_call["PyNumber_Add", Object](
            before, grad
        )
        return sum != 0 and external_call["PyList_SetItem", Int32](grads, number, sum) == 0

    def to_leaf(self, leaf: Object, grad: Object) -> Bool:
        """Adds a gradient to those of the leaves; False after an exception."""
        if not is_tensor(self.runtime(), leaf):
            return _no_edge()
        var before = external_call["PyDict_GetItemWithError", Object](self.leaves, leaf)
        if before == 0:
            return external_call["PyDict_SetItem", Int32](self.leaves, leaf, grad) == 0
        var done = _call(self.add_to_leaf, leaf, grad)
        drop(done)
        return done != 0


def _no_edge() -> Bool:
    """Sets TypeError; returns False."""
    _ = fail("TypeError", String("an edge of a node must be a tuple of a node or a leaf, and a number"))
    return False


def _list_of(runtime: RuntimePointer, count: Int) -> Object:
    """Returns a new list of None."""
    var list = external_call["PyList_New", Object](count)
    for i in range(count):
        _ = external_call["PyList_SetItem", Int32](list, i, none(runtime))
    return list


def run_nodes(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Sends gradients back until only leaves hold some.

    Args:
        self_: The runtime.
        objects: A list of pairs of an edge and a gradient; the dict of the leaves' gradients, which is filled; whether
            to keep what nodes saved; whether the pass is recorded; whether the engine runs every node; the sets of the
            nodes and leaves that lead to what is asked for, None and anything where all gradients are; its methods that
            run a node, given a list of gradients and what `pending_nodes` takes, that add to a leaf's gradient, and that
            raise for too few gradients.
        count: 10.

    Returns:
        A list of the leaves that have hooks or whose gradients do not fit, None where there are none; or NULL with an
        exception set.
    """
    var runtime = runtime_of(self_)
    var backward = _Pass(runtime, objects)
    var roots = objects.unsafe_load(0)
    var done = True
    for i in range(external_call["PyList_Size", Int](roots)):
        var root = external_call["PyList_GetItem", Object](roots, i)
        done = done and backward.hand_on(_item(root, 0), _item(root, 1))
    done = done and backward.run()
    backward.pending.release()
    return _leaves_to_finish(runtime, objects.unsafe_load(1)) if done else 0


def pending_nodes(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Returns the nodes that wait in a pass: (what the pass has told the engine) -> list.

    Args:
        self_: The runtime.
        objects: The address of what is pending, while the pass calls the engine.
        count: 1.

    Returns:
        A list.
    """
    var address = external_call["PyLong_AsLongLong", Int](objects.unsafe_load(0))
    var pending = MutPointer[_Pending, MutAnyOrigin](unsafe_from_address=address)
    var nodes = external_call["PyList_New", Object](Int(0))
    for i in range(pending[].count):
        _ = external_call["PyList_Append", Int32](nodes, pending[].at(i).unsafe_load(1))
    return nodes


def leading_nodes(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Returns the nodes that lead to what a pass asks for: (roots, leaves, edges, least) -> set or None.

    Args:
        self_: The runtime.
        objects: A list of pairs of an edge and a gradient, where the pass begins; a set of leaves and a dict of edges,
            which it asks for; and the number of the oldest node that may lead to them.
        count: 4.

    Returns:
        The set, None where the pass reaches no leaf but those and asks for no edges; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var leaves = objects.unsafe_load(1)
    var results = objects.unsafe_load(2)
    var search = _Search(runtime, leaves, external_call["PyLong_AsLong", Int](objects.unsafe_load(3)))
    var roots = objects.unsafe_load(0)
    for i in range(external_call["PyList_Size", Int](roots)):
        search.follow(_item(external_call["PyList_GetItem", Object](roots, i), 0))
    search.run()
    var found = hold(runtime[].none)
    if search.others or external_call["PyDict_Size", Int](results) > 0:
        found = search.leading(results)
    search.rest.release()
    drop(search.order)
    if external_call["PyErr_Occurred", Object]() != 0:
        drop(found)
        return 0
    return found


struct _Search(Movable):
    """A way through a graph, from younger nodes to older ones."""

    var shared: Int
    """The address of the runtime."""
    var leaves: Object
    var least: Int
    """The number of the oldest node that counts."""
    var rest: _Pending
    """The nodes that are still to be looked at."""
    var order: Object
    """A list of those that have been."""
    var others: Bool
    """Whether another leaf was reached."""

    def __init__(out self, runtime: RuntimePointer, leaves: Object, least: Int):
        self.shared = Int(runtime)
        self.leaves = leaves
        self.least = least
        self.rest = _Pending()
        self.order = external_call["PyList_New", Object](Int(0))
        self.others = False

    def run(mut self):
        """Looks at all nodes."""
        while self.rest.count > 0:
            self.rest.count -= 1
            var node = self.rest.at(self.rest.count).unsafe_load(1)
            _ = external_call["PyList_Append", Int32](self.order, node)
            var edges = field(node, EDGES)
            for i in range(_size(edges)):
                self.follow(_item(edges, i))
            drop(node)

    def follow(mut self, edge: Object):
        """Notes what is behind an edge; sets an exception where it is none."""
        var runtime = RuntimePointer(unsafe_from_address=self.shared)
        if edge == runtime[].none:
            return
        if not _is_edge(runtime, edge):
            _ = _no_edge()
            return
        var target = _item(edge, 0)
        if _is_of_leaf(edge):
            self.others = self.others or external_call["PySet_Contains", Int32](self.leaves, target) != 1
        elif not is_node(runtime, target):
            _ = _no_edge()
        elif field(target, NUMBER) >= self.least:
            var i = self.rest.index_of(target)
            if not self.rest.holds(i, target):
                self.rest.insert(i, target, 0)

    def leading(self, results: Object) -> Object:
        """Returns a set of the nodes that lead to the leaves, or to the edges that are the keys of a dict."""
        var runtime = RuntimePointer(unsafe_from_address=self.shared)
        var found = external_call["PySet_New", Object](Int(0))
        for i in reversed(range(external_call["PyList_Size", Int](self.order))):
            var node = external_call["PyList_GetItem", Object](self.order, i)
            var edges = field(node, EDGES)
            for j in range(_size(edges)):
                var edge = _item(edges, j)
                if edge == runtime[].none or not _is_edge(runtime, edge):
                    continue
                var among = external_call["PySet_Contains", Int32](
                    self.leaves if _is_of_leaf(edge) else found, _item(edge, 0)
                )
                if among == 1 or external_call["PyDict_Contains", Int32](results, edge) == 1:
                    _ = external_call["PySet_Add", Int32](found, node)
                    break
        return found


@always_inline
def _is_edge(runtime: RuntimePointer, edge: Object) -> Bool:
    return (
        external_call["PyType_IsSubtype", Int32](field(edge, 1), runtime[].tuple_type) != 0
        and _size(edge) >= 2
    )


@always_inline
def _is_of_leaf(edge: Object) -> Bool:
    return external_call["PyLong_AsLong", Int](_item(edge, 1)) == LEAF


@always_inline
def _next(dict: Object, item: Cells) -> Bool:
    """Goes to the next item of a dict: a position, 0 at first, a key and a value; False behind the last."""
    return external_call["PyDict_Next", Int32](dict, Int(item), Int(item) + 8, Int(item) + 16) != 0


@always_inline
def _items(block: Int) -> Cells:
    """Returns the words that `_next` needs, at the start of a dict."""
    var item = Cells(unsafe_from_address=block)
    item.unsafe_store(0, 0)
    return item


def _listed(list: Object, o: Object) -> Object:
    """Returns a list with an object at its end, a new one where it is 0."""
    var longer = list if list != 0 else external_call["PyList_New", Object](Int(0))
    _ = external_call["PyList_Append", Int32](longer, o)
    return longer


def _leaves_to_finish(runtime: RuntimePointer, leaves: Object) -> Object:
    """Returns a list of the leaves that have hooks or whose gradients have another shape; None where there are none.
    """
    var found = 0
    var block = stack_allocation[3, Int]()
    var at = _items(Int(block))
    while _next(leaves, at):
        var leaf = at.unsafe_load(1)
        var grad = at.unsafe_load(2)
        var hooks = field(leaf, GRAD_HOOKS)
        if (
            (hooks != 0 and hooks != runtime[].none)
            or not is_tensor(runtime, grad)
            or not same_shape(leaf, grad)
        ):
            found = _listed(found, leaf)
    return found if found != 0 else none(runtime)


def settle(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Hands leaves without a gradient theirs, where nobody else holds it or its memory: (leaves) -> the others.

    Args:
        self_: The runtime.
        objects: A dict of the gradients of leaves.
        count: 1.

    Returns:
        A list of the leaves that are left, None where there are none.
    """
    var runtime = runtime_of(self_)
    var left = 0
    var block = stack_allocation[3, Int]()
    var at = _items(Int(block))
    while _next(objects.unsafe_load(0), at):
        var leaf = at.unsafe_load(1)
        var grad = at.unsafe_load(2)
        var before = field(leaf, GRAD)
        if (
            (before == 0 or before == runtime[].none)
            and field(grad, 1) == runtime[].tensor_type
            and field(grad, 0) & _COUNT_OF_REFERENCES == 1
            and flag(grad, DENSE)
            and flag(leaf, DENSE)
            and field(field(grad, STORAGE), 0) & _COUNT_OF_REFERENCES == 1
            and fits_as_grad(leaf, grad)
        ):
            store(leaf, GRAD, hold(grad))
        else:
            left = _listed(left, leaf)
    return left if left != 0 else none(runtime)
