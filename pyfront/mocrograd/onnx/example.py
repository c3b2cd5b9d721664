"""The example that a model is exported with: its tensors, their names and dynamic axes, and further runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.onnx.trace import tensors_of
from mocrograd.ops.creation import tensor
from mocrograd.tensor import Tensor

_MORE = (1, 2, 3)
"""By how much each dynamic axis grows in further runs: enough to tell formulas with halves and quarters apart."""
_MUCH_MORE = 61
"""By how much it grows in one more run, so that what a limit cuts off (`x[:8]`, `min(n, 32)`) does not look dynamic."""
_MOST_ELEMENTS = 2**18
"""How many elements the inputs of that run may have."""


@dataclass
class Run:
    """The sizes of the dynamic axes and the arguments of a run, which an `optional` one may fail with."""

    sizes: dict[str, int]
    args: tuple[Any, ...]
    options: dict[str, Any]
    optional: bool = False


class Example:
    """The example's tensors, their names and their dynamic axes.

    Args:
        model: The model that is called.
        args: Its arguments.
        options: Its arguments by name.
        names: The names of the inputs.
        dynamic_axes: The dynamic dimensions by the names of inputs.
        dynamic_shapes: The dynamic dimensions by arguments.
    """

    def __init__(
        self,
        model: Callable[..., Any],
        args: tuple[Any, ...],
        options: dict[str, Any],
        names: Sequence[str] | None,
        dynamic_axes: Mapping[str, Any] | None,
        dynamic_shapes: Any,
    ) -> None:
        # Each tensor is an input of its own, also where one stands for several arguments.
        # The model may change them in place.
        self.args, self.options = (_replaced(x, lambda t: t.detach().clone()) for x in (args, options))
        self.tensors = tensors_of([*self.args, *self.options.values()])
        if not self.tensors:
            raise TypeError("export(): expected at least one tensor among the arguments")
        self.names = _input_names(names, len(self.tensors))
        self.axes: dict[str, list[tuple[int, int]]] = {}
        """For each dynamic axis the inputs and dimensions that have it."""
        shapes = _by_argument(model, dynamic_shapes, self.args, self.options)
        for number, (name, t) in enumerate(zip(self.names, self.tensors)):
            given = (dynamic_axes or {}).get(name) or shapes.get(id(t)) or {}
            for dim, axis in _axes_of(name, given, t).items():
                self.axes.setdefault(axis, []).append((number, dim))
        for axis, where in self.axes.items():
            sizes = {self.tensors[n].shape[d] for n, d in where}
            if len(sizes) > 1:
                raise ValueError(f"the dynamic axis {axis!r} has several sizes in the example: {sorted(sizes)}")
            if 0 in sizes:
                raise ValueError(f"the dynamic axis {axis!r} has the size 0 in the example: expected at least 1")

    def runs(self) -> Iterator[Run]:
        """Yield the runs: first the example, then others."""
        base = {axis: int(self.tensors[w[0][0]].shape[w[0][1]]) for axis, w in self.axes.items()}
        sizes = [{**base, axis: base[axis] + more} for axis in base for more in _MORE]
        if len(base) > 1:
            sizes.append({axis: n + 4 + i for i, (axis, n) in enumerate(base.items())})
        far = [{**base, axis: 1} for axis in base if base[axis] > 1]
        far += [{**base, axis: base[axis] + self._much_more(axis)} for axis in base]
        # The model may change its arguments in place, so those of other runs are made before.
        others = [self._run(n, s, optional=n >= len(sizes)) for n, s in enumerate([*sizes, *far] or [base])]
        mixed = self._mixed(base)
        yield Run(base, self.args, self.options)
        yield from others
        yield mixed

    def _much_more(self, axis: str) -> int:
        """Return by how much an axis grows in its longest run."""
        where = dict(self.axes[axis])
        rest = sum(t.numel() // max(t.shape[where[n]], 1) for n, t in enumerate(self.tensors) if n in where)
        return max(_MORE[-1], min(_MUCH_MORE, _MOST_ELEMENTS // max(rest, 1)))

    def _mixed(self, sizes: dict[str, int]) -> Run:
        """Return a run with the example's numbers at other positions, which a model may refuse."""
        rng = np.random.default_rng(len(self.tensors))
        args, options = _replaced(
            (self.args, self.options),
            lambda t: tensor(rng.permutation(t.cpu().numpy().reshape(-1)).reshape(t.shape), device=t.device),
        )
        return Run(sizes, args, options, optional=True)

    def _run(self, number: int, sizes: dict[str, int], optional: bool) -> Run:
        others = {id(t): self._other(i, t, sizes, number) for i, t in enumerate(self.tensors)}
        args, options = _replaced((self.args, self.options), lambda t: others[id(t)])
        return Run(sizes, args, options, optional)

    def _other(self, number: int, t: Tensor, sizes: Mapping[str, int], run: int) -> Tensor:
        """Return a tensor of the sizes of a run, with the example's numbers in another order and scaled."""
        array = t.detach().cpu().numpy()
        for axis, where in self.axes.items():
            for n, dim in where:
                if n == number:
                    array = np.take(array, (np.arange(sizes[axis]) + 1) % max(array.shape[dim], 1), axis=dim)
        if array.dtype.kind == "f":
            rng = np.random.default_rng(run)
            scaled = array * rng.uniform(0.5, 1.0, array.shape)
            array = np.where(array == 0, rng.uniform(0, 1e-3, array.shape), scaled).astype(array.dtype)
        return tensor(array, device=t.device)


def _input_names(names: Sequence[str] | None, count: int) -> list[str]:
    default = ["input"] if count == 1 else [f"input_{i}" for i in range(count)]
    return chosen_names("input_names", names, default)


def chosen_names(what: str, names: Sequence[str] | None, default: list[str]) -> list[str]:
    """Return the names that a user gave, and those by default for the rest."""
    if isinstance(names, str):
        raise TypeError(f"{what}: expected a list of str, got the str {names!r}")
    if names is None:
        return default
    if len(names) > len(default):
        raise ValueError(f"{what}: expected at most {len(default)} names, got {len(names)}: {list(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{what}: expected names that differ, got {list(names)}")
    return [*names, *default[len(names) :]]


def _by_argument(model: Any, shapes: Any, args: Sequence[Any], options: Mapping[str, Any]) -> dict[int, Any]:
    """Return the dynamic dimensions by the identity of the tensor."""
    if shapes is None:
        return {}
    found: dict[int, Any] = {}
    arguments = [*args, *options.values()]
    if isinstance(shapes, Mapping):
        called = model.forward if isinstance(model, Module) else model
        named = inspect.signature(called).bind(*args, **options).arguments
        unknown = shapes.keys() - named.keys()
        if unknown:
            raise ValueError(f"dynamic_shapes: expected names of arguments ({', '.join(named)}), got {sorted(unknown)}")
        for name, entry in shapes.items():
            _match(entry, named[name], found)
    else:
        _match(list(shapes), arguments, found)
    return found


def _match(entry: Any, argument: Any, found: dict[int, Any]) -> None:
    """Note which entry of `dynamic_shapes` belongs to which tensor."""
    if entry is None:
        return
    if isinstance(argument, Tensor):
        found[id(argument)] = entry
        return
    if isinstance(argument, dict) and isinstance(entry, Mapping) and entry.keys() <= argument.keys():
        for name, part in entry.items():
            _match(part, argument[name], found)
    elif isinstance(argument, (tuple, list)) and isinstance(entry, Sequence) and len(entry) == len(argument):
        for part, of in zip(entry, argument):
            _match(part, of, found)
    else:
        raise ValueError(
            f"dynamic_shapes: expected an entry for each of {_count(argument)} arguments, got {_count(entry)}"
        )


def _count(thing: Any) -> int:
    return len(thing) if isinstance(thing, (tuple, list, Mapping)) else 1


def _axes_of(name: str, given: Any, t: Tensor) -> dict[int, str]:
    """Return the names of the dynamic dimensions of an input."""
    if not isinstance(given, Mapping):
        given = {dim: axis for dim, axis in enumerate(given) if axis is not None} if _names_in(given) else {
            dim: f"{name}_dim_{dim}" for dim in given
        }  # fmt: skip
    axes = {}
    for dim, axis in given.items():
        if axis is None:
            continue
        if not isinstance(dim, int) or not -t.ndim <= dim < t.ndim:
            raise ValueError(f"dynamic axes of {name!r}: expected a dimension of {t.ndim}, got {dim!r}")
        axes[dim % t.ndim] = axis if isinstance(axis, str) else getattr(axis, "__name__", f"{name}_dim_{dim}")
    return axes


def _names_in(given: Sequence[Any]) -> bool:
    return any(not isinstance(x, int) for x in given)


def _replaced(thing: Any, other: Callable[[Tensor], Tensor]) -> Any:
    """Return something with other tensors in place of its own."""
    if isinstance(thing, Tensor):
        return other(thing)
    if isinstance(thing, dict):
        return {name: _replaced(part, other) for name, part in thing.items()}
    if isinstance(thing, (tuple, list)):
        parts = [_replaced(part, other) for part in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return thing
