"""A training run: batches of the samples, the compiled step, the optimizer and its rate as scikit-learn moves them."""

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

LEAST_RATE = 1e-6
"""The rate at which "adaptive" does not go on."""

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)


class Batch(NamedTuple):
    """Inputs, targets and weights (or None) of some samples, and what these weigh together."""

    x: Tensor
    y: Tensor
    weights: Tensor | None
    total: float


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

    def batches(self, order: np.ndarray, size: int) -> Iterator[Batch]:
        """Yield batches of at most `size` rows, in an order."""
        for index in ops.from_numpy(order).split(size):
            weights = None if self._weights is None else self._weights.index_select(0, index)
            total = float(len(index)) if weights is None else weights.sum().item()
            yield Batch(self._inputs(index), self._y.index_select(0, index), weights, total)

    def all(self) -> Batch:
        """Return all rows as one batch."""
        return next(self.batches(np.arange(self.count), self.count))

    def _inputs(self, index: Tensor) -> Tensor:
        if isinstance(self._x, Tensor):
            return self._x.index_select(0, index)
        return ops.tensor(self._x[index.numpy()].toarray(), dtype=self._dtype)


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
        self._steps = 0
        trained = trained_of(module)
        groups = [{"params": [p for p in trained if p.dim() > 1]}, {"params": [p for p in trained if p.dim() <= 1]}]
        self._optimizer = self._make_optimizer(groups)
        self._optimizer.zero_grad()
        self._compiled: Any = None

    def _make_optimizer(self, groups: list[dict[str, Any]]) -> optim.Optimizer:
        parameters = self._parameters
        if parameters["solver"] == "adam":
            return optim.Adam(groups, lr=self.rate, betas=(parameters["beta_1"], parameters["beta_2"]))
        momentum = parameters["momentum"]
        nesterov = parameters["nesterovs_momentum"] and momentum > 0
        return optim.SGD(groups, lr=self.rate, momentum=momentum, nesterov=nesterov)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle holds: all but the compiled step, which the next step makes anew."""
        return {**self.__dict__, "_compiled": None}

    def step(self, batch: Batch, alpha: float) -> float:
        """Train on a batch.

        Args:
            batch: The batch.
            alpha: Factor of the L2 term.

        Returns:
            The loss, with the L2 term, before the step.
        """
        x, y, weights, total = batch
        if total == 0:
            return 0.0  # a batch that weighs nothing says nothing
        self._set_options(alpha / total)
        if self._compiled is None:
            self._compiled = compiled_step(self._module, self._loss, self._optimizer)
        loss, squares = self._compiled(x, y, weights)
        return self._reported * loss.item() + 0.5 * alpha / total * squares.item()

    def _set_options(self, decay: float) -> None:
        """Set the options that differ from step to step."""
        self._steps += 1
        groups = self._optimizer.param_groups
        groups[0]["weight_decay"] = decay
        if self._parameters["solver"] == "adam":
            # scikit-learn adds epsilon to the root of the average before it corrects the average's start
            unbiased = math.sqrt(1 - self._parameters["beta_2"] ** self._steps)
            for group in groups:
                group["eps"] = self._parameters["epsilon"] / unbiased

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


def compiled_step(module: nn.Module, loss: Loss, optimizer: optim.Optimizer) -> Any:
    """Return a step that is recorded once for each size of a batch; it reaches nothing but its arguments here."""

    def step(x: Tensor, y: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        mean = average(loss(module(x), y), weights)
        mean.backward()
        with no_grad():
            squares = sum_of_squares(module)
        optimizer.step()
        optimizer.zero_grad()  # here, so that neither a pickle nor a pause between two epochs keeps gradients
        return mean.detach(), squares

    return compile(step)


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
    x, y, weights, total = samples.all()
    decay = 0.5 * parameters["alpha"] / total
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
