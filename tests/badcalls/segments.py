"""Bad calls of reductions of segments."""

from __future__ import annotations

from badcalls.table import bad

bad(
    "segment_reduce of nothing to go by",
    lambda m: m.segment_reduce(m.ones(3), "sum"),
    "Either lengths or offsets must be defined",
)
bad("segment_reduce reduction", lambda m: m.segment_reduce(m.ones(3), "median", lengths=m.tensor([3])), "got 'median'")
bad(
    "segment_reduce lengths",
    lambda m: m.segment_reduce(m.ones(3), "sum", lengths=m.tensor([2])),
    r"lengths\.dim\(\)-1\), 3, got 2",
)
bad("segment_reduce negative lengths", lambda m: m.segment_reduce(m.ones(3), "sum", lengths=m.tensor([4, -1])),
    "lengths contains negative value! expected numbers from 0 on, got -1")  # fmt: skip
bad("segment_reduce descending offsets", lambda m: m.segment_reduce(m.ones(3), "sum", offsets=m.tensor([0, 2, 1])),
    r"expected ascending offsets from 0 to 3, got \[0, 2, 1\]")  # fmt: skip
bad("segment_reduce axis", lambda m: m.segment_reduce(m.ones(3, 3), "sum", lengths=m.tensor([3]), axis=1),
    "Expected axis to be the last dimension of lengths but got 1")  # fmt: skip
bad("segment_reduce indices", lambda m: m.segment_reduce(m.ones(3), "sum", indices=m.tensor([0, 0, 0])),
    "indices based reduction is not supported yet")  # fmt: skip
bad("segment_reduce of integers", lambda m: m.segment_reduce(m.tensor([1, 2]), "sum", lengths=m.tensor([2])),
    "not implemented for")  # fmt: skip
