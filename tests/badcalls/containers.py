"""Bad calls of layers, made and called: dropout, shapes, frames, activations, containers, initial values, helpers."""

from __future__ import annotations

from typing import Any

from badcalls.layers import layer
from badcalls.table import bad

for n in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
    layer(n, "a large p", "dropout probability has to be between 0 and 1, but got 1\\.5", (1.5,))
    layer(n, "a negative p", "dropout probability has to be between 0 and 1, but got -0\\.1", (-0.1,))
    layer(n, "a word", "'<=' not supported between instances of 'float' and 'str'", ("x",))
    layer(
        n,
        "integers",
        "result type Float can't be cast to the desired output type",
        (0.5,),
        lambda m, n=n: m.ones(2, 3, 4, 5, dtype=m.int64) if n != "Dropout1d" else m.ones(2, 3, 4, dtype=m.int64),
    )
layer(
    "Dropout1d",
    "another rank",
    "dropout1d: Expected 2D or 3D input, but received a 4D input",
    (0.5,),
    lambda m: m.ones(2, 2, 2, 2),
)
layer(
    "Flatten", "dims", "Dimension out of range \\(expected to be in range of \\[-2, 1\\],", (5,), lambda m: m.ones(2, 2)
)
layer(
    "Flatten",
    "order",
    "flatten\\(\\) has invalid args: start_dim cannot come after end_",
    (1, 0),
    lambda m: m.ones(2, 2),
)
layer("Unflatten", "a word", "unflattened_size must be a tuple of ints, but found type str", (1, "x"))
layer("Unflatten", "floats", "unflattened_size must be tuple of ints, but found element of", (1, (2.0,)))
layer(
    "Unflatten",
    "size",
    "unflatten: Provided sizes \\[3, 3\\] don't multiply up to the si",
    (1, (3, 3)),
    lambda m: m.ones(2, 4),
)
layer(
    "PixelShuffle",
    "other channels",
    "pixel_shuffle expects its input's 'channel' dimension to be",
    (2,),
    lambda m: m.ones(1, 3, 2, 2),
)
layer(
    "PixelShuffle",
    "another rank",
    "pixel_shuffle expects input to have at least 3 dimensions, b",
    (2,),
    lambda m: m.ones(4, 2),
)
layer(
    "PixelShuffle",
    "a negative size",
    "pixel_shuffle expects a positive factor, but got -2",
    (-2,),
    lambda m: m.ones(1, 4, 2, 2),
)
layer(
    "PixelUnshuffle",
    "size",
    "pixel_unshuffle expects height and width to be divisible by",
    (2,),
    lambda m: m.ones(1, 1, 3, 2),
)
layer(
    "Upsample",
    "both",
    "only one of size or scale_factor should be defined",
    (),
    lambda m: m.ones(1, 1, 2, 2),
    options={"size": 3, "scale_factor": 2},
)
layer("Upsample", "none", "either size or scale_factor should be defined", (), lambda m: m.ones(1, 1, 2, 2))
layer(
    "Upsample",
    "an unknown mode",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(1, 1, 2, 2),
    options={"size": 3, "mode": "cubic"},
)
layer(
    "Upsample",
    "another rank",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(2, 2),
    options={"size": 3},
)
layer(
    "Upsample",
    "bilinear 3d",
    "Input Error: Only 3D, 4D and 5D input Tensors supported for",
    (),
    lambda m: m.ones(1, 2, 2),
    options={"size": 3, "mode": "bilinear"},
)
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
layer(
    "PReLU",
    "other channels",
    "Mismatch of parameter numbers and input channel size\\. Found",
    (3,),
    lambda m: m.ones(2, 4),
)
layer("PReLU", "a negative size", "empty: Trying to create tensor with negative dimension -1: \\[", (-1,))
layer("Softmax", "dim", "Dimension out of range \\(expected to be in range of \\[-1, 0\\],", (5,), lambda m: m.ones(2))
layer("GLU", "odd", "Halving dimension must be even, but dimension -1 is size 3", (), lambda m: m.ones(2, 3))
layer("GLU", "0d", "glu does not support 0-dimensional tensors", (), lambda m: m.tensor(1.0))
layer(
    "Softmax2d", "another rank", "Softmax2d: expected input to be 3D or 4D, got 2D instead", (), lambda m: m.ones(2, 2)
)
layer(
    "GELU", "approximate", "approximate argument must be either none or tanh, but got 'x", ("x",), lambda m: m.ones(2)
)
layer("Threshold", "too few arguments", "Threshold\\.__init__\\(\\) missing 1 required positional argument:", (1.0,))
layer("RReLU", "order", "rrelu: lower=0\\.5 should not be above upper=0\\.1", (0.5, 0.1), lambda m: m.ones(2))
layer("ELU", "a list", "elu\\(\\): expected Tensor or Number, got list", (), lambda m: [1.0])
layer("CELU", "a size of 0", "ZeroDivisionError: alpha cannot be 0 for CELU", (0.0,), lambda m: m.ones(2))
layer(
    "Softshrink",
    "a negative size",
    "lambda must be greater or equal to 0, but found to be -1\\.0\\.",
    (-1.0,),
    lambda m: m.ones(2),
)


def seq(m: Any) -> Any:
    return m.nn.Sequential(m.nn.ReLU())


bad("nn.Sequential of a number", lambda m: m.nn.Sequential(3), "int is not a Module subclass")
bad("nn.Sequential index", lambda m: seq(m)[1], "index 1 is out of range for 1 modules")
bad("nn.Sequential word", lambda m: seq(m)["0"], "'str' object cannot be interpreted as an integer")
bad("nn.Sequential insert", lambda m: seq(m).insert(5, m.nn.ReLU()), "Index out of range: 5 for 1 modules")
bad(
    "nn.Sequential + number",
    lambda m: seq(m) + 3,
    "add operator supports only objects of Sequential class, but",
)
bad("nn.Sequential * 0", lambda m: seq(m) * 0, "Non-positive multiplication factor 0 for <class 'mocrograd\\.n")
bad(
    "nn.Sequential * 1.5",
    lambda m: seq(m) * 1.5,
    "unsupported operand type\\(s\\) for \\*: <class 'mocrograd\\.nn\\.cont",
)
bad("nn.Sequential append", lambda m: seq(m).append(3), "int is not a Module subclass")
bad(
    "nn.Sequential two",
    lambda m: seq(m)(m.ones(1), m.ones(1)),
    "Sequential\\.forward\\(\\) takes 2 positional arguments but 3 were",
)
bad("nn.ModuleList number", lambda m: m.nn.ModuleList(3), "ModuleList\\.extend expected an iterable, but got int")
bad(
    "nn.ModuleList extend",
    lambda m: m.nn.ModuleList().extend(m.nn.ReLU()),
    "ModuleList\\.extend expected an iterable, but got ReLU",
)
bad(
    "nn.ModuleList call",
    lambda m: m.nn.ModuleList()(1),
    'Module \\[ModuleList\\] is missing the required "forward" functi',
)
bad(
    "nn.ModuleDict number",
    lambda m: m.nn.ModuleDict(3),
    "ModuleDict\\.update expected an iterable of key/value pairs, b",
)
bad(
    "nn.ModuleDict pairs",
    lambda m: m.nn.ModuleDict([("a", m.nn.ReLU(), 1)]),
    "ModuleDict\\.update: element #0 has length 3; 2 is required",
)
bad(
    "nn.ModuleDict numbers",
    lambda m: m.nn.ModuleDict([3]),
    "ModuleDict\\.update: element #0 should be Iterable; is int",
)
bad("nn.ModuleDict key", lambda m: m.nn.ModuleDict({3: m.nn.ReLU()}), "module name should be a string\\. Got int")
bad("nn.ModuleDict value", lambda m: m.nn.ModuleDict({"a": 3}), "int is not a Module subclass")
bad(
    "nn.ParameterList tensor",
    lambda m: m.nn.ParameterList(m.ones(2)),
    "ParameterList\\.extend expected an iterable, but got Tensor",
)
bad(
    "nn.ParameterList number",
    lambda m: m.nn.ParameterList(3),
    "ParameterList\\.extend expected an iterable, but got int",
)
bad("nn.ParameterList index", lambda m: m.nn.ParameterList()[0], "index 0 is out of range for 0 values")
bad("nn.ParameterList call", lambda m: m.nn.ParameterList()(1), "ParameterList should not be called\\.")
bad("nn.ParameterDict call", lambda m: m.nn.ParameterDict()(1), "ParameterDict should not be called\\.")
bad(
    "nn.ParameterDict key",
    lambda m: m.nn.ParameterDict({3: m.ones(1)}),
    "Index given to ParameterDict must be a string, got int",
)
bad(
    "nn.ParameterDict number",
    lambda m: m.nn.ParameterDict(3),
    "ParameterDict\\.update expected an iterable of key/value pairs",
)
bad(
    "nn.Parameter ints",
    lambda m: m.nn.Parameter(m.ones(2, dtype=m.int64)),
    "Only Tensors of floating point dtype can require gradients,",
)
bad(
    "nn.init uniform order",
    lambda m: m.nn.init.uniform_(m.ones(2), 1.0, 0.0),
    "uniform_ expects to return a \\[from, to\\) range, but found fro",
)
bad(
    "nn.init normal neg",
    lambda m: m.nn.init.normal_(m.ones(2), 0.0, -1.0),
    "normal expects std >= 0\\.0, but found std -1\\.0",
)
bad(
    "nn.init xavier",
    lambda m: m.nn.init.xavier_uniform_(m.ones(2)),
    "Fan in and fan out can not be computed for tensor with fewer",
)
bad("nn.init ints", lambda m: m.nn.init.normal_(m.ones(2, dtype=m.int64)), '"normal_" not implemented for int64')
bad("nn.init eye", lambda m: m.nn.init.eye_(m.ones(2)), "Only tensors with 2 dimensions are supported, got 1")
bad(
    "nn.init dirac",
    lambda m: m.nn.init.dirac_(m.ones(2)),
    "Only tensors with 3, 4, or 5 dimensions are supported, got 1",
)
bad(
    "nn.init dirac groups",
    lambda m: m.nn.init.dirac_(m.ones(3, 2, 1), 2),
    "dim 0 must be divisible by groups, got 3 and 2",
)
bad(
    "nn.init ortho",
    lambda m: m.nn.init.orthogonal_(m.ones(2)),
    "Only tensors with 2 or more dimensions are supported, got 1",
)
bad(
    "nn.init sparse", lambda m: m.nn.init.sparse_(m.ones(2), 0.1), "Only tensors with 2 dimensions are supported, got 1"
)
bad("nn.init gain", lambda m: m.nn.init.calculate_gain("x"), "Unsupported nonlinearity x")
bad(
    "nn.utils clip value word", lambda m: m.nn.utils.clip_grad_value_([], "x"), "could not convert string to float: 'x'"
)
bad("nn.utils clip word", lambda m: m.nn.utils.clip_grad_norm_([], "x"), "could not convert string to float: 'x'")
bad("nn.utils vector", lambda m: m.nn.utils.vector_to_parameters(3, []), "expected a Tensor, but got: int")
bad(
    "nn.utils vec none",
    lambda m: m.nn.utils.parameters_to_vector([]),
    "cat\\(\\): expected a non-empty list of Tensors",
)
bad(
    "nn.Module to",
    lambda m: m.nn.Linear(1, 1).to(m.int64),
    "nn\\.Module\\.to only accepts floating point dtypes, but got des",
)
bad(
    "nn.Module to kw",
    lambda m: m.nn.Linear(1, 1).to(color=1),
    "Module\\.to\\(\\) got an unexpected keyword argument 'color'",
)
bad("nn.Module train", lambda m: m.nn.ReLU().train(3), "training mode is expected to be boolean, got 3")
bad(
    "nn.Module load",
    lambda m: m.nn.Linear(1, 1).load_state_dict(3),
    "Expected state_dict to be dict-like, got <class 'int'>\\.",
)
bad(
    "nn.Module load size",
    lambda m: m.nn.Linear(1, 1).load_state_dict(m.nn.Linear(2, 1).state_dict()),
    "size mismatch for weight: copying a param with shape",
)
bad(
    "nn.utils spectral",
    lambda m: m.nn.utils.spectral_norm(m.nn.Linear(1, 1), n_power_iterations=0),
    "Expected n_power_iterations to be positive, but got n_power_",
)
