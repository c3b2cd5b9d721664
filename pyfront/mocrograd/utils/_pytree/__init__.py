"""Trees of Python's containers: what holds tensors, taken apart into leaves and a structure, and put together again.

A node is a tuple, a list, a dict, a named tuple, a deque, or of a class that `register_pytree_node` was told of.
Anything else is a leaf, None too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import UnionType
from typing import Any

from mocrograd.utils._pytree.nodes import BUILTIN_TYPES as BUILTIN_TYPES
from mocrograd.utils._pytree.nodes import STANDARD_DICT_TYPES as STANDARD_DICT_TYPES
from mocrograd.utils._pytree.nodes import SUPPORTED_NODES as SUPPORTED_NODES
from mocrograd.utils._pytree.nodes import Context as Context
from mocrograd.utils._pytree.nodes import FlattenFn as FlattenFn
from mocrograd.utils._pytree.nodes import FlattenFunc as FlattenFunc
from mocrograd.utils._pytree.nodes import FlattenWithKeysFn as FlattenWithKeysFn
from mocrograd.utils._pytree.nodes import FlattenWithKeysFunc as FlattenWithKeysFunc
from mocrograd.utils._pytree.nodes import FromDumpableContextFn as FromDumpableContextFn
from mocrograd.utils._pytree.nodes import GetAttrKey as GetAttrKey
from mocrograd.utils._pytree.nodes import KeyPath as KeyPath
from mocrograd.utils._pytree.nodes import MappingKey as MappingKey
from mocrograd.utils._pytree.nodes import NodeDef as NodeDef
from mocrograd.utils._pytree.nodes import PyTree as PyTree
from mocrograd.utils._pytree.nodes import SequenceKey as SequenceKey
from mocrograd.utils._pytree.nodes import ToDumpableContextFn as ToDumpableContextFn
from mocrograd.utils._pytree.nodes import UnflattenFn as UnflattenFn
from mocrograd.utils._pytree.nodes import UnflattenFunc as UnflattenFunc
from mocrograd.utils._pytree.nodes import _deregister_pytree_node as _deregister_pytree_node
from mocrograd.utils._pytree.nodes import _dict_flatten as _dict_flatten
from mocrograd.utils._pytree.nodes import _dict_flatten_with_keys as _dict_flatten_with_keys
from mocrograd.utils._pytree.nodes import _dict_unflatten as _dict_unflatten
from mocrograd.utils._pytree.nodes import _get_node_type as _get_node_type
from mocrograd.utils._pytree.nodes import _is_leaf as _is_leaf
from mocrograd.utils._pytree.nodes import _is_namedtuple_instance as _is_namedtuple_instance
from mocrograd.utils._pytree.nodes import _register_pytree_node as _register_pytree_node
from mocrograd.utils._pytree.nodes import is_constant_class as is_constant_class
from mocrograd.utils._pytree.nodes import is_namedtuple as is_namedtuple
from mocrograd.utils._pytree.nodes import is_namedtuple_class as is_namedtuple_class
from mocrograd.utils._pytree.nodes import is_namedtuple_instance as is_namedtuple_instance
from mocrograd.utils._pytree.nodes import key_get as key_get
from mocrograd.utils._pytree.nodes import keystr as keystr
from mocrograd.utils._pytree.nodes import register_constant as register_constant
from mocrograd.utils._pytree.nodes import register_dataclass as register_dataclass
from mocrograd.utils._pytree.nodes import register_pytree_node as register_pytree_node
from mocrograd.utils._pytree.nodes import tree_is_leaf as tree_is_leaf
from mocrograd.utils._pytree.spec import LeafSpec as LeafSpec
from mocrograd.utils._pytree.spec import PyTreeSpec as PyTreeSpec
from mocrograd.utils._pytree.spec import TreeSpec as TreeSpec
from mocrograd.utils._pytree.spec import treespec_dict as treespec_dict
from mocrograd.utils._pytree.spec import treespec_dumps as treespec_dumps
from mocrograd.utils._pytree.spec import treespec_leaf as treespec_leaf
from mocrograd.utils._pytree.spec import treespec_loads as treespec_loads
from mocrograd.utils._pytree.spec import treespec_pprint as treespec_pprint
from mocrograd.utils._pytree.spec import treespec_tuple as treespec_tuple

_IsLeaf = Callable[[PyTree], bool] | None
_Types = type | tuple[type, ...] | UnionType | Callable[[Any], bool]


def _taken_apart(tree: PyTree, is_leaf: _IsLeaf, leaves: list[Any]) -> TreeSpec:
    if is_leaf is not None and is_leaf(tree):
        leaves.append(tree)
        return treespec_leaf()
    kind = _get_node_type(tree)
    node = SUPPORTED_NODES.get(kind)
    if node is None:
        leaves.append(tree)
        return treespec_leaf()
    children, context = node.flatten_fn(tree)
    return TreeSpec(kind, context, [_taken_apart(child, is_leaf, leaves) for child in children])


def tree_flatten(tree: PyTree, is_leaf: _IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """Return the leaves of a tree, and its structure.

    Args:
        tree: Any object.
        is_leaf: Tells of an object whether it is a leaf, whatever it is.
    """
    leaves: list[Any] = []
    spec = _taken_apart(tree, is_leaf, leaves)
    return leaves, spec


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """Return the tree of leaves and a structure.

    Raises:
        TypeError: `treespec` is no structure.
        ValueError: There are more or fewer leaves than the structure has.
    """
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"tree_unflatten(leaves, treespec): expected a TreeSpec, got {type(treespec).__name__}")
    return treespec.unflatten(leaves)


def tree_iter(tree: PyTree, is_leaf: _IsLeaf = None) -> Iterator[Any]:
    """Iterate over the leaves of a tree."""
    if tree_is_leaf(tree, is_leaf):
        yield tree
    else:
        for child in SUPPORTED_NODES[_get_node_type(tree)].flatten_fn(tree)[0]:
            yield from tree_iter(child, is_leaf)


def tree_leaves(tree: PyTree, is_leaf: _IsLeaf = None) -> list[Any]:
    """Return the leaves of a tree."""
    return list(tree_iter(tree, is_leaf))


def arg_tree_leaves(*args: PyTree, **kwargs: PyTree) -> list[Any]:
    """Return the leaves of arguments."""
    return tree_leaves((args, kwargs))


def tree_structure(tree: PyTree, is_leaf: _IsLeaf = None) -> TreeSpec:
    """Return the structure of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: _IsLeaf = None) -> PyTree:
    """Return a tree of what a function makes of the leaves of trees.

    Args:
        func: Called with a leaf of each.
        tree: The tree whose structure the result has.
        rests: Further trees, which begin with its structure.
        is_leaf: As of `tree_flatten`.
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    return spec.unflatten(map(func, leaves, *[spec.flatten_up_to(rest) for rest in rests]))


def tree_map_(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: _IsLeaf = None) -> PyTree:
    """Call a function with the leaves of trees, and return the first tree; arguments as of `tree_map`."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _chooses(types: _Types) -> Callable[[Any], bool]:
    """Return what tells whether an object is of a type, of one of several, or fulfils a condition."""
    if isinstance(types, (type, tuple, UnionType)):
        return lambda x: isinstance(x, types)
    if callable(types):
        return types
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def map_only(type_or_types_or_pred: _Types, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Return a decorator: the function leaves objects alone that are not of a type, or do not fulfil a condition."""
    chosen = _chooses(type_or_types_or_pred)
    return lambda func: lambda x: func(x) if chosen(x) else x


def tree_map_only(
    type_or_types_or_pred: _Types, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: _IsLeaf = None
) -> PyTree:
    """Return a tree in which a function has replaced the leaves of a type, or that fulfil a condition."""
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(
    type_or_types_or_pred: _Types, /, func: Callable[[Any], Any], tree: PyTree, is_leaf: _IsLeaf = None
) -> PyTree:
    """Call a function with the leaves of a type, or that fulfil a condition, and return the tree."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: _IsLeaf = None) -> bool:
    """Return whether all leaves fulfil a condition."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: _IsLeaf = None) -> bool:
    """Return whether any leaf fulfils a condition."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(types: Any, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: _IsLeaf = None) -> bool:
    """Return whether all leaves of a type fulfil a condition."""
    return all(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, types))


def tree_any_only(types: Any, /, pred: Callable[[Any], bool], tree: PyTree, is_leaf: _IsLeaf = None) -> bool:
    """Return whether any leaf of a type fulfils a condition."""
    return any(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, types))


def _broadcast_to_and_flatten(tree: PyTree, treespec: TreeSpec, is_leaf: _IsLeaf = None) -> list[Any] | None:
    """Return a leaf for each leaf of a structure, where a leaf of the tree stands for a part, or None."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf() or _get_node_type(tree) is not treespec.type:
        return None
    children, context = SUPPORTED_NODES[treespec.type].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    parts = [_broadcast_to_and_flatten(child, spec, is_leaf) for child, spec in zip(children, treespec.children())]
    return None if None in parts else [leaf for part in parts for leaf in part or ()]


def _leaves_with_path(way: KeyPath, tree: PyTree, is_leaf: _IsLeaf) -> Iterator[tuple[KeyPath, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield way, tree
        return
    node = SUPPORTED_NODES[_get_node_type(tree)]
    if node.flatten_with_keys_fn is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {node.type}. Please pass a flatten_with_keys_fn argument "
            "to register_pytree_node."
        )
    for key, child in node.flatten_with_keys_fn(tree)[0]:
        yield from _leaves_with_path((*way, key), child, is_leaf)


def tree_leaves_with_path(tree: PyTree, is_leaf: _IsLeaf = None) -> list[tuple[KeyPath, Any]]:
    """Return the leaves of a tree, each with the way to it.

    Raises:
        ValueError: A class is registered without a function that gives keys.
    """
    return list(_leaves_with_path((), tree, is_leaf))


def tree_flatten_with_path(tree: PyTree, is_leaf: _IsLeaf = None) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """Return the leaves of a tree, each with the way to it, and the tree's structure."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: _IsLeaf = None) -> PyTree:
    """Return a tree of what a function makes of the ways to leaves and the leaves; arguments as of `tree_map`."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    return spec.unflatten(
        [func(way, *xs) for (way, *xs) in zip(*zip(*pairs), *[spec.flatten_up_to(rest) for rest in rests])]
        if pairs else []
    )  # fmt: skip
