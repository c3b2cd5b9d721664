"""The extension `core`: storage, contexts, devices and the call of a kernel."""

from std.os import abort
from std.python import PythonObject
from std.python.bindings import PythonModuleBuilder
from std.sys import size_of

from mojo_kernels.python.call import Runtime, RuntimePointer, add_method, add_object, call
from mojo_kernels.python.constants import constants
from mojo_kernels.python.crc import fold_crc
from mojo_kernels.python.direct.compare import compare
from mojo_kernels.python.direct.count import count_right
from mojo_kernels.python.direct.in_place import binary_in_place, unary_in_place
from mojo_kernels.python.direct.index import part_of
from mojo_kernels.python.direct.into import copy_into, fill_with, into
from mojo_kernels.python.direct.join import join
from mojo_kernels.python.direct.linear import linear_backward
from mojo_kernels.python.direct.loss import cross_entropy
from mojo_kernels.python.direct.make import alias, filled_like, fresh, number, set_memory, set_up, use, view
from mojo_kernels.python.direct.optim import table
from mojo_kernels.python.direct.pointwise import binary_backward, unary_backward
from mojo_kernels.python.direct.record import binary, linear, matmul, sum_all, sum_along, unary
from mojo_kernels.python.direct.rows import row_norm, softmax
from mojo_kernels.python.direct.sum import accumulate
from mojo_kernels.python.direct.views import recorded_view, view_of
from mojo_kernels.python.methods import (
    allocate_device,
    allocate_host,
    copy_device,
    copy_host,
    device_count,
    device_memory,
    empty_cache_of,
    forget_threads,
    make_context,
    memory_stats,
    open_device,
    set_costs,
    set_threads,
    synchronize_device,
    take_fault,
    trip_to_worker,
)
from mojo_kernels.python.node import attach, make_node_type, number_node, record, recorded_edges, set_up_graph
from mojo_kernels.python.plan import describe, fits, replay, tape_calls, tape_start, tape_stop
from mojo_kernels.python.shortcut import run_shortcut
from mojo_kernels.python.tensor import make_type
from mojo_kernels.python.backward import leading_nodes, pending_nodes, run_nodes, settle
from mojo_kernels.python.watch import unchanged
from mojo_kernels.runtime.chain import Chain
from mojo_kernels.runtime.kernel import address_of, cpu_entry
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.system import new_block
from mojo_kernels.runtime.words import new_entry, new_signature


@export
def PyInit_core() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    try:
        var builder = PythonModuleBuilder("core")
        var module = builder.finalize()
        var block = RuntimePointer(unsafe_from_address=new_block(size_of[Runtime](), 64))
        block.unsafe_write(Runtime())
        add_method(module, "call", call, block)
        add_method(module, "allocate", allocate_host, block)
        add_method(module, "allocate_device", allocate_device, block)
        add_method(module, "copy_device", copy_device, block)
        add_method(module, "copy_host", copy_host, block)
        add_method(module, "count_right", count_right, block)
        add_method(module, "cross_entropy", cross_entropy, block)
        add_method(module, "describe", describe, block)
        add_method(module, "device_count", device_count, block)
        add_method(module, "device_memory", device_memory, block)
        add_method(module, "empty_cache", empty_cache_of, block)
        add_method(module, "fits", fits, block)
        add_method(module, "fold_crc", fold_crc, block)
        add_method(module, "forget_threads", forget_threads, block)
        add_method(module, "join", join, block)
        add_method(module, "linear", linear, block)
        add_method(module, "linear_backward", linear_backward, block)
        add_method(module, "make_context", make_context, block)
        add_method(module, "matmul", matmul, block)
        add_method(module, "memory_stats", memory_stats, block)
        add_method(module, "open_device", open_device, block)
        add_method(module, "replay", replay, block)
        add_method(module, "row_norm", row_norm, block)
        add_method(module, "softmax", softmax, block)
        add_method(module, "run_shortcut", run_shortcut, block)
        add_method(module, "set_costs", set_costs, block)
        add_method(module, "set_threads", set_threads, block)
        add_method(module, "synchronize_device", synchronize_device, block)
        add_method(module, "take_fault", take_fault, block)
        add_method(module, "sum_all", sum_all, block)
        add_method(module, "sum_along", sum_along, block)
        add_method(module, "table", table, block)
        add_method(module, "tape_calls", tape_calls, block)
        add_method(module, "tape_start", tape_start, block)
        add_method(module, "tape_stop", tape_stop, block)
        add_method(module, "accumulate", accumulate, block)
        add_method(module, "alias", alias, block)
        add_method(module, "attach", attach, block)
        add_method(module, "binary", binary, block)
        add_method(module, "binary_backward", binary_backward, block)
        add_method(module, "binary_in_place", binary_in_place, block)
        add_method(module, "compare", compare, block)
        add_method(module, "copy_into", copy_into, block)
        add_method(module, "fill_with", fill_with, block)
        add_method(module, "fresh", fresh, block)
        add_method(module, "into", into, block)
        add_method(module, "set_memory", set_memory, block)
        add_method(module, "set_up", set_up, block)
        add_method(module, "unary", unary, block)
        add_method(module, "unary_backward", unary_backward, block)
        add_method(module, "unary_in_place", unary_in_place, block)
        add_method(module, "unchanged", unchanged, block)
        add_method(module, "use", use, block)
        add_method(module, "view", view, block)
        add_method(module, "run_nodes", run_nodes, block)
        add_method(module, "number", number, block)
        add_method(module, "number_node", number_node, block)
        add_method(module, "filled_like", filled_like, block)
        add_method(module, "record", record, block)
        add_method(module, "recorded_edges", recorded_edges, block)
        add_method(module, "recorded_view", recorded_view, block)
        add_method(module, "view_of", view_of, block)
        add_method(module, "part_of", part_of, block)
        add_method(module, "pending_nodes", pending_nodes, block)
        add_method(module, "leading_nodes", leading_nodes, block)
        add_method(module, "set_up_graph", set_up_graph, block)
        add_method(module, "settle", settle, block)
        add_object(module, "NodeBase", make_node_type())
        add_object(module, "TensorBase", make_type())
        add_method(module, "trip_to_worker", trip_to_worker, block)
        module.chain = PythonObject(
            new_entry(address_of(cpu_entry[Chain, Tiled]), new_signature(Chain.WORDS, False))
        )
        module.constants = constants()
        return module
    except e:
        abort(String("mocrograd: the core extension could not start: ", e))
