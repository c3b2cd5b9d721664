"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.optim.optimizer import Closure, Optimizer, Params, check_options, run_closure, with_gradients
from mocrograd.tensor import Tensor

__all__ = ["SGD"]


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
        foreach: Accepted; one call moves a whole group in any case.
        differentiable: Must be False.
        fused: Accepted, as `foreach`.

    Raises:
        ValueError: `lr`, `momentum` or `weight_decay` is negative, or nesterov lacks momentum or has
            dampening.
        NotImplementedError: `differentiable` is true.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([ 0.8000, -1.6000])
    """

    replays_numbers = True

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            lr=lr,
            momentum=momentum,
            weight_decay=weight_decay,
            foreach=foreach,
            fused=fused,
            differentiable=differentiable,
        )
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, options)

    def step(self, closure: Closure | None = None) -> Any:
        """Move every parameter that has a gradient; one kernel call moves a whole group.

        Args:
            closure: Computes the loss and its gradients anew.

        Returns:
            What the closure returned, or None.
        """
        loss = run_closure(closure)
        for group in self.param_groups:
            params, grads = with_gradients(group, "")
            if any(grad._sparse for grad in grads):
                params, grads = self._move_rows(group, params, grads)
            if not params:
                continue
            if group["momentum"] == 0:
                self._move(group, params, grads, [], first=False)
            else:
                self._move_with_momentum(group, params, grads)
        return loss

    def _move_rows(
        self, group: dict[str, Any], params: list[Tensor], grads: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Move the parameters with sparse gradients, and return the others with theirs.

        Raises:
            RuntimeError: There is weight decay, whose gradient is not sparse.
        """
        if group["weight_decay"]:
            raise RuntimeError("SGD: weight_decay option is not compatible with sparse gradients")
        sign = -1 if group["maximize"] else 1
        with no_grad():
            for param, grad in zip(params, grads):
                if grad._sparse:
                    if group["momentum"]:
                        grad = self._direction(group, param, grad)
                    param.add_(grad, alpha=-sign * float(group["lr"]))
        rest = [(param, grad) for param, grad in zip(params, grads) if not grad._sparse]
        return [param for param, _ in rest], [grad for _, grad in rest]

    def _direction(self, group: dict[str, Any], param: Tensor, grad: Tensor) -> Tensor:
        """Move the momentum of a parameter on, which is sparse, and return the step's direction."""
        state, momentum = self.state[param], group["momentum"]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = grad.clone()
        else:
            kept = state["momentum_buffer"]
            kept.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            state["momentum_buffer"] = kept.coalesce() if kept._sparse else kept
        buffer: Tensor = state["momentum_buffer"]
        return grad + buffer * momentum if group["nesterov"] else buffer

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
                self._move(group, some_params, some_grads, buffers, first=first_step)

    def _move(
        self,
        group: dict[str, Any],
        params: Sequence[Tensor],
        grads: Sequence[Tensor],
        buffers: Sequence[Tensor],
        first: bool,
    ) -> None:
        words = partial(self.words, group, first)
        ops.optim.update_("sgd", params, grads, [buffers], words, partial(self.words, group, False))

    def words(self, group: dict[str, Any], first: bool) -> tuple[float, ...]:
        """Return the options of a group as the kernel's words; first says that the buffers are unset."""
        numbers = [float(group[name]) for name in ("lr", "momentum", "dampening", "weight_decay")]
        return (*numbers, int(group["nesterov"]), int(group["maximize"]), int(first))
