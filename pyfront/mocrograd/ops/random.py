"""Random numbers: counter-based (Philox), so that a seed gives one stream on any device and any number of workers.

Distributions whose parameters are tensors have kernels of their own (`sampled`) or are made of uniform numbers.
"""

from __future__ import annotations

import math
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import Function, mode, no_grad
from mocrograd.autograd.function import called
from mocrograd.backend import call, recording, said_of_values
from mocrograd.layout import Shape, broadcast_shapes, check_format
from mocrograd.ops._arguments import number, takes_out
from mocrograd.ops._inplace import check_writable, forget
from mocrograd.ops._memory import in_order_of, move
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._parts import AsComplex, AsReal
from mocrograd.ops._streams import Draw, Generator, default_generator
from mocrograd.ops.arithmetic import minimum
from mocrograd.ops.cast import on_one_device, to_dtype
from mocrograd.ops.creation import _options, shape_of
from mocrograd.ops.scan import cumsum
from mocrograd.ops.sorting import search, topk
from mocrograd.ops.views import expand
from mocrograd.strides import kept_strides
from mocrograd.tensor import Tensor, fresh, fresh_with, method
from mocrograd.types import Device, Dtype, Ints, Operand

__all__ = [
    "Generator",
    "bernoulli",
    "binomial",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "set_rng_state",
]

_SEED = backend.WORDS["random.uniform.float32"].at("seed")


def manual_seed(seed: int) -> Generator:
    """Restart the default stream from a seed.

    Example:
        >>> import mocrograd as mg
        >>> generator = mg.manual_seed(0)
        >>> first = mg.rand(2)
        >>> generator = mg.manual_seed(0)
        >>> bool((mg.rand(2) == first).all())
        True
    """
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """Return the default stream's seed.

    Example:
        >>> import mocrograd as mg
        >>> _ = mg.manual_seed(7)
        >>> mg.random.initial_seed()
        7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Return the state of the default stream.

    Example:
        >>> import mocrograd as mg
        >>> state = mg.random.get_rng_state()
        >>> first = mg.rand(2)
        >>> mg.random.set_rng_state(state)
        >>> mg.equal(first, mg.rand(2))
        True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Continue the default stream from a state.

    Example:
        >>> import mocrograd as mg
        >>> state = mg.random.get_rng_state()
        >>> mg.random.set_rng_state(state)
        >>> mg.equal(state, mg.random.get_rng_state())
        True
    """
    default_generator.set_state(new_state)


def _draw(
    kind: str, out: Tensor, generator: Generator | None, *parameters: float, numbers: Draw | None = None
) -> Tensor:
    """Fill a contiguous tensor."""
    if mode.vmap is not None and numbers is None:
        return mode.vmap.draw(_draw, kind, out, generator, parameters)
    if out._size and out.device is not backend.meta:
        if out.dtype.wide is not None:
            return _draw_narrow(kind, out, generator, parameters, numbers)
        kernel = out.device.table[f"random.{kind}.{out.dtype.name}"]
        if numbers is None and recording.active is None:
            seed, start = (generator or default_generator).take(out._size)
        else:
            seed, start = (numbers or Draw(out._size, generator)).words(_SEED)
        call(kernel, 4 * out._size, out.address, out._size, seed, start, *parameters, out.device.context)
    return out


def _draw_narrow(
    kind: str, out: Tensor, generator: Generator | None, parameters: tuple[float, ...], numbers: Draw | None
) -> Tensor:
    """Fill a contiguous tensor of 16 bits with rounded numbers; uniform ones are cut, so that none becomes the end."""
    wide = fresh(out._shape, out._size, dtypes.float32, out.device)
    with no_grad():
        if kind == "uniform":
            low, high = parameters
            steps = 256 if out.dtype is dtypes.bfloat16 else 2048
            _draw(kind, wide, generator, 0.0, steps, numbers=numbers)
            wide = wide.floor_() * ((high - low) / steps) + low
        else:
            _draw(kind, wide, generator, *parameters, numbers=numbers)
    move(out, to_dtype(wide, out.dtype))
    return out


def _draw_in_place(name: str, kind: str, input: Tensor, generator: Generator | None, *parameters: float) -> Tensor:
    check_writable(name, input)
    of_parts = kind in ("uniform", "normal") and input.dtype.is_complex
    if not (input.dtype.is_floating_point or of_parts):
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    if mode.vmap is not None:
        return mode.vmap.draw_in_place(_draw_in_place, name, kind, input, generator, *parameters)
    input._changed()
    if input._marks:
        input.copy_(_draw_in_place(name, kind, input.detach().clone(), generator, *parameters))
    elif of_parts:
        _draw_in_place(name, kind, AsReal.run(input.detach()), generator, *parameters)
    elif input.is_contiguous():
        _draw(kind, input, generator, *parameters)
    else:
        out = fresh(input._shape, input._size, input.dtype, input.device)
        input.copy_(_draw(kind, out, generator, *parameters))
    forget(input)
    return input


@method
def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements, or the parts of complex ones, by numbers uniform in [from_, to).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(1000).uniform_(-1.0, 1.0)
        >>> bool(-1 <= x.min()), bool(x.max() <= 1)
        (True, True)
    """
    from_, to = number("uniform_", "from", from_), number("uniform_", "to", to)
    if not from_ <= to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return _draw_in_place("uniform_", "uniform", input, generator, from_, to)


@method
def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by normally distributed numbers; parts of complex ones have half of the variance each.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(1000).normal_(5.0, 0.1)
        >>> bool(4.9 < x.mean() < 5.1)
        True
    """
    mean, std = number("normal_", "mean", mean), number("normal_", "std", std)
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    std = std * 0.5**0.5 if input.dtype.is_complex else std
    return _draw_in_place("normal_", "normal", input, generator, mean, std)


def drawn_like(kind: str, input: Tensor, generator: Generator | None, dtype: Any, *parameters: float) -> Tensor:
    """Return row-major numbers of the shape and device of a tensor."""
    return _draw(kind, fresh(input._shape, input._size, dtype, input.device), generator, *parameters)


def _given(kind: str, options: dict[str, Any]) -> tuple[Any, Any, bool]:
    """Return the dtype, the device and whether a gradient is required, of options.

    Raises:
        TypeError: There are others.
    """
    check_format(kind, options.pop("memory_format", None))  # of `rand_like`, which sees to it
    unknown = options.keys() - {"dtype", "device", "requires_grad"}
    if unknown:
        raise TypeError(f"got an unexpected keyword argument '{unknown.pop()}'")
    return options.get("dtype"), options.get("device"), options.get("requires_grad", False)


def _new(kind: str, size: Any, parameters: tuple[float, float], generator: Any, options: dict[str, Any]) -> Tensor:
    given, where, requires_grad = _given(kind, options) if options else (None, None, False)
    dtype, device = _options(given, where)
    if dtype.is_complex:  # a variance of 1, half of it in each part
        numbers = tuple([x * 0.5**0.5 for x in parameters]) if kind == "normal" else parameters
        parts = fresh((*size, 2), 2 * math.prod(size), dtype.to_real(), device)
        drawn: Tensor = AsComplex.run(_draw(kind, parts, generator, *numbers))
        return drawn.requires_grad_() if requires_grad else drawn
    if not dtype.is_floating_point:
        raise NotImplementedError(f'"{kind}" not implemented for {dtype.name}')
    out = _draw(kind, fresh(size, math.prod(size), dtype, device), generator, *parameters)
    return out.requires_grad_() if requires_grad else out


@takes_out(in_its_dtype=True)
def rand(*size: Ints, generator: Generator | None = None, **options: Any) -> Tensor:
    """Return numbers uniform in [0, 1); options are dtype, device and requires_grad.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.rand(100)
        >>> bool(((x >= 0) & (x < 1)).all())
        True
    """
    return _new("uniform", shape_of("rand", size), (0.0, 1.0), generator, options)


@takes_out(in_its_dtype=True)
def randn(*size: Ints, generator: Generator | None = None, **options: Any) -> Tensor:
    """Return numbers of the standard normal distribution; options are dtype, device and requires_grad.

    Example:
        >>> import mocrograd as mg
        >>> mg.randn(2, 3).shape
        mocrograd.Size([2, 3])
    """
    return _new("normal", shape_of("randn", size), (0.0, 1.0), generator, options)


@takes_out(in_its_dtype=True)
def normal(
    mean: Operand = 0.0,
    std: Operand = 1.0,
    size: Ints | None = None,
    *,
    generator: Generator | None = None,
    **options: Any,
) -> Tensor:
    """Return normally distributed numbers; options are dtype, device and requires_grad.

    Args:
        mean: A number, or a tensor with a mean for each number.
        std: A number, or a tensor with a standard deviation for each number; both broadcast.
        size: The shape, if both are numbers.
        generator: The stream to draw from.
        **options: As for `randn`, if both are numbers.

    Raises:
        RuntimeError: A standard deviation is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.normal(0.0, 1.0, (2, 3)).shape
        mocrograd.Size([2, 3])
    """
    mean, std = [x if isinstance(x, Tensor) else number("normal", n, x) for n, x in (("mean", mean), ("std", std))]
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    if not tensors:
        if size is None:
            raise TypeError("normal(): expected a size, or a Tensor of means or of standard deviations")
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
        return _new("normal", shape_of("normal", (size,)), (mean, std), generator, options)  # type: ignore[arg-type]
    if size is not None or options:
        raise TypeError("normal(): size and options are given with numbers, expected none with tensors")
    if not isinstance(std, Tensor) and not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    if isinstance(std, Tensor) and std._size and not _holds(std.detach() >= 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    first = tensors[0].detach()
    for x in tensors:
        if not x.dtype.is_floating_point:
            raise NotImplementedError(f'"normal" not implemented for {x.dtype.name}')
    shape = broadcast_shapes(*[x._shape for x in tensors])
    numbers = _draw("normal", fresh(shape, math.prod(shape), first.dtype, first.device), generator, 0.0, 1.0)
    with no_grad():
        out = numbers * std + mean
    return _drawn_by("Normal", 1 + isinstance(std, Tensor) * (1 + isinstance(mean, Tensor)), out, mean, std)


class Drawn(Function):
    """Random numbers, which change with their parameters only by chance: the gradients are zeros."""

    @staticmethod
    def forward(ctx: Any, numbers: Tensor, *parameters: Any) -> Tensor:
        """Return the numbers."""
        ctx.kept = [x._shape if isinstance(x, Tensor) else None for x in parameters]
        return numbers

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Return zeros."""
        return None, *[grad.new_zeros(shape) if wants else None for wants, shape in zip(ctx.wanted[1:], ctx.kept)]


def _drawn_by(name: str, form: int, numbers: Tensor, *parameters: Any) -> Tensor:
    """Return random numbers, as the result of their parameters where these require gradients."""
    if not mode.grad or not any(getattr(x, "requires_grad", False) for x in parameters):
        return numbers
    called(name, out := Drawn.run(numbers, *parameters)).grad_fn.torch_number = form
    return out


def _holds(truth: Tensor) -> bool:
    """Return whether all elements are true, of all samples where `func.vmap` maps over them."""
    return bool((truth if mode.vmap is None else mode.vmap.bare(truth)).all())


def _are_shares(p: Tensor) -> bool:
    """Return whether all elements are in [0, 1], of all samples where `func.vmap` maps over them; nan is not."""
    p = p if mode.vmap is None else mode.vmap.bare(p)
    return bool(p.min().item() >= 0) and bool(p.max().item() <= 1)


def kept_like(input: Tensor, p: float, factor: float) -> Tensor:
    """Return dropout's factors as `kept` does, in the order that a tensor has in memory."""
    if input._dense or mode.vmap is not None:
        return kept(input._shape, p, factor, input.dtype, input.device)
    strides = kept_strides(input._shape, input._strides)
    return _draw("kept", fresh_with(input._shape, strides, input._size, input.dtype, input.device), None, p, factor)


def kept(
    shape: Shape, p: float, factor: float, dtype: dtypes.dtype, device: Any, numbers: Draw | None = None
) -> Tensor:
    """Return dropout's factors: 0 with probability p, else `factor`, from new numbers or given ones."""
    return _draw("kept", fresh(shape, math.prod(shape), dtype, device), None, p, factor, numbers=numbers)


def _random_like(function: Any, input: Tensor, options: dict[str, Any]) -> Tensor:
    wanted = options.get("memory_format")
    made: Tensor = function(input._shape, **{"dtype": input.dtype, "device": input.device, **options})
    return made if input._dense and wanted is None else in_order_of(input, made, wanted)


def _expect_dense(name: str, input: Tensor) -> None:
    if input._sparse:
        raise NotImplementedError(f"{name}: expected a dense tensor, got one of layout {input.layout}: use to_dense()")


def rand_like(input: Tensor, **options: Any) -> Tensor:
    """Return uniform numbers of the shape, dtype and device of a tensor.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(2, 3, dtype=mg.float64)
        >>> mg.rand_like(x).shape, mg.rand_like(x).dtype
        (mocrograd.Size([2, 3]), mocrograd.float64)
    """
    _expect_dense("rand_like", input)
    return _random_like(rand, input, options)


def randn_like(input: Tensor, **options: Any) -> Tensor:
    """Return normal numbers of the shape, dtype and device of a tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.randn_like(mg.zeros(2, 3)).shape
        mocrograd.Size([2, 3])
    """
    _expect_dense("randn_like", input)
    return _random_like(randn, input, options)


def integers(
    low: int, high: int, shape: Shape, dtype: dtypes.dtype, device: backend.device, generator: Generator | None
) -> Tensor:
    """Return integers uniform in [low, high), in a dtype.

    Raises:
        RuntimeError: There is no such integer, or the dtype does not hold all of them.
    """
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    least, most = (0, 1) if dtype is dtypes.bool_ else dtypes.int64.limits if dtype.kind == 2 else dtype.limits
    for what, bound in (("from", low), ("to - 1", high - 1)):
        if not least <= bound <= most:
            raise RuntimeError(f"{what} is out of bounds for {dtype.name}: expected {least} to {most}, got {bound}")
    if high - low > dtypes.int64.limits[1]:
        raise NotImplementedError(
            f"random integers of more than 63 bits are not implemented: expected less, got {low} to {high}"
        )
    bits = _draw("bits", fresh(shape, math.prod(shape), dtypes.int64, device), generator)  # 63 of them
    with no_grad():
        inside = bits.remainder_(high - low)
        return to_dtype(inside.add_(low) if low else inside, dtype)


@takes_out(in_its_dtype=True)
def randint(
    low: Any = None, high: Any = None, size: Ints | None = None, *, generator: Generator | None = None,
    dtype: Dtype = None, device: Device = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return integers uniform in [low, high): `randint(high, size)` or `randint(low, high, size)`.

    Raises:
        TypeError: There is no `high` or no `size`.
        RuntimeError: There is no such integer, or the dtype does not hold all of them.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.randint(0, 10, (100,))
        >>> bool(((x >= 0) & (x < 10)).all())
        True
    """
    if size is None:
        low, high, size = None, low, high
    if high is None:
        low, high = None, low
    low = 0 if low is None else low
    for name, value in (("high", high), ("size", size)):
        if value is None:
            raise TypeError(f"randint() missing 1 required positional argument: '{name}'")
    kind, target = _options(dtype or dtypes.int64, device)
    out = integers(low, high, shape_of("randint", (size,)), kind, target, generator)
    return out.requires_grad_() if requires_grad else out


def randint_like(
    input: Tensor, low: Any = None, high: Any = None, *, generator: Generator | None = None, dtype: Dtype = None,
    device: Device = None, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Return integers uniform in [low, high), or [0, low), of the shape, dtype and device of a tensor.

    Raises:
        TypeError: There is no `high`.
        RuntimeError: There is no such integer, or the dtype does not hold all of them.

    Example:
        >>> import mocrograd as mg
        >>> dice = mg.randint_like(mg.zeros(1000), 1, 7)
        >>> dice.min(), dice.max()
        (tensor(1.), tensor(6.))
    """
    options: dict[str, Any] = {
        "dtype": dtype or input.dtype,
        "device": input.device if device is None else device,
        "requires_grad": requires_grad,
    }
    _expect_dense("randint_like", input)
    made: Tensor = randint(low, high, input._shape, generator=generator, **options)
    return made if input._dense and memory_format is None else in_order_of(input, made, memory_format)


@takes_out(in_its_dtype=True)
def randperm(
    n: int, *, generator: Generator | None = None, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return the integers from 0 to n - 1 in random order.

    Raises:
        RuntimeError: The dtype does not hold all of them.

    Example:
        >>> import mocrograd as mg
        >>> mg.randperm(5).sort().values
        tensor([0, 1, 2, 3, 4])
    """
    if n and dtype is not None:
        dtypes.number(n - 1, dtype)
    count = shape_of("randperm", (n,))[0]
    order = _draw("permutation", fresh((count,), count, dtypes.int64, backend.cpu), generator, count)
    out = order.to(device=device, dtype=dtype)
    return out.requires_grad_() if requires_grad else out


def _floating(name: str, input: Tensor) -> None:
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')


def sampled(
    kind: str, a: Tensor, b: Tensor | None, generator: Generator | None, wrong: str, numbers: Draw | None = None
) -> Tensor:
    """Return a number of a distribution for each element of its parameters, unrecorded.

    Args:
        kind: The distribution (mojo_kernels/random/sampled.mojo).
        a: The first parameter, of a floating dtype.
        b: The second parameter, of the same shape and dtype, or None.
        generator: The stream to draw from.
        wrong: What is said of parameters that the distribution does not take.
        numbers: The numbers of the stream to use, by default new ones.

    Raises:
        RuntimeError: Some parameter is none of the distribution.
    """
    if mode.vmap is not None:
        return mode.vmap.sample(sampled, kind, a, b, generator, wrong)
    if a.dtype.wide is not None:
        wide = to_dtype(a.detach(), a.dtype.wide)
        other = None if b is None else to_dtype(b.detach(), a.dtype.wide)
        return to_dtype(sampled(kind, wide, other, generator, wrong, numbers), a.dtype)
    a, b = a.detach().contiguous(), None if b is None else b.detach().contiguous()
    out, n, device = fresh(a._shape, a._size, a.dtype, a.device), a._size, a.device
    if n and device is not backend.meta:
        name = f"random.{kind}.{a.dtype.name}"
        if numbers is None and recording.active is None:
            seed, start = (generator or default_generator).take(n)
        else:
            seed, start = (numbers or Draw(n, generator)).words(backend.WORDS[name].at("seed"))
        parameters = (a.address,) if kind == "bernoulli" else (a.address, 0 if b is None else b.address)
        try:
            call(device.table[name], 50 * n, out.address, *parameters, n, seed, start, device.context)
        except RuntimeError as error:
            raise said_of_values(error, RuntimeError(wrong)) from None
    return out


@method
@takes_out()
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Return 1 with the probabilities that a tensor holds, or with one that is given, else 0.

    Args:
        input: The probabilities; only shape, dtype and device matter where `p` is given.
        p: One probability for all.
        generator: The stream to draw from.

    Raises:
        RuntimeError: The dtype is one of integers without `p`, or a probability is not in [0, 1].
        NotImplementedError: Elements are complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.bernoulli(mg.tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    if input.dtype.is_complex:
        raise NotImplementedError(f'"bernoulli" not implemented for {input.dtype.name}')
    if p is not None:
        p = number("bernoulli", "p", p)
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli expects p to be in [0, 1], but got p={p}")
        _expect_dense("bernoulli", input)
        wide = input.dtype if input.dtype.is_floating_point else dtypes.float32
        return to_dtype(drawn_like("uniform", input, generator, wide, 0.0, 1.0) < p, input.dtype)
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"bernoulli expects floating point probabilities, got {input.dtype}")
    drawn = sampled("bernoulli", input, None, generator, "bernoulli expects all probabilities to be in [0, 1]")
    return _drawn_by("Bernoulli", 0, drawn, input)


@computed_wide
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return numbers of the Poisson distributions whose means a tensor holds.

    Raises:
        RuntimeError: A mean is negative.
        NotImplementedError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> generator = mg.Generator().manual_seed(0)
        >>> events = mg.poisson(mg.full((1000,), 4.0), generator=generator)
        >>> bool(3.8 < events.mean() < 4.2)
        True
    """
    _floating("poisson", input)
    wrong = "poisson: invalid Poisson rate, expected rate to be non-negative"
    return _drawn_by("Poisson", 0, sampled("poisson", input, None, generator, wrong), input)


@computed_wide
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Return how many of `count` tries succeed, each with the probability `prob`.

    Args:
        count: The numbers of tries, whole floating ones.
        prob: The probabilities; both broadcast.
        generator: The stream to draw from.

    Raises:
        ValueError: The counts are not of a floating dtype.
        RuntimeError: A count is negative, a probability is not in [0, 1], or the dtypes differ.

    Example:
        >>> import mocrograd as mg
        >>> generator = mg.Generator().manual_seed(0)
        >>> tries = mg.full((1000,), 10.0)
        >>> successes = mg.binomial(tries, mg.full((1000,), 0.5), generator=generator)
        >>> bool(4.8 < successes.mean() < 5.2)
        True
    """
    if not count.dtype.is_floating_point:
        raise ValueError(f"binomial only supports floating-point dtypes for count, got: {count.dtype.name}")
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"binomial: expected count and prob to have the same dtype, got {count.dtype.name} and {prob.dtype.name}"
        )
    shape = broadcast_shapes(count._shape, prob._shape)
    count, prob = on_one_device("binomial", count, prob)
    wrong = "binomial: expected all counts to be non-negative, and all probabilities to be in [0, 1]"
    return sampled("binomial", expand(count, shape), expand(prob, shape), generator, wrong)


@method
@takes_out()
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Return indices that are drawn with the probabilities that rows hold.

    Args:
        input: (n,) or (m, n): weights, which need not add up to 1.
        num_samples: How many indices to draw from each row.
        replacement: Whether an index may be drawn again.
        generator: The stream to draw from.

    Returns:
        (num_samples,) or (m, num_samples), of int64.

    Raises:
        RuntimeError: The rank is another, weights are negative, infinite or all 0, or there are too few to draw from.

    Example:
        >>> import mocrograd as mg
        >>> mg.multinomial(mg.tensor([0.0, 1.0]), 3, replacement=True)
        tensor([1, 1, 1])
    """
    if len(input._shape) not in (1, 2):
        raise RuntimeError(f"multinomial: prob_dist must be 1 or 2 dim, got {list(input._shape)}")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.name}")
    if num_samples <= 0:
        raise RuntimeError(f"multinomial: cannot sample n_sample <= 0 samples, got {num_samples}")
    count = input._shape[-1]
    if not replacement and num_samples > count:
        raise RuntimeError(
            "multinomial: cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"{num_samples} > {count}"
        )
    weights = to_dtype(input.detach(), dtypes.float64)
    rows = math.prod(weights._shape[:-1])
    if rows and not count:
        raise RuntimeError(f"multinomial: there is nothing to draw from, got weights of shape {list(input._shape)}")
    if not weights._size:
        return fresh((*weights._shape[:-1], num_samples), 0, dtypes.int64, input.device)
    _check_weights(weights, 1 if replacement else num_samples)
    if not replacement:  # the least of exponential waiting times: each index comes first with the probability it should
        waits = -(-drawn_like("uniform", weights, generator, dtypes.float64, 0.0, 1.0)).log1p() / weights
        return topk(waits, num_samples, -1, False).indices
    shape = (*weights._shape[:-1], num_samples)
    uniform = _draw("uniform", fresh(shape, math.prod(shape), dtypes.float64, input.device), generator, 0.0, 1.0)
    ends = cumsum(weights, -1)
    total = ends.narrow(-1, count - 1, 1)
    found = search(ends, (uniform * total).contiguous(), True)
    return minimum(found, search(ends, total.contiguous(), False))  # rounding may reach the end


def _check_weights(weights: Tensor, wanted: int) -> None:
    """Raise RuntimeError where rows of weights have too few positive numbers, or others than such and zeros."""
    weights = weights if mode.vmap is None else mode.vmap.bare(weights)
    least, most = weights.min().item(), weights.max().item()
    if not (least >= 0 and most < math.inf):  # nan is neither
        raise RuntimeError("multinomial: probability tensor contains either `inf`, `nan` or element < 0")
    if least > 0:
        return
    positive = (weights > 0).sum(-1).min().item()
    if positive == 0:
        raise RuntimeError("multinomial: invalid multinomial distribution (sum of probabilities <= 0)")
    if positive < wanted:
        raise RuntimeError(
            "multinomial: invalid multinomial distribution (with replacement=False, not enough non-negative category "
            f"to sample), expected {wanted} weights above 0"
        )
