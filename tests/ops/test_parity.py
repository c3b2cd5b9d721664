"""The face is torch's: names, arguments, defaults, promotion and printing, compared with torch itself."""

import inspect
import itertools

import mocrograd as mg
import numpy as np
import pytest

OWN = {
    "add",
    "sub",
    "mul",
    "linear",
    "cross_entropy",
    "mse_loss",
    "current_kernels",
    "kernels",
    "memory_stats",
    "rebuild",
}
DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")


@pytest.fixture(autouse=True)
def _with_torch(torch):
    """Everything here needs torch."""


def as_pair(torch, result):
    ours, theirs = result
    assert str(ours.dtype).partition(".")[2] == str(theirs.dtype).partition(".")[2]
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=2e-6, atol=1e-7)


def both(torch, call):
    as_pair(torch, (call(mg), call(torch)))


NAMES = [
    "tensor", "zeros", "ones", "full", "empty", "arange", "linspace", "eye", "zeros_like", "ones_like", "full_like",
    "from_numpy", "from_dlpack", "as_tensor", "rand", "randn", "randint", "randperm", "rand_like", "randn_like",
    "manual_seed", "bernoulli", "normal", "no_grad", "enable_grad", "inference_mode", "set_grad_enabled",
    "is_grad_enabled", "get_num_threads", "set_num_threads", "Size", "Tensor", "Generator", "float32", "float64",
    "int64", "int32", "uint8", "bool", "float", "double", "long", "int", "device", "dtype",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_are_torchs(name, torch):
    assert hasattr(torch, name)
    assert hasattr(mg, name)


def test_every_exported_function_is_torchs_or_our_own(torch):
    functional = torch.nn.functional
    unknown = [
        name for name in mg.ops.__all__
        if name not in OWN and not hasattr(torch, name) and not hasattr(torch.Tensor, name)
        and not hasattr(functional, name)
    ]  # fmt: skip
    assert unknown == ["default_generator"] or unknown == []


def test_every_method_is_torchs(torch):
    unknown = [
        name for name, value in vars(mg.Tensor).items()
        if not name.startswith("_") and callable(value) and not hasattr(torch.Tensor, name)
    ]  # fmt: skip
    assert set(unknown) <= {"maximum_", "minimum_"}


def test_argument_names_are_torchs():
    for name, expected in {
        "softmax": ["input", "dim", "dtype"], "transpose": ["input", "dim0", "dim1"], "cat": ["tensors", "dim"],
        "sum": ["input", "dim", "keepdim", "dtype"], "where": ["condition", "input", "other"], "flatten":
        ["input", "start_dim", "end_dim"], "matmul": ["input", "other"], "full": ["size", "fill_value"],
        "argmax": ["input", "dim", "keepdim"], "index_select": ["input", "dim", "index"], "pow": ["input", "exponent"],
        "split": ["tensor", "split_size_or_sections", "dim"], "stack": ["tensors", "dim"], "narrow":
        ["input", "dim", "start", "length"], "squeeze": ["input", "dim"],
    }.items():  # fmt: skip
        got = list(inspect.signature(getattr(mg, name)).parameters)
        assert got[: len(expected)] == expected, name


CREATION = {
    "int": lambda m: m.tensor(3), "float": lambda m: m.tensor(3.5), "bool": lambda m: m.tensor(True),
    "list": lambda m: m.tensor([1, 2]), "mixed list": lambda m: m.tensor([1, 2.5, True]), "empty list": lambda m: m.tensor([]),
    "bools and ints": lambda m: m.tensor([True, 2]), "nested": lambda m: m.tensor([[1.0], [2.0]]),
    "numpy float64": lambda m: m.tensor(np.ones(2)), "numpy scalar": lambda m: m.tensor(np.float32(2)),
    "list of arrays": lambda m: m.tensor([[1.0, 2.0], np.array([3.0, 4.0]).tolist()]),
    "dtype": lambda m: m.tensor([1.7, -1.7], dtype=m.int64), "zeros": lambda m: m.zeros(2, 3),
    "zeros of a tuple": lambda m: m.zeros((2, 3)), "zeros of a Size": lambda m: m.zeros(m.ones(2, 3).shape),
    "zeros scalar": lambda m: m.zeros(()), "ones int": lambda m: m.ones(2, dtype=m.int64), "full int": lambda m: m.full((2,), 3),
    "full float": lambda m: m.full((2, 2), 0.5), "full bool": lambda m: m.full((2,), True), "arange": lambda m: m.arange(5),
    "arange float": lambda m: m.arange(1, 2, 0.25), "arange down": lambda m: m.arange(5, 0, -2),
    "arange 0.1": lambda m: m.arange(0, 1, 0.1), "arange empty": lambda m: m.arange(0), "linspace": lambda m: m.linspace(0, 1, 5),
    "linspace 1": lambda m: m.linspace(2, 3, 1), "eye": lambda m: m.eye(3), "eye 2 4": lambda m: m.eye(2, 4),
    "zeros_like": lambda m: m.zeros_like(m.ones(2, dtype=m.int64)), "ones_like": lambda m: m.ones_like(m.zeros(2), dtype=m.bool),
    "full_like": lambda m: m.full_like(m.zeros(2, 2), 7), "new_zeros": lambda m: m.ones(1, dtype=m.float64).new_zeros(2, 3),
    "new_tensor": lambda m: m.ones(1, dtype=m.float64).new_tensor([1, 2]), "Tensor(2, 3)": lambda m: m.Tensor(2, 3).zero_(),
    "Tensor of a list": lambda m: m.Tensor([1, 2]), "new_full": lambda m: m.ones(1).new_full((2,), 3),
}  # fmt: skip


@pytest.mark.parametrize("call", CREATION.values(), ids=CREATION)
def test_creation(call, torch):
    both(torch, call)


OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "<": lambda a, b: a < b, "==": lambda a, b: a == b,
}  # fmt: skip


def operands(m):
    """Tensors of all dtypes, with and without dimensions, and Python numbers."""
    tensors = [m.tensor(v, dtype=getattr(m, d)) for d in DTYPES for v in ([1, 0, 1], 1)]
    return [*tensors, 2, 2.5, True]


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_promotion(operator, torch):
    pairs = zip(itertools.product(operands(mg), repeat=2), itertools.product(operands(torch), repeat=2), strict=True)
    for (a, b), (c, d) in pairs:
        if not isinstance(a, mg.Tensor) and not isinstance(b, mg.Tensor):
            continue
        what = f"{c!r} with {d!r}"
        try:
            expected = operator(c, d)
        except RuntimeError as error:
            with pytest.raises(type(error)):
                operator(a, b)
            continue
        got = operator(a, b)
        assert str(got.dtype).partition(".")[2] == str(expected.dtype).partition(".")[2], what
        np.testing.assert_allclose(got.numpy(), expected.numpy(), err_msg=what)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_promotion_of_functions(name, torch):
    for a, b in itertools.product(DTYPES, repeat=2):
        both(
            torch, lambda m, a=a, b=b: getattr(m, name)(m.ones(2, dtype=getattr(m, a)), m.zeros(2, dtype=getattr(m, b)))
        )


def test_promotion_of_where_and_cat(torch):
    for a, b in itertools.product(DTYPES, repeat=2):
        both(torch, lambda m, a=a, b=b: m.cat([m.ones(2, dtype=getattr(m, a)), m.ones(1, dtype=getattr(m, b))]))
        both(
            torch,
            lambda m, a=a, b=b: m.where(
                m.tensor([True, False]), m.ones(2, dtype=getattr(m, a)), m.zeros(2, dtype=getattr(m, b))
            ),
        )
    for value in (2, 2.5, True):
        for a in DTYPES:
            both(torch, lambda m, a=a, v=value: m.where(m.tensor([True, False]), m.ones(2, dtype=getattr(m, a)), v))
    both(torch, lambda m: m.where(m.tensor([True, False]), 1, 0))
    both(torch, lambda m: m.where(m.tensor([True, False]), 1.0, 0))


PRINTED = {
    "float": lambda m: m.tensor([1.0, 2.5, -3.25]), "whole": lambda m: m.tensor([1.0, 2.0, -3.0]),
    "scalar": lambda m: m.tensor(2.5), "int scalar": lambda m: m.tensor(3), "matrix": lambda m: m.arange(6).reshape(2, 3),
    "bools": lambda m: m.tensor([True, False]), "float64": lambda m: m.tensor([1.0], dtype=m.float64),
    "requires_grad": lambda m: m.ones(2, requires_grad=True), "result": lambda m: m.ones(2, requires_grad=True) * 2,
    "empty": lambda m: m.zeros(0), "empty matrix": lambda m: m.zeros(0, 3), "empty ints": lambda m: m.zeros(0, dtype=m.int64),
    "small": lambda m: m.tensor([1e-5, 1.0]), "large": lambda m: m.tensor([1e9, 1.5]), "wide": lambda m: m.tensor([1e-10, 1e10]),
    "nan": lambda m: m.tensor([1.5, float("nan"), float("inf")]), "whole nan": lambda m: m.tensor([1.0, float("nan"), -float("inf")]),
    "negative zero": lambda m: m.tensor([-0.0, 1.0]), "three": lambda m: m.arange(12.0).reshape(2, 2, 3),
    "long": lambda m: m.arange(2000), "long matrix": lambda m: m.arange(3000.0).reshape(50, 60), "many": lambda m: m.arange(40.0) / 7,
    "widths": lambda m: m.tensor([[1.0, 10.5], [100.25, -1000.0]]), "negative ints": lambda m: m.tensor([-1, 10, -100]),
    "thousand": lambda m: m.arange(1000.0), "million": lambda m: m.tensor([1e6, 2.5]), "exact large": lambda m: m.tensor([123456789.0]),
    "tall": lambda m: m.zeros(3, 1), "zeros": lambda m: m.zeros(2, 2), "tiny": lambda m: m.tensor([1e-30]),
    "deep": lambda m: m.zeros(1, 1, 1, 2), "many rows": lambda m: m.zeros(1001, 2),
}  # fmt: skip


@pytest.mark.parametrize("call", PRINTED.values(), ids=PRINTED)
def test_printing(call, torch):
    assert repr(call(mg)) == repr(call(torch)).replace("torch.", "mocrograd.")


def test_shapes_print_as_torchs(torch):
    for shape in ((), (2,), (2, 3)):
        assert repr(mg.zeros(shape).shape) == repr(torch.zeros(shape).shape).replace("torch", "mocrograd")
    assert mg.zeros(2, 3).shape == (2, 3)
    assert mg.zeros(2, 3).size() == mg.Size([2, 3])
    assert mg.zeros(2, 3).shape.numel() == 6
    assert str(mg.float32) == str(torch.float32).replace("torch", "mocrograd")


METHODS = {
    "clamp by maximum": lambda m: m.maximum(m.tensor([1.0, -1.0]), m.tensor(0.0)), "sum dims": lambda m: m.ones(2, 3).sum((0, 1)),
    "max pair": lambda m: m.tensor([[1.0, 3.0]]).max(dim=1, keepdim=True).values, "max other": lambda m: m.max(m.ones(2), m.zeros(2)),
    "var": lambda m: m.tensor([1.0, 2.0, 4.0]).var(), "T": lambda m: m.ones(2, 3).T, "view_as": lambda m: m.ones(6).view(-1, 2),
    "type_as": lambda m: m.ones(2).type_as(m.ones(1, dtype=m.int64)), "to other": lambda m: m.ones(2).to(m.ones(1, dtype=m.float64)),
    "expand_as": lambda m: m.ones(1, 3).expand_as(m.zeros(2, 3)), "unary minus": lambda m: -m.tensor([1, 2]),
    "add alpha": lambda m: m.add(m.ones(2), m.ones(2), alpha=3), "rsub": lambda m: 1 - m.ones(2), "rpow": lambda m: 2 ** m.tensor([1.0, 3.0]),
    "int ** int": lambda m: m.tensor([2, 3]) ** 3, "int ** float": lambda m: m.tensor([2, 3]) ** 0.5, "int / int": lambda m: m.tensor([1, 2]) / 2,
    "any dim": lambda m: m.tensor([[0, 1], [0, 0]]).any(1), "all": lambda m: m.tensor([1.0, 2.0]).all(), "mean dims": lambda m: m.ones(2, 3).mean((0,), True),
    "squeeze dims": lambda m: m.ones(1, 2, 1).squeeze((0, 2)), "flatten": lambda m: m.ones(2, 3, 4).flatten(start_dim=1),
    "iter": lambda m: m.stack(list(m.arange(6).reshape(3, 2))), "bool of ints": lambda m: m.tensor([0, 2]).bool(),
    "& of bools": lambda m: m.tensor([True, False]) & m.tensor([True, True]), "| True": lambda m: m.tensor([True, False]) | True,
    "~": lambda m: ~m.tensor([True, False]), "min of bools": lambda m: m.tensor([True, False]).min(), "argmax of all": lambda m: m.ones(2, 3).argmax(),
    "masked_fill": lambda m: m.zeros(3).masked_fill(m.tensor([True, False, True]), 2), "detach": lambda m: m.ones(2, requires_grad=True).detach(),
    "cross_entropy": lambda m: m.nn.functional.cross_entropy(m.arange(6.0).reshape(2, 3), m.tensor([0, 2])),
    "softmax": lambda m: m.nn.functional.softmax(m.arange(6.0).reshape(2, 3), dim=1),
    "int, slice, list": lambda m: m.arange(24).reshape(2, 3, 4)[1, :, [0, 2]], "list, slice, int": lambda m: m.arange(24).reshape(2, 3, 4)[[1, 0], :, 3],
    "list, int": lambda m: m.arange(24).reshape(2, 3, 4)[[1, 0], 2], "0-d tensor index": lambda m: m.arange(6).reshape(2, 3)[m.tensor(1)],
    "list, slice, list": lambda m: m.arange(24).reshape(2, 3, 4)[[1, 0], 1:, [2, 3]], "mask, int": lambda m: m.ones(3, 2)[m.tensor([True, False, True]), 1],
    "index by True": lambda m: m.arange(3)[m.tensor([True, False, True])], "x[..., None]": lambda m: m.ones(2)[..., None],
}  # fmt: skip


@pytest.mark.parametrize("call", METHODS.values(), ids=METHODS)
def test_methods_and_functions(call, torch):
    both(torch, call)


def test_strides_and_contiguity(torch):
    for call in (
        lambda m: m.ones(2, 3, 4), lambda m: m.ones(2, 3, 4).transpose(0, 2), lambda m: m.ones(2, 3)[:, 1],
        lambda m: m.ones(2, 3)[:, ::2], lambda m: m.ones(3).expand(2, 3), lambda m: m.ones(2, 3).permute(1, 0),
        lambda m: m.ones(2, 3, 4)[1:, :, 2], lambda m: m.ones(4, 6).view(2, 2, 6).transpose(0, 1), lambda m: m.ones(2, 1).squeeze(),
    ):  # fmt: skip
        ours, theirs = call(mg), call(torch)
        assert ours.stride() == theirs.stride()
        assert ours.is_contiguous() == theirs.is_contiguous()
        assert ours.contiguous().stride() == theirs.contiguous().stride()
