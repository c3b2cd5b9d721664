"""Functions of torch's compiled layers that packages touch."""

from mocrograd.nn.conversion import parse_to as _parse_to

__all__ = ["_parse_to"]
