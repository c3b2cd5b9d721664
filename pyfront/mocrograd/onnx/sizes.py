"""Sizes that depend on a dynamic axis: found by running a model at several sizes, and written as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

__all__ = ["Size", "fitted"]


@dataclass(frozen=True)
class Size:
    """A size: factor * the product of some dynamic axes + constant, rounded down.

    Attributes:
        axes: The names of the axes.
        factor: What their product is multiplied with.
        constant: What is added.
        seen: What it was in each run.
    """

    axes: tuple[str, ...]
    factor: Fraction
    constant: Fraction
    seen: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.factor} * {' * '.join(self.axes)} + {self.constant}"


def fitted(seen: Sequence[int], axes: Sequence[dict[str, int]]) -> int | Size | None:
    """Return the formula of a size, an integer where it never changes, or None where none fits.

    Args:
        seen: What it was in each run; the first run has the sizes of the example.
        axes: The sizes of the dynamic axes in each run.
    """
    if len(set(seen)) == 1:
        return seen[0]
    names = list(axes[0])
    for count in range(1, len(names) + 1):
        for chosen in combinations(names, count):
            products = []
            for run in axes:
                product = 1
                for name in chosen:
                    product *= run[name]
                products.append(product)
            found = _line(seen, products)
            if found is not None:
                return Size(chosen, *found, tuple(seen))
    return None


def _line(seen: Sequence[int], products: Sequence[int]) -> tuple[Fraction, Fraction] | None:
    """Return factor and constant of the one line through all runs, perhaps rounded down; None where there is none."""
    far = max(range(len(products)), key=lambda i: abs(products[i] - products[0]))
    if products[far] == products[0]:
        return None
    rough = Fraction(seen[far] - seen[0], products[far] - products[0])
    for denominator in range(1, 9):
        middle = round(rough * denominator)
        for numerator in (middle, middle - 1, middle + 1):
            factor = Fraction(numerator, denominator)
            if numerator == 0 or factor.denominator != denominator:
                continue
            # seen = floor(factor * product + constant), so for each run the constant is in [rest, rest + 1).
            rests = [s - factor * p for s, p in zip(seen, products)]
            low, high = max(rests), min(rests) + 1
            first = Fraction(-(-low * denominator // 1), denominator)
            if first < high <= first + Fraction(1, denominator):
                return factor, first
    return None
