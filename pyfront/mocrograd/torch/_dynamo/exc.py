"""What torch's compiler raises."""


class TorchDynamoException(RuntimeError):
    """Something went wrong in torch's compiler."""


class Unsupported(TorchDynamoException):
    """Bytecode that torch's compiler does not take."""
