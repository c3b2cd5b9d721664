"""Tells in one call whether Python objects still hold the very objects that they held: the guard of compiled steps.

    unchanged(kinds, containers, contents) -> bool

A byte of `kinds` says what a container is, and its contents stand in a tuple:

- `LIST`: the items.
- `DICT`: keys and values, in order.
- `ITEMS`: some keys of a dict and their values.
- `TRUTH`: some keys of a dict and whether their values are true.
- `CELL`: the content of a closure's cell; nothing where it has none.
- `INSTANCE`: the class, then keys and values of `__dict__`.
- `CLASS`: keys and values of the class's own `__dict__`.
- `FUNCTION`: code, defaults and keyword defaults, None where there are none.

Objects are compared by identity alone: equal objects, such as 1 and True, may differ. Python looks closer where this
says no. All containers are borrowed from the caller, who keeps them alive.
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import Object, Objects, RuntimePointer, runtime_of
from mojo_kernels.runtime.words import Names

comptime KINDS: StaticString = "LIST DICT ITEMS TRUTH CELL INSTANCE CLASS FUNCTION"
"""The kinds of containers, by their numbers."""
comptime _KIND = Names[KINDS]()
comptime LIST = _KIND.LIST
"""The kind of a list."""
comptime DICT = _KIND.DICT
"""The kind of a whole dict."""
comptime ITEMS = _KIND.ITEMS
"""The kind of some items of a dict."""
comptime TRUTH = _KIND.TRUTH
"""The kind of a dict of whose items only the truth counts."""
comptime CELL = _KIND.CELL
"""The kind of a closure's cell."""
comptime INSTANCE = _KIND.INSTANCE
"""The kind of an object with a `__dict__`."""
comptime CLASS = _KIND.CLASS
"""The kind of a class."""
comptime FUNCTION = _KIND.FUNCTION
"""The kind of a function."""
comptime TYPE_DICT = 33
"""The word of a type object that points to its dict, in CPython 3.10 to 3.13."""
comptime _CONTENT = 2
"""The word of a cell that points to its content."""
comptime _Cells = MutPointer[Int, MutAnyOrigin]


@always_inline
def _item(tuple: Object, i: Int) -> Object:
    return external_call["PyTuple_GetItem", Object](tuple, i)


@always_inline
def _size(tuple: Object) -> Int:
    return external_call["PyTuple_Size", Int](tuple)


def _list_holds(items: Object, contents: Object) -> Bool:
    var count = external_call["PyList_Size", Int](items)
    if count != _size(contents):
        return False
    for i in range(count):
        if external_call["PyList_GetItem", Object](items, i) != _item(contents, i):
            return False
    return True


def _dict_holds(dict: Object, contents: Object, first: Int) -> Bool:
    """Tells whether a dict holds the keys and values of `contents` from `first` on, in order."""
    if 2 * external_call["PyDict_Size", Int](dict) != _size(contents) - first:
        return False
    var block = stack_allocation[3, Int]()
    var cells = _Cells(unsafe_from_address=Int(block))
    cells.unsafe_store(0, 0)
    var at = first
    while external_call["PyDict_Next", Int32](dict, Int(cells), Int(cells) + 8, Int(cells) + 16) != 0:
        if cells.unsafe_load(1) != _item(contents, at) or cells.unsafe_load(2) != _item(contents, at + 1):
            return False
        at += 2
    return True


def _items_hold(dict: Object, contents: Object) -> Bool:
    for i in range(0, _size(contents), 2):
        if external_call["PyDict_GetItemWithError", Object](dict, _item(contents, i)) != _item(
            contents, i + 1
        ):
            return False
    return True


def _truth_holds(dict: Object, contents: Object) -> Bool:
    for i in range(0, _size(contents), 2):
        var value = external_call["PyDict_GetItemWithError", Object](dict, _item(contents, i))
        if value == 0:
            return False
        var truth = external_call["PyObject_IsTrue", Int32](value)
        if truth != external_call["PyObject_IsTrue", Int32](_item(contents, i + 1)):
            return False
    return True


@always_inline
def cell_holds(cell: Object, contents: Object) -> Bool:
    """Tells whether a cell has the content that it had.

    Args:
        cell: A closure's cell.
        contents: A tuple of what it held, empty where there was nothing.

    Returns:
        Whether it does.
    """
    var content = _Cells(unsafe_from_address=cell).unsafe_load(_CONTENT)
    return content == (_item(contents, 0) if _size(contents) > 0 else 0)


@always_inline
def is_instance_of_first(o: Object, contents: Object) -> Bool:
    """Tells whether an object is of the class that it was of.

    Args:
        o: The object.
        contents: A tuple that begins with its class.

    Returns:
        Whether it is.
    """
    return _Cells(unsafe_from_address=o).unsafe_load(1) == _item(contents, 0)


def _instance_holds(o: Object, contents: Object) -> Bool:
    if not is_instance_of_first(o, contents):
        return False
    var members = external_call["PyObject_GenericGetDict", Object](o, Int(0))
    if members == 0:
        return False
    var holds = _dict_holds(members, contents, 1)
    external_call["Py_DecRef", NoneType](members)
    return holds


def _function_holds(runtime: RuntimePointer, function: Object, contents: Object) -> Bool:
    var defaults = external_call["PyFunction_GetDefaults", Object](function)
    var keyword_defaults = external_call["PyFunction_GetKwDefaults", Object](function)
    return (
        external_call["PyFunction_GetCode", Object](function) == _item(contents, 0)
        and (defaults if defaults != 0 else runtime[].none) == _item(contents, 1)
        and (keyword_defaults if keyword_defaults != 0 else runtime[].none) == _item(contents, 2)
    )


def holds(runtime: RuntimePointer, kind: Int, o: Object, contents: Object) -> Bool:
    """Tells whether a container holds the very objects that it held.

    Args:
        runtime: The runtime.
        kind: What the container is.
        o: The container.
        contents: A tuple of what it held.

    Returns:
        Whether it does; False with an exception set where a value has no truth.
    """
    if kind == LIST:
        return _list_holds(o, contents)
    if kind == DICT:
        return _dict_holds(o, contents, 0)
    if kind == ITEMS:
        return _items_hold(o, contents)
    if kind == TRUTH:
        return _truth_holds(o, contents)
    if kind == CELL:
        return cell_holds(o, contents)
    if kind == INSTANCE:
        return _instance_holds(o, contents)
    if kind == CLASS:
        return _dict_holds(_Cells(unsafe_from_address=o).unsafe_load(TYPE_DICT), contents, 0)
    return _function_holds(runtime, o, contents)


def unchanged(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Tells whether containers hold what they held: (kinds, containers, contents) -> bool.

    Args:
        self_: The runtime.
        objects: Bytes, and two tuples of as many items, of which the second one's are tuples.
        count: 3.

    Returns:
        True; or False, also where a value has no truth.
    """
    var runtime = runtime_of(self_)
    var kinds = MutPointer[UInt8, MutAnyOrigin](
        unsafe_from_address=external_call["PyBytes_AsString", Int](objects.unsafe_load(0))
    )
    var same = True
    for i in range(_size(objects.unsafe_load(1))):
        var contents = _item(objects.unsafe_load(2), i)
        if not holds(runtime, Int(kinds.unsafe_load(i)), _item(objects.unsafe_load(1), i), contents):
            same = False
            break
    if not same and external_call["PyErr_Occurred", Object]() != 0:
        external_call["PyErr_Clear", NoneType]()
    return external_call["PyBool_FromLong", Object](Int(same))
