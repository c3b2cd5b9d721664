"""Bad calls of interpolation and padding."""

from badcalls.table import bad

bad("interpolate of no size", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3)), "either size or scale_factor")
bad("interpolate of both", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, 2), "only one of size")
bad(
    "interpolate of corners",
    lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, align_corners=True),
    "align_corners",
)
bad(
    "interpolate of another mode",
    lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 2, mode="bilinear"),
    "bilinear",
)
bad("interpolate of two dimensions", lambda m: m.nn.functional.interpolate(m.ones(1, 3), 2), "3D")
bad("interpolate of many sizes", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), (2, 3)), "same number")
bad("interpolate to nothing", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), 0), "greater than 0")
bad("interpolate to a float", lambda m: m.nn.functional.interpolate(m.ones(1, 1, 3), (2.5,)), "expected size")
bad("pixel_shuffle of channels", lambda m: m.nn.functional.pixel_shuffle(m.ones(1, 3, 2, 2), 2), "divisible")
bad("pixel_unshuffle of a width", lambda m: m.nn.functional.pixel_unshuffle(m.ones(1, 3, 2, 3), 2), "divisible")
bad("ReflectionPad1d of more than there is", lambda m: m.nn.ReflectionPad1d(3)(m.ones(1, 1, 3)), "Padding size")
bad("ZeroPad2d that cuts all off", lambda m: m.nn.ZeroPad2d(-2)(m.ones(1, 1, 3, 3)), "cut off more than the 3 elements")
bad(
    "pad of a dimension that stays",
    lambda m: m.nn.functional.pad(m.ones(4), (1, 1), "reflect"),
    "got 2 sizes and input",
)
bad("pad of four images' dimensions", lambda m: m.nn.functional.pad(m.ones(1, 2, 3, 3, 4), (1,) * 8, "replicate"),
    "2, 4 or 6 sizes")  # fmt: skip
bad("pad of no sizes", lambda m: m.nn.functional.pad(m.ones(1, 4), (), "circular"), "got 0 sizes and input")
bad("pad of no channels", lambda m: m.nn.functional.pad(m.ones(1, 0, 4), (1, 1), "reflect"), "non-zero dimensions")
bad(
    "pad of bools",
    lambda m: m.nn.functional.pad(m.ones(1, 4, dtype=m.bool), (1, 1), "reflect"),
    "not implemented for bool",
)
bad("pad that cuts off more", lambda m: m.nn.functional.pad(m.ones(1, 3), (-4, 2)), "cut off more than the 3 elements")
bad("pad by a value", lambda m: m.nn.functional.pad(m.ones(1, 4), (1, 1), "circular", 2.0), "doesn't take in value")
bad("pad that goes round twice", lambda m: m.nn.functional.pad(m.ones(1, 4), (-2, 3), "circular"), "should be less",
    RuntimeError)  # fmt: skip # torch copies memory that nobody wrote
