"""NVIDIA's library of layers, which is not used; its switches may be set."""

enabled = False
benchmark = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """Return False."""
    return False


def version() -> None:
    """Return None."""
