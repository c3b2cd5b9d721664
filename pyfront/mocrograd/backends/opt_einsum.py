"""The package that chooses torch's order of products in einsum, which is not used; its switches may be set."""

enabled = False
strategy = None


def is_available() -> bool:
    """Return False."""
    return False
