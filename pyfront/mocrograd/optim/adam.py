"""Adam and its variants."""

from __future__ import annotations

from typing import Any

from mocrograd.optim.optimizer import Columns, Params, Stepping, check_options, one_number
from mocrograd.tensor import Tensor

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]


class Adam(Stepping):
    """Moves parameters along averages of their gradients, divided by averages of their size.

    With gradient g at step t: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, and
    p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps). Kingma and Ba 2014; amsgrad after Reddi et al. 2018.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        betas: Shares of the averages of gradients and of their squares that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient, or of the decay.
        amsgrad: Whether to divide by the largest v so far.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        capturable: Accepted; steps are counted beside the parameters in any case.
        differentiable: Must be False.
        fused: Accepted, as `foreach`.
        decoupled_weight_decay: Whether the parameters decay by themselves, instead of by an L2 term.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1) or no float.
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Adam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9000, -1.9000])
    """

    kernel = "adam"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_options(
            lr=lr,
            eps=eps,
            betas=betas,
            weight_decay=weight_decay,
            foreach=foreach,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
        )
        betas = _alike(betas)
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "foreach": foreach,
                "maximize": maximize,
                "capturable": capturable,
                "differentiable": differentiable,
                "fused": fused,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None, "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        beta1, beta2 = group["betas"]
        lr, eps, decay = float(group["lr"]), group["eps"], group["weight_decay"]
        flags = int(group["amsgrad"]), int(group["maximize"]), int(group["decoupled_weight_decay"])
        return lr, float(beta1), float(beta2), float(eps), float(decay), *flags


def _alike(betas: Any) -> tuple[float, float]:
    """Return shares that are both floats, or both tensors of one element, as floats.

    Raises:
        ValueError: They are something else.
    """
    for kind in (float, Tensor):
        if isinstance(betas[0], kind) and isinstance(betas[1], kind):
            break
    else:
        raise ValueError("betas must be either both floats or both Tensors")
    for position, beta in enumerate(betas):
        if isinstance(beta, Tensor) and beta.numel() != 1:
            raise ValueError(f"Tensor betas[{position}] must be 1-element")
    return float(betas[0]), float(betas[1])


class AdamW(Adam):
    """Adam with decoupled weight decay: before each step p *= 1 - lr weight_decay. Loshchilov and Hutter 2017.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        betas: Shares of the averages of gradients and of their squares that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the decay.
        amsgrad: Whether to divide by the largest v so far.
        maximize: Whether to climb instead of descend.
        foreach: Accepted; one call moves a whole group in any case.
        capturable: Accepted; steps are counted beside the parameters in any case.
        differentiable: Must be False.
        fused: Accepted, as `foreach`.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1).
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.AdamW([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8990, -1.8980])
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )


class NAdam(Stepping):
    """Adam with Nesterov's look ahead, and a momentum that grows towards beta1. Dozat 2016.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        betas: Shares of the averages of gradients and of their squares that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient, or of the decay.
        momentum_decay: How fast the momentum grows.
        decoupled_weight_decay: Whether the parameters decay by themselves, instead of by an L2 term.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        capturable: Accepted; steps are counted beside the parameters in any case.
        differentiable: Must be False.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1).
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.NAdam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8944, -1.8944])
    """

    kernel = "nadam"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            lr=lr,
            eps=eps,
            betas=betas,
            weight_decay=weight_decay,
            foreach=foreach,
            differentiable=differentiable,
            momentum_decay=momentum_decay,
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def start(self, param: Tensor, name: str, group: dict[str, Any]) -> Tensor:
        """Return a state before the first step: the product of no momenta is 1."""
        if name == "mu_product":
            return one_number(param, 1.0)
        return super().start(param, name, group)

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "exp_avg", "exp_avg_sq", "step", "mu_product"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        beta1, beta2 = group["betas"]
        lr, eps, decay = float(group["lr"]), group["eps"], group["weight_decay"]
        flags = int(group["decoupled_weight_decay"]), int(group["maximize"])
        return lr, float(beta1), float(beta2), float(eps), float(decay), float(group["momentum_decay"]), *flags


class RAdam(Stepping):
    """Adam that steps without dividing while too few steps tell the variance. Liu et al. 2019.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        betas: Shares of the averages of gradients and of their squares that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient, or of the decay.
        decoupled_weight_decay: Whether the parameters decay by themselves, instead of by an L2 term.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        capturable: Accepted; steps are counted beside the parameters in any case.
        differentiable: Must be False.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1).
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.RAdam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8000, -1.6000])
    """

    kernel = "radam"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(
            lr=lr, eps=eps, betas=betas, weight_decay=weight_decay, foreach=foreach, differentiable=differentiable
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "capturable": capturable,
                "differentiable": differentiable,
            },
        )

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "exp_avg", "exp_avg_sq", "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        beta1, beta2 = group["betas"]
        lr, eps, decay = float(group["lr"]), group["eps"], group["weight_decay"]
        flags = int(group["decoupled_weight_decay"]), int(group["maximize"])
        return lr, float(beta1), float(beta2), float(eps), float(decay), *flags


class Adamax(Stepping):
    """Adam with the largest size of the gradients, which fades, instead of their mean square. Kingma and Ba 2014.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: Rate.
        betas: Shares of the averages of gradients and of their squares that a step keeps.
        eps: Added to the denominator.
        weight_decay: Factor of the L2 term's gradient.
        foreach: Accepted; one call moves a whole group in any case.
        maximize: Whether to climb instead of descend.
        differentiable: Must be False.
        capturable: Accepted; steps are counted beside the parameters in any case.

    Raises:
        ValueError: A rate or factor is negative, or a beta is not in [0, 1).
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Adamax([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.9000, -1.9000])
    """

    kernel = "adamax"

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(
            lr=lr, eps=eps, betas=betas, weight_decay=weight_decay, foreach=foreach, differentiable=differentiable
        )
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "foreach": foreach,
                "maximize": maximize,
                "differentiable": differentiable,
                "capturable": capturable,
            },
        )

    def columns(self, group: dict[str, Any]) -> Columns:
        """Return the states that the kernel moves on."""
        return "exp_avg", "exp_inf", "step"

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options as words."""
        beta1, beta2 = group["betas"]
        lr, eps, decay = float(group["lr"]), group["eps"], group["weight_decay"]
        return lr, float(beta1), float(beta2), float(eps), float(decay), int(group["maximize"])
