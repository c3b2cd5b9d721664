"""Scaled dot-product attention without the matrix of scores: y = softmax(scale q k^T + mask) v, tile by tile.

Forward runs over tiles of keys with an online softmax (Milakov and Gimelshein, 2018; Dao et al., 2022): the greatest
score and the sum of exponentials of each row so far, by which the row of y is scaled when they grow. It stores the
logarithm of each row's sum, from which backward computes a tile of weights again. A row that may look at no key gives
0.

    p = e^(s - lse); dv += p^T dy; ds = p (dy v^T - sum dy y); dq += scale ds k; dk += scale ds^T q

With dropout of weights, by factors d (`drop.mojo`), y = (p d) v; backward takes p d for p in dv, and d (dy v^T) for dy v^T.

q is (B, H, L, E), k and v (B, G, S, E and V), where G divides H; y (B, H, L, V); lse and the sums of dy y (B, H, L). All may have any strides,
but the last dimension is contiguous. The mask is added, and broadcasts by strides of 0.

Strides are those of batch, head and row, of the mask those of columns too; the address of the mask is 0 where there is
none. `causal` tells whether a row looks at no key behind its own position. The words of the dropout come last:
probability (0 for none), factor, seed and position in the stream.
"""
