"""The state of a module as a dictionary, and back: names, shapes and reports as in torch."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mocrograd.autograd import no_grad
from mocrograd.nn.hooks import Hooked
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

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


class Stateful(Hooked):
    """The part of a module that is saved and loaded."""

    _version: int
    _parameter_names: tuple[str, ...]
    _buffer_names: tuple[str, ...]
    _module_names: tuple[str, ...]
    _transient_names: tuple[str, ...]

    @property
    def _modules(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """Collect parameters and persistent buffers by dotted name.

        Args:
            destination: A dictionary to put them into; a new one by default.
            prefix: Text before every name.
            keep_vars: Return the parameters themselves instead of detached tensors over the same storage.

        Returns:
            Name to tensor, in the order of registration.

        Raises:
            RuntimeError: A hook returned something.
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local
        hooks = self._hooks
        for hook in list(hooks.saving.values()) if hooks is not None else ():
            hook.call(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in list(hooks.saved.values()) if hooks is not None else ():
            if hook.call(self, destination, prefix, local) is not None:
                raise RuntimeError("state_dict post-hook must return None")
        collected: dict[str, Any] = destination
        return collected

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into parameters and buffers by name; nothing is changed if anything does not fit.

        Args:
            state_dict: Name to tensor, as `state_dict` returns it.
            strict: Whether missing and unexpected names are errors.
            assign: Whether the tensors of the state replace the module's, instead of being copied.

        Returns:
            The missing and the unexpected names.

        Raises:
            TypeError: `state_dict` is not a mapping.
            RuntimeError: Names (when strict), shapes or types do not fit; the message lists each of them.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        load = Load(assign)
        load.visit(self, dict(state_dict), "", getattr(state_dict, "_metadata", {}))
        return load.finish(self, strict)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own tensors into a state; a class may override it to save something else."""
        for name, value in own(self).items():
            destination[prefix + name] = value if keep_vars else value.detach()
        if _has_extra(self, "get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Run the hooks before a load, then take this module's own tensors from a state.

        A class may override it to accept older forms. `local_metadata["version"]` is the `_version` of the class that
        saved the state.
        """
        report = missing_keys, unexpected_keys, error_msgs
        for hook in list(self._hooks.loading.values()) if self._hooks is not None else ():
            hook.call(self, state_dict, prefix, local_metadata, strict, *report)
        under_way = getattr(local_metadata, "load", None)
        load = under_way or Load(bool(local_metadata.get("assign_to_params_buffers")))
        load.own(self, state_dict, prefix, strict, report)
        if under_way is None:  # called for this module alone: nobody will finish the load
            with no_grad():
                for action in load.actions:
                    action()

    def get_extra_state(self) -> Any:
        """Return what else belongs into the state; a class that has such overrides this and `set_extra_state`.

        Raises:
            RuntimeError: The class overrides it not.
        """
        raise RuntimeError(f"{type(self).__name__} has no extra state: get_extra_state() is not overridden")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` returned.

        Raises:
            RuntimeError: The class overrides it not.
        """
        raise RuntimeError(f"{type(self).__name__} has no extra state: set_extra_state() is not overridden")


def own(module: Stateful) -> dict[str, Tensor]:
    """Return the parameters and persistent buffers of one module alone, by name."""
    members = module.__dict__
    names = (*module._parameter_names, *[n for n in module._buffer_names if n not in module._transient_names])
    return {name: members[name] for name in names if members[name] is not None}


def _has_extra(module: Stateful, function: str) -> bool:
    """Return whether a module's class overrides `get_extra_state` or `set_extra_state`."""
    return getattr(type(module), function) is not getattr(Stateful, function)


Report = tuple[list[str], list[str], list[str]]
"""Missing keys, unexpected keys and what else is wrong."""


class Local(dict[str, Any]):
    """What a state says of one module besides its tensors, and the load that is under way."""

    load: Load | None = None


class Load:
    """One load of a state: what fits is copied at the end, if all of it does.

    Args:
        assign: Whether tensors of the state replace the module's.
    """

    def __init__(self, assign: bool) -> None:
        """Start with nothing found."""
        self.assign = assign
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.errors: list[str] = []
        self.actions: list[Callable[[], Any]] = []
        self.loaded: list[tuple[Stateful, Callable[..., Any]]] = []

    def visit(self, module: Stateful, state: dict[str, Any], prefix: str, metadata: Mapping[str, Any]) -> None:
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

    def own(self, module: Stateful, state: dict[str, Any], prefix: str, strict: bool, report: Report) -> None:
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
        self, module: Stateful, state: dict[str, Any], key: str, missing: list[str], unexpected: list[str]
    ) -> None:
        if not _has_extra(module, "set_extra_state"):
            if key in state:
                unexpected.append(key)
        elif key in state:
            self.actions.append(lambda: module.set_extra_state(state[key]))
        else:
            missing.append(key)

    def _fit(self, module: Stateful, name: str, target: Tensor, key: str, value: Any, errors: list[str]) -> None:
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
            if target.is_meta and not value.is_meta:
                warnings.warn(
                    f"for {key}: copying from a non-meta parameter in the checkpoint to a meta parameter in the "
                    "current model, which is a no-op. (Did you mean to pass `assign=True` to assign items in the state "
                    "dictionary to their corresponding key in the module instead of copying them in place?)",
                    stacklevel=2,
                )
            self.actions.append(lambda: target.copy_(value))
        elif not isinstance(target, Parameter):
            self.actions.append(lambda: setattr(module, name, value))
        elif isinstance(value, Parameter):
            self.actions.append(lambda: setattr(module, name, value.requires_grad_(target.requires_grad)))
        else:
            self.actions.append(lambda: setattr(module, name, Parameter(value, target.requires_grad)))

    def finish(self, module: Stateful, strict: bool) -> IncompatibleKeys:
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
