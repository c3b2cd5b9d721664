"""Module: the base class of layers and networks.

Members (parameters, buffers, submodules) are ordinary instance attributes, so `self.weight` in a forward
costs one dictionary look-up instead of a failed one and a call of `__getattr__`. Of each kind a module keeps
only the ordered names; `_parameters`, `_buffers` and `_modules` are mappings over both, built when asked for.
The value is stored once, so setattr, delattr, loading and code that writes `module._modules[name]` cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, MutableMapping, ValuesView
from importlib import import_module
from typing import Any, ParamSpec, Protocol, TypeVar

from mocrograd import notebook
from mocrograd.nn import global_hooks, hooks
from mocrograd.nn.conversion import Convertible
from mocrograd.nn.global_hooks import register_module_forward_hook as register_module_forward_hook
from mocrograd.nn.global_hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from mocrograd.nn.global_hooks import register_module_full_backward_hook as register_module_full_backward_hook
from mocrograd.nn.global_hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from mocrograd.nn.parameter import Buffer, Parameter
from mocrograd.nn.state import EXTRA as _EXTRA_STATE_KEY_SUFFIX  # noqa: F401  (under torch's name)
from mocrograd.nn.state import IncompatibleKeys as _IncompatibleKeys  # noqa: F401  (under torch's name)
from mocrograd.nn.state import Stateful
from mocrograd.tensor import Tensor

__all__ = [
    "Module",
]

_KINDS = ("_parameter_names", "_buffer_names", "_module_names")
Self = TypeVar("Self", bound="Module")
_P = ParamSpec("_P")
_R_co = TypeVar("_R_co", covariant=True)


class _Forward(Protocol[_P, _R_co]):
    """A module, for type checkers: a call takes and returns what `forward` does."""

    _hooks: Any

    def forward(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...


class Members(MutableMapping[str, Any]):
    """The members of one kind of one module, name to value, in the order of registration."""

    __slots__ = ("_kind", "_module")

    def __init__(self, module: Module, kind: str) -> None:
        """View the members of one kind of a module."""
        self._module, self._kind = module, kind

    def _names(self) -> tuple[str, ...]:
        names: tuple[str, ...] = self._module.__dict__[self._kind]
        return names

    def __getitem__(self, name: str) -> Any:
        """Return the member of that name."""
        if name not in self._names():
            raise KeyError(name)
        return self._module.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set the member; a new name is registered."""
        self._module._set_member(self._kind, name, value)

    def __delitem__(self, name: str) -> None:
        """Remove the member from the module."""
        if name not in self._names():
            raise KeyError(name)
        delattr(self._module, name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names())

    def __len__(self) -> int:
        """Count the names."""
        return len(self._names())

    def __reversed__(self) -> Iterator[str]:
        """Iterate over the names, the last one first."""
        return reversed(self._names())

    def items(self) -> ItemsView[str, Any]:
        """Return the pairs of today as a dict's view, which can be reversed."""
        return self.copy().items()

    def values(self) -> ValuesView[Any]:
        """Return the members of today as a dict's view."""
        return self.copy().values()

    def copy(self) -> dict[str, Any]:
        """Return a dict of the members."""
        members = self._module.__dict__
        return {name: members[name] for name in self._names()}

    def __repr__(self) -> str:
        """Show the members as a dict."""
        return repr(self.copy())


class Module(Stateful, Convertible):
    """Base class of layers and networks: override `forward`, assign parameters and submodules as attributes.

    Example:
        >>> import mocrograd as mg
        >>> class Twice(mg.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.linear = mg.nn.Linear(2, 2)
        ...     def forward(self, x):
        ...         return self.linear(self.linear(x))
        >>> Twice()(mg.ones(3, 2)).shape
        mocrograd.Size([3, 2])
    """

    training: bool
    _version = 1

    def __init__(self) -> None:
        """Start with no members, in training mode."""
        self.__dict__.update(dict.fromkeys(_KINDS, ()), _transient_names=(), _hooks=None, training=True)
        if hasattr(type(self), "__getattr__"):  # which looks for members where torch keeps them
            self.__dict__.update({kind.replace("_names", "s"): Members(self, kind) for kind in _KINDS})

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes, for a copy or for pickling: a compiled `forward` stays behind."""
        state = self.__dict__.copy()
        if hasattr(state.get("forward"), "plans"):
            del state["forward"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take back the attributes of a copy or of a pickled module."""
        self.__dict__.update(state)

    # ---------------------------------------------------------------- calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no forward.
        """
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self: _Forward[_P, _R_co], *args: _P.args, **kwargs: _P.kwargs) -> _R_co:
        """Run `forward`, and the hooks if there are any."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return hooks.run(self, self._hooks, args, kwargs)  # type: ignore[arg-type]  # it is a Module

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile `forward` of this module itself; copies and pickles of it are not compiled.

        Args:
            *args: Those of `compile`, but for the module.
            **kwargs: Those of `compile`.

        Example:
            >>> import mocrograd as mg
            >>> model = mg.nn.Linear(2, 1)
            >>> model.compile()
            >>> model(mg.ones(3, 2)).shape
            mocrograd.Size([3, 1])
        """
        compiler = import_module("mocrograd.compiler")  # which is made of modules
        forward = self.forward
        if isinstance(forward, compiler.Compiled):
            forward = forward.function
        self.__dict__["forward"] = compiler.compile(forward, *args, **kwargs)

    # ---------------------------------------------------------------- members

    @property
    def _parameters(self) -> Members:
        return Members(self, "_parameter_names")

    @property
    def _buffers(self) -> Members:
        return Members(self, "_buffer_names")

    @property
    def _modules(self) -> Members:
        return Members(self, "_module_names")

    @property
    def _non_persistent_buffers_set(self) -> frozenset[str]:
        return frozenset(self._transient_names)

    def _set_member(self, kind: str, name: str, value: Any) -> None:
        members = self.__dict__
        if kind not in members:
            raise AttributeError(f"cannot assign {kind[1:-6]}s before Module.__init__() call")
        for other in _KINDS:
            if other != kind and name in members[other]:
                members[other] = tuple(n for n in members[other] if n != name)
        if name not in members[kind]:
            members[kind] += (name,)
        members[name] = value

    def __setattr__(self, name: str, value: Any) -> None:
        """Register parameters and modules; refuse to hide a member behind a value of another kind."""
        members = self.__dict__
        if isinstance(value, Parameter):
            if type(self).register_parameter is _register_parameter:
                self._set_member("_parameter_names", name, value)
            else:  # somebody wants to see every parameter
                if name not in members.get("_parameter_names", ()) and name in members:
                    delattr(self, name)
                self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._set_member("_module_names", name, value)
        elif isinstance(value, Buffer) and name not in members.get("_buffer_names", ()):
            self.register_buffer(name, value, value.persistent)
        elif name in members.get("_parameter_names", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{_type(value)}' as parameter '{name}' (Parameter or None expected)")
            members[name] = None
        elif name in members.get("_module_names", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{_type(value)}' as child module '{name}' (Module or None expected)")
            members[name] = None
        elif name in members.get("_buffer_names", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign '{_type(value)}' as buffer '{name}' (Tensor or None expected)")
            members[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute; a member is no longer registered then."""
        object.__delattr__(self, name)
        for kind in (*_KINDS, "_transient_names"):
            if name in self.__dict__[kind]:
                self.__dict__[kind] = tuple(n for n in self.__dict__[kind] if n != name)

    def _check_name(self, kind: str, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_type(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__.get(f"_{kind}_names", ()):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name.

        Args:
            name: An attribute name, without a dot.
            param: The parameter, or None for one that is absent (a layer without bias).

        Raises:
            KeyError: The name is empty, has a dot, or is taken by something else.
            TypeError: `param` is neither a Parameter nor None.
        """
        self._check_name("parameter", name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(f"cannot assign '{_type(param)}' object to parameter '{name}' (Parameter or None required)")
        self._set_member("_parameter_names", name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state of the module but is not trained.

        Args:
            name: An attribute name, without a dot.
            tensor: The buffer, or None for one that is absent.
            persistent: Whether `state_dict` contains it.

        Raises:
            KeyError: The name is empty, has a dot, or is taken by something else.
            TypeError: `tensor` is neither a Tensor nor None.
        """
        self._check_name("buffer", name)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{_type(tensor)}' object to buffer '{name}' (Tensor or None required)")
        self._set_member("_buffer_names", name, tensor)
        self._transient_names = tuple(n for n in self._transient_names if n != name)
        if not persistent:
            self._transient_names += (name,)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under a name.

        Args:
            name: An attribute name, without a dot.
            module: The submodule, or None.

        Raises:
            KeyError: The name is empty, has a dot, or is taken by something else.
            TypeError: `module` is neither a Module nor None.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{_shown(module)} is not a Module subclass")
        self._check_name("module", name)
        self._set_member("_module_names", name, module)

    add_module = register_module

    # ---------------------------------------------------------------- traversal

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """Iterate over this module and all below it with their dotted names, each module once."""
        return self._named_modules(set() if remove_duplicate else None, prefix)

    def _named_modules(self, seen: set[Module] | None, prefix: str) -> Iterator[tuple[str, Module]]:
        if seen is not None:
            if self in seen:
                return
            seen.add(self)
        yield prefix, self
        members = self.__dict__
        for name in members["_module_names"]:
            child = members.get(name)  # which may be gone by now
            if child is not None:
                yield from child._named_modules(seen, f"{prefix}.{name}" if prefix else name)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Iterate over this module and all below it, each once unless duplicates are wanted."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Iterate over the direct submodules with their names, each module once."""
        seen: set[Module] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """Iterate over the direct submodules, each once."""
        return (child for _, child in self.named_children())

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name in module.__dict__[kind]:
                value = module.__dict__[name]
                if value is None or (remove_duplicate and id(value) in seen):
                    continue
                seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Iterate over the parameters with their dotted names; a shared parameter comes once."""
        return self._named_members("_parameter_names", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Iterate over the parameters; a shared parameter comes once."""
        return (param for _, param in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Iterate over the buffers with their dotted names; a shared buffer comes once."""
        return self._named_members("_buffer_names", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Iterate over the buffers; a shared buffer comes once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """Return the module of a dotted name; this one for an empty name.

        Raises:
            AttributeError: There is no such module.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{_type(module)} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        found: Module = module
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Set the module of a dotted name.

        Args:
            target: The name; all but its last part must be there.
            module: The module.
            strict: Whether the last part must be there too.

        Raises:
            ValueError: The name is empty, or `module` is no Module.
            AttributeError: A part of the name is missing, or is no Module.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            parent.get_submodule(name)
        setattr(parent, name, module)

    def _member(self, target: str, kind: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{_type(module)} has no attribute `{name}`")
        if name not in module.__dict__[kind] or module.__dict__[name] is None:
            raise AttributeError(f"`{name}` is not {what}")
        return module.__dict__[name]

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter of a dotted name.

        Raises:
            AttributeError: There is no such parameter.
        """
        parameter: Parameter = self._member(target, "_parameter_names", "an nn.Parameter")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer of a dotted name.

        Raises:
            AttributeError: There is no such buffer.
        """
        buffer: Tensor = self._member(target, "_buffer_names", "a buffer")
        return buffer

    # ---------------------------------------------------------------- changing all of it

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every submodule, then on this module; return this module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Set training mode (dropout drops) or evaluation mode here and below.

        Raises:
            ValueError: `mode` is not a bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, got {mode!r}")
        members = self.__dict__
        if members.get("training") is not mode:
            self.training = mode
        for name in members["_module_names"]:
            child = members[name]
            if child is not None:
                child.train(mode)  # which a subclass may override, to keep a part of itself frozen
        return self

    def eval(self: Self) -> Self:
        """Set evaluation mode here and below."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Set for every parameter whether backward computes its gradient."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros.

        Args:
            set_to_none: Drop them; False keeps the tensors and fills them.
        """
        for param in self.parameters():
            if set_to_none:
                param.grad = None
            elif param.grad is not None:
                param.grad = param.grad.detach().zero_()

    # ---------------------------------------------------------------- showing

    def __dir__(self) -> list[str]:
        """List attributes and members, but for those that are called by a number."""
        return [name for name in object.__dir__(self) if not name[0].isdigit()]

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """Return what stands between the brackets of the repr; layers override this."""
        return ""

    def __repr__(self) -> str:
        """Show the module and its submodules as an indented tree, as torch does."""
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self._modules.items()]
        if len(lines) == 1 and not children:
            return f"{type(self).__name__}({extra})"
        lines += children
        return f"{type(self).__name__}(" + ("\n  " + "\n  ".join(lines) + "\n)" if lines else ")")

    def _repr_html_(self) -> str:
        """Return the module and its submodules as a tree that unfolds, with numbers of parameters."""
        return notebook.frame(self._tree("", set(), 0))

    def _tree(self, name: str, seen: set[Module], depth: int) -> str:
        """Return the module as a branch of a tree in HTML."""
        count = sum(parameter.numel() for parameter in self.parameters())
        extra = " ".join(self.extra_repr().split())
        number = f"{count:,} parameter{'s' * (count != 1)}" if count else ""
        facts = [fact for fact in (number, "shared" * (self in seen)) if fact]
        head = f"{notebook.escape(name)}: " * bool(name) + f"<b>{notebook.escape(type(self).__name__)}</b>"
        head += f"({notebook.escape(extra)})" + "".join(f' · <span class="muted">{fact}</span>' for fact in facts)
        children = [] if self in seen else [(key, child) for key, child in self._modules.items() if child is not None]
        seen.add(self)
        if not children:
            return f'<div class="leaf">{head}</div>'
        body = "".join(child._tree(key, seen, depth + 1) for key, child in children)
        return notebook.fold(head, body, opened=depth < 2)


global_hooks.watch(Module)
_register_parameter = Module.register_parameter


def _shown(value: object) -> str:
    """Return how an error calls what was given instead of a module: classes and functions by their names."""
    name = getattr(value, "__name__", None)
    if isinstance(value, type):
        return f"the class {name} (call it to make a module: {name}(...))"
    return f"the function {name}" if callable(value) and name else _type(value)


def _type(value: object) -> str:
    return type(value).__name__
