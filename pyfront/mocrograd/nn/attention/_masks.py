"""Masks of attention by functions of positions, and the blocks of positions that they leave empty or full."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import ops
from mocrograd.dtypes import bool_, int32
from mocrograd.nn.functional import pad
from mocrograd.tensor import Tensor
from mocrograd.types import Device

MaskMod = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""Tells of batch, head, query and key, each the index or a tensor of them, whether the query sees the key."""
DEFAULT_BLOCK_SIZE = 128


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """Return True: every query sees every key."""
    return batch.new_ones((), dtype=bool_)


def _of_a_part(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
    """Stand for the function of a mask of which a part was taken.

    Raises:
        RuntimeError: It is called.
    """
    raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")


def positions(shape: Sequence[int], device: Device) -> tuple[Tensor, ...]:
    """Return the indices of batch, head, query and key, which broadcast to all of their combinations."""
    return tuple(
        ops.arange(n, dtype=int32, device=device).reshape([n if d == own else 1 for d in range(4)])
        for own, n in enumerate(shape)
    )


def create_mask(
    mod_fn: Callable[..., Tensor], B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Device = None
) -> Tensor:
    """Return a mask for each query and key.

    Args:
        mod_fn: A function of batch, head, query and key that tells whether the query sees the key; or of a score in
            front of these, which gives -inf where it does not. It gets all indices at once, as tensors.
        B: The size of the batch; 1 for None.
        H: The number of heads; 1 for None.
        Q_LEN: The number of queries.
        KV_LEN: The number of keys.
        device: Where it is; the default device by default.

    Returns:
        A tensor of bools, (B, H, Q_LEN, KV_LEN).
    """
    shape = (B or 1, H or 1, Q_LEN, KV_LEN)
    where = positions(shape, device)
    if _takes(mod_fn) == 5:
        return mod_fn(ops.zeros(shape, device=device), *where) != -math.inf
    return mod_fn(*where).to(bool_).expand(shape)


def _takes(function: Callable[..., Any]) -> int:
    """Return the number of positional arguments without a default."""
    parameters = inspect.signature(function).parameters.values()
    return len([p for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty])


def _ordered(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """Return how many blocks of each row there are, and the indices of the blocks, those in front."""
    numbers = blocks.to(int32)
    return numbers.sum(-1).to(int32), numbers.argsort(dim=-1, descending=True, stable=True).to(int32)


def _dense(counts: Tensor, indices: Tensor) -> Tensor:
    """Return the blocks as a matrix of 0 and 1: the inverse of `_ordered`."""
    there = ops.arange(indices._shape[-1], device=indices.device) < counts.unsqueeze(-1)
    return ops.zeros_like(indices).scatter(-1, indices.long(), there.to(int32))


def _spread(blocks: Tensor, size: tuple[int, int], lengths: tuple[int, int]) -> Tensor:
    """Return a matrix of blocks as one of positions."""
    wide = blocks.to(bool_).repeat_interleave(size[0], -2).repeat_interleave(size[1], -1)
    return wide[..., : lengths[0], : lengths[1]]


class BlockMask:
    """A mask, and which blocks of queries and keys it leaves empty, full or partly full; see `create_block_mask`.

    Attributes:
        kv_num_blocks: (batch, heads, rows): how many blocks of a row are partly full.
        kv_indices: (batch, heads, rows, columns): the numbers of these blocks, and then those of the others.
        full_kv_num_blocks: The same for full blocks; None where these count as partly full.
        full_kv_indices: The same for full blocks.
        q_num_blocks: As `kv_num_blocks`, by columns.
        q_indices: As `kv_indices`, by columns.
        full_q_num_blocks: As `full_kv_num_blocks`, by columns.
        full_q_indices: As `full_kv_indices`, by columns.
        BLOCK_SIZE: Queries and keys of a block.
        mask_mod: The function that tells which query sees which key.
        seq_lengths: The numbers of queries and keys.
    """

    def __init__(
        self, seq_lengths: tuple[int, int], kv_num_blocks: Tensor, kv_indices: Tensor,
        full_kv_num_blocks: Tensor | None, full_kv_indices: Tensor | None, q_num_blocks: Tensor | None,
        q_indices: Tensor | None, full_q_num_blocks: Tensor | None, full_q_indices: Tensor | None,
        BLOCK_SIZE: tuple[int, int], mask_mod: MaskMod,
    ) -> None:  # fmt: skip
        self.seq_lengths, self.BLOCK_SIZE, self.mask_mod = seq_lengths, BLOCK_SIZE, mask_mod
        self.kv_num_blocks, self.kv_indices = kv_num_blocks, kv_indices
        self.full_kv_num_blocks, self.full_kv_indices = full_kv_num_blocks, full_kv_indices
        self.q_num_blocks, self.q_indices = q_num_blocks, q_indices
        self.full_q_num_blocks, self.full_q_indices = full_q_num_blocks, full_q_indices
        self._elements: Tensor | None = None

    @classmethod
    def from_kv_blocks(
        cls, kv_num_blocks: Tensor, kv_indices: Tensor, full_kv_num_blocks: Tensor | None = None,
        full_kv_indices: Tensor | None = None, BLOCK_SIZE: int | tuple[int, int] = DEFAULT_BLOCK_SIZE,
        mask_mod: MaskMod | None = None, seq_lengths: tuple[int, int] | None = None, compute_q_blocks: bool = True,
    ) -> BlockMask:  # fmt: skip
        """Return the mask of blocks by rows; arguments are the attributes of the class.

        Raises:
            RuntimeError: The indices have less than two dimensions.
            AssertionError: Only one of the two that tell full blocks is given.
        """
        if kv_indices.ndim < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
        rows, columns = kv_indices._shape[-2:]
        by_columns: list[Tensor | None] = [None] * 4
        if compute_q_blocks:
            by_columns[:2] = _ordered(_dense(kv_num_blocks, kv_indices).mT)
            if full_kv_num_blocks is not None and full_kv_indices is not None:
                by_columns[2:] = _ordered(_dense(full_kv_num_blocks, full_kv_indices).mT)
        lengths = seq_lengths or (rows * size[0], columns * size[1])
        by_rows = kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices
        q_counts, q_indices, full_q_counts, full_q_indices = by_columns
        return cls(lengths, *by_rows, q_counts, q_indices, full_q_counts, full_q_indices, size, mask_mod or noop_mask)

    def as_tuple(self, flatten: bool = True) -> tuple[Any, ...]:
        """Return the attributes in torch's order, the two lengths and sizes one by one where `flatten`.

        Four that torch's kernels for GPUs use are None.
        """
        lengths: tuple[Any, ...] = self.seq_lengths if flatten else (self.seq_lengths,)
        size: tuple[Any, ...] = self.BLOCK_SIZE if flatten else (self.BLOCK_SIZE,)
        return (
            *lengths, self.kv_num_blocks, self.kv_indices, self.full_kv_num_blocks, self.full_kv_indices,
            self.q_num_blocks, self.q_indices, self.full_q_num_blocks, self.full_q_indices, *[None] * 4, *size,
            self.mask_mod,
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of batch, heads, queries and keys."""
        return (*self.kv_indices._shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """Return the number of pairs of queries and keys."""
        return math.prod(self.shape)

    def to_dense(self) -> Tensor:
        """Return the blocks that are not empty as a matrix of 0 and 1."""
        found = _dense(self.kv_num_blocks, self.kv_indices)
        if self.full_kv_num_blocks is not None and self.full_kv_indices is not None:
            found = found | _dense(self.full_kv_num_blocks, self.full_kv_indices)
        return found

    def elements(self) -> Tensor:
        """Return for each query and key whether the query sees the key, (batch, heads, queries, keys).

        Raises:
            RuntimeError: The mask is a part of another one, whose function does not know it.
        """
        if self._elements is None:
            batch, heads = (*self.kv_indices._shape[:-2], 1, 1)[:2]
            seen = create_mask(self.mask_mod, batch, heads, *self.seq_lengths, self.kv_num_blocks.device)
            partly = _dense(self.kv_num_blocks, self.kv_indices)
            seen = seen & _spread(partly, self.BLOCK_SIZE, self.seq_lengths)
            if self.full_kv_num_blocks is not None and self.full_kv_indices is not None:
                full = _dense(self.full_kv_num_blocks, self.full_kv_indices)
                seen = seen | _spread(full, self.BLOCK_SIZE, self.seq_lengths)
            self._elements = seen
        return self._elements

    def sparsity(self) -> float:
        """Return how many of a hundred pairs of queries and keys lie in blocks that are empty."""
        computed = self.kv_num_blocks.sum().item()
        if self.full_kv_num_blocks is not None:
            computed += self.full_kv_num_blocks.sum().item()
        return 100 * (1 - computed * math.prod(self.BLOCK_SIZE) / self.numel())

    def _rows(self, change: Callable[[Tensor], Tensor], mask_mod: MaskMod) -> BlockMask:
        """Return the mask of changed blocks."""
        full: Any = self.full_kv_num_blocks, self.full_kv_indices
        counts, indices = None if full[0] is None else change(full[0]), None if full[1] is None else change(full[1])
        return type(self).from_kv_blocks(
            change(self.kv_num_blocks), change(self.kv_indices), counts, indices, self.BLOCK_SIZE, mask_mod,
            self.seq_lengths, self.q_indices is not None,
        )  # fmt: skip

    def to(self, device: Device) -> BlockMask:
        """Return the mask on a device."""
        return self._rows(lambda t: t.to(device), self.mask_mod)

    def __getitem__(self, index: Any) -> BlockMask:
        """Return a part of the mask, by batch, head and row of blocks; attention cannot use it."""
        indices = index if isinstance(index, tuple) else (index,)
        kept = tuple([slice(i, i + 1 or None) if isinstance(i, int) else i for i in indices])
        return self._rows(lambda t: t[kept], _of_a_part)

    def to_string(self, grid_size: int | tuple[int, int] = (20, 20), limit: int = 4) -> str:
        """Return the blocks as a picture.

        Args:
            grid_size: The most rows and columns; -1 for all.
            limit: The most pictures of batches and heads.
        """
        blocks = self.to_dense()
        rows, columns = blocks._shape[-2:]
        most = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        row_step, column_step = (1 if m == -1 else max(1, -(-n // m)) for n, m in zip((rows, columns), most))
        pictures = []
        for number, index in enumerate(itertools.product(*map(range, blocks._shape[:-2]))):
            if number == limit:
                pictures.append("...\nTo print out more, set BlockMask.to_string(limit=N)")
                break
            lines = [f"{index}"]
            for r in range(0, rows, row_step):
                shares = [
                    blocks[index][r : r + row_step, c : c + column_step].double().mean().item()
                    for c in range(0, columns, column_step)
                ]
                lines.append("".join(["  " if s == 0 else "██" if s == 1 else "░░" for s in shares]))
            pictures.append("\n".join(lines) + "\n")
        return "\n".join(pictures)

    def __str__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{self.to_string().strip()}\n)"

    def __repr__(self) -> str:
        return f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, mask_mod={self.mask_mod!r})"


def create_block_mask(
    mask_mod: MaskMod, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Device = None,
    BLOCK_SIZE: int | tuple[int, int] = DEFAULT_BLOCK_SIZE, _compile: bool = False,
    separate_full_blocks: bool = True, **options: Any,
) -> BlockMask:  # fmt: skip
    """Return a mask for `flex_attention`.

    Args:
        mask_mod: A function of batch, head, query and key that tells whether the query sees the key. It gets all
            indices at once, as tensors that broadcast.
        B: The size of the batch; 1 for None, which serves any batch.
        H: The number of heads; 1 for None, which serves any number.
        Q_LEN: The number of queries.
        KV_LEN: The number of keys.
        device: Where it is; the default device by default.
        BLOCK_SIZE: Queries and keys of a block.
        _compile: Accepted.
        separate_full_blocks: Whether full blocks are told from those that are partly full.
        options: Further ones of torch, which are accepted.

    Raises:
        AssertionError: The function does not take four arguments.
    """
    if _takes(mask_mod) != 4:
        raise AssertionError(f"create-block_mask requires a mask_mod function! Got {mask_mod}")
    rows, columns = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else BLOCK_SIZE
    elements = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    batch, heads = elements._shape[:2]
    wide = pad(elements.to(int32), (0, -KV_LEN % columns, 0, -Q_LEN % rows))
    seen = wide.reshape(batch, heads, -(-Q_LEN // rows), rows, -(-KV_LEN // columns), columns).sum((3, 5))
    full = seen == rows * columns
    partly = (seen > 0) & ~full if separate_full_blocks else seen > 0
    counts, indices = _ordered(full) if separate_full_blocks else (None, None)
    lengths = Q_LEN, KV_LEN
    found = BlockMask.from_kv_blocks(*_ordered(partly), counts, indices, (rows, columns), mask_mod, lengths)
    found._elements = elements
    return found


def or_masks(*mask_mods: MaskMod) -> MaskMod:
    """Return the function of a mask that lets through what any of several does.

    Raises:
        RuntimeError: One of them is no function.
    """
    return _combined(mask_mods, lambda a, b: a | b)


def and_masks(*mask_mods: MaskMod) -> MaskMod:
    """Return the function of a mask that lets through what all of several do.

    Raises:
        RuntimeError: One of them is no function.
    """
    return _combined(mask_mods, lambda a, b: a & b)


def _combined(mask_mods: tuple[MaskMod, ...], combine: Callable[[Tensor, Tensor], Tensor]) -> MaskMod:
    if not all(map(callable, mask_mods)):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def mask(b: Tensor, h: Tensor, q_idx: Tensor, kv_idx: Tensor) -> Tensor:
        found = mask_mods[0](b, h, q_idx, kv_idx)
        for mod in mask_mods[1:]:
            found = combine(found, mod(b, h, q_idx, kv_idx))
        return found

    return mask
