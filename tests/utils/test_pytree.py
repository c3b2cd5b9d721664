"""Trees of containers, against torch's."""

from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass

import pytest
from mocrograd.utils import _pytree as ours

Pair = namedtuple("Pair", "a b")
TREES = [
    1,
    None,
    [],
    (1, [2, {"b": 3, "a": (4,)}]),
    Pair(1, [2, 3]),
    OrderedDict([("z", 1), ("y", [2])]),
    defaultdict(list, {"k": [1, 2]}),
    deque([1, (2, 3)], maxlen=5),
    {"x": None, "y": "text"},
]


@pytest.fixture
def theirs():
    pytest.importorskip("torch")
    from torch.utils import _pytree

    return _pytree


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_leaves_and_structure(tree, theirs):
    leaves, spec = ours.tree_flatten(tree)
    expected, their_spec = theirs.tree_flatten(tree)
    assert leaves == expected == ours.tree_leaves(tree) == list(ours.tree_iter(tree))
    assert repr(spec) == repr(their_spec)
    assert (spec.num_nodes, spec.num_leaves, spec.num_children) == (
        their_spec.num_nodes,
        their_spec.num_leaves,
        their_spec.num_children,
    )
    back = ours.tree_unflatten(leaves, spec)
    assert back == tree
    assert type(back) is type(tree)
    assert ours.treespec_pprint(spec) == theirs.treespec_pprint(their_spec)
    ways = [(ours.keystr(way), leaf) for way, leaf in ours.tree_leaves_with_path(tree)]
    assert ways == [(theirs.keystr(way), leaf) for way, leaf in theirs.tree_leaves_with_path(tree)]
    for way, leaf in ours.tree_leaves_with_path(tree):
        assert ours.key_get(tree, way) == leaf
    if not isinstance(tree, Pair):
        assert ours.treespec_dumps(spec) == theirs.treespec_dumps(their_spec)
        assert ours.treespec_loads(ours.treespec_dumps(spec)) == spec


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_maps(tree, theirs):
    assert ours.tree_map(str, tree) == theirs.tree_map(str, tree)
    assert ours.tree_map(lambda a, b: [a, b], tree, tree) == theirs.tree_map(lambda a, b: [a, b], tree, tree)
    assert ours.tree_map_only(int, lambda x: x + 1, tree) == theirs.tree_map_only(int, lambda x: x + 1, tree)
    with_paths = [
        library.tree_map_with_path(lambda way, x, keystr=library.keystr: keystr(way), tree)
        for library in (ours, theirs)
    ]
    assert with_paths[0] == with_paths[1]
    assert ours.tree_any(lambda x: x == 2, tree) == theirs.tree_any(lambda x: x == 2, tree)
    assert ours.tree_all(lambda x: x == 2, tree) == theirs.tree_all(lambda x: x == 2, tree)


def test_a_leaf_by_choice_and_a_part_for_a_leaf():
    pair = (1, 2)
    assert ours.tree_leaves([pair, 3], is_leaf=lambda x: isinstance(x, tuple)) == [pair, 3]
    spec = ours.tree_structure([0, (0, 0)])
    assert ours._broadcast_to_and_flatten([1, 2], spec) == [1, 2, 2]
    assert ours._broadcast_to_and_flatten([1, [2, 2]], spec) is None
    assert ours.tree_map(lambda a, b: (a, b), {"a": 1, "b": 2}, {"b": 3, "a": 4}) == {"a": (1, 4), "b": (2, 3)}
    seen = []
    assert ours.tree_map_only_(int, seen.append, [pair]) == [pair]
    assert seen == [1, 2]


def test_structures_that_do_not_fit():
    spec = ours.tree_structure([0, {"a": 0}])
    with pytest.raises(ValueError, match="holds 2 items"):
        ours.tree_unflatten([1], spec)
    with pytest.raises(TypeError, match="expected a TreeSpec"):
        ours.tree_unflatten([1], [1])
    for other in ([0], (0, {"a": 0}), [0, {"b": 0}], [0, [0]]):
        with pytest.raises(ValueError, match="mismatch"):
            ours.tree_map(lambda a, b: a, [0, {"a": 0}], other)
    assert spec != ours.tree_structure([0, {"b": 0}])
    assert hash(spec) == hash(ours.tree_structure([1, {"a": 2}]))


@dataclass
class Point:
    x: int
    y: int | None = None


class Box:
    def __init__(self, inside, label):
        self.inside, self.label = inside, label


def test_classes_of_ones_own():
    ours.register_pytree_node(
        Box,
        lambda box: ([box.inside], box.label),
        lambda values, label: Box(*values, label),
        serialized_type_name="Box",
    )
    ours.register_dataclass(Point, serialized_type_name="Point")
    try:
        made = ours.tree_map(lambda x: x + 1, [Box(1, "l"), Point(2), Point(3, 4)])
        assert (made[0].inside, made[0].label, made[1:]) == (2, "l", [Point(3), Point(4, 5)])
        spec = ours.tree_structure(made)
        assert ours.treespec_loads(ours.treespec_dumps(spec)) == spec
        with pytest.raises(ValueError, match="already registered"):
            ours.register_pytree_node(Box, list, list)
        with pytest.raises(ValueError, match="flatten_with_keys_fn"):
            ours.tree_leaves_with_path(Box(1, 2))
    finally:
        ours._deregister_pytree_node(Box)
        ours._deregister_pytree_node(Point)
    assert ours.tree_leaves([made[0]]) == [made[0]]
