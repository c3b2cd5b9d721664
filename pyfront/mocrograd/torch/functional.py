"""`torch.functional`: functions that torch's top level has, too."""

from mocrograd import atleast_1d as atleast_1d
from mocrograd import atleast_2d as atleast_2d
from mocrograd import atleast_3d as atleast_3d
from mocrograd import block_diag as block_diag
from mocrograd import broadcast_shapes as broadcast_shapes
from mocrograd import broadcast_tensors as broadcast_tensors
from mocrograd import cartesian_prod as cartesian_prod
from mocrograd import cdist as cdist
from mocrograd import chain_matmul as chain_matmul
from mocrograd import einsum as einsum
from mocrograd import istft as istft
from mocrograd import meshgrid as meshgrid
from mocrograd import norm as norm
from mocrograd import pca_lowrank as pca_lowrank
from mocrograd import split as split
from mocrograd import stft as stft
from mocrograd import svd_lowrank as svd_lowrank
from mocrograd import tensordot as tensordot
from mocrograd import unique as unique
from mocrograd import unique_consecutive as unique_consecutive
from mocrograd import unravel_index as unravel_index
