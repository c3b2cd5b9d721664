"""The names of operations: which public function a frame of Python runs."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from functools import cache
from typing import Any

from mocrograd import linalg, ops, special
from mocrograd.nn import functional
from mocrograd.ops.activation import log_sigmoid
from mocrograd.ops.arithmetic import plain_add, plain_div, plain_sub
from mocrograd.ops.attention import Attention, SelfAttention
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.loss import BinaryCrossEntropy, Variance
from mocrograd.ops.normalization import batch_norm
from mocrograd.ops.recurrent import Recurrent
from mocrograd.tensor import Tensor

READS = {
    "item", "tolist", "numpy", "__array__", "__bool__", "__float__", "__int__", "__index__", "__format__", "__dlpack__",
    "is_nonzero", "equal", "allclose",
}  # fmt: skip
"""The methods by which Python learns the numbers of a tensor."""
_QUIET = {
    "checked", "writing", "dim", "ndim", "size", "shape", "numel", "stride", "is_contiguous", "is_floating_point",
    "get_device", "is_cpu", "is_cuda", "element_size", "requires_grad_", "data_ptr", "nelement", "ndimension",
    "is_same_size", "is_signed", "is_tensor", "type", "itemsize", "nbytes", "is_leaf", "storage_offset", "retains_grad",
    "_changed", "_set_data", "_shared_stamp", "_version", "_refuse_grad", "_make_subclass", "Tensor", "backward",
    "register_hook", "retain_grad", "register_post_accumulate_grad_hook", "__len__", "__dlpack_device__", "_as_numpy",
    "broadcast_shapes", "can_cast", "promote_types", "result_type", "set_printoptions", "__repr__", "__iter__",
    "method", "attribute", "alias", "fresh", "view_of",
}  # fmt: skip
"""Functions beside operations: they tell about a tensor what is no number of it."""

Key = tuple[types.CodeType, tuple[int, ...]]


def key_of(code: types.CodeType, values: dict[str, Any]) -> Key:
    """Return what tells a function from others that a maker made of the same code: the values that it closes over."""
    return code, tuple([id(values[name]) for name in code.co_freevars if name in values])


@cache
def operations() -> dict[Key, list[str]]:
    """Return the names of each operation, in nn.functional with "F." before."""
    found: dict[Key, list[str]] = {}
    for name, function in _functions():
        function = inspect.unwrap(function)
        code = function.__code__
        cells = {n: c.cell_contents for n, c in zip(code.co_freevars, function.__closure__ or ())}
        if name not in _QUIET:
            prefix = "F." if f"{functional.__name__}." in function.__module__ else ""
            found.setdefault(key_of(code, cells), []).append(prefix + name)
    return found


def _functions() -> Iterator[tuple[str, Any]]:
    yield "batch_norm", batch_norm  # layers call it, and nodes, past the functions of public names
    for node in (Attention, BinaryCrossEntropy, Recurrent, SelfAttention, Variance):
        yield node.__name__, node.forward
    yield "F.logsigmoid", log_sigmoid
    for name, function in (("add", plain_add), ("sub", plain_sub), ("div", plain_div), ("to", to_dtype)):
        yield name, function
    for space in (ops, functional, linalg, special):
        for name, thing in vars(space).items():
            if isinstance(thing, types.FunctionType):
                yield ("linalg." if space is linalg else "") + name, thing
                if hasattr(thing, "in_place"):
                    yield name + "_", thing.in_place
    for name, thing in vars(Tensor).items():
        function = thing.fget if isinstance(thing, property) else thing
        if isinstance(function, types.FunctionType):
            yield name, function
