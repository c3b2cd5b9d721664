"""The optimizers besides Adam. To add one, write its struct and put its name into the list at the end.

In the formulas g is the gradient, negated to maximize, p the parameter, t the number of the step from 1 on.
"""

from std.builtin.variadics import TypeList
from std.collections import Array
from std.math import sqrt

from mojo_kernels.optim.formulas import mixed, moved_square, power, real, sign
from mojo_kernels.optim.update import OptimizerOp
from mojo_kernels.runtime.types import Words, word


@doc_hidden
struct SGD(OptimizerOp):
    """With g += weight_decay p: buf = momentum buf + (1 - dampening) g, g at first.

    p -= lr g without momentum, lr (g + momentum buf) with nesterov, lr buf otherwise. Options: lr, momentum,
    dampening, weight_decay, then as integers nesterov, maximize, first. States: buf.
    """

    comptime NAME: StaticString = "sgd"
    comptime WORDS: StaticString = (
        "table:t count lr:f momentum:f dampening:f weight_decay:f nesterov maximize first "
        "[param:u grad:r buf:u numel]"
    )
    comptime COST = 0.05

    var lr: Float64
    var momentum: Float64
    var share: Float64
    var weight_decay: Float64
    var nesterov: Bool
    var sign: Float64
    var first: Bool

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.momentum = real(args, Self.AT.momentum)
        self.share = 1 - real(args, Self.AT.dampening)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.nesterov = word(args, Self.AT.nesterov) != 0
        self.sign = sign(args, Self.AT.maximize)
        self.first = word(args, Self.AT.first) != 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        pass

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var step = grad * self.sign.cast[dt]()
        if self.weight_decay != 0:
            step += param * self.weight_decay.cast[dt]()
        if self.momentum != 0:
            var momentum = self.momentum.cast[dt]()
            states[0] = step if self.first else states[0] * momentum + step * self.share.cast[dt]()
            step = step + states[0] * momentum if self.nesterov else states[0]
        return param - step * self.lr.cast[dt]()


@doc_hidden
struct Adagrad(OptimizerOp):
    """With g += weight_decay p: s += g^2, p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps).

    Options: lr, lr_decay, weight_decay, eps, then as an integer maximize. States: s; t.
    """

    comptime NAME: StaticString = "adagrad"
    comptime WORDS: StaticString = (
        "table:t count lr:f lr_decay:f weight_decay:f eps:f maximize [param:u grad:r s:u t:U numel]"
    )
    comptime COST = 0.3

    var lr: Float64
    var lr_decay: Float64
    var weight_decay: Float64
    var eps: Float64
    var sign: Float64
    var rate: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.lr_decay = real(args, Self.AT.lr_decay)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.eps = real(args, Self.AT.eps)
        self.sign = sign(args, Self.AT.maximize)
        self.rate = 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        self.rate = self.lr / (1 + scalars[0] * self.lr_decay)
        scalars[0] += 1

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        if self.weight_decay != 0:
            g += param * self.weight_decay.cast[dt]()
        states[0] += g * g
        return param - g * self.rate.cast[dt]() / (sqrt(states[0]) + self.eps.cast[dt]())


@doc_hidden
struct Adadelta(OptimizerOp):
    """With g += weight_decay p: s = mixed(s, g^2), d = g sqrt(a + eps) / sqrt(s + eps), a = mixed(a, d^2), p -= lr d.

    Options: lr, rho, eps, weight_decay, then as an integer maximize. States: s, a; t.
    """

    comptime NAME: StaticString = "adadelta"
    comptime WORDS: StaticString = (
        "table:t count lr:f rho:f eps:f weight_decay:f maximize [param:u grad:r s:u a:u t:U numel]"
    )
    comptime COST = 0.5

    var lr: Float64
    var rho: Float64
    var eps: Float64
    var weight_decay: Float64
    var sign: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.rho = real(args, Self.AT.rho)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.sign = sign(args, Self.AT.maximize)

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        var eps = self.eps.cast[dt]()
        if self.weight_decay != 0:
            g += param * self.weight_decay.cast[dt]()
        states[0] = moved_square(states[0], g, self.rho)
        var delta = sqrt(states[1] + eps) / sqrt(states[0] + eps) * g
        states[1] = moved_square(states[1], delta, self.rho)
        return param - delta * self.lr.cast[dt]()


@doc_hidden
struct RMSprop(OptimizerOp):
    """With g += weight_decay p: s = mixed(s, g^2), m = mixed(m, g), d = g / (sqrt(s - m^2 if centered) + eps).

    p -= lr d, or lr buf with momentum, buf = momentum buf + d. Options: lr, alpha, eps, weight_decay, momentum, then as
    integers centered, maximize. States: s, buf, m; t.
    """

    comptime NAME: StaticString = "rmsprop"
    comptime WORDS: StaticString = (
        "table:t count lr:f alpha:f eps:f weight_decay:f momentum:f centered maximize "
        "[param:u grad:r s:u buf:u m:u t:U numel]"
    )
    comptime COST = 0.4

    var lr: Float64
    var alpha: Float64
    var eps: Float64
    var weight_decay: Float64
    var momentum: Float64
    var centered: Bool
    var sign: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.alpha = real(args, Self.AT.alpha)
        self.eps = real(args, Self.AT.eps)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.momentum = real(args, Self.AT.momentum)
        self.centered = word(args, Self.AT.centered) != 0
        self.sign = sign(args, Self.AT.maximize)

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        if self.weight_decay != 0:
            g += param * self.weight_decay.cast[dt]()
        states[0] = moved_square(states[0], g, self.alpha)
        var square = states[0]
        if self.centered:
            states[2] = mixed(states[2], g, 1 - self.alpha)
            square -= states[2] * states[2]
        var root = sqrt(square) + self.eps.cast[dt]()
        if self.momentum > 0:
            states[1] = states[1] * self.momentum.cast[dt]() + g / root
            return param - states[1] * self.lr.cast[dt]()
        return param - g * self.lr.cast[dt]() / root


@doc_hidden
struct ASGD(OptimizerOp):
    """With g += weight_decay p: p = p (1 - lambd eta) - eta g, the average a += mu (p - a).

    After step t: eta = lr / (1 + lambd lr t)^alpha, mu = 1 / max(1, t - t0). Options: lr, lambd, alpha, t0,
    weight_decay, then as an integer maximize. States: a; t, eta, mu.
    """

    comptime NAME: StaticString = "asgd"
    comptime WORDS: StaticString = (
        "table:t count lr:f lambd:f alpha:f t0:f weight_decay:f maximize "
        "[param:u grad:r a:u t:U eta:U mu:U numel]"
    )
    comptime COST = 0.1

    var lr: Float64
    var lambd: Float64
    var alpha: Float64
    var t0: Float64
    var weight_decay: Float64
    var sign: Float64
    var eta: Float64
    var mu: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.lr = real(args, Self.AT.lr)
        self.lambd = real(args, Self.AT.lambd)
        self.alpha = real(args, Self.AT.alpha)
        self.t0 = real(args, Self.AT.t0)
        self.weight_decay = real(args, Self.AT.weight_decay)
        self.sign = sign(args, Self.AT.maximize)
        self.eta = 0
        self.mu = 0

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        self.eta = scalars[1]
        self.mu = scalars[2]
        scalars[0] += 1
        scalars[1] = self.lr / power(1 + self.lambd * self.lr * scalars[0], self.alpha)
        scalars[2] = 1 / max(Float64(1), scalars[0] - self.t0)

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var g = grad * self.sign.cast[dt]()
        if self.weight_decay != 0:
            g += param * self.weight_decay.cast[dt]()
        var p = param * (1 - self.lambd * self.eta).cast[dt]() - g * self.eta.cast[dt]()
        states[0] = p if self.mu == 1 else mixed(states[0], p, self.mu)
        return p


@doc_hidden
struct Rprop(OptimizerOp):
    """Where g keeps its sign the step size grows by up, where it changes it shrinks by down and g = 0: p -= size sign(g).

    Options: down, up, smallest, largest, then as an integer maximize. States: the last g, size; t.
    """

    comptime NAME: StaticString = "rprop"
    comptime WORDS: StaticString = (
        "table:t count down:f up:f smallest:f largest:f maximize [param:u grad:r last:u step:u t:U numel]"
    )
    comptime COST = 0.2

    var down: Float64
    var up: Float64
    var smallest: Float64
    var largest: Float64
    var sign: Float64

    @always_inline
    def __init__(out self, args: Words):
        self.down = real(args, Self.AT.down)
        self.up = real(args, Self.AT.up)
        self.smallest = real(args, Self.AT.smallest)
        self.largest = real(args, Self.AT.largest)
        self.sign = sign(args, Self.AT.maximize)

    @always_inline
    def advance(mut self, mut scalars: Array[Float64, Self.SCALARS]):
        scalars[0] += 1

    @always_inline
    def update[
        dt: DType, w: Int
    ](self, param: SIMD[dt, w], grad: SIMD[dt, w], mut states: Array[SIMD[dt, w], Self.STATES]) -> SIMD[
        dt, w
    ]:
        var zero = SIMD[dt, w](0)
        var one = SIMD[dt, w](1)
        var g = grad * self.sign.cast[dt]()
        var kept = g * states[0]
        var factor = kept.gt(0).select(
            SIMD[dt, w](self.up.cast[dt]()), kept.lt(0).select(SIMD[dt, w](self.down.cast[dt]()), one)
        )
        var size = states[1] * factor
        var smallest = SIMD[dt, w](self.smallest.cast[dt]())
        var largest = SIMD[dt, w](self.largest.cast[dt]())
        size = size.lt(smallest).select(smallest, size)
        size = size.gt(largest).select(largest, size)
        g = kept.lt(0).select(zero, g)
        states[0] = g
        states[1] = size
        return param - g.gt(0).select(size, g.lt(0).select(-size, g))  # nan stays nan


comptime PLAIN = TypeList.of[Trait=OptimizerOp, SGD, Adagrad, Adadelta, RMSprop, ASGD, Rprop]
"""The other optimizers."""
