"""Optimizer: parameter groups, per-parameter state, hooks, saving and loading."""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from mocrograd import ops
from mocrograd.autograd import enable_grad
from mocrograd.tensor import Tensor
from mocrograd.utils.hooks import RemovableHandle

__all__ = ["Optimizer"]

Closure = Callable[[], Any]
Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Columns = tuple[str | None, ...]
_HOOKS = ("_step_pre_hooks", "_step_post_hooks", "_state_pre_hooks", "_state_hooks", "_load_pre_hooks", "_load_hooks")


class _Required:
    """Stands for an option without a default."""

    def __repr__(self) -> str:
        """Show what it stands for."""
        return "<required parameter>"


required: Any = _Required()
"""The default of an option that every group must set."""


def _hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step that runs the hooks of its optimizer around it."""

    @functools.wraps(step)
    def run(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        # One that stands for another optimizer may not have been set up itself.
        before, after = self.__dict__.get("_step_pre_hooks"), self.__dict__.get("_step_post_hooks")
        if before:
            for hook in list(before.values()):
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"a step pre hook must return None or a tuple of (new_args, new_kwargs), but got {changed}"
                        )
                    args, kwargs = changed
        result = step(self, *args, **kwargs)
        self._opt_called = True
        if after:
            for hook in list(after.values()):
                hook(self, args, kwargs)
        return result

    return run


class Optimizer:
    """Base class of optimizers.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts with a key "params" and options of their own, one per
            group.
        defaults: Options of the groups that do not set them.

    Raises:
        TypeError: `params` is a tensor, or holds something else than tensors.
        ValueError: There are no parameters, one is no leaf, or one is in two groups.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Linear(3, 1)
        >>> optimizer = mg.optim.SGD([{"params": [model.weight], "lr": 0.1}, {"params": [model.bias]}], lr=0.01)
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
    """

    replays_numbers = False
    """Whether `step` gives the numbers of the groups to kernels as words that a compiled step reads anew at each run.
    Where it uses them otherwise, the step is recorded anew when one changes."""
    param_groups: list[dict[str, Any]]
    state: defaultdict[Tensor, dict[str, Any]]
    _opt_called = False
    _step_pre_hooks: dict[int, Callable[..., Any]]
    _step_post_hooks: dict[int, Callable[..., Any]]
    _state_pre_hooks: dict[int, Callable[..., Any]]
    _state_hooks: dict[int, Callable[..., Any]]
    _load_pre_hooks: dict[int, Callable[..., Any]]
    _load_hooks: dict[int, Callable[..., Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Let the step of every subclass run the hooks."""
        super().__init_subclass__(**options)
        if "step" in cls.__dict__:
            cls.step = _hooked(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        for name in _HOOKS:
            setattr(self, name, OrderedDict())
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
            ValueError: A parameter is no leaf, is in a group already, or has no name where others do; or an option
                without a default is missing.
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
        names = {}
        named = [isinstance(param, tuple) for param in params]
        if any(named) and not all(named):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        if params and all(isinstance(param, tuple) and len(param) == 2 for param in params):
            names = {"param_names": [name for name, _ in params]}
            params = [param for _, param in params]
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        for option, default in self.defaults.items():
            if default is required and option not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {option}")
        chosen = {id(param) for param in params}
        if len(chosen) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        if any(id(param) in chosen for group in self.param_groups for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        if any(("param_names" in group) is not bool(names) for group in self.param_groups):
            raise ValueError("all optimizer param groups should be with/without names")
        self.param_groups.append({**self.defaults, **param_group, "params": params, **names})

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

    # ---------------------------------------------------------------------------------------- hooks

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before every step; it may return new (args, kwargs)."""
        return _register(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after every step."""
        return _register(self._step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`."""
        return _register(self._state_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; it may return another dict."""
        return _register(self._state_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `load_state_dict`; it may return another dict."""
        return _register(self._load_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`."""
        return _register(self._load_hooks, hook, prepend)

    # --------------------------------------------------------------------------- saving and loading

    def state_dict(self) -> dict[str, Any]:
        """Return groups and state with parameters numbered in order, in torch's layout.

        Returns:
            "state": number to the state of that parameter; "param_groups": options and "params", the numbers.
        """
        for hook in list(self._state_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        for group in self.param_groups:
            for param in group["params"]:
                numbers.setdefault(id(param), len(numbers))
        groups = [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups]
        saved: dict[str, Any] = {
            "state": {numbers[id(p)]: dict(state) for p, state in self.state.items()},
            "param_groups": groups,
        }
        for hook in list(self._state_hooks.values()):
            changed = hook(self, saved)
            saved = saved if changed is None else changed
        return saved

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over options and state that `state_dict` returned, torch's included; tensors are copied.

        Args:
            state_dict: "state" and "param_groups" of an optimizer with groups of the same sizes.

        Raises:
            ValueError: The number of groups, or the size of one, differs.
        """
        state_dict = dict(state_dict)
        for hook in list(self._load_pre_hooks.values()):
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
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
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, values in state_dict["state"].items():
            param = params.get(number)
            if param is None:
                state[number] = values
            else:
                state[param] = {name: self._loaded(param, name, value) for name, value in values.items()}
        self.param_groups = []
        for own, saved in pairs:
            names = {"param_names": own["param_names"]} if "param_names" in own else {}
            group = {name: value for name, value in saved.items() if name != "param_names"}
            self.param_groups.append({**self.defaults, **group, "params": own["params"], **names})
        self.state = state
        for hook in list(self._load_hooks.values()):
            hook(self)

    def _loaded(self, param: Tensor, name: str, value: Any) -> Any:
        """Copy a state tensor, or another library's array, to the device and type of its parameter."""
        if isinstance(value, Tensor):
            value = value.detach().clone()
        elif name == "step" or hasattr(value, "__array__"):  # steps were numbers once
            value = ops.tensor(np.asarray(value))
        else:
            return value
        if name in NUMBERS:
            dtype = ops.optim.number_dtype(param)
        else:
            dtype = param.dtype if value.dtype.is_complex else param.dtype.to_real()
        return value.to(device=param.device, dtype=dtype)

    def __repr__(self) -> str:
        """Show the options of each group."""
        text = type(self).__name__ + " ("
        for number, group in enumerate(self.param_groups):
            text += f"\nParameter Group {number}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


class Stepping(Optimizer):
    """An optimizer whose formula is a kernel: one call moves a whole group."""

    replays_numbers = True
    kernel: str
    """The optimizer's name in the kernel table."""

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the names of the states in the kernel's order, None for those that the group does not keep."""
        raise NotImplementedError

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options of a group as the kernel's words."""
        raise NotImplementedError

    def start(self, param: Tensor, name: str, group: dict[str, Any]) -> Tensor:
        """Return a state before the first step: zero for "step", zeros like the parameter for others."""
        return one_number(param, 0.0) if name == "step" else ops.zeros_like(param, requires_grad=False)

    def gradients(self, group: dict[str, Any]) -> tuple[list[Tensor], list[Tensor]]:
        """Return the parameters of a group that the kernel is to move, and their gradients."""
        return with_gradients(group, type(self).__name__)

    def begin(self, params: Iterable[Tensor], group: dict[str, Any]) -> None:
        """Give parameters the states that they lack."""
        names = [name for name in self.columns(group) if name is not None]
        names.sort(key=lambda name: name != "step")  # which comes first, as in torch
        for param in params:
            state = self.state[param]
            for name in names:
                if name not in state:
                    state[name] = self.start(param, name, group)

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient; one kernel call moves a whole group.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.
        """
        loss = run_closure(closure)
        for group in self.param_groups:
            params, grads = self.gradients(group)
            if not params:
                continue
            states = [self.state[param] for param in params]
            names = self.columns(group)
            try:
                columns = [[] if name is None else [state[name] for state in states] for name in names]
            except KeyError:
                self.begin(params, group)
                columns = [[] if name is None else [state[name] for state in states] for name in names]
            ops.optim.update_(self.kernel, params, grads, columns, functools.partial(self.words, group))
        return loss


def run_closure(closure: Closure | None) -> Any:
    """Return what a closure returns, run with gradients on; None without one."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def with_gradients(group: dict[str, Any], name: str) -> tuple[list[Tensor], list[Tensor]]:
    """Return the parameters of a group that have a gradient, and the gradients.

    Args:
        group: The group.
        name: The optimizer, for messages; "" where it takes sparse gradients.

    Raises:
        RuntimeError: A gradient is sparse.
    """
    params = group["params"]
    grads = [grad for param in params if (grad := param.grad) is not None]
    if name and any(grad._sparse for grad in grads):
        instead = ", please consider SparseAdam instead" if name in ("Adam", "AdamW") else ""
        raise RuntimeError(f"{name} does not support sparse gradients{instead}")
    if len(grads) != len(params):
        params = [param for param in params if param.grad is not None]
    return params, grads


NUMBERS = ("step", "mu_product", "eta", "mu")
"""States of one element."""


def one_number(param: Tensor, value: float) -> Tensor:
    """Return a state of one element."""
    return ops.full((), value, dtype=ops.optim.number_dtype(param), device=param.device)


def _register(hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)  # type: ignore[attr-defined]
    return handle


def check_options(**options: Any) -> None:
    """Check options that every optimizer has, and those that may not be negative.

    Args:
        options: Name to value.

    Raises:
        ValueError: A rate or factor is negative or nan, or a tensor as a rate has not one element or does not go with
            `foreach`.
        RuntimeError: Fused and foreach are both asked for.
        NotImplementedError: A differentiable step is asked for.
    """
    lr = options.get("lr", 0.0)
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if options.pop("differentiable", False):
        raise NotImplementedError("a step with differentiable=True is not supported: steps run outside of graphs")
    foreach = options.pop("foreach", None)
    if isinstance(lr, Tensor) and foreach and not options.pop("capturable", True):
        raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
    if foreach and options.pop("fused", None):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if name == "betas":
            for position, beta in enumerate(value[:2]):
                if not 0.0 <= beta < 1.0:
                    raise ValueError(f"Invalid beta parameter at index {position}: {beta}")
        elif name not in ("foreach", "fused", "capturable") and not value >= 0.0:
            raise ValueError(f"Invalid {words.get(name, name + ' value')}: {value}")
