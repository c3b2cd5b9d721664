"""The modified Bessel functions of order 0 and 1, plain and times e^-|x|.

Up to 8 they are polynomials of x / 4 - 1 times e^-x, beyond of 16 / x - 1 over the root of x.
"""

from std.builtin.variadics import TypeList
from std.math import sqrt

from mojo_kernels.elementwise.lanes import copysign
from mojo_kernels.elementwise.traits import UnaryOp
from mojo_kernels.numerics.elementary import exp, horner


@always_inline
def _near_0[dt: DType, w: Int](u: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-x times the function of order 0 at x = 4 (u + 1)."""
    comptime if dt == DType.float32:
        return horner[
            -0.0008179725460897107,
            0.001978308759881825,
            -0.0008991624061954382,
            0.0012403794731531738,
            -0.007766332662051006,
            0.014507777636494707,
            -0.019090664146748454,
            0.028625284356183882,
            -0.04319487770478447,
            0.05732588823414282,
            -0.06950006317644594,
            0.07916705742834407,
            -0.08496741817534578,
            0.0873540400773373,
            -0.08904328935517108,
            0.09451522840742617,
            -0.11300432782525216,
            0.2070019236960542,
        ](u)
    else:
        return horner[
            2.997850940661288e-10,
            -1.1849657986148584e-09,
            2.2221132168174095e-09,
            -7.725039968045779e-09,
            3.385378043608712e-08,
            -1.1383482679942732e-07,
            3.523604963439924e-07,
            -1.0883515439592516e-06,
            3.249540060602951e-06,
            -9.251665226971573e-06,
            2.518366139612992e-05,
            -6.55086273259746e-05,
            0.00016241773604398465,
            -0.0003829020871854531,
            0.0008563094235043086,
            -0.0018118867976067608,
            0.0036171284436899067,
            -0.006792399871927492,
            0.011960077426792047,
            -0.019682654690840354,
            0.030177912102218134,
            -0.04298594945476025,
            0.056777032011386216,
            -0.06954119561719706,
            0.07927522590771639,
            -0.08496338091616289,
            0.08734341617550435,
            -0.08904344136075963,
            0.09451562853995128,
            -0.11300432688620549,
            0.2070019212239867,
        ](u)


@always_inline
def _near_1[dt: DType, w: Int](u: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-x / x times the function of order 1 at x = 4 (u + 1)."""
    comptime if dt == DType.float32:
        return horner[
            0.00029553388284610346,
            -0.0007271867415056918,
            0.0004588673878873348,
            -0.0007827894134137807,
            0.003284534039881636,
            -0.006275490947426513,
            0.009432281483607197,
            -0.015167227114939416,
            0.023732326299059837,
            -0.03379490307851968,
            0.044667124281470044,
            -0.05526015011300484,
            0.06376793910462833,
            -0.06848403658957651,
            0.06805758872655363,
            -0.06112430814622935,
            0.044687709875608835,
        ](u)
    else:
        return horner[
            -9.365751909742237e-11,
            3.727630409237771e-10,
            -7.379291130374042e-10,
            2.6037822441041467e-09,
            -1.1191257727176943e-08,
            3.8028049651067336e-08,
            -1.2000364861910367e-07,
            3.759400376008922e-07,
            -1.1380759138279984e-06,
            3.2938951625746042e-06,
            -9.131846315273642e-06,
            2.4233756432468166e-05,
            -6.142651349494123e-05,
            0.00014842124144631648,
            -0.0003411747437353928,
            0.000744512345281566,
            -0.0015388749636515487,
            0.003005762419557192,
            -0.005534567760544582,
            0.00958396215077406,
            -0.01557130925657511,
            0.023686016957724227,
            -0.03367135551994034,
            0.044674572621255064,
            -0.05528003922705058,
            0.0637674037134072,
            -0.0684826062058255,
            0.0680575999095116,
            -0.06112433802966629,
            0.044687709875608835,
        ](u)


@always_inline
def _far_0[dt: DType, w: Int](u: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-x sqrt(x) times the function of order 0 at x = 16 / (u + 1)."""
    comptime if dt == DType.float32:
        return horner[
            1.0829898259260847e-07,
            3.631710305277285e-07,
            1.4767921099426897e-06,
            1.1111525456650673e-05,
            0.00013621684311530046,
            0.003360555851925354,
            0.4021765094450081,
        ](u)
    else:
        return horner[
            1.0881994785468934e-10,
            3.525321019700796e-11,
            -7.473844621887592e-10,
            -2.748111637276033e-10,
            2.3981927228949238e-09,
            1.0924527246468664e-09,
            -4.8482509221176966e-09,
            -3.11851456121224e-09,
            6.789790403895736e-09,
            7.323310735122893e-09,
            -5.162517880939013e-09,
            -1.331979859201994e-08,
            -6.805980075129678e-09,
            7.532386417555123e-09,
            2.155681110989874e-08,
            3.932926571091252e-08,
            8.872154618944625e-08,
            2.9735956581528157e-07,
            1.4838475863096976e-06,
            1.1143033802583682e-05,
            0.00013621607439187193,
            0.0033605519836677235,
            0.4021765094450081,
        ](u)


@always_inline
def _far_1[dt: DType, w: Int](u: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-x sqrt(x) times the function of order 1 at x = 16 / (u + 1)."""
    comptime if dt == DType.float32:
        return horner[
            -1.2212498465941114e-07,
            -4.2155543729815765e-07,
            -1.8267145046635388e-06,
            -1.500332306614829e-05,
            -0.00021923666942859845,
            -0.009749581526547915,
            0.38939845902587233,
        ](u)
    else:
        return horner[
            -1.13288885034257e-10,
            -3.2677656089803323e-11,
            7.79067217908059e-10,
            2.582169443152386e-10,
            -2.5062162405593894e-09,
            -1.0476127785270019e-09,
            5.094016301574338e-09,
            3.0717395650769477e-09,
            -7.222524178953976e-09,
            -7.432535335623792e-09,
            5.722677527454156e-09,
            1.3952625102162603e-08,
            6.795073490187386e-09,
            -8.407326839577817e-09,
            -2.3382691353601083e-08,
            -4.31323156237458e-08,
            -1.0001220638799958e-07,
            -3.483853071371078e-07,
            -1.8349101539664522e-06,
            -1.503854721127423e-05,
            -0.000219235763833829,
            -0.009749577193235609,
            0.38939845902587233,
        ](u)


@always_inline
def damped[order: Int, dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
    """Returns e^-|x| times the modified Bessel function of an order, lane by lane.

    Parameters:
        order: 0 or 1.
        dt: Float32 or float64.
        w: The number of lanes.

    Args:
        x: Any values.

    Returns:
        The value within a few ulp, nan for nan.
    """
    comptime assert dt.is_floating_point()
    var a = abs(x)
    var close = a.le(8)
    var near = close.select(a, SIMD[dt, w](8)) * 0.25 - 1
    var far = close.select(SIMD[dt, w](1), 16 / a - 1)
    comptime if order == 0:
        return close.select(_near_0(near), _far_0(far) / sqrt(a))
    else:
        return copysign(close.select(_near_1(near) * a, _far_1(far) / sqrt(a)), x)


@doc_hidden
struct I0(UnaryOp):
    """y = I0(x), dx = dy I1(x)."""

    comptime NAME: StaticString = "i0"
    comptime INTEGRAL = False
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return exp(abs(x)) * damped[0](x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var slope = damped[1](x)
        return dy * exp(abs(x)) * slope


@doc_hidden
struct I1(UnaryOp):
    """y = I1(x), dx = dy (I0(x) - I1(x) / x)."""

    comptime NAME: StaticString = "i1"
    comptime INTEGRAL = False
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return exp(abs(x)) * damped[1](x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var y1 = damped[1](x)
        var per_x = abs(x).lt(1e-30).select(SIMD[dt, w](0.5), y1 / x)
        return dy * exp(abs(x)) * (damped[0](x) - per_x)


@doc_hidden
struct I0e(UnaryOp):
    """y = e^-|x| I0(x), dx = dy (e^-|x| I1(x) - sign(x) y)."""

    comptime NAME: StaticString = "i0e"
    comptime INTEGRAL = False
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return damped[0](x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var sign = x.eq(0).select(SIMD[dt, w](0), copysign(SIMD[dt, w](1), x))
        return dy * (damped[1](x) - sign * damped[0](x))


@doc_hidden
struct I1e(UnaryOp):
    """y = e^-|x| I1(x), dx = dy (e^-|x| I0(x) - y (sign(x) + 1 / x))."""

    comptime NAME: StaticString = "i1e"
    comptime INTEGRAL = False
    comptime COST = 1.5

    @staticmethod
    def forward[dt: DType, w: Int](x: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        return damped[1](x)

    @staticmethod
    def grad[dt: DType, w: Int](x: SIMD[dt, w], y: SIMD[dt, w], dy: SIMD[dt, w]) -> SIMD[dt, w]:
        comptime assert dt.is_floating_point()
        var y1 = damped[1](x)
        var per_x = abs(x).lt(1e-30).select(SIMD[dt, w](0.5), y1 / x)
        return dy * (damped[0](x) - abs(y1) - per_x)


comptime UNARY = TypeList.of[Trait=UnaryOp, I0, I0e, I1, I1e]
"""The functions of one element."""
