"""The methods of Tensor that ops adds to it, as a base class: only for type checkers.

Written by scripts/stubs.py, from the functions themselves: `scripts/run stubs`.
"""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import type as _type
from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

import numpy as np

from mocrograd.dtypes import dtype
from mocrograd.layout import Shape
from mocrograd.ops._indices import Found
from mocrograd.ops._storage import UntypedStorage
from mocrograd.ops._streams import Generator
from mocrograd.ops.counting import Histogram
from mocrograd.ops.decompositions import OldSVDResult, QRResult
from mocrograd.ops.linalg import SlogdetResult, TriangularSolveResult
from mocrograd.ops.reduce import Aminmax
from mocrograd.ops.reflections import GeqrfResult
from mocrograd.ops.transcendental import Frexp
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Format, Index, Ints, Number, Operand, Sections

class TensorMethods:
    @property
    def H(self) -> Tensor:
        """A view of a matrix transposed, and conjugated where it is complex."""
    @property
    def T(self) -> Tensor:
        """The tensor with its dimensions reversed."""
    def __abs__(self) -> Tensor:
        """Return |input|."""
    def __add__(self, other: Operand) -> Tensor:
        """Return input + other."""
    def __and__(self, other: Operand) -> Tensor:
        """Return input & other, of integers or bools."""
    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: _bool = False) -> Tensor:
        """Return what a function of NumPy's made of a tensor as a tensor; NumPy calls it."""
    __class_getitem__: classmethod
    def __copy__(self) -> Tensor:
        """Return a leaf in the same memory."""
    def __deepcopy__(self, memo: dict[_int, Any]) -> Tensor:
        """Copy a leaf with its gradient and attributes; copies of tensors that share memory share it too."""
    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        ...
    def __floordiv__(self, other: Operand) -> Tensor:
        """Return floor(input / other); the operands broadcast."""
    def __ge__(self, other: Operand) -> Tensor:
        """Return whether input is at least other, element by element."""
    def __getitem__(self, index: Index) -> Tensor:
        """Return what an index names: a view for integers, slices, None and Ellipsis, a copy for tensors and lists."""
    def __gt__(self, other: Operand) -> Tensor:
        """Return whether input is greater than other, element by element."""
    def __iadd__(self, other: Operand) -> Tensor:
        """Replace the elements by what `add` returns, and return the tensor itself."""
    def __iand__(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_and` returns, and return the tensor itself."""
    def __ifloordiv__(self, other: Operand) -> Tensor:
        """Replace the elements by what `floor_divide` returns, and return the tensor itself."""
    def __ilshift__(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_left_shift` returns, and return the tensor itself."""
    def __imod__(self, other: Operand) -> Tensor:
        """Replace the elements by what `remainder` returns, and return the tensor itself."""
    def __imul__(self, other: Operand) -> Tensor:
        """Replace the elements by what `mul` returns, and return the tensor itself."""
    def __invert__(self) -> Tensor:
        """Return the inverted bits of integers, the negation of bools."""
    def __ior__(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_or` returns, and return the tensor itself."""
    def __ipow__(self, exponent: Operand) -> Tensor:
        """Replace the elements by what `pow` returns, and return the tensor itself."""
    def __irshift__(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_right_shift` returns, and return the tensor itself."""
    def __isub__(self, other: Operand) -> Tensor:
        """Replace the elements by what `sub` returns, and return the tensor itself."""
    def __itruediv__(self, other: Operand) -> Tensor:
        """Replace the elements by what `div` returns, and return the tensor itself."""
    def __ixor__(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_xor` returns, and return the tensor itself."""
    def __le__(self, other: Operand) -> Tensor:
        """Return whether input is at most other, element by element."""
    def __lshift__(self, other: Operand) -> Tensor:
        """Return input * 2^other, of integers."""
    def __lt__(self, other: Operand) -> Tensor:
        """Return whether input is less than other, element by element."""
    def __matmul__(self, other: Tensor | np.ndarray[Any, Any]) -> Tensor:
        """Multiply matrices, one of which may be a NumPy array; both get the dtype in which they meet."""
    def __mod__(self, other: Operand) -> Tensor:
        """Return input - other * floor(input / other), with the signs of other."""
    def __mul__(self, other: Operand) -> Tensor:
        """Return input * other."""
    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        ...
    def __neg__(self) -> Tensor:
        """Return -input."""
    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        """Make a float32 tensor of a shape, or of data, as torch's legacy constructor does."""
    def __or__(self, other: Operand) -> Tensor:
        """Return input | other, of integers or bools."""
    def __pos__(self) -> Tensor:
        """Return the tensor itself."""
    def __pow__(self, exponent: Operand) -> Tensor:
        """Return input to the power of exponent; the operands broadcast."""
    def __radd__(self, other: Operand) -> Tensor:
        """Return input + other."""
    def __rand__(self, other: Operand) -> Tensor: ...
    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the values as a NumPy array."""
    def __repr__(self) -> str:
        """Show the values as torch does."""
    def __rfloordiv__(self, other: Operand) -> Tensor: ...
    def __rlshift__(self, other: Operand) -> Tensor: ...
    def __rmatmul__(self, other: Operand) -> Tensor: ...
    def __rmod__(self, other: Operand) -> Tensor: ...
    def __rmul__(self, other: Operand) -> Tensor:
        """Return input * other."""
    def __ror__(self, other: Operand) -> Tensor: ...
    def __rpow__(self, other: Operand) -> Tensor: ...
    def __rrshift__(self, other: Operand) -> Tensor: ...
    def __rshift__(self, other: Operand) -> Tensor:
        """Return floor(input / 2^other), of integers."""
    def __rsub__(self, other: Operand) -> Tensor: ...
    def __rtruediv__(self, other: Operand) -> Tensor:
        """Return other / input; as in torch, both input and the result of 1 / input may change before backward."""
    def __rxor__(self, other: Operand) -> Tensor: ...
    def __setitem__(self, index: Index, value: Operand) -> None:
        """Replace what an index names by a number or by a tensor that broadcasts."""
    def __sub__(self, other: Operand) -> Tensor:
        """Return input - other."""
    def __truediv__(self, other: Operand) -> Tensor:
        """Return input / other."""
    def __xor__(self, other: Operand) -> Tensor:
        """Return input ^ other, of integers or bools."""
    def _indices(self) -> Any:
        """Raise NotImplementedError, as torch does for dense tensors."""
    def _nnz(self) -> Any:
        """Raise NotImplementedError, as torch does for dense tensors."""
    def _ones(self) -> Tensor:
        """Return the gradient of a loss with respect to itself."""
    def _repr_html_(self) -> str:
        """Return the values as HTML, as many as are printed, with shape, dtype, device and gradient."""
    def _values(self) -> Any:
        """Raise NotImplementedError, as torch does for dense tensors."""
    def _with_strides(self, strides: Shape) -> Tensor:
        """Return an unrecorded copy with the strides that a leaf's gradient gets; the engine calls it."""
    def abs(self, *, out: Tensor | None = None) -> Tensor:
        """Return |input|."""
    def abs_(self) -> Tensor:
        """Replace the elements by what `abs` returns, and return the tensor itself."""
    def absolute(self, *, out: Tensor | None = None) -> Tensor:
        """Return |input|."""
    def absolute_(self) -> Tensor:
        """Replace the elements by what `abs` returns, and return the tensor itself."""
    def acos(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse cosine, in radians."""
    def acos_(self) -> Tensor:
        """Replace the elements by what `acos` returns, and return the tensor itself."""
    def acosh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic cosine."""
    def acosh_(self) -> Tensor:
        """Replace the elements by what `acosh` returns, and return the tensor itself."""
    def add(self, other: Operand, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Return input + alpha * other; the operands broadcast."""
    def add_(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """Replace the elements by what `add` returns, and return the tensor itself."""
    def addbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return beta input + alpha times the sum of all products batch1[i] batch2[i]."""
    def addbmm_(self, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """Replace the elements by what `addbmm` returns, and return the tensor itself."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1, out: Tensor | None = None) -> Tensor:
        """Return input + value * tensor1 / tensor2; the operands broadcast."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1) -> Tensor:
        """Replace the elements by what `addcdiv` returns, and return the tensor itself."""
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1, out: Tensor | None = None) -> Tensor:
        """Return input + value * tensor1 * tensor2; the operands broadcast."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: Operand = 1) -> Tensor:
        """Replace the elements by what `addcmul` returns, and return the tensor itself."""
    def addmm(
        self, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return beta input + alpha mat1 mat2."""
    def addmm_(self, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """Replace the elements by what `addmm` returns, and return the tensor itself."""
    def addmv(
        self, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return beta input + alpha mat vec; the arguments are those of `addmm`, for a vector."""
    def addmv_(self, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """Replace the elements by what `addmv` returns, and return the tensor itself."""
    def addr(
        self, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return beta input + alpha vec1 vec2^T."""
    def addr_(self, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """Replace the elements by what `addr` returns, and return the tensor itself."""
    def adjoint(self) -> Tensor:
        """Return a view with the last two dimensions exchanged, and conjugated where it is complex."""
    def all(self, dim: Ints | None = None, keepdim: _bool = False) -> Tensor:
        """Return whether all elements are nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    def allclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """Return whether all elements are close; see `isclose`."""
    def amax(self, dim: Ints = ..., keepdim: _bool = False) -> Tensor:
        """Return the largest element over dimensions, all by default; ties share the gradient."""
    def amin(self, dim: Ints = ..., keepdim: _bool = False) -> Tensor:
        """Return the smallest element over dimensions, all by default; ties share the gradient."""
    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> Aminmax:
        """Return the smallest and the largest element, along a dimension or of all; ties share the gradient."""
    def angle(self, *, out: Tensor | None = None) -> Tensor:
        """Return the angle of numbers in the plane; of real ones pi where they are negative, else 0; nan stays."""
    def any(self, dim: Ints | None = None, keepdim: _bool = False) -> Tensor:
        """Return whether an element is nonzero, as bool; as uint8 for uint8. No dimensions reduce nothing."""
    def apply_(self, callable: Callable[[Any], Any]) -> Tensor:
        """Replace each element by what a Python function makes of it, and return the tensor itself: slow, for tests."""
    def arccos(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse cosine, in radians."""
    def arccos_(self) -> Tensor:
        """Replace the elements by what `acos` returns, and return the tensor itself."""
    def arccosh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic cosine."""
    def arccosh_(self) -> Tensor:
        """Replace the elements by what `acosh` returns, and return the tensor itself."""
    def arcsin(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse sine, in radians."""
    def arcsin_(self) -> Tensor:
        """Replace the elements by what `asin` returns, and return the tensor itself."""
    def arcsinh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic sine."""
    def arcsinh_(self) -> Tensor:
        """Replace the elements by what `asinh` returns, and return the tensor itself."""
    def arctan(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse tangent, in radians."""
    def arctan2(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the angle of the point (other, input), in radians."""
    def arctan2_(self, other: Operand) -> Tensor:
        """Replace the elements by what `atan2` returns, and return the tensor itself."""
    def arctan_(self) -> Tensor:
        """Replace the elements by what `atan` returns, and return the tensor itself."""
    def arctanh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic tangent."""
    def arctanh_(self) -> Tensor:
        """Replace the elements by what `atanh` returns, and return the tensor itself."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Return the position of the largest element, the first in a tie; in the flattened tensor by default."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Return the position of the smallest element, the first in a tie; in the flattened tensor by default."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Tensor:
        """Return the indices of the elements in order along a dimension: the indices of `sort`."""
    def argwhere(self) -> Tensor:
        """Return where the elements are that are not zero, (count, dimensions), int64; see `nonzero`."""
    def as_strided(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """Return a view of a tensor's memory with any sizes and strides; the offset counts from the tensor it is a view of."""
    def as_strided_(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Tensor:
        """Give the tensor any sizes and strides over its memory, and return the tensor itself; see `as_strided`."""
    def as_strided_scatter(
        self, src: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None
    ) -> Tensor:
        """Return a copy in which what `as_strided` shows is replaced; the order of the elements in memory stays."""
    def as_subclass(self, cls: _type[Tensor]) -> Any:
        """Return the tensor as one of a subclass, with the same memory and history."""
    def asin(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse sine, in radians."""
    def asin_(self) -> Tensor:
        """Replace the elements by what `asin` returns, and return the tensor itself."""
    def asinh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic sine."""
    def asinh_(self) -> Tensor:
        """Replace the elements by what `asinh` returns, and return the tensor itself."""
    def atan(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse tangent, in radians."""
    def atan2(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the angle of the point (other, input), in radians."""
    def atan2_(self, other: Operand) -> Tensor:
        """Replace the elements by what `atan2` returns, and return the tensor itself."""
    def atan_(self) -> Tensor:
        """Replace the elements by what `atan` returns, and return the tensor itself."""
    def atanh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse hyperbolic tangent."""
    def atanh_(self) -> Tensor:
        """Replace the elements by what `atanh` returns, and return the tensor itself."""
    def baddbmm(
        self, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return beta input + alpha batch1 batch2, matrix by matrix."""
    def baddbmm_(self, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """Replace the elements by what `baddbmm` returns, and return the tensor itself."""
    def bernoulli(self, p: _float | None = None, *, generator: Generator | None = None) -> Tensor:
        """Return 1 with the probabilities that a tensor holds, or with one that is given, else 0."""
    def bernoulli_(self, p: Number = 0.5, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by 1 with the probability p, else 0."""
    def bfloat16(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in bfloat16."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """Return how often each number from 0 on occurs, or the sum of its weights."""
    def bitwise_and(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input & other, of integers or bools."""
    def bitwise_and_(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_and` returns, and return the tensor itself."""
    def bitwise_left_shift(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input * 2^other, of integers."""
    def bitwise_left_shift_(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_left_shift` returns, and return the tensor itself."""
    def bitwise_not(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverted bits of integers, the negation of bools."""
    def bitwise_not_(self) -> Tensor:
        """Replace the elements by what `bitwise_not` returns, and return the tensor itself."""
    def bitwise_or(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input | other, of integers or bools."""
    def bitwise_or_(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_or` returns, and return the tensor itself."""
    def bitwise_right_shift(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return floor(input / 2^other), of integers."""
    def bitwise_right_shift_(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_right_shift` returns, and return the tensor itself."""
    def bitwise_xor(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input ^ other, of integers or bools."""
    def bitwise_xor_(self, other: Operand) -> Tensor:
        """Replace the elements by what `bitwise_xor` returns, and return the tensor itself."""
    def bmm(self, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the products of two batches of matrices, (b, m, k) and (b, k, n)."""
    def bool(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in bool."""
    def broadcast_to(self, size: Sequence[_int]) -> Tensor:
        """Return the tensor expanded to a shape."""
    def byte(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in uint8."""
    def cauchy_(self, median: _float = 0.0, sigma: _float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by numbers of the Cauchy distribution."""
    def ccol_indices(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def cdouble(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in complex128."""
    def ceil(self, *, out: Tensor | None = None) -> Tensor:
        """Return the least integers that are at least input."""
    def ceil_(self) -> Tensor:
        """Replace the elements by what `ceil` returns, and return the tensor itself."""
    def cfloat(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in complex64."""
    def chalf(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in complex32."""
    def char(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in int8."""
    def cholesky(self, upper: _bool = False) -> Tensor:
        """Return the Cholesky factors of symmetric positive-definite matrices, or of Hermitian ones."""
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """Return the inverses of matrices that are given by their Cholesky factors; see `cholesky_solve`."""
    def cholesky_solve(self, L: Tensor, upper: _bool = False) -> Tensor:
        """Return X such that A X = input, of matrices A that are given by their Cholesky factors."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of at most `chunks` parts of equal size along a dimension."""
    def clamp(self, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None) -> Tensor:
        """Return input, but `min` where it is less and `max` where it is more (that is, min(max(input, min), max))."""
    def clamp_(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """Replace the elements by what `clamp` returns, and return the tensor itself."""
    def clamp_max(self, max: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input, but `max` where it is more; see `clamp`."""
    def clamp_max_(self, max: Operand) -> Tensor:
        """Replace the elements by what `clamp_max` returns, and return the tensor itself."""
    def clamp_min(self, min: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input, but `min` where it is less; see `clamp`."""
    def clamp_min_(self, min: Operand) -> Tensor:
        """Replace the elements by what `clamp_min` returns, and return the tensor itself."""
    def clip(self, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None) -> Tensor:
        """Return input, but `min` where it is less and `max` where it is more (that is, min(max(input, min), max))."""
    def clip_(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """Replace the elements by what `clamp` returns, and return the tensor itself."""
    def clone(self, *, memory_format: Format = None) -> Tensor:
        """Return a copy, in the order that the tensor has in memory or in that of a format."""
    def coalesce(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def col_indices(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def conj(self) -> Tensor:
        """Return the complex conjugates as a view, which is marked: they are computed where they are read."""
    def conj_physical(self, *, out: Tensor | None = None) -> Tensor:
        """Return the complex conjugates, computed."""
    def conj_physical_(self) -> Tensor:
        """Replace the elements by their complex conjugates, and return the tensor itself."""
    def const_data_ptr(self) -> _int:
        """Return the address of the first element; 0 without memory."""
    def contiguous(self, memory_format: Format = None) -> Tensor:
        """Return the tensor itself where it is row-major, or in the order of a format, and such a copy otherwise."""
    def copy_(self, other: Tensor, non_blocking: _bool = False) -> Tensor:
        """Replace the elements by those of `other`, which broadcasts and may have another dtype or device."""
    def copysign(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the magnitude of input with the sign of other."""
    def copysign_(self, other: Operand) -> Tensor:
        """Replace the elements by what `copysign` returns, and return the tensor itself."""
    def corrcoef(self) -> Tensor:
        """Return the correlations of rows, each a variable with an observation per column."""
    def cos(self, *, out: Tensor | None = None) -> Tensor:
        """Return the cosine of angles in radians."""
    def cos_(self) -> Tensor:
        """Replace the elements by what `cos` returns, and return the tensor itself."""
    def cosh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the hyperbolic cosine."""
    def cosh_(self) -> Tensor:
        """Replace the elements by what `cosh` returns, and return the tensor itself."""
    def count_nonzero(self, dim: Ints | None = None) -> Tensor:
        """Return the number of elements that are not zero, over dimensions, all by default."""
    def cov(self, *, correction: _int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """Return the covariances of rows, each a variable with an observation per column."""
    def cpu(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in host memory, where asked for in a format."""
    def cross(self, other: Tensor, dim: _int | None = None) -> Tensor:
        """Return the cross products of vectors of three elements, which lie along a dimension."""
    def crow_indices(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def cuda(self, device: Device = None, non_blocking: _bool = False, memory_format: Format = None) -> Tensor:
        """Return the tensor on a GPU."""
    def cummax(self, dim: _int) -> Found:
        """Return the largest elements up to each one along a dimension, and their indices: the last of equal ones."""
    def cummin(self, dim: _int) -> Found:
        """Return the smallest elements up to each one along a dimension, and their indices: the last of equal ones."""
    def cumprod(self, dim: _int, *, dtype: Dtype = None, out: Tensor | None = None) -> Tensor:
        """Return the products of the elements up to each one along a dimension; integers and bools multiply in int64."""
    def cumprod_(self, dim: _int, *, dtype: Dtype = None) -> Tensor:
        """Replace the elements by `cumprod`."""
    def cumsum(self, dim: _int, *, dtype: Dtype = None, out: Tensor | None = None) -> Tensor:
        """Return the sums of the elements up to each one along a dimension; integers and bools add up in int64."""
    def cumsum_(self, dim: _int, *, dtype: Dtype = None) -> Tensor:
        """Replace the elements by `cumsum`."""
    def deg2rad(self, *, out: Tensor | None = None) -> Tensor:
        """Return degrees as radians."""
    def deg2rad_(self) -> Tensor:
        """Replace the elements by what `deg2rad` returns, and return the tensor itself."""
    def dense_dim(self) -> _int:
        """Return the number of dimensions."""
    def det(self) -> Tensor:
        """Return the determinants of square matrices: (..., n, n) to (...)."""
    def diag(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """Return a copy of a matrix's diagonal, or a matrix with a vector as its diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Return zeros with the last dimension as a diagonal of two new ones."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """Return a matrix with the flattened tensor as its diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """Return a view of a diagonal of two dimensions, as the last dimension."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """Return a copy in which a diagonal of two dimensions is replaced."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """Return the differences of neighbours along a dimension, taken n times."""
    def digamma(self, *, out: Tensor | None = None) -> Tensor:
        """Return the derivative of the logarithm of the gamma function."""
    def digamma_(self) -> Tensor:
        """Replace the elements by what `digamma` returns, and return the tensor itself."""
    def dim_order(self) -> tuple[_int, ...]:
        """Return the dimensions from the one with the largest stride to the one with the smallest."""
    def dist(self, other: Tensor, p: _float = 2) -> Tensor:
        """Return the norm of the difference of two tensors that broadcast."""
    def div(self, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
        """Return input / other, rounded or not; the operands broadcast."""
    def div_(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Replace the elements by what `div` returns, and return the tensor itself."""
    def divide(self, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
        """Return input / other, rounded or not; the operands broadcast."""
    def divide_(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Replace the elements by what `div` returns, and return the tensor itself."""
    def dot(self, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the inner product of two vectors."""
    def double(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in float64."""
    def dsplit(self, indices_or_sections: Sections) -> tuple[Tensor, ...]:
        """Return parts along the third dimension."""
    def eq(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input equals other, element by element."""
    def eq_(self, other: Operand) -> Tensor:
        """Replace the elements by what `eq` returns, and return the tensor itself."""
    def equal(self, other: Tensor) -> _bool:
        """Return whether two tensors have the same shape and equal elements; nan equals nothing."""
    def erf(self, *, out: Tensor | None = None) -> Tensor:
        """Return the error function."""
    def erf_(self) -> Tensor:
        """Replace the elements by what `erf` returns, and return the tensor itself."""
    def erfc(self, *, out: Tensor | None = None) -> Tensor:
        """Return 1 - erf(input), without loss in the tail."""
    def erfc_(self) -> Tensor:
        """Replace the elements by what `erfc` returns, and return the tensor itself."""
    def erfinv(self, *, out: Tensor | None = None) -> Tensor:
        """Return the inverse of the error function."""
    def erfinv_(self) -> Tensor:
        """Replace the elements by what `erfinv` returns, and return the tensor itself."""
    def exp(self, *, out: Tensor | None = None) -> Tensor:
        """Return e^input."""
    def exp2(self, *, out: Tensor | None = None) -> Tensor:
        """Return 2^input."""
    def exp2_(self) -> Tensor:
        """Replace the elements by what `exp2` returns, and return the tensor itself."""
    def exp_(self) -> Tensor:
        """Replace the elements by what `exp` returns, and return the tensor itself."""
    def expand(self, *size: Ints) -> Tensor:
        """Return a view in which dimensions of size 1 are repeated; -1 keeps a size."""
    def expand_as(self, other: Tensor) -> Tensor:
        """Return the tensor expanded to the shape of another one."""
    def expm1(self, *, out: Tensor | None = None) -> Tensor:
        """Return e^input - 1, without loss near 0."""
    def expm1_(self) -> Tensor:
        """Replace the elements by what `expm1` returns, and return the tensor itself."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by exponentially distributed numbers of the rate `lambd`."""
    def fill_(self, value: Operand) -> Tensor:
        """Set all elements to one value."""
    def fill_diagonal_(self, fill_value: Operand, wrap: _bool = False) -> Tensor:
        """Set the elements of the main diagonal to a value, and return the tensor itself."""
    def fix(self, *, out: Tensor | None = None) -> Tensor:
        """Return input without its fractions."""
    def fix_(self) -> Tensor:
        """Replace the elements by what `trunc` returns, and return the tensor itself."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """Return the tensor with dimensions `start_dim` to `end_dim` joined into one."""
    def flip(self, *dims: Ints) -> Tensor:
        """Return a copy with reversed dimensions."""
    def fliplr(self) -> Tensor:
        """Return a copy with the second dimension reversed."""
    def flipud(self) -> Tensor:
        """Return a copy with the first dimension reversed."""
    def float(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in float32."""
    def float_power(self, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input to the power of exponent, both as float64, or complex128 where one is complex; they broadcast."""
    def float_power_(self, exponent: Operand) -> Tensor:
        """Replace the elements, of float64 or complex128, by what `float_power` returns, and return the tensor itself."""
    def floor(self, *, out: Tensor | None = None) -> Tensor:
        """Return the greatest integers that are at most input."""
    def floor_(self) -> Tensor:
        """Replace the elements by what `floor` returns, and return the tensor itself."""
    def floor_divide(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return floor(input / other); the operands broadcast."""
    def floor_divide_(self, other: Operand) -> Tensor:
        """Replace the elements by what `floor_divide` returns, and return the tensor itself."""
    def fmax(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the larger of two elements; a number wins over nan."""
    def fmin(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the smaller of two elements; a number wins over nan."""
    def fmod(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input - other * trunc(input / other), with the signs of input."""
    def fmod_(self, other: Operand) -> Tensor:
        """Replace the elements by what `fmod` returns, and return the tensor itself."""
    def frac(self, *, out: Tensor | None = None) -> Tensor:
        """Return the fractions of input, with its signs."""
    def frac_(self) -> Tensor:
        """Replace the elements by what `frac` returns, and return the tensor itself."""
    def frexp(self) -> Frexp:
        """Take numbers apart into input = mantissa 2^exponent, with a magnitude of the mantissa in [1/2, 1)."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False, out: Tensor | None = None) -> Tensor:
        """Return elements along a dimension at an index, one for each element of the index."""
    def gcd(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the greatest common divisor, of integers."""
    def gcd_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `gcd` returns, and return the tensor itself."""
    def ge(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is at least other, element by element."""
    def ge_(self, other: Operand) -> Tensor:
        """Replace the elements by what `ge` returns, and return the tensor itself."""
    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by how many tries it takes until the first success, of probability `p`."""
    def geqrf(self) -> GeqrfResult:
        """Return the factors Q and R of matrices in LAPACK's form; without gradients, which `linalg.qr` has."""
    def ger(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return `outer(input, vec2)`."""
    def get_device(self) -> _int:
        """Return the number of the GPU that a tensor is on, -1 on the CPU."""
    def greater(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is greater than other, element by element."""
    def greater_(self, other: Operand) -> Tensor:
        """Replace the elements by what `gt` returns, and return the tensor itself."""
    def greater_equal(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is at least other, element by element."""
    def greater_equal_(self, other: Operand) -> Tensor:
        """Replace the elements by what `ge` returns, and return the tensor itself."""
    def gt(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is greater than other, element by element."""
    def gt_(self, other: Operand) -> Tensor:
        """Replace the elements by what `gt` returns, and return the tensor itself."""
    def half(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in float16."""
    def hardshrink(self, lambd: _float = 0.5) -> Tensor:
        """Return input, and 0 where |input| <= lambd."""
    def hash_tensor(self, dim: Ints = ..., *, keepdim: _bool = False, mode: _int = 0) -> Tensor:
        """Return the exclusive or of the elements' bits, as float64 or int64, over dimensions, all by default."""
    def heaviside(self, values: Tensor) -> Tensor:
        """Return 0 where input is negative, 1 where it is positive, and `values` where it is 0."""
    def heaviside_(self, values: Tensor) -> Tensor:
        """Replace the elements by what `heaviside` returns, and return the tensor itself."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """Return how many elements fall into each of equal intervals; what is outside of them, and nan, is left out."""
    def histogram(
        self, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: _bool = False
    ) -> Histogram:
        """Return how many elements fall into each interval, and the intervals' ends."""
    def hsplit(self, indices_or_sections: Sections) -> tuple[Tensor, ...]:
        """Return parts along the second dimension, of a vector along its only one."""
    def hypot(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the square root of input^2 + other^2, without overflow on the way."""
    def hypot_(self, other: Operand) -> Tensor:
        """Replace the elements by what `hypot` returns, and return the tensor itself."""
    def i0(self, *, out: Tensor | None = None) -> Tensor:
        """Return the modified Bessel function of order 0."""
    def i0_(self) -> Tensor:
        """Replace the elements by what `i0` returns, and return the tensor itself."""
    def igamma(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the regularised lower incomplete gamma function P(input, other) (DLMF 8.2.4); the operands broadcast."""
    def igamma_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `igamma` returns, and return the tensor itself."""
    def igammac(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the regularised upper incomplete gamma function Q(input, other) (DLMF 8.2.4); the operands broadcast."""
    def igammac_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `igammac` returns, and return the tensor itself."""
    @property
    def imag(self) -> Tensor:
        """Return the imaginary parts as a view."""
    def index_add(
        self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number = 1, out: Tensor | None = None
    ) -> Tensor:
        """Return a copy to which slices of a dimension are added at an index, times `alpha`."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
        """Add slices of a dimension at an index, times `alpha`, and return the tensor itself."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return a copy in which slices of a dimension are replaced at an index."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """Replace slices of a dimension at an index, and return the tensor itself."""
    def index_fill(self, dim: _int, index: Tensor, value: Operand) -> Tensor:
        """Return a copy in which the slices of a dimension that an index names are set to a value."""
    def index_fill_(self, dim: _int, index: Tensor, value: Operand) -> Tensor:
        """Set the slices of a dimension that an index names to a value, and return the tensor itself."""
    def index_put(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """Return a copy in which elements at a tuple of index tensors are replaced, or added to; see `index_put_`."""
    def index_put_(self, indices: Any, values: Tensor, accumulate: _bool = False) -> Tensor:
        """Replace the elements at a tuple of index tensors by values that broadcast, and return the tensor itself."""
    def index_reduce(
        self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """Return a copy in which slices of a dimension are reduced with those of `source` at an index."""
    def index_reduce_(
        self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """Replace the elements by what `index_reduce` returns, and return the tensor itself."""
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """Return the slices of a dimension that an index names."""
    def indices(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def inner(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the inner products along the last dimensions: (..., k) and (..., k), each of any rank."""
    def int(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in int32."""
    def inverse(self) -> Tensor:
        """Return `linalg.inv(input)`."""
    def is_coalesced(self) -> _bool:
        """Raise RuntimeError, as torch does for dense tensors."""
    def is_complex(self) -> _bool:
        """Return whether the elements are complex numbers."""
    def is_conj(self) -> _bool:
        """Return whether the elements are the conjugates of what the memory holds: `conj()` made such a view."""
    @property
    def is_cpu(self) -> _bool:
        """Whether the elements are in host memory."""
    @property
    def is_cuda(self) -> _bool:
        """Whether the elements are on a GPU."""
    def is_inference(self) -> _bool:
        """Return False: what `inference_mode` makes are tensors like all others."""
    is_ipu: _bool
    is_maia: _bool
    @property
    def is_meta(self) -> _bool:
        """Whether the tensor has no memory."""
    is_mkldnn: _bool
    is_mps: _bool
    is_mtia: _bool
    def is_neg(self) -> _bool:
        """Return whether the elements are the negatives of what the memory holds: the imaginary parts of a conjugate view."""
    is_nested: _bool
    def is_nonzero(self) -> _bool:
        """Return whether the one element is not zero."""
    def is_pinned(self, device: Device = None) -> _bool:
        """Return False: no memory is pinned."""
    is_quantized: _bool
    def is_same_size(self, other: Tensor) -> _bool:
        """Return whether two tensors have one shape."""
    def is_set_to(self, tensor: Tensor) -> _bool:
        """Return whether another tensor has the same memory, shape and strides."""
    def is_shared(self) -> _bool:
        """Return whether processes can share the memory: it is a GPU's, or was moved by `share_memory_`."""
    def is_signed(self) -> _bool:
        """Return whether a tensor's dtype has negative numbers."""
    is_sparse: _bool
    is_sparse_csr: _bool
    is_vulkan: _bool
    is_xla: _bool
    is_xpu: _bool
    def isclose(self, other: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Return whether |input - other| <= atol + rtol * |other|, element by element."""
    def isfinite(self) -> Tensor:
        """Return whether each element is neither infinite nor nan."""
    def isinf(self) -> Tensor:
        """Return whether each element is infinite."""
    def isnan(self) -> Tensor:
        """Return whether each element is nan."""
    def isneginf(self) -> Tensor:
        """Return whether each element is -inf."""
    def isposinf(self) -> Tensor:
        """Return whether each element is inf."""
    def isreal(self) -> Tensor:
        """Return whether each element is real: has an imaginary part of 0, where there is one."""
    def istft(
        self,
        n_fft: _int,
        hop_length: _int | None = None,
        win_length: _int | None = None,
        window: Tensor | None = None,
        center: _bool = True,
        normalized: _bool = False,
        onesided: _bool | None = None,
        length: _int | None = None,
        return_complex: _bool = False,
    ) -> Tensor:
        """Return the signal whose `stft` is nearest to the given one: frames are added up and divided by squared windows."""
    def kron(self, other: Tensor) -> Tensor:
        """Return the Kronecker product: every element of `input` times all of `other`, side by side."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> Found:
        """Return the k-th smallest element along a dimension, counted from 1, and its index."""
    @property
    def layout(self) -> Any:
        """`strided`: the elements lie at distances that the strides tell."""
    def lcm(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the least common multiple, of integers."""
    def lcm_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `lcm` returns, and return the tensor itself."""
    def ldexp(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return input * 2^other, also where that power alone is beyond the dtype; the operands broadcast."""
    def ldexp_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `ldexp` returns, and return the tensor itself."""
    def le(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is at most other, element by element."""
    def le_(self, other: Operand) -> Tensor:
        """Replace the elements by what `le` returns, and return the tensor itself."""
    def lerp(self, end: Tensor, weight: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input + weight * (end - input), computed from the nearer end; the operands broadcast."""
    def lerp_(self, end: Tensor, weight: Operand) -> Tensor:
        """Replace the elements by what `lerp` returns, and return the tensor itself."""
    def less(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is less than other, element by element."""
    def less_(self, other: Operand) -> Tensor:
        """Replace the elements by what `lt` returns, and return the tensor itself."""
    def less_equal(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is at most other, element by element."""
    def less_equal_(self, other: Operand) -> Tensor:
        """Replace the elements by what `le` returns, and return the tensor itself."""
    def lgamma(self, *, out: Tensor | None = None) -> Tensor:
        """Return the logarithm of the absolute gamma function."""
    def lgamma_(self) -> Tensor:
        """Replace the elements by what `lgamma` returns, and return the tensor itself."""
    def log(self, *, out: Tensor | None = None) -> Tensor:
        """Return the natural logarithm."""
    def log10(self, *, out: Tensor | None = None) -> Tensor:
        """Return the logarithm to base 10."""
    def log10_(self) -> Tensor:
        """Replace the elements by what `log10` returns, and return the tensor itself."""
    def log1p(self, *, out: Tensor | None = None) -> Tensor:
        """Return log(1 + input), without loss near 0."""
    def log1p_(self) -> Tensor:
        """Replace the elements by what `log1p` returns, and return the tensor itself."""
    def log2(self, *, out: Tensor | None = None) -> Tensor:
        """Return the logarithm to base 2."""
    def log2_(self) -> Tensor:
        """Replace the elements by what `log2` returns, and return the tensor itself."""
    def log_(self) -> Tensor:
        """Replace the elements by what `log` returns, and return the tensor itself."""
    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by numbers whose logarithms are normally distributed."""
    def log_softmax(self, dim: _int, dtype: dtype | None = None) -> Tensor:
        """Return the logarithm of `softmax`, without its overflow."""
    def logaddexp(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return log(e^input + e^other), without overflow on the way."""
    def logaddexp2(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return log2(2^input + 2^other), without overflow on the way."""
    def logcumsumexp(self, dim: _int) -> Tensor:
        """Return the logarithms of the sums of exponentials up to each element along a dimension."""
    def logdet(self) -> Tensor:
        """Return the logarithms of the determinants of square matrices: nan where one is negative, -inf where it is 0."""
    def logical_and(self, other: Tensor) -> Tensor:
        """Return whether both elements are nonzero."""
    def logical_and_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `logical_and` returns, and return the tensor itself."""
    def logical_not(self) -> Tensor:
        """Return whether each element is zero."""
    def logical_not_(self) -> Tensor:
        """Replace the elements by what `logical_not` returns, and return the tensor itself."""
    def logical_or(self, other: Tensor) -> Tensor:
        """Return whether one of the elements is nonzero."""
    def logical_or_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `logical_or` returns, and return the tensor itself."""
    def logical_xor(self, other: Tensor) -> Tensor:
        """Return whether one of the elements is nonzero, but not both."""
    def logical_xor_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `logical_xor` returns, and return the tensor itself."""
    def logit(self, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor:
        """Return log(input / (1 - input)), the inverse of `sigmoid`."""
    def logit_(self, eps: _float | None = None) -> Tensor:
        """Replace the elements by what `logit` returns, and return the tensor itself."""
    def logsumexp(self, dim: Ints, keepdim: _bool = False) -> Tensor:
        """Return the logarithm of the sum of exponentials over dimensions, without its overflow."""
    def long(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in int64."""
    def lt(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input is less than other, element by element."""
    def lt_(self, other: Operand) -> Tensor:
        """Replace the elements by what `lt` returns, and return the tensor itself."""
    def lu(self, pivot: _bool = True, get_infos: _bool = False) -> Any:
        """Return `linalg.lu_factor(self)`, or `linalg.lu_factor_ex(self)` where `get_infos` is True; deprecated."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """Return `linalg.lu_solve(LU_data, LU_pivots, b)`."""
    @property
    def mH(self) -> Tensor:
        """A view with the last two dimensions exchanged, and conjugated where it is complex."""
    @property
    def mT(self) -> Tensor:
        """The tensor with its last two dimensions exchanged."""
    def map_(self, tensor: Tensor, callable: Callable[[_float, _float], _float]) -> Tensor:
        """Replace each element by what a function of Python makes of it and one of another tensor, which broadcasts."""
    def masked_fill(self, mask: Tensor, value: Operand) -> Tensor:
        """Return input with `value` where the mask holds."""
    def masked_fill_(self, mask: Tensor, value: Operand) -> Tensor:
        """Set the elements where the mask holds to a value, and return the tensor itself."""
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """Return a copy whose elements where a mask holds are those of a source, in order; mask and input broadcast."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        """Replace the elements by what `masked_scatter` returns, and return the tensor itself."""
    def masked_select(self, mask: Tensor) -> Tensor:
        """Return the elements where the mask holds, in one dimension; the two broadcast."""
    def matmul(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the matrix product, by torch's rules for one, two and more dimensions."""
    def matrix_exp(self) -> Tensor:
        """Return the exponentials of square matrices: by a series, of a matrix halved until its norm is at most 1."""
    def matrix_power(self, n: _int) -> Tensor:
        """Return the n-th power of square matrices, that of the inverse where n is negative."""
    @overload
    def max(self) -> Tensor:
        """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> Found:
        """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""
    @overload
    def max(self, other: Tensor, /) -> Tensor:
        """Return the largest element; with a dimension, (values, indices) along it; with a tensor, `maximum`."""
    def maximum(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the larger of two elements; nan wins."""
    def maximum_(self, other: Operand) -> Tensor:
        """Replace the elements by what `maximum` returns, and return the tensor itself."""
    def mean(self, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None) -> Tensor:
        """Return the mean over dimensions, all by default; nan where there is nothing."""
    @overload
    def median(self) -> Tensor:
        """Return the median, the lower of two; with a dimension, (values, indices) along it. nan where there is one."""
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> Found:
        """Return the median, the lower of two; with a dimension, (values, indices) along it. nan where there is one."""
    @overload
    def min(self) -> Tensor:
        """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> Found:
        """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""
    @overload
    def min(self, other: Tensor, /) -> Tensor:
        """Return the smallest element; with a dimension, (values, indices) along it; with a tensor, `minimum`."""
    def minimum(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return the smaller of two elements; nan wins."""
    def minimum_(self, other: Operand) -> Tensor:
        """Replace the elements by what `minimum` returns, and return the tensor itself."""
    def mm(self, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the product of two matrices."""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> Found:
        """Return the most frequent element along a dimension, the smallest of several, and its last index."""
    def moveaxis(self, source: Ints, destination: Ints) -> Tensor:
        """Return a view in which dimensions have moved to other positions, the others in their order."""
    def movedim(self, source: Ints, destination: Ints) -> Tensor:
        """Return a view in which dimensions have moved to other positions, the others in their order."""
    def msort(self) -> Tensor:
        """Return the elements in order along the first dimension."""
    def mul(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input * other."""
    def mul_(self, other: Operand) -> Tensor:
        """Replace the elements by what `mul` returns, and return the tensor itself."""
    def multinomial(
        self, num_samples: _int, replacement: _bool = False, *, generator: Generator | None = None
    ) -> Tensor:
        """Return indices that are drawn with the probabilities that rows hold."""
    def multiply(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input * other."""
    def multiply_(self, other: Operand) -> Tensor:
        """Replace the elements by what `mul` returns, and return the tensor itself."""
    def mv(self, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the product of a matrix and a vector."""
    def mvlgamma(self, p: _int, *, out: Tensor | None = None) -> Tensor:
        """Return the logarithm of the multivariate gamma function."""
    def mvlgamma_(self, p: _int) -> Tensor:
        """Replace the elements by what `mvlgamma` returns, and return the tensor itself."""
    @property
    def name(self) -> None:
        """None: tensors have no names."""
    def nan_to_num(
        self,
        nan: _float | None = 0.0,
        posinf: _float | None = None,
        neginf: _float | None = None,
        *,
        out: Tensor | None = None,
    ) -> Tensor:
        """Return input with numbers for nan and for infinities: by default 0 and the extremes of the dtype."""
    def nan_to_num_(
        self, nan: _float | None = 0.0, posinf: _float | None = None, neginf: _float | None = None
    ) -> Tensor:
        """Replace the elements by what `nan_to_num` returns, and return the tensor itself."""
    def nanmean(self, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None) -> Tensor:
        """Return the mean of the elements that are not nan, over dimensions, all by default."""
    @overload
    def nanmedian(self) -> Tensor:
        """Return the median of what is not nan, the lower of two; with a dimension, (values, indices) along it."""
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> Found:
        """Return the median of what is not nan, the lower of two; with a dimension, (values, indices) along it."""
    def nanquantile(
        self, q: Operand, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """Return `quantile`, which takes the same arguments, of the elements that are not nan."""
    def nansum(self, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None) -> Tensor:
        """Return the sum over dimensions, all by default, in which nan counts as 0."""
    def narrow(self, dim: _int, start: Any, length: _int) -> Tensor:
        """Return a view of `length` elements from `start` along a dimension."""
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """Return a copy of a part of a dimension."""
    def ndimension(self) -> _int:
        """Return the number of dimensions."""
    def ne(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input differs from other, element by element."""
    def ne_(self, other: Operand) -> Tensor:
        """Replace the elements by what `ne` returns, and return the tensor itself."""
    def neg(self, *, out: Tensor | None = None) -> Tensor:
        """Return -input."""
    def neg_(self) -> Tensor:
        """Replace the elements by what `neg` returns, and return the tensor itself."""
    def negative(self, *, out: Tensor | None = None) -> Tensor:
        """Return -input."""
    def negative_(self) -> Tensor:
        """Replace the elements by what `neg` returns, and return the tensor itself."""
    def new(self, *args: Any, device: Device = None) -> Tensor:
        """Return a tensor of the same dtype, of sizes with values that are not set, or of data."""
    def new_empty(
        self, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False
    ) -> Tensor:
        """Return an unset tensor of the dtype and device of this one."""
    def new_empty_strided(
        self, size: Ints, stride: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False
    ) -> Tensor:
        """Return an unset tensor of a shape and strides, of the dtype and device of this one."""
    def new_full(
        self,
        size: Ints,
        fill_value: Operand,
        *,
        dtype: Dtype = None,
        device: Device = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """Return a tensor of one value, of the dtype and device of this one."""
    def new_ones(self, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False) -> Tensor:
        """Return ones of the dtype and device of this tensor."""
    def new_tensor(
        self, data: Any, *, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False
    ) -> Tensor:
        """Return a tensor of data, of the dtype and device of this one."""
    def new_zeros(
        self, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: _bool = False
    ) -> Tensor:
        """Return zeros of the dtype and device of this tensor."""
    def nextafter(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the number next to input on the way to other, of floats."""
    def nextafter_(self, other: Tensor) -> Tensor:
        """Replace the elements by what `nextafter` returns, and return the tensor itself."""
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor:
        """Return where the elements are that are not zero, in the order of memory."""
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
        """Return where the elements are that are not zero, in the order of memory."""
    def nonzero_static(self, *, size: _int, fill_value: _int = -1) -> Tensor:
        """Return where the first so many elements are that are not zero; the shape does not depend on values."""
    def norm(
        self, p: Number | str | None = "fro", dim: Ints | None = None, keepdim: _bool = False, dtype: Dtype = None
    ) -> Tensor:
        """Return (sum |input|^p)^(1/p) over dimensions, all by default."""
    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements by normally distributed numbers; parts of complex ones have half of the variance each."""
    def not_equal(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return whether input differs from other, element by element."""
    def not_equal_(self, other: Operand) -> Tensor:
        """Replace the elements by what `ne` returns, and return the tensor itself."""
    def orgqr(self, tau: Tensor) -> Tensor:
        """Return `linalg.householder_product(input, tau)`."""
    def ormqr(self, tau: Tensor, other: Tensor, left: _bool = True, transpose: _bool = False) -> Tensor:
        """Return products of other matrices with the whole orthogonal matrices that Householder reflections make."""
    def outer(self, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return all products of an element of one vector with one of the other: (n,) and (m,) to (n, m)."""
    @property
    def output_nr(self) -> _int:
        """Which output of its node it is."""
    def permute(self, *dims: Ints) -> Tensor:
        """Return a view with the dimensions in another order."""
    def pin_memory(self, device: Device = None) -> Tensor:
        """Return the tensor itself: copies to a GPU do not need pinned memory."""
    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """Return the pseudoinverse; singular values up to `rcond` times the largest count as 0."""
    def polygamma(self, n: _int) -> Tensor:
        """Return the n-th derivative of digamma."""
    def polygamma_(self, n: _int) -> Tensor:
        """Replace the elements by what `polygamma` returns, and return the tensor itself."""
    def positive(self) -> Tensor:
        """Return the tensor itself."""
    def pow(self, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input to the power of exponent; the operands broadcast."""
    def pow_(self, exponent: Operand) -> Tensor:
        """Replace the elements by what `pow` returns, and return the tensor itself."""
    def prelu(self, weight: Tensor) -> Tensor:
        """Return input where it is positive, weight * input elsewhere."""
    def prod(self, dim: _int | None = None, keepdim: _bool = False, *, dtype: Dtype = None) -> Tensor:
        """Return the product over a dimension, of all elements by default; integers and bools multiply in int64."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """Return a copy in which elements of the flattened tensor are replaced, or added to, at an index."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """Replace the elements by what `put` returns, and return the tensor itself."""
    def qr(self, some: _bool = True) -> QRResult:
        """Return `linalg.qr(input)`, complete where `some` is False."""
    def quantile(
        self, q: Operand, dim: _int | None = None, keepdim: _bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        """Return the elements below which shares of all lie, along a dimension; nan where there is one."""
    def rad2deg(self, *, out: Tensor | None = None) -> Tensor:
        """Return radians as degrees."""
    def rad2deg_(self) -> Tensor:
        """Replace the elements by what `rad2deg` returns, and return the tensor itself."""
    def random_(
        self, from_: _int | None = None, to: _int | None = None, *, generator: Generator | None = None
    ) -> Tensor:
        """Replace the elements by integers uniform in [from_, to): `random_()`, `random_(to)` or `random_(from_, to)`."""
    def ravel(self) -> Tensor:
        """Return the elements in one dimension."""
    @property
    def real(self) -> Tensor:
        """Return the real parts as a view; a real tensor itself."""
    def reciprocal(self, *, out: Tensor | None = None) -> Tensor:
        """Return 1 / input."""
    def reciprocal_(self) -> Tensor:
        """Replace the elements by what `reciprocal` returns, and return the tensor itself."""
    def record_stream(self, stream: Any) -> None:
        """Do nothing: a GPU does everything in the order in which it is told to."""
    def relu(self, *, out: Tensor | None = None) -> Tensor:
        """Return max(input, 0)."""
    def relu_(self) -> Tensor:
        """Replace the elements by what `relu` returns, and return the tensor itself."""
    def remainder(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input - other * floor(input / other), with the signs of other."""
    def remainder_(self, other: Operand) -> Tensor:
        """Replace the elements by what `remainder` returns, and return the tensor itself."""
    def renorm(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """Return a tensor whose slices along a dimension are scaled down where their norm is too large."""
    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """Replace the elements by what `renorm` returns, and return the tensor itself."""
    def repeat(self, *repeats: Any) -> Tensor:
        """Return copies side by side: how many along each dimension, new ones in front."""
    def repeat_interleave(
        self, repeats: Any = None, dim: _int | None = None, *, output_size: _int | None = None
    ) -> Tensor:
        """Return the tensor with each slice of a dimension repeated, all as often or each by its own number."""
    def reshape(self, *shape: Ints) -> Tensor:
        """Return the elements in another shape: a view where strides allow it, a copy otherwise."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """Return the elements in the shape of another tensor."""
    def resize_(self, *size: Ints, memory_format: Format = None) -> Tensor:
        """Change the shape, and with it the number of elements, and return the tensor itself."""
    def resize_as_(self, the_template: Tensor, *, memory_format: Format = None) -> Tensor:
        """Change the shape to that of another tensor, and return the tensor itself; see `resize_`."""
    def resize_as_sparse_(self, *args: Any, **options: Any) -> Any:
        """Raise: only sparse tensors have `resize_as_sparse_`."""
    def resolve_conj(self) -> Tensor:
        """Return the tensor itself, of a conjugate view a copy that holds the conjugates."""
    def resolve_neg(self) -> Tensor:
        """Return the tensor itself, of a negative view a copy that holds the negatives."""
    @property
    def retains_grad(self) -> _bool:
        """Whether this result keeps its gradient in `grad`."""
    def roll(self, shifts: Ints, dims: Ints | None = None) -> Tensor:
        """Return a copy with elements shifted along dimensions; those shifted out at the end come in at the front."""
    def rot90(self, k: _int = 1, dims: Sequence[_int] = ...) -> Tensor:
        """Return a copy turned by k quarters in the plane of two dimensions, from the first towards the second."""
    def round(self, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor:
        """Return the nearest numbers with `decimals` digits behind the point, the even ones in ties."""
    def round_(self, *, decimals: _int = 0) -> Tensor:
        """Replace the elements by what `round` returns, and return the tensor itself."""
    def row_indices(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def rsqrt(self, *, out: Tensor | None = None) -> Tensor:
        """Return 1 over the square root."""
    def rsqrt_(self) -> Tensor:
        """Replace the elements by what `rsqrt` returns, and return the tensor itself."""
    def scatter(
        self,
        dim: _int,
        index: Tensor,
        src: Operand | None = None,
        *,
        value: Operand | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """Return a copy in which elements along a dimension are replaced at an index."""
    def scatter_(
        self,
        dim: _int,
        index: Tensor,
        src: Operand | None = None,
        *,
        value: Operand | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """Replace elements along a dimension at an index, and return the tensor itself."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """Return a copy to which elements are added along a dimension at an index, in the order of the index."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """Add elements along a dimension at an index, and return the tensor itself."""
    def scatter_reduce(
        self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """Return a copy in which elements along a dimension are reduced with those of `src` at an index."""
    def scatter_reduce_(
        self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = True
    ) -> Tensor:
        """Replace the elements by what `scatter_reduce` returns, and return the tensor itself."""
    def select(self, dim: _int, index: _int) -> Tensor:
        """Return a view of one slice of a dimension, without it."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """Return a copy in which one slice of a dimension is replaced."""
    def sgn(self, *, out: Tensor | None = None) -> Tensor:
        """Return z / |z|, 0 at 0; of real numbers -1, 0 or 1, as `sign` does."""
    def sgn_(self) -> Tensor:
        """Replace the elements by what `sgn` returns, and return the tensor itself."""
    def share_memory_(self) -> Tensor:
        """Move the elements to memory that processes share, and return the tensor."""
    def short(self, memory_format: Format = None) -> Tensor:
        """Return the tensor in int16."""
    def sigmoid(self, *, out: Tensor | None = None) -> Tensor:
        """Return 1 / (1 + e^-input)."""
    def sigmoid_(self) -> Tensor:
        """Replace the elements by what `sigmoid` returns, and return the tensor itself."""
    def sign(self, *, out: Tensor | None = None) -> Tensor:
        """Return -1, 0 or 1."""
    def sign_(self) -> Tensor:
        """Replace the elements by what `sign` returns, and return the tensor itself."""
    def signbit(self) -> Tensor:
        """Return whether each element has its sign bit set, as -0.0 has."""
    def sin(self, *, out: Tensor | None = None) -> Tensor:
        """Return the sine of angles in radians."""
    def sin_(self) -> Tensor:
        """Replace the elements by what `sin` returns, and return the tensor itself."""
    def sinc(self, *, out: Tensor | None = None) -> Tensor:
        """Return sin(pi input) / (pi input), 1 at 0."""
    def sinc_(self) -> Tensor:
        """Replace the elements by what `sinc` returns, and return the tensor itself."""
    def sinh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the hyperbolic sine."""
    def sinh_(self) -> Tensor:
        """Replace the elements by what `sinh` returns, and return the tensor itself."""
    def slice_scatter(
        self, src: Tensor, dim: _int = 0, start: _int | None = None, end: _int | None = None, step: _int = 1
    ) -> Tensor:
        """Return a copy in which the part from `start` to `end` of a dimension, by steps, is replaced."""
    def slogdet(self) -> SlogdetResult:
        """Return sign and logarithm of the magnitude of the determinants of square matrices."""
    def smm(self, *args: Any, **options: Any) -> Any:
        """Raise: only sparse tensors have `smm`."""
    def softmax(self, dim: _int, dtype: dtype | None = None) -> Tensor:
        """Return e^input, divided by its sum along a dimension."""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Found:
        """Return the elements in order along a dimension, and their indices; nan is larger than any number."""
    def sparse_dim(self) -> _int:
        """Return 0: no dimension of a dense tensor is sparse."""
    def sparse_mask(self, mask: Tensor) -> Any:
        """Return the elements at the entries of a sparse tensor, as a sparse tensor; a position given twice has both."""
    def sparse_resize_(self, *args: Any, **options: Any) -> Any:
        """Raise: only sparse tensors have `sparse_resize_`."""
    def sparse_resize_and_clear_(self, *args: Any, **options: Any) -> Any:
        """Raise: only sparse tensors have `sparse_resize_and_clear_`."""
    def split(self, split_size_or_sections: Ints, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of parts along a dimension: of one size (the last may be smaller), or of the sizes given."""
    def split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of parts of the given sizes along a dimension."""
    def sqrt(self, *, out: Tensor | None = None) -> Tensor:
        """Return the square root."""
    def sqrt_(self) -> Tensor:
        """Replace the elements by what `sqrt` returns, and return the tensor itself."""
    def square(self) -> Tensor:
        """Return input * input."""
    def square_(self) -> Tensor:
        """Replace the elements by what `square` returns, and return the tensor itself."""
    def squeeze(self, dim: Ints | None = None) -> Tensor:
        """Return a view without dimensions of size 1: all of them, or those named."""
    def squeeze_(self, dim: Ints | None = None) -> Tensor:
        """Drop dimensions of size 1, all of them or those named, and return the tensor itself."""
    def sspaddmm(self, *args: Any, **options: Any) -> Any:
        """Raise: only sparse tensors have `sspaddmm`."""
    def std(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: Number | None = None,
    ) -> Tensor:
        """Return the standard deviation over dimensions, the root of `var`, which takes the same arguments."""
    def stft(
        self,
        n_fft: _int,
        hop_length: _int | None = None,
        win_length: _int | None = None,
        window: Tensor | None = None,
        center: _bool = True,
        pad_mode: str = "reflect",
        normalized: _bool = False,
        onesided: _bool | None = None,
        return_complex: _bool | None = None,
        align_to_window: _bool | None = None,
    ) -> Tensor:
        """Return the transforms of frames of a signal that overlap."""
    def storage_offset(self) -> _int:
        """Return how many elements lie in front of the first one in the memory that a NumPy array or an allocation began."""
    def sub(self, other: Operand, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Return input - alpha * other; the operands broadcast."""
    def sub_(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """Replace the elements by what `sub` returns, and return the tensor itself."""
    def subtract(self, other: Operand, *, alpha: _float = 1, out: Tensor | None = None) -> Tensor:
        """Return input - alpha * other; the operands broadcast."""
    def subtract_(self, other: Operand, *, alpha: _float = 1) -> Tensor:
        """Replace the elements by what `sub` returns, and return the tensor itself."""
    def sum(self, dim: Ints | None = None, keepdim: _bool = False, *, dtype: Dtype = None) -> Tensor:
        """Return the sum over dimensions, all by default; integers and bools add up in int64."""
    def sum_to_size(self, *size: Ints) -> Tensor:
        """Return the sum over those dimensions that a shape lacks, or has of size 1."""
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> OldSVDResult:
        """Return U, S and V such that input = U diag(S) V^H."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """Return a view with two dimensions exchanged."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor:
        """Exchange two dimensions, and return the tensor itself."""
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """Return a view with two dimensions exchanged."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor:
        """Exchange two dimensions, and return the tensor itself."""
    def t(self) -> Tensor:
        """Return the transposed matrix."""
    def t_(self) -> Tensor:
        """Transpose the matrix, and return the tensor itself."""
    def take(self, index: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the elements of the flattened tensor at an index; the result has the shape of the index."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None, *, out: Tensor | None = None) -> Tensor:
        """Return elements along a dimension at an index; index and input broadcast elsewhere."""
    def tan(self, *, out: Tensor | None = None) -> Tensor:
        """Return the tangent of angles in radians."""
    def tan_(self) -> Tensor:
        """Replace the elements by what `tan` returns, and return the tensor itself."""
    def tanh(self, *, out: Tensor | None = None) -> Tensor:
        """Return the hyperbolic tangent."""
    def tanh_(self) -> Tensor:
        """Replace the elements by what `tanh` returns, and return the tensor itself."""
    def tensor_split(self, indices_or_sections: Sections, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of parts along a dimension: a number of parts of nearly equal size, or split at the given indices."""
    def tile(self, *dims: Ints) -> Tensor:
        """Return copies side by side; the numbers count from the last dimension."""
    @overload
    def to(
        self, dtype: dtype, non_blocking: _bool = False, copy: _bool = False, *, memory_format: Format = None
    ) -> Tensor:
        """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""
    @overload
    def to(
        self,
        device: Device = None,
        dtype: dtype | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: Format = None,
    ) -> Tensor:
        """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""
    @overload
    def to(
        self, other: Tensor, /, non_blocking: _bool = False, copy: _bool = False, *, memory_format: Format = None
    ) -> Tensor:
        """Return the tensor in a dtype and on a device: itself where nothing changes, unless `copy`."""
    def to_dense(self, dtype: Any = None, *, masked_grad: _bool | None = None) -> Tensor:
        """Return the tensor itself, which is dense, in a dtype."""
    def to_sparse(
        self, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None, dense_dim: _int | None = None
    ) -> Any:
        """Return a sparse tensor of the elements that are not zero."""
    def to_sparse_bsc(self, blocksize: Any, dense_dim: _int | None = None) -> Any:
        """Return a sparse matrix of blocks with compressed columns; arguments and errors are those of `to_sparse_bsr`."""
    def to_sparse_bsr(self, blocksize: Any, dense_dim: _int | None = None) -> Any:
        """Return a sparse matrix of blocks with compressed rows; the errors are `to_sparse`'s."""
    def to_sparse_coo(self) -> Any:
        """Return a sparse tensor in coordinates of the elements that are not zero."""
    def to_sparse_csc(self, dense_dim: _int | None = None) -> Any:
        """Return a sparse matrix with compressed columns of what is not zero; the errors are `to_sparse`'s."""
    def to_sparse_csr(self, dense_dim: _int | None = None) -> Any:
        """Return a sparse matrix with compressed rows of what is not zero; the errors are `to_sparse`'s."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> Found:
        """Return the k largest elements along a dimension, in order, and their indices; the first of equal ones."""
    def trace(self) -> Tensor:
        """Return the sum of the elements on the diagonal of a matrix."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """Return a view with two dimensions exchanged."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor:
        """Exchange two dimensions, and return the tensor itself."""
    def triangular_solve(
        self, A: Tensor, upper: _bool = True, transpose: _bool = False, unitriangular: _bool = False
    ) -> TriangularSolveResult:
        """Return X such that A X = b, or A^T X = b, for triangular A, and a copy of A."""
    def tril(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """Return matrices with zeros above a diagonal, counted from the main one to the right."""
    def tril_(self, diagonal: _int = 0) -> Tensor:
        """Replace the elements by what `tril` returns, and return the tensor itself."""
    def triu(self, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor:
        """Return matrices with zeros below a diagonal, counted from the main one to the right."""
    def triu_(self, diagonal: _int = 0) -> Tensor:
        """Replace the elements by what `triu` returns, and return the tensor itself."""
    def true_divide(self, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
        """Return input / other, rounded or not; the operands broadcast."""
    def true_divide_(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """Replace the elements by what `div` returns, and return the tensor itself."""
    def trunc(self, *, out: Tensor | None = None) -> Tensor:
        """Return input without its fractions."""
    def trunc_(self) -> Tensor:
        """Replace the elements by what `trunc` returns, and return the tensor itself."""
    @overload
    def type(self) -> str:
        """Return the tensor in another dtype, or the name of its type, as "mocrograd.FloatTensor"."""
    @overload
    def type(self, dtype: dtype | str | Callable[..., Tensor], non_blocking: _bool = False) -> Tensor:
        """Return the tensor in another dtype, or the name of its type, as "mocrograd.FloatTensor"."""
    def type_as(self, other: Tensor) -> Tensor:
        """Return the tensor in the dtype of another one."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return views of all slices along a dimension."""
    def unflatten(self, dim: _int, sizes: Sequence[_int]) -> Tensor:
        """Return the tensor with a dimension split into several, one of whose sizes may be -1."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """Return a view of all windows of a dimension, whose elements are the last dimension."""
    def uniform_(self, from_: _float = 0.0, to: _float = 1.0, *, generator: Generator | None = None) -> Tensor:
        """Replace the elements, or the parts of complex ones, by numbers uniform in [from_, to)."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> Tensor:
        """Return the distinct values, in order."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the distinct values, in order."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the distinct values, in order."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the distinct values, in order."""
    @overload
    def unique(
        self, sorted: _bool = True, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None
    ) -> Any:
        """Return the distinct values, in order."""
    @overload
    def unique_consecutive(
        self, return_inverse: Literal[False] = False, return_counts: Literal[False] = False, dim: _int | None = None
    ) -> Tensor:
        """Return the first of each run of equal neighbours."""
    @overload
    def unique_consecutive(
        self, return_inverse: Literal[True], return_counts: Literal[False] = False, dim: _int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the first of each run of equal neighbours."""
    @overload
    def unique_consecutive(
        self, return_inverse: Literal[False] = False, *, return_counts: Literal[True], dim: _int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the first of each run of equal neighbours."""
    @overload
    def unique_consecutive(
        self, return_inverse: Literal[True], return_counts: Literal[True], dim: _int | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the first of each run of equal neighbours."""
    @overload
    def unique_consecutive(
        self, return_inverse: _bool = False, return_counts: _bool = False, dim: _int | None = None
    ) -> Any:
        """Return the first of each run of equal neighbours."""
    def unsafe_chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return what `chunk` returns, as views that may be changed in place while operations are recorded."""
    def unsafe_split(self, split_size: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """Return what `split` returns, as views that may be changed in place while operations are recorded."""
    def unsafe_split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Return what `split_with_sizes` returns, as views that may be changed in place while operations are recorded."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """Return a view with a dimension of size 1 inserted at `dim`."""
    def unsqueeze_(self, dim: _int) -> Tensor:
        """Insert a dimension of size 1 at `dim`, and return the tensor itself."""
    def untyped_storage(self) -> UntypedStorage:
        """Return the memory of a tensor, which views share."""
    def values(self) -> Any:
        """Raise RuntimeError, as torch does for dense tensors."""
    def var(
        self,
        dim: Ints | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: Number | None = None,
    ) -> Tensor:
        """Return the variance over dimensions, all by default."""
    def vdot(self, other: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Return the inner product of two vectors, of which the first is conjugated where it is complex."""
    def view(self, *size: Ints) -> Tensor:
        """Return the elements in another shape, sharing memory; or, given a dtype, the bytes as its elements."""
    def view_as(self, other: Tensor) -> Tensor:
        """Return a view in the shape of another tensor."""
    def vsplit(self, indices_or_sections: Sections) -> tuple[Tensor, ...]:
        """Return parts along the first dimension."""
    @overload
    def where(self) -> tuple[Tensor, ...]:
        """Return the tensor where the condition holds, and other elsewhere; see `where`."""
    @overload
    def where(self, input: Operand, other: Operand) -> Tensor:
        """Return the tensor where the condition holds, and other elsewhere; see `where`."""
    def xlogy(self, other: Operand, *, out: Tensor | None = None) -> Tensor:
        """Return input * log(other), 0 where input is 0 and other is no nan."""
    def xlogy_(self, other: Operand) -> Tensor:
        """Replace the elements by what `xlogy` returns, and return the tensor itself."""
    def zero_(self) -> Tensor:
        """Set all elements to 0."""
