"""Matrix product by definition: three loops, one scalar sum per element of y."""

from mojo_kernels.matmul.operands import Operands


def matmul_naive[dt: DType](p: Operands[dt]):
    """Computes y = a b (+ bias) (+ y).

    Parameters:
        dt: The dtype, in which sums are kept too.

    Args:
        p: The product.
    """
    var a = p.element(p.a, 0)
    var b = p.element(p.b, 0)
    for i in range(p.m):
        for j in range(p.n):
            var sum = Scalar[dt](0)
            for l in range(p.k):
                sum += (
                    a[unsafe_offset=i * p.a_row + l * p.a_column]
                    * b[unsafe_offset=l * p.b_row + j * p.b_column]
                )
            var y = p.element(p.y, i * p.y_row + j * p.y_column)
            if p.bias != 0:
                sum += p.element(p.bias, i * p.bias_row + j * p.bias_column)[]
            if p.accumulate:
                sum += y[]
            y[] = sum
