"""LBFGS: a quasi-Newton method over all parameters at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.autograd import enable_grad, no_grad
from mocrograd.backend import recording
from mocrograd.optim.optimizer import Closure, Optimizer, Params, check_options
from mocrograd.tensor import Tensor

__all__ = ["LBFGS"]

Evaluate = Callable[[float], tuple[float, Tensor]]


class LBFGS(Optimizer):
    """Steps along the gradient times an estimate of the inverse Hessian, made of the last steps. Liu and Nocedal 1989.

    It keeps `history_size` pairs of vectors as long as all parameters together, and evaluates the closure several
    times per step.

    Args:
        params: Tensors; one group.
        lr: Length of a step, or the first length that a line search tries.
        max_iter: The most iterations per step.
        max_eval: The most evaluations per step; by default a quarter more.
        tolerance_grad: Stop where no gradient is larger.
        tolerance_change: Stop where neither the parameters nor the loss change by more.
        history_size: How many steps the estimate is made of.
        line_search_fn: "strong_wolfe", or None for steps of fixed length.

    Raises:
        ValueError: The rate is negative, or there are several groups.

    Example:
        >>> import mocrograd as mg
        >>> w = mg.nn.Parameter(mg.tensor([1.0, -2.0]))
        >>> optimizer = mg.optim.LBFGS([w])
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = (w - 3).square().sum()
        ...     loss.backward()
        ...     return loss
        >>> loss = optimizer.step(closure)
        >>> [round(number, 3) for number in w.tolist()]
        [3.0, 3.0]
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options(lr=lr)
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def _gradient(self) -> Tensor:
        """Return the gradients of all parameters as one vector, complex ones by their parts."""
        grads = [(ops.zeros_like(p) if p.grad is None else p.grad).detach() for p in self._params]
        grads = [grad.to_dense() if grad._sparse else grad for grad in grads]
        return ops.cat([_parts(grad).reshape(-1) for grad in grads])

    def _move(self, step: float, direction: Tensor) -> None:
        """Add a multiple of a vector to the parameters."""
        at = 0
        for param in self._params:
            parts = _parts(param)
            size = parts.numel()
            parts.add_(direction[at : at + size].reshape(parts.shape) * step)
            at += size

    @no_grad()
    def step(self, closure: Closure | None = None) -> Any:
        """Iterate until nothing changes, or as often as the options allow.

        Args:
            closure: Clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns:
            The loss before the step.

        Raises:
            TypeError: There is no closure.
            RuntimeError: The line search is unknown.
        """
        if closure is None:
            raise TypeError("LBFGS.step() needs a closure that evaluates the loss")
        recording.cannot_replay("an LBFGS step decides by values")
        group = self.param_groups[0]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError("only 'strong_wolfe' is supported")
        evaluated = 0

        def evaluate() -> Any:
            nonlocal evaluated
            evaluated += 1
            with enable_grad():
                return closure()

        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = evaluate()
        loss, grad = float(first), self._gradient()
        done = _largest(grad) <= group["tolerance_grad"]
        lr, iterations = float(group["lr"]), 0
        while not done and iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            direction = self._direction(state, grad, group["history_size"])
            slope = _dot(grad, direction)
            t = lr * min(1.0, 1.0 / float(grad.abs().sum().item())) if state["n_iter"] == 1 else lr
            state.update(d=direction, t=t, prev_flat_grad=grad, prev_loss=loss)
            if slope > -group["tolerance_change"]:
                break
            before = loss
            if group["line_search_fn"] is None:
                self._move(t, direction)
                if iterations != group["max_iter"]:
                    loss, grad = float(evaluate()), self._gradient()
            else:
                start = [param.clone() for param in self._params]

                def along(length: float, start: Any = start, direction: Any = direction) -> tuple[float, Tensor]:
                    self._move(length, direction)
                    found = float(evaluate()), self._gradient()
                    for param, value in zip(self._params, start):
                        param.copy_(value)
                    return found

                most = group["max_eval"] - evaluated
                loss, grad, t = strong_wolfe(along, t, direction, loss, grad, slope, most, group["tolerance_change"])
                self._move(t, direction)
                state["t"] = t
            done = (
                evaluated >= group["max_eval"]
                or _largest(grad) <= group["tolerance_grad"]
                or _largest(direction) * abs(t) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            )
        state["func_evals"] += evaluated
        return first

    def _direction(self, state: dict[str, Any], grad: Tensor, history_size: int) -> Tensor:
        """Return minus the gradient times the estimate, which takes in the last step."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -grad
        state.setdefault("al", [None] * history_size)  # torch's room for shares, which lives no longer than a step
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
        product = _dot(change, step)
        if product > 1e-10:
            if len(changes) == history_size:
                for history in (changes, steps, inverses):
                    history.pop(0)
            changes.append(change)
            steps.append(step)
            inverses.append(1.0 / product)
            state["H_diag"] = product / _dot(change, change)
        q = -grad
        shares = []
        for change, step, inverse in zip(reversed(changes), reversed(steps), reversed(inverses)):
            shares.append(_dot(step, q) * inverse)
            q = q - change * shares[-1]
        r = q * state["H_diag"]
        for change, step, inverse in zip(changes, steps, inverses):
            r = r + step * (shares.pop() - _dot(change, r) * inverse)
        return r

    def _loaded(self, param: Tensor, name: str, value: Any) -> Any:
        if name in ("old_dirs", "old_stps", "ro") and isinstance(value, list):
            items = [super(LBFGS, self)._loaded(param, "", item) for item in value]
            return [float(item) for item in items] if name == "ro" else items
        loaded = super()._loaded(param, name, value)
        return float(loaded) if name in ("H_diag", "t") else loaded


def _parts(x: Tensor) -> Tensor:
    """Return a tensor of real numbers: itself, or a view of a complex one's parts."""
    return ops.view_as_real(x) if x.dtype.is_complex else x


def _dot(a: Tensor, b: Tensor) -> float:
    return float((a * b).sum().item())


def _largest(x: Tensor) -> float:
    return float(x.abs().max().item()) if x.numel() else 0.0


def cubic_minimum(
    x1: float, f1: float, g1: float, x2: float, f2: float, g2: float, bounds: tuple[float, float] | None = None
) -> float:
    """Return where the cubic through two points with given slopes is least, within bounds.

    Args:
        x1: A position.
        f1: The value there.
        g1: The slope there.
        x2: Another position.
        f2: The value there.
        g2: The slope there.
        bounds: The lowest and the highest position; by default the two positions.

    Returns:
        The position; the middle of the bounds where the cubic has no minimum.
    """
    low, high = bounds if bounds is not None else (min(x1, x2), max(x1, x2))
    if x1 > x2:
        x1, f1, g1, x2, f2, g2 = x2, f2, g2, x1, f1, g1
    a = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = a * a - g1 * g2
    if not square >= 0:
        return (low + high) / 2
    root = math.sqrt(square)
    if g2 - g1 + 2 * root == 0:
        return (low + high) / 2
    return min(max(x2 - (x2 - x1) * ((g2 + root - a) / (g2 - g1 + 2 * root)), low), high)


def strong_wolfe(
    evaluate: Evaluate,
    t: float,
    direction: Tensor,
    loss: float,
    grad: Tensor,
    slope: float,
    most: int,
    tolerance: float,
    decrease: float = 1e-4,
    curvature: float = 0.9,
) -> tuple[float, Tensor, float]:
    """Search along a direction for a length that meets the strong Wolfe conditions. Nocedal and Wright 2006, 3.5.

    Args:
        evaluate: Length to loss and gradient.
        t: The first length to try.
        direction: The direction.
        loss: The loss at length 0.
        grad: The gradient there.
        slope: The loss's slope there, which is negative.
        most: The most lengths to try beyond the first.
        tolerance: Stop where the bracket is smaller.
        decrease: The share of the slope by which the loss must fall.
        curvature: The share of the slope that may remain.

    Returns:
        Loss, gradient and length.
    """
    reach = _largest(direction)

    def try_length(length: float) -> _Point:
        value, gradient = evaluate(length)
        return _Point(length, value, gradient, _dot(gradient, direction))

    def too_high(point: _Point) -> bool:
        return point.loss > loss + decrease * point.t * slope

    before, now = _Point(0.0, loss, grad, slope), try_length(t)
    tried, found = 0, False
    bracket = None
    while tried < most:
        if too_high(now) or (tried > 1 and now.loss >= before.loss):
            bracket = [before, now]
            break
        if abs(now.slope) <= -curvature * slope:
            found = True
            break
        if now.slope >= 0:
            bracket = [before, now]
            break
        bounds = now.t + 0.01 * (now.t - before.t), now.t * 10
        length = cubic_minimum(before.t, before.loss, before.slope, now.t, now.loss, now.slope, bounds)
        before, now = now, try_length(length)
        tried += 1
    if found:
        return now.loss, now.grad, now.t
    if bracket is None:
        bracket = [_Point(0.0, loss, grad, slope), now]
    low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
    stuck = False
    while tried < most:
        a, b = bracket
        if abs(b.t - a.t) * reach < tolerance:
            break
        length = cubic_minimum(a.t, a.loss, a.slope, b.t, b.loss, b.slope)
        least, largest = min(a.t, b.t), max(a.t, b.t)
        margin = 0.1 * (largest - least)
        if min(largest - length, length - least) < margin:  # near an end: the second time, go inwards
            if stuck or length >= largest or length <= least:
                length = largest - margin if abs(length - largest) < abs(length - least) else least + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now = try_length(length)
        tried += 1
        if too_high(now) or now.loss >= bracket[low].loss:
            bracket[high] = now
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        if abs(now.slope) <= -curvature * slope:
            bracket[low] = now
            break
        if now.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = now
    best = bracket[low]
    return best.loss, best.grad, best.t


class _Point:
    """A length along the direction, and what was found there."""

    def __init__(self, t: float, loss: float, grad: Tensor, slope: float) -> None:
        self.t, self.loss, self.grad, self.slope = t, loss, grad, slope
