"""The state of a module as a dictionary, and back: names, shapes and reports as in torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mocrograd.autograd import no_grad
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

if TYPE_CHECKING:
    from mocrograd.nn.module import Module

EXTRA = "_extra_state"
"""The name under which a module's extra state is saved."""


class _Keys(NamedTuple):
    missing_keys: list[str]
    unexpected_keys: list[str]


class IncompatibleKeys(_Keys):
    """What `load_state_dict` did not find in the state, and what it had no use for."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say in words when every key matched."""
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"


def own(module: Module) -> dict[str, Tensor]:
    """Return the parameters and persistent buffers of one module alone, by name."""
    members = module.__dict__
    names = (*module._parameter_names, *[n for n in module._buffer_names if n not in module._transient_names])
    return {name: members[name] for name in names if members[name] is not None}


def has_extra(module: Module, function: str, base: type[Module]) -> bool:
    """Whether a module's class overrides `get_extra_state` or `set_extra_state`."""
    return getattr(type(module), function) is not getattr(base, function)


Report = tuple[list[str], list[str], list[str]]
"""Missing keys, unexpected keys and what else is wrong."""


class Local(dict[str, Any]):
    """What a state says of one module besides its tensors, and the load that is under way."""

    load: Load | None = None


def load_own(
    module: Module, base: type[Module], state: dict[str, Any], prefix: str, local: Any, strict: bool, report: Report
) -> None:
    """Run the hooks before a load, then load what is one module's own.

    Args:
        module: The module.
        base: The class Module.
        state: The state.
        prefix: The module's name and a dot.
        local: What the state says of the module besides its tensors.
        strict: Whether to look for unexpected keys.
        report: Takes what is wrong.
    """
    for hook in list(module._hooks.loading.values()) if module._hooks is not None else ():
        hook.call(module, state, prefix, local, strict, *report)
    under_way = getattr(local, "load", None)
    load = under_way or Load(base, bool(local.get("assign_to_params_buffers")))
    load.own(module, state, prefix, strict, report)
    if under_way is None:  # called for this module alone: nobody will finish the load
        with no_grad():
            for action in load.actions:
                action()


class Load:
    """One load of a state: what fits is copied at the end, if all of it does.

    Args:
        base: The class Module.
        assign: Whether tensors of the state take the place of the module's.
    """

    def __init__(self, base: type[Module], assign: bool) -> None:
        """Start with nothing found."""
        self.base, self.assign = base, assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []
        self.actions: list[Callable[[], Any]] = []
        self.loaded: list[tuple[Module, Callable[..., Any]]] = []

    def visit(self, module: Module, state: dict[str, Any], prefix: str, metadata: Mapping[str, Any]) -> None:
        """Compare a module and all below it with the part of a state that is theirs."""
        local = Local(metadata.get(prefix[:-1], {}))
        local.load = self
        if self.assign:
            local["assign_to_params_buffers"] = True
        module._load_from_state_dict(state, prefix, local, True, self.missing, self.unexpected, self.errors)
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                self.visit(child, {k: v for k, v in state.items() if k.startswith(inner)}, inner, metadata)
        if module._hooks is not None:
            self.loaded += [(module, hook.call) for hook in module._hooks.loaded.values()]

    def own(self, module: Module, state: dict[str, Any], prefix: str, strict: bool, report: Report) -> None:
        """Compare what one module alone has with the part of a state that is its own."""
        missing, unexpected, errors = report
        members = own(module)
        for name, target in members.items():
            if prefix + name in state:
                self._fit(module, name, target, prefix + name, state[prefix + name], errors)
            else:
                missing.append(prefix + name)
        self._extra(module, state, prefix + EXTRA, missing, unexpected)
        for key in state if strict else ():
            if key.startswith(prefix) and key != prefix + EXTRA:
                head, dot, _ = key[len(prefix) :].partition(".")
                if head not in (module._module_names if dot else members):
                    unexpected.append(key)

    def _extra(
        self, module: Module, state: dict[str, Any], key: str, missing: list[str], unexpected: list[str]
    ) -> None:
        if not has_extra(module, "set_extra_state", self.base):
            if key in state:
                unexpected.append(key)
        elif key in state:
            self.actions.append(lambda: module.set_extra_state(state[key]))
        else:
            missing.append(key)

    def _fit(self, module: Module, name: str, target: Tensor, key: str, value: Any, errors: list[str]) -> None:
        if not isinstance(value, Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected mocrograd.Tensor or Tensor-like object from '
                f"checkpoint but received {type(value)}"
            )
            return
        if target.ndim == 0 and value.shape == (1,):  # as states of old held numbers
            value = value[0]
        if value._shape != target._shape:
            errors.append(
                f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
                f"the shape in current model is {target.shape}."
            )
        elif not self.assign:
            self.actions.append(lambda: target.copy_(value))
        elif not isinstance(target, Parameter):
            self.actions.append(lambda: setattr(module, name, value))
        elif isinstance(value, Parameter):
            self.actions.append(lambda: setattr(module, name, value.requires_grad_(target.requires_grad)))
        else:
            self.actions.append(lambda: setattr(module, name, Parameter(value, target.requires_grad)))

    def finish(self, module: Module, strict: bool) -> IncompatibleKeys:
        """Copy what was found, run the hooks, and report.

        Raises:
            RuntimeError: Something does not fit.
            AssertionError: A hook returned something.
        """
        keys = IncompatibleKeys(self.missing, self.unexpected)
        fits = not self.errors and not (strict and (self.missing or self.unexpected))
        if fits or (not self.errors and self.loaded):  # the hooks may yet settle what is missing
            with no_grad():
                for action in self.actions:
                    action()
        for owner, call in self.loaded:
            if call(owner, keys) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )
        errors = list(self.errors)
        if strict and self.unexpected:
            errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(self.unexpected)}. ")
        if strict and self.missing:
            errors.insert(0, f"Missing key(s) in state_dict: {_quoted(self.missing)}. ")
        if errors:
            lines = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{lines}")
        return keys


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def save_own(module: Module, base: type[Module], destination: Any, prefix: str, keep_vars: bool) -> None:
    """Put the state of one module alone into a dictionary; arguments as of `collect`."""
    for name, value in own(module).items():
        destination[prefix + name] = value if keep_vars else value.detach()
    if has_extra(module, "get_extra_state", base):
        destination[prefix + EXTRA] = module.get_extra_state()


def collect(module: Module, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Put the state of a module and all below it into a dictionary.

    Args:
        module: The module.
        destination: Where to; a new one for None.
        prefix: Text before every name.
        keep_vars: Whether to keep the tensors themselves instead of detached ones over the same storage.

    Returns:
        The dictionary.

    Raises:
        RuntimeError: A hook returned something.
    """
    if destination is None:
        destination = OrderedDict()
        destination._metadata = OrderedDict()
    local = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = local
    hooks = module._hooks
    for hook in list(hooks.saving.values()) if hooks is not None else ():
        hook.call(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in list(hooks.saved.values()) if hooks is not None else ():
        if hook.call(module, destination, prefix, local) is not None:
            raise RuntimeError("state_dict post-hook must return None")
    return destination
