"""Trainer: the loop over epochs and batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mocrograd import compiler
from mocrograd.autograd import no_grad
from mocrograd.nn import Module
from mocrograd.ops import cat
from mocrograd.optim import Optimizer
from mocrograd.tensor import Tensor
from mocrograd.train.callbacks import Callback, progress_callback
from mocrograd.train.history import History
from mocrograd.train.metrics import l2_penalty

Batches = Iterable[Sequence[Tensor]]
Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class _Means:
    """Means over samples, so that a short batch counts by its size."""

    def __init__(self) -> None:
        self.samples = 0
        self.sums: dict[str, float] = {}

    def add(self, size: int, values: Mapping[str, float]) -> None:
        self.samples += size
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + size * value

    def result(self, prefix: str = "") -> dict[str, float]:
        return {prefix + name: total / self.samples for name, total in self.sums.items()}


def _forward_function(model: Module, loss_function: Callable[[Tensor, Tensor], Tensor], l2: float) -> Step:
    def forward(inputs: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        output = model(inputs)
        loss = loss_function(output, target)
        return loss + l2_penalty(model.parameters(), l2) if l2 else loss, output

    return forward


def _step_function(forward: Step, optimizer: Optimizer) -> Step:
    def step(inputs: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        optimizer.zero_grad()
        loss, output = forward(inputs, target)
        loss.backward()
        optimizer.step()
        return loss, output

    return step


class Trainer:
    """Fits a model to batches of inputs and targets.

    Args:
        model: Maps a batch of inputs to outputs.
        loss: Maps outputs and targets to a scalar, the mean over the batch.
        optimizer: Holds the parameters of the model.
        metrics: Name to function of outputs and targets that returns a number, or a tensor of one element, the mean
            over the batch.
        l2: Factor of the sum of all squared parameters, added to the loss and so to the gradients.
        callbacks: Called between epochs.
        compile: Whether training steps and measurements run as recorded plans (`mocrograd.compile`).

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.train import Trainer
        >>> model = mg.nn.Linear(2, 1)
        >>> trainer = Trainer(model, mg.nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1))
        >>> history = trainer.fit([(mg.ones(4, 2), mg.zeros(4, 1))], epochs=3, progress=False)
        >>> history["loss"][-1] < history["loss"][0]
        True
    """

    def __init__(
        self,
        model: Module,
        loss: Callable[[Tensor, Tensor], Tensor],
        optimizer: Optimizer,
        *,
        metrics: Mapping[str, Callable[[Tensor, Tensor], float | Tensor]] | None = None,
        l2: float = 0.0,
        callbacks: Sequence[Callback] = (),
        compile: bool = False,
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = dict(metrics or {})
        self.l2 = l2
        self.callbacks = list(callbacks)
        self.compile = compile
        self._parts: tuple[Any, ...] = ()

    def fit(
        self,
        train_loader: Batches,
        validation_loader: Batches | None = None,
        *,
        epochs: int,
        progress: bool = True,
    ) -> History:
        """Train for some epochs; Ctrl-C ends the training early and cleanly.

        Args:
            train_loader: Gives the batches (inputs, targets) of an epoch each time it is iterated over.
            validation_loader: Batches to measure with after each epoch.
            epochs: How often to go through the training data.
            progress: Whether to show progress.

        Returns:
            The measurements of the finished epochs.

        Raises:
            ValueError: `epochs` is negative, or a loader gave no batch.
        """
        if epochs < 0:
            raise ValueError(f"epochs must not be negative, got {epochs}")
        history = History()
        callbacks = [*self.callbacks, *([progress_callback()] if progress else [])]
        for callback in callbacks:
            callback.on_fit_start(epochs)
        try:
            for epoch in range(1, epochs + 1):
                start = time.perf_counter()
                measured = self._train_epoch(train_loader)
                if validation_loader is not None:
                    measured |= self._measure(validation_loader, "validation_")
                measured["seconds"] = time.perf_counter() - start
                history.epochs.append(measured)
                for callback in callbacks:
                    callback.on_epoch_end(epoch, measured)
        except KeyboardInterrupt:
            history.interrupted = True
        finally:
            for callback in callbacks:
                callback.on_fit_end(history)
        return history

    def evaluate(self, loader: Batches) -> dict[str, float]:
        """Measure loss and metrics without training.

        Args:
            loader: Batches (inputs, targets).

        Returns:
            "loss" and the metrics by name, means over the samples.

        Raises:
            ValueError: The loader gave no batch.
        """
        return self._measure(loader, "")

    def predict(self, inputs: Tensor | Batches) -> Tensor:
        """Compute the outputs of the model in evaluation mode, without a graph.

        Args:
            inputs: One batch of inputs, or a loader of batches whose first part is the inputs.

        Returns:
            The outputs of all batches, joined along the first axis.

        Raises:
            ValueError: The loader gave no batch.
        """
        batches = [inputs] if isinstance(inputs, Tensor) else [batch[0] for batch in inputs]
        if not batches:
            raise ValueError("the loader gave no batch")
        with _Evaluating(self.model):
            outputs = [self.model(batch) for batch in batches]
            return outputs[0] if len(outputs) == 1 else cat(outputs, 0)

    def _functions(self) -> tuple[Step, Step]:
        """Return the functions that measure and train on a batch; they last while the parts are the same."""
        parts = (self.model, self.loss, self.optimizer, self.l2, self.compile)
        if len(self._parts) != len(parts) or any(a is not b for a, b in zip(self._parts, parts)):
            self._parts = parts
            forward = _forward_function(self.model, self.loss, self.l2)
            step = _step_function(forward, self.optimizer)
            disable = not self.compile
            self._made = compiler.compile(forward, disable=disable), compiler.compile(step, disable=disable)
        return self._made

    def _measurements(self, loss: Tensor, output: Tensor, target: Tensor) -> dict[str, float]:
        return {
            "loss": loss.item(),
            **{name: float(metric(output, target)) for name, metric in self.metrics.items()},
        }

    def _train_epoch(self, loader: Batches) -> dict[str, float]:
        self.model.train()
        means = _Means()
        step = self._functions()[1]
        for inputs, target in loader:
            loss, output = step(inputs, target)
            with no_grad():
                means.add(len(target), self._measurements(loss, output, target))
        return self._checked(means).result()

    def _measure(self, loader: Batches, prefix: str) -> dict[str, float]:
        means = _Means()
        forward = self._functions()[0]
        with _Evaluating(self.model):
            for inputs, target in loader:
                loss, output = forward(inputs, target)
                means.add(len(target), self._measurements(loss, output, target))
        return self._checked(means).result(prefix)

    @staticmethod
    def _checked(means: _Means) -> _Means:
        if means.samples == 0:
            raise ValueError("the loader gave no batch")
        return means


class _Evaluating:
    """Evaluation mode without a graph; every module gets its own mode back."""

    def __init__(self, model: Module) -> None:
        self._model = model
        self._no_grad = no_grad()

    def __enter__(self) -> None:
        self._modes = [(module, module.training) for module in self._model.modules()]
        self._model.eval()
        self._no_grad.__enter__()

    def __exit__(self, *exception: Any) -> None:
        self._no_grad.__exit__(*exception)
        for module, training in self._modes:
            module.training = training
