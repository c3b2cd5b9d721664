"""The structure of a tree: what is left when its leaves are taken out."""

from __future__ import annotations

import json
from collections import defaultdict, deque, namedtuple
from collections.abc import Iterable, Iterator
from typing import Any

from mocrograd.utils._pytree.nodes import DUMPED, STANDARD_DICT_TYPES, SUPPORTED_NODES, Context, PyTree, _get_node_type


class TreeSpec:
    """The structure of a tree.

    Args:
        type: The class of the node; None for a leaf.
        context: What makes the node, besides its children.
        children_specs: Their structures.

    Attributes:
        num_nodes: How many nodes and leaves there are.
        num_leaves: How many leaves there are.
        num_children: How many children the node has.
    """

    __slots__ = ("_children", "context", "num_children", "num_leaves", "num_nodes", "type")

    def __init__(self, type: Any, context: Context, children_specs: Iterable[TreeSpec]) -> None:
        self.type, self.context, self._children = type, context, list(children_specs)
        self.num_children: int = len(self._children)
        self.num_nodes: int = 1 + sum(child.num_nodes for child in self._children)
        self.num_leaves: int = 1 if type is None else sum(child.num_leaves for child in self._children)

    @property
    def children_specs(self) -> list[TreeSpec]:
        """The structures of the children."""
        return self._children

    def children(self) -> list[TreeSpec]:
        """Return the structures of the children."""
        return self._children.copy()

    def child(self, index: int) -> TreeSpec:
        """Return the structure of one child."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Return whether it is that of a leaf."""
        return self.type is None

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        inside = (",\n" + " " * (indent + 2)).join([child.__repr__(indent + 2) for child in self._children])
        return f"TreeSpec({self.type.__name__}, {self.context}, [{inside}])"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        same = self.type is other.type and self.context == other.context
        return self is other or (same and self._children == other._children)

    def __hash__(self) -> int:
        return hash((self.type, self.num_leaves, tuple(self._children)))

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """Return the tree of leaves.

        Raises:
            ValueError: There are more or fewer than the structure has.
        """
        given = list(leaves)
        if len(given) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(given)} but the spec refers to a pytree that "
                f"holds {self.num_leaves} items ({self})."
            )
        return self._made(iter(given))

    def _made(self, leaves: Iterator[Any]) -> PyTree:
        if self.type is None:
            return next(leaves)
        return SUPPORTED_NODES[self.type].unflatten_fn([child._made(leaves) for child in self._children], self.context)

    def flatten_up_to(self, tree: PyTree) -> list[PyTree]:
        """Return the subtrees of a tree that begins with this structure, one for each leaf of it.

        Raises:
            ValueError: The tree has another structure.
        """
        if self.type is None:
            return [tree]
        found = []
        for child, subtree in zip(self._children, self._matched(tree)):
            found += child.flatten_up_to(subtree)
        return found

    def _matched(self, tree: PyTree) -> list[PyTree]:
        """Return the children of a node that must be of the structure's kind."""
        kind = _get_node_type(tree)
        dicts = self.type in STANDARD_DICT_TYPES and kind in STANDARD_DICT_TYPES
        if kind is not self.type and not dicts:
            raise ValueError(f"Node type mismatch; expected {self.type!r}, but got {kind!r}.")
        children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        if dicts:
            keys = self.context[1] if self.type is defaultdict else self.context
            if set(keys) != set(tree):
                raise ValueError(f"Node keys mismatch; expected {keys}, but got {list(tree)}.")
            return [tree[key] for key in keys]
        if kind is not deque and context != self.context:
            raise ValueError(
                f"Node context mismatch for node type {kind!r}; expected {self.context!r}, got {context!r}."
            )
        return children


PyTreeSpec = TreeSpec


class LeafSpec(TreeSpec):
    """The structure of a leaf."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None, None, [])


_LEAF = LeafSpec()


def treespec_leaf() -> LeafSpec:
    """Return the structure of a leaf."""
    return _LEAF


def treespec_tuple(iterable: Iterable[TreeSpec] = ()) -> TreeSpec:
    """Return the structure of a tuple of structures."""
    return TreeSpec(tuple, None, iterable)


def treespec_dict(mapping: Any = (), **options: TreeSpec) -> TreeSpec:
    """Return the structure of a dict of structures."""
    specs = dict(mapping, **options)
    return TreeSpec(dict, list(specs), specs.values())


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """Return a structure as JSON.

    Raises:
        ValueError: The protocol is unknown.
        NotImplementedError: A class has no name for it.
    """
    if protocol not in (None, 1):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return json.dumps((1, _dumped(treespec)))


def _dumped(spec: TreeSpec) -> dict[str, Any]:
    if spec.type is None:
        return {"type": None, "context": None, "children_spec": []}
    dumping = DUMPED[spec.type]
    if spec.type is namedtuple or dumping.name is None:
        raise NotImplementedError(f"No registered serialization name for {spec.type} found.")
    context = dumping.to_dumpable(spec.context) if dumping.to_dumpable else json.dumps(spec.context)
    return {"type": dumping.name, "context": context, "children_spec": [_dumped(child) for child in spec._children]}


def treespec_loads(serialized: str) -> TreeSpec:
    """Return the structure that `treespec_dumps` wrote.

    Raises:
        ValueError: The protocol is unknown.
        NotImplementedError: A class is not registered.
    """
    protocol, schema = json.loads(serialized)
    if protocol != 1:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [1]")
    return _loaded(schema)


def _loaded(schema: dict[str, Any]) -> TreeSpec:
    name = schema["type"]
    if name is None:
        return _LEAF
    kind = next((kind for kind, dumping in DUMPED.items() if dumping.name == name), None)
    if kind is None:
        raise NotImplementedError(f"Deserializing {name} in pytree is not registered.")
    read = DUMPED[kind].from_dumpable or json.loads
    return TreeSpec(kind, read(schema["context"]), [_loaded(child) for child in schema["children_spec"]])


def treespec_pprint(treespec: TreeSpec) -> str:
    """Return a tree of the structure with asterisks for leaves, as text."""

    class Asterisk:
        def __repr__(self) -> str:
            return "*"

    return repr(treespec.unflatten([Asterisk()] * treespec.num_leaves))
