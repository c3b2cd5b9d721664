"""Matrix product by definition: three loops, one scalar sum per element of y."""

from mojo_kernels.matmul.operands import Operands


@always_inline
def naive_element[dt: DType](p: Operands[dt], i: Int, j: Int):
    """Computes one element of y = activation(alpha a b + bias + y).

    Parameters:
        dt: The dtype, in which sums are kept too.

    Args:
        p: The product.
        i: The row.
        j: The column.
    """
    var sum = Scalar[dt](0)
    for l in range(p.k):
        sum += p.element(p.a, i * p.a_row + l * p.a_column)[] * p.element(p.b, l * p.b_row + j * p.b_column)[]
    finish_element(p, i, j, sum)


@always_inline
def finish_element[dt: DType](p: Operands[dt], i: Int, j: Int, sum: Scalar[dt]):
    """Stores an element of y whose sum is known.

    Parameters:
        dt: The dtype.

    Args:
        p: The product.
        i: The row.
        j: The column.
        sum: The sum over k.
    """
    var y = p.element(p.y, i * p.y_row + j * p.y_column)
    var value = p.alpha * sum
    if p.bias != 0:
        value += p.element(p.bias, i * p.bias_row + j * p.bias_column)[]
    if p.accumulate:
        value += y[]
    if p.relu and value < 0:
        value = 0
    y[] = value


def matmul_naive[dt: DType](p: Operands[dt]):
    """Computes y = activation(alpha a b + bias + y).

    Parameters:
        dt: The dtype, in which sums are kept too.

    Args:
        p: The product.
    """
    for i in range(p.m):
        for j in range(p.n):
            naive_element(p, i, j)
