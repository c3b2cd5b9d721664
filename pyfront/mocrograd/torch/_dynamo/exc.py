"""What torch's compiler raises."""

from mocrograd.errors import InvalidBackend as InvalidBackend


class TorchDynamoException(RuntimeError):
    """Something went wrong in torch's compiler."""


class Unsupported(TorchDynamoException):
    """Bytecode that torch's compiler does not take."""
