"""The switches of the libraries that torch uses and mocrograd does not: they may be set, and change nothing.

Their guarantees hold anyway: results are deterministic, and products of float32 are exact float32.
"""

from mocrograd.backends import cuda as cuda
from mocrograd.backends import cudnn as cudnn
from mocrograd.backends import mkldnn as mkldnn
from mocrograd.backends import mps as mps
from mocrograd.backends import opt_einsum as opt_einsum
