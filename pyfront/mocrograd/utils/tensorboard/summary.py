"""torch's names of the messages for TensorBoard: what packages add to a file by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocrograd.utils.tensorboard import summaries

__all__ = ["hparams", "scalar", "text"]


def hparams(
    hparam_dict: dict[str, Any],
    metric_dict: dict[str, Any],
    hparam_domain_discrete: Mapping[str, list[Any]] | None = None,
) -> tuple[Any, Any, Any]:
    """Return the summaries of hyperparameters: which there are, those of this run, and that it has ended.

    Args:
        hparam_dict: Numbers, texts, truth values or tensors of one element by name; None is left out.
        metric_dict: Results by name.
        hparam_domain_discrete: All values that a hyperparameter may have, by name.

    Raises:
        TypeError: An argument is no dict, or a domain is no list of values of the hyperparameter's type.
        ValueError: A hyperparameter is of another type.
    """
    if not isinstance(hparam_dict, dict) or not isinstance(metric_dict, dict):
        raise TypeError("parameter: hparam_dict and metric_dict should be a dictionary")
    experiment, start, end = summaries.hparams(hparam_dict, metric_dict, hparam_domain_discrete or {})
    return experiment, start, end


def scalar(
    name: str, tensor: Any, collections: Any = None, new_style: bool = False, double_precision: bool = False
) -> Any:
    """Return a number's summary.

    Args:
        name: Its tag.
        tensor: A number or a tensor of one element.
        collections: No effect.
        new_style: Whether it is written as a tensor.
        double_precision: Whether that has 64 bits.

    Raises:
        ValueError: There is not exactly one element.
    """
    return summaries.scalar(name, tensor, new_style, double_precision)


def text(tag: str, text: str) -> Any:
    """Return a text's summary."""
    return summaries.text(tag, text)
