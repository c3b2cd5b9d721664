"""The table of an optimizer's kernel, made from lists of tensors in one call.

An entry holds the addresses of a parameter, its gradient and its states, and the number of elements (optim.mojo).
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, none, runtime_of
from mojo_kernels.python.direct.pointwise import is_half, is_tensor
from mojo_kernels.python.kinds import field
from mojo_kernels.python.tensor import ADDRESS, DENSE, DTYPE, SIZE, STAMP, flag, on_host
from mojo_kernels.runtime.types import Words


def table(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a table: (time, whole, params, grads, *states) -> bytes, and stamps the parameters as changed at a time.

    Args:
        self_: The runtime.
        objects: The number of the change; how many states are of the parameters' sizes, where those behind have one
            element; and lists or tuples of as many tensors each; a list of states may be empty.
        count: 4 and the number of states.

    Returns:
        The entries; None where tensors differ in dtype (states of one element are float32 for parameters of 16 bits) or size, are not contiguous, not on the CPU or have no stamp yet.
    """
    var runtime = runtime_of(self_)
    var params = objects.unsafe_load(2)
    var length = external_call["PySequence_Size", Int](params)
    var first = external_call["PySequence_GetItem", Object](params, Int(0))
    external_call["Py_DecRef", NoneType](first)  # the list keeps it
    var dtype = field(first, DTYPE) if is_tensor(runtime, first) else 0
    var single = runtime[].float32 if is_half(runtime, dtype) else dtype
    var whole = 2 + external_call["PyLong_AsLongLong", Int](objects.unsafe_load(1))
    var width = count - 1  # the addresses and the number of elements
    var bytes = external_call["PyBytes_FromStringAndSize", Object](Int(0), 8 * width * length)
    var words = Words(unsafe_from_address=external_call["PyBytes_AsString", Int](bytes))
    for column in range(count - 2):
        var tensors = objects.unsafe_load(2 + column)
        var absent = external_call["PySequence_Size", Int](tensors) != length
        for i in range(length):
            var word = words.unsafe_offset(i * width + column)
            if absent:
                word[] = 0
                continue
            var tensor = external_call["PySequence_GetItem", Object](tensors, i)
            external_call["Py_DecRef", NoneType](tensor)
            if (
                not is_tensor(runtime, tensor)
                or field(tensor, DTYPE) != (dtype if column < whole else single)
                or not on_host(runtime, tensor)
                or not flag(tensor, DENSE)
                or (column == 0 and not _has_stamp(tensor, runtime[].list_type))
            ):
                external_call["Py_DecRef", NoneType](bytes)
                return none(runtime)
            var size = field(tensor, SIZE)
            var wanted = Int(words[unsafe_offset=i * width + width - 1]) if column > 0 else size
            if size != (wanted if column < whole else 1):
                external_call["Py_DecRef", NoneType](bytes)
                return none(runtime)
            word[] = Int64(field(tensor, ADDRESS))
            if column == 0:
                word.unsafe_store(width - 1, Int64(size))
    _stamp(params, length, objects.unsafe_load(0))
    return bytes


@always_inline
def _has_stamp(tensor: Object, list_type: Object) -> Bool:
    var stamp = field(tensor, STAMP)
    return stamp != 0 and field(stamp, 1) == list_type


def _stamp(params: Object, length: Int, time: Object):
    """Writes the time into the stamps of tensors, which are lists."""
    for i in range(length):
        var tensor = external_call["PySequence_GetItem", Object](params, i)
        external_call["Py_DecRef", NoneType](tensor)
        var stamp = field(tensor, STAMP)
        external_call["Py_IncRef", NoneType](time)
        _ = external_call["PyList_SetItem", Int32](stamp, Int(0), time)
