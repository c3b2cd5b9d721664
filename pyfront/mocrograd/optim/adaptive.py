"""Adagrad, Adadelta, RMSprop, ASGD and Rprop."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.optim.optimizer import Columns, Params, Stepping, check_options, one_number, with_gradients
from mocrograd.tensor import Tensor

__all__ = ["ASGD", "Adadelta", "Adagrad", "RMSprop", "Rprop"]


class Adagrad(Stepping):
    """Divides each step by the root of the sum of all squared gradients so far. Duchi et al. 2011.

    The states exist from the beginning. Of a sparse gradient only the rows that it has are moved.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        lr_decay: How the rate falls: lr / (1 + (t - 1) lr_decay) at step t.
        weight_decay: Factor of the L2 term's gradient.
        initial_accumulator_value: The sum before the first step.
        eps: Added to the denominator.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.
        fused: Accepted, as `foreach`.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1).
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Adagrad([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9000, -1.9000])
    """

    kernel = "adagrad"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            foreach=foreach,
            fused=fused,
            differentiable=differentiable,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "fused": fused,
            },
        )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, and give them their states."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        self.begin(group["params"], group)

    def start(self, param: Tensor, name: str, group: dict[str, Any]) -> Tensor:
        """Return a state before the first step."""
        if name == "sum":
            return _full_like(param, group["initial_accumulator_value"])
        return super().start(param, name, group)

    def gradients(self, group: dict[str, Any]) -> tuple[list[Tensor], list[Tensor]]:
        """Move the parameters with sparse gradients, and return the others with theirs.

        Raises:
            RuntimeError: There is weight decay, whose gradient is not sparse.
        """
        params, grads = with_gradients(group, "")
        if not any(grad._sparse for grad in grads):
            return params, grads
        if group["weight_decay"]:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        rest = []
        with no_grad():
            for param, grad in zip(params, grads):
                if grad._sparse:
                    self._move_rows(group, param, grad)
                else:
                    rest.append((param, grad))
        return [param for param, _ in rest], [grad for _, grad in rest]

    def _move_rows(self, group: dict[str, Any], param: Tensor, grad: Any) -> None:
        self.begin([param], group)
        state = self.state[param]
        state["step"] += 1
        lr = float(group["lr"]) / (1 + (float(state["step"]) - 1) * float(group["lr_decay"]))
        merged = grad.coalesce()
        where, values = tuple(merged._indices()), merged._values()
        if not values._size:
            return
        total = state["sum"][where] + values * values
        state["sum"][where] = total
        change = values / (total.sqrt() + float(group["eps"])) * lr
        param[where] = param[where] + (change if group["maximize"] else -change)

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "sum", "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        numbers = [float(group[name]) for name in ("lr", "lr_decay", "weight_decay", "eps")]
        return *numbers, int(group["maximize"])


class Adadelta(Stepping):
    """Divides each step by the size of past gradients and multiplies it by that of past steps. Zeiler 2012.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        rho: Share of the averages that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient.
        foreach: Accepted; one call moves a whole group in any case.
        capturable: Accepted; steps are counted beside the parameters in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.

    Raises:
        ValueError: A rate or factor is negative, or `rho` is not in [0, 1].
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Adadelta([w], lr=1.0)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9968, -1.9968])
    """

    kernel = "adadelta"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(eps=eps, lr=lr, weight_decay=weight_decay, foreach=foreach, differentiable=differentiable)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        super().__init__(
            params,
            {
                "lr": lr,
                "rho": rho,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "capturable": capturable,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "square_avg", "acc_delta", "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        numbers = [float(group[name]) for name in ("lr", "rho", "eps", "weight_decay")]
        return *numbers, int(group["maximize"])


class RMSprop(Stepping):
    """Divides each step by the root of an average of squared gradients.

    With centered by their deviation, with momentum along a sum of past steps. Tieleman and Hinton 2012; centered after
    Graves 2013.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        alpha: Share of the averages that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient.
        momentum: Share of the last direction that is kept.
        centered: Whether to take the mean of gradients off their squares.
        capturable: Accepted; steps are counted beside the parameters in any case.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.

    Raises:
        ValueError: A rate or factor is negative.
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.RMSprop([w], lr=0.05)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.5000, -1.5000])
    """

    kernel = "rmsprop"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            eps=eps,
            momentum=momentum,
            alpha=alpha,
            lr=lr,
            weight_decay=weight_decay,
            foreach=foreach,
            differentiable=differentiable,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return (
            "square_avg",
            "momentum_buffer" if group["momentum"] > 0 else None,
            "grad_avg" if group["centered"] else None,
            "step",
        )

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        numbers = [float(group[name]) for name in ("lr", "alpha", "eps", "weight_decay", "momentum")]
        return *numbers, int(group["centered"]), int(group["maximize"])


class ASGD(Stepping):
    """Descends and averages the parameters over the steps after `t0`, in the state "ax". Polyak and Juditsky 1992.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        lambd: Decay of the parameters.
        alpha: Power by which the rate falls.
        t0: The step from which on to average.
        weight_decay: Factor of the L2 term's gradient.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.
        capturable: Accepted; steps are counted beside the parameters in any case.

    Raises:
        ValueError: A rate or factor is negative.
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.ASGD([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8000, -1.6000])
    """

    kernel = "asgd"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr=lr, weight_decay=weight_decay, foreach=foreach, differentiable=differentiable)
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def start(self, param: Tensor, name: str, group: dict[str, Any]) -> Tensor:
        """Return a state before the first step: the first one counts whole, at the full rate."""
        if name in ("eta", "mu"):
            value = float(group["lr"]) if name == "eta" else 1.0
            return one_number(param, value)
        return super().start(param, name, group)

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "ax", "step", "eta", "mu"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        numbers = [float(group[name]) for name in ("lr", "lambd", "alpha", "t0", "weight_decay")]
        return *numbers, int(group["maximize"])


class Rprop(Stepping):
    """Steps by the signs of gradients: longer while one stays, shorter after it has changed. Riedmiller and Braun 1993.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        etas: Factors of a step size after the sign has changed, and while it stays.
        step_sizes: The smallest and the largest step size.
        capturable: Accepted; steps are counted beside the parameters in any case.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.

    Raises:
        ValueError: The rate is negative, or the etas are not below and above 1.
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Rprop([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9000, -1.9000])
    """

    kernel = "rprop"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr=lr, foreach=foreach, differentiable=differentiable)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(
            params,
            {
                "lr": lr,
                "etas": etas,
                "step_sizes": step_sizes,
                "capturable": capturable,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
            },
        )

    def start(self, param: Tensor, name: str, group: dict[str, Any]) -> Tensor:
        """Return a state before the first step: every step size is the rate."""
        if name == "step_size":
            return _full_like(param, float(group["lr"]))
        return super().start(param, name, group)

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "prev", "step_size", "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        numbers = [float(number) for number in (*group["etas"], *group["step_sizes"])]
        return *numbers, int(group["maximize"])


def _full_like(param: Tensor, value: float) -> Tensor:
    """Return a state of the parameter's shape, full of a number; of complex ones, each part is."""
    whole = complex(value, value) if param.dtype.is_complex else value
    return ops.full_like(param, whole, requires_grad=False)
