"""Fuzzer: operands of many shapes and strides, drawn at random."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops import rand, randint
from mocrograd.ops.random import default_generator
from mocrograd.tensor import Tensor

_TRIES = 1000


class ParameterAlias:
    """The value of another parameter, as one of the choices of a distribution.

    Args:
        alias_to: The other parameter's name.
    """

    def __init__(self, alias_to: str) -> None:
        self.alias_to = alias_to

    def __repr__(self) -> str:
        return f"ParameterAlias[alias_to: {self.alias_to}]"


class FuzzedParameter:
    """A number that is drawn for each case.

    Args:
        name: Its name.
        minval: The least value.
        maxval: The greatest value, which is among those drawn.
        distribution: "loguniform"; "uniform", of integers if both ends are; or a dict of values and probabilities,
            without ends.
        strict: Whether it keeps its value while the others are drawn again.

    Raises:
        AssertionError: There is no such distribution, or the probabilities are none.
    """

    def __init__(
        self,
        name: str,
        minval: float | None = None,
        maxval: float | None = None,
        distribution: str | dict[Any, float] | None = None,
        strict: bool = False,
    ) -> None:
        if isinstance(distribution, dict):
            if minval is not None or maxval is not None:
                raise AssertionError("When passing a custom distribution, 'minval' and 'maxval' must be None")
            if any(share < 0 for share in distribution.values()):
                raise AssertionError("Probabilities cannot be negative")
            if abs(sum(distribution.values()) - 1) > 1e-5:
                raise AssertionError("Distribution is not normalized")
        elif distribution not in ("loguniform", "uniform"):
            raise AssertionError(f"Unknown distribution: {distribution}")
        self.name, self.strict = name, strict
        self._ends, self._distribution = (minval, maxval), distribution

    def sample(self, state: np.random.RandomState) -> Any:
        """Return a value.

        Args:
            state: Where random numbers come from.
        """
        if isinstance(self._distribution, dict):
            choices = list(self._distribution)
            return choices[state.choice(len(choices), p=tuple(self._distribution.values()))]
        low, high = self._ends
        assert low is not None
        assert high is not None
        if self._distribution == "loguniform":
            return min(max(int(2 ** state.uniform(math.log2(low), math.log2(high))), low), high)
        if isinstance(low, int) and isinstance(high, int):
            return int(state.randint(low, high + 1))
        return state.uniform(low, high)


class FuzzedTensor:
    """A tensor that is made for each case.

    Args:
        name: Its name.
        size: Its sizes: numbers, or names of parameters.
        steps: Between its elements in the memory, for each dimension; 1 by default.
        probability_contiguous: The probability that its dimensions lie in their order.
        min_elements: Cases with fewer elements are drawn again.
        max_elements: Cases with more elements are drawn again.
        max_allocation_bytes: Cases with more memory are drawn again.
        dim_parameter: The name of the parameter that is the number of its dimensions.
        roll_parameter: Accepted.
        dtype: Its type.
        cuda: Whether it lies on a GPU.
        tensor_constructor: Makes the memory's tensor of `size`, `dtype` and the parameters by name.
    """

    def __init__(
        self,
        name: str,
        size: Sequence[str | int],
        steps: Sequence[str | int] | None = None,
        probability_contiguous: float = 0.5,
        min_elements: int | None = None,
        max_elements: int | None = None,
        max_allocation_bytes: int | None = None,
        dim_parameter: str | None = None,
        roll_parameter: str | None = None,
        dtype: Any = dtypes.float32,
        cuda: bool = False,
        tensor_constructor: Callable[..., Tensor] | None = None,
    ) -> None:
        self.name = name
        self._size, self._steps, self._dim_parameter = tuple(size), tuple(steps or ()), dim_parameter
        self._probability_contiguous, self._dtype, self._cuda = probability_contiguous, dtype, cuda
        self._elements = (min_elements or 0, math.inf if max_elements is None else max_elements)
        self._bytes = math.inf if max_allocation_bytes is None else max_allocation_bytes
        self._construct = tensor_constructor or self.default_tensor_constructor

    @staticmethod
    def default_tensor_constructor(size: Sequence[int], dtype: Any, **parameters: Any) -> Tensor:
        """Return floats in [0, 1), or integers from 1 to 126.

        Args:
            size: The sizes.
            dtype: The type.
            parameters: The parameters of the case.
        """
        if dtype.is_floating_point or dtype.is_complex:
            return rand(*size, dtype=dtype)
        return randint(1, 127, tuple(size), dtype=dtype)

    def satisfies_constraints(self, params: dict[str, Any]) -> bool:
        """Return whether the tensor of a case has neither too few nor too many elements.

        Args:
            params: The parameters of the case.
        """
        size, _, whole = self._sizes(params)
        count = math.prod(size)
        fits: bool = self._elements[0] <= count <= self._elements[1]
        return fits and math.prod(whole) * self._dtype.itemsize <= self._bytes

    def _sizes(self, params: dict[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Return sizes, steps, and the sizes in the memory."""
        dims = len(self._size) if self._dim_parameter is None else params[self._dim_parameter]
        size, steps = (
            (
                *[value if isinstance(value, int) else params[value] for value in values[:dims]],
                *[1] * (dims - len(values)),
            )
            for values in (self._size, self._steps)
        )
        return size, steps, tuple([n * step for n, step in zip(size, steps)])

    def make(self, params: dict[str, Any], state: np.random.RandomState) -> tuple[Tensor, dict[str, Any]]:
        """Return the tensor of a case, and what it is like.

        Args:
            params: The parameters of the case.
            state: Where random numbers come from.
        """
        size, steps, whole = self._sizes(params)
        made = self._construct(size=whole, dtype=self._dtype, **params)
        made = made.cuda() if self._cuda else made
        order = np.arange(len(size))
        if state.rand() > self._probability_contiguous and len(size) > 1:
            while (order == np.arange(len(size))).all():
                order = state.permutation(len(size))
            made = made.permute(*order.tolist()).contiguous().permute(*np.argsort(order).tolist())
        made = made[tuple([slice(0, n * step, step) for n, step in zip(size, steps)])]
        properties = {"numel": made.numel(), "order": order, "steps": steps, "is_contiguous": made.is_contiguous()}
        return made, {**properties, "dtype": str(self._dtype)}


class Fuzzer:
    """Makes cases: tensors whose shapes and strides follow from numbers drawn at random.

    Args:
        parameters: The numbers; lists among them are unpacked.
        tensors: The tensors, likewise.
        constraints: Functions of the dict of parameters; a case for which one returns False is drawn again.
        seed: Of the random numbers.

    Raises:
        ValueError: A parameter and a tensor have the same name.
    """

    def __init__(
        self,
        parameters: Sequence[FuzzedParameter | Sequence[FuzzedParameter]],
        tensors: Sequence[FuzzedTensor | Sequence[FuzzedTensor]],
        constraints: Sequence[Callable[..., bool]] | None = None,
        seed: int | None = None,
    ) -> None:
        self._seed = int(np.random.RandomState().randint(0, 2**32 - 1, dtype=np.int64)) if seed is None else seed
        self._parameters: list[FuzzedParameter] = _flat(parameters)
        self._tensors: list[FuzzedTensor] = _flat(tensors)
        self._constraints = constraints or ()
        self._drawn = self._rejected = 0
        both = {p.name for p in self._parameters} & {t.name for t in self._tensors}
        if both:
            raise ValueError(f"Duplicate names in parameters and tensors: {both}")

    @property
    def rejection_rate(self) -> float:
        """The share of cases that were drawn again."""
        return self._rejected / self._drawn if self._drawn else 0.0

    def take(self, n: int) -> Iterator[tuple[dict[str, Tensor], dict[str, Any], dict[str, Any]]]:
        """Iterate over `n` cases: the tensors by name, what each is like, and the parameters.

        Raises:
            ValueError: A thousand cases in a row did not fit, or aliases lead in a circle.
        """
        state = np.random.RandomState(self._seed)
        default_generator.manual_seed(int(state.randint(0, 2**63, dtype=np.int64)))
        for _ in range(n):
            params = self._draw(state)
            made = {tensor.name: tensor.make(params, state) for tensor in self._tensors}
            yield {k: v[0] for k, v in made.items()}, {k: v[1] for k, v in made.items()}, params

    def _draw(self, state: np.random.RandomState) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for _ in range(_TRIES):
            params = {p.name: kept[p.name] if p.name in kept else p.sample(state) for p in self._parameters}
            kept.update({p.name: params[p.name] for p in self._parameters if p.strict})
            params = _resolved(params)
            self._drawn += 1
            fits = all(constraint(params) for constraint in self._constraints)
            if fits and all(tensor.satisfies_constraints(params) for tensor in self._tensors):
                return params
            self._rejected += 1
        raise ValueError("Failed to generate a set of valid parameters.")


def _flat(values: Sequence[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, (list, tuple)) else [value])]


def _resolved(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with the values of others in place of aliases."""
    found = {}
    for name, value in params.items():
        seen = [name]
        while isinstance(value, ParameterAlias):
            if value.alias_to in seen:
                raise ValueError(f"ParameterAlias cycle detected\n{params}")
            seen.append(value.alias_to)
            value = params[value.alias_to]
        found[name] = value
    return found
