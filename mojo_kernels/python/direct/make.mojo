"""Direct calls that make tensors and views, and those by which Python sets the others up."""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, fail, none, runtime_of
from mojo_kernels.elementwise.kernels import Fill
from mojo_kernels.python.direct.pointwise import (
    bytes_of,
    entry_of,
    is_tensor,
    number_word,
    one_dimension,
    run_on,
)
from mojo_kernels.python.kinds import field
from mojo_kernels.python.tensor import (
    ADDRESS,
    DENSE,
    DTYPE,
    SHAPE,
    SIZE,
    STRIDES,
    flag,
    new_alias,
    new_tensor,
    new_view,
    note_order,
    on_host,
)
from mojo_kernels.python.tensor import set_memory as set_memory_of
from mojo_kernels.runtime.types import Buffer, MAX_WORDS, Words

comptime _FILL = Fill[DType.float32].AT


@always_inline
def is_whole(o: Object) -> Bool:
    """Returns whether a tensor has been given memory; sets TypeError where not.

    Args:
        o: The tensor.

    Returns:
        Whether it has a shape.
    """
    if field(o, SHAPE) != 0:
        return True
    _ = fail("TypeError", String("expected a tensor with elements, got one that no function has made"))
    return False


@always_inline
def _integer(objects: Objects, i: Int) -> Int:
    return external_call["PyLong_AsLongLong", Int](objects.unsafe_load(i))


def fresh(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a tensor in host memory: (shape, strides, size, itemsize, dtype) -> tensor.

    Args:
        self_: The runtime.
        objects: The layout of a contiguous tensor, and its dtype; one more object where it may not be contiguous.
        count: 5 or 6.

    Returns:
        A tensor; or NULL with OutOfMemoryError set.
    """
    var new = new_tensor(
        runtime_of(self_),
        objects.unsafe_load(0),
        objects.unsafe_load(1),
        _integer(objects, 2),
        _integer(objects, 3),
        objects.unsafe_load(4),
    )
    if count > 5:
        note_order(new)
    return new


def filled_like(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a tensor of one number: (names of the kernels of fill by dtype, x, number) -> tensor.

    Args:
        self_: The runtime.
        objects: A dict, a tensor of the shape, dtype and device, and a number.
        count: 3.

    Returns:
        A tensor; None where the general way must do it; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var x = objects.unsafe_load(1)
    var itemsize = bytes_of(runtime, x)
    if itemsize < 2 or not flag(x, DENSE):  # 1 stands for dtypes of other sizes too
        return none(runtime)
    var dtype = field(x, DTYPE)
    var entry = entry_of(runtime, objects.unsafe_load(0), dtype)
    var block = stack_allocation[MAX_WORDS, Int64]()
    var words = Words(unsafe_from_address=Int(block))
    if entry == 0 or not number_word(runtime, objects.unsafe_load(2), dtype, words, _FILL.value):
        return none(runtime)
    var size = field(x, SIZE)
    var result = new_tensor(runtime, field(x, SHAPE), field(x, STRIDES), size, itemsize, dtype)
    if result == 0:
        return 0
    words.unsafe_store(_FILL.y, Int64(field(result, ADDRESS)))
    return run_on(runtime, entry, size, words, one_dimension(words, _FILL.shape, size, 1), result)


def number(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Reads the one element of a tensor: (x) -> a Python number.

    Args:
        self_: The runtime.
        objects: A tensor.
        count: 1.

    Returns:
        A number; None where the general way must do it: there is not one element, or none of a common dtype in host
        memory, or somebody listens.
    """
    var runtime = runtime_of(self_)
    var x = objects.unsafe_load(0)
    if runtime[].pool.tape != 0 or not is_tensor(runtime, x):
        return none(runtime)
    var address = field(x, ADDRESS)
    if address == 0 or field(x, SIZE) != 1 or not on_host(runtime, x):
        return none(runtime)
    var dtype = field(x, DTYPE)
    if dtype == runtime[].float32:
        return _float(Buffer[DType.float32](unsafe_from_address=address)[].cast[DType.float64]())
    if dtype == runtime[].float64:
        return _float(Buffer[DType.float64](unsafe_from_address=address)[])
    if dtype == runtime[].int64:
        return external_call["PyLong_FromLongLong", Object](
            Buffer[DType.int64](unsafe_from_address=address)[]
        )
    if dtype == runtime[].bool:
        return external_call["PyBool_FromLong", Object](
            Int(Buffer[DType.uint8](unsafe_from_address=address)[])
        )
    return none(runtime)


@always_inline
def _float(value: Float64) -> Object:
    return external_call["PyFloat_FromDouble", Object](value)


def view(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a view: (base, shape, strides, offset in bytes, size) -> tensor.

    Args:
        self_: The runtime.
        objects: A tensor whose stamp is set, and the layout of the view.
        count: 5.

    Returns:
        A tensor.
    """
    if not is_whole(objects.unsafe_load(0)):
        return 0
    return new_view(
        runtime_of(self_),
        objects.unsafe_load(0),
        objects.unsafe_load(1),
        objects.unsafe_load(2),
        _integer(objects, 3),
        _integer(objects, 4),
    )


def alias(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a tensor that shares memory and layout: (base) -> tensor.

    Args:
        self_: The runtime.
        objects: A tensor whose stamp is set.
        count: 1.

    Returns:
        A tensor.
    """
    if not is_whole(objects.unsafe_load(0)):
        return 0
    return new_alias(runtime_of(self_), objects.unsafe_load(0))


def set_memory(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Gives a tensor memory and a layout, in place of those it had: (tensor, storage, shape, ...) -> None.

    Args:
        self_: The runtime.
        objects: The tensor, and what `set_memory` of python/tensor.mojo takes.
        count: 9.

    Returns:
        None; or NULL with TypeError set.
    """
    var runtime = runtime_of(self_)
    if not is_tensor(runtime, objects.unsafe_load(0)):
        return fail("TypeError", String("expected a tensor"))
    set_memory_of(objects.unsafe_load(0), objects.unsafe_offset(1))
    return none(runtime)


def set_up(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells the runtime the Python objects it works with: (Tensor, the CPU device, zip_layouts, float32, float64, int64,
    int32, uint8, bool, float16, bfloat16, int16) -> None.

    Args:
        self_: The runtime.
        objects: The class, the device, the function of layout.py and the dtypes; they live as long as the process.
        count: 12, or more, which are left out.

    Returns:
        None.
    """
    var runtime = runtime_of(self_)
    for i in range(count):
        external_call["Py_IncRef", NoneType](objects.unsafe_load(i))
    runtime[].tensor_type = objects.unsafe_load(0)
    runtime[].cpu = objects.unsafe_load(1)
    runtime[].zip_layouts = objects.unsafe_load(2)
    runtime[].float32 = objects.unsafe_load(3)
    runtime[].float64 = objects.unsafe_load(4)
    runtime[].int64 = objects.unsafe_load(5)
    runtime[].int32 = objects.unsafe_load(6)
    runtime[].uint8 = objects.unsafe_load(7)
    runtime[].bool = objects.unsafe_load(8)
    runtime[].float16 = objects.unsafe_load(9)
    runtime[].bfloat16 = objects.unsafe_load(10)
    runtime[].int16 = objects.unsafe_load(11)
    return none(runtime)


def use(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells the runtime the kernels in use on the CPU: (table, context) -> None.

    Args:
        self_: The runtime.
        objects: A dict from kernel name to address, and the address of the context.
        count: 2.

    Returns:
        None.
    """
    var runtime = runtime_of(self_)
    external_call["Py_IncRef", NoneType](objects.unsafe_load(0))
    if runtime[].table != 0:
        external_call["Py_DecRef", NoneType](runtime[].table)
    runtime[].table = objects.unsafe_load(0)
    runtime[].context = _integer(objects, 1)
    return none(runtime)
