"""The Tensor: a strided view of storage on a device, with torch's names.

Data and views are here; ops adds what is computed, and binds it as methods.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from mocrograd import autograd, backend, dtypes, overriding
from mocrograd.autograd.reshaped import tell_of_shape
from mocrograd.backend import recording
from mocrograd.errors import MarkedOperand
from mocrograd.layout import Shape, Size, contiguous_strides, is_contiguous, is_in_format, normalize_dim
from mocrograd.strides import zip_kept

_F = TypeVar("_F", bound=Callable[..., Any])


if TYPE_CHECKING:
    from mocrograd.tensor_methods import TensorMethods as TensorBase  # what ops adds, as scripts/stubs.py writes it
else:
    TensorBase = backend.TensorBase


_READS = "it reads a tensor on the host (numpy(), tolist() or print())"
"""Why what looks at values cannot be replayed."""


class Tensor(TensorBase):
    """An n-dimensional array of one dtype on one device, which can take part in differentiation.

    Make one with `tensor`, `zeros`, `randn`, `from_numpy` and the like.

    Attributes:
        dtype: The type of the elements.
        device: Where they are.
        requires_grad: Whether operations on it are recorded.
        grad: The gradient that backward left here, for a leaf.
        grad_fn: The node that made it, None for a leaf.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        >>> x.shape, x.dtype, x.device
        (mocrograd.Size([2, 2]), mocrograd.float32, device(type='cpu'))
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([[2., 4.],
                [6., 8.]])
    """

    if TYPE_CHECKING:  # the fields, which TensorBase has
        # The elements: `storage` keeps the memory at `address` (of the first element) alive. Kernels follow these
        # fields, so Python cannot set them: `backend.set_memory` does.
        storage: Any
        address: int
        _marked_address: int  # the same, with the marks of conjugate and negative views (ops/_marked.py)
        _marks: int  # those marks alone
        _bare_address: int  # the address without marks
        _shape: Shape
        _strides: Shape
        _size: int
        dtype: dtypes.dtype
        device: backend.device
        # Differentiation.
        requires_grad: bool
        grad: Tensor | None
        grad_fn: Any
        _edge: tuple[Any, int] | None  # (grad_fn, which of its outputs this is)
        _grad_hooks: list[Callable[..., Any]] | None
        _retains_grad: bool
        _stamp: list[int] | None  # the number of the last change in place, shared by all views of the memory
        _is_view: bool
        _dense: bool  # whether it is known to be contiguous
        _base: Tensor | None  # the tensor that this is a view of, where recording was on
    _sparse = False  # whether it is a SparseTensor, of any layout
    _like_sparse: Callable[..., Tensor]  # what `zeros_like` and `empty_like` make of one that is
    _one_of_several = False  # whether one function made several views
    _stands_for: Tensor | None = None  # the tensor in whose memory parts of this copy lie
    __array_priority__ = 1000  # NumPy's operators leave the work to ours

    __hash__ = object.__hash__

    @staticmethod
    def _make_subclass(cls: Any, data: Tensor, requires_grad: bool = False) -> Any:
        """Return an instance of a subclass that shares the memory of `data`."""
        if requires_grad and data.dtype.kind < 2:
            raise RuntimeError(
                f"Only Tensors of floating point and complex dtype can require gradients, got {data.dtype}"
            )
        new = object.__new__(cls)
        new._set_data(data)
        new.requires_grad = requires_grad
        return new

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__torch_function__ is not overriding.disabled_torch_function:
            overriding.install()

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return what a function makes of arguments among which one is of a subclass, as tensors of that subclass.

        Args:
            func: The function.
            types: The classes among the arguments that override functions.
            args: Its arguments.
            kwargs: Its arguments by name.
        """
        if not all(issubclass(cls, kind) for kind in types) or overriding.is_of_torch(func):
            return NotImplemented
        return _of_class(overriding.disabled_torch_function(func, types, args, kwargs), cls)

    def _set_data(self, other: Tensor) -> None:
        backend.set_memory(
            self, other.storage, other._shape, other._strides, other.dtype, other.device,
            other._marked_address or other.address, other._size, other._dense,
        )  # fmt: skip
        self._stamp = other._shared_stamp()

    # ------------------------------------------------------------------------------------- what it is

    @property
    def shape(self) -> Size:
        """The sizes of its dimensions."""
        return Size(self._shape)

    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: int) -> int: ...
    def size(self, dim: int | None = None) -> Size | int:
        """Return the shape, or the size of one dimension.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.ones(2, 3)
            >>> x.size(), x.size(-1)
            (mocrograd.Size([2, 3]), 3)
        """
        if dim is None:
            return Size(self._shape)
        return self._shape[normalize_dim(dim, len(self._shape))]

    @overload
    def stride(self, dim: None = None) -> Shape: ...
    @overload
    def stride(self, dim: int) -> int: ...
    def stride(self, dim: int | None = None) -> Shape | int:
        """Return the strides in elements, or the stride of one dimension.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.ones(2, 3)
            >>> x.stride(), x.T.stride(), x.stride(0)
            ((3, 1), (1, 3), 3)
        """
        if dim is None:
            return self._strides
        return self._strides[normalize_dim(dim, len(self._shape))]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    def dim(self) -> int:
        """Return the number of dimensions.

        Example:
            >>> import mocrograd as mg
            >>> mg.ones(2, 3).dim()
            2
        """
        return len(self._shape)

    def numel(self) -> int:
        """Return the number of elements.

        Example:
            >>> import mocrograd as mg
            >>> mg.ones(2, 3).nelement()
            6
        """
        return self._size

    nelement = numel

    @property
    def itemsize(self) -> int:
        """Bytes per element."""
        return self.dtype.itemsize

    def element_size(self) -> int:
        """Return bytes per element.

        Example:
            >>> import mocrograd as mg
            >>> mg.ones(2).element_size(), mg.ones(2, dtype=mg.float64).element_size()
            (4, 8)
        """
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._size * self.dtype.itemsize

    def data_ptr(self) -> int:
        """Return the address of the first element; 0 without memory.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.arange(4, dtype=mg.float32)
            >>> x[1:].data_ptr() - x.data_ptr()
            4
        """
        return self._bare_address if self.device is not backend.meta else 0

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Return whether the elements lie without gaps, row-major or in the order of a format.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.ones(2, 3)
            >>> x.is_contiguous(), x.T.is_contiguous()
            (True, False)
        """
        if memory_format is not None:
            return is_in_format(self._shape, self._strides, memory_format)
        return self._dense or is_contiguous(self._shape, self._strides)

    def is_floating_point(self) -> bool:
        """Return whether the dtype is a floating one.

        Example:
            >>> import mocrograd as mg
            >>> mg.ones(2).is_floating_point(), mg.arange(2).is_floating_point()
            (True, False)
        """
        return self.dtype.is_floating_point

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.grad_fn is None

    def __len__(self) -> int:
        """Return the size of the first dimension."""
        if not self._shape:
            raise TypeError("len() of a 0-d tensor")
        return self._shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        """Iterate over the first dimension."""
        if not self._shape:
            raise TypeError("iteration over a 0-d tensor")
        if self.requires_grad and autograd.mode.grad:
            return iter(self.unbind())  # whose gradients are written together
        return iter([self[i] for i in range(self._shape[0])])

    def __contains__(self, element: Any) -> bool:
        """Return whether an element equals a number, or one of a tensor that broadcasts with this one.

        Raises:
            RuntimeError: It is neither a number nor a tensor.
        """
        if not isinstance(element, Tensor) and dtypes.scalar_kind(element) < 0:
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
            )
        return bool((self == element).any())

    # ------------------------------------------------------------------------------------- to Python

    def item(self) -> int | float:
        """Return the one element as a Python number, complex for complex dtypes, which is not declared, as in torch.

        Raises:
            RuntimeError: There is not exactly one.

        Example:
            >>> import mocrograd as mg
            >>> mg.tensor([2.5]).item(), mg.tensor(True).item()
            (2.5, True)
        """
        number: Any = backend.number(self)
        if number is not None:
            return number
        if self._size != 1:
            raise RuntimeError(f"a Tensor with {self._size} elements cannot be converted to Scalar")
        recording.cannot_replay("it reads a value on the host (item(), bool(), float() or int() of a tensor)")
        if self._marks:
            return self.clone().item()
        if self.device is backend.cpu:
            return backend.read_scalar(self.address, self.dtype.name)  # type: ignore[return-value]
        if self.device is backend.meta:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors")
        return self.to("cpu").item()

    def tolist(self) -> Any:
        """Return the elements as nested lists of Python numbers.

        Example:
            >>> import mocrograd as mg
            >>> mg.tensor([[1, 2], [3, 4]]).tolist()
            [[1, 2], [3, 4]]
        """
        if self._dense and self._size and self.device is backend.cpu and not self._marks:
            values = backend.read_values(self.address, self.nbytes, self.dtype.name, self._shape)
            if values is not None:
                recording.cannot_replay(_READS)
                return values
        values = self._plain_on_host()
        return (values.float() if self.dtype is dtypes.bfloat16 else values).numpy().tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """Return a NumPy array that shares the memory.

        Elements of bfloat16 have the dtype of ml_dtypes where that is installed; else they are copied to float32.

        Args:
            force: Whether to detach, and copy from the device, where that is needed.

        Raises:
            RuntimeError: The tensor requires a gradient.
            TypeError: It is on a GPU.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.zeros(2)
            >>> x.numpy()[0] = 5
            >>> x
            tensor([5., 0.])
        """
        recording.cannot_replay(_READS)
        if force:
            return self._plain_on_host().numpy()
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.device is not backend.cpu:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor "
                "to host memory first."
            )
        if self._marks:
            what, kind = ("conj", "conjugate") if self._marks & 2 else ("neg", "negative")
            raise MarkedOperand(  # operations that compute with NumPy are called again with copies
                f"Can't call numpy() on Tensor that has {kind} bit set. Use tensor.resolve_{what}().numpy() instead."
            )
        return self._as_numpy()

    def _plain_on_host(self) -> Tensor:
        """Return the elements without history and marks, on the host."""
        values = self.detach().to("cpu")
        return values.clone() if values._marks else values

    def _as_numpy(self) -> np.ndarray[Any, Any]:
        """Return an array over the memory, which is on the host."""
        if self.dtype is dtypes.bfloat16:
            return self._bfloat16_array()
        return np.asarray(_Memory(self)) if self._size else np.empty(self._shape, self.dtype.numpy)

    def _raw_numpy(self) -> np.ndarray[Any, Any]:
        """Return an array over the memory, which is on the host, for its bytes: of int16 for bfloat16."""
        recording.cannot_replay("it reads a tensor's bytes on the host")
        if self.dtype is not dtypes.bfloat16:
            return self._as_numpy()
        return np.asarray(_Memory(self, "<i2")) if self._size else np.empty(self._shape, np.int16)

    def _bfloat16_array(self) -> np.ndarray[Any, Any]:
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            warnings.warn(
                "NumPy has no bfloat16: the array is a copy in float32; it shares memory with `pip install ml_dtypes`",
                stacklevel=3,
            )
            return self.float()._as_numpy()
        return np.asarray(_Memory(self, "<u2")).view(bfloat16) if self._size else np.empty(self._shape, bfloat16)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """Convert for NumPy's functions."""
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"Unable to avoid copy while creating an array of {dtype} as requested.")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(self, **options: Any) -> Any:
        """Return a DLPack capsule that shares the memory.

        Raises:
            BufferError: The elements are conjugates, or negatives, of what memory holds.
        """
        if self._marks:
            kind = "conjugate" if self._marks & 2 else "negative"
            raise BufferError(f"Can't export tensors with the {kind} bit set")
        return self.numpy().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's name of the device."""
        return self.numpy().__dlpack_device__()

    def __bool__(self) -> bool:
        """Return the truth of the one element."""
        if self._size != 1:
            which = "no" if self._size == 0 else "more than one"
            raise RuntimeError(f"Boolean value of Tensor with {which} value{'s' * (self._size == 0)} is ambiguous")
        return bool(self.item())

    def __float__(self) -> float:
        """Return the one element; warn where it loses a gradient.

        Raises:
            RuntimeError: It has an imaginary part.
        """
        self._warn_of_a_lost_gradient()
        return float(dtypes.number(self.item(), dtypes.float64))

    def __complex__(self) -> complex:
        """Return the one element; warn where it loses a gradient."""
        self._warn_of_a_lost_gradient()
        return complex(self.item())

    def __int__(self) -> int:
        """Return the one element, rounded towards zero; warn where it loses a gradient."""
        self._warn_of_a_lost_gradient()
        return int(dtypes.number(self.item(), dtypes.float64) if self.dtype.is_complex else self.item())

    def _warn_of_a_lost_gradient(self) -> None:
        if self.requires_grad and autograd.is_grad_enabled():
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider "
                "using tensor.detach() first.",
                stacklevel=3,
            )

    def __index__(self) -> int:
        """Return the one integer element."""
        if self.dtype.kind >= 2 or self._size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        """Format a tensor without dimensions as its number.

        Raises:
            TypeError: The tensor has dimensions, and there is a format.
        """
        return object.__format__(self, spec) if self._shape else format(self.item(), spec)

    # ------------------------------------------------------------------------------- differentiation

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor to the `grad` of the leaves it depends on; see `autograd.backward`.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
            >>> (x * x).sum().backward()
            >>> x.grad
            tensor([2., 4., 6.])
        """
        autograd.backward(self, gradient, retain_graph, create_graph, inputs)

    def detach(self) -> Tensor:
        """Return a tensor that shares the memory and takes no part in the graph.

        Example:
            >>> import mocrograd as mg
            >>> w = mg.tensor([2.0], requires_grad=True)
            >>> y = w * 3
            >>> y.detach().requires_grad
            False
        """
        self._shared_stamp()
        new: Tensor = backend.new_alias(self)
        return new

    def detach_(self) -> Tensor:
        """Leave the graph; a view goes on sharing memory with its base, as `detach()` of it would.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.tensor([1.0], requires_grad=True)
            >>> y = (x * 2).detach_()
            >>> y.requires_grad
            False
        """
        if self._is_view:  # results of several operations are views here that are none in torch
            self._shared_stamp()
            self._base, self._is_view, self._one_of_several = None, False, False
        self.grad_fn, self._edge, self.requires_grad = None, None, False
        return self

    @property
    def data(self) -> Tensor:
        """The values without the graph, sharing the memory; assigning replaces them.

        Changes of it in place are not counted, so backward does not notice them; those of `detach()` are.
        """
        new = self.detach()
        new._stamp = [0]
        return new

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor) or value._shape is None:
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value.dtype.kind < 2:
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype, "
                f"got {value.dtype}"
            )
        shape, dtype = self._shape, self.dtype
        self._set_data(value)
        if (self._shape, self.dtype) != (shape, dtype):
            self._stamp = None
            self._changed()  # nodes that saved it expect what it was
            if self.grad_fn is not None:
                tell_of_shape(self, shape, dtype)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set whether operations on this leaf are recorded.

        Raises:
            RuntimeError: The dtype is not floating, or an operation made the tensor.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.ones(2).requires_grad_()
            >>> x.requires_grad
            True
        """
        if requires_grad and self.dtype.kind < 2:
            raise RuntimeError(
                f"only Tensors of floating point and complex dtype can require gradients, got {self.dtype}"
            )
        if self.grad_fn is not None and not requires_grad:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        self.requires_grad = requires_grad
        return self

    def _refuse_grad(self, value: object) -> None:
        """Say why an object cannot be the gradient, unless one of the two is sparse: the field `grad` calls it.

        Raises:
            TypeError: It is no tensor.
            RuntimeError: It is the tensor itself, or its shape, dtype or device differ.
        """
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign a tensor as its own grad")
        fields = {"size": (list(self._shape), list(value._shape)), "dtype": (self.dtype, value.dtype)}
        for what, (own, other) in (fields | {"device": (self.device, value.device)}).items():
            if own != other:
                raise RuntimeError(f"assigned grad has data of a different {what}: expected {own}, got {other}")
        if self._sparse or value._sparse:
            return
        raise RuntimeError("assigned grad to a tensor without memory")

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> autograd.HookHandle:
        """Call `hook(grad)` when this tensor's gradient is known; what it returns replaces the gradient.

        Returns:
            A handle whose `remove()` takes the hook away again.

        Raises:
            RuntimeError: The tensor does not require a gradient.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
            >>> handle = x.register_hook(lambda grad: grad * 10)
            >>> x.sum().backward()
            >>> x.grad
            tensor([10., 10.])
            >>> handle.remove()
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is None:
            return autograd.HookHandle(self._leaf_hooks(), hook)
        hooks = self.grad_fn._grad_hooks = self.grad_fn._grad_hooks or {}
        return autograd.HookHandle(hooks.setdefault(self._edge[1] if self._edge else 0, []), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> autograd.HookHandle:
        """Call `hook(tensor)` when a backward has added to the `grad` of this leaf.

        Returns:
            A handle whose `remove()` takes the hook away again.

        Raises:
            RuntimeError: The tensor does not require a gradient, or is no leaf.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
            >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print("gradient:", leaf.grad))
            >>> x.sum().backward()
            gradient: tensor([1., 1.])
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return autograd.HookHandle(self._leaf_hooks(), autograd.PostAccumulateHook(hook))

    def _leaf_hooks(self) -> list[Callable[..., Any]]:
        """Return the list of hooks, the same one for good: compiled functions watch it, also when it is empty."""
        if self._grad_hooks is None:
            self._grad_hooks = []
        return self._grad_hooks

    def retain_grad(self) -> None:
        """Keep the gradient of this result in `grad`, as for a leaf.

        Raises:
            RuntimeError: The tensor does not require a gradient.

        Example:
            >>> import mocrograd as mg
            >>> x = mg.tensor([3.0], requires_grad=True)
            >>> y = x * 2
            >>> y.retain_grad()
            >>> (y * y).backward()
            >>> y.grad
            tensor([12.])
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.grad_fn is None or self._retains_grad:
            return
        self._retains_grad = True
        alias = weakref.ref(self)  # a strong one would keep node and tensor alive together

        def keep(grad: Tensor) -> None:
            tensor = alias()
            if tensor is not None:
                tensor.grad = grad.clone() if tensor.grad is None else tensor.grad + grad

        self.register_hook(keep)

    # ---------------------------------------------------------------------------- changes in place

    def _refuse_address(self) -> int:
        """Refuse to say where the elements are: the field `address` calls it where memory does not hold them.

        Raises:
            MarkedOperand: Always.
        """
        raise MarkedOperand("the elements of a conjugate or negative view are in no memory: resolve_conj() copies them")

    def _shared_stamp(self) -> list[int]:
        if self._stamp is None:
            self._stamp = [0]
        return self._stamp

    @property
    def _version(self) -> int:
        """The number of the last change in place, 0 if there was none."""
        return 0 if self._stamp is None else self._stamp[0]

    def _changed(self) -> None:
        """Note that the elements are changed in place."""
        autograd.clock[0] += 1
        self._shared_stamp()[0] = autograd.clock[0]


class _Memory:
    """What NumPy needs to see a tensor's memory; the array keeps this object, and with it the storage."""

    def __init__(self, tensor: Tensor, typestr: str = "") -> None:
        self.storage = tensor.storage
        itemsize = tensor.dtype.itemsize
        self.__array_interface__ = {
            "version": 3,
            "shape": tensor._shape,
            "typestr": typestr or tensor.dtype.numpy.str,
            "data": (tensor.address, False),
            "strides": None if tensor._dense else tuple([stride * itemsize for stride in tensor._strides]),
        }


def _of_class(result: Any, cls: Any) -> Any:
    """Return tensors, also in lists and tuples, as instances of a subclass."""
    if isinstance(result, Tensor):
        return result if cls is Tensor or isinstance(result, cls) else result.as_subclass(cls)
    if isinstance(result, (list, tuple)):
        made = [_of_class(one, cls) for one in result]
        make = getattr(type(result), "_make", type(result))
        return make(made)
    return result


blank = object.__new__
backend.set_up(Tensor, backend.cpu, zip_kept, *dtypes.ALL)


def fresh(shape: Shape, size: int, dtype: dtypes.dtype, device: backend.device) -> Tensor:
    """Return a contiguous tensor of a shape with `size` elements, whose values are whatever the memory held."""
    if device is backend.cpu:
        on_host: Tensor = backend.new_tensor(shape, contiguous_strides(shape), size, dtype.width, dtype)
        return on_host
    new: Tensor = blank(Tensor)
    storage, address = backend.allocate(size * dtype.width, device)
    backend.set_memory(new, storage, shape, contiguous_strides(shape), dtype, device, address, size, True)
    return new


def fresh_with(shape: Shape, strides: Shape, size: int, dtype: dtypes.dtype, device: backend.device) -> Tensor:
    """Return a tensor as `fresh` does, of any strides that leave no gaps."""
    if device is backend.cpu:
        on_host: Tensor = backend.new_tensor(shape, strides, size, dtype.width, dtype, True)
        return on_host
    new: Tensor = blank(Tensor)
    storage, address = backend.allocate(size * dtype.width, device)
    dense = strides == contiguous_strides(shape)
    backend.set_memory(new, storage, shape, strides, dtype, device, address, size, dense)
    return new


def view_of(base: Tensor, shape: Shape, strides: Shape, offset: int, size: int) -> Tensor:
    """Return a tensor over the memory of `base`, `offset` elements further on. It takes no part in the graph yet."""
    view: Tensor | None = backend.view_of(base, shape, strides, offset * base.dtype.itemsize if offset else 0, size)
    if view is None:
        raise RuntimeError(f"there is no view of {base._stamp}")  # a batched tensor, whose stamp says why
    return view


def method(function: _F) -> _F:
    """Make a function of ops a method of Tensor, under its own name. Also a decorator."""
    setattr(Tensor, function.__name__, function)
    return function


def attribute(function: _F) -> _F:
    """Make a function of ops a property of Tensor, under its own name. Also a decorator."""
    setattr(Tensor, function.__name__, property(function))
    return function


def alias(name: str, thing: Any) -> None:
    """Give Tensor a method or a property of ops under any name."""
    setattr(Tensor, name, thing)
