"""A program that overrides functions of torch in every way; prints what it saw, to be compared with torch."""

import json

import torch
import torch.nn.functional as F
from torch.nn.functional import relu as relu_imported_before
from torch.overrides import (
    TorchFunctionMode,
    get_overridable_functions,
    handle_torch_function,
    has_torch_function,
    is_tensor_like,
    is_tensor_method_or_property,
    redispatch_function,
    resolve_name,
    wrap_torch_function,
)

torch_add_before, method_before = torch.add, torch.Tensor.add
seen, found = [], {}


def note(func, types, args, kwargs):
    name = getattr(func, "__name__", str(func))
    if name not in ("__get__", "dim", "size"):
        name = name.replace("linalg_", "").replace("special_expit", "sigmoid")  # as torch calls them inside
        seen.append([name, [t.__name__ for t in types if t is not torch.Tensor], len(args)])


class Logged(torch.Tensor):
    """Notes each call."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        note(func, types, args, kwargs)
        return super().__torch_function__(func, types, args, kwargs)


class Plain(torch.Tensor):
    """Overrides nothing, but results stay of the class."""


class Deeper(Logged):
    """A subclass, asked first."""


def section(name):
    found[name] = list(seen)
    seen.clear()


def values(x):
    return [type(x).__name__, x.as_subclass(torch.Tensor).tolist()]


x = torch.tensor([1.0, 2.0, 3.0]).as_subclass(Logged)
seen.clear()
found["results"] = [
    values(r)
    for r in (x + 1, 1 + x, 1 - x, x - 1, x * 2, 2 * x, x / 2, 2 / x, x**2, 2**x, -x, abs(x), x @ x, x == x, x != x, x < 2, x >= 2,
              x[0], torch.ones(3) + x, x.add(1), torch.add(x, 1, alpha=2), torch.add(input=x, other=1), x.relu(),
              torch.relu(x), F.relu(x), relu_imported_before(x), torch_add_before(x, x), method_before(x, x),
              torch.stack([x, x]), torch.cat((x, torch.ones(2))), F.linear(x, torch.ones(3, 3)), x.sum(), x.view(1, 3),
              torch.where(x > 2, x, 0.0), F.cross_entropy(x, torch.tensor(1)), torch.max(x, 0).values, x.clone(),
              torch.linalg.norm(x), torch.special.expit(x), x.detach(), x.to(torch.float64), torch.zeros_like(x))
]  # fmt: skip
section("calls")
x += 1
x[0] = 5.0
x.mul_(2)
found["in place"] = values(x)
found["numbers"] = [len(x), float(x[0]), bool(x[0] > 1), x.tolist(), x.item() if x.numel() == 1 else None]
section("in place calls")
found["several"] = [type(r).__name__ for r in (*x.split(1), *torch.unbind(x), *x)]
found["pairs"] = [type(r).__name__ for r in x.max(0)]
y = torch.ones(3).as_subclass(Deeper)
seen.clear()
found["both"] = values(x + y), values(y + x), values(torch.stack([x, y]))
section("both calls")

leaf = torch.ones(3).as_subclass(Logged).requires_grad_()
seen.clear()
(leaf * torch.arange(3.0)).sum().backward()
section("backward calls")
found["grad"] = leaf.grad.tolist()
plain = torch.ones(2, 3).as_subclass(Plain)
found["plain"] = [type(r).__name__ for r in (plain + 1, plain.T, plain.sum(), torch.exp(plain), plain.reshape(3, 2))]
found["parameter"] = [type(torch.nn.Parameter(torch.ones(2)) + 1).__name__]
layers = {
    "linear": (torch.nn.Linear(3, 2), (4, 3)), "conv2d": (torch.nn.Conv2d(2, 2, 1), (1, 2, 3, 3)),
    "conv_transpose1d": (torch.nn.ConvTranspose1d(2, 2, 1), (1, 2, 3)),
    "batch_norm": (torch.nn.BatchNorm1d(3), (4, 3)), "layer_norm": (torch.nn.LayerNorm(3), (4, 3)),
    "gelu": (torch.nn.GELU(), (4, 3)), "dropout": (torch.nn.Dropout(), (4, 3)), "softmax": (torch.nn.Softmax(-1), (3,)),
    "embedding": (torch.nn.Embedding(4, 3), None), "max_pool2d": (torch.nn.MaxPool2d(2), (1, 1, 4, 4)),
    "mse_loss": (lambda a: torch.nn.MSELoss()(a, a), (3,)), "none": (torch.nn.Identity(), (3,)),
}  # fmt: skip
found["layers"] = {}
for name, (layer, shape) in layers.items():
    given = torch.ones(shape) if shape else torch.ones(2, dtype=torch.int64)
    given = given.as_subclass(Logged)
    seen.clear()
    made = layer(given)
    found["layers"][name] = [type(made).__name__, name == "none" or name in [call[0] for call in seen]]
for cell in (torch.nn.RNN, torch.nn.GRU, torch.nn.RNNCell, torch.nn.GRUCell):
    made = cell(3, 2)(torch.ones(2, 4, 3).as_subclass(Plain) if "Cell" not in cell.__name__ else plain)
    found["layers"][cell.__name__] = type(made[0] if isinstance(made, tuple) else made).__name__
seen.clear()


class Diagonal:
    """No tensor; knows the mean and sums alone, by a table of functions."""

    table = {torch.mean: lambda d: d.value / d.n, torch.add: lambda a, b: ("sum", type(a).__name__, type(b).__name__)}  # noqa: RUF012
    table[torch.Tensor.add] = lambda a, b: ("method", type(a).__name__, type(b).__name__)
    table[torch.cat] = lambda parts: len(parts)

    def __init__(self, n, value):
        self.n, self.value = n, value

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func not in cls.table:
            return NotImplemented
        return cls.table[func](*args, **(kwargs or {}))


d = Diagonal(5, 2)
found["no tensor"] = [
    torch.mean(d), torch.add(d, 1), torch.add(torch.ones(2), d), torch.ones(2) + d, torch.cat([torch.ones(2), d])
]  # fmt: skip
for refused in (lambda: torch.exp(d), lambda: torch.ones(2) * d, lambda: torch.sub(1, d)):
    try:
        refused()
        found.setdefault("refused", []).append("nothing")
    except TypeError:
        found.setdefault("refused", []).append("TypeError")


class Counting(TorchFunctionMode):
    """Notes each call, under a name."""

    def __init__(self, name):
        self.name = name

    def __torch_function__(self, func, types, args=(), kwargs=None):
        note(func, types, args, kwargs)
        seen[-1:] = [[self.name, *seen[-1]]] if seen else []
        return func(*args, **(kwargs or {}))


with Counting("outer") as mode:
    z = torch.ones(3) + 1
    torch.exp(z)
    with Counting("inner"):
        torch.relu(z)
        F.relu(z)
    with torch._C.DisableTorchFunctionSubclass():
        torch.relu(plain)
    with torch._C.DisableTorchFunction():
        torch.relu(z)
    found["watched"] = [has_torch_function(()), torch.overrides._get_current_function_mode() is mode]
torch.exp(z)
section("modes")


class Doubling(TorchFunctionMode):
    """Doubles what exp returns."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        return result * 2 if func is torch.exp else result


with Doubling():
    found["doubled"] = torch.exp(torch.zeros(2)).tolist()
found["not doubled"] = torch.exp(torch.zeros(2)).tolist()
try:
    with Doubling():
        torch.exp("text")
except (TypeError, AttributeError):
    found["after an error"] = len(torch.overrides._get_current_function_mode_stack())


def mine(a, b):
    if has_torch_function((a, b)):
        return handle_torch_function(mine, (a, b), a, b)
    return a * b + 1


@wrap_torch_function(lambda a, b: (a, b))
def wrapped(a, b):
    return a - b


class Inside(torch.Tensor):
    """Sees what functions of the program call, too."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        note(func, types, args, kwargs)
        return redispatch_function(func, types, args, kwargs)


seen.clear()
inside = torch.ones(2).as_subclass(Inside)
found["own"] = [values(mine(x, 2.0)), values(wrapped(x, 1.0)), values(mine(inside, inside)), type(mine(z, z)).__name__]
section("own calls")
with torch._C.DisableTorchFunctionSubclass():
    found["switched off"] = [type(x + 1).__name__, has_torch_function((x,))]
found["asked"] = [
    has_torch_function((z,)), has_torch_function((x,)), has_torch_function((1, d)), is_tensor_like(d), is_tensor_like(1),
    is_tensor_like(z), resolve_name(torch.add), resolve_name(torch.Tensor.add), resolve_name(F.relu),
    resolve_name(torch.Tensor.shape.__get__), resolve_name(len), is_tensor_method_or_property(torch.Tensor.add),
    is_tensor_method_or_property(torch.add), torch.add in get_overridable_functions()[torch],
    torch.Tensor.add in get_overridable_functions()[torch.Tensor], torch.relu is not torch.Tensor.relu,
]  # fmt: skip
print(json.dumps(found))
