"""A Python dict with names for keys, filled by Python's own C functions.

std's `PythonObject` is not used, as it brings a list of all of Python's functions, 70 KB, into every extension.
"""

from std.ffi import external_call

comptime Object = Int
"""An owned PyObject* as an address; 0 is NULL, and Python knows the exception."""


struct Table(TrivialRegisterPassable):
    """A Python dict. Copies of it are the same dict, and no reference of its own keeps it."""

    var dict: Object
    """The dict."""

    def __init__(out self):
        """Makes an empty dict."""
        self.dict = external_call["PyDict_New", Object]()

    @no_inline
    def store(self, name: String, value: Object):
        """Puts a value under a name. Where Python refuses, it keeps the exception, which `extension` raises.

        Args:
            name: The key.
            value: The value, whose reference the dict takes over.
        """
        var key = text(name)
        if self.dict != 0 and key != 0 and value != 0:
            _ = external_call["PyDict_SetItem", Int32](self.dict, key, value)
        release(key)
        release(value)


def integer(value: Int) -> Object:
    """Makes a Python integer.

    Args:
        value: The number.

    Returns:
        The object.
    """
    return external_call["PyLong_FromLongLong", Object](value)


def text(value: String) -> Object:
    """Makes a Python string.

    Args:
        value: The text.

    Returns:
        The object.
    """
    return external_call["PyUnicode_FromStringAndSize", Object](value.unsafe_ptr(), value.byte_length())


def sequence(var values: List[Object]) -> Object:
    """Makes a Python tuple.

    Args:
        values: Its objects, whose references it takes over.

    Returns:
        The object, 0 where one of the values is 0.
    """
    var made = external_call["PyTuple_New", Object](len(values))
    var complete = made != 0
    for i in range(len(values)):
        complete = complete and values[i] != 0
        if made != 0:
            _ = external_call["PyTuple_SetItem", Int32](made, i, values[i])
    if complete:
        return made
    release(made)
    return 0


def release(object: Object):
    """Gives a reference back.

    Args:
        object: An object, or 0.
    """
    if object != 0:
        external_call["Py_DecRef", NoneType](object)
