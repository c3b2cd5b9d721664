"""Sequences of different lengths: padded to one length, or packed, step by step, without padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mocrograd import dtypes, ops
from mocrograd.dtypes import int64
from mocrograd.tensor import Tensor


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """A batch of sequences, longest first: their first elements, then their second elements, and so on.

    Made by `pack_padded_sequence` and `pack_sequence`.

    Attributes:
        data: (elements of all sequences, *).
        batch_sizes: How many sequences have an element at each step, (time,) of int64.
        sorted_indices: Which sequence of the batch became which one of the packed ones, or None for the same order.
        unsorted_indices: The inverse.
    """

    def __new__(
        cls, data: Tensor, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        """Take the parts as they are.

        Raises:
            ValueError: There are no batch sizes.
        """
        if batch_sizes is None:
            raise ValueError("batch_sizes should always be on CPU; got None")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return the sequences with data of another dtype or on another device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        indices = [i if i is None else i.to(device=data.device) for i in (self.sorted_indices, self.unsorted_indices)]
        return type(self)(data, self.batch_sizes, *indices)

    def cpu(self) -> PackedSequence:
        """Return the sequences on the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Return the sequences on a GPU."""
        device = self.data[:0].detach().cuda(*args, **kwargs).device
        return self.to(device)

    def double(self) -> PackedSequence:
        """Return the sequences in float64."""
        return self.to(dtypes.float64)

    def float(self) -> PackedSequence:
        """Return the sequences in float32."""
        return self.to(dtypes.float32)

    def half(self) -> PackedSequence:
        """Return the sequences in float16."""
        return self.to(dtypes.float16)

    def long(self) -> PackedSequence:
        """Return the sequences in int64."""
        return self.to(dtypes.int64)

    def int(self) -> PackedSequence:
        """Return the sequences in int32."""
        return self.to(dtypes.int32)

    def short(self) -> PackedSequence:
        """Return the sequences in int16."""
        return self.to(dtypes.int16)

    def char(self) -> PackedSequence:
        """Return the sequences in int8."""
        return self.to(dtypes.int8)

    def byte(self) -> PackedSequence:
        """Return the sequences in uint8."""
        return self.to(dtypes.uint8)

    def is_pinned(self) -> bool:
        """Return False: no memory is pinned."""
        return False

    def pin_memory(self) -> PackedSequence:
        """Return the sequences themselves: no memory is pinned."""
        return self

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a GPU."""
        return bool(self.data.device.handle)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Return the permutation that undoes another one; None for None."""
    if permutation is None:
        return None
    order = permutation.to("cpu").numpy()
    inverse = np.empty_like(order)
    inverse[order] = np.arange(len(order))
    return ops.tensor(inverse, device=permutation.device)


def padded_indices(batch_sizes: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return where packed elements are among padded ones, and the other way round, both flat and by time.

    Args:
        batch_sizes: How many sequences each step has.

    Returns:
        For each packed element its index among (time, batch), and for each of those its index among the packed
        elements, 0 where there is none.
    """
    sizes = batch_sizes.to("cpu").numpy()
    here = np.arange(sizes[0])[None] < sizes[:, None]
    packed = np.where(here, np.cumsum(here.reshape(-1)).reshape(here.shape) - 1, 0)
    return np.flatnonzero(here), packed.reshape(-1)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a batch of padded sequences.

    Args:
        input: (time, batch, *), or (batch, time, *) with `batch_first`.
        lengths: The length of each sequence, a tensor on the CPU or a list.
        batch_first: Whether the batch is the first dimension.
        enforce_sorted: Whether sequences must come with lengths that descend; otherwise they are sorted here.

    Returns:
        The packed sequences.

    Raises:
        RuntimeError: A length is not positive or greater than the padded one, their number is not that of the
            sequences, or they do not descend although they must.
    """
    host = np.asarray(lengths.to("cpu").numpy() if isinstance(lengths, Tensor) else lengths, dtype=np.int64)
    x = input.transpose(0, 1) if batch_first else input
    if host.ndim != 1 or len(host) != x._shape[1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {host.size} (batch_size={x._shape[1]})"
        )
    if not len(host):
        raise RuntimeError("Cannot pack empty tensors.")
    if host.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = None
    if not enforce_sorted:
        order = np.argsort(-host, kind="stable")
        host = host[order]
    elif (np.diff(host) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement."
        )
    if host[0] > x._shape[0]:
        raise RuntimeError(f"Expected lengths of at most {x._shape[0]}, the padded length, got {host[0]}")
    sizes = ops.tensor((host[None] > np.arange(host[0])[:, None]).sum(1), device="cpu")
    sorted_indices = None if order is None else ops.tensor(order, device=x.device)
    if sorted_indices is not None:
        x = ops.index_select(x, 1, sorted_indices)
    indices = ops.tensor(padded_indices(sizes)[0], device=x.device)
    data = ops.index_select(x.reshape(-1, *x._shape[2:]), 0, indices)
    return PackedSequence(data, sizes, sorted_indices)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Pad a packed batch of sequences: the inverse of `pack_padded_sequence`.

    Args:
        sequence: The packed sequences.
        batch_first: Whether the batch becomes the first dimension.
        padding_value: What to fill up with.
        total_length: The length to pad to; by default that of the longest sequence.

    Returns:
        The padded sequences, (time, batch, *), or (batch, time, *) with `batch_first`, and their lengths.

    Raises:
        ValueError: The length to pad to is less than that of the longest sequence.
    """
    data, sizes, _, unsorted = sequence
    counts = sizes.to("cpu").numpy()
    longest, batch = len(counts), int(counts[0])
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    length = longest if total_length is None else total_length
    x = ops.index_select(data, 0, ops.tensor(padded_indices(sizes)[1], device=data.device))
    x = x.reshape(longest, batch, *data._shape[1:])
    padding = np.arange(batch)[None] >= counts[:, None]
    if padding.any():
        mask = ops.tensor(padding.reshape(longest, batch, *[1] * (x.ndim - 2)), device=data.device)
        x = ops.masked_fill(x, mask, padding_value)
    if length > longest:
        x = ops.cat([x, x.new_full((length - longest, *x._shape[1:]), padding_value)])
    lengths = ops.tensor((~padding).sum(0), device="cpu")
    if unsorted is not None:
        x, lengths = ops.index_select(x, 1, unsorted), ops.index_select(lengths, 0, unsorted.to("cpu"))
    return (x.transpose(0, 1) if batch_first else x), lengths


def pad_sequence(
    sequences: Tensor | Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Pad sequences to the length of the longest one and stack them.

    Args:
        sequences: Tensors (length, *) that differ in their first dimension alone.
        batch_first: Whether the batch becomes the first dimension.
        padding_value: What to fill up with.
        padding_side: "right" to pad at the end, "left" to pad at the start.

    Returns:
        (time, batch, *), or (batch, time, *) with `batch_first`.

    Raises:
        RuntimeError: The sequences are no iterable, there are none, or the side is neither of the two.
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"pad_sequence: padding_side should be either 'left' or 'right', got {padding_side!r}")
    if not hasattr(sequences, "__iter__"):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    parts = list(ops.unbind(sequences) if isinstance(sequences, Tensor) else sequences)
    if not parts:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    longest = max(part._shape[0] for part in parts)
    padded = []
    for part in parts:
        missing = longest - part._shape[0]
        if missing:
            fill = part.new_full((missing, *part._shape[1:]), padding_value)
            part = ops.cat([part, fill] if padding_side == "right" else [fill, part])
        padded.append(part)
    return ops.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """Take sequences out of a padded batch: the inverse of `pad_sequence`.

    Args:
        padded_sequences: (time, batch, *), or (batch, time, *) with `batch_first`.
        lengths: The length of each sequence.
        batch_first: Whether the batch is the first dimension.

    Returns:
        A tensor (length, *) for each sequence, a copy.
    """
    x = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:length].clone() for row, length in zip(ops.unbind(x), lengths.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths.

    Args:
        sequences: Tensors (length, *) that differ in their first dimension alone.
        enforce_sorted: Whether they must come with lengths that descend.

    Returns:
        The packed sequences.
    """
    lengths = ops.tensor([part._shape[0] for part in sequences], dtype=int64, device="cpu")
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Take the sequences out of a packed batch: the inverse of `pack_sequence`.

    Args:
        packed_sequences: The packed sequences.

    Returns:
        A tensor (length, *) for each sequence.
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
