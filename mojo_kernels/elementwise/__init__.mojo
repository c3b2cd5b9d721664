"""The pointwise ops. Each is one struct: its name, its forward lanes and, beside them, its gradient lanes.

To add an op, write its struct in the file of its kind and put its name into that kind's list here. Loops, broadcasting,
strides, dtypes, schedules, the GPU form and the entry in the kernel table follow from the list
(elementwise/kernels.mojo). Which operands a gradient reads is what the op's line in mocrograd/ops saves.
"""

from std.builtin.variadics import TypeList

from mojo_kernels.elementwise.arithmetic.basic import (
    Abs,
    Add,
    Copysign,
    Div,
    Fmax,
    Fmin,
    Maximum,
    Minimum,
    Mul,
    Neg,
    Reciprocal,
    Relu,
    Sign,
    Sub,
)
from mojo_kernels.elementwise.arithmetic.bits import FrexpExponent, FrexpMantissa, Nextafter
from mojo_kernels.elementwise.arithmetic.integer import (
    BitwiseAnd,
    BitwiseOr,
    BitwiseXor,
    Gcd,
    IntegerPow,
    Lcm,
    ShiftLeft,
    ShiftRight,
)
from mojo_kernels.elementwise.arithmetic.rounding import (
    Ceil,
    DivFloor,
    DivTrunc,
    Floor,
    Fmod,
    Frac,
    Remainder,
    Round,
    Trunc,
)
from mojo_kernels.elementwise.compare import Eq, Le, Lt, Ne
from mojo_kernels.elementwise.ternary import Addcdiv, Addcmul, Clamp, Lerp, NanToNum
from mojo_kernels.elementwise.traits import BinaryOp, CompareOp, IntegerOp, TernaryOp, UnaryOp
from mojo_kernels.elementwise.transcendental.bessel import I0, I0e, I1, I1e
from mojo_kernels.elementwise.transcendental.exponential import Exp, Log, Pow, Sigmoid, Sqrt, Tanh
from mojo_kernels.elementwise.transcendental.hyperbolic import Acosh, Asinh, Atanh, Cosh, Sinh
from mojo_kernels.elementwise.transcendental.logarithmic import (
    Exp2,
    Expm1,
    Log10,
    Log1p,
    Log2,
    Logaddexp,
    Logaddexp2,
    Logit,
    Rsqrt,
    Xlogy,
)
from mojo_kernels.elementwise.transcendental.special import Digamma, Erf, Erfc, Erfinv, Lgamma, Polygamma
from mojo_kernels.elementwise.transcendental.trigonometric import (
    Acos,
    Asin,
    Atan,
    Atan2,
    Cos,
    Hypot,
    Sin,
    Sinc,
    Tan,
)

comptime UNARY = TypeList.of[
    Trait=UnaryOp,
    Neg,
    Exp,
    Log,
    Sqrt,
    Abs,
    Sign,
    Relu,
    Sigmoid,
    Tanh,
    Reciprocal,
    Floor,
    Ceil,
    Trunc,
    Round,
    Frac,
    FrexpMantissa,
    FrexpExponent,
]
"""The functions of one element."""
comptime BINARY = TypeList.of[Trait=BinaryOp, Add, Sub, Mul, Div, Pow, Maximum, Minimum]
"""The functions of two elements that fill models."""
comptime DIVISION = TypeList.of[
    Trait=BinaryOp, Remainder, Fmod, DivFloor, DivTrunc, Fmax, Fmin, Copysign, Nextafter
]
"""The other functions of two elements."""
comptime LOGARITHMIC = TypeList.of[Trait=UnaryOp, Exp2, Expm1, Log2, Log10, Log1p, Rsqrt, Logit]
"""Powers and logarithms of one element."""
comptime LOGARITHMIC_PAIRS = TypeList.of[Trait=BinaryOp, Logaddexp, Logaddexp2, Xlogy]
"""Powers and logarithms of two elements."""
comptime HYPERBOLIC = TypeList.of[Trait=UnaryOp, Sinh, Cosh, Asinh, Acosh, Atanh]
"""The hyperbolic functions."""
comptime TRIGONOMETRIC = TypeList.of[Trait=UnaryOp, Sin, Cos, Tan, Asin, Acos, Atan, Sinc]
"""The trigonometric functions of one element."""
comptime TRIGONOMETRIC_PAIRS = TypeList.of[Trait=BinaryOp, Atan2, Hypot]
"""The trigonometric functions of two elements."""
comptime SPECIAL = TypeList.of[
    Trait=UnaryOp, Erf, Erfc, Erfinv, Lgamma, Digamma, Polygamma[1], Polygamma[2], I0, I0e, I1, I1e
]
"""The error function and its kin, and the gamma function's."""
comptime COMPARE = TypeList.of[Trait=CompareOp, Eq, Ne, Lt, Le]
"""The comparisons."""
comptime INTEGER = TypeList.of[
    Trait=IntegerOp, BitwiseAnd, BitwiseOr, BitwiseXor, ShiftLeft, ShiftRight, IntegerPow, Gcd, Lcm
]
"""The functions of two integers."""
comptime TERNARY = TypeList.of[Trait=TernaryOp, Clamp, Lerp, Addcmul, Addcdiv, NanToNum]
"""The functions of three elements and a number."""
