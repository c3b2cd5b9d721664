"""Random calls of every exchange, against NumPy: all ranks draw the same ones, and know what each of them gives."""

import itertools
import sys
import warnings

import mocrograd as mg
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mocrograd import distributed as dist

dist.init_process_group()
RANK, SIZE = dist.get_rank(), dist.get_world_size()
GROUPS = [list(range(SIZE)), [0, 2], [3, 1], [1, 2, 3], [2]]
MADE = [None, *(dist.new_group(ranks) for ranks in GROUPS[1:])]
Op = dist.ReduceOp
NUMERIC = {"float32": mg.float32, "float64": mg.float64, "int64": mg.int64, "int32": mg.int32, "uint8": mg.uint8}
FOLDS = {Op.SUM: np.add, Op.AVG: np.add, Op.PRODUCT: np.multiply, Op.MIN: np.minimum, Op.MAX: np.maximum,
         Op.BAND: np.bitwise_and, Op.BOR: np.bitwise_or, Op.BXOR: np.bitwise_xor}  # fmt: skip
seen = {}
turn = itertools.count()


def values(seed, rank, shape, dtype):
    """What a rank gives: small whole numbers, so that sums are exact in every order; among floats NaN, inf and -0 too."""
    rng = np.random.default_rng([seed, rank])
    array = rng.integers(0 if dtype in ("uint8", "bool") else -3, 4, shape).astype(dtype)
    if dtype.startswith("float") and seed % 3 == 0:
        array[rng.random(shape) < 0.2] = rng.choice([np.nan, np.inf, -0.0])
    return array


def folded(op, arrays):
    with np.errstate(all="ignore"):
        result = arrays[0]
        for array in arrays[1:]:
            result = FOLDS[op](result, array).astype(result.dtype)
        return result / np.asarray(len(arrays), result.dtype) if op is Op.AVG else result


def tensor(array):
    return mg.tensor(np.array(array))


def same(found, expected, moved):
    np.testing.assert_array_equal(found.numpy(), expected)
    assert not moved or found.numpy().tobytes() == np.ascontiguousarray(expected).tobytes()  # signs of zeros too


class Call:
    """A call of an exchange by the members of a group."""

    def __init__(self, data):
        which = data.draw(st.integers(0, len(GROUPS) - 1))
        self.ranks, self.group = sorted(GROUPS[which]), MADE[which]
        self.n, self.inside = len(self.ranks), RANK in self.ranks
        self.own = self.ranks.index(RANK) if self.inside else -1
        self.later = data.draw(st.booleans())
        self.dtype = data.draw(st.sampled_from(sorted(NUMERIC)))
        self.shape = (
            tuple(data.draw(st.lists(st.integers(0, 5), max_size=3))) if data.draw(st.integers(0, 9)) else (40000,)
        )
        self.seed = data.draw(st.integers(0, 1 << 30))
        self.root = data.draw(st.integers(0, self.n - 1))
        self.op = data.draw(st.sampled_from([o for o in FOLDS if self.fits(o)]))
        self.lengths = np.random.default_rng(self.seed).integers(0, 7, self.n * self.n).tolist()

    def fits(self, op):
        floating = self.dtype.startswith("float")
        return not (floating and op.name.startswith("B")) and (floating or op is not Op.AVG)

    def of(self, number, shape=None, salt=0):
        return values(self.seed + salt, self.ranks[number], self.shape if shape is None else shape, self.dtype)

    def all(self, shape=None):
        return [self.of(i, shape) for i in range(self.n)]

    def empty(self, shape=None):
        return mg.zeros(self.shape if shape is None else shape, dtype=NUMERIC[self.dtype])

    def run(self, function, *args, **options):
        work = function(*args, group=self.group, async_op=self.later, **options)
        if self.later and self.inside:
            assert work.wait()
            assert work.is_completed()
        else:
            assert work is None


def all_reduce(c):
    x = tensor(c.of(c.own)) if c.inside else c.empty()
    c.run(dist.all_reduce, x, op=c.op)
    return [(x, folded(c.op, c.all()))]


def reduce(c):
    x = tensor(c.of(c.own)) if c.inside else c.empty()
    c.run(dist.reduce, x, op=c.op, group_dst=c.root)
    return [(x, folded(c.op, c.all()) if c.own == c.root else c.of(c.own))]


def broadcast(c):
    x = tensor(c.of(c.own)) if c.inside else c.empty()
    c.run(dist.broadcast, x, src=c.ranks[c.root])
    return [(x, c.of(c.root))]


def all_gather(c):
    shapes = [(length,) for length in c.lengths[: c.n]]
    places = [c.empty(shape) for shape in shapes]
    c.run(dist.all_gather, places, tensor(c.of(c.own, shapes[c.own])))
    return [(place, c.of(i, shape)) for i, (place, shape) in enumerate(zip(places, shapes))]


def all_gather_into_tensor(c):
    shape = (3, *c.shape)
    whole = c.empty((c.n * 3, *c.shape))
    if c.seed % 2:  # what is given may be its own part of the result
        given = whole[c.own * 3 : c.own * 3 + 3]
        given.copy_(tensor(c.of(c.own, shape)))
    else:
        given = tensor(c.of(c.own, shape))
    c.run(dist.all_gather_into_tensor, whole, given)
    return [(whole, np.concatenate(c.all(shape)))]


def gather(c):
    places = [c.empty() for _ in range(c.n)] if c.own == c.root else None
    c.run(dist.gather, tensor(c.of(c.own)), places, group_dst=c.root)
    return list(zip(places or [], c.all()))


def scatter(c):
    given = [tensor(c.of(c.root, salt=i)) for i in range(c.n)] if c.own == c.root else None
    x = c.empty()
    c.run(dist.scatter, x, given, group_src=c.root)
    return [(x, c.of(c.root, salt=c.own))]


def reduce_scatter(c):
    shapes = [(length,) for length in c.lengths[: c.n]]
    given = [c.of(c.own, shape, salt=i) for i, shape in enumerate(shapes)]
    x = c.empty(shapes[c.own])
    c.run(dist.reduce_scatter, x, [tensor(g) for g in given], op=c.op)
    return [(x, folded(c.op, [c.of(i, shapes[c.own], salt=c.own) for i in range(c.n)]))]


def reduce_scatter_tensor(c):
    whole = (c.n * 2, *c.shape)
    x = c.empty((2, *c.shape))
    c.run(dist.reduce_scatter_tensor, x, tensor(c.of(c.own, whole)), op=c.op)
    return [(x, folded(c.op, c.all(whole))[2 * c.own : 2 * c.own + 2])]


def all_to_all(c):
    lengths = np.reshape(c.lengths, (c.n, c.n))  # from, to
    places = [c.empty((int(length),)) for length in lengths[:, c.own]]
    c.run(dist.all_to_all, places, [tensor(c.of(c.own, (n,), salt=to)) for to, n in enumerate(lengths[c.own])])
    return [(p, c.of(i, (lengths[i, c.own],), salt=c.own)) for i, p in enumerate(places)]


def all_to_all_single(c):
    lengths = np.reshape(c.lengths, (c.n, c.n))
    wholes = [c.of(i, (int(lengths[i].sum()), 2)) for i in range(c.n)]
    x = c.empty((int(lengths[:, c.own].sum()), 2))
    splits = [lengths[:, c.own].tolist(), lengths[c.own].tolist()]
    c.run(dist.all_to_all_single, x, tensor(wholes[c.own]), *splits)
    parts = [np.split(wholes[i], np.cumsum(lengths[i])[:-1])[c.own] for i in range(c.n)]
    return [(x, np.concatenate(parts))]


def objects(c):
    places, one, received = [None] * c.n, [c.seed if c.own == c.root else None], [None]
    dist.all_gather_object(places, (c.own, c.seed), group=c.group)
    assert places == [(i, c.seed) for i in range(c.n)]
    dist.broadcast_object_list(one, group_src=c.root, group=c.group)
    assert one == [c.seed]
    dist.scatter_object_list(received, [f"to {i}" for i in range(c.n)] if c.own == c.root else None,
                             group_src=c.root, group=c.group)  # fmt: skip
    assert received == [f"to {c.own}"]
    places = [None] * c.n if c.own == c.root else None
    dist.gather_object(c.own, places, group_dst=c.root, group=c.group)
    assert places in (None, list(range(c.n)))
    dist.barrier(group=c.group)
    return []


def messages(c):
    """Around a ring, at once, and one after the other."""
    if c.n == 1:
        return []
    after, before = (c.own + 1) % c.n, (c.own - 1) % c.n
    x, y = c.empty(), c.empty()
    ops = [dist.P2POp(dist.isend, tensor(c.of(c.own)), group=c.group, group_peer=after),
           dist.P2POp(dist.irecv, x, group=c.group, group_peer=before)]  # fmt: skip
    for work in dist.batch_isend_irecv(ops):
        work.wait()
    sent = dist.isend(tensor(c.of(c.own)), group=c.group, group_dst=after, tag=7)
    assert dist.recv(y, group=c.group, group_src=before, tag=7) == c.ranks[before]
    sent.wait()
    return [(x, c.of(before)), (y, c.of(before))]


CALLS = [all_reduce, reduce, broadcast, all_gather, all_gather_into_tensor, gather, scatter, reduce_scatter,
         reduce_scatter_tensor, all_to_all, all_to_all_single, objects, messages]  # fmt: skip


@settings(max_examples=int(sys.argv[1]), derandomize=True, database=None, deadline=None, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.data())
def one(data):
    call = Call(data)
    function = CALLS[next(turn) % len(CALLS)]
    if not call.inside:
        assert call.group == dist.GroupMember.NON_GROUP_MEMBER
        return
    seen[function.__name__] = seen.get(function.__name__, 0) + 1
    for found, expected in function(call):
        same(found, expected, "reduce" not in function.__name__)


warnings.simplefilter("error")
one()
assert set(seen) == {function.__name__ for function in CALLS}, seen
dist.barrier()
if RANK == 0:
    print("calls", sum(seen.values()))
dist.destroy_process_group()
