"""Module: the base class of layers and networks.

Members (parameters, buffers, submodules) are ordinary instance attributes, so `self.weight` in a forward
costs one dictionary look-up instead of a failed one and a call of `__getattr__`. Of each kind a module keeps
only the ordered names; `_parameters`, `_buffers` and `_modules` are mappings over both, built when asked for.
The value is stored once, so setattr, delattr, loading and code that writes `module._modules[name]` cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from mocrograd.autograd import no_grad
from mocrograd.dtypes import dtype
from mocrograd.nn.members import Hooks, IncompatibleKeys, Members, RemovableHandle
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

_KINDS = ("_parameter_names", "_buffer_names", "_module_names")
Self = TypeVar("Self", bound="Module")


class Module:
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
    _parameter_names: tuple[str, ...]
    _buffer_names: tuple[str, ...]
    _module_names: tuple[str, ...]
    _transient_names: tuple[str, ...]
    _hooks: Hooks | None

    def __init__(self) -> None:
        """Start with no members, in training mode."""
        self.__dict__.update(dict.fromkeys(_KINDS, ()), _transient_names=(), _hooks=None, training=True)

    # ---------------------------------------------------------------- calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass has no forward.
        """
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, and the hooks if there are any."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        for before in list(self._hooks.before.values()):
            changed = before(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        output = self.forward(*args, **kwargs)
        for after in list(self._hooks.after.values()) if self._hooks is not None else ():
            changed = after(self, args, output)
            if changed is not None:
                output = changed
        return output

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments."""
        return self._register_hook("before", hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; what it returns replaces the output."""
        return self._register_hook("after", hook)

    def _register_hook(self, when: str, hook: Callable[..., Any]) -> RemovableHandle:
        if self._hooks is None:
            self._hooks = Hooks()
        self._hooks.registered += 1
        hooks = getattr(self._hooks, when)
        hooks[self._hooks.registered] = hook
        return RemovableHandle(self, hooks, self._hooks.registered)

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
            self._set_member("_parameter_names", name, value)
        elif isinstance(value, Module):
            self._set_member("_module_names", name, value)
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
            raise TypeError(f"{_type(module)} is not a Module subclass")
        self._check_name("module", name)
        self._set_member("_module_names", name, module)

    add_module = register_module

    # ---------------------------------------------------------------- walking

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """Iterate over this module and all below it with their dotted names, each module once."""
        return self._walk(set() if remove_duplicate else None, prefix)

    def _walk(self, seen: set[Module] | None, prefix: str) -> Iterator[tuple[str, Module]]:
        if seen is not None:
            if self in seen:
                return
            seen.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child._walk(seen, f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """Iterate over this module and all below it, each once."""
        return (module for _, module in self.named_modules())

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
        for module in self.modules():
            module.training = mode
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

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Move parameters and buffers to a device, a floating dtype, or both; in place.

        Args:
            args: A device, a dtype, both, or a tensor that has both.
            kwargs: `device` and `dtype` by name.

        Returns:
            This module. Integer buffers change their device only.

        Raises:
            TypeError: The dtype is not a floating one, or an argument is of no known kind.
        """
        device, target = kwargs.pop("device", None), kwargs.pop("dtype", None)
        if kwargs:
            raise TypeError(f"Module.to() got an unexpected keyword argument '{next(iter(kwargs))}'")
        for arg in args:
            if isinstance(arg, Tensor):
                device, target = arg.device, arg.dtype
            elif isinstance(arg, dtype):
                target = arg
            else:
                device = arg
        if target is not None and not target.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")

        def convert(tensor: Tensor) -> Tensor:
            wanted = target if target is not None and tensor.is_floating_point() else tensor.dtype
            return tensor.to(device=tensor.device if device is None else device, dtype=wanted)

        for module in self.modules():
            for param in module._parameters.values():
                if param is not None:
                    # The same object stays in place, for the optimizer that holds it.
                    grad = param.grad
                    param.grad = None
                    param.data = convert(param.data)
                    param.grad = None if grad is None else convert(grad)
            for name, buffer in module._buffers.items():
                if buffer is not None:
                    module.__dict__[name] = convert(buffer)
        return self

    # ---------------------------------------------------------------- state

    def _named_state(self) -> Iterator[tuple[str, Tensor]]:
        for path, module in self.named_modules(remove_duplicate=False):
            for name in (*module._parameter_names, *module._buffer_names):
                value = module.__dict__[name]
                if value is not None and name not in module._transient_names:
                    yield (f"{path}.{name}" if path else name), value

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Collect parameters and persistent buffers by dotted name.

        Args:
            prefix: Text before every name.
            keep_vars: Return the parameters themselves instead of detached tensors over the same storage.

        Returns:
            Name to tensor, in the order of registration.
        """
        return {prefix + name: value if keep_vars else value.detach() for name, value in self._named_state()}

    def load_state_dict(self, state_dict: Mapping[str, Tensor], strict: bool = True) -> IncompatibleKeys:
        """Copy values into parameters and buffers by name; nothing is changed if anything does not fit.

        Args:
            state_dict: Name to tensor, as `state_dict` returns it.
            strict: Whether missing and unexpected names are errors.

        Returns:
            The missing and the unexpected names.

        Raises:
            TypeError: `state_dict` is not a mapping.
            RuntimeError: Names (when strict), shapes or types do not fit; the message lists each of them.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = dict(self._named_state())
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        errors = []
        if strict and unexpected:
            errors.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{n}"' for n in unexpected) + ". ")
        if strict and missing:
            errors.append("Missing key(s) in state_dict: " + ", ".join(f'"{n}"' for n in missing) + ". ")
        for name, target in own.items():
            value = state_dict.get(name, target)
            if not isinstance(value, Tensor):
                errors.append(f'While copying the parameter named "{name}", expected a Tensor, got {type(value)}. ')
            elif value.shape != target.shape:
                errors.append(
                    f"size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, "
                    f"the shape in current model is {target.shape}."
                )
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        with no_grad():
            for name, target in own.items():
                if name in state_dict:
                    target.copy_(state_dict[name])
        return IncompatibleKeys(missing, unexpected)

    # ---------------------------------------------------------------- showing

    def __dir__(self) -> list[str]:
        """List attributes and members, but for those that are called by a number."""
        return [name for name in object.__dir__(self) if not name[0].isdigit()]

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


def _type(value: object) -> str:
    return type(value).__name__
