"""`MLPClassifier` and `MLPRegressor`: scikit-learn's multi-layer perceptrons, trained by mocrograd."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin, _fit_context
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import check_is_fitted, validate_data

from mocrograd.sklearn.base import STOCHASTIC, Perceptron
from mocrograd.sklearn.network import is_sparse

SPARSE = ["csr", "csc"]
FLOATS = (np.float64, np.float32)


def _is_stochastic(estimator: Perceptron) -> bool:
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True


def _checked(estimator: Perceptron, x: Any) -> Any:
    check_is_fitted(estimator)
    return validate_data(estimator, x, accept_sparse=SPARSE, reset=False)


class MLPClassifier(ClassifierMixin, Perceptron):
    """A network that tells classes apart, with the parameters, attributes and results of scikit-learn's.

    With the same `random_state` it starts from the weights, and sees the batches, that scikit-learn's class would.
    Inputs of float32 are computed in float32, all others in float64.

    Args:
        hidden_layer_sizes: The number of units of each hidden layer.
        activation: "identity", "logistic", "tanh" or "relu".
        solver: "adam", "sgd" or "lbfgs".
        alpha: Factor of the L2 term: weights, not biases, squared and halved, divided by the weight of a batch.
        batch_size: Rows of a batch; "auto" means 200, or all if there are fewer.
        learning_rate: "constant", "invscaling" or "adaptive", for "sgd".
        learning_rate_init: The first rate.
        power_t: The exponent of "invscaling".
        max_iter: The most epochs; of "lbfgs" the most iterations.
        shuffle: Whether each epoch has an order of its own.
        random_state: A seed, a `RandomState`, or None for NumPy's global one.
        tol: The least improvement of the loss, or the score, that counts; for "lbfgs" the largest gradient that ends
            training.
        verbose: Whether to print each epoch.
        warm_start: Whether `fit` goes on from the weights of the last one.
        momentum: Momentum of "sgd".
        nesterovs_momentum: Whether it looks ahead.
        early_stopping: Whether to hold rows out and to end when their score does not improve.
        validation_fraction: The share of rows that are held out.
        beta_1: Share of the average of gradients that a step of "adam" keeps.
        beta_2: Share of the average of their squares.
        epsilon: Added to the denominator of "adam".
        n_iter_no_change: The most epochs without improvement.
        max_fun: The most evaluations of "lbfgs".
        module: A `Module` that each `fit` copies, or a function of the numbers of features and outputs that makes one,
            in place of the network that the first two parameters describe. It takes (batch, features), in the dtype of
            its parameters, and returns scores, (batch, outputs), before softmax or sigmoid. Two classes have one
            output or two, several labels one each.

    Attributes:
        classes_: The classes, in order.
        module_: The trained network.
        coefs_: Weights of each layer, (inputs, outputs); not with `module`, nor the two attributes that follow.
        intercepts_: Biases of each layer.
        n_layers_: Number of layers, with inputs and outputs.
        loss_: Mean loss of the last epoch.
        loss_curve_: Mean loss of each epoch.
        best_loss_: The least of them; None with `early_stopping`.
        validation_scores_: With `early_stopping`: the score of each epoch.
        best_validation_score_: The best of them, whose weights are kept.
        n_iter_: Epochs, or iterations of "lbfgs".
        t_: Rows seen by the solver.
        n_features_in_: Number of features.
        feature_names_in_: Their names, where all are strings.
        n_outputs_: Number of outputs.
        out_activation_: "softmax" or "logistic".

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from mocrograd.sklearn import MLPClassifier
        >>> x, y = load_iris(return_X_y=True)
        >>> model = MLPClassifier((16,), learning_rate_init=0.01, tol=1e-3, random_state=0).fit(x, y)
        >>> model.score(x, y) > 0.95
        True
    """

    def _check_input(self, x: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        x, y = validate_data(self, x, y, accept_sparse=SPARSE, multi_output=True, dtype=FLOATS, reset=reset)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_classes(unique_labels(y))
        return x, self._label_binarizer.transform(y)

    def _check_classes(self, classes: np.ndarray) -> None:
        if self.warm_start and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously"
                f" got {self.classes_}, `y` has {classes}"
            )
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {classes}."
            )

    def _choose_activation(self, outputs: int) -> str:
        kind = self._label_binarizer.y_type_
        return "softmax" if kind == "multiclass" or (kind == "binary" and outputs == 2) else "logistic"

    def _targets(self, y: np.ndarray) -> np.ndarray:
        if self.out_activation_ == "logistic":
            return y.astype(np.float64)
        return (y.argmax(1) if y.shape[1] > 1 else y[:, 0]).astype(np.int64)

    def _score_rows(self, x: Any, y: np.ndarray, weights: np.ndarray | None) -> float:
        return float(accuracy_score(self._label_binarizer.inverse_transform(y), self._labels(x), sample_weight=weights))

    def _labels(self, x: Any) -> np.ndarray:
        """Return the likeliest labels of checked inputs."""
        chances = self._chances(x)
        binary = self._label_binarizer.y_type_ == "binary"
        return self._label_binarizer.inverse_transform(chances[:, 1] if binary else chances)

    def _chances(self, x: Any) -> np.ndarray:
        outputs = self._outputs(x)
        return np.hstack([1 - outputs, outputs]) if self.n_outputs_ == 1 else outputs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPClassifier:
        """Train on samples.

        Args:
            X: Inputs, (samples, features): an array, a DataFrame or a sparse matrix.
            y: Classes, (samples), or labels as 0 and 1, (samples, labels).
            sample_weight: What each sample weighs, (samples).

        Returns:
            The estimator.

        Raises:
            ValueError: Inputs, targets or a parameter are not what they must be, or the weights became infinite.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """Train for one epoch, from where the last call ended.

        Args:
            X: Inputs, as for `fit`.
            y: Classes, as for `fit`; not all need occur.
            sample_weight: What each sample weighs, (samples).
            classes: All classes; the first call needs them.

        Returns:
            The estimator.

        Raises:
            ValueError: As for `fit`; or the first call has no classes, or a later one others.
        """
        if _check_partial_fit_first_call(self, classes):
            labels = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(labels)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest classes, (samples), or labels, (samples, labels).

        Args:
            X: Inputs, (samples, features).

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: The inputs are not what `fit` saw.
        """
        return self._labels(_checked(self, X))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (samples, classes), in the order of `classes_`.

        Args:
            X: Inputs, (samples, features).

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: The inputs are not what `fit` saw.
        """
        return self._chances(_checked(self, X))

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of each class's probability, (samples, classes).

        Args:
            X: Inputs, (samples, features).

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: The inputs are not what `fit` saw.
        """
        return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, Perceptron):
    """A network that predicts numbers, with the parameters, attributes and results of scikit-learn's.

    With several outputs, training minimises the sum of their losses, and `loss_` is the mean, both as in scikit-learn.

    Args:
        loss: "squared_error", or "poisson" for counts, whose predictions are exponentials.
        hidden_layer_sizes: As all parameters that follow, see `MLPClassifier`.
        activation: Activation of hidden units.
        solver: "adam", "sgd" or "lbfgs".
        alpha: Factor of the L2 term.
        batch_size: Rows of a batch.
        learning_rate: How the rate of "sgd" changes.
        learning_rate_init: The first rate.
        power_t: The exponent of "invscaling".
        max_iter: The most epochs or iterations.
        shuffle: Whether each epoch has an order of its own.
        random_state: A seed, a `RandomState`, or None for NumPy's global one.
        tol: The least improvement that counts.
        verbose: Whether to print each epoch.
        warm_start: Whether `fit` goes on from the weights of the last one.
        momentum: Momentum of "sgd".
        nesterovs_momentum: Whether it looks ahead.
        early_stopping: Whether rows are held out, whose R2 score ends training.
        validation_fraction: The share of rows that are held out.
        beta_1: Share of the average of gradients that a step of "adam" keeps.
        beta_2: Share of the average of their squares.
        epsilon: Added to the denominator of "adam".
        n_iter_no_change: The most epochs without improvement.
        max_fun: The most evaluations of "lbfgs".
        module: A network, or a function that makes one; its outputs, (batch, outputs), are predictions, or with
            "poisson" their logarithms.

    Attributes:
        module_: The trained network. The other attributes are those of `MLPClassifier`, without `classes_`;
            `out_activation_` is "identity", or "exp" with "poisson".

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from mocrograd.sklearn import MLPRegressor
        >>> x, y = load_diabetes(return_X_y=True)
        >>> x, y = scale(x), scale(y)
        >>> model = MLPRegressor(hidden_layer_sizes=(32,), max_iter=500, tol=1e-3, random_state=0).fit(x, y)
        >>> model.score(x, y) > 0.5
        True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Perceptron._parameter_constraints,
        "loss": [StrOptions({"squared_error", "poisson"})],
    }

    def __init__(
        self,
        loss: str = "squared_error",
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
        given = locals()
        self.loss = loss
        super().__init__(**{name: given[name] for name in Perceptron._get_param_names()})

    def _check_input(self, x: Any, y: Any, incremental: bool, reset: bool) -> tuple[Any, np.ndarray]:
        x, y = validate_data(
            self, x, y, accept_sparse=SPARSE, multi_output=True, y_numeric=True, dtype=FLOATS, reset=reset
        )
        if is_sparse(y):
            raise ValueError("y must be an array of numbers, got a sparse matrix")
        if y.dtype.kind not in "biuf":
            raise TypeError(f"y must be an array of numbers, got {y.dtype}")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        y = y.reshape(len(y), -1)
        if not reset and y.shape[1] != self.n_outputs_:
            raise ValueError(f"y must have {self.n_outputs_} columns as before, got {y.shape[1]}")
        return x, y

    def _choose_activation(self, outputs: int) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _targets(self, y: np.ndarray) -> np.ndarray:
        return y.astype(np.float64)

    def _score_rows(self, x: Any, y: np.ndarray, weights: np.ndarray | None) -> float:
        found = self._outputs(x)
        return float(r2_score(y, found, sample_weight=weights)) if np.isfinite(found).all() else np.nan

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Train on samples.

        Args:
            X: Inputs, (samples, features): an array, a DataFrame or a sparse matrix.
            y: Numbers, (samples) or (samples, outputs).
            sample_weight: What each sample weighs, (samples).

        Returns:
            The estimator.

        Raises:
            ValueError: Inputs, targets or a parameter are not what they must be, or the weights became infinite.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Train for one epoch, from where the last call ended.

        Args:
            X: Inputs, as for `fit`.
            y: Numbers, as for `fit`.
            sample_weight: What each sample weighs, (samples).

        Returns:
            The estimator.

        Raises:
            ValueError: As for `fit`.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return predictions, (samples) or (samples, outputs).

        Args:
            X: Inputs, (samples, features).

        Raises:
            NotFittedError: `fit` has not been called.
            ValueError: The inputs are not what `fit` saw.
        """
        found = self._outputs(_checked(self, X))
        return found.ravel() if found.shape[1] == 1 else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
