"""Names of trained weights: where their files are, and how images are prepared for them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from enum import Enum
from typing import Any

from mocrograd.nn import Module
from mocrograd.tensor import Tensor
from mocrograd.transforms import CenterCrop, Compose, Normalize, Resize, ToTensor

_SERVER = "https://download.pytorch.org/models/"


class WeightsEnum(Enum):
    """Base class of the weights of a model; the value of a member is the name of its file."""

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"{_SERVER}{self.value}"

    def get_state_dict(self, progress: bool = True, check_hash: bool = True) -> dict[str, Tensor]:
        """Load the weights; a file that is not in the cache of `torch.hub` is downloaded.

        Args:
            progress: Whether to show a bar.
            check_hash: Whether to compare the file with the checksum in its name.
        """
        from mocrograd.torch import hub

        loaded: dict[str, Tensor] = hub.load_state_dict_from_url(self.url, progress=progress, check_hash=check_hash)
        return loaded

    def transforms(self) -> Compose:
        """Return what prepares an image for the weights."""
        size = 232 if self.name == "IMAGENET1K_V2" else 256
        return Compose(
            [Resize(size), CenterCrop(224), ToTensor(), Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
        )


def weights_of(name: str, module: str, files: Mapping[str, str]) -> Any:
    """Make the class of a model's weights; the last one is its DEFAULT.

    Args:
        name: The name of the class.
        module: The module where it is bound.
        files: The names of the weights, and of their files.
    """
    members = {**files, "DEFAULT": list(files.values())[-1]}
    return WeightsEnum(name, members, module=module)  # type: ignore[call-arg]


def build(model: Module, weights: Any, kind: Any, progress: bool, pretrained: bool | None) -> Any:
    """Load trained weights into a model where some are asked for.

    Args:
        model: The model.
        weights: A member of `kind`, its name, or None.
        kind: The class of the model's weights.
        progress: Whether a download shows a bar.
        pretrained: The older argument: True stands for IMAGENET1K_V1.

    Returns:
        The model.

    Raises:
        KeyError: There are no weights of that name.
        TypeError: The weights are those of another model.
    """
    if pretrained is not None:
        warnings.warn("the argument pretrained is deprecated; use weights instead", UserWarning, stacklevel=3)
        weights = kind.IMAGENET1K_V1 if pretrained else None
    if isinstance(weights, str):
        weights = kind[weights.rpartition(".")[2]]
    if weights is None:
        return model
    if not isinstance(weights, kind):
        raise TypeError(
            f"Invalid Weight class provided; expected {kind.__name__} but received {type(weights).__name__}."
        )
    model.load_state_dict(weights.get_state_dict(progress))
    return model
