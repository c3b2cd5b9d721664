"""Direct calls that make tensors and views, and those by which Python sets the others up."""

from std.ffi import external_call

from mojo_kernels.python.call import Object, Objects, fail, none, runtime_of
from mojo_kernels.python.direct.pointwise import is_tensor
from mojo_kernels.python.kinds import field
from mojo_kernels.python.tensor import SHAPE, new_alias, new_tensor, new_view
from mojo_kernels.python.tensor import set_memory as set_memory_of


@always_inline
def _whole(o: Object) -> Bool:
    """Returns whether a tensor has been given memory; sets TypeError where not."""
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
        objects: The layout of a contiguous tensor, and its dtype.
        count: 5.

    Returns:
        A tensor; or NULL with OutOfMemoryError set.
    """
    return new_tensor(
        runtime_of(self_),
        objects.unsafe_load(0),
        objects.unsafe_load(1),
        _integer(objects, 2),
        _integer(objects, 3),
        objects.unsafe_load(4),
    )


def view(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Makes a view: (base, shape, strides, offset in bytes, size) -> tensor.

    Args:
        self_: The runtime.
        objects: A tensor whose stamp is set, and the layout of the view.
        count: 5.

    Returns:
        A tensor.
    """
    if not _whole(objects.unsafe_load(0)):
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
    if not _whole(objects.unsafe_load(0)):
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
    int32, uint8, bool) -> None.

    Args:
        self_: The runtime.
        objects: The class, the device, the function of layout.py and the dtypes; they live as long as the process.
        count: 9.

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
