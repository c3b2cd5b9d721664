"""The messages that TensorBoard reads, made from values."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mocrograd.tensor import Tensor
from mocrograd.utils.pictures import png

_COLUMNS = 8
"""Pictures in a row."""


def writer_class() -> Any:
    """Return the class of TensorBoard's writers of event files.

    Raises:
        ImportError: The package tensorboard is not installed.
    """
    try:
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as fault:
        raise ImportError('SummaryWriter needs tensorboard: pip install "mocrograd[tensorboard]"') from fault
    return EventFileWriter


def event(summary: Any, step: int | None, walltime: float | None) -> Any:
    """Return an event with a summary."""
    from tensorboard.compat.proto.event_pb2 import Event

    made = Event(summary=summary, wall_time=time.time() if walltime is None else walltime)
    if step is not None:
        made.step = int(step)
    return made


def purges(step: int) -> tuple[Any, Any]:
    """Return the events that hide what earlier files have from a step on."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog

    start = Event(step=step, wall_time=time.time(), session_log=SessionLog(status=SessionLog.START))
    return Event(step=step, wall_time=time.time(), file_version="brain.Event:2"), start


def scalar(tag: str, value: Any, new_style: bool = False, double_precision: bool = False) -> Any:
    """Return a number's summary.

    Raises:
        ValueError: There is not exactly one element.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    numbers = array(value)
    if numbers.size != 1:
        raise ValueError(f"add_scalar(): {tag!r} should have one element, got shape {list(numbers.shape)}")
    number = float(numbers.reshape(()))
    if not new_style:
        return Summary(value=[Summary.Value(tag=tag, simple_value=number)])
    tensor = TensorProto(dtype="DT_FLOAT", float_val=[number])
    if double_precision:
        tensor = TensorProto(dtype="DT_DOUBLE", double_val=[number])
    data = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    return Summary(value=[Summary.Value(tag=tag, tensor=tensor, metadata=data)])


def histogram(tag: str, values: Any, bins: str | int | Sequence[float], max_bins: int | None) -> Any:
    """Return the summary of a distribution.

    Raises:
        ValueError: No value is finite.
    """
    from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary

    numbers = array(values).reshape(-1).astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        raise ValueError(f"add_histogram(): {tag!r} has no finite value")
    counts, limits = np.histogram(numbers, _bounds() if isinstance(bins, str) and bins == "tensorflow" else bins)
    if max_bins is not None and len(counts) > max_bins:
        step = -(-len(counts) // max_bins)
        starts = np.arange(0, len(counts), step)
        counts, limits = np.add.reduceat(counts, starts), np.append(limits[starts], limits[-1])
    full = np.flatnonzero(counts)
    first, last = (full[0], full[-1]) if full.size else (0, len(counts) - 1)
    # TensorBoard takes right bounds alone: an empty bin before the first says where that one starts.
    content = HistogramProto(
        min=numbers.min(),
        max=numbers.max(),
        num=numbers.size,
        sum=numbers.sum(),
        sum_squares=numbers @ numbers,
        bucket_limit=limits[first : last + 2].tolist(),
        bucket=[0, *counts[first : last + 1].tolist()],
    )
    return Summary(value=[Summary.Value(tag=tag, histo=content)])


def image(tag: str, values: Any, dimensions: str) -> Any:
    """Return a picture's summary.

    Raises:
        ValueError: The dimensions are others.
    """
    from tensorboard.compat.proto.summary_pb2 import Summary

    pixels = _rows_of_colours(array(values), dimensions.upper())
    if pixels.dtype != np.uint8:
        pixels = (pixels.astype(np.float32) * 255.0).clip(0, 255).astype(np.uint8)
    height, width, channels = pixels.shape
    content = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=png(pixels))
    return Summary(value=[Summary.Value(tag=tag, image=content)])


def text(tag: str, content: str) -> Any:
    """Return a text's summary."""
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

    data = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    tensor = TensorProto(dtype="DT_STRING", string_val=[content.encode()], tensor_shape=shape)
    return Summary(value=[Summary.Value(tag=f"{tag}/text_summary", metadata=data, tensor=tensor)])


def graph(definition: Any) -> Any:
    """Return the event with a graph."""
    from tensorboard.compat.proto.event_pb2 import Event

    return Event(graph_def=definition.SerializeToString(), wall_time=time.time())


def hparams(values: dict[str, Any], results: dict[str, Any], domains: Mapping[str, list[Any]]) -> list[Any]:
    """Return the summaries of hyperparameters: which there are, those of this run, and that it has ended.

    Raises:
        TypeError: A domain is no list of values of the hyperparameter's type.
        ValueError: A hyperparameter is of another type.
    """
    from google.protobuf.struct_pb2 import ListValue, Value
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

    for name, domain in domains.items():
        if name not in values or not isinstance(domain, list) or {type(v) for v in domain} - {type(values[name])}:
            raise TypeError(f"hparam_domain_discrete[{name}] should be a list of same type as hparam_dict[{name}].")
    session, found = plugin_data_pb2.SessionStartInfo(), []
    for name, value in values.items():
        if value is None:
            continue
        kind, field, plain = _hyperparameter(name, value)
        setattr(session.hparams[name], field, plain)
        options = [Value(**{field: other}) for other in domains.get(name, [])]
        allowed = ListValue(values=options) if options else None
        found.append(api_pb2.HParamInfo(name=name, type=api_pb2.DataType.Value(kind), domain_discrete=allowed))
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in results]
    experiment = api_pb2.Experiment(hparam_infos=found, metric_infos=metrics)
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.Status.Value("STATUS_SUCCESS"))
    return [
        _hparams_part(metadata.EXPERIMENT_TAG, experiment=experiment),
        _hparams_part(metadata.SESSION_START_INFO_TAG, session_start_info=session),
        _hparams_part(metadata.SESSION_END_INFO_TAG, session_end_info=end),
    ]


def _hparams_part(tag: str, **content: Any) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    data = plugin_data_pb2.HParamsPluginData(version=metadata.PLUGIN_DATA_VERSION, **content).SerializeToString()
    plugin = SummaryMetadata.PluginData(plugin_name=metadata.PLUGIN_NAME, content=data)
    return Summary(value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))])


def _hyperparameter(name: str, value: Any) -> tuple[str, str, Any]:
    """Return a hyperparameter's type, its field in messages, and its value.

    Raises:
        ValueError: It is none of the allowed types.
    """
    if isinstance(value, bool):
        return "DATA_TYPE_BOOL", "bool_value", value
    if isinstance(value, str):
        return "DATA_TYPE_STRING", "string_value", value
    if isinstance(value, int | float | Tensor | np.number):
        return "DATA_TYPE_FLOAT64", "number_value", float(value)
    raise ValueError(
        f"add_hparams(): {name!r} should be an int, a float, a str, a bool or a Tensor, got {type(value).__name__}"
    )


def drawn(figure: Any, close: bool) -> np.ndarray:
    """Return a figure of matplotlib as pixels, (height, width, 3)."""
    from matplotlib import pyplot
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.array(canvas.buffer_rgba())[:, :, :3]
    if close:
        pyplot.close(figure)
    return pixels


def array(values: Any) -> np.ndarray:
    """Return a tensor, an array or numbers as an array."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def _bounds() -> list[float]:
    """Return TensorFlow's bounds of bins: from 1e-12 on, each a tenth above the one before, and the same below 0."""
    bounds = [1e-12]
    while bounds[-1] * 1.1 < 1e20:
        bounds.append(bounds[-1] * 1.1)
    return [*(-bound for bound in reversed(bounds)), 0.0, *bounds]


def _rows_of_colours(pixels: np.ndarray, dimensions: str) -> np.ndarray:
    """Return pictures as one of shape (height, width, channels)."""
    if sorted(dimensions) not in (sorted("HW"), sorted("CHW"), sorted("NCHW")) or len(dimensions) != pixels.ndim:
        raise ValueError(f"add_image(): dataformats {dimensions!r} does not fit shape {list(pixels.shape)}")
    for missing in "NC":
        if missing not in dimensions:
            pixels, dimensions = pixels[..., None], dimensions + missing
    pictures = pixels.transpose([dimensions.index(name) for name in "NHWC"])
    count, height, width, channels = pictures.shape
    if channels not in (1, 3, 4):
        raise ValueError(f"add_image(): expected 1, 3 or 4 channels, got {channels}")
    if channels == 1:
        pictures = pictures.repeat(3, axis=3)
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    whole = np.zeros((rows * columns, *pictures.shape[1:]), pictures.dtype)
    whole[:count] = pictures
    tiles = whole.reshape(rows, columns, height, width, -1).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(rows * height, columns * width, -1)
