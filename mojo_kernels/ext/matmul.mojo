"""The extension `matmul`: matrix products."""

from std.os import abort
from std.python import Python, PythonObject
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
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register, register_cost, register_entry
from mojo_kernels.reduce import Reduce
from mojo_kernels.reduce.combine import Sum
from mojo_kernels.runtime.bfloat16 import BFLOAT16
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry, gpu_entry
from mojo_kernels.runtime.schedule import Original, Tiled
from mojo_kernels.runtime.tuning import tuning_words
from mojo_kernels.runtime.types import FLOATS, NUMBERS, dtype_name
from mojo_kernels.runtime.words import new_signature

comptime _HalfSum = Reduce[Sum, BFLOAT16, DType.float32]


def _fill(table: PythonObject) raises:
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


def _register_tiles(table: PythonObject) raises:
    """Registers products of bfloat16 by tiles, in place of others."""
    var name = HalfTiles.name()
    var signature = new_signature(HalfTiles.WORDS, True)
    register_entry(table, name + ".original", cpu_entry[HalfProduct, Original], signature)
    register_entry(table, name + ".tiled", cpu_entry[HalfTiles, Tiled], signature)
    register_cost(table, name, HalfTiles.WORDS, cost_entry[HalfTiles])
    name = "linear.backward.bfloat16"
    signature = new_signature(WORDS, True)
    comptime original = linear_cpu[cpu_entry[HalfProduct, Original], cpu_entry[_HalfSum, Original]]
    register_entry(table, name + ".original", original, signature)
    comptime tiled = linear_cpu[cpu_entry[HalfTiles, Tiled], cpu_entry[_HalfSum, Tiled]]
    register_entry(table, name + ".tiled", tiled, signature)
    register_cost(table, name, WORDS, linear_cost[BFLOAT16])


def _register_on_gpu[
    Product: Kernel, Total: Kernel, dt: DType
](table: PythonObject, suffix: StaticString) raises:
    """Registers a product, and the backward of a linear layer, that have a form for the GPU alone."""
    var name = Product.name()
    register_entry(table, name + ".gpu", gpu_entry[Product], new_signature(Product.WORDS, True))
    register_cost(table, name, Product.WORDS, cost_entry[Product])
    var linear = String("linear", suffix, ".backward.", dtype_name(dt))
    register_entry(table, linear + ".gpu", linear_gpu[Product, Total], new_signature(WORDS, True))
    register_cost(table, linear, WORDS, linear_cost[dt])


def _register_linear[Product: Kernel, Total: Kernel, dt: DType](table: PythonObject) raises:
    """Registers the backward of a linear layer, which is several kernels in one call."""
    var name = String("linear.backward.", dtype_name(dt))
    var signature = new_signature(WORDS, True)
    register_entry(
        table,
        name + ".original",
        linear_cpu[cpu_entry[Product, Original], cpu_entry[Total, Original]],
        signature,
    )
    register_entry(
        table, name + ".tiled", linear_cpu[cpu_entry[Product, Tiled], cpu_entry[Total, Tiled]], signature
    )
    comptime if has_accelerator():
        register_entry(table, name + ".gpu", linear_gpu[Product, Total], signature)
    register_cost(table, name, WORDS, linear_cost[dt])


def _shapes() raises -> PythonObject:
    """Returns rows and vectors of all shapes of tiles, and whether the copied block is of b."""
    var shapes = Python.list()
    comptime for i in range(len(SHAPES)):
        comptime rows = SHAPES[i].rows
        comptime vectors = SHAPES[i].vectors
        comptime block_of_b = SHAPES[i].block_of_b
        shapes.append(Python.tuple(rows, vectors, block_of_b))
    return shapes


@export
def PyInit_matmul() abi("C") -> PythonObject:
    """Makes the extension module.

    Returns:
        The module.
    """
    var module = extension("matmul", _fill)
    try:
        module.tuning = Int(tuning_words())
        module.shapes = _shapes()
        module.amx = has_tiles()
    except e:
        abort(String("mocrograd: the extension matmul could not start: ", e))
    return module
