"""Apple's GPUs, which no kernel here runs on."""


def is_available() -> bool:
    """Return False."""
    return False


def is_built() -> bool:
    """Return False."""
    return False
