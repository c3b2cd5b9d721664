"""The extension `random`: random numbers from a counter."""

from mojo_kernels.python.extension import extension
from mojo_kernels.python.register import register
from mojo_kernels.python.table import Object, Table
from mojo_kernels.random import Kept, NonNegative, Normal, Permutations, Random, Uniform
from mojo_kernels.random.sampled import Bernoulli, Binomial, Gamma, Poisson, Sampled, VonMises
from mojo_kernels.runtime.types import FLOATS


def _fill(table: Table):
    comptime for dt in FLOATS:
        register[Random[Uniform, dt]](table)
        register[Random[Normal, dt]](table)
        register[Random[Kept, dt]](table)
        register[Bernoulli[dt]](table)
        register[Sampled[Binomial, dt]](table)
        register[Sampled[Gamma, dt]](table)
        register[Sampled[Poisson, dt]](table)
        register[Sampled[VonMises, dt]](table)
    register[Random[NonNegative, DType.int64]](table)
    register[Permutations](table)


@export
def PyInit_random() abi("C") -> Object:
    """Makes the extension module.

    Returns:
        The module.
    """
    return extension("random", _fill)
