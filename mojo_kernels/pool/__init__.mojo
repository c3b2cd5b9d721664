"""Pooling over windows of up to three dimensions.

    max: y[p] = the largest pixel of window p, and its index in the image; nan wins
    avg: y[p] = the sum of the pixels of window p / its divisor
    max, backward: the gradient goes to the index; avg, backward: to all pixels of the window, divided

All operands are row-major or, in `last.mojo`, have their channels side by side (`channels_last`); the address of `indices`
is 0 where they are not wanted. An adaptive window p begins at p image / result. Backward has dx and dy in place of y and x;
for row-major images `pool_scatter` and `pool_gather` (max, backward and its own gradient) have words of their own. Images of
16 bits are computed with in float32.
"""

from mojo_kernels.pool.backward import AvgPoolBackward, PoolMove
from mojo_kernels.pool.forward import Pool
from mojo_kernels.pool.last import PoolLast, PoolLastBackward
