"""Convolutions of up to three dimensions, with groups, strides and dilations.

    y[n, f, p] = bias[f] + sum over c, k of w[f, c, k] x[n, c, stride p + dilation k]
    dw[f, c, k] = sum over n, p of dy[n, f, p] x[n, c, stride p + dilation k]
    dx = the convolution of dy, spread by the stride and padded, with the filters flipped

- `forward.mojo`: y. The sizes are those of `geometry.mojo`. Patches are packed (`patches.mojo`) or, where windows are
  adjacent, read in place (`strips.mojo`).
- `weight.mojo`: dw, in two kernels: sums over chunks of the batch, and their sum.
- `minimal.mojo`, `minimal_weight.mojo`: windows of 3 x 3 with fewer multiplications, by the tiles of `tiling.mojo` and
  the sums of `points.mojo`.
- `tiles.mojo`, `tiles_weight.mojo`: y and dw in bfloat16 by tiles of the processor.
- `last.mojo`, `last_weight.mojo`: y and dw of images whose channels lie side by side, by matrices of windows
  (`last_rows.mojo`); `depthwise.mojo`: the same for filters of one channel.
- `arrange.mojo`: padding and flipped filters, so that the products know neither padding nor transposition.

Images and results are row-major, or have their channels side by side (`channels_last`) where a kernel says so. Row-major
images are padded before, which takes a hundredth of the time of the product; minimal filtering and the kernels of images
with channels side by side pad them themselves.
"""

from mojo_kernels.conv.arrange import ConvFrame, ConvTurn
from mojo_kernels.conv.forward import ConvForward
from mojo_kernels.conv.depthwise import ConvDepthwise, ConvDepthwiseWeight
from mojo_kernels.conv.last import ConvLast, ConvPanels
from mojo_kernels.conv.last_weight import ConvLastWeight
from mojo_kernels.conv.minimal import ConvMinimal, ConvPoints
from mojo_kernels.conv.minimal_weight import ConvMinimalCombine, ConvMinimalWeight
from mojo_kernels.conv.weight import ConvCombine, ConvWeight
from mojo_kernels.conv.tiles import ConvTiles
from mojo_kernels.conv.tiles_weight import ConvCombineTiles, ConvWeightTiles
