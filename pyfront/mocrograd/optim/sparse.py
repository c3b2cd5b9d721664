"""Adam for sparse gradients: only the rows that a gradient has are moved."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.optim.optimizer import Closure, Optimizer, Params, check_options, run_closure, with_gradients
from mocrograd.tensor import Tensor

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam whose averages and parameters change where a sparse gradient has entries, and nowhere else.

    With gradient g at an entry: m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v), and
    p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps) in step t, as torch has it.

    Args:
        params: Dense tensors, or dicts of groups, whose gradients are sparse.
        lr: Rate.
        betas: Shares of the averages that are kept.
        eps: Added to the root.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueError: A rate or eps is not above 0, a beta is not in [0, 1), or a parameter is sparse.

    Example:
        >>> import mocrograd as mg
        >>> table = mg.nn.Embedding(4, 2, sparse=True)
        >>> optimizer = mg.optim.SparseAdam(table.parameters())
        >>> table(mg.tensor([1])).sum().backward()
        >>> optimizer.step()
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for name, value in (("learning rate", lr), ("epsilon value", eps)):
            if not value > 0.0:
                raise ValueError(f"Invalid {name}: {value}")
        check_options(lr=lr, betas=betas, eps=eps)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        for number, group in enumerate(self.param_groups):
            for position, param in enumerate(group["params"]):
                if param._sparse:
                    raise ValueError(
                        f"Sparse params at indices [{[number, position]}]: SparseAdam requires dense parameter tensors"
                    )
                if param.dtype.is_complex:
                    raise ValueError(
                        f"Complex params at indices [{[number, position]}]: SparseAdam does not support complex "
                        "parameters"
                    )

    def step(self, closure: Closure | None = None) -> Any:
        """Move the rows of parameters that have a gradient.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.

        Raises:
            RuntimeError: A gradient is dense.
        """
        loss = run_closure(closure)
        for group in self.param_groups:
            for param, grad in zip(*with_gradients(group, "")):
                if not grad._sparse:
                    raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
                with no_grad():
                    self._move(group, param, grad)
        return loss

    def _move(self, group: dict[str, Any], param: Tensor, grad: Any) -> None:
        state = self.state[param]
        if not state:
            state["step"] = 0
            state["exp_avg"], state["exp_avg_sq"] = ops.zeros_like(param), ops.zeros_like(param)
        state["step"] += 1
        merged: Any = grad.coalesce()
        index, values = merged._indices(), merged._values()
        if not values._size:
            return
        values = -values if group["maximize"] else values
        where = tuple(index)
        beta1, beta2 = group["betas"]
        first, second = state["exp_avg"], state["exp_avg_sq"]
        before, before_square = first[where], second[where]
        change = (values - before) * (1 - beta1)
        change_of_square = (values * values - before_square) * (1 - beta2)
        first[where] = before + change
        second[where] = before_square + change_of_square
        size = float(group["lr"]) * math.sqrt(1 - beta2 ** state["step"]) / (1 - beta1 ** state["step"])
        root = (before_square + change_of_square).sqrt() + group["eps"]
        param[where] = param[where] - (before + change) / root * size
