"""`torch.jit.annotations`: names for annotations, which are Python's."""

from typing import Dict, List, Optional, Tuple, Union  # noqa: UP035

__all__ = ["Dict", "List", "Optional", "Tuple", "Union"]
