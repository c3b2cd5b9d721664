"""NCCL, which moves data between NVIDIA's GPUs: its library, by the C interface of nccl.h, and its numbers."""

from __future__ import annotations

import ctypes
import os.path
from importlib import util
from typing import Any

from mocrograd import dtypes
from mocrograd.distributed.reductions import ReduceOp

ID_BYTES = 128
"""The size of ncclUniqueId."""
BYTE = 1
"""ncclUint8, by which data that is not computed with is moved."""
IN_PROGRESS = 7
"""ncclInProgress."""

_TYPES = {
    "int8": 0, "uint8": 1, "bool": 1, "int32": 2, "int64": 4, "float16": 6, "float32": 7, "float64": 8, "bfloat16": 9,
    "complex64": 7, "complex128": 8,
}  # fmt: skip
_OPS = {ReduceOp.SUM: 0, ReduceOp.PRODUCT: 1, ReduceOp.MAX: 2, ReduceOp.MIN: 3, ReduceOp.AVG: 4}
_OF_BOOLS = {ReduceOp.SUM: ReduceOp.MAX, ReduceOp.PRODUCT: ReduceOp.MIN}


class UniqueId(ctypes.Structure):
    """ncclUniqueId, by which the members of a communicator find each other."""

    _fields_ = (("internal", ctypes.c_byte * ID_BYTES),)


_ADDRESS, _COUNT, _INT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "ncclGetUniqueId": (ctypes.POINTER(UniqueId),),
    "ncclCommInitRank": (ctypes.POINTER(_ADDRESS), _INT, UniqueId, _INT),
    "ncclCommDestroy": (_ADDRESS,),
    "ncclCommAbort": (_ADDRESS,),
    "ncclCommGetAsyncError": (_ADDRESS, ctypes.POINTER(_INT)),
    "ncclGroupStart": (),
    "ncclGroupEnd": (),
    "ncclAllReduce": (_ADDRESS, _ADDRESS, _COUNT, _INT, _INT, _ADDRESS, _ADDRESS),
    "ncclReduce": (_ADDRESS, _ADDRESS, _COUNT, _INT, _INT, _INT, _ADDRESS, _ADDRESS),
    "ncclBroadcast": (_ADDRESS, _ADDRESS, _COUNT, _INT, _INT, _ADDRESS, _ADDRESS),
    "ncclAllGather": (_ADDRESS, _ADDRESS, _COUNT, _INT, _ADDRESS, _ADDRESS),
    "ncclReduceScatter": (_ADDRESS, _ADDRESS, _COUNT, _INT, _INT, _ADDRESS, _ADDRESS),
    "ncclSend": (_ADDRESS, _COUNT, _INT, _INT, _ADDRESS, _ADDRESS),
    "ncclRecv": (_ADDRESS, _COUNT, _INT, _INT, _ADDRESS, _ADDRESS),
}


class Library:
    """The functions of NCCL; a code other than success becomes an exception."""

    def __init__(self) -> None:
        self._functions = _open()
        for name, arguments in _SIGNATURES.items():
            function = getattr(self._functions, name)
            function.argtypes, function.restype = arguments, _INT
        for name, argument in (("ncclGetErrorString", _INT), ("ncclGetLastError", _ADDRESS)):
            function = getattr(self._functions, name)
            function.argtypes, function.restype = (argument,), ctypes.c_char_p

    def call(self, what: str, name: str, *arguments: Any) -> None:
        """Call a function.

        Args:
            what: What this process does, for messages.
            name: The function.
            arguments: Its arguments.

        Raises:
            RuntimeError: It returned an error.
        """
        status = getattr(self._functions, name)(*arguments)
        if status:
            raise self.fault(what, name, status)

    def fault(self, what: str, name: str, status: int) -> RuntimeError:
        """Return the exception of a code, with NCCL's words."""
        text = self._functions.ncclGetErrorString(status).decode()
        last = (self._functions.ncclGetLastError(None) or b"").decode().strip()
        return RuntimeError(f"{what}: {name} failed with NCCL's code {status}, {text}{last and f': {last}'}")


_loaded: list[Library] = []


def load() -> Library:
    """Return NCCL.

    Raises:
        ImportError: It is not installed, or is too old.
    """
    if not _loaded:
        try:
            _loaded.append(Library())
        except AttributeError as fault:
            raise ImportError(f"this NCCL is too old for mocrograd: {fault}") from fault
    return _loaded[0]


def is_installed() -> bool:
    """Return whether NCCL can be loaded."""
    try:
        load()
    except ImportError:
        return False
    return True


def _open() -> ctypes.CDLL:
    faults = []
    for path in ("libnccl.so.2", *_installed()):
        try:
            return ctypes.CDLL(path)
        except OSError as fault:
            faults.append(str(fault))
    raise ImportError(
        "exchanges of GPU tensors need NVIDIA's NCCL: pip install nvidia-nccl-cu12 (nvidia-nccl-cu13 for CUDA 13), or "
        f"load your cluster's ({'; '.join(faults)})"
    )


def _installed() -> list[str]:
    """Return the library of NVIDIA's packages for pip, where one is installed."""
    try:
        spec = util.find_spec("nvidia.nccl")
    except ModuleNotFoundError:
        return []
    folders = [] if spec is None else spec.submodule_search_locations or []
    paths = [os.path.join(folder, "lib", "libnccl.so.2") for folder in folders]
    return [path for path in paths if os.path.exists(path)]


def reduction(op: ReduceOp, dtype: dtypes.dtype) -> tuple[int, int, int]:
    """Return NCCL's type and operation for elements, and how many of its elements one of them is.

    Args:
        op: torch's name.
        dtype: The type of the elements; a complex number is two parts.

    Raises:
        TypeError: `op` is no ReduceOp.
        RuntimeError: There is no such operation on this type.
        NotImplementedError: NCCL has none.
    """
    if not isinstance(op, ReduceOp):
        raise TypeError(f"expected a ReduceOp, got {op!r}")
    if op is ReduceOp.AVG and not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"Cannot use ReduceOp.AVG with elements of {dtype.name}")
    linear = op in (ReduceOp.SUM, ReduceOp.AVG)
    if op not in _OPS or dtype.name not in _TYPES or (dtype.is_complex and not linear):
        raise NotImplementedError(f"ReduceOp.{op.name} with elements of {dtype.name}: NCCL has no such operation")
    if dtype is dtypes.bool_:
        op = _OF_BOOLS.get(op, op)
    return _TYPES[dtype.name], _OPS[op], 2 if dtype.is_complex else 1
