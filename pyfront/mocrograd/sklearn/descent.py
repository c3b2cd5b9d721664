"""A training run: batches of the samples, the compiled steps, the optimizer and its rate as scikit-learn moves them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from mocrograd import nn, ops, optim
from mocrograd.autograd import no_grad
from mocrograd.compiler import compile
from mocrograd.sklearn.network import dense, dtype_of, is_sparse
from mocrograd.tensor import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]

MOST_BATCHES = 8
"""The most batches that one call of the compiled function trains on: their calls are recorded one after the other."""
LEAST_RATE = 1e-6
"""The rate at which "adaptive" does not go on."""

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


class Block(NamedTuple):
    """Some batches, one after the other.

    Attributes:
        x: Inputs, of which the batches' rows are taken.
        y: Targets.
        weights: What each row of `x` weighs, or None.
        rows: The rows of `x` that the batches take, all batches' together.
        size: The rows of each batch; the last one may have fewer.
        totals: What the rows of each batch weigh together.
    """

    x: Tensor
    y: Tensor
    weights: Tensor | None
    rows: Tensor
    size: int
    totals: list[float]


class Samples:
    """Rows of inputs, targets and weights, of which batches are taken.

    Args:
        x: Inputs, (samples, features), an array or a sparse matrix, whose batches alone become dense.
        y: Targets, an array.
        weights: What each sample weighs, or None.
        dtype: Type of the inputs and weights.
    """

    def __init__(self, x: Any, y: np.ndarray, weights: np.ndarray | None, dtype: Any) -> None:
        self._x = x.tocsr() if is_sparse(x) else ops.tensor(x, dtype=dtype)
        self._y = ops.tensor(y, dtype=dtype if y.dtype.kind == "f" else None)
        self._weights = None if weights is None else ops.tensor(weights, dtype=dtype)
        self._dtype = dtype
        self.count = x.shape[0]

    def blocks(self, order: np.ndarray, size: int) -> Iterator[Block]:
        """Yield batches of at most `size` rows, in an order, without those that weigh nothing."""
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        totals = [float(len(batch)) for batch in batches]
        if self._weights is not None:
            weights = self._weights.numpy()
            totals = [float(weights[batch].sum()) for batch in batches]
            batches = [batch for batch, total in zip(batches, totals) if total]
            totals = [total for total in totals if total]
        most = MOST_BATCHES if isinstance(self._x, Tensor) else 1
        for start in range(0, len(batches), most):
            rows = np.concatenate(batches[start : start + most])
            yield self._block(rows, size, totals[start : start + most])

    def all(self) -> Block:
        """Return all rows as one batch."""
        return next(self.blocks(np.arange(self.count), self.count))

    def _block(self, rows: np.ndarray, size: int, totals: list[float]) -> Block:
        index = ops.from_numpy(rows)
        if isinstance(self._x, Tensor):
            return Block(self._x, self._y, self._weights, index, size, totals)
        x = ops.tensor(self._x[rows].toarray(), dtype=self._dtype)
        weights = None if self._weights is None else self._weights[index]
        return Block(x, self._y[index], weights, ops.arange(len(rows)), size, totals)


class Descent:
    """Trains a module batch by batch, with the rules of scikit-learn's solvers "adam" and "sgd".

    Args:
        module: The module.
        loss: Outputs and targets to the loss of each row.
        reported: The factor of the losses that are returned.
        parameters: The estimator's parameters by name.

    Attributes:
        rate: The rate of "sgd".
    """

    def __init__(self, module: nn.Module, loss: Loss, reported: float, parameters: dict[str, Any]) -> None:
        self._reported = reported
        self.rate = float(parameters["learning_rate_init"])
        self._parameters = parameters
        self._module, self._loss = module, loss
        trained = trained_of(module)
        groups = [{"params": [p for p in trained if p.dim() > 1]}, {"params": [p for p in trained if p.dim() <= 1]}]
        self._optimizer = self._make_optimizer(groups)
        self._optimizer.zero_grad()
        self._compiled: Any = None

    def _make_optimizer(self, groups: list[dict[str, Any]]) -> optim.Optimizer:
        parameters = self._parameters
        if parameters["solver"] == "adam":
            betas = parameters["beta_1"], parameters["beta_2"]
            return _Adam(groups, lr=self.rate, betas=betas, eps=parameters["epsilon"])
        momentum = parameters["momentum"]
        nesterov = parameters["nesterovs_momentum"] and momentum > 0
        return _SGD(groups, lr=self.rate, momentum=momentum, nesterov=nesterov)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: all but the compiled steps, which the next block makes anew."""
        return {**self.__dict__, "_compiled": None}

    def train(self, block: Block, alpha: float) -> float:
        """Train on the batches of a block.

        Args:
            block: The batches.
            alpha: Factor of the L2 term.

        Returns:
            The sum over the rows of the loss of their batch, with the L2 term, before its step.
        """
        decays = tuple([alpha / total for total in block.totals])
        for group, factor in zip(self._optimizer.param_groups, (1.0, 0.0)):
            group["decays"], group["batch"] = tuple([factor * decay for decay in decays]), 1
        if self._compiled is None:
            self._compiled = compiled_steps(self._module, self._loss, self._optimizer)
        losses, squares = self._compiled(block.x, block.y, block.weights, block.rows, block.size)
        total, left = 0.0, len(block.rows)
        for loss, square, decay in zip(losses.tolist(), squares.tolist(), decays):
            total += (self._reported * loss + 0.5 * decay * square) * min(block.size, left)
            left -= block.size
        return total

    def end_epoch(self, seen: int) -> None:
        """Lower the rate of "invscaling", by the samples seen so far."""
        parameters = self._parameters
        if parameters["solver"] == "sgd" and parameters["learning_rate"] == "invscaling":
            self._set_rate(parameters["learning_rate_init"] / (seen + 1) ** parameters["power_t"])

    def stops(self, message: str, verbose: bool) -> bool:
        """Say whether training ends now that nothing improves; "adaptive" lowers the rate first."""
        parameters = self._parameters
        stops, text = True, "Stopping."
        if parameters["solver"] == "sgd" and parameters["learning_rate"] == "adaptive":
            stops = self.rate <= LEAST_RATE
            text = "Learning rate too small. Stopping."
            if not stops:
                self._set_rate(self.rate / 5)
                text = f"Setting learning rate to {self.rate:f}"
        if verbose:
            print(message, text)
        return stops

    def _set_rate(self, rate: float) -> None:
        """Set the rate; past gradients in the momentum keep the rate that they came with, as in scikit-learn."""
        for state in self._optimizer.state.values():
            if "momentum_buffer" in state:
                state["momentum_buffer"].mul_(self.rate / rate)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.rate = rate


def _set_decay(group: dict[str, Any]) -> None:
    """Set the factor of the L2 term for the next batch of a block."""
    group["weight_decay"] = group["decays"][group["batch"] - 1]
    group["batch"] += 1


class _SGD(optim.SGD):
    """Descent along the gradient, with an L2 term that differs from batch to batch."""

    def words(self, group: dict[str, Any], first: bool) -> tuple[float, ...]:
        """Return the options for the next batch as words; a replay asks for them batch by batch too."""
        _set_decay(group)
        return super().words(group, first)


class _Adam(optim.Adam):
    """Adam with such an L2 term, and epsilon where scikit-learn has it: beside the root that is not corrected yet."""

    def words(self, group: dict[str, Any]) -> tuple[float, ...]:
        """Return the options for the next batch as words; a replay asks for them batch by batch too."""
        _set_decay(group)
        group["steps"] = group.get("steps", 0) + 1
        lr, beta1, beta2, eps, *rest = super().words(group)
        return lr, beta1, beta2, eps / math.sqrt(1 - beta2 ** group["steps"]), *rest


def compiled_steps(module: nn.Module, loss: Loss, optimizer: optim.Optimizer) -> Any:
    """Return steps that are recorded once for each number of rows; they reach nothing but their arguments here."""

    def steps(x: Tensor, y: Tensor, weights: Tensor | None, rows: Tensor, size: int) -> tuple[Tensor, Tensor]:
        losses, squares = [], []
        for index in rows.split(size):
            chosen = None if weights is None else weights.index_select(0, index)
            mean = average(loss(module(x.index_select(0, index)), y.index_select(0, index)), chosen)
            mean.backward()
            losses.append(mean.detach())
            with no_grad():
                squares.append(sum_of_squares(module))
            optimizer.step()
            optimizer.zero_grad()  # here, so that neither a pickle nor a pause between two epochs keeps gradients
        return ops.stack(losses), ops.stack(squares)

    return compile(steps)


def average(losses: Tensor, weights: Tensor | None) -> Tensor:
    """Return the mean of losses, with weights the weighted mean."""
    return losses.mean() if weights is None else (losses * weights).sum() / weights.sum()


def sum_of_squares(module: nn.Module) -> Tensor:
    """Return what the L2 term is made of: the squares of all weights, biases and other vectors left out."""
    weights = [p.reshape(-1) for p in module.parameters() if p.requires_grad and p.dim() > 1]
    return ops.stack([w.dot(w) for w in weights]).sum() if weights else ops.zeros(())


def minimize(
    module: nn.Module, loss: Loss, reported: float, samples: Samples, parameters: dict[str, Any]
) -> tuple[float, int, bool]:
    """Train on all samples at once by L-BFGS.

    Args:
        module: The module.
        loss: Outputs and targets to the loss of each row.
        reported: The factor of the loss that is returned.
        samples: The samples.
        parameters: The estimator's parameters by name.

    Returns:
        The loss with the L2 term, the number of iterations, and whether they ended before their limits.

    Raises:
        ValueError: The loss is infinite.
    """
    everything = samples.all()
    x, y, weights = everything.x, everything.y, everything.weights
    decay = 0.5 * parameters["alpha"] / everything.totals[0]
    trained = trained_of(module)
    optimizer = optim.LBFGS(
        trained,
        max_iter=parameters["max_iter"],
        max_eval=parameters["max_fun"],
        tolerance_grad=parameters["tol"],
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    @compile
    def evaluate() -> tuple[Tensor, Tensor]:
        for param in trained:
            param.grad = None
        mean, penalty = average(loss(module(x), y), weights), sum_of_squares(module) * decay
        (mean + penalty).backward()
        return mean.detach(), penalty.detach()

    try:
        optimizer.step(lambda: sum(evaluate()))
    except ZeroDivisionError:  # a line search among infinite losses
        raise ValueError(NOT_FINITE) from None
    mean, penalty = evaluate()
    module.zero_grad()
    state = optimizer.state[trained[0]]
    ended = state["n_iter"] < parameters["max_iter"] and state["func_evals"] < parameters["max_fun"]
    return reported * mean.item() + penalty.item(), state["n_iter"], ended


def trained_of(module: nn.Module) -> list[nn.Parameter]:
    """Return the parameters to train.

    Raises:
        ValueError: There are none.
    """
    trained = [p for p in module.parameters() if p.requires_grad]
    if not trained:
        raise ValueError("module= has no parameters to train")
    return trained


def rows_at_once(x: Any) -> int:
    """Return how many rows are predicted at once, so that a sparse matrix need not become dense as a whole."""
    return max(1, (1 << 22) // max(1, x.shape[1]))


def outputs_of(module: nn.Module, x: Any) -> Tensor:
    """Return the outputs of a module in evaluation, for inputs (samples, features), an array or a sparse matrix."""
    module.eval()
    dtype, size = dtype_of(module), rows_at_once(x)
    x = x.tocsr() if is_sparse(x) else x
    parts = []
    with no_grad():
        for start in range(0, x.shape[0], size):
            rows = x[start : start + size]
            parts.append(module(ops.tensor(dense(rows), dtype=dtype)))
    return parts[0] if len(parts) == 1 else ops.cat(parts)
