"""Python types made here, whose objects hold fields at fixed offsets: TensorBase and NodeBase.

A field is a word, counted from the start of the object, whose first two words are its reference count and its type.
The first fields are Python objects, 0 where they are not set; numbers follow.
"""

from std.ffi import external_call

from mojo_kernels.python.call import Object
from mojo_kernels.runtime.system import new_block

comptime Cells = MutPointer[Int, MutUntrackedOrigin]
"""The words of an object."""
comptime Results = MutPointer[Int, MutAnyOrigin]
"""Words that may lie in the caller's stack: of any origin, so that the call is no tail call (docs/design.md)."""
comptime FIRST = 2
"""The first field of any object."""

# CPython's numbers: kinds of members, slots of a type, flags of a type.
comptime OBJECT = 6
"""A member that is an object."""
comptime BOOL = 14
"""A member that is a byte, 0 or 1."""
comptime LONGLONG = 17
"""A member that is a number of 64 bits."""
comptime SSIZE = 19
"""A member that is a size."""
comptime WRITABLE = 0
"""Python may set the member."""
comptime READONLY = 1
"""Python may read the member."""
comptime _TP_CLEAR = 51
comptime _TP_DEALLOC = 52
comptime _TP_TRAVERSE = 71
comptime _TP_MEMBERS = 72
comptime _TP_GETSET = 73
comptime _BASETYPE_AND_GC = (1 << 10) | (1 << 14) | (1 << 18)

comptime _Visit = def(Object, Object) thin abi("C") -> Int32
comptime Traverse = def(Object, Int, Object) thin abi("C") -> Int32
"""Shows the garbage collector what an object refers to."""
comptime Clear = def(Object) thin abi("C") -> Int32
"""Drops what an object refers to."""
comptime Destroy = def(Object) thin abi("C") -> None
"""Frees an object."""
comptime Getter = def(Object, Int) thin abi("C") -> Object
"""Returns an attribute; the number is what the attribute was made with."""
comptime Setter = def(Object, Object, Int) thin abi("C") -> Int32
"""Sets an attribute, deletes it where the object is NULL; returns -1 with an exception set."""


@always_inline
def field(o: Object, i: Int) -> Int:
    """Returns a field of an object.

    Args:
        o: The object.
        i: The field.

    Returns:
        A borrowed object or a number; 0 for an object that is not set.
    """
    return Cells(unsafe_from_address=o).unsafe_load(i)


@always_inline
def hold(o: Object) -> Object:
    """Returns a new reference to an object.

    Args:
        o: The object.

    Returns:
        The object.
    """
    external_call["Py_IncRef", NoneType](o)
    return o


@always_inline
def drop(o: Object):
    """Gives a reference back.

    Args:
        o: The object, or NULL.
    """
    external_call["Py_DecRef", NoneType](o)


@always_inline
def store(o: Object, i: Int, value: Object):
    """Sets a field that holds an object.

    Args:
        o: The object.
        i: The field.
        value: A new reference, which the field takes over, or NULL.
    """
    var old = field(o, i)
    Cells(unsafe_from_address=o).unsafe_store(i, value)
    drop(old)


def visit_fields(o: Object, end: Int, visit: Int, arg: Object) -> Int32:
    """Shows the garbage collector the type and the fields of an object.

    Args:
        o: The object.
        end: The field behind the last one that is an object.
        visit: The collector's function.
        arg: Its argument.

    Returns:
        What the function returned where that is not 0, else 0.
    """
    var address = visit
    var function = MutPointer(to=address).unsafe_bitcast[_Visit]()[]
    for i in range(FIRST - 1, end):
        if field(o, i) != 0:
            var status = function(field(o, i), arg)
            if status != 0:
                return status
    return 0


def clear_fields(o: Object, end: Int) -> Int32:
    """Drops the fields of an object.

    Args:
        o: The object.
        end: The field behind the last one that is an object.

    Returns:
        0.
    """
    for i in range(FIRST, end):
        if field(o, i) != 0:
            store(o, i, 0)
    return 0


def free_object(o: Object, end: Int):
    """Frees an object whose references are gone.

    Args:
        o: The object.
        end: The field behind the last one that is an object.
    """
    external_call["PyObject_GC_UnTrack", NoneType](o)
    _ = clear_fields(o, end)
    var kind = field(o, 1)
    external_call["PyObject_GC_Del", NoneType](o)
    drop(kind)


def _zeros(count: Int) -> Cells:
    var cells = Cells(unsafe_from_address=new_block(8 * count, 64))
    for i in range(count):
        cells.unsafe_store(i, 0)
    return cells


struct Kind(Movable):
    """A type in the making."""

    var members: Cells
    """The table of members."""
    var attributes: Cells
    """The table of attributes with functions."""
    var member_count: Int
    """How many members there are so far."""
    var attribute_count: Int
    """How many attributes there are so far."""

    def __init__(out self, members: Int, attributes: Int):
        """Makes room.

        Args:
            members: How many members there will be.
            attributes: How many attributes with functions.
        """
        self.members = _zeros(5 * (members + 1))
        self.attributes = _zeros(5 * (attributes + 1))
        self.member_count = 0
        self.attribute_count = 0

    def member(mut self, name: StaticString, kind: Int, offset: Int, flags: Int):
        """Adds a member.

        Args:
            name: Its name.
            kind: What it is: `OBJECT`, `BOOL` or `LONGLONG`.
            offset: Where it lies, in bytes.
            flags: `WRITABLE` or `READONLY`.
        """
        var entry = self.members.unsafe_offset(5 * self.member_count)
        entry.unsafe_store(0, Int(name.unsafe_ptr()))
        entry.unsafe_store(1, kind)
        entry.unsafe_store(2, offset)
        entry.unsafe_store(3, flags)
        self.member_count += 1

    def attribute(mut self, name: StaticString, getter: Getter, setter: Setter, known: Int):
        """Adds an attribute that functions get and set.

        Args:
            name: Its name.
            getter: What gets it.
            setter: What sets it.
            known: A number that both receive.
        """
        var get = getter
        var set = setter
        var entry = self.attributes.unsafe_offset(5 * self.attribute_count)
        entry.unsafe_store(0, Int(name.unsafe_ptr()))
        entry.unsafe_store(1, MutPointer(to=get).unsafe_bitcast[Int]()[])
        entry.unsafe_store(2, MutPointer(to=set).unsafe_bitcast[Int]()[])
        entry.unsafe_store(4, known)
        self.attribute_count += 1

    def readable(mut self, name: StaticString, getter: Getter):
        """Adds an attribute that a function gets and nothing sets.

        Args:
            name: Its name.
            getter: What gets it; the number that it receives is 0.
        """
        var get = getter
        var entry = self.attributes.unsafe_offset(5 * self.attribute_count)
        entry.unsafe_store(0, Int(name.unsafe_ptr()))
        entry.unsafe_store(1, MutPointer(to=get).unsafe_bitcast[Int]()[])
        self.attribute_count += 1

    def make(
        self, name: StaticString, words: Int, traverse: Traverse, clear: Clear, dealloc: Destroy
    ) -> Object:
        """Makes the type.

        Args:
            name: Its name, with the module's.
            words: The words of an object.
            traverse: Shows the collector what an object refers to.
            clear: Drops that.
            dealloc: Frees an object.

        Returns:
            A new reference; or NULL with an exception set.
        """
        var visits = traverse
        var clears = clear
        var frees = dealloc
        var slots = _zeros(12)
        slots.unsafe_store(0, _TP_MEMBERS)
        slots.unsafe_store(1, Int(self.members))
        slots.unsafe_store(2, _TP_TRAVERSE)
        slots.unsafe_store(3, MutPointer(to=visits).unsafe_bitcast[Int]()[])
        slots.unsafe_store(4, _TP_CLEAR)
        slots.unsafe_store(5, MutPointer(to=clears).unsafe_bitcast[Int]()[])
        slots.unsafe_store(6, _TP_DEALLOC)
        slots.unsafe_store(7, MutPointer(to=frees).unsafe_bitcast[Int]()[])
        slots.unsafe_store(8, _TP_GETSET)
        slots.unsafe_store(9, Int(self.attributes))
        var spec = _zeros(8)
        spec.unsafe_store(0, Int(name.unsafe_ptr()))
        spec.unsafe_store(1, 8 * words)  # basicsize, and an itemsize of 0 in the upper half
        spec.unsafe_store(2, _BASETYPE_AND_GC)
        spec.unsafe_store(3, Int(slots))
        return external_call["PyType_FromSpec", Object](spec)


def none_object() -> Object:
    """Returns None, for what is set up before there is a runtime.

    Returns:
        A reference that lives as long as the process.
    """
    comptime BUILTINS: StaticString = "builtins"
    comptime NONE_NAME: StaticString = "None"
    var builtins = external_call["PyImport_ImportModule", Object](BUILTINS.unsafe_ptr())
    var none = external_call["PyObject_GetAttrString", Object](builtins, NONE_NAME.unsafe_ptr())
    drop(builtins)
    return none
