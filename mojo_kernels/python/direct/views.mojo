"""Direct calls of views: tensors over the memory of others, which know of them where operations are recorded."""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.make import is_whole
from mojo_kernels.python.direct.pointwise import is_tensor
from mojo_kernels.python.direct.record import node_of, number_of
from mojo_kernels.python.kinds import Cells, drop, field, hold, store
from mojo_kernels.python.node import KEPT, attached, recording
from mojo_kernels.python.tensor import (
    BASE,
    DEVICE,
    GRAD_FN,
    REQUIRES_GRAD,
    STAMP,
    flag,
    new_view,
    with_stamp,
)

comptime _MOST_ARGUMENTS = 3


@always_inline
def _integer(o: Object) -> Int:
    return external_call["PyLong_AsLongLong", Int](o)


def _forget_gone(runtime: RuntimePointer, stamp: Object):
    """Drops the references of a stamp to views that are gone."""
    var left = external_call["PyList_New", Object](Int(0))
    var count = external_call["PyList_Size", Int](stamp)
    for i in range(1, count):
        var reference = external_call["PyList_GetItem", Object](stamp, i)
        var view = external_call["PyObject_CallNoArgs", Object](reference)
        if view == 0:
            external_call["PyErr_Clear", NoneType]()
        elif view != runtime[].none:
            _ = external_call["PyList_Append", Int32](left, reference)
        drop(view)
    _ = external_call["PyList_SetSlice", Int32](stamp, Int(1), count, left)
    drop(left)


def _make_known(runtime: RuntimePointer, base: Object, view: Object) -> Bool:
    """Tells a view its base, and the base of the view where a change in place may give them a new history; False with
    an exception set."""
    var root = field(base, BASE)
    if root == 0 or root == runtime[].none:
        root = base
    store(view, BASE, hold(root))
    var node = field(root, GRAD_FN)
    if flag(root, REQUIRES_GRAD) and (node == 0 or node == runtime[].none):
        return True  # a leaf that requires a gradient has one history
    var reference = external_call["PyWeakref_NewRef", Object](view, Int(0))
    if reference == 0:
        return False
    var stamp = field(view, STAMP)
    var done = external_call["PyList_Append", Int32](stamp, reference) == 0
    drop(reference)
    var count = external_call["PyList_Size", Int](stamp)
    if done and count & (count - 1) == 0:
        _forget_gone(runtime, stamp)
    return done


def known_view(
    runtime: RuntimePointer,
    base: Object,
    shape: Object,
    strides: Object,
    offset: Int,
    size: Int,
    recorded: Bool,
) -> Object:
    """Makes a view that takes no part in the graph.

    Args:
        runtime: The runtime.
        base: The tensor in whose memory it lies.
        shape: Its sizes, a tuple.
        strides: Its strides, a tuple.
        offset: Where it starts, in bytes.
        size: The number of its elements.
        recorded: Whether operations are recorded, for which the two must know of each other.

    Returns:
        A new reference; or NULL with an exception set.
    """
    var view = new_view(runtime, with_stamp(runtime, base), shape, strides, offset, size)
    if view != 0 and recorded and not _make_known(runtime, base, view):
        drop(view)
        return 0
    return view


@always_inline
def _is_batched(runtime: RuntimePointer, base: Object) -> Bool:
    """Tells whether a tensor stands for one of each sample: it has no device."""
    return field(base, DEVICE) == runtime[].none


def view_of(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a view that takes no part in the graph: (base, shape, strides, offset in bytes, size) -> tensor.

    Args:
        self_: The runtime.
        objects: A tensor, and the layout of the view.
        count: 5.

    Returns:
        A tensor; None for a batched base; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var base = objects.unsafe_load(0)
    if not is_whole(base):
        return 0
    if _is_batched(runtime, base):
        return none(runtime)
    return known_view(
        runtime,
        base,
        objects.unsafe_load(1),
        objects.unsafe_load(2),
        _integer(objects.unsafe_load(3)),
        _integer(objects.unsafe_load(4)),
        recording(runtime),
    )


def recorded_view(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes and records a view from the first element on: (specification, x, shape, strides, kept, size) -> tensor.

    Args:
        self_: The runtime.
        objects: The class, how many arguments its forward has and the rule; a tensor, the layout of the view, what
            backward needs, and the number of elements.
        count: 6.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    if not is_tensor(runtime, x) or field(x, DEVICE) == 0 or _is_batched(runtime, x):
        return none(runtime)
    var recorded = recording(runtime)
    var size = _integer(objects.unsafe_load(5))
    var view = known_view(runtime, x, objects.unsafe_load(2), objects.unsafe_load(3), 0, size, recorded)
    if view == 0 or not recorded or not flag(x, REQUIRES_GRAD):
        return view
    var block = stack_allocation[_MOST_ARGUMENTS, Int]()
    var operands = Cells(unsafe_from_address=Int(block))
    operands.unsafe_store(0, x)
    operands.unsafe_store(1, 0)
    operands.unsafe_store(2, 0)
    var node = node_of(runtime, spec, number_of(spec, 2), operands, number_of(spec, 1))
    if node == 0:
        drop(view)
        return 0
    store(node, KEPT, hold(objects.unsafe_load(4)))
    return attached(runtime, node, view)
