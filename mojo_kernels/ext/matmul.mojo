"""The extension `matmul`: matrix products."""

from std.sys import has_accelerator

from mojo_kernels.matmul import MatMul
from mojo_kernels.matmul.half import HAS_PAIRS, HalfProduct
from mojo_kernels.matmul.linear import WORDS, linear_cost, linear_cpu, linear_gpu
from mojo_kernels.matmul.packed_tile import SHAPES
from mojo_kernels.python.extension import add_to_module, extension
from mojo_kernels.python.register import register, register_entry, register_forms
from mojo_kernels.python.table import Object, Table, integer, sequence
from mojo_kernels.reduce import Reduce
from mojo_kernels.reduce.combine import Sum
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.kernel import Kernel
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.tuning import tuning_words
from mojo_kernels.runtime.types import FLOATS, NUMBERS, dtype_name
from mojo_kernels.runtime.words import new_signature


def _fill(table: Table):
    comptime for dt in NUMBERS:
        register[MatMul[dt]](table)
    comptime for dt in FLOATS:
        _register_linear[MatMul[dt], Reduce[Sum, dt], dt](table)
    comptime if HAS_PAIRS:
        register[HalfProduct](table)
        _register_linear[HalfProduct, Reduce[Sum, BFLOAT16, DType.float32], BFLOAT16](table)


def _register_linear[Product: Kernel, Total: Kernel, dt: DType](table: Table):
    """Registers the backward of a linear layer, which is several kernels in one call."""
    comptime name = String("linear.backward.", dtype_name(dt))
    register_forms[name](
        table, WORDS, linear_cpu[Product, Total, Original], linear_cpu[Product, Total, Tiled], linear_cost[dt]
    )
    comptime if has_accelerator():
        comptime gpu = name + ".gpu"
        register_entry(table, materialize[gpu](), linear_gpu[Product, Total], new_signature(WORDS, True))


def _shapes() -> Object:
    """Returns rows and vectors of all shapes of tiles."""
    var shapes = List[Object]()
    comptime for i in range(len(SHAPES)):
        comptime rows = SHAPES[i].rows
        comptime vectors = SHAPES[i].vectors
        shapes.append(sequence([integer(rows), integer(vectors)]))
    return sequence(shapes^)


@export
def PyInit_matmul() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    var module = extension("matmul", _fill)
    add_to_module(module, "tuning", integer(Int(tuning_words())))
    add_to_module(module, "shapes", _shapes())
    return module
