"""The direct call of square brackets with integers, slices, None and an ellipsis: a view, recorded as views.mojo does it."""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, runtime_of
from mojo_kernels.python.direct.linear import rank_of
from mojo_kernels.python.direct.pointwise import bytes_of
from mojo_kernels.python.direct.record import node_of, of_spec, three, two, wants
from mojo_kernels.python.direct.rows import tuple_of
from mojo_kernels.python.direct.views import known_view
from mojo_kernels.python.kinds import Cells, drop, field, hold
from mojo_kernels.python.node import KEPT, attached, recording
from mojo_kernels.python.tensor import DENSE, MOST, SHAPE, SIZE, STRIDES, flag, item

comptime _MOST_RANK = 16
"""More dimensions than this have the general way."""
# Items of the specification, and the fields of a slice.
comptime _SLICE_TYPE = 1
comptime _ELLIPSIS = 2
comptime _START = 2
comptime _STEP = 4


@fieldwise_init
struct _Region(Movable):
    """A part of a tensor in the making."""

    var shape: Cells
    """Its sizes."""
    var strides: Cells
    """Its strides."""
    var rank: Int
    """How many dimensions it has so far."""
    var offset: Int
    """Where it starts, in elements."""
    var size: Int
    """How many elements it has so far."""

    def add(mut self, size: Int, stride: Int):
        """Adds a dimension."""
        self.shape.unsafe_store(self.rank, size)
        self.strides.unsafe_store(self.rank, stride)
        self.rank += 1
        self.size *= size


@always_inline
def _number(o: Object) -> Object:
    return external_call["PyLong_FromLongLong", Object](o)


def _tuple(cells: Cells, count: Int) -> Object:
    """Returns a new tuple of integers."""
    var made = external_call["PyTuple_New", Object](count)
    for i in range(count):
        _ = external_call["PyTuple_SetItem", Int32](made, i, _number(cells.unsafe_load(i)))
    return made


def _add_integer(index: Object, size: Int, stride: Int, mut region: _Region) -> Bool:
    """Goes to an element of a dimension; False where it has none of that number."""
    var number = external_call["PyLong_AsLongLong", Int](index)
    if number == -1 and external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    if number < -size or number >= size:
        return False
    region.offset += (number + size if number < 0 else number) * stride
    return True


def _add_slice(runtime: RuntimePointer, index: Object, size: Int, stride: Int, mut region: _Region) -> Bool:
    """Adds a part of a dimension; False where the slice is not of integers, or steps back."""
    for i in range(_START, _STEP + 1):
        if field(index, i) != runtime[].none and field(field(index, i), 1) != runtime[].int_type:
            return False
    var block = stack_allocation[3, Int]()
    var at = Cells(unsafe_from_address=Int(block))
    var start = Int(block)
    if external_call["PySlice_Unpack", Int32](index, start, start + 8, start + 16) < 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    var step = at.unsafe_load(2)
    if step < 1 or step > MOST:
        return False
    var length = external_call["PySlice_AdjustIndices", Int](size, start, start + 8, step)
    region.offset += at.unsafe_load(0) * stride
    region.add(length, stride * step)
    return True


def _parse(runtime: RuntimePointer, spec: Object, x: Object, items: Object, mut region: _Region) -> Bool:
    """Finds the part of a tensor that a tuple of indices names; False where the general way must."""
    var count = external_call["PyTuple_Size", Int](items)
    var used = 0
    var dots = 0
    for i in range(count):
        var index = external_call["PyTuple_GetItem", Object](items, i)
        if index == of_spec(spec, _ELLIPSIS):
            dots += 1
        elif field(index, 1) == runtime[].int_type or field(index, 1) == of_spec(spec, _SLICE_TYPE):
            used += 1
        elif index != runtime[].none:
            return False
    var rest = rank_of(x) - used
    if rest < 0 or dots > 1 or rank_of(x) + count > _MOST_RANK:
        return False
    var d = 0
    for i in range(count):
        var index = external_call["PyTuple_GetItem", Object](items, i)
        if index == runtime[].none:
            region.add(1, 0)
        elif index == of_spec(spec, _ELLIPSIS):
            _add_whole(x, d, rest, region)
            d += rest
        else:
            var size = item(field(x, SHAPE), d)
            var stride = item(field(x, STRIDES), d)
            d += 1
            if field(index, 1) == runtime[].int_type:
                if not _add_integer(index, size, stride, region):
                    return False
            elif not _add_slice(runtime, index, size, stride, region):
                return False
    _add_whole(x, d, rank_of(x) - d, region)
    return True


def _add_whole(x: Object, first: Int, count: Int, mut region: _Region):
    """Adds dimensions of a tensor."""
    for d in range(first, first + count):
        region.add(item(field(x, SHAPE), d), item(field(x, STRIDES), d))


def part_of(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes and records the view that an index names: (specification, x, index) -> tensor.

    Args:
        self_: The runtime.
        objects: The class, the type of slices and the ellipsis; a tensor; any object.
        count: 3.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var index = objects.unsafe_load(2)
    var itemsize = bytes_of(runtime, x)
    if itemsize < 2 or field(x, SIZE) == 0:  # 1 stands for dtypes of other sizes too
        return none(runtime)
    var recorded = recording(runtime)
    if recorded and wants(x) and not flag(x, DENSE):  # elements may share memory
        return none(runtime)
    var kind = field(index, 1)
    var single = kind == runtime[].int_type or kind == of_spec(spec, _SLICE_TYPE)
    single = single or index == runtime[].none or index == of_spec(spec, _ELLIPSIS)
    if not single and field(index, 1) != runtime[].tuple_type:
        return none(runtime)
    var sizes = stack_allocation[_MOST_RANK, Int]()
    var steps = stack_allocation[_MOST_RANK, Int]()
    var region = _Region(
        Cells(unsafe_from_address=Int(sizes)), Cells(unsafe_from_address=Int(steps)), 0, 0, 1
    )
    var items = tuple_of(hold(index)) if single else hold(index)
    var found = _parse(runtime, spec, x, items, region)
    drop(items)
    if not found:
        return none(runtime)
    if region.size == 0:
        region.offset = 0
    var shape = _tuple(region.shape, region.rank)
    var strides = _tuple(region.strides, region.rank)
    var view = known_view(runtime, x, shape, strides, region.offset * itemsize, region.size, recorded)
    if view != 0 and recorded and wants(x):
        view = _recorded(runtime, spec, x, view, region.offset)
    drop(shape)
    drop(strides)
    return view


def _recorded(runtime: RuntimePointer, spec: Object, x: Object, view: Object, offset: Int) -> Object:
    """Makes a view the output of a node; takes over the reference to it."""
    var block = stack_allocation[2, Int]()
    var operands = Cells(unsafe_from_address=Int(block))
    operands.unsafe_store(0, x)
    operands.unsafe_store(1, 0)
    var node = node_of(runtime, spec, 0, operands, 2)
    if node == 0:
        drop(view)
        return 0
    var layout = two(hold(field(x, SHAPE)), hold(field(x, STRIDES)))
    var part = three(hold(field(view, SHAPE)), hold(field(view, STRIDES)), _number(offset))
    Cells(unsafe_from_address=node).unsafe_store(KEPT, two(layout, part))
    return attached(runtime, node, view)
