"""The direct call of cross-entropy, recorded as record.mojo does it: of a mean or a sum over rows of scores, with one class each.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.loss.cross_entropy import CrossEntropyBackward, CrossEntropyForward
from mojo_kernels.python.call import Object, Objects, RuntimePointer, none, result_of, run_kernel, runtime_of
from mojo_kernels.python.direct.linear import rank_of, single
from mojo_kernels.python.direct.pointwise import (
    REFUSED,
    entry_of,
    is_tensor,
    itemsize_of,
    ran,
    scalar_word,
)
from mojo_kernels.python.direct.record import CROSS_ENTROPY, node_of, of_spec, two
from mojo_kernels.python.kinds import Cells, Results, drop, field, hold
from mojo_kernels.python.node import KEPT, SAVED, attached, recording
from mojo_kernels.python.tensor import (
    ADDRESS,
    DENSE,
    DTYPE,
    REQUIRES_GRAD,
    SHAPE,
    SIZE,
    STRIDES,
    flag,
    item,
    new_tensor,
    on_host,
)
from mojo_kernels.runtime.types import INDEX_OUT_OF_RANGE, MAX_WORDS, OK, Words

comptime _FORWARD = CrossEntropyForward[DType.float32].AT
comptime _BACKWARD = CrossEntropyBackward[DType.float32].AT
comptime _ARGUMENTS = 5
"""Those of the class's forward: scores, classes, reduction, the class to ignore, smoothing."""
comptime _MEAN = 1
comptime _SUM = 2
comptime _WORK = 4
"""Units of work for each score."""


def _is_of_rows(runtime: RuntimePointer, x: Object, target: Object) -> Bool:
    """Tells whether two tensors are contiguous scores and the classes of their rows."""
    return (
        itemsize_of(runtime, x) > 2  # of 16 bits, what belongs to a row is float32
        and is_tensor(runtime, target)
        and on_host(runtime, target)
        and field(target, DTYPE) == runtime[].int64
        and rank_of(x) == 2
        and rank_of(target) == 1
        and flag(x, DENSE)
        and flag(target, DENSE)
        and field(x, SIZE) > 0
        and field(target, SIZE) == item(field(x, SHAPE), 0)
    )


def _options(runtime: RuntimePointer, options: Objects, words: Words, at: Int) -> Bool:
    """Writes the reduction, the class to ignore and the smoothing; tells whether the direct call takes them.
    """
    for i in range(2):
        if field(options.unsafe_load(i), 1) != runtime[].int_type:
            return False
    var reduction = external_call["PyLong_AsLongLong", Int](options.unsafe_load(0))
    var ignored = external_call["PyLong_AsLongLong", Int](options.unsafe_load(1))
    if external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
        return False
    words.unsafe_store(at, Int64(ignored))
    words.unsafe_store(at + 1, Int64(reduction))
    if (reduction != _MEAN and reduction != _SUM) or not scalar_word(
        runtime, options.unsafe_load(2), words, at + 2
    ):
        return False
    var smoothing = external_call["PyFloat_AsDouble", Float64](options.unsafe_load(2))
    return smoothing >= 0 and smoothing <= 1


def cross_entropy(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Computes and records cross-entropy: (specification, x, target, reduction, ignore index, smoothing) -> loss.

    Args:
        self_: The runtime.
        objects: The specification, scores (N, C), classes (N,) of int64, 1 for the mean or 2 for the sum, an integer and
            a number.
        count: 6.

    Returns:
        A tensor of no dimensions; None where the general way must do it, which also names a class out of range; or NULL
        with an exception set.
    """
    comptime assert _FORWARD.reduction == _FORWARD.ignore_index + 1
    comptime assert _FORWARD.smoothing == _FORWARD.ignore_index + 2
    var runtime = runtime_of(self_)
    var spec = objects.unsafe_load(0)
    var x = objects.unsafe_load(1)
    var target = objects.unsafe_load(2)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    if not _is_of_rows(runtime, x, target) or not _options(
        runtime, objects.unsafe_offset(3), words, _FORWARD.ignore_index
    ):
        return none(runtime)
    var dtype = field(x, DTYPE)
    var entry = entry_of(runtime, of_spec(spec, 1), dtype)
    if entry == 0:
        return none(runtime)
    var rows = field(target, SIZE)
    var itemsize = itemsize_of(runtime, x)
    var empty = external_call["PyTuple_New", Object](Int(0))
    var total = new_tensor(runtime, empty, empty, 1, itemsize, dtype)
    drop(empty)
    var shape = single(2 * rows + 1)
    var strides = single(1)
    var side = new_tensor(runtime, shape, strides, 2 * rows + 1, itemsize, dtype)
    drop(shape)
    drop(strides)
    if total == 0 or side == 0:
        drop(total)
        drop(side)
        return 0
    words.unsafe_store(_FORWARD.total, Int64(field(total, ADDRESS)))
    words.unsafe_store(_FORWARD.losses, Int64(field(side, ADDRESS)))
    words.unsafe_store(_FORWARD.lse, Int64(field(side, ADDRESS) + rows * itemsize))
    words.unsafe_store(_FORWARD.count, Int64(field(side, ADDRESS) + 2 * rows * itemsize))
    words.unsafe_store(_FORWARD.x, Int64(field(x, ADDRESS)))
    words.unsafe_store(_FORWARD.target, Int64(field(target, ADDRESS)))
    words.unsafe_store(_FORWARD.rows, Int64(rows))
    words.unsafe_store(_FORWARD.columns, Int64(field(x, SIZE) // rows))
    words.unsafe_store(_FORWARD.smoothing + 1, Int64(runtime[].context))
    var status = run_kernel(runtime, entry, _WORK * field(x, SIZE), words, _FORWARD.smoothing + 2)
    if status == OK and flag(x, REQUIRES_GRAD) and recording(runtime):
        total = _recorded(runtime, objects, total, side)
    drop(side)
    if status == OK:
        return total
    drop(total)
    return none(runtime) if status == INDEX_OUT_OF_RANGE else result_of(runtime, status)


def _recorded(runtime: RuntimePointer, objects: Objects, total: Object, side: Object) -> Object:
    """Makes a loss the output of a node; takes over the reference to the loss."""
    var arguments = stack_allocation[_ARGUMENTS, Int]()
    var operands = Cells(unsafe_from_address=Int(arguments))
    operands.unsafe_store(0, objects.unsafe_load(1))
    for i in range(1, _ARGUMENTS):
        operands.unsafe_store(i, 0)
    var node = node_of(runtime, objects.unsafe_load(0), CROSS_ENTROPY, operands, _ARGUMENTS)
    if node == 0:
        drop(total)
        return 0
    var kept = external_call["PyTuple_New", Object](Int(4))
    _ = external_call["PyTuple_SetItem", Int32](kept, Int(0), hold(side))
    for i in range(1, 4):
        _ = external_call["PyTuple_SetItem", Int32](kept, i, hold(objects.unsafe_load(2 + i)))
    Cells(unsafe_from_address=node).unsafe_store(KEPT, kept)
    Cells(unsafe_from_address=node).unsafe_store(
        SAVED, two(hold(objects.unsafe_load(1)), hold(objects.unsafe_load(2)))
    )
    return attached(runtime, node, total)


def cross_entropy_gradient(
    runtime: RuntimePointer,
    names: Object,
    x: Object,
    target: Object,
    kept: Object,
    dy: Object,
    results: Results,
) -> Int:
    """Computes the gradient of a mean or a sum of cross-entropies.

    Args:
        runtime: The runtime.
        names: A dict of the names of the kernels by dtype.
        x: The scores.
        target: The classes.
        kept: A tuple of what forward found, the reduction, the class to ignore, and the smoothing.
        dy: The gradient of the loss, a tensor.
        results: Where it goes.

    Returns:
        1; 0 with an exception set; or `REFUSED`.
    """
    comptime assert _BACKWARD.reduction == _BACKWARD.ignore_index + 1
    comptime assert _BACKWARD.smoothing == _BACKWARD.ignore_index + 2
    if not _is_of_rows(runtime, x, target):
        return REFUSED
    var side = external_call["PyTuple_GetItem", Object](kept, Int(0))
    var rows = field(target, SIZE)
    var dtype = field(x, DTYPE)
    if itemsize_of(runtime, dy) == 0 or itemsize_of(runtime, side) == 0 or field(dy, SIZE) != 1:
        return REFUSED
    if field(dy, DTYPE) != dtype or field(side, DTYPE) != dtype or field(side, SIZE) != 2 * rows + 1:
        return REFUSED
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    var arguments = stack_allocation[3, Int]()
    var options = Cells(unsafe_from_address=Int(arguments))
    for i in range(3):
        options.unsafe_store(i, external_call["PyTuple_GetItem", Object](kept, i + 1))
    var entry = entry_of(runtime, names, dtype)
    if entry == 0 or not _options(
        runtime, Objects(unsafe_from_address=Int(options)), words, _BACKWARD.ignore_index
    ):
        return REFUSED
    var itemsize = itemsize_of(runtime, x)
    var dx = new_tensor(runtime, field(x, SHAPE), field(x, STRIDES), field(x, SIZE), itemsize, dtype)
    results.unsafe_store(0, dx)
    if dx == 0:
        return 0
    words.unsafe_store(_BACKWARD.dx, Int64(field(dx, ADDRESS)))
    words.unsafe_store(_BACKWARD.x, Int64(field(x, ADDRESS)))
    words.unsafe_store(_BACKWARD.lse, Int64(field(side, ADDRESS) + rows * itemsize))
    words.unsafe_store(_BACKWARD.count, Int64(field(side, ADDRESS) + 2 * rows * itemsize))
    words.unsafe_store(_BACKWARD.target, Int64(field(target, ADDRESS)))
    words.unsafe_store(_BACKWARD.dy, Int64(field(dy, ADDRESS)))
    words.unsafe_store(_BACKWARD.dy_stride, 0)
    words.unsafe_store(_BACKWARD.rows, Int64(rows))
    words.unsafe_store(_BACKWARD.columns, Int64(field(x, SIZE) // rows))
    return ran(runtime, entry, _WORK * field(x, SIZE), words, _BACKWARD.smoothing + 1, 1, results)
