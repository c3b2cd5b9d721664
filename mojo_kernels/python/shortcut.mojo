"""A call of a compiled function that fits its plan, in one crossing from Python: guards, values, kernels, result.

    run_shortcut(block, arguments) -> the result, or NotImplemented where the call does not fit

A block of words holds what the call needs (compiler/shorten.py makes it): the words of `HEAD`, then tables. Python
keeps alive every object that a word names. While a dict has the version that it had when its contents were last
compared, it holds the same objects; only CPython up to 3.12 stamps every change of a dict with a new version, so
elsewhere contents are compared at each call (watch.mojo).
"""

from std.ffi import external_call
from std.memory import stack_allocation

from mojo_kernels.python.call import (
    Object,
    Objects,
    RuntimePointer,
    WORTH_RELEASING,
    has_room,
    pack,
    result_of,
    runtime_of,
)
from mojo_kernels.python.direct.pointwise import is_tensor
from mojo_kernels.python.kinds import field, hold, store
from mojo_kernels.python.plan import equal_tuples, is_as_it_was, run_program, write_values
from mojo_kernels.python.plan import STATE as TENSOR_STATE
from mojo_kernels.python.tensor import (
    ADDRESS,
    DEVICE,
    DTYPE,
    EDGE,
    GRAD,
    GRAD_FN,
    REQUIRES_GRAD,
    SHAPE,
    STRIDES,
    flag,
    is_plain,
    new_tensor,
    note_order,
    require_gradient,
)
from mojo_kernels.python.watch import (
    CELL,
    CLASS,
    DICT,
    INSTANCE,
    ITEMS,
    TRUTH,
    TYPE_DICT,
    cell_holds,
    holds,
    is_instance_of_first,
)
from mojo_kernels.runtime.team import Opaque
from mojo_kernels.runtime.types import Words
from mojo_kernels.runtime.words import Letters, Names

comptime HEAD: StaticString = (
    "state program stop table work versions declined grad anomaly anomaly_name autocast_name arena references"
    " shape strides dtype size itemsize node edge first values arguments spans tensors watches gradients"
    " stamps varying"
)
"""The words at the start of a block; those from `arguments` on count the entries of the tables that follow, behind which
are the values of a run, `values` of them: addresses of arguments and result, then from `first` on what varies."""
comptime _AT = Names[HEAD]()
comptime _SIZE = _AT.varying + 1
comptime _Words = MutPointer[Int64, MutUntrackedOrigin]
comptime FREE = 0
"""The state of a block that may run."""
comptime _BUSY = 1
comptime _ARGUMENT = 6
comptime _SPAN = 2
comptime _TENSOR = 1 + TENSOR_STATE
comptime _WATCH = 5
comptime _GRADIENT = 2
comptime _VARYING = 5
comptime _VERSION = 3
"""The word of a dict that changes with it, in CPython up to 3.12."""
comptime _OURS = 2
"""References to a gradient that only its leaf and the plan hold."""
comptime _REFERENCES = 0xFFFFFFFF
"""The bits of an object's first word that count its references, in all versions of CPython."""


@always_inline
def _word(block: _Words, i: Int) -> Int:
    return Int(block.unsafe_load(i))


@always_inline
def _shared(words: _Words) -> Words:
    return Words(unsafe_from_address=Int(words))


@always_inline
def _version(dict: Object) -> Int:
    return field(dict, _VERSION)


struct _Tables(TrivialRegisterPassable):
    """Where the tables of a block start."""

    var arguments: _Words
    var spans: _Words
    var tensors: _Words
    var watches: _Words
    var gradients: _Words
    var stamps: _Words
    var varying: _Words
    var values: _Words

    @always_inline
    def __init__(out self, block: _Words):
        self.arguments = block.unsafe_offset(_SIZE)
        self.spans = self.arguments.unsafe_offset(_ARGUMENT * _word(block, _AT.arguments))
        self.tensors = self.spans.unsafe_offset(_SPAN * _word(block, _AT.spans))
        self.watches = self.tensors.unsafe_offset(_TENSOR * _word(block, _AT.tensors))
        self.gradients = self.watches.unsafe_offset(_WATCH * _word(block, _AT.watches))
        self.stamps = self.gradients.unsafe_offset(_GRADIENT * _word(block, _AT.gradients))
        self.varying = self.stamps.unsafe_offset(_word(block, _AT.stamps))
        self.values = self.varying.unsafe_offset(_VARYING * _word(block, _AT.varying))


def _mode_holds(runtime: RuntimePointer, block: _Words) -> Bool:
    """Tells whether the thread records operations as it did, and looks for anomalies or casts nowhere."""

    @always_inline
    def has(name: Object, expected: Object) {imm} -> Bool:
        var value = external_call["PyObject_GetAttr", Object](runtime[].mode, name)
        if value != 0:
            external_call["Py_DecRef", NoneType](value)  # the mode holds it
        return value == expected

    return (
        has(runtime[].grad_name, _word(block, _AT.grad))
        and has(_word(block, _AT.anomaly_name), _word(block, _AT.anomaly))
        and has(_word(block, _AT.autocast_name), runtime[].none)
    )


def _arguments_hold(runtime: RuntimePointer, block: _Words, tables: _Tables, arguments: Object) -> Bool:
    """Tells whether arguments are tensors of the recorded layouts, apart from the memory that the plan uses.
    """
    if external_call["PyTuple_Size", Int](arguments) != _word(block, _AT.arguments):
        return False
    for i in range(_word(block, _AT.arguments)):
        var o = external_call["PyTuple_GetItem", Object](arguments, i)
        var layout = tables.arguments.unsafe_offset(_ARGUMENT * i)
        if not (
            is_tensor(runtime, o)
            and equal_tuples(field(o, SHAPE), _word(layout, 0))
            and equal_tuples(field(o, STRIDES), _word(layout, 1))
            and field(o, DTYPE) == _word(layout, 2)
            and field(o, DEVICE) == _word(layout, 3)
            and is_plain(o)
            and Int(flag(o, REQUIRES_GRAD)) == _word(layout, 4)
        ):
            return False
        var start = field(o, ADDRESS)
        for k in range(_word(block, _AT.spans)):
            var span = tables.spans.unsafe_offset(_SPAN * k)
            if start < _word(span, 1) and start + _word(layout, 5) > _word(span, 0):
                return False
        tables.values.unsafe_store(i, Int64(start))
    return True


def _is_number(runtime: RuntimePointer, o: Object) -> Bool:
    """Tells whether an object is a number that cannot change."""
    var kind = field(o, 1)
    return (
        kind == runtime[].int_type or kind == runtime[].float_type or kind == field(runtime[].true_object, 1)
    )


def _has_constants(runtime: RuntimePointer, dict: Object) -> Bool:
    """Tells whether what numbers a dict of options holds only changes with the dict: it has no tensors, say.

    A list is watched as a container, or holds parameters, which are no options.
    """
    var block = stack_allocation[3, Int]()
    block[unsafe_offset=0] = 0
    var cells = Int(block)
    while external_call["PyDict_Next", Int32](dict, cells, cells + 8, cells + 16) != 0:
        var value = block[unsafe_offset=2]
        if field(value, 1) == runtime[].tuple_type:
            for i in range(external_call["PyTuple_Size", Int](value)):
                if not _is_number(runtime, external_call["PyTuple_GetItem", Object](value, i)):
                    return False
        elif not (
            _is_number(runtime, value) or value == runtime[].none or field(value, 1) == runtime[].list_type
        ):
            return False
    return True


def _dict_of(watch: _Words) -> Object:
    """Returns the dict whose version tells whether a container has changed, 0 where there is none.

    An instance's dict stands behind a slot within the instance, which is looked up once.
    """
    var kind = _word(watch, 0)
    var container = _word(watch, 1)
    if kind == DICT or kind == ITEMS or kind == TRUTH:
        return container
    if kind == CLASS:
        return field(container, TYPE_DICT)
    if kind != INSTANCE:
        return 0
    if _word(watch, 3) == 0:
        watch.unsafe_store(3, Int64(external_call["_PyObject_GetDictPtr", Int](container)))
    return field(_word(watch, 3), 0) if _word(watch, 3) != 0 else 0


@always_inline
def _watch_holds(runtime: RuntimePointer, versions: Bool, watch: _Words) -> Bool:
    """Tells whether a container holds what it held: (kind, container, contents, slot, version)."""
    var kind = _word(watch, 0)
    var container = _word(watch, 1)
    var contents = _word(watch, 2)
    if kind == CELL:
        return cell_holds(container, contents)
    var dict = _dict_of(watch) if versions else 0
    var version = _version(dict) if dict != 0 else 0
    if version != 0 and version == _word(watch, 4):
        return kind != INSTANCE or is_instance_of_first(container, contents)
    if not holds(runtime, kind, container, contents):
        return False
    watch.unsafe_store(4, Int64(version if kind != TRUTH or _has_constants(runtime, container) else 0))
    return True


def _surroundings_hold(runtime: RuntimePointer, block: _Words, tables: _Tables) -> Bool:
    """Tells whether tensors and containers that the function depends on are as they were, and nobody holds gradients.
    """
    for i in range(_word(block, _AT.tensors)):
        var entry = tables.tensors.unsafe_offset(_TENSOR * i)
        if not is_as_it_was(runtime, _word(entry, 0), _shared(entry.unsafe_offset(1))):
            return False
    var versions = _word(block, _AT.versions) != 0
    for i in range(_word(block, _AT.watches)):
        if not _watch_holds(runtime, versions, tables.watches.unsafe_offset(_WATCH * i)):
            if external_call["PyErr_Occurred", Object]() != 0:
                external_call["PyErr_Clear", NoneType]()
            return False
    if _references(_word(block, _AT.arena)) != _word(block, _AT.references):
        return False
    for i in range(_word(block, _AT.gradients)):
        var grad = _word(tables.gradients, _GRADIENT * i + 1)
        if grad != 0 and (
            field(_word(tables.gradients, _GRADIENT * i), GRAD) != grad or _references(grad) != _OURS
        ):
            return False
    return True


@always_inline
def _references(o: Object) -> Int:
    return field(o, 0) & _REFERENCES


def _take_varying(runtime: RuntimePointer, block: _Words, tables: _Tables) -> Bool:
    """Asks Python for the values that vary: (dict, version, function, letters, number), unless the dict of which they
    are a function is as it was. False with an exception set where that fails."""
    var at = _word(block, _AT.first)
    for i in range(_word(block, _AT.varying)):
        var entry = tables.varying.unsafe_offset(_VARYING * i)
        var dict = _word(entry, 0)
        var version = _version(dict) if dict != 0 and _word(block, _AT.versions) != 0 else 0
        if version == 0 or version != _word(entry, 1):
            var values = external_call["PyObject_CallNoArgs", Object](_word(entry, 2))
            if values == 0:
                return False
            var given = stack_allocation[1, Object]()
            given[unsafe_offset=0] = values
            var letters = Letters(unsafe_from_address=_word(entry, 3))
            var packed = pack(
                runtime,
                Objects(unsafe_from_address=Int(given)),
                1,
                letters,
                _shared(tables.values.unsafe_offset(at)),
                _word(entry, 4),
            )
            external_call["Py_DecRef", NoneType](values)
            if packed < 0:
                return False
            entry.unsafe_store(1, Int64(version if version != 0 and _has_constants(runtime, dict) else 0))
        at += _word(entry, 4)
    return True


def _result(runtime: RuntimePointer, block: _Words) -> Object:
    """Makes the tensor that a run hands out; returns None where it makes none, and NULL where memory lacks.
    """
    if _word(block, _AT.shape) == 0:
        return hold(runtime[].none)
    var new = new_tensor(
        runtime,
        _word(block, _AT.shape),
        _word(block, _AT.strides),
        _word(block, _AT.size),
        _word(block, _AT.itemsize),
        _word(block, _AT.dtype),
    )
    note_order(new)
    if new != 0 and _word(block, _AT.node) != 0:  # its graph has been differentiated
        store(new, GRAD_FN, hold(_word(block, _AT.node)))
        store(new, EDGE, hold(_word(block, _AT.edge)))
        require_gradient(new)
    return new


def _advance(runtime: RuntimePointer, block: _Words, tables: _Tables):
    """Drops the gradients that the function drops, and notes in the stamps of tensors that the run changed them.
    """
    for i in range(_word(block, _AT.gradients)):
        if _word(tables.gradients, _GRADIENT * i + 1) == 0:
            store(_word(tables.gradients, _GRADIENT * i), GRAD, hold(runtime[].none))
    var now = 1 + external_call["PyLong_AsLongLong", Int](
        external_call["PyList_GetItem", Object](runtime[].clock, Int(0))
    )
    var time = external_call["PyLong_FromLongLong", Object](now)
    for i in range(_word(block, _AT.stamps)):
        _ = external_call["PyList_SetItem", Int32](_word(tables.stamps, i), Int(0), hold(time))
    _ = external_call["PyList_SetItem", Int32](runtime[].clock, Int(0), time)


@always_inline
def _run(block: _Words) -> Int64:
    """Runs the program, without the GIL where that is worth it."""
    var program = Words(unsafe_from_address=_word(block, _AT.program))
    if _word(block, _AT.work) < WORTH_RELEASING:
        return run_program(program, _word(block, _AT.stop))
    var thread = external_call["PyEval_SaveThread", Opaque]()
    var status = run_program(program, _word(block, _AT.stop))
    external_call["PyEval_RestoreThread", NoneType](thread)
    return status


def run_shortcut(self_: Object, objects: Objects, count: Int) abi("C") -> Object:
    """Runs a plan where it fits: (block, arguments) -> the result.

    Args:
        self_: The runtime.
        objects: The block's address, and a tuple of arguments.
        count: 2.

    Returns:
        What the function returns, or NotImplemented where the plan may not fit; or NULL with an exception set.
    """
    var runtime = runtime_of(self_)
    var block = _Words(unsafe_from_address=external_call["PyLong_AsLongLong", Int](objects.unsafe_load(0)))
    var tables = _Tables(block)
    if not (
        _word(block, _AT.state) == FREE
        and runtime[].pool.tape == 0
        and has_room(runtime)
        and _mode_holds(runtime, block)
        and _arguments_hold(runtime, block, tables, objects.unsafe_load(1))
        and _surroundings_hold(runtime, block, tables)
    ):
        return hold(_word(block, _AT.declined))
    block.unsafe_store(_AT.state, _BUSY)  # it runs Python and lets other threads run
    var result = _result(runtime, block)
    var fits = result != 0
    if fits:
        if _word(block, _AT.shape) != 0:
            tables.values.unsafe_store(_word(block, _AT.arguments), Int64(field(result, ADDRESS)))
        fits = _take_varying(runtime, block, tables)
    if fits:
        write_values(
            _shared(tables.values),
            _word(block, _AT.values),
            Words(unsafe_from_address=_word(block, _AT.table)),
            Words(unsafe_from_address=_word(block, _AT.program)),
        )
        var done = result_of(runtime, _run(block))
        fits = done != 0
    if _word(block, _AT.state) == _BUSY:
        block.unsafe_store(_AT.state, FREE)
    if not fits:
        if result != 0:
            external_call["Py_DecRef", NoneType](result)
        return 0
    external_call["Py_DecRef", NoneType](runtime[].none)  # what `result_of` returned
    _advance(runtime, block, tables)
    return result
