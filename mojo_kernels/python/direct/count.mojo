"""The direct call that counts right predictions, so that a metric reads what a model returned once, while it is cached.
"""

from std.ffi import external_call
from std.math import iota, isnan

from mojo_kernels.python.call import Object, Objects, none, runtime_of
from mojo_kernels.python.direct.pointwise import is_tensor, itemsize_of
from mojo_kernels.python.kinds import field
from mojo_kernels.python.tensor import ADDRESS, DENSE, DTYPE, SHAPE, SIZE, flag, item, on_host

comptime _WIDTH = 8
comptime _OUT_OF_RANGE = -1


def count_right(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Counts rows whose greatest score is that of their class: (scores, labels) -> number.

    Of equal scores the first one is the greatest, and nan is greater than every number, as NumPy's argmax has it.

    Args:
        self_: The runtime.
        objects: Scores (N, C) of float32 or float64, C at least 2, and labels (N) of int64, both contiguous and on the host.
        count: 2.

    Returns:
        The number of rows; or None where the general way must do it, which also refuses labels out of range.
    """
    var runtime = runtime_of(self_)
    var scores = objects.unsafe_load(0)
    var labels = objects.unsafe_load(1)
    var itemsize = itemsize_of(runtime, scores)
    if (
        itemsize == 0
        or not is_tensor(runtime, labels)
        or not on_host(runtime, labels)
        or field(labels, DTYPE) != runtime[].int64
        or not (flag(scores, DENSE) and flag(labels, DENSE))
        or external_call["PyTuple_Size", Int](field(scores, SHAPE)) != 2
        or external_call["PyTuple_Size", Int](field(labels, SHAPE)) != 1
    ):
        return none(runtime)
    var rows = item(field(scores, SHAPE), 0)
    var classes = item(field(scores, SHAPE), 1)
    if rows != field(labels, SIZE) or classes < 2:
        return none(runtime)
    var address = field(scores, ADDRESS)
    var right = _right[DType.float32](
        address, field(labels, ADDRESS), rows, classes
    ) if itemsize == 4 else _right[DType.float64](address, field(labels, ADDRESS), rows, classes)
    if right == _OUT_OF_RANGE:
        return none(runtime)
    return external_call["PyLong_FromLongLong", Object](right)


def _right[dt: DType](scores: Int, labels: Int, rows: Int, classes: Int) -> Int:
    """Returns how many rows have their greatest score at their label; _OUT_OF_RANGE where a label is no class.
    """
    var row = MutPointer[Scalar[dt], MutAnyOrigin](unsafe_from_address=scores)
    var label = MutPointer[Int64, MutAnyOrigin](unsafe_from_address=labels)
    var right = 0
    for i in range(rows):
        var t = Int(label.unsafe_load(i))
        if t < 0 or t >= classes:
            return _OUT_OF_RANGE
        right += Int(_is_greatest(row, t, classes))
        row = row.unsafe_offset(classes)
    return right


@always_inline
def _is_greatest[dt: DType](row: MutPointer[Scalar[dt], MutAnyOrigin], t: Int, classes: Int) -> Bool:
    """Returns whether NumPy's argmax of a row is t: all scores before it are less, and none behind it is greater.
    """
    var own = row.unsafe_load(t)
    if isnan(own):
        for c in range(t):
            if isnan(row.unsafe_load(c)):
                return False
        return True
    var c = 0
    while c + _WIDTH <= classes:
        var score = row.unsafe_load[width=_WIDTH](c)
        var before = (iota[DType.int64, _WIDTH]() + Int64(c)).lt(Int64(t))
        if not before.select(score.lt(own), score.le(own)).reduce_and():
            return False
        c += _WIDTH
    while c < classes:
        var score = row.unsafe_load(c)
        if not (score < own if c < t else score <= own):
            return False
        c += 1
    return True
