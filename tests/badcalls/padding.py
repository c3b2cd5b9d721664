"""Bad calls of padding and folding."""

from __future__ import annotations

from badcalls.table import bad, layer

for n in ("ReflectionPad1d", "ReplicationPad2d", "ConstantPad1d", "ZeroPad2d", "CircularPad1d"):
    a = (2, 0.0) if n == "ConstantPad1d" else (2,)
    layer(
        n,
        "a word",
        "'pad' must be tuple of ints, not str|\\(got 4D input\\)",
        ("x", 0.0) if n == "ConstantPad1d" else ("x",),
        lambda m: m.ones(1, 1, 3, 3),
    )
    layer(n, "another rank", "[Ee]xpected|input", a, lambda m: m.tensor(1.0))
    layer(
        n,
        "a negative size",
        "of input .* is too small|cut off more than the 3 elements",
        (-9, 0.0) if n == "ConstantPad1d" else (-9,),
        lambda m, n=n: m.ones(1, 3, 3) if "1d" in n else m.ones(1, 1, 3, 3),
    )
layer(
    "ReflectionPad1d",
    "too large a size",
    "reflect padding: Padding size should be less than the corres",
    (9,),
    lambda m: m.ones(1, 1, 3),
)
layer(
    "CircularPad1d",
    "too large a size",
    "circular padding: Padding size should be less than the corre",
    (9,),
    lambda m: m.ones(1, 1, 3),
)
bad("pad pairs", lambda m: m.nn.functional.pad(m.ones(3), (1,)), "Padding length must be divisible by 2")
bad("pad mode", lambda m: m.nn.functional.pad(m.ones(1, 3), (1, 1), "x"), "Unrecognised padding mode x")
bad("nn.Fold columns", lambda m: m.nn.Fold((4, 4), 2)(m.ones(1, 5, 9)), r"2 to be 9, but got \[1, 5, 9\]")
bad("nn.Fold windows", lambda m: m.nn.Fold((4, 4), 2)(m.ones(1, 4, 8)), r"2 to be 9, but got \[1, 4, 8\]")
bad("nn.Unfold size", lambda m: m.nn.Unfold(5)(m.ones(1, 1, 4, 4)), r"unfold: Given input with spatial size \[4, 4\],")
bad("nn.Unfold stride", lambda m: m.nn.Unfold(2, stride=0)(m.ones(1, 1, 4, 4)), "of at least 1, but got 0")
bad("nn.CircularPad2d rank", lambda m: m.nn.CircularPad2d(1)(m.ones(4, 4)), r"expected 3D or 4D input \(got 2D input\)")
bad(
    "nn.CircularPad3d size",
    lambda m: m.nn.CircularPad3d(3)(m.ones(1, 2, 2, 2, 2)),
    r"input dimension, but got: padding \(3, 3\) of input \[1, 2,",
)
bad(
    "nn.ConstantPad2d sizes",
    lambda m: m.nn.ConstantPad2d((1, 2, 3), 0.0)(m.ones(1, 4, 4)),
    r"Padding length must be divisible by 2, got \(1, 2, 3\)",
)
bad(
    "nn.ConstantPad3d negative",
    lambda m: m.nn.ConstantPad3d(-3, 0.0)(m.ones(1, 4, 4, 4)),
    r"sizes \(-3, -3\) cut off more than the 4 elements of a dimension of input \[1, 4, 4, 4\]",
)
bad(
    "nn.ReflectionPad2d size",
    lambda m: m.nn.ReflectionPad2d(4)(m.ones(1, 4, 4)),
    r"input dimension, but got: padding \(4, 4\) of input \[1, 4,",
)
bad(
    "nn.ReflectionPad3d size",
    lambda m: m.nn.ReflectionPad3d(4)(m.ones(1, 1, 4, 4, 4)),
    r"input dimension, but got: padding \(4, 4\) of input \[1, 1,",
)
bad(
    "nn.ReplicationPad1d rank",
    lambda m: m.nn.ReplicationPad1d(1)(m.ones(4)),
    r"one or two dimensions more than they frame, got 2 sizes and input \[4\]",
)
bad(
    "nn.ReplicationPad3d rank",
    lambda m: m.nn.ReplicationPad3d(1)(m.ones(4, 4)),
    "input dimension but got padding length 6 and input of",
)
bad(
    "nn.ZeroPad1d negative",
    lambda m: m.nn.ZeroPad1d(-3)(m.ones(1, 4)),
    r"sizes \(-3, -3\) cut off more than the 4 elements of a dimension of input \[1, 4\]",
)
bad(
    "nn.ZeroPad3d sizes",
    lambda m: m.nn.ZeroPad3d((1, 2, 3))(m.ones(1, 4, 4, 4)),
    r"Padding length must be divisible by 2, got \(1, 2, 3\)",
)
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
