"""Random calls: arguments for any public operation, drawn by what its parameters are called and default to."""

from __future__ import annotations

import inspect
from typing import Any

import mocrograd as mg
import numpy as np
from hypothesis import strategies as st

DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")
SHAPES = st.lists(st.sampled_from((0, 1, 1, 2, 3, 3, 4)), max_size=3).map(tuple)
SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 1e30)
INTS = st.integers(-4, 5)
FLOATS = st.sampled_from((0.0, 0.5, 1.0, -1.5, 2.0, 1e-3, -1.0, 3.0))
INDICES = ("index", "indices", "target", "boundaries")
INTEGERS = ("dim", "dims", "dim0", "dim1", "start", "length", "k", "n", "size", "sizes", "shifts", "repeats", "diagonal", "offset",
            "chunks", "sections", "bins", "axis", "kernel_size", "stride", "dilation", "groups", "num_classes",
            "start_dim", "end_dim", "split_size_or_sections", "indices_or_sections", "source", "destination", "end",
            "steps", "m", "low", "high", "correction", "descending", "minlength", "step", "shape")  # fmt: skip
LISTS = ("tensors",)


class Same:
    """One array as a tensor of either library, with the same strides; each library gets memory of its own."""

    def __init__(self, base: np.ndarray, view: Any) -> None:
        self.base, self.view = base, view

    def tensor(self, module: Any) -> Any:
        """Return it as a tensor of a module."""
        return self.view(module.from_numpy(self.base.copy()))

    def __repr__(self) -> str:
        return f"{self.view(self.base)!r}"


class Dtype:
    """A dtype of either library."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


@st.composite
def arrays(draw: Any, shape: Any = SHAPES, dtypes: Any = DTYPES) -> Same:
    """Draw an array: contiguous, transposed, every second element of a larger one, or broadcast."""
    dtype, shape = draw(st.sampled_from(dtypes)), draw(shape)
    layout = draw(st.sampled_from(("plain", "plain", "turned", "spread", "broadcast")))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    if layout == "turned":
        stored, view = shape[::-1], turned
    elif layout == "spread":
        stored, view = tuple(2 * n for n in shape), spread
    elif layout == "broadcast" and shape:
        stored, view = (1, *shape[1:]), Broadcast(shape)
    else:
        stored, view = shape, plain
    if dtype.startswith("float"):
        values = random.integers(-6, 7, stored) / 2
        if draw(st.booleans()) and values.size:
            values.flat[random.integers(values.size)] = random.choice(SPECIAL)
    elif dtype == "bool":
        values = random.integers(0, 2, stored)
    else:
        values = random.integers(-3, 4, stored)
    return Same(np.array(values).astype(dtype), view)


def plain(x: Any) -> Any:
    return x


def turned(x: Any) -> Any:
    return x.transpose() if isinstance(x, np.ndarray) else x.permute(tuple(range(x.ndim)[::-1]))


def spread(x: Any) -> Any:
    return x[tuple(slice(None, None, 2) for _ in x.shape)] if x.ndim else x


class Broadcast:
    """A view with its first dimension repeated."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape

    def __call__(self, x: Any) -> Any:
        return np.broadcast_to(x, self.shape) if isinstance(x, np.ndarray) else x.expand(*self.shape)


NUMBERS = st.one_of(INTS, FLOATS)
SIZES = st.lists(st.integers(-1, 4), max_size=3).map(tuple)
ODD = st.one_of(
    st.sampled_from((None, "word", 2.5, True, (), (0, 0), [1], -9, 1 << 70)),
    st.sampled_from((float("nan"), 1j, 1 << 62, -(1 << 63), 10**400, (3, 3), [[1.0]], b"x", object(), ("a",), {})),
    arrays(),
)


def argument(name: str, default: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a parameter; some of what it gives makes no sense on purpose."""
    if name in INDICES:
        usual: Any = arrays(dtypes=("int64", "int64", "int32", "float32"))
    elif name in LISTS:
        usual = st.lists(arrays(), max_size=3)
    elif name in INTEGERS:
        usual = st.one_of(INTS, INTS, SIZES)
    elif name == "dtype":
        usual = st.sampled_from(DTYPES).map(Dtype)
    elif name in ("device", "out", "generator", "memory_format", "requires_grad", "layout", "pin_memory"):
        return st.just(default if default is not inspect.Parameter.empty else None)
    elif isinstance(default, bool):
        usual = st.booleans()
    elif isinstance(default, str):
        return st.sampled_from((default, default, "nonsense", "mean", "reflect", "floor"))
    elif isinstance(default, (int, float)):
        usual = NUMBERS
    elif default is None:
        usual = st.one_of(st.none(), NUMBERS, SIZES, arrays())
    else:
        usual = st.one_of(arrays(), arrays(), arrays(), NUMBERS)
    return st.integers(0, 15).flatmap(lambda odd: ODD if odd == 0 else usual)


@st.composite
def calls(draw: Any, function: Any, skip: int) -> tuple[list[Any], dict[str, Any]]:
    """Draw positional and keyword arguments for a function, of which the first `skip` parameters are given."""
    args: list[Any] = []
    options: dict[str, Any] = {}
    for place, p in enumerate(inspect.signature(function).parameters.values()):
        if place < skip:
            continue
        if p.kind is p.VAR_POSITIONAL:
            args += draw(st.lists(argument("size" if "tensor" not in p.name else "input", p.empty), max_size=3))
        elif p.kind is p.VAR_KEYWORD:
            continue
        elif p.kind is p.KEYWORD_ONLY:
            if draw(st.booleans()):
                options[p.name] = draw(argument(p.name, p.default))
        elif p.default is p.empty or (not options and draw(st.integers(0, 2))):
            args.append(draw(argument(p.name, p.default)))
        else:
            options["..."] = None  # the positional ones that follow stay away too
    options.pop("...", None)
    return args, options


def given_to(module: Any, value: Any) -> Any:
    """Return an argument as a module's."""
    if isinstance(value, Same):
        return value.tensor(module)
    if isinstance(value, Dtype):
        return getattr(module, value.name)
    if value is mg.strided:  # the default of a parameter
        return module.strided
    if isinstance(value, list):
        return [given_to(module, v) for v in value]
    return value


def public(namespace: Any, torchs: Any) -> list[str]:
    """Return the functions that a namespace of ours shares with torch's, those too that load when they are asked for."""
    names = (name for name in dir(namespace) if not name.startswith("_") and hasattr(torchs, name))
    return sorted(name for name in names if callable(value := getattr(namespace, name)) and not isinstance(value, type))


METHODS = sorted(
    name for name, value in vars(mg.Tensor).items() if inspect.isfunction(value) and not name.startswith("_")
)
NOT_CALLED = {"manual_seed", "seed", "initial_seed", "set_num_threads", "get_num_threads", "compile", "save", "load", "from_dlpack",
              "set_default_dtype", "set_printoptions", "backward", "register_hook", "const_data_ptr", "data_ptr", "numpy", "tolist",
              "set_rng_state", "get_rng_state", "storage", "untyped_storage", "retain_grad", "is_grad_enabled", "detach_",
              "from_numpy", "as_tensor", "asarray", "frombuffer", "tensor", "use_deterministic_algorithms", "vmap",
              "are_deterministic_algorithms_enabled", "set_default_device", "get_default_device",
              "set_float32_matmul_precision", "get_float32_matmul_precision",
              "register_post_accumulate_grad_hook", "masked_tensor", "as_masked_tensor",
              "dim_order", "new", "lobpcg", "eig", "eigvals"}  # fmt: skip
"""State of the process, or no operation on numbers; or torch's own ends the process, at eigenvalues of nan. These have
tests of their own."""
