"""Matrix products with their epilogues, and linear layers' gradients as products."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mocrograd import backend
from mocrograd.compiler.generate.items import Elements, Item, local_blocks
from mocrograd.compiler.generate.pointwise import Values, load, reads_as, store, write_lanes
from mocrograd.compiler.generate.rows import SumAll, SumRows
from mocrograd.compiler.generate.text import Function
from mocrograd.compiler.generate.updates import Moved, Update
from mocrograd.compiler.trace import Call, Operand

_FLOATS = ("float32", "float64")
_ONE = 0x3FF0000000000000
MOST_K = 256
"""Longer sums are cut into blocks (mojo_kernels/matmul/cpu.mojo)."""
MOST_PACKED = 1 << 14
"""The most elements of the right operand, which lies on the stack where it is packed."""


class Product(Item):
    """A matrix product whose sums go through the lanes of pointwise calls before they are stored.

    Args:
        call: The recorded call.
        sizes: Rows, columns and the length of a sum.
        y: Where the result goes.
        a: The left operand.
        a_strides: Its strides from row to row and from column to column.
        b: The right operand.
        b_strides: Its strides.
        bias: What is added to each row.
        relu: Whether negative results become 0.
    """

    def __init__(
        self,
        call: Call,
        sizes: tuple[int, int, int],
        y: Operand,
        a: Operand,
        a_strides: tuple[int, int],
        b: Operand,
        b_strides: tuple[int, int],
        bias: Operand | None = None,
        relu: bool = False,
    ) -> None:
        super().__init__([call], [y, a, b, *([bias] if bias else [])])
        self.sizes, self.a_strides, self.b_strides = sizes, a_strides, b_strides
        self.y, self.a, self.b, self.bias, self.relu = y, a, b, bias, relu
        self.dtype = call.name.rpartition(".")[2]
        self.epilogue: list[Elements] = []
        self.updates: list[tuple[Update, Moved]] = []
        self.stores = True

    @property
    def count(self) -> int:
        """The number of elements of the result."""
        return self.sizes[0] * self.sizes[1]

    def take(self, loop: Elements) -> None:
        """Make a loop over the result's elements part of the epilogue."""
        self.epilogue.append(loop)
        self.calls += loop.calls
        self.operands += loop.operands

    def move(self, update: Update, moved: Moved) -> None:
        """Make the update of the tensor whose gradient the result is part of the epilogue."""
        self.updates.append((update, moved))
        self.operands += [operand for operand in (moved.param, *moved.states) if operand is not None]

    def settle(self, items: Sequence[Item]) -> None:
        """Find out which results stay in registers."""
        local = local_blocks(self, items)
        self.stores = self.y.block not in local
        for loop in self.epilogue:
            loop.local |= local

    def write(self, to: Function) -> None:
        """Write the product and its epilogue."""
        dtype, finish = to.dtype(self.dtype), f"finish_{to.number()}"
        label = ", ".join(
            call.name.rpartition(".")[0] + f" + {call.epilogue}" * bool(call.epilogue) for call in self.calls
        )
        to.comment(label, [o.block for o in self.operands if o.reads], [o.block for o in self.operands if o.writes])
        for update, _ in self.updates:
            update.write_rule(to)
        m, n, k = self.sizes
        given = f"i: Int, j: Int, sum: SIMD[{dtype}, w], mask: SIMD[DType.bool, w]"
        to.write(f"def {finish}[w: Int, tail: Bool]({given}) {{imm}}:", f"    var e = i * {n} + j")
        result = "sum"
        if self.bias is not None:
            result = self._next(to, f"{result} + {load(to, to.pointer(self.bias, self.dtype), dtype, 'j')}")
        if self.relu:
            result = self._next(to, f"{result}.lt(0).select(SIMD[{dtype}, w](0), {result})")
        if self.stores:
            store(to, to.pointer(self.y, self.dtype), dtype, "e", result)
        values: Values = {(self.y.block, self.y.offset): result}
        for loop in self.epilogue:
            write_lanes(to, loop, "e", values)
        for update, moved in self.updates:
            update.write_lanes(to, moved, result)
        (a_row, a_column), (b_row, b_column) = self.a_strides, self.b_strides
        strides = f"a_row={a_row}, a_column={a_column}, b_row={b_row}, b_column={b_column}"
        operands = f"{to.pointer(self.a, self.dtype)}, {to.pointer(self.b, self.dtype)}"
        product = to.use("product", "generated.product")
        to.write(f"{product}[{dtype}, m={m}, n={n}, k={k}, {strides}]({operands}, {finish})")

    def _next(self, to: Function, value: str) -> str:
        variable = f"v{to.number()}"
        to.write(f"    var {variable} = {to.use('fence', 'numerics.fence')}({value})")
        return variable


def products(call: Call) -> list[Item] | None:
    """Return the items of a matrix product, or of a linear layer's gradients."""
    op, dtype = call.name.rpartition(".")[::2]
    if dtype not in _FLOATS or call.varying:
        return None
    if op == "matmul.forward":
        return _product(call)
    return _linear_backward(call) if op == "linear.backward" else None


def _fits(m: int, n: int, k: int) -> bool:
    return min(m, n, k) > 0 and k <= MOST_K and n * k <= MOST_PACKED and m * k <= MOST_PACKED


def _product(call: Call) -> list[Item] | None:
    names = backend.WORDS[call.name].names
    word = {name: call.words[index] for name, index in names.items()}
    batch = names["batch"]
    batches = math.prod(call.words[batch + 1 : batch + 1 + call.words[batch]])
    sizes = word["m"], word["n"], word["k"]
    if batches != 1 or word["accumulate"] or word["alpha"] != _ONE or not _fits(*sizes):
        return None
    at = {operand.word: operand for operand in call.operands}
    return [
        Product(
            call,
            sizes,
            at[names["y"]],
            at[names["a"]],
            (word["a_row"], word["a_column"]),
            at[names["b"]],
            (word["b_row"], word["b_column"]),
            at.get(names["bias"]),
            bool(word["relu"]),
        )
    ]


def _linear_backward(call: Call) -> list[Item] | None:
    names = backend.WORDS[call.name].names
    word = {name: call.words[index] for name, index in names.items()}
    at = {name: operand for name, index in names.items() for operand in call.operands if operand.word == index}
    m, n, k = word["m"], word["n"], word["k"]
    if not (_fits(m, k, n) and _fits(n, k, m)):
        return None
    items: list[Item] = []
    dy = at["dy"]
    if "dx" in at:
        items.append(Product(call, (m, k, n), at["dx"], dy, (n, 1), at["w"], (word["w_row"], word["w_column"])))
    if "dw" in at:
        items.append(Product(call, (n, k, m), at["dw"], dy, (1, n), at["x"], (word["x_row"], word["x_column"])))
    if "dbias" in at:
        items.append((SumAll if n == 1 else SumRows)(call, at["dbias"], dy, (m, n), 1.0))
    return items


def fuse_epilogues(items: Sequence[Item]) -> list[Item]:
    """Make loops over a product's result its epilogue, where nothing between the two touches what they touch."""
    out: list[Item] = []
    for item in items:
        product = _product_of(item, out) if isinstance(item, Elements) else None
        if product is None:
            out.append(item)
        else:
            assert isinstance(item, Elements)
            product.take(item)
    for item in out:
        if isinstance(item, Product):
            item.settle(out)
    return out


def _product_of(loop: Elements, before: Sequence[Item]) -> Product | None:
    """Return the product that a loop can be the epilogue of."""
    for number in range(len(before) - 1, -1, -1):
        item = before[number]
        if isinstance(item, Product) and _continues(loop, item):
            return item
        if not item.known or item.meets(loop):
            return None
    return None


def _continues(loop: Elements, product: Product) -> bool:
    if (
        loop.count != product.count
        or loop.dtype != product.dtype
        or not reads_as(loop, product.y.block, product.y.offset)
    ):
        return False
    read = {operand.block for operand in (product.a, product.b, product.bias) if operand is not None}
    written = {operand.block for operand in loop.operands if operand.writes}
    singles = {o.block for call in loop.calls for o in call.operands if o.reads}
    made = {o.block for o in product.operands if o.writes} - {product.y.block}
    return (
        not (read & written)
        and product.y.block not in written
        and not (singles & made - _aligned_blocks(loop, product))
    )


def _aligned_blocks(loop: Elements, product: Product) -> set[object]:
    """Return the blocks of earlier epilogues that a loop reads element by element."""
    offsets = {o.block: o.offset for other in product.epilogue for o in other.operands if o.writes}
    return {block for block, offset in offsets.items() if reads_as(loop, block, offset)}


def fuse_updates(items: Sequence[Item]) -> None:
    """Have products whose result is a gradient move the parameter, where nobody needs its old value afterwards."""
    for number, item in enumerate(items):
        for moved in list(item.rest) if isinstance(item, Update) else ():
            assert isinstance(item, Update)
            product = _gradient_of(moved, item, items[:number])
            if product is not None:
                product.move(item, moved)
                item.rest.remove(moved)


def _gradient_of(moved: Moved, update: Update, before: Sequence[Item]) -> Product | None:
    """Return the product that makes a gradient and may move the parameter."""
    for item in reversed(before):
        touched = {operand.block for operand in item.operands}
        if touched & moved.changes or not item.known or item.may_fail:
            return None
        if any(o.block is moved.grad.block and o.writes for o in item.operands):
            fits = (
                isinstance(item, Product)
                and (item.y.block, item.y.offset) == (moved.grad.block, moved.grad.offset)
                and (item.count, item.dtype) == (moved.elements, update.dtype)
                and not item.epilogue
            )
            return item if fits else None  # type: ignore[return-value]
    return None
