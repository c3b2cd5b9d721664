"""Distances and similarities of vectors, and losses of them, as modules."""

from __future__ import annotations

from collections.abc import Callable

from mocrograd.nn import functional as F
from mocrograd.nn.loss import Loss
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor

__all__ = [
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "PairwiseDistance",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class CosineSimilarity(Module):
    """Computes the cosine of the angle between vectors.

    Args:
        dim: The dimension along which the vectors lie.
        eps: The least length to divide by.

    Shape:
        - x1, x2: they broadcast
        - output: the same without `dim`

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.tensor([[1.0, 0.0]]), mg.tensor([[1.0, 1.0]])
        >>> mg.nn.CosineSimilarity()(first, second)
        tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """Computes the norm of x1 - x2 + eps over the last dimension.

    Args:
        p: The order of the norm.
        eps: Added to each difference.
        keepdim: Whether the last dimension stays, with size 1.

    Shape:
        - x1, x2: (N, D) or (D)
        - output: (N) or (); (N, 1) or (1) with `keepdim`

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.zeros(1, 2), mg.tensor([[3.0, 4.0]])
        >>> mg.nn.PairwiseDistance()(first, second)
        tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineEmbeddingLoss(Loss):
    """Computes 1 - cos where the target is 1, max(0, cos - margin) where it is -1.

    Args:
        margin: How small the cosine of pairs of target -1 should be.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - input1, input2: (N, D) or (D); target: (N) or ()
        - output: scalar; with reduction "none" as the target

    Example:
        >>> import mocrograd as mg
        >>> first, second = mg.tensor([[1.0, 0.0], [1.0, 0.0]]), mg.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> mg.nn.CosineEmbeddingLoss()(first, second, mg.tensor([1, 1]))
        tensor(0.5000)
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(Loss):
    """Computes max(0, margin + distance(anchor, positive) - distance(anchor, negative)).

    Args:
        margin: By how much one should be farther, above 0.
        p: The order of the norm of distances.
        eps: Added to differences.
        swap: Whether the negative is compared with the positive where that is nearer than the anchor.
        size_average: Torch's old name of a reduction.
        reduce: Torch's old name of a reduction.
        reduction: "mean", "sum" or "none".

    Shape:
        - anchor, positive, negative: (N, D) or (D)
        - output: scalar; with reduction "none" (N) or ()

    Raises:
        ValueError: The margin is not above 0.

    Example:
        >>> import mocrograd as mg
        >>> anchor, near, far = mg.zeros(1, 2), mg.tensor([[1.0, 0.0]]), mg.tensor([[0.0, 1.5]])
        >>> mg.nn.TripletMarginLoss()(anchor, near, far)
        tensor(0.5000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_loss(
            anchor, positive, negative,
            margin=self.margin, p=self.p, eps=self.eps, swap=self.swap, reduction=self.reduction,
        )  # fmt: skip


class TripletMarginWithDistanceLoss(Loss):
    """Computes `TripletMarginLoss` with a distance of one's own.

    Args:
        distance_function: Two tensors to their distances; `PairwiseDistance` by default.
        margin: By how much one should be farther, above 0.
        swap: Whether the negative is compared with the positive where that is nearer than the anchor.
        reduction: "mean", "sum" or "none".

    Shape:
        - anchor, positive, negative: what the distance takes
        - output: scalar; with reduction "none" what the distance gives

    Raises:
        ValueError: The margin is not above 0.

    Example:
        >>> import mocrograd as mg
        >>> anchor, near, far = mg.zeros(1, 2), mg.tensor([[1.0, 0.0]]), mg.tensor([[0.0, 1.5]])
        >>> loss = mg.nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(1))
        >>> loss(anchor, near, far)
        tensor(0.5000)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = distance_function if distance_function is not None else PairwiseDistance()
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative,
            distance_function=self.distance_function, margin=self.margin, swap=self.swap, reduction=self.reduction,
        )  # fmt: skip
