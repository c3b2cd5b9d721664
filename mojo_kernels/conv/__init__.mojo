"""Convolutions of up to three dimensions, with groups, strides and dilations.

    y[n, f, p] = bias[f] + sum over c, k of w[f, c, k] x[n, c, stride p + dilation k]
    dw[f, c, k] = sum over n, p of dy[n, f, p] x[n, c, stride p + dilation k]
    dx = the convolution of dy, spread by the stride and framed, with the filters turned round

- `forward.mojo`: y. Words: y, x, w, bias or 0, then the sizes of `geometry.mojo`. Patches are packed (`patches.mojo`) or, where
  windows lie side by side, read where they are (`strips.mojo`).
- `weight.mojo`: dw, in two kernels: sums over chunks of the batch, and their sum.
- `arrange.mojo`: padding and filters turned round, so that the products know neither padding nor transposition.

All operands are contiguous. Images are padded before, which takes a hundredth of the time of the product.
"""

from mojo_kernels.conv.arrange import ConvFrame, ConvTurn
from mojo_kernels.conv.forward import ConvForward
from mojo_kernels.conv.weight import ConvCombine, ConvWeight
