"""The extension `matmul`: matrix products."""

from std.sys import has_accelerator

from mojo_kernels.elementwise.narrow import HALVES
from mojo_kernels.matmul import MatMul
from mojo_kernels.matmul.amx import has_tiles
from mojo_kernels.matmul.amx_product import HalfTiles
from mojo_kernels.matmul.gpu import HAS_TF32
from mojo_kernels.matmul.gpu_kernels import MatrixProduct
from mojo_kernels.matmul.half import HAS_PAIRS, HalfProduct, IS_LIBRARY
from mojo_kernels.matmul.linear import WORDS, linear_cost, linear_cpu, linear_gpu
from mojo_kernels.matmul.packed_tile import SHAPES
from mojo_kernels.python.extension import add_to_module, extension
from mojo_kernels.python.register import register, register_cost, register_entry, register_forms
from mojo_kernels.python.table import Object, Table, integer, sequence
from mojo_kernels.reduce import Reduce
from mojo_kernels.reduce.combine import Sum
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry, gpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.tuning import tuning_words
from mojo_kernels.runtime.types import FLOATS, NUMBERS, dtype_name
from mojo_kernels.runtime.words import new_signature

comptime _HalfSum = Reduce[Sum, BFLOAT16, DType.float32]


def _fill(table: Table):
    comptime for dt in NUMBERS:
        register[MatMul[dt]](table)
    comptime for dt in FLOATS:
        _register_linear[MatMul[dt], Reduce[Sum, dt], dt](table)
    comptime if HAS_PAIRS or IS_LIBRARY:
        register[HalfProduct](table)
        _register_linear[HalfProduct, _HalfSum, BFLOAT16](table)
    comptime if has_accelerator():
        comptime for dt in HALVES:
            comptime if dt != BFLOAT16 or not (HAS_PAIRS or IS_LIBRARY):
                _register_on_gpu[MatrixProduct[dt], Reduce[Sum, dt, DType.float32], dt](table, "")
    comptime if HAS_TF32:
        comptime dt = DType.float32
        _register_on_gpu[MatrixProduct[dt], Reduce[Sum, dt], dt](table, "_tf32")
    if has_tiles():
        _register_tiles(table)


def _register_tiles(table: Table):
    """Registers products of bfloat16 by tiles, in place of others."""
    register_forms[HalfTiles.name()](
        table,
        HalfTiles.WORDS,
        cpu_entry[HalfProduct, Original],
        cpu_entry[HalfTiles, Tiled],
        cost_entry[HalfTiles],
        0,
        HalfTiles.SHAPE,
        HalfTiles.SIZES,
    )
    comptime linear = String("linear.backward.bfloat16")
    register_forms[linear](
        table,
        WORDS,
        linear_cpu[cpu_entry[HalfProduct, Original], cpu_entry[_HalfSum, Original]],
        linear_cpu[cpu_entry[HalfTiles, Tiled], cpu_entry[_HalfSum, Tiled]],
        linear_cost[BFLOAT16],
    )


def _register_on_gpu[Product: Kernel, Total: Kernel, dt: DType](table: Table, suffix: StaticString):
    """Registers a product, and the backward of a linear layer, that have a form for the GPU alone."""
    var name = Product.name()
    register_entry(table, name + ".gpu", gpu_entry[Product], new_signature(Product.WORDS, True))
    register_cost(table, name, Product.WORDS, cost_entry[Product], Product.SHAPE, Product.SIZES)
    var linear = String("linear", suffix, ".backward.", dtype_name(dt))
    register_entry(table, linear + ".gpu", linear_gpu[Product, Total], new_signature(WORDS, True))
    register_cost(table, linear, WORDS, linear_cost[dt])


def _register_linear[Product: Kernel, Total: Kernel, dt: DType](table: Table):
    """Registers the backward of a linear layer, which is several kernels in one call."""
    comptime name = String("linear.backward.", dtype_name(dt))
    register_forms[name](
        table,
        WORDS,
        linear_cpu[cpu_entry[Product, Original], cpu_entry[Total, Original]],
        linear_cpu[cpu_entry[Product, Tiled], cpu_entry[Total, Tiled]],
        linear_cost[dt],
    )
    comptime if has_accelerator():
        comptime gpu = name + ".gpu"
        register_entry(table, materialize[gpu](), linear_gpu[Product, Total], new_signature(WORDS, True))


def _shapes() -> Object:
    """Returns rows and vectors of all shapes of tiles, and 1 where the copied block is of b."""
    var shapes = List[Object]()
    comptime for i in range(len(SHAPES)):
        comptime rows = SHAPES[i].rows
        comptime vectors = SHAPES[i].vectors
        comptime block_of_b = SHAPES[i].block_of_b
        shapes.append(sequence([integer(rows), integer(vectors), integer(Int(block_of_b))]))
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
    add_to_module(module, "amx", integer(Int(has_tiles())))
    return module
