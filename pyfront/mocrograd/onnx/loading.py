"""`load`: a module from an ONNX file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

try:
    import onnx
    import onnx.inliner
    from google.protobuf.message import DecodeError
except ImportError as error:
    raise ImportError(f'mocrograd.onnx needs the package onnx: pip install "mocrograd[onnx]" ({error})') from error

from mocrograd.onnx.errors import InvalidModelError
from mocrograd.onnx.load_module import LoadedModel
from mocrograd.onnx.operators import OPERATORS

__all__ = ["load"]

OPSETS = range(7, 29)
_CHECKED_BYTES = 2**31 - 1
"""Protobuf serialises no more than this, which the checker needs."""
_MOST_NODES = 1_000_000


def load(f: Any) -> LoadedModel:
    """Return a module that computes what an ONNX model says.

    Initializers of floats become parameters, under their names; a dot in a name is a submodule, so that the state dict
    has the names of the model that was exported. Running statistics, floats that are not finite and other dtypes become
    buffers. Scalars, and lists of at most 64 numbers that are no weights, such as sizes and axes, are part of the
    program. The module is in evaluation mode; after `train()`, dropout is active and batch normalisation uses and
    updates statistics. float16 and other dtypes without tensors become wider ones.

    Args:
        f: A path, a file that is open for reading bytes, the bytes, or an `onnx.ModelProto`. External data are
            read from the folder of a path.

    Returns:
        The module, with `input_names` and `output_names`.

    Raises:
        InvalidModelError: It is no valid ONNX model.
        UnsupportedNodeError: A node has an operator, a version, an attribute or a dtype that is not supported.
        OSError: The file cannot be read.

    Warns:
        UserWarning: The model computes in dtypes without tensors; wider ones stand in.

    Example:
        >>> import mocrograd as mg
        >>> exported = mg.onnx.export(mg.nn.Linear(3, 2).eval(), (mg.ones(1, 3),), "linear.onnx")
        >>> loaded = mg.onnx.load("linear.onnx")
        >>> loaded(mg.zeros(1, 3)).shape
        mocrograd.Size([1, 2])
    """
    model, folder = _read(f)
    _check_opset(model)
    for tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _read_external(tensor, folder)
    if model.ByteSize() <= _CHECKED_BYTES:
        try:
            onnx.checker.check_model(model)
        except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
            raise InvalidModelError(f"no valid ONNX model: {error}") from error
    return LoadedModel(_inlined(model))


def _read(f: Any) -> tuple[onnx.ModelProto, Path | None]:
    """Return a model, and the folder that external data may be in."""
    if isinstance(f, onnx.ModelProto):
        copy = onnx.ModelProto()
        copy.CopyFrom(f)
        return copy, None
    folder = None
    if isinstance(f, (str, os.PathLike)):
        folder = Path(f).resolve().parent
        data = Path(f).read_bytes()
    elif isinstance(f, (bytes, bytearray, memoryview)):
        data = bytes(f)
    elif hasattr(f, "read"):
        data = f.read()
        if not isinstance(data, bytes):
            raise TypeError(
                f"load(): expected a file that is open for reading bytes, but read() gave {type(data).__name__}"
            )
    else:
        raise TypeError(f"load(): expected a path, a file, bytes or an onnx.ModelProto, got {type(f).__name__}")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except (DecodeError, RecursionError) as error:
        raise InvalidModelError(f"no ONNX model: {error}") from error
    return model, folder


def _check_opset(model: onnx.ModelProto) -> None:
    if not model.HasField("graph") or not model.opset_import:
        raise InvalidModelError("no ONNX model: it has no graph or names no set of operators")
    version = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), None)
    if version is not None and version not in OPSETS:
        raise InvalidModelError(
            f"the model is of opset {version}; opsets {OPSETS.start} to {OPSETS.stop - 1} are supported"
        )


# ----------------------------------------------------------------------------------- external data


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield all tensors of a graph and of the graphs in its nodes."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from _tensors(inner)


def _read_external(tensor: onnx.TensorProto, folder: Path | None) -> None:
    """Put the bytes of another file into a tensor.

    Raises:
        InvalidModelError: The file is outside of the folder, is no plain file or has too few bytes.
    """
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location, where = entries.get("location", ""), f"external data of {tensor.name!r}"
    if folder is None:
        raise InvalidModelError(f"{where} are in {location!r}: load the model by its path to read them")
    path = (folder / location).resolve()
    if not location or folder not in path.parents:
        raise InvalidModelError(f"{where} are in {location!r}, which is outside of the model's folder")
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", -1))
        with path.open("rb") as file:
            size = os.fstat(file.fileno())
            if not stat.S_ISREG(size.st_mode):
                raise InvalidModelError(f"{where}: {location!r} is no plain file")
            length = size.st_size - offset if length < 0 else length
            if offset < 0 or length < 0 or offset + length > size.st_size:
                raise InvalidModelError(
                    f"{where}: expected bytes {offset} to {offset + length} of {location!r}, which has {size.st_size}"
                )
            file.seek(offset)
            tensor.raw_data = file.read(length)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidModelError):
            raise
        raise InvalidModelError(f"{where}: cannot read {location!r}: {error}") from error
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")


# ----------------------------------------------------------------------------------- functions


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """Replace calls of the model's functions, and of operators that ONNX defines by others, by what they compute."""
    if model.functions:
        _check_functions(model)
        model = onnx.inliner.inline_local_functions(model)
    unknown = sorted({n.op_type for n in _nodes(model.graph) if n.domain in ("", "ai.onnx")} - set(OPERATORS))
    if unknown:
        ids = [("", name) for name in unknown]
        try:
            return onnx.inliner.inline_selected_functions(model, ids, inline_schema_functions=True)
        except RuntimeError:
            return model  # whose node is then named as one that is not supported
    return model


def _check_functions(model: onnx.ModelProto) -> None:
    """Refuse functions that are too large once their calls are replaced."""
    functions = {(f.domain, f.name): f for f in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def counted(nodes: Iterable[onnx.NodeProto]) -> int:
        total = 0
        for key in [(n.domain, n.op_type) for n in nodes]:
            if key in functions and key not in sizes:
                sizes[key] = counted(functions[key].node)
            total += sizes.get(key, 1)
        return total

    try:
        total = counted(_nodes(model.graph))
    except RecursionError as error:
        raise InvalidModelError("no valid ONNX model: its functions call each other too deeply") from error
    if total > _MOST_NODES:
        raise InvalidModelError(f"the model has {total} nodes once its functions are replaced, at most {_MOST_NODES}")


def _nodes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Yield all nodes of a graph and of the graphs in them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [attribute.g] if attribute.HasField("g") else attribute.graphs:
                yield from _nodes(inner)
