"""Optimizer: parameter groups, per-parameter state, saving and loading."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mocrograd.tensor import Tensor

Closure = Callable[[], Any]
Params = Iterable[Tensor] | Iterable[dict[str, Any]]


class Optimizer:
    """Base class of optimizers.

    Args:
        params: Tensors, or dicts with a key "params" and options of their own, one per group.
        defaults: Options of the groups that do not set them.

    Raises:
        TypeError: `params` is a tensor, or holds something else than tensors.
        ValueError: There are no parameters, one is no leaf, or one is in two groups.
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        """Build the groups."""
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own.

        Args:
            param_group: "params", a tensor or tensors, and options; the defaults fill in the others.

        Raises:
            TypeError: The group is no dict, or holds something else than tensors.
            ValueError: A parameter is no leaf, or is in a group already.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of "
                "tensors in sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        chosen = {id(param) for param in params}
        if len(chosen) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        if any(id(param) in chosen for group in self.param_groups for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros.

        Args:
            set_to_none: Drop them; False keeps the tensors and fills them.
        """
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad = param.grad.detach().zero_()

    def step(self, closure: Closure | None = None) -> Any:
        """Move the parameters by their gradients; every optimizer overrides this.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.

        Raises:
            NotImplementedError: The subclass has no step.
        """
        raise NotImplementedError(f"{type(self).__name__} has no step")

    def state_dict(self) -> dict[str, Any]:
        """Return groups and state with parameters numbered in order, in torch's layout.

        Returns:
            "state": number to the state of that parameter; "param_groups": options and "params", the numbers.
        """
        numbers = {id(p): n for n, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        return {
            "state": {numbers[id(p)]: dict(state) for p, state in self.state.items()},
            "param_groups": groups,
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over options and state that `state_dict` returned; tensors are copied.

        Args:
            state_dict: "state" and "param_groups" of an optimizer with groups of the same sizes.

        Raises:
            ValueError: The number of groups, or the size of one, differs.
        """
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"expected {len(self.param_groups)}, got {len(groups)}"
            )
        pairs = list(zip(self.param_groups, groups, strict=True))
        for own, saved in pairs:
            if len(own["params"]) != len(saved["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of "
                    f"optimizer's group: expected {len(own['params'])}, got {len(saved['params'])}"
                )
        params = {n: p for own, saved in pairs for n, p in zip(saved["params"], own["params"], strict=True)}
        state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            param = params[number]
            state[param] = {name: _like(param, value) for name, value in values.items()}
        self.param_groups = [{**saved, "params": own["params"]} for own, saved in pairs]
        self.state = state

    def __repr__(self) -> str:
        """Show the options of each group."""
        text = type(self).__name__ + " ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def _like(param: Tensor, value: Any) -> Any:
    """Copy a state tensor to the device and type of its parameter."""
    if not isinstance(value, Tensor):
        return value
    return value.detach().clone().to(device=param.device, dtype=param.dtype)
