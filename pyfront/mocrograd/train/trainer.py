"""Trainer: the loop over epochs and batches."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.ops import cat, manual_seed
from mocrograd.optim import Optimizer
from mocrograd.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from mocrograd.tensor import Tensor
from mocrograd.train import batches, checkpoints, ranks, state
from mocrograd.train.base import TrainerBase
from mocrograd.train.bundles import may_bundle
from mocrograd.train.callbacks import Callback, progress_callback
from mocrograd.train.history import History
from mocrograd.train.hooks import Hooks, Stopped
from mocrograd.train.measuring import Measuring
from mocrograd.train.modes import evaluating
from mocrograd.train.saving import ModelCheckpoint
from mocrograd.train.schedules import schedules
from mocrograd.train.sharding import Sharding
from mocrograd.train.steps import Steps, own_step, parts_of

Batches = Iterable[Any]


class Trainer(TrainerBase):
    """Fits a model to batches.

    A batch is (inputs, target), (input, input, ..., target), or a dict of the model's arguments with the target under
    "target", "targets", "label", "labels" or "y".

    Args:
        model: Maps inputs to outputs.
        loss: Maps outputs and targets to a scalar, the mean over the batch; may be missing where `step` is given.
        optimizer: Holds the parameters of the model; a list where there are several.
        scheduler: Steps after each epoch; a dict {"scheduler": s, "interval": "batch"} steps after each step of the
            optimizer, and "monitor" names what ReduceLROnPlateau reads; a list where there are several.
        metrics: Name to `Metric`, or to a function of outputs and targets that returns a number, or a tensor of one
            element, the mean over the batch.
        l2: Factor of the sum of all squared parameters, added to the loss and so to the gradients.
        callbacks: Objects whose methods run at the moments of the training; those that write checkpoints run last.
        accumulate: How many batches add up their gradients for one step.
        clip_norm: The greatest norm of all gradients together.
        clip_value: The greatest magnitude of an element of a gradient.
        ema: Decay of a moving average of the parameters, which validation, test and prediction then use.
        compile: Whether training steps and measurements run as recorded plans (`mocrograd.compile`).
        on_nan: What a loss that is not finite does: "raise", "warn" (and go on), or "skip" (leave the batch out, also
            where a gradient is not finite).
        seed: Of the generators of the library, Python and NumPy, when `fit` starts anew.
        step: Replaces the training step: called with the trainer and a batch, it computes gradients, steps the
            optimizers, and returns a number or a dict of numbers by name.
        scaler: Scales losses and steps the optimizers, like `amp.GradScaler`.
        distributed: "auto" trains together with the other processes where a launcher started several: each takes its
            part of every batch, gradients are averaged, measurements are those of all, and rank 0 prints and saves;
            "none" trains alone.
        deterministic_shards: Into how many shards each batch is cut: weights then have the same bits for each number
            of processes that divides it, one too, also where a checkpoint goes on with another number. Measurements
            are equal up to rounding. Each batch needs at least as many samples, so loaders may need `drop_last=True`.

    Attributes:
        history: The measurements of the finished epochs.
        epoch, epochs: The number of the epoch, from 1, and of the last.
        batch, batches: How many batches of the epoch are done, and how many there are, None where nobody knows.
        steps: How many steps the optimizers have done.
        latest: The measurements of the last batch.
        results: What the last epoch measured that is no number, by name.
        should_stop: Whether to end after this batch or epoch.

    Raises:
        ValueError: An option is out of range, or neither `loss` nor `step` is given, or shards cannot be
            dealt out evenly.

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
        loss: Callable[..., Tensor] | None,
        optimizer: Optimizer | Sequence[Optimizer],
        *,
        scheduler: Any = None,
        metrics: Mapping[str, Any] | None = None,
        l2: float = 0.0,
        callbacks: Sequence[Callback] = (),
        accumulate: int = 1,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        ema: float | None = None,
        compile: bool = False,
        on_nan: str = "raise",
        seed: int | None = None,
        step: Callable[[Trainer, Any], Any] | None = None,
        scaler: Any = None,
        distributed: str = "auto",
        deterministic_shards: int | None = None,
    ) -> None:
        if loss is None and step is None:
            raise ValueError("Trainer expected a loss, or a step that computes it")
        if accumulate < 1:
            raise ValueError(f"accumulate must be at least 1, got {accumulate}")
        if on_nan not in ("raise", "warn", "skip"):
            raise ValueError(f"on_nan must be 'raise', 'warn' or 'skip', got {on_nan!r}")
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.metrics = dict(metrics or {})
        self.l2, self.callbacks, self.compile = l2, list(callbacks), compile
        self.accumulate, self.clip_norm, self.clip_value = accumulate, clip_norm, clip_value
        self.on_nan, self.seed, self.step, self.scaler = on_nan, seed, step, scaler
        self.schedules = schedules(scheduler)
        self.average = None if ema is None else AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema))
        self.history = History()
        self.hooks = Hooks([])
        self.epoch = self.epochs = self.batch = self.steps = 0
        self.batches: int | None = None
        self.latest: dict[str, float] = {}
        self.results: dict[str, Any] = {}
        self.should_stop = False
        self.between_steps = True
        self.measuring = Measuring({})
        self.train_loader: Batches = ()
        self.validation_loader: Batches | None = None
        self.position: state.Position | None = None
        self._made: Steps | None = None
        self.ranks = ranks.find(model, distributed, deterministic_shards)
        self.sharding = None if deterministic_shards is None else Sharding(self, deterministic_shards)

    def fit(
        self,
        train_loader: Batches,
        validation_loader: Batches | None = None,
        *,
        epochs: int,
        progress: bool = True,
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
        """Train for some epochs; Ctrl-C, `should_stop` and StopIteration end the training early and cleanly.

        An epoch that was not finished is not in the history.

        Args:
            train_loader: Gives the batches of an epoch each time it is iterated over.
            validation_loader: Batches to measure with after each epoch.
            epochs: How often to go through the training data, with the epochs before a resumption.
            progress: Whether to show progress.
            resume: "last" goes on from last.pt in the folder of a ModelCheckpoint, or starts anew where there is none;
                a path goes on from that checkpoint.

        Returns:
            The measurements of the finished epochs, also as `history` after an error.

        Raises:
            ValueError: `epochs` is negative, or a loader gave no batch.
            NotFiniteError: A loss is not finite, with `on_nan="raise"`.
            CheckpointError: The checkpoint is damaged, or one of another model.
            RuntimeError: A callback raised something.
        """
        if epochs < 0:
            raise ValueError(f"epochs must not be negative, got {epochs}")
        saving = [callback for callback in self.callbacks if isinstance(callback, ModelCheckpoint)]
        others = [callback for callback in self.callbacks if callback not in saving]
        callbacks = [*others, *([progress_callback()] if progress else []), *saving]
        if self.ranks is not None:
            self.ranks.begin()
        self.hooks = Hooks(callbacks if self.ranks is None or self.ranks.is_first else self.ranks.silent(callbacks))
        self.train_loader, self.validation_loader, self.epochs = train_loader, validation_loader, epochs
        self.history, self.should_stop, self.position = History(), False, None
        self.epoch = self.batch = self.steps = 0
        path = checkpoints.find(resume, [callback.folder for callback in saving])
        if path is not None:
            self.load_state_dict(checkpoints.read(path), str(path))
        elif self.seed is not None:
            manual_seed(self.seed)
            random.seed(self.seed)
            np.random.seed(self.seed & 0xFFFFFFFF)
        self._run()
        return self.history

    def _run(self) -> None:
        call = self.hooks.call
        try:
            call("on_fit_start", self)
            call("on_train_start", self)
            while len(self.history) < self.epochs and not self.should_stop:
                if not self._epoch():
                    break
            call("on_train_end", self)
        except Stopped:
            pass
        except KeyboardInterrupt as interrupt:
            self.history.interrupted = True
            call("on_exception", self, interrupt)
        except Exception as fault:
            call("on_exception", self, fault)
            raise
        finally:
            call("on_fit_end", self)

    def _epoch(self) -> bool:
        """Train and validate for an epoch; return whether it was finished."""
        self.epoch = len(self.history) + 1
        start = time.perf_counter()
        if not self._train_epoch():
            return False
        measured = self._result(self.measuring, "")
        self.hooks.call("on_train_epoch_end", self)
        if self.validation_loader is not None:
            measured |= self._measure(self.validation_loader, "validation_")
        self.results = {name: value for name, value in measured.items() if not isinstance(value, (int, float))}
        measured = {name: value for name, value in measured.items() if name not in self.results}
        measured["seconds"] = time.perf_counter() - start
        self.history.epochs.append(measured)
        for schedule in self.schedules:
            schedule.after_epoch(measured)
        self.batch, self.position = 0, None
        self.hooks.call("on_epoch_end", self.epoch, measured)
        return True

    def _train_epoch(self) -> bool:
        hooks = self.hooks
        iterator = self._begin_epoch()
        hooks.call("on_train_epoch_start", self)
        self.model.train()
        steps = self._steps() if self.step is None else None
        alone = self.accumulate == 1 and self.on_nan != "skip" and self.scaler is None and self.ranks is None
        alone = alone and self.sharding is None
        if steps is not None and alone and not hooks.methods("on_before_optimizer_step"):
            if steps.bundles is not None and may_bundle(self):
                return steps.bundles.train(self, iterator, partial(steps.train_pairs, self))
            return steps.train_pairs(self, iterator)
        starting, ending = hooks.caller("on_train_batch_start"), hooks.caller("on_train_batch_end")
        train = (
            own_step if steps is None else steps.train if self.sharding is None else partial(self.sharding.train, steps)
        )
        for index, batch in enumerate(iterator, self.batch):
            if starting is not None:
                starting(self, batch, index)
            train(self, batch, index)
            self.batch = index + 1
            if ending is not None:
                ending(self, batch, index)
            if self.should_stop and self.batch != self.batches:
                return False
        if steps is not None and not self.between_steps:
            steps.finish(self)
        return True

    def _begin_epoch(self) -> Any:
        """Return the batches of the epoch, from the position of a checkpoint on."""
        set_epoch = getattr(getattr(self.train_loader, "sampler", None), "set_epoch", None)
        if set_epoch is not None:
            set_epoch(self.epoch - 1)
        self.measuring = Measuring({} if self.step is not None else self.metrics)
        try:
            self.batches = len(self.train_loader)  # type: ignore[arg-type]
        except TypeError:
            self.batches = None
        self.between_steps = True
        iterator = state.begin(self)
        if self.sharding is not None:
            self.sharding.check(self.train_loader)
            return iterator
        return iterator if self.ranks is None else self.ranks.parts(iterator, self.train_loader, train=True)

    def validate(self, loader: Batches) -> dict[str, Any]:
        """Measure loss and metrics without training, with the names that validation has in the history.

        Args:
            loader: Batches.

        Returns:
            "validation_loss", and the metrics by name.

        Raises:
            ValueError: The loader gave no batch.
        """
        return self._measure(loader, "validation_")

    def test(self, loader: Batches) -> dict[str, Any]:
        """Measure loss and metrics without training, with "test_" before the names.

        Args:
            loader: Batches.

        Returns:
            "test_loss", and the metrics by name.

        Raises:
            ValueError: The loader gave no batch.
        """
        return self._measure(loader, "test_")

    def evaluate(self, loader: Batches) -> dict[str, Any]:
        """Measure loss and metrics without training.

        Args:
            loader: Batches.

        Returns:
            "loss" and the metrics by name, means over the samples.

        Raises:
            ValueError: The loader gave no batch.
        """
        return self._measure(loader, "")

    def predict(self, inputs: Tensor | Batches) -> Tensor:
        """Compute the outputs of the model in evaluation mode, without a graph.

        Args:
            inputs: One batch of inputs, or a loader of batches, with or without targets.

        Returns:
            The outputs of all batches, joined along the first axis.

        Raises:
            ValueError: The loader gave no batch.
        """
        model = self._evaluated()
        with evaluating(model):
            if isinstance(inputs, Tensor):
                result: Tensor = model(inputs)
                return result
            outputs = []
            for batch in inputs:
                arguments, named = batches.inputs(batch)
                outputs.append(model(*arguments, **named))
        if not outputs:
            raise ValueError("the loader gave no batch")
        return outputs[0] if len(outputs) == 1 else cat(outputs, 0)

    def save_checkpoint(self, path: str | os.PathLike[str]) -> None:
        """Write the state of the training to a file, which is replaced when the new one is whole and on the disk.

        Args:
            path: The file.

        Raises:
            RuntimeError: Gradients of several batches are being gathered.
        """
        checkpoints.write(self.state_dict(), path)

    def load_checkpoint(self, path: str | os.PathLike[str]) -> None:
        """Read the state of a training, to measure or predict with it; `fit(resume=path)` trains on.

        Args:
            path: The file.

        Raises:
            FileNotFoundError: There is no such file.
            CheckpointError: It is damaged, or one of another model.
        """
        self.load_state_dict(checkpoints.read(path), str(Path(path)))

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the training, as a checkpoint has it.

        Raises:
            RuntimeError: Gradients of several batches are being gathered.
        """
        return state.of(self)

    def load_state_dict(self, state_dict: dict[str, Any], where: str = "state_dict") -> None:
        """Take over what `state_dict` returned.

        Args:
            state_dict: The state.
            where: What errors call it.

        Raises:
            CheckpointError: It is one of another model or of other optimizers.
        """
        state.load(self, state_dict, where)

    def _steps(self) -> Steps:
        """Return the functions that run for each batch; they last while the parts are the same."""
        parts = parts_of(self)
        if self._made is None or any(a is not b for a, b in zip(self._made.parts, parts, strict=True)):
            self._made = Steps(self)
        return self._made

    def _evaluated(self) -> Module:
        return self.model if self.average is None else self.average.module

    def _result(self, measuring: Measuring, prefix: str) -> dict[str, Any]:
        if self.ranks is not None:
            self.ranks.merge(measuring)
            self.ranks.copy_buffers()
        return measuring.result(prefix)

    def _measure(self, loader: Batches, prefix: str) -> dict[str, Any]:
        hooks = self.hooks
        measuring = Measuring(self.metrics)
        model = self._evaluated()
        steps = self._steps()
        forward = steps.forward if model is self.model else steps.forward_of(self, model)
        hooks.call("on_validation_start", self)
        hooks.call("on_validation_epoch_start", self)
        starting, ending = hooks.caller("on_validation_batch_start"), hooks.caller("on_validation_batch_end")
        with evaluating(model):
            for index, batch in enumerate(loader if self.ranks is None else self.ranks.parts(loader, loader)):
                if starting is not None:
                    starting(self, batch, index)
                inputs, named, target = batches.parts(batch)
                loss, output = forward(inputs, named, target)
                size = batches.samples(batch)
                measuring.add(size, {} if loss is None else {"loss": loss.item()})
                measuring.measure(size, output, target)
                if ending is not None:
                    ending(self, batch, index)
        result = self._result(measuring, prefix)
        hooks.call("on_validation_epoch_end", self)
        hooks.call("on_validation_end", self)
        return result
