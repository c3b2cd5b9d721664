"""The functions exp, log, tanh and pow: known values, special values, and identities between them, in vectors and one by one."""

from std.testing import TestSuite, assert_true

from mojo_kernels.numerics.elementary import exp, log, tanh
from mojo_kernels.numerics.power import pow
from mojo_kernels.runtime.types import FLOATS
from support import close, inf, nan, numbers

comptime F64 = DType.float64


def _is[dt: DType](found: Scalar[dt], expected: Float64, what: String, ulps: Float64 = 0) raises:
    """Asserts that a number is another one within some units in the last place, or both are nan."""
    comptime EPSILON = 1.1920929e-07 if dt == DType.float32 else 2.220446049250313e-16
    var x = found.cast[F64]()
    assert_true(close(x, expected, ulps * EPSILON, 0), String(what, ": ", x, ", expected ", expected))


def test_exp_of_known_values() raises:
    comptime for dt in FLOATS:
        for pair in [
            (0.0, 1.0),
            (1.0, 2.718281828459045235),
            (-1.0, 0.367879441171442322),
            (0.5, 1.648721270700128147),
            (10.0, 22026.465794806716517),
            (-20.0, 2.061153622438557828e-9),
            (80.0, 5.540622384393510053e34),
        ]:
            _is(exp[dt, 1](pair[0].cast[dt]()), pair[1], String("exp ", pair[0]), 2)
            _is(log[dt, 1](pair[1].cast[dt]()), pair[0], String("log ", pair[1]), 4)


def test_special_values() raises:
    comptime for dt in FLOATS:
        comptime INF = Scalar[dt].MAX
        comptime NAN = Scalar[dt](0) / 0
        comptime FAR = Scalar[dt](1e30)
        _is(exp[dt, 1](INF), inf, "exp inf")
        _is(exp[dt, 1](-INF), 0, "exp -inf")
        _is(exp[dt, 1](NAN), nan, "exp nan")
        _is(exp[dt, 1](FAR), inf, "exp 1e30")
        _is(exp[dt, 1](-FAR), 0, "exp -1e30")
        _is(log[dt, 1](INF), inf, "log inf")
        _is(log[dt, 1](0), -inf, "log 0")
        _is(log[dt, 1](-0.0), -inf, "log -0")
        _is(log[dt, 1](-1), nan, "log -1")
        _is(log[dt, 1](-INF), nan, "log -inf")
        _is(log[dt, 1](NAN), nan, "log nan")
        _is(log[dt, 1](1), 0, "log 1")
        _is(tanh[dt, 1](INF), 1, "tanh inf")
        _is(tanh[dt, 1](-INF), -1, "tanh -inf")
        _is(tanh[dt, 1](NAN), nan, "tanh nan")
        _is(tanh[dt, 1](0), 0, "tanh 0")
        assert_true(1 / tanh[dt, 1](-0.0) == -INF, "tanh keeps the sign of -0")


def test_subnormal_numbers() raises:
    _is(exp[DType.float32, 1](-100), 3.7835058e-44, "exp -100 in float32", 3e5)  # 27 of the smallest steps
    assert_true(exp[DType.float32, 1](-100) > 0)
    _is(log[DType.float32, 1](1e-40), -92.1034037198, "log 1e-40", 20)
    _is(exp[F64, 1](-740), 4.2e-322, "exp -740", 1e14)
    _is(log[F64, 1](1e-310), -713.8013788281542, "log 1e-310", 2)


def test_log_undoes_exp() raises:
    comptime for dt in FLOATS:
        for x in numbers[dt](1000, 1):
            var y = log[dt, 1](exp[dt, 1](x))
            # an error of an ulp in e^x is one of epsilon in x, whatever x is
            assert_true(abs(y - x) <= Scalar[dt](1e-6 if dt == DType.float32 else 3e-15))


def test_float32_is_float64_rounded() raises:
    for x in numbers[DType.float32](4097, 2):
        var wide = x.cast[F64]()
        _is(exp[DType.float32, 1](x), exp[F64, 1](wide), "exp", 2)
        _is(tanh[DType.float32, 1](x), tanh[F64, 1](wide), "tanh", 3)
        if x > 0:
            _is(log[DType.float32, 1](x), log[F64, 1](wide), "log", 2)


def test_tanh_is_made_of_exp() raises:
    for x in numbers[F64](1000, 3):
        var e = exp[F64, 1](2 * x)
        assert_true(close(tanh[F64, 1](x), (e - 1) / (e + 1), 1e-13, 1e-15))


def test_vectors_and_scalars_have_the_same_bits() raises:
    comptime for dt in FLOATS:
        comptime W = 16
        var x = numbers[dt](W * 60, 4)
        x[3] = Scalar[dt].MAX
        x[100] = Scalar[dt](0) / 0
        for i in range(60):
            var v = SIMD[dt, W](0)
            comptime for lane in range(W):
                v[lane] = x[i * W + lane]
            var e = exp[dt, W](v)
            var l = log[dt, W](v)
            var t = tanh[dt, W](v)
            comptime for lane in range(W):
                _is(exp[dt, 1](v[lane]), e[lane].cast[F64](), "exp")
                _is(log[dt, 1](v[lane]), l[lane].cast[F64](), "log")
                _is(tanh[dt, 1](v[lane]), t[lane].cast[F64](), "tanh")


def test_pow_follows_c() raises:
    comptime for dt in FLOATS:
        for row in [
            (2.0, 10.0, 1024.0),
            (2.0, -1.0, 0.5),
            (-2.0, 3.0, -8.0),
            (-2.0, 2.0, 4.0),
            (-2.0, 0.5, nan),
            (9.0, 0.5, 3.0),
            (nan, 0.0, 1.0),
            (1.0, nan, 1.0),
            (nan, 1.0, nan),
            (0.0, 0.0, 1.0),
            (0.0, -1.0, inf),
            (-0.0, -1.0, -inf),
            (-0.0, -2.0, inf),
            (0.0, 2.0, 0.0),
            (inf, 2.0, inf),
            (inf, -2.0, 0.0),
            (-inf, 3.0, -inf),
            (-inf, 2.0, inf),
            (-inf, 0.5, inf),
            (0.5, inf, 0.0),
            (0.5, -inf, inf),
            (2.0, inf, inf),
            (-1.0, inf, 1.0),
            (-1.0, -inf, 1.0),
        ]:
            var found = pow[dt, 1](row[0].cast[dt](), row[1].cast[dt]())
            _is(found, row[2], String(dt, ": ", row[0], " to the ", row[1]), 1)


def main() raises:
    TestSuite.discover_tests[__functions_in_module()]().run()
