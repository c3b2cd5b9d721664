"""Bad calls of distances and similarity."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "CosineEmbeddingLoss target",
    lambda m: m.nn.CosineEmbeddingLoss()(m.ones(2, 3), m.ones(2, 3), m.ones(3)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "CosineSimilarity dim",
    lambda m: m.nn.CosineSimilarity(dim=2)(m.ones(2, 3), m.ones(2, 3)),
    r"range of \[-2, 1\], but got 2\)",
)
bad(
    "CosineSimilarity sizes",
    lambda m: m.nn.CosineSimilarity()(m.ones(2, 3), m.ones(2, 4)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "PairwiseDistance sizes",
    lambda m: m.nn.PairwiseDistance()(m.ones(2, 3), m.ones(2, 4)),
    r"The size of tensor a \(3\) must match the size of tensor b",
)
bad(
    "cosine_similarity of integers",
    lambda m: m.cosine_similarity(m.tensor([[1]]), m.tensor([[1]])),
    "floating point, yet .* int64",
)
bad("cosine_similarity eps", lambda m: m.cosine_similarity(m.ones(2, 2), m.ones(2, 2), 1, -1.0), "got: -1")
bad("cosine_similarity dim", lambda m: m.cosine_similarity(m.ones(2), m.ones(2), 1), "got 1")
bad("cosine_similarity sizes", lambda m: m.cosine_similarity(m.ones(2, 3), m.ones(4, 3)), "2.*4")
bad("pairwise_distance sizes", lambda m: m.pairwise_distance(m.ones(2, 3), m.ones(4, 3)), "2.*4")
bad("normalize of integers", lambda m: m.nn.functional.normalize(m.tensor([[1]])), "int64")
bad("pdist rank", lambda m: m.pdist(m.ones(3)), "got: 1D")
bad("pdist p", lambda m: m.pdist(m.ones(3, 2), -1.0), "non-negative p values, got -1")
bad("pdist of integers", lambda m: m.pdist(m.tensor([[1]])), "got int64")
bad("cdist rank", lambda m: m.cdist(m.ones(3), m.ones(3, 2)), "X1 got: 1D")
bad("cdist columns", lambda m: m.cdist(m.ones(3, 2), m.ones(3, 3)), "X1: 2 X2: 3")
bad("cdist batches", lambda m: m.cdist(m.ones(2, 3, 2), m.ones(3, 3, 2)), "2.*3")
bad("cdist dtypes", lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2, dtype=m.float64)), "float32 but found float64")
bad("cdist of integers", lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2, dtype=m.int64)), "X2 got: int64")
bad("cdist p", lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2), -1.0), "non-negative")
bad("cdist mode", lambda m: m.cdist(m.ones(3, 2), m.ones(3, 2), compute_mode="x"), "x is not a valid value")
bad(
    "triplet_margin_loss margin",
    lambda m: m.nn.functional.triplet_margin_loss(m.ones(3), m.ones(3), m.ones(3), margin=0),
    "got 0",
)
bad(
    "triplet_margin_loss ranks",
    lambda m: m.nn.functional.triplet_margin_loss(m.ones(2, 3), m.ones(3), m.ones(2, 3)),
    "2D, positive 1D",
)
bad("TripletMarginLoss margin", lambda m: m.nn.TripletMarginLoss(margin=-1.0), "got -1.0")
bad("TripletMarginWithDistanceLoss margin", lambda m: m.nn.TripletMarginWithDistanceLoss(margin=0.0), "got 0.0")
bad(
    "cosine_embedding_loss target",
    lambda m: m.nn.functional.cosine_embedding_loss(m.ones(2, 3), m.ones(2, 3), m.ones(2, 1)),
    r"got \[2, 1\]",
)
bad(
    "cosine_embedding_loss inputs",
    lambda m: m.nn.functional.cosine_embedding_loss(m.ones(3), m.ones(3), m.ones(1)),
    r"\[3\] and \[3\]",
)
