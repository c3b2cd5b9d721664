"""One product of a batch."""

from mojo_kernels.matmul.operands import AT, Operands
from mojo_kernels.runtime.loops import decode
from mojo_kernels.runtime.types import Words


@always_inline
def one_product[dt: DType](args: Words, batch: Int) -> Operands[dt]:
    """Returns one product of a batch.

    Parameters:
        dt: The dtype.

    Args:
        args: The packed words.
        batch: Its index.

    Returns:
        The product.
    """
    var p = Operands[dt](args)
    var at = decode[2](args, AT.batch, batch)
    p.move(batch * p.m * p.n, Int(at[0]), Int(at[1]))
    return p
