"""What the estimators share: parameters, `fit`, and when training ends."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight

from mocrograd import ops
from mocrograd.autograd import enable_grad
from mocrograd.dtypes import float32, float64
from mocrograd.nn import Linear, Module
from mocrograd.random import fork_rng, manual_seed
from mocrograd.sklearn.descent import NOT_FINITE, Descent, Samples, minimize, outputs_of
from mocrograd.sklearn.network import (
    ACTIVATIONS,
    LOSSES,
    OUTPUTS,
    check_width,
    dense,
    dtype_of,
    is_sparse,
    own_copy,
    perceptron,
)

HeldOut = tuple[Any, np.ndarray, Any, tuple[Any, np.ndarray, Any]]

STOCHASTIC = ("sgd", "adam")
"""The solvers that train batch by batch."""
_stream = threading.RLock()
"""Held while a module draws from the library's stream of random numbers, which all threads share."""


class Perceptron(BaseEstimator):
    """A network that is trained as scikit-learn's multi-layer perceptrons are; `estimators.py` has the two kinds."""

    module_: Any
    n_outputs_: int
    loss_curve_: list[float]
    best_loss_: Any  # a number; None with early stopping, which has the two that follow
    validation_scores_: Any
    best_validation_score_: Any

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions({"lbfgs", *STOCHASTIC})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
        "module": [None, callable],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        module: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.module = module

    # ----------------------------------------------------------------- what the two kinds answer differently

    def _check_input(self, x: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        """Return checked inputs, and targets of shape (samples, outputs)."""
        raise NotImplementedError

    def _choose_activation(self, outputs: int) -> str:
        """Return the activation of the outputs of a network that has so many."""
        raise NotImplementedError

    def _score_rows(self, x: Any, y: np.ndarray, weights: np.ndarray | None) -> float:
        """Return the score that early stopping looks at."""
        raise NotImplementedError

    def _targets(self, y: np.ndarray) -> np.ndarray:
        """Return targets as the loss takes them."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # ------------------------------------------------------------------------------------------- the network

    @property
    def coefs_(self) -> list[np.ndarray]:
        """The weights of each layer, (inputs, outputs); arrays in the memory of `module_`."""
        return [layer.weight.detach().numpy().T for layer in self._linear_layers("coefs_")]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """The biases of each layer; arrays in the memory of `module_`."""
        return [layer.bias.detach().numpy() for layer in self._linear_layers("intercepts_")]

    @property
    def n_layers_(self) -> int:
        """The number of layers, with inputs and outputs."""
        return 1 + len(self._linear_layers("n_layers_"))

    def _linear_layers(self, name: str) -> list[Any]:
        """Return the layers of weights of a network that `hidden_layer_sizes` describes."""
        if self.module is not None:
            raise AttributeError(f"{name} describes linear layers one after the other; module= has module_ alone")
        return [layer for layer in self.module_ if isinstance(layer, Linear)]

    def _sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
        if np.any(np.array(sizes) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
        return sizes

    def _begin(self, x: Any, sizes: list[int], random: np.random.RandomState) -> None:
        """Make the network, and set what counts from its beginning."""
        features = x.shape[1]
        if self.module is None:
            dtype = float32 if x.dtype == np.float32 else float64
            self.module_ = perceptron([features, *sizes, self.n_outputs_], self.activation, random, dtype)
        else:
            module = own_copy(self.module, features, self.n_outputs_)
            rows = dense(x.tocsr()[:2] if is_sparse(x) else x[:2])
            binary = is_classifier(self) and self.n_outputs_ == 1
            self.n_outputs_ = check_width(module, rows, self.n_outputs_, binary)
            self.module_ = module
        self.out_activation_ = self._choose_activation(self.n_outputs_)
        self.n_iter_ = 0
        self.t_ = 0
        if self.solver in STOCHASTIC:
            self.loss_curve_ = []
            self._no_improvement_count = 0
            self.validation_scores_ = [] if self.early_stopping else None
            self.best_validation_score_ = -np.inf if self.early_stopping else None
            self.best_loss_ = None if self.early_stopping else np.inf
            if self.early_stopping:
                self._best = copied(self.module_)

    def _outputs(self, x: Any) -> np.ndarray:
        """Return the outputs of the network, their activation included."""
        return OUTPUTS[self.out_activation_](outputs_of(self.module_, x)).numpy()

    # ---------------------------------------------------------------------------------------------- training

    def _fit(self, x: Any, y: Any, sample_weight: Any, incremental: bool) -> Any:
        """Train; `incremental` for one epoch that goes on where the last one ended."""
        sizes = self._sizes()
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "module_") or not (self.warm_start or incremental)
        x, y = self._check_input(x, y, incremental, reset=first)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, x)
        random = check_random_state(self.random_state)
        with self._random_numbers(random), enable_grad():
            if first:
                self.n_outputs_ = y.shape[1]
                self._begin(x, sizes, random)
            if self.solver in STOCHASTIC:
                self._fit_by_batches(x, y, weights, random, incremental)
            else:
                self._fit_at_once(x, y, weights)
        if not all(ops.isfinite(param).all() for param in self.module_.parameters()):
            raise ValueError(NOT_FINITE)
        return self

    @contextmanager
    def _random_numbers(self, random: np.random.RandomState) -> Iterator[None]:
        """Let a module of the user draw random numbers that follow from `random_state`, and none of anybody else's."""
        if self.module is None:
            yield
            return
        with _stream, fork_rng():
            manual_seed(int(random.randint(np.iinfo(np.int32).max)))
            yield

    def _reported(self) -> float:
        """Return the factor of the loss that is reported: of squares scikit-learn reports the mean over outputs."""
        return 1 / self.n_outputs_ if self.out_activation_ == "identity" else 1.0

    def _fit_at_once(self, x: Any, y: np.ndarray, weights: np.ndarray | None) -> None:
        samples = Samples(x, self._targets(y), weights, dtype_of(self.module_))
        self.module_.train()
        parameters = self.get_params(deep=False)
        found = minimize(self.module_, LOSSES[self.out_activation_], self._reported(), samples, parameters)
        self.loss_, self.n_iter_, ended = found
        if not ended:
            warnings.warn(
                f"lbfgs failed to converge after {self.n_iter_} iteration(s): it reached its limit of iterations"
                f" (max_iter={self.max_iter}) or of evaluations (max_fun={self.max_fun}). Increase them to improve the"
                " convergence. You might also want to scale the data.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _fit_by_batches(
        self, x: Any, y: np.ndarray, weights: np.ndarray | None, random: np.random.RandomState, incremental: bool
    ) -> None:
        if not incremental or not hasattr(self, "_descent"):
            loss = LOSSES[self.out_activation_]
            self._descent = Descent(self.module_, loss, self._reported(), self.get_params(deep=False))
        held_out = None
        if self.early_stopping:
            x, y, weights, held_out = self._hold_out(x, y, weights, random)
        samples = Samples(x, self._targets(y), weights, dtype_of(self.module_))
        size = self._batch_rows(samples.count)
        try:
            self._train(samples, size, held_out, random, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=5)
        if self.early_stopping:
            self.module_.load_state_dict(self._best)

    def _hold_out(self, x: Any, y: np.ndarray, weights: np.ndarray | None, random: np.random.RandomState) -> HeldOut:
        """Split off what early stopping looks at; return the rest and that."""
        stratify = y if is_classifier(self) and y.shape[1] == 1 else None
        arrays = [x, y] if weights is None else [x, y, weights]
        parts = train_test_split(*arrays, random_state=random, test_size=self.validation_fraction, stratify=stratify)
        rest, held_out = parts[::2], parts[1::2]
        if held_out[0].shape[0] < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        none = [] if weights is not None else [None]
        return *rest, *none, (*held_out, *none)

    def _batch_rows(self, count: int) -> int:
        """Return the rows of a batch."""
        if self.batch_size == "auto":
            return min(200, count)
        if self.batch_size > count:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
            )
        return int(np.clip(self.batch_size, 1, count))

    def _train(self, samples: Samples, size: int, held_out: Any, random: Any, incremental: bool) -> None:
        """Train epoch after epoch until nothing improves."""
        descent, count = self._descent, samples.count
        order = np.arange(count)
        self.n_iter_ = 0
        for _ in range(self.max_iter):
            if self.shuffle:
                order = order[random.permutation(count)]
            self.module_.train()
            total = 0.0
            for block in samples.blocks(order, size):
                total += descent.train(block, self.alpha)
            self.n_iter_ += 1
            self.t_ += count
            self.loss_ = total / count
            self.loss_curve_.append(self.loss_)
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            self._count_epochs_without_improvement(held_out)
            descent.end_epoch(self.t_)
            if self._no_improvement_count > self.n_iter_no_change:
                what = "Validation score did not improve" if self.early_stopping else "Training loss did not improve"
                epochs = f"for {self.n_iter_no_change} consecutive epochs."
                if descent.stops(f"{what} more than tol={self.tol:f} {epochs}", self.verbose):
                    return
                self._no_improvement_count = 0
            if incremental:
                return
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't converged"
            " yet.",
            ConvergenceWarning,
            stacklevel=6,
        )

    def _count_epochs_without_improvement(self, held_out: Any) -> None:
        """Compare the epoch's loss, or with early stopping its score, with the best so far."""
        if held_out is None:
            worse = self.loss_ > self.best_loss_ - self.tol
            self.best_loss_ = min(self.best_loss_, self.loss_)
        else:
            score = self._score_rows(*held_out)
            self.validation_scores_.append(score)
            if self.verbose:
                print(f"Validation score: {score:f}")
            worse = score < self.best_validation_score_ + self.tol
            if score > self.best_validation_score_:
                self.best_validation_score_ = score
                self._best = copied(self.module_)
        self._no_improvement_count = self._no_improvement_count + 1 if worse else 0


def copied(module: Module) -> dict[str, Any]:
    """Return the state of a module, which training changes no more."""
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}
