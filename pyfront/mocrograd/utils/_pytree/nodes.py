"""What the nodes of trees are: how objects of a class are taken apart and made again."""

from __future__ import annotations

import dataclasses
import importlib
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

Context = Any
PyTree = Any
KeyPath = tuple[Any, ...]
FlattenFn = Callable[[PyTree], tuple[list[Any], Context]]
FlattenFunc = FlattenFn
UnflattenFn = Callable[[Iterable[Any], Context], PyTree]
UnflattenFunc = UnflattenFn
FlattenWithKeysFn = Callable[[PyTree], tuple[list[tuple[Any, Any]], Any]]
FlattenWithKeysFunc = FlattenWithKeysFn
ToDumpableContextFn = Callable[[Context], Any]
FromDumpableContextFn = Callable[[Any], Context]
_IsLeaf = Callable[[PyTree], bool] | None


class NodeDef(NamedTuple):
    """How nodes of a class are taken apart and made."""

    type: type[Any]
    flatten_fn: FlattenFn
    unflatten_fn: UnflattenFn
    flatten_with_keys_fn: FlattenWithKeysFn | None


class Dumped(NamedTuple):
    """How structures of a class are written down."""

    name: str | None
    to_dumpable: Callable[[Context], Any] | None
    from_dumpable: Callable[[Any], Context] | None


SUPPORTED_NODES: dict[Any, NodeDef] = {}
DUMPED: dict[Any, Dumped] = {}
CONSTANT_NODES: set[type] = set()
STANDARD_DICT_TYPES = frozenset({dict, OrderedDict, defaultdict})
BUILTIN_TYPES = frozenset({tuple, list, dict, namedtuple, OrderedDict, defaultdict, deque})


# ------------------------------------------------------------------------------------------------ keys


@dataclass(frozen=True)
class SequenceKey:
    """The way to an element of a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """Return the element."""
        return sequence[self.idx]


@dataclass(frozen=True)
class MappingKey:
    """The way to a value of a dict."""

    key: Hashable

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """Return the value."""
        return mapping[self.key]


@dataclass(frozen=True)
class GetAttrKey:
    """The way to an attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """Return the attribute."""
        return getattr(obj, self.name)


def keystr(kp: KeyPath) -> str:
    """Return a way as it is written in Python, "[0].weight"."""
    return "".join([str(key) for key in kp])


def key_get(obj: Any, kp: KeyPath) -> Any:
    """Return what lies at the end of a way."""
    for key in kp:
        obj = key.get(obj)
    return obj


# -------------------------------------------------------------------------------------- kinds of nodes


def register_pytree_node(
    cls: type[Any],
    flatten_fn: FlattenFn,
    unflatten_fn: UnflattenFn,
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: ToDumpableContextFn | None = None,
    from_dumpable_context: FromDumpableContextFn | None = None,
    flatten_with_keys_fn: FlattenWithKeysFn | None = None,
) -> None:
    """Make objects of a class nodes.

    Args:
        cls: The class.
        flatten_fn: Returns an object's children and what else is needed to make it again.
        unflatten_fn: Makes it of these two.
        serialized_type_name: What `treespec_dumps` calls the class.
        to_dumpable_context: Returns what JSON can say of the second part.
        from_dumpable_context: The inverse of it.
        flatten_with_keys_fn: As `flatten_fn`, each child with its key.

    Raises:
        ValueError: The class is registered already, or only one of the two functions for JSON is given.
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    if (to_dumpable_context is None) != (from_dumpable_context is None):
        raise ValueError(f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or registered.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)
    DUMPED[cls] = Dumped(serialized_type_name, to_dumpable_context, from_dumpable_context)


_register_pytree_node = register_pytree_node


def _deregister_pytree_node(cls: type[Any]) -> None:
    del SUPPORTED_NODES[cls], DUMPED[cls]
    CONSTANT_NODES.discard(cls)


def register_dataclass(
    cls: type[Any],
    *,
    field_names: list[str] | None = None,
    drop_field_names: list[str] | None = None,
    serialized_type_name: str | None = None,
) -> None:
    """Make objects of a dataclass nodes; fields that are None belong to the structure.

    Args:
        cls: The class.
        field_names: The fields that make an object; all by default.
        drop_field_names: Fields that are left out.
        serialized_type_name: What `treespec_dumps` calls the class.

    Raises:
        ValueError: `field_names` are not the fields of the dataclass, or it is none and there are no names.
    """
    if dataclasses.is_dataclass(cls):
        known = {f.name for f in dataclasses.fields(cls) if f.init} - set(drop_field_names or ())
        names = field_names or [f.name for f in dataclasses.fields(cls) if f.name in known]
        if known != set(names):
            raise ValueError(
                f"field_names does not include all dataclass fields: missing {sorted(known - set(names))}, "
                f"unexpected {sorted(set(names) - known)}"
            )
    elif field_names is None:
        raise ValueError(f"field_names must be specified with all fields used to initialize {cls}")
    else:
        names = field_names

    def flatten(obj: Any) -> tuple[list[Any], Context]:
        present = [name for name in names if getattr(obj, name) is not None]
        return [getattr(obj, name) for name in present], [present, [name for name in names if name not in present]]

    def with_keys(obj: Any) -> tuple[list[Any], Context]:
        values, context = flatten(obj)
        return [(GetAttrKey(name), value) for name, value in zip(context[0], values)], context

    def unflatten(values: Iterable[Any], context: Context) -> Any:
        return cls(**dict(zip(context[0], values)), **dict.fromkeys(context[1]))

    register_pytree_node(
        cls, flatten, unflatten, serialized_type_name=serialized_type_name, flatten_with_keys_fn=with_keys
    )


@dataclass(frozen=True)
class ConstantNode:
    """An object without leaves, as the structure holds it."""

    value: Any


def register_constant(cls: type[Any]) -> None:
    """Make objects of a class nodes without leaves."""

    def flatten(obj: Any) -> tuple[list[Any], Context]:
        return [], ConstantNode(obj)

    register_pytree_node(cls, flatten, lambda _, context: context.value, flatten_with_keys_fn=flatten)
    CONSTANT_NODES.add(cls)


def is_constant_class(cls: type[Any]) -> bool:
    """Return whether a class was given to `register_constant`."""
    return isinstance(cls, type) and cls in CONSTANT_NODES


def is_namedtuple_class(cls: type) -> bool:
    """Return whether a class is of named tuples."""
    fields = getattr(cls, "_fields", None)
    return isinstance(cls, type) and issubclass(cls, tuple) and isinstance(fields, tuple) and hasattr(cls, "_make")


def is_namedtuple_instance(obj: object) -> bool:
    """Return whether an object is a named tuple."""
    return is_namedtuple_class(type(obj))


_is_namedtuple_instance = is_namedtuple_instance


def is_namedtuple(obj: object | type) -> bool:
    """Return whether an object is a named tuple, or a class of them."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def _sequence_with_keys(flatten: FlattenFn) -> FlattenWithKeysFn:
    def with_keys(tree: Any) -> tuple[list[Any], Context]:
        values, context = flatten(tree)
        return [(SequenceKey(i), value) for i, value in enumerate(values)], context

    return with_keys


def _dict_flatten(d: dict[Any, Any]) -> tuple[list[Any], Context]:
    return list(d.values()), list(d)


def _dict_flatten_with_keys(d: dict[Any, Any]) -> tuple[list[Any], Context]:
    return [(MappingKey(key), value) for key, value in d.items()], list(d)


def _dict_unflatten(values: Iterable[Any], context: Context) -> dict[Any, Any]:
    return dict(zip(context, values))


def _defaultdict_flatten(d: defaultdict[Any, Any]) -> tuple[list[Any], Context]:
    return list(d.values()), [d.default_factory, list(d)]


def _defaultdict_dumpable(context: Context) -> Any:
    factory, keys = context
    return {
        "default_factory_module": factory.__module__,
        "default_factory_name": factory.__qualname__,
        "dict_context": keys,
    }


def _defaultdict_context(dumped: Any) -> Context:
    home = importlib.import_module(dumped["default_factory_module"])
    return [getattr(home, dumped["default_factory_name"]), dumped["dict_context"]]


def _tuple_flatten(d: tuple[Any, ...]) -> tuple[list[Any], Context]:
    return list(d), None


def _deque_flatten(d: deque[Any]) -> tuple[list[Any], Context]:
    return list(d), d.maxlen


def _register_builtin() -> None:
    def register(kind: Any, name: str, *functions: Any, **dumping: Any) -> None:
        flatten, unflatten, with_keys = functions
        register_pytree_node(
            kind, flatten, unflatten, serialized_type_name=name, flatten_with_keys_fn=with_keys, **dumping
        )

    listed = _sequence_with_keys(_tuple_flatten)
    register(tuple, "builtins.tuple", _tuple_flatten, lambda values, _: tuple(values), listed)
    register(list, "builtins.list", _tuple_flatten, lambda values, _: list(values), listed)
    register(dict, "builtins.dict", _dict_flatten, _dict_unflatten, _dict_flatten_with_keys)
    register(
        namedtuple, "collections.namedtuple",
        lambda d: (list(d), type(d)),
        lambda values, kind: kind(*values),
        lambda d: ([(GetAttrKey(name), value) for name, value in zip(d._fields, d)], type(d)),
    )  # fmt: skip
    register(
        OrderedDict, "collections.OrderedDict",
        _dict_flatten, lambda values, keys: OrderedDict(zip(keys, values)), _dict_flatten_with_keys,
    )  # fmt: skip
    register(
        defaultdict, "collections.defaultdict",
        _defaultdict_flatten,
        lambda values, context: defaultdict(context[0], zip(context[1], values)),
        lambda d: (_dict_flatten_with_keys(d)[0], _defaultdict_flatten(d)[1]),
        to_dumpable_context=_defaultdict_dumpable, from_dumpable_context=_defaultdict_context,
    )  # fmt: skip
    register(
        deque, "collections.deque",
        _deque_flatten, lambda values, maxlen: deque(values, maxlen), _sequence_with_keys(_deque_flatten),
    )  # fmt: skip


_register_builtin()


def _get_node_type(tree: Any) -> Any:
    kind = type(tree)
    return namedtuple if kind not in SUPPORTED_NODES and is_namedtuple_class(kind) else kind


def tree_is_leaf(tree: PyTree, is_leaf: _IsLeaf = None) -> bool:
    """Return whether an object is a leaf."""
    return (is_leaf is not None and is_leaf(tree)) or _get_node_type(tree) not in SUPPORTED_NODES


_is_leaf = tree_is_leaf
