"""Intel's library of layers, which is not used; its switch may be set."""

enabled = False


def is_available() -> bool:
    """Return False."""
    return False
