"""Adam and its variants. To add one, write its struct and put its name into the list at the end.

In the formulas g is the gradient, negated to maximize, p the parameter, t the number of the step from 1 on.
"""

from std.builtin.variadics import TypeList
from std.collections import Array
from std.math import sqrt

from mojo_kernels.optim.formulas import larger, mixed, moved_square, power, real, sign
from mojo_kernels.optim.update import OptimizerOp
from mojo_kernels.runtime.types import Words, word


@doc_hidden
struct Adam(OptimizerOp):
    """With decoupled p *= 1 - lr weight_decay, else g += weight_decay p: m = mixed(m, g), v = mixed(v, g^2).

    p -= lr m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + eps), with the largest v so far under amsgrad. Options: lr,
    beta1, beta2, eps, weight_decay, then as integers amsgrad, maximize, decoupled. States: m, v, the largest v; t.
    """

    comptime NAME: StaticString = "adam"
    comptime WORDS: StaticString = (
        "table:t count lr:f beta1:f beta2:f eps:f weight_decay:f amsgrad maximize decoupled "
        "[param:u grad:r m:u v:u most:u t:U numel]"
    )
    comptime COST = 0.4

    var lr: Float64
    var beta1: Float64
    var beta2: Float64
    var eps: Float64
    var weight_decay: Float64
    var amsgrad: Bool
    var sign: Float64
    var decoupled: Bool
    var rate: Float64
    var scale: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.beta1 = real(args, Self.AT.beta1)
        self.beta2 = real(args, Self.AT.beta2)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.amsgrad = word(args, Self.AT.amsgrad) != 0
        self.sign = sign(args, Self.AT.maximize)
        self.decoupled = word(args, Self.AT.decoupled) != 0
        self.rate = 0
        self.scale = 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1
        self.rate = self.lr / (1 - power(self.beta1, scalars[0]))
        self.scale = 1 / sqrt(1 - power(self.beta2, scalars[0]))

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        var p = param
        if self.weight_decay != 0:
            if self.decoupled:
                p *= (1 - self.lr * self.weight_decay).cast[dt]()
            else:
                g += p * self.weight_decay.cast[dt]()
        states[0] = mixed(states[0], g, 1 - self.beta1)
        states[1] = moved_square(states[1], g, self.beta2)
        var v = states[1]
        if self.amsgrad:
            states[2] = larger(states[2], v)
            v = states[2]
        var root = sqrt(v) * self.scale.cast[dt]() + self.eps.cast[dt]()
        return p - states[0] * self.rate.cast[dt]() / root


@doc_hidden
struct NAdam(OptimizerOp):
    """As Adam, with mu = beta1 (1 - 0.96^(t decay) / 2) and mu' that of the next step: M = the product of all mu.

    p -= lr ((1 - mu) / (1 - M) g + mu' / (1 - M mu') m) / (sqrt(v / (1 - beta2^t)) + eps). Options: lr, beta1, beta2,
    eps, weight_decay, decay, then as integers decoupled, maximize. States: m, v; t, M.
    """

    comptime NAME: StaticString = "nadam"
    comptime WORDS: StaticString = (
        "table:t count lr:f beta1:f beta2:f eps:f weight_decay:f decay:f decoupled maximize "
        "[param:u grad:r m:u v:u t:U product:U numel]"
    )
    comptime COST = 0.4

    var lr: Float64
    var beta1: Float64
    var beta2: Float64
    var eps: Float64
    var weight_decay: Float64
    var decay: Float64
    var decoupled: Bool
    var sign: Float64
    var grad_rate: Float64
    var mean_rate: Float64
    var scale: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.beta1 = real(args, Self.AT.beta1)
        self.beta2 = real(args, Self.AT.beta2)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.decay = real(args, Self.AT.decay)
        self.decoupled = word(args, Self.AT.decoupled) != 0
        self.sign = sign(args, Self.AT.maximize)
        self.grad_rate = 0
        self.mean_rate = 0
        self.scale = 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1
        var mu = self.beta1 * (1 - 0.5 * power(0.96, scalars[0] * self.decay))
        var next = self.beta1 * (1 - 0.5 * power(0.96, (scalars[0] + 1) * self.decay))
        scalars[1] *= mu
        self.grad_rate = self.lr * (1 - mu) / (1 - scalars[1])
        self.mean_rate = self.lr * next / (1 - scalars[1] * next)
        self.scale = 1 / (1 - power(self.beta2, scalars[0]))

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        var p = param
        if self.weight_decay != 0:
            if self.decoupled:
                p *= (1 - self.lr * self.weight_decay).cast[dt]()
            else:
                g += p * self.weight_decay.cast[dt]()
        states[0] = mixed(states[0], g, 1 - self.beta1)
        states[1] = moved_square(states[1], g, self.beta2)
        var root = sqrt(states[1] * self.scale.cast[dt]()) + self.eps.cast[dt]()
        p -= g * self.grad_rate.cast[dt]() / root
        return p - states[0] * self.mean_rate.cast[dt]() / root


@doc_hidden
struct RAdam(OptimizerOp):
    """As Adam, with the variance's rectification: r_inf = 2 / (1 - beta2) - 1, r = r_inf - 2 t beta2^t / (1 - beta2^t).

    p -= lr m / (1 - beta1^t), where r > 5 times sqrt(1 - beta2^t) / (sqrt(v) + eps) and
    sqrt((r - 4)(r - 2) r_inf / ((r_inf - 4)(r_inf - 2) r)). Options: lr, beta1, beta2, eps, weight_decay, then as
    integers decoupled, maximize. States: m, v; t.
    """

    comptime NAME: StaticString = "radam"
    comptime WORDS: StaticString = (
        "table:t count lr:f beta1:f beta2:f eps:f weight_decay:f decoupled maximize "
        "[param:u grad:r m:u v:u t:U numel]"
    )
    comptime COST = 0.4

    var lr: Float64
    var beta1: Float64
    var beta2: Float64
    var eps: Float64
    var weight_decay: Float64
    var decoupled: Bool
    var sign: Float64
    var rate: Float64
    var rectified: Bool

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.beta1 = real(args, Self.AT.beta1)
        self.beta2 = real(args, Self.AT.beta2)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.decoupled = word(args, Self.AT.decoupled) != 0
        self.sign = sign(args, Self.AT.maximize)
        self.rate = 0
        self.rectified = False

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1
        var left = power(self.beta2, scalars[0])
        var limit = 2 / (1 - self.beta2) - 1
        var rho = limit - 2 * scalars[0] * left / (1 - left)
        self.rate = self.lr / (1 - power(self.beta1, scalars[0]))
        self.rectified = rho > 5
        if self.rectified:
            self.rate *= sqrt(1 - left)
            self.rate *= sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        var p = param
        if self.weight_decay != 0:
            if self.decoupled:
                p *= (1 - self.lr * self.weight_decay).cast[dt]()
            else:
                g += p * self.weight_decay.cast[dt]()
        states[0] = mixed(states[0], g, 1 - self.beta1)
        states[1] = moved_square(states[1], g, self.beta2)
        var step = states[0] * self.rate.cast[dt]()
        if self.rectified:
            step /= sqrt(states[1]) + self.eps.cast[dt]()
        return p - step


@doc_hidden
struct Adamax(OptimizerOp):
    """With g += weight_decay p: m = mixed(m, g), u = max(beta2 u, |g| + eps), p -= lr / (1 - beta1^t) m / u.

    Options: lr, beta1, beta2, eps, weight_decay, then as an integer maximize. States: m, u; t.
    """

    comptime NAME: StaticString = "adamax"
    comptime WORDS: StaticString = (
        "table:t count lr:f beta1:f beta2:f eps:f weight_decay:f maximize [param:u grad:r m:u u:u t:U numel]"
    )
    comptime COST = 0.3

    var lr: Float64
    var beta1: Float64
    var beta2: Float64
    var eps: Float64
    var weight_decay: Float64
    var sign: Float64
    var rate: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.beta1 = real(args, Self.AT.beta1)
        self.beta2 = real(args, Self.AT.beta2)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.sign = sign(args, Self.AT.maximize)
        self.rate = 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1
        self.rate = self.lr / (1 - power(self.beta1, scalars[0]))

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]() + param * self.weight_decay.cast[dt]()
        states[0] = mixed(states[0], g, 1 - self.beta1)
        var old = states[1] * self.beta2.cast[dt]()
        var new = abs(g) + self.eps.cast[dt]()
        states[1] = larger(old, new)
        return param - states[0] * self.rate.cast[dt]() / states[1]


comptime ADAMS = TypeList.of[Trait=OptimizerOp, Adam, NAdam, RAdam, Adamax]
"""Adam and its kin."""
