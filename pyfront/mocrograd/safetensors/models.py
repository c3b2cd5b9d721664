"""Saving and loading models whose tensors share memory."""

from __future__ import annotations

import os
from typing import Any

from mocrograd.nn.module import Module
from mocrograd.safetensors.files import load_file, save_file
from mocrograd.safetensors.shared import dropped_names


def save_model(
    model: Module,
    filename: str | os.PathLike[str],
    metadata: dict[str, str] | None = None,
    force_contiguous: bool = True,
) -> None:
    """Write the state of a model to a file, memory that several names share once.

    Args:
        model: The model.
        filename: The file's path.
        metadata: Text to keep with the tensors, by name. Names that are left out are added, each with the name under
            which its memory is.
        force_contiguous: Whether to write tensors row-major that are not.

    Raises:
        RuntimeError: Tensors share memory, and none covers all of it.
        ValueError: A tensor is not contiguous, and `force_contiguous` is False.

    Example:
        >>> from mocrograd import nn, safetensors
        >>> model = nn.Linear(3, 2)
        >>> safetensors.save_model(model, "model.safetensors")
        >>> sorted(safetensors.load_file("model.safetensors"))
        ['bias', 'weight']
    """
    state = model.state_dict()
    for kept, names in dropped_names(state).items():
        metadata = dict.fromkeys(names, kept) | (metadata or {})
        for name in names:
            del state[name]
    tensors = {name: tensor.contiguous() if force_contiguous else tensor for name, tensor in state.items()}
    try:
        save_file(tensors, filename, metadata)
    except ValueError as error:
        if force_contiguous:
            raise
        raise ValueError(f"{error} Or use save_model(..., force_contiguous=True).") from None


def load_model(
    model: Module, filename: str | os.PathLike[str], strict: bool = True, device: Any = "cpu", *, backend: str = "mmap"
) -> tuple[set[str], list[str]]:
    """Load the state of a model from a file that `save_model` wrote.

    Args:
        model: The model.
        filename: The file's path.
        strict: Whether names that are missing or left over are an error.
        device: Where the tensors of the file are made, before the model takes their values.
        backend: "mmap" or "pread"; the file is read with either.

    Returns:
        The names of the model that were not loaded, and those of the file that were not used.

    Raises:
        RuntimeError: Shapes differ, or with `strict`, names do.
        SafetensorError: It is no such file, or is damaged.

    Example:
        >>> from mocrograd import nn, safetensors
        >>> safetensors.save_model(nn.Linear(3, 2), "model.safetensors")
        >>> safetensors.load_model(nn.Linear(3, 2), "model.safetensors")
        (set(), [])
    """
    tensors = load_file(filename, device=device, backend=backend)
    dropped = dropped_names(model.state_dict(), preferred=tensors)
    absent, unexpected = model.load_state_dict(tensors, strict=False)
    missing = set(absent)
    for names in dropped.values():
        unexpected += [name for name in names if name not in missing]
        missing.difference_update(names)
    if strict and (missing or unexpected):
        lines = [f"Error(s) in loading state_dict for {type(model).__name__}:"]
        for title, wrong in (("Missing", sorted(missing)), ("Unexpected", sorted(unexpected))):
            if wrong:
                lines.append(f"    {title} key(s) in state_dict: " + ", ".join(f'"{name}"' for name in wrong))
        raise RuntimeError("\n".join(lines))
    return missing, unexpected
