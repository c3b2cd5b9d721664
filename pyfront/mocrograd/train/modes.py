"""Evaluation mode for the body of a `with`."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd import no_grad
from mocrograd.nn import Module


class evaluating:
    """A `with` in whose body a model is in evaluation mode, without a graph; afterwards modes are as before."""

    def __init__(self, model: Module) -> None:
        self._model = model
        self._no_grad = no_grad()

    def __enter__(self) -> None:
        """Set the modes."""
        self._modes = [(module, module.training) for module in self._model.modules()]
        self._model.eval()
        self._no_grad.__enter__()

    def __exit__(self, *error: Any) -> None:
        """Set them back."""
        self._no_grad.__exit__(*error)
        for module, training in self._modes:
            module.training = training
