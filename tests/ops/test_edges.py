"""Calls at the edges of what operations take, held against torch: nothing, one, singular, given by other means."""

from types import SimpleNamespace

import mocrograd as mg
import numpy as np
import pytest
from degenerate import check, run

INF = float("inf")
CALLS = {}
"""name -> (the call, the shapes of its inputs)."""


def edge(name, call, *shapes):
    """Add a call; a shape that is an array stands for itself."""
    assert name not in CALLS
    CALLS[name] = call, shapes


edge("matmul of no columns", lambda m, a, b: a @ b, (5, 5, 0), (0, 5))
edge("linear of no features", lambda m, x, w, b: m.nn.functional.linear(x, w, b), (2, 3, 0), (4, 0), (4,))
edge("linear to one number", lambda m, x, w: m.nn.functional.linear(x, w), (2, 3), (3,))
for shape in ((0, 4, 3, 3), (2, 4, 0, 3), (2, 0, 4, 4), (4, 0, 0), (0, 0, 0, 0), (2, 3, 4, 0)):
    for name in ("pixel_shuffle", "pixel_unshuffle"):
        edge(f"{name} {shape}", lambda m, x, n=name: getattr(m.nn.functional, n)(x.detach(), 2), shape)
for rows, values, order in (((0,), (2,), (0,)), ((2, 0), (2, 3), (2, 0)), ((0, 3), (0, 2), (0, 3))):
    edge(
        f"searchsorted {rows}",
        lambda m, r, v, s=order: m.searchsorted(r, v, sorter=m.zeros(s, dtype=m.int64)),
        rows,
        values,
    )
for options in (
    {"spacing": None},
    {"spacing": None, "dim": None},
    {"spacing": None, "dim": 1},
    {"spacing": None, "edge_order": 2},
):
    edge(f"gradient {options}", lambda m, x, o=options: m.gradient(x, **o), (4, 3))
for r in (0, 1, 2, 5):
    for n in (0, 4):
        for again in (False, True):
            edge(f"combinations {r} of {n} {again}", lambda m, x, r=r, w=again: m.combinations(x, r, w), (n,))
for shape in ((0,), (0, 3), (3, 0), (0, 0), (2, 0, 3), ()):
    for p in (0, 1, 2, 3.5, -1, INF, -INF):
        for dim in (None, -1):
            edge(f"norm {p} {dim} of {shape}", lambda m, x, p=p, d=dim: m.norm(x, p, d), shape)
            edge(
                f"vector_norm {p} {dim} of {shape}",
                lambda m, x, p=p, d=dim: m.linalg.vector_norm(x, p, d, keepdim=True),
                shape,
            )
    for p in ("fro", "nuc", 1, -1, 2, -2, INF, -INF):
        edge(f"matrix_norm {p} of {shape}", lambda m, x, p=p: m.linalg.matrix_norm(x, p), shape)
    edge(f"linalg.norm of no dimension of {shape}", lambda m, x: m.linalg.norm(x, None, ()), shape)
for shape in ((0, 0), (2, 0, 0), (0, 2, 2), (2, 2)):
    for n in (-1, 0, 1, 3):
        edge(f"matrix_power {n} of {shape}", lambda m, x, n=n: m.linalg.matrix_power(x, n), shape)
edge("matrix_power 0 of what is no number", lambda m, x: m.linalg.matrix_power(x / 0, 0), (2, 2))
for shape in ((0, 0), (3, 0), (0, 3), (2, 0, 3), (0, 2, 3)):
    edge(f"pinv of {shape}", lambda m, x: m.linalg.pinv(x), shape)
    edge(f"pinv of hermitian {shape}", lambda m, x: m.linalg.pinv(x, hermitian=True), shape)
    edge(f"pinverse of {shape}", lambda m, x: m.pinverse(x), shape)
edge("pinv of zeros", lambda m, x: m.linalg.pinv(x), np.zeros((3, 4)))
edge("pinv of one rank", lambda m, a, b: m.linalg.pinv(a @ b, rtol=1e-8), (4, 1), (1, 3))
edge("pinverse of one rank", lambda m, a, b: m.pinverse(a @ b, 1e-8), (4, 1), (1, 3))
for name in ("cat", "concat", "concatenate"):
    edge(f"{name} of nothing among others", lambda m, x, y, z, n=name: getattr(m, n)([x, y, z]), (2, 3), (0,), (1, 3))
    edge(f"{name} of nothing first", lambda m, x, y, n=name: getattr(m, n)([x, y], 1), (0,), (2, 3))
    edge(f"{name} of nothing alone", lambda m, x, y, n=name: getattr(m, n)([x, y], 1), (0,), (0,))
edge("cat of ints with no floats", lambda m, x, y: m.cat([x, y]), np.zeros((2, 3), np.int64), (0,))
edge("hstack with nothing", lambda m, x, y: m.hstack([x, y]), (0,), (2,))
for index in ([0, 2], [0, 0], []):
    edge(f"index_fill {index}", lambda m, x, v, i=index: m.index_fill(x, 0, m.tensor(i, dtype=m.int64), v), (3, 2), ())
    edge(
        f"index_fill_ {index}",
        lambda m, x, v, i=index: (x * 1).index_fill_(0, m.tensor(i, dtype=m.int64), v),
        (3, 2),
        (),
    )
    edge(
        f"index_fill {index} of a number",
        lambda m, x, i=index: x.index_fill(0, m.tensor(i, dtype=m.int64), 2.0),
        (3, 2),
    )
edge("index_fill of a scalar", lambda m, x, v: m.index_fill(x, 0, m.tensor(0), v), (), ())
for dtype in ("int64", "int32", "uint8", "bool", "float32"):
    for index in ([[1, 0]], [[-1, 0]], [[5, -7]]):
        if dtype == "int64" or index == [[1, 0]]:
            edge(
                f"gather {dtype} {index}",
                lambda m, x, i=index, d=dtype: m.gather(x, 0, m.tensor(i).to(getattr(m, d))),
                (3, 2),
            )
            edge(f"take_along_dim {dtype} {index}",
                 lambda m, x, i=index, d=dtype: m.take_along_dim(x, m.tensor(i).to(getattr(m, d)), 0), (3, 2))  # fmt: skip
            edge(f"take_along_dim flat {dtype} {index}",
                 lambda m, x, i=index, d=dtype: m.take_along_dim(x, m.tensor(i).to(getattr(m, d))), (3, 2))  # fmt: skip
    edge(
        f"index_fill by {dtype}",
        lambda m, x, d=dtype: m.index_fill(x, 0, m.tensor([1, 0]).to(getattr(m, d)), 1.0),
        (3, 2),
    )
edge("gather of no index", lambda m, x: m.gather(x, 0, m.zeros(0, dtype=m.int64)), (3, 2))
edge("take_along_dim of nothing", lambda m, x: m.take_along_dim(x, m.zeros(1, 2, dtype=m.int64), 0), (0, 2))
edge("eigvalsh of equal eigenvalues", lambda m, x: m.linalg.eigvalsh(x), np.eye(3))
edge("eigh of equal eigenvalues", lambda m, x: [part.abs() for part in m.linalg.eigh(x)], np.eye(3))
edge("einsum of sublists", lambda m, a, b: m.einsum(a, [0, 1], b, [1, 2]), (2, 3), (3, 4))
edge("einsum of sublists with a result", lambda m, a, b: m.einsum(a, [0, 1], b, [1, 2], [2, 0]), (2, 3), (3, 4))
edge("einsum of sublists with dots", lambda m, a: m.einsum(a, [..., 0, 1], [..., 1, 0]), (2, 3, 4))
edge("einsum of a letter too many", lambda m, a: m.einsum(a, [52, 30], []), (3, 3))
edge("einsum over nothing", lambda m, a, b: m.einsum("bij,jk->bik", a, b), (2, 3, 0), (0, 2))
STATISTICS = {name: (lambda m, v=v: m.tensor([v] * 3, dtype=m.float64)) for name, v in (("mean", 0.0), ("var", 1.0))}
for shape in ((2, 3), (1, 3), (0, 3), (1, 3, 1), (2, 3, 0), (0, 3, 4, 5), (1, 3, 2), (2, 3, 2, 2, 2, 2)):
    for train in (True, False):
        edge(f"batch_norm {train} of {shape}", lambda m, x, t=train: m.nn.functional.batch_norm(
             x, STATISTICS["mean"](m), STATISTICS["var"](m), training=t), shape)  # fmt: skip
        edge(f"batch_norm at top level {train} of {shape}", lambda m, x, t=train: m.batch_norm(
             x, None, None, STATISTICS["mean"](m), STATISTICS["var"](m), t, 0.1, 1e-5, True), shape)  # fmt: skip
        edge(f"instance_norm {train} of {shape}", lambda m, x, t=train: m.nn.functional.instance_norm(
             x, STATISTICS["mean"](m), STATISTICS["var"](m), use_input_stats=t), shape)  # fmt: skip
    edge(f"group_norm of {shape}", lambda m, x: m.nn.functional.group_norm(x, 1), shape)
for driver in (None, "gels", "gelsy", "gelsd", "gelss"):
    for a, b in (((4, 2), (4, 3)), ((2, 4), (2, 1)), ((2, 4, 3), (2, 4)), ((0, 2), (0, 1)), ((0, 3, 2), (0, 3, 1))):
        edge(f"lstsq {driver} {a} {b}", lambda m, a, b, d=driver: tuple(m.linalg.lstsq(a, b, driver=d)), a, b)
edge("polygamma by a bool", lambda m, x: m.polygamma(True, x), (3,))
for n in (0, 1, 2):
    edge(f"polygamma {n}", lambda m, x, n=n: m.polygamma(n, x.abs() + 0.5), (3,))
    edge(f"polygamma {n} as a method", lambda m, x, n=n: (x.abs() + 0.5).polygamma(n), (3,))
edge("polygamma the other way round", lambda m, x: m.polygamma(x, 1), (3,))
for shape in ((2, 3, 6, 6, 6), (3, 6, 6, 6), (0, 3, 6, 6, 6)):
    batch = shape[0] if len(shape) == 5 else 1
    for options in ({"output_size": 2}, {"output_ratio": (0.5, 0.6, 0.7), "return_indices": True}):
        edge(f"fractional_max_pool3d {options} of {shape}", lambda m, x, o=options, b=batch: m.nn.functional.fractional_max_pool3d(
             x, 2, _random_samples=m.tensor(np.random.default_rng(1).random((b, 3, 3))), **o), shape)  # fmt: skip
edge("fractional_max_pool3d of other samples", lambda m, x: m.nn.functional.fractional_max_pool3d(
     x, 2, 2, _random_samples=m.zeros(2, 3, 3, dtype=m.float32)), (2, 3, 6, 6, 6))  # fmt: skip
for distance in ("PairwiseDistance", "CosineSimilarity"):
    for options in ({}, {"margin": 0.3, "swap": True}, {"reduction": "none"}):
        edge(f"triplet_margin_with_distance_loss {distance} {options}",
             lambda m, *x, d=distance, o=options: m.nn.functional.triplet_margin_with_distance_loss(
                 *x, distance_function=getattr(m.nn, d)(), **o), (4, 3), (4, 3), (4, 3))  # fmt: skip
for options in ({}, {"reduction": "none"}, {"ignore_index": 2}, {"label_smoothing": 0.2, "reduction": "sum"}):
    edge(f"linear_cross_entropy {options}", lambda m, x, w, b, c, o=options: m.nn.functional.linear_cross_entropy(
         x, w, m.tensor([0, 2, 1, 4]), linear_bias=b, weight=c.detach().abs(), **o), (4, 3), (5, 3), (5,), (5,))  # fmt: skip
edge(
    "linear_cross_entropy of no features",
    lambda m, x, w: m.nn.functional.linear_cross_entropy(x, w, m.tensor([0, 2])),
    (2, 0),
    (5, 0),
)
BAGS = {
    "two": ([0, 1, 2, 0], [0, 2]),
    "an empty one": ([0, 1, 2, 0], [0, 0]),
    "none filled": ([], [0, 0]),
    "too large": ([9], [0]),
}
for name, (index, offsets) in BAGS.items():
    for mode in ("sum", "mean", "max"):
        edge(f"embedding_bag {mode} of {name}", lambda m, w, i=index, s=offsets, k=mode: m.nn.functional.embedding_bag(
             m.tensor(i, dtype=m.int64), w, m.tensor(s), mode=k), (3, 2))  # fmt: skip
    edge(f"embedding_bag weighted of {name}", lambda m, w, p, i=index, s=offsets: m.nn.functional.embedding_bag(
         m.tensor(i, dtype=m.int64), w, m.tensor(s), mode="sum", per_sample_weights=p), (3, 2), (len(index),))  # fmt: skip
edge(
    "EmbeddingBag of a row too many",
    lambda m, w: m.nn.EmbeddingBag.from_pretrained(w.detach(), mode="sum")(m.tensor([[5]])),
    (3, 2),
)
edge("conv1d of no length", lambda m, x, w: m.nn.functional.conv1d(x, w, padding=1), (1, 2, 0), (3, 2, 2))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_edges_are_torchs(name, torch):
    call, shapes = CALLS[name]
    random = np.random.default_rng(len(name))
    arrays = [s if isinstance(s, np.ndarray) else np.array(random.normal(size=s)) for s in shapes]
    row = SimpleNamespace(call=call, differentiable=True)
    check(row, name, True, run(torch, row, arrays), run(mg, row, arrays))


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_convolution_of_no_channels_is_its_bias(ndim):
    convolve = getattr(mg.nn.functional, f"conv{ndim}d")
    x, bias = mg.zeros(2, 0, *[5] * ndim, requires_grad=True), mg.tensor([1.0, -2.0, 3.0], requires_grad=True)
    weight = mg.zeros(3, 0, *[2] * ndim, requires_grad=True)
    result = convolve(x, weight, bias)
    assert result.shape == (2, 3, *[4] * ndim)
    assert (result == bias.reshape(-1, *[1] * ndim)).all()
    result.sum().backward()
    assert x.grad.shape == x.shape
    assert weight.grad.shape == weight.shape
    assert bias.grad.tolist() == [2 * 4**ndim] * 3
    assert not convolve(x, weight).any()
