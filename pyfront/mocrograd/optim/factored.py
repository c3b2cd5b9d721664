"""Optimizers of matrices: Adafactor, which keeps row and column means, and Muon, which orthogonalises its steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.optim.optimizer import Closure, Optimizer, Params, run_closure, with_gradients
from mocrograd.tensor import Tensor

__all__ = ["Adafactor", "Muon"]


def _descend(param: Tensor, step: Tensor, group: dict[str, Any], factor: float, decay: float) -> None:
    """Subtract rate * (factor * step + decay * param); a compiled step asks for the rate anew at each replay."""

    def words() -> tuple[float, ...]:
        return float(group["lr"]) * factor, 0.0, 0.0, decay / factor, 0, 0, 0

    ops.optim.update_("sgd", [param], [step], [[]], words)


def _at_least(low: float, **options: float) -> None:
    for name, value in options.items():
        if not value >= low:
            raise ValueError(f"{name.replace('_', ' ', 1)} should be >= {low:g} but is: {value}")


class Adafactor(Optimizer):
    """Scales gradients by the means of their squares, of a matrix only those of rows and columns.

    With gradient g at step t: R, C = averages of the means of g^2 over columns and over rows, each step's share being
    t^beta2_decay; V = R C / mean(R); u = g / sqrt(V);
    p -= max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / d).
    Shazeer and Stern 2018.

    Args:
        params: Tensors, pairs of a name and a tensor, or dicts of groups.
        lr: The largest relative step.
        beta2_decay: The power of the step's number that is its share of the averages; not above 0.
        eps: The least square root of a mean of squares, by default that of the dtype; and the least size of parameters.
        d: The size of a step beyond which it is cut.
        weight_decay: Factor of the decay.
        foreach: Accepted, and of no effect.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueError: An option is out of range.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.Adafactor([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8419, -1.8419])
    """

    def __init__(
        self, params: Params, lr: float | Tensor = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
        foreach: bool | None = None, maximize: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        _at_least(0.0, Learning_rate=float(lr))
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        _at_least(0.0, epsilon1=0.0 if eps[0] is None else eps[0], epsilon2=eps[1])
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        super().__init__(
            params,
            {"lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
             "foreach": foreach, "maximize": maximize},
        )  # fmt: skip

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.

        Raises:
            RuntimeError: A parameter is complex.
        """
        loss = run_closure(closure)
        with no_grad():
            for group in self.param_groups:
                for param, grad in zip(*with_gradients(group, type(self).__name__)):
                    _refuse_complex(self, param)
                    self._move(param, -grad if group["maximize"] else grad, self.state[param], group)
        return loss

    def _move(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        matrix = grad.ndim > 1
        if not state:
            state["step"] = ops.zeros((), dtype=param.dtype, device=param.device)
            if matrix:
                state["row_var"] = grad.new_zeros(*grad.shape[:-1], 1)
                state["col_var"] = grad.new_zeros(*grad.shape[:-2], 1, grad.shape[-1])
            else:
                state["variance"] = ops.zeros_like(grad)
        eps = group["eps"]
        rate = param.new_zeros(())
        _descend(rate, ops.full((), -1.0, dtype=param.dtype, device=param.device), group, 1.0, 0.0)
        eps1 = float(np.finfo(param.dtype.name).eps) if eps[0] is None else eps[0]
        step = state["step"].add_(1)
        share = step ** group["beta2_decay"]
        size = param.norm(2) / math.sqrt(param.numel()) if param.numel() else param.new_zeros(())
        alpha = size.clamp(min=eps[1]) * ops.minimum(rate, 1 / step.sqrt())
        if group["weight_decay"]:
            param.mul_(1 - rate * group["weight_decay"])
        squares = grad * grad
        if matrix:
            row, column = state["row_var"], state["col_var"]
            row.add_(share * (squares.mean(-1, True) - row))
            column.add_(share * (squares.mean(-2, True) - column))
            estimate = row @ column / row.mean(-2, True).clamp(min=eps1)
        else:
            estimate = state["variance"].add_(share * (squares - state["variance"]))
        update = grad * estimate.clamp(min=eps1 * eps1).rsqrt()
        cut = (update.norm(2) / (math.sqrt(max(update.numel(), 1)) * group["d"])).clamp(min=1.0)
        param.sub_(update * (alpha / cut))


class Muon(Optimizer):
    """Moves matrices along averages of their gradients whose singular values are brought near 1.

    With gradient g: b = momentum b + (1 - momentum) g; a step is that of b, or with `nesterov` of the same average of g
    and b, after some Newton-Schulz iterations x -> a x + b (x x^T) x + c (x x^T)^2 x. Jordan et al. 2024.

    Args:
        params: Matrices, pairs of a name and a matrix, or dicts of groups.
        lr: Rate.
        weight_decay: Factor of the decay: before each step p *= 1 - lr weight_decay.
        momentum: Share of the average that a step keeps.
        nesterov: Whether a step looks ahead.
        ns_coefficients: The coefficients a, b and c.
        eps: The least norm that a step is divided by.
        ns_steps: How many iterations there are, less than 100.
        adjust_lr_fn: How the rate depends on the shape: "original" (sqrt(max(1, rows / columns)), the default) or
            "match_rms_adamw" (0.2 sqrt(max(rows, columns))).

    Raises:
        ValueError: An option is out of range, or a parameter is no matrix.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([[3.0, 0.0], [0.0, 1.0]]))
        >>> optimizer = mg.optim.Muon([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.shape
        mocrograd.Size([2, 2])
    """

    def __init__(
        self, params: Params, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        _at_least(0.0, Learning_rate=float(lr), momentum=momentum, weight_decay=weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        super().__init__(
            params,
            {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
             "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn},
        )  # fmt: skip
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.shape}"
                    )

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.

        Raises:
            RuntimeError: A parameter is complex.
            ValueError: There are 100 iterations or more, or not three coefficients.
        """
        loss = run_closure(closure)
        with no_grad():
            for group in self.param_groups:
                keep = group["momentum"]
                for param, grad in zip(*with_gradients(group, type(self).__name__)):
                    _refuse_complex(self, param)
                    state = self.state[param]
                    if not state:
                        state["momentum_buffer"] = ops.zeros_like(grad)
                    average = state["momentum_buffer"].lerp_(grad, 1 - keep)
                    update = _orthogonal(grad.lerp(average, keep) if group["nesterov"] else average, group)
                    factor = _factor(group["adjust_lr_fn"], *param.shape)
                    _descend(param, update, group, factor, group["weight_decay"])
        return loss


def _refuse_complex(optimizer: Optimizer, param: Tensor) -> None:
    if param.dtype.is_complex:
        raise RuntimeError(f"{type(optimizer).__name__} does not support complex parameters")


def _factor(adjust: str | None, rows: int, columns: int) -> float:
    if adjust == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns, 1))
    return math.sqrt(max(1.0, rows / max(columns, 1)))


def _orthogonal(x: Tensor, group: dict[str, Any]) -> Tensor:
    """Bring the singular values of a matrix near 1."""
    if group["ns_steps"] >= 100:
        raise ValueError(f"Number of steps must be less than 100 for computational efficiency, got {group['ns_steps']}")
    if len(group["ns_coefficients"]) != 3:
        raise ValueError(f"Coefficients must be a tuple of exactly 3 values, got {group['ns_coefficients']}")
    a, b, c = group["ns_coefficients"]
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    x = x / x.norm().clamp(min=group["eps"])
    for _ in range(group["ns_steps"]):
        gram = x @ x.t()
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.t() if tall else x
