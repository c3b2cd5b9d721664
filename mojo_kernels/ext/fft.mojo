"""The extension `fft`: fast Fourier transforms."""

from std.sys import has_accelerator

from mojo_kernels.fft import Transform
from mojo_kernels.fft.direct import COMPLEX, FROM_REAL, TO_REAL
from mojo_kernels.fft.gpu import DeviceStep
from mojo_kernels.fft.gpu_passes import DevicePass, DeviceTimes
from mojo_kernels.fft.wide import Fold, Unfold, WideColumns, WideRows
from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register, register_cost, register_entry, register_forms
from mojo_kernels.python.table import Object, Table
from mojo_kernels.runtime.kernel import Kernel, cost_entry, cpu_entry, gpu_entry
from mojo_kernels.runtime.schedule import Tiled
from mojo_kernels.runtime.types import FLOATS
from mojo_kernels.runtime.words import new_signature


def _on_the_cpu[K: Kernel](table: Table):
    """Puts in a kernel whose two forms are the same code."""
    register_forms[K.name()](table, K.WORDS, cpu_entry[K, Tiled], cpu_entry[K, Tiled], cost_entry[K])


def _on_a_gpu[K: Kernel](table: Table):
    """Puts in the form of a kernel for a GPU."""
    comptime name = K.name() + ".gpu"
    register_entry(table, materialize[name](), gpu_entry[K], new_signature(K.WORDS, True))


def _on_a_gpu_alone[K: Kernel](table: Table):
    """Puts in a kernel that has no other form."""
    comptime name = K.name()
    _on_a_gpu[K](table)
    register_cost(table, materialize[name](), K.WORDS, cost_entry[K])


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[Transform[COMPLEX, dt]](table)
        register[Transform[FROM_REAL, dt]](table)
        register[Transform[TO_REAL, dt]](table)
        _on_the_cpu[WideColumns[dt]](table)
        _on_the_cpu[WideRows[dt]](table)
        _on_the_cpu[Unfold[dt]](table)
        _on_the_cpu[Fold[dt]](table)
        comptime if has_accelerator():
            _on_a_gpu[Unfold[dt]](table)
            _on_a_gpu[Fold[dt]](table)
            _on_a_gpu_alone[DeviceStep[dt]](table)
            _on_a_gpu_alone[DevicePass[dt]](table)
            _on_a_gpu_alone[DeviceTimes[dt]](table)


@export
def PyInit_fft() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("fft", _fill)
