"""torch's own kernels for NVIDIA's GPUs, which are not used; their switches may be set."""

from types import SimpleNamespace

matmul = SimpleNamespace(allow_tf32=False)


def is_built() -> bool:
    """Return False."""
    return False
