"""SummaryWriter: scalars, histograms, pictures, texts, graphs and hyperparameters for TensorBoard."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.nn import Module
from mocrograd.utils.tensorboard import summaries
from mocrograd.utils.tensorboard.graph import graph_definition


class FileWriter:
    """Takes messages that are ready, and gives them to a SummaryWriter's file.

    Args:
        writer: The SummaryWriter.
    """

    def __init__(self, writer: SummaryWriter) -> None:
        self._summaries = writer

    def get_logdir(self) -> str:
        """Return the folder."""
        return self._summaries.log_dir

    def add_summary(self, summary: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """Write a summary.

        Args:
            summary: The message.
            global_step: Its step.
            walltime: Its time in seconds; now by default.
        """
        self._summaries._add(summary, global_step, walltime)

    def flush(self) -> None:
        """Write all events that wait."""
        self._summaries.flush()


class SummaryWriter:
    """Writes what TensorBoard shows into a folder, in a thread of its own.

    Args:
        log_dir: The folder; `runs/` with date, time and host by default.
        comment: What the default folder's name ends with.
        purge_step: TensorBoard hides what earlier files in the folder have from this step on.
        max_queue: How many events wait before they are written.
        flush_secs: The longest time that they wait.
        filename_suffix: What names of files end with.

    Raises:
        ImportError: The package tensorboard is not installed.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.tensorboard import SummaryWriter
        >>> with SummaryWriter("runs/first") as writer:
        ...     writer.add_scalar("loss", mg.tensor(0.5), 0)
    """

    def __init__(
        self,
        log_dir: str | Path | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        if not log_dir:
            now = datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir = str(log_dir)
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self._writers: dict[str, Any] = {}
        writer = self._writer()
        if purge_step is not None:
            for event in summaries.purges(purge_step):
                writer.add_event(event)

    def get_logdir(self) -> str:
        """Return the folder."""
        return self.log_dir

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """Write a number.

        Args:
            tag: Its name; what is before a "/" groups names.
            scalar_value: A number, or a tensor or array of one element.
            global_step: The step that it belongs to.
            walltime: The time, in seconds since 1970, in place of now.
            new_style: Whether it is written as a tensor.
            double_precision: Whether that tensor is float64.

        Raises:
            ValueError: There is not exactly one element.
        """
        self._add(summaries.scalar(tag, scalar_value, new_style, double_precision), global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Write numbers that TensorBoard shows in one chart, each into a folder of its own.

        Args:
            main_tag: The name of the chart.
            tag_scalar_dict: The numbers by name.
            global_step: As in `add_scalar`.
            walltime: As in `add_scalar`.

        Raises:
            ValueError: A value has not exactly one element.
        """
        for name, value in tag_scalar_dict.items():
            folder = f"{self.log_dir}/{main_tag.replace('/', '_')}_{name}"
            self._add(summaries.scalar(main_tag, value), global_step, walltime, folder)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: str | int | Sequence[float] = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Write how values are distributed.

        Args:
            tag: Its name.
            values: A tensor or an array; what is not finite is left out.
            global_step: As in `add_scalar`.
            bins: "tensorflow" (bounds that grow by a tenth), or what `numpy.histogram` takes.
            walltime: As in `add_scalar`.
            max_bins: The most bins.

        Raises:
            ValueError: No value is finite.
        """
        self._add(summaries.histogram(tag, values, bins, max_bins), global_step, walltime)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Write a picture.

        Args:
            tag: Its name.
            img_tensor: Numbers in [0, 1], or uint8.
            global_step: As in `add_scalar`.
            walltime: As in `add_scalar`.
            dataformats: What its dimensions are: "CHW", "HWC" or "HW" in any order.

        Raises:
            ValueError: The dimensions are others.
        """
        self._add(summaries.image(tag, img_tensor, dataformats), global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Write pictures as one, in rows of eight.

        Args:
            tag: Its name.
            img_tensor: As in `add_image`, with a dimension N.
            global_step: As in `add_scalar`.
            walltime: As in `add_scalar`.
            dataformats: What its dimensions are, as "NCHW".

        Raises:
            ValueError: The dimensions are others.
        """
        self.add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Write a figure of matplotlib, or a list of figures of one size, as a picture.

        Args:
            tag: Its name.
            figure: The figure.
            global_step: As in `add_scalar`.
            close: Whether it is closed afterwards.
            walltime: As in `add_scalar`.
        """
        figures = figure if isinstance(figure, list) else [figure]
        pictures = np.stack([summaries.drawn(one, close) for one in figures])
        self.add_image(tag, pictures, global_step, walltime, "NHWC")

    def add_text(
        self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """Write a text, which TensorBoard reads as Markdown.

        Args:
            tag: Its name.
            text_string: The text.
            global_step: As in `add_scalar`.
            walltime: As in `add_scalar`.
        """
        self._add(summaries.text(tag, text_string), global_step, walltime)

    def add_graph(
        self, model: Module, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """Write the operations of a model, in boxes for its layers.

        Args:
            model: The model; it is run once in evaluation mode.
            input_to_model: Its input, or a tuple of inputs.
            verbose: Whether the graph is printed too.
            use_strict_trace: Taken for torch's sake: dicts and lists are always allowed.

        Raises:
            TypeError: There is no input.
            ValueError: No output depends on an input or a parameter by operations that have gradients.
        """
        if input_to_model is None:
            raise TypeError("add_graph(): expected input_to_model, the input that the model is run with, got None")
        definition = graph_definition(model, input_to_model)
        if verbose:
            print(definition)
        self._writer().add_event(summaries.graph(definition))

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, Any],
        hparam_domain_discrete: Mapping[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Write the hyperparameters of a run and what came out, for TensorBoard's table of runs.

        Args:
            hparam_dict: Numbers, texts, truth values or tensors of one element by name; None is left out.
            metric_dict: Results by name, written as scalars too.
            hparam_domain_discrete: All values that a hyperparameter may have, by name.
            run_name: The name of a folder in the writer's; the time by default.
            global_step: As in `add_scalar`.

        Raises:
            TypeError: An argument is no dict, or a domain is no list of values of the hyperparameter's type.
            ValueError: A hyperparameter is of another type.
        """
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        parts = summaries.hparams(hparam_dict, metric_dict, hparam_domain_discrete or {})
        folder = os.path.join(self.log_dir, run_name or str(time.time()))
        for part in [*parts, *(summaries.scalar(name, value) for name, value in metric_dict.items())]:
            self._add(part, global_step, None, folder)
        self._writers.pop(folder).close()

    def flush(self) -> None:
        """Write all events that wait."""
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """Write all events and close the files; a later call of another method opens new ones."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def __enter__(self) -> SummaryWriter:
        """Return the writer."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the files."""
        self.close()

    def _get_file_writer(self) -> FileWriter:
        """Return what takes messages that are ready, under torch's name."""
        return FileWriter(self)

    def _writer(self, folder: str | None = None) -> Any:
        """Return the writer of a folder."""
        folder = folder or self.log_dir
        if folder not in self._writers:
            kind = summaries.writer_class()
            self._writers[folder] = kind(folder, self.max_queue, self.flush_secs, self.filename_suffix)
        return self._writers[folder]

    def _add(self, summary: Any, step: int | None, walltime: float | None, folder: str | None = None) -> None:
        self._writer(folder).add_event(summaries.event(summary, step, walltime))
