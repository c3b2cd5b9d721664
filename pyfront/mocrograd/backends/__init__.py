"""The switches of torch's libraries, none of which is behind mocrograd: they may be set, and change nothing.

What scripts ask of them holds anyway: results are deterministic, and products of float32 are exact float32.
"""

from mocrograd.backends import cuda as cuda
from mocrograd.backends import cudnn as cudnn
from mocrograd.backends import mkldnn as mkldnn
from mocrograd.backends import mps as mps
