"""Estimators for scikit-learn: its multi-layer perceptrons, and any `Module`, trained by mocrograd.

- `estimators.py`: `MLPClassifier` and `MLPRegressor`.
- `base.py`: what the two share: parameters, `fit`, and when it ends.
- `descent.py`: one training run: the compiled steps, the optimizer and its rate.
- `network.py`: the network, its losses and what its outputs mean.
"""

try:
    from sklearn.utils.validation import validate_data as _validate_data  # noqa: F401  (scikit-learn 1.6 brought it)
except ImportError as _error:
    raise ImportError(
        'mocrograd.sklearn needs scikit-learn, version 1.6 or later: pip install "mocrograd[sklearn]"'
    ) from _error

from mocrograd.sklearn.estimators import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
