"""Normalisation: of rows (layer, group, instance, root mean square) and of channels over a batch.

    xhat = (x - mean) rstd, rstd = 1 / sqrt(var + eps);  y = xhat weight + bias
    dx = rstd (g - mean g - xhat mean (g xhat)) with g = dy weight;  dweight = sum dy xhat, dbias = sum dy

Without centring (root mean square) the mean is 0 and so is the mean of g. Backward needs x, mean and rstd.

Rows: forward words y, mean, rstd, x, weight or 0, bias or 0, rows, columns, span, period, centred, narrow, eps. With a span of 0 a row
has a weight per column; otherwise a weight per span of columns, and `period` rows use others. Backward words: dx, dweight,
dbias (each 0 where it is not wanted), dy, x, mean, rstd, weight, rows, columns, span, period, centred, narrow, block. dweight
and dbias are sums over `block` rows, or per row where there is a span; Python adds them up. Where x has 16 bits, weight and
bias have them too if `narrow` is 1, and else are float32, as means, deviations and sums are.

Channels: forward words y, mean, rstd, x, weight, bias, running mean, running variance, counter (each 0 if absent), batch,
channels, length, eps, momentum; backward words: dx, dweight, dbias, dy, x, mean, rstd, weight, batch, channels, length,
trained. x is (batch, channels, length). A counter holds how many batches there were; the momentum is then 1 / counter.
"""

from mojo_kernels.normalization.channel import ChannelNorm, ChannelNormBackward
from mojo_kernels.normalization.row import RowNorm, RowNormBackward
