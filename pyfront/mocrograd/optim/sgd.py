"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.autograd import enable_grad
from mocrograd.optim.optimizer import Closure, Optimizer, Params
from mocrograd.tensor import Tensor


class SGD(Optimizer):
    """Moves parameters against their gradients.

    With gradient g, parameter p and rate lr: g += weight_decay p; with momentum m, b = g at first, then
    b = m b + (1 - dampening) g; and g = b, or g + m b with nesterov; p -= lr g.
    Momentum after Sutskever et al. 2013, as torch has it.

    Args:
        params: Tensors, or dicts of groups.
        lr: Rate.
        momentum: Share of the last direction that is kept.
        dampening: Share of the gradient that does not enter the momentum.
        weight_decay: Factor of the L2 term's gradient.
        nesterov: Whether to look ahead along the momentum.
        maximize: Whether to climb instead of descend.

    Raises:
        ValueError: `lr`, `momentum` or `weight_decay` is negative, or nesterov lacks momentum or has
            dampening.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        """Check the options and build the groups."""
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not momentum >= 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient; one kernel call moves a whole group.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = group["params"]
            grads = [grad for param in params if (grad := param.grad) is not None]
            if len(grads) != len(params):
                params = [param for param in params if param.grad is not None]
            if not params:
                continue
            if group["momentum"] == 0:
                ops.optim.sgd_(params, grads, [], group, first_step=False)
            else:
                self._move_with_momentum(group, params, grads)
        return loss

    def _move_with_momentum(self, group: dict[str, Any], params: list[Tensor], grads: list[Tensor]) -> None:
        starting, moving = [], []
        for param, grad in zip(params, grads, strict=True):
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = ops.empty_like(param)
                starting.append((param, grad, buffer))
            else:
                moving.append((param, grad, buffer))
        for first_step, rows in ((True, starting), (False, moving)):
            if rows:
                some_params, some_grads, buffers = zip(*rows, strict=True)
                ops.optim.sgd_(some_params, some_grads, buffers, group, first_step=first_step)
