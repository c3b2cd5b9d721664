"""Random numbers: counter-based (Philox), so that a seed gives one stream on any device and any number of workers."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.autograd import no_grad
from mocrograd.backend import call, recording
from mocrograd.layout import Shape, broadcast_shapes, check_format
from mocrograd.ops.arguments import number
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import _options, shape_of, tensor
from mocrograd.ops.inplace import check_writable, forget
from mocrograd.tensor import Tensor, fresh, method


class Generator:
    """A stream of random numbers: a seed and how many numbers have been taken."""

    def __init__(self, device: Any = "cpu") -> None:
        """Start a stream at torch's default seed."""
        backend.device(device)
        self._seed = 67280421310721
        self._taken = 0
        self._spawned = 0

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream anew at a seed.

        Raises:
            TypeError: The seed is not an integer.
        """
        if isinstance(seed, bool) or not hasattr(seed, "__index__"):
            raise TypeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        recording.cannot_replay("it seeds a random generator")
        self._seed = seed.__index__() & (1 << 64) - 1
        self._taken = 0
        self._spawned = 0
        return self

    def seed(self) -> int:
        """Start the stream anew at a seed from the system, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(7), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed."""
        return self._seed

    def get_state(self) -> Tensor:
        """Return the state of the stream."""
        return tensor([self._seed >> 32, self._seed & 0xFFFFFFFF, self._taken, self._spawned])

    def set_state(self, new_state: Tensor) -> None:
        """Continue a stream from a state, also from one of three numbers, as earlier versions had them.

        Raises:
            TypeError: It is no tensor, or one of another dtype.
            RuntimeError: It is no state: of another size, or with numbers that are none of a state.
        """
        if not isinstance(new_state, Tensor) or new_state.dtype is not dtypes.int64:
            found = new_state.dtype if isinstance(new_state, Tensor) else type(new_state).__name__
            raise TypeError(f"set_state(): expected a tensor of int64, as get_state() returns it, got {found}")
        if new_state.shape not in ((3,), (4,)):
            raise RuntimeError(
                f"set_state(): RNG state is wrong size: expected 4 numbers, got {tuple(new_state.shape)}"
            )
        numbers: list[int] = [*new_state.tolist(), 0]
        high, low, taken, spawned = numbers[:4]
        if not (0 <= high < 1 << 32 and 0 <= low < 1 << 32 and taken >= 0 and spawned >= 0):
            raise RuntimeError(f"set_state(): expected the numbers of get_state(), got {new_state.tolist()}")
        recording.cannot_replay("it sets the state of a random generator")
        self._seed, self._taken, self._spawned = high << 32 | low, taken, spawned

    def take(self, count: int) -> tuple[int, int]:
        """Return the seed and the place in the stream of the next `count` numbers, and move on."""
        start = self._taken
        self._taken += count
        seed = self._seed
        return seed - (1 << 64) if seed >> 63 else seed, start

    def spawn_seed(self) -> int:
        """Return a seed for other streams, a new one each time; this stream gives the same numbers as without."""
        self._spawned += 1
        words = np.random.SeedSequence([self._seed, self._taken, self._spawned])
        return int(words.generate_state(1, np.uint64)[0] >> np.uint64(2))


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Start the default stream anew at a seed."""
    return default_generator.manual_seed(seed)


def initial_seed() -> int:
    """Return the default stream's seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Return the state of the default stream."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Continue the default stream from a state."""
    default_generator.set_state(new_state)


class Draw:
    """Numbers of a stream that several kernel calls use: the first call takes them, at each replay anew."""

    def __init__(self, count: int, generator: Generator | None = None) -> None:
        """Note how many numbers there are, and the stream."""
        self._stream = generator or default_generator
        self._count = count
        self._place: tuple[int, int] | None = None

    def _take(self) -> tuple[int, int]:
        self._place = self._stream.take(self._count)
        return self._place

    def _same(self) -> tuple[int, int]:
        return self._place or self._take()

    def words(self, word: int) -> tuple[int, int]:
        """Return the seed and the place in the stream, which are words of the next kernel call.

        Args:
            word: The index of the seed's word.
        """
        values = self._same if self._place else self._take
        recording.varies(word, 2, values)
        return values()


def _draw(
    kind: str, out: Tensor, generator: Generator | None, *parameters: float, numbers: Draw | None = None
) -> Tensor:
    """Fill a contiguous tensor."""
    if out._size:
        seed, start = (numbers or Draw(out._size, generator)).words(2)
        kernel = out.device.table[f"random.{kind}.{out.dtype.name}"]
        call(kernel, 4 * out._size, out.address, out._size, seed, start, *parameters, out.device.context)
    return out


def _draw_in_place(name: str, kind: str, input: Tensor, generator: Generator | None, *parameters: float) -> Tensor:
    check_writable(name, input)
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')
    input._changed()
    if input.is_contiguous():
        _draw(kind, input, generator, *parameters)
    else:
        out = fresh(input._shape, input._size, input.dtype, input.device)
        input.copy_(_draw(kind, out, generator, *parameters))
    forget(input)
    return input


@method
def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by numbers uniform in [from_, to)."""
    from_, to = number("uniform_", "from", from_), number("uniform_", "to", to)
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    return _draw_in_place("uniform_", "uniform", input, generator, from_, to)


@method
def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by normally distributed numbers."""
    mean, std = number("normal_", "mean", mean), number("normal_", "std", std)
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    return _draw_in_place("normal_", "normal", input, generator, mean, std)


def _new(kind: str, size: Any, parameters: tuple[float, float], generator: Any, options: dict[str, Any]) -> Tensor:
    requires_grad = options.pop("requires_grad", False)
    check_format(kind, options.pop("memory_format", None))
    unknown = options.keys() - {"dtype", "device"}
    if unknown:
        raise TypeError(f"got an unexpected keyword argument '{unknown.pop()}'")
    dtype, device = _options(options.get("dtype"), options.get("device"))
    if not dtype.is_floating_point:
        raise NotImplementedError(f'"{kind}" not implemented for {dtype.name}')
    out = _draw(kind, fresh(size, math.prod(size), dtype, device), generator, *parameters)
    return out.requires_grad_() if requires_grad else out


def rand(*size: Any, generator: Generator | None = None, **options: Any) -> Tensor:
    """Return numbers uniform in [0, 1); options are dtype, device and requires_grad."""
    return _new("uniform", shape_of("rand", size), (0.0, 1.0), generator, options)


def randn(*size: Any, generator: Generator | None = None, **options: Any) -> Tensor:
    """Return numbers of the standard normal distribution; options are dtype, device and requires_grad."""
    return _new("normal", shape_of("randn", size), (0.0, 1.0), generator, options)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, **options: Any
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
    """
    mean, std = [x if isinstance(x, Tensor) else number("normal", n, x) for n, x in (("mean", mean), ("std", std))]
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    if not tensors:
        if size is None:
            raise TypeError("normal(): expected a size, or a Tensor of means or of standard deviations")
        if std < 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
        return _new("normal", shape_of("normal", (size,)), (mean, std), generator, options)
    if size is not None or options:
        raise TypeError("normal(): size and options are given with numbers, expected none with tensors")
    if not isinstance(std, Tensor) and std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    if isinstance(std, Tensor) and std._size and not (std.detach() >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    first = tensors[0].detach()
    for x in tensors:
        if not x.dtype.is_floating_point:
            raise NotImplementedError(f'"normal" not implemented for {x.dtype.name}')
    shape = broadcast_shapes(*[x._shape for x in tensors])
    numbers = _draw("normal", fresh(shape, math.prod(shape), first.dtype, first.device), generator, 0.0, 1.0)
    with no_grad():
        return numbers * std + mean


def kept(
    shape: Shape, p: float, factor: float, dtype: dtypes.dtype, device: Any, numbers: Draw | None = None
) -> Tensor:
    """Return dropout's factors: 0 with probability p, else `factor`, from new numbers or given ones."""
    return _draw("kept", fresh(shape, math.prod(shape), dtype, device), None, p, factor, numbers=numbers)


def rand_like(input: Tensor, **options: Any) -> Tensor:
    """Return uniform numbers of the shape, dtype and device of a tensor."""
    return rand(input._shape, **{"dtype": input.dtype, "device": input.device, **options})


def randn_like(input: Tensor, **options: Any) -> Tensor:
    """Return normal numbers of the shape, dtype and device of a tensor."""
    return randn(input._shape, **{"dtype": input.dtype, "device": input.device, **options})


def _random_bits(count: int, generator: Generator | None) -> np.ndarray[Any, Any]:
    return _draw("bits", fresh((count,), count, dtypes.int64, backend.cpu), generator).numpy()


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


def randint(
    low: Any = None, high: Any = None, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return integers uniform in [low, high): `randint(high, size)` or `randint(low, high, size)`.

    Raises:
        TypeError: There is no `high` or no `size`.
        RuntimeError: There is no such integer, or the dtype does not hold all of them.
    """
    if size is None:
        low, high, size = None, low, high
    if high is None:
        low, high = None, low
    low = 0 if low is None else low
    for name, value in (("high", high), ("size", size)):
        if value is None:
            raise TypeError(f"randint() missing 1 required positional argument: '{name}'")
    kind, place = _options(dtype or dtypes.int64, device)
    out = integers(low, high, shape_of("randint", (size,)), kind, place, generator)
    return out.requires_grad_() if requires_grad else out


def randint_like(
    input: Tensor, low: Any = None, high: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return integers uniform in [low, high), or [0, low), of the shape, dtype and device of a tensor.

    Raises:
        TypeError: There is no `high`.
        RuntimeError: There is no such integer, or the dtype does not hold all of them.
    """
    options: dict[str, Any] = {
        "dtype": dtype or input.dtype,
        "device": device or input.device,
        "requires_grad": requires_grad,
    }
    return randint(low, high, input._shape, generator=generator, **options)


def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None, device: Any = None) -> Tensor:
    """Return the integers from 0 to n - 1 in random order.

    Raises:
        RuntimeError: The dtype does not hold all of them.
    """
    if n and dtype is not None:
        dtypes.number(n - 1, dtype)
    order = (
        np.argsort(_random_bits(shape_of("randperm", (n,))[0], generator), kind="stable")
        if n
        else np.empty(0, np.int64)
    )
    return tensor(order, dtype=dtype or dtypes.int64, device=device)


@method
def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Return 1 with the probabilities that a tensor holds, or with one that is given, else 0.

    Args:
        input: The probabilities; only shape, dtype and device matter where `p` is given.
        p: One probability for all.
        generator: The stream to draw from.

    Raises:
        RuntimeError: The dtype is not a floating one, or a probability is not in [0, 1].
    """
    if p is not None:
        p = number("bernoulli", "p", p)
        if not 0 <= p <= 1:
            raise RuntimeError(f"bernoulli expects p to be in [0, 1], but got p={p}")
        wide = input.dtype if input.dtype.is_floating_point else dtypes.float32
        return to_dtype(rand_like(input, dtype=wide, generator=generator) < p, input.dtype)
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"bernoulli expects floating point probabilities, got {input.dtype}")
    if input._size and not ((input >= 0) & (input <= 1)).all():
        raise RuntimeError("bernoulli expects all probabilities to be in [0, 1]")
    return to_dtype(rand_like(input, generator=generator) < input.detach(), input.dtype)
