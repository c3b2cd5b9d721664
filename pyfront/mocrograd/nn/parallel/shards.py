"""Gradients that have the same bits for any number of processes: sums over fixed shards, in a tree of fixed shape.

A batch is cut into S shards. The tree over them halves [0, S) again and again. A process sums the subtrees that lie
within its shards; then each process sums its part of all elements over the subtrees of all processes, and the parts are
gathered. So which sums are formed, and in which order, depends on S alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mocrograd import distributed as dist
from mocrograd import dtypes, ops
from mocrograd.nn.module import Module
from mocrograd.ops.random import get_rng_state, manual_seed, set_rng_state
from mocrograd.tensor import Tensor

Range = tuple[int, int]


def subtrees(within: Range, node: Range) -> list[Range]:
    """Return the greatest nodes of the tree below one that lie within a range."""
    low, high = node
    if within[0] <= low and high <= within[1]:
        return [node]
    if high <= within[0] or within[1] <= low:
        return []
    middle = (low + high) // 2
    return subtrees(within, (low, middle)) + subtrees(within, (middle, high))


def sum_tree(known: dict[Range, Tensor], node: Range) -> Tensor:
    """Return the sum of a node of the tree, by the sums of nodes below it that are known."""
    if node in known:
        return known[node]
    low, high = node
    middle = (low + high) // 2
    return sum_tree(known, (low, middle)) + sum_tree(known, (middle, high))


class Shards:
    """The shards of one process.

    Args:
        count: How many there are.
        rank: The number of this process.
        ranks: How many processes there are.

    Raises:
        ValueError: They cannot be dealt out evenly.
    """

    def __init__(self, count: int, rank: int, ranks: int) -> None:
        if count < 1 or count % ranks:
            raise ValueError(f"deterministic_shards must be a multiple of the {ranks} processes, got {count}")
        self.count, self.rank, self.ranks = count, rank, ranks
        self.each = count // ranks

    def run(self, module: Module, group: Any, batch: Sequence[Tensor]) -> Iterator[Any]:
        """Give the shards of this process, and leave the gradient of the whole batch; see `DistributedDataParallel`."""
        samples = len(batch[0])
        if any(len(part) != samples for part in batch):
            raise ValueError(f"shards: expected tensors of one length, got {[len(part) for part in batch]}")
        for low, high in self.ranges(module, group, samples):
            parts = tuple([part[low:high] for part in batch])
            yield parts if len(parts) > 1 else parts[0]

    def ranges(self, module: Module, group: Any, samples: int) -> Iterator[Range]:
        """Give where the shards of this process begin and end, and leave the gradient of the whole batch.

        Args:
            module: What is trained.
            group: The processes.
            samples: How many the batch has.

        Yields:
            The first sample of a shard, and the one behind its last.

        Raises:
            ValueError: There are fewer samples than shards.
        """
        if samples < self.count:
            raise ValueError(f"shards: expected at least {self.count} samples, got {samples}; a loader can drop_last")
        params = [p for p in module.parameters() if p.requires_grad]
        buffers = list(module.buffers())
        means = [b for b in buffers if b.is_floating_point()]
        kept = [p.grad for p in params]
        before = [b.clone() for b in buffers]
        seed = self._common_seed(group)
        stream = get_rng_state()
        leaves: dict[Range, Tensor] = {}
        for shard in range(self.rank * self.each, (self.rank + 1) * self.each):
            low, high = shard * samples // self.count, (shard + 1) * samples // self.count
            for p in params:
                p.grad = None
            for buffer, value in zip(buffers, before):
                buffer.copy_(value)
            manual_seed(seed + shard)
            yield low, high
            leaves[shard, shard + 1] = _vector(params, means, (high - low) / samples, 1 / self.count)
        set_rng_state(stream)
        _give(params, kept, means, self._total(leaves, group))

    def _common_seed(self, group: Any) -> int:
        seed = ops.randint(0, 1 << 62, (1,))
        if self.ranks > 1:
            dist.broadcast(seed, group=group, group_src=0)
        return int(seed.item())

    def _covered(self, rank: int) -> list[Range]:
        return subtrees((rank * self.each, (rank + 1) * self.each), (0, self.count))

    def _total(self, leaves: dict[Range, Tensor], group: Any) -> Tensor:
        """Return the sum over the whole tree."""
        own = [sum_tree(leaves, node) for node in self._covered(self.rank)]
        if self.ranks == 1:
            return own[0]
        length = own[0].numel()
        share = -(-length // self.ranks)
        padding = own[0].new_zeros(share * self.ranks - length)
        given = ops.stack([ops.cat([one, padding]).view(self.ranks, share) for one in own], 1)
        covered = [self._covered(rank) for rank in range(self.ranks)]
        counts = [len(nodes) for nodes in covered]
        came = given.new_zeros(sum(counts), share)
        sent = given.reshape(self.ranks * len(own), share)
        dist.all_to_all_single(came, sent, counts, [len(own)] * self.ranks, group)
        nodes = [node for some in covered for node in some]
        part = sum_tree(dict(zip(nodes, came.unbind(0))), (0, self.count))
        total = given.new_zeros(share * self.ranks)
        dist.all_gather_into_tensor(total, part.contiguous(), group)
        return total[:length]


def _vector(params: Sequence[Tensor], means: Sequence[Tensor], share: float, part: float) -> Tensor:
    """Return the gradients, times the share of the samples, and the running means, times the share of a shard."""
    dtype = dtypes.float64 if any(t.dtype is dtypes.float64 for t in (*params, *means)) else dtypes.float32
    missing = [i for i, p in enumerate(params) if p.grad is None]
    if missing:
        raise RuntimeError(f"shards: backward gave no gradient to the parameters with the numbers {missing}")
    grads = [p.grad.detach().reshape(-1).to(dtype) for p in params]  # type: ignore[union-attr]
    vector = ops.cat(grads) * share
    return ops.cat([vector, *[b.detach().reshape(-1).to(dtype) * part for b in means]])


def _give(params: Sequence[Tensor], kept: Sequence[Any], means: Sequence[Tensor], total: Tensor) -> None:
    """Give parameters and buffers their parts of the sum."""
    position = 0
    for p, before in zip(params, kept):
        grad = total[position : position + p.numel()].view(p.shape).to(p.dtype)
        p.grad = grad if before is None else before.add_(grad)
        position += p.numel()
    for buffer in means:
        buffer.detach().copy_(total[position : position + buffer.numel()].view(buffer.shape))
        position += buffer.numel()
